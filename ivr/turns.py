"""What passes between the dialogue and the world: places, actions, reports and exits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from acd.ids import QueueId
from acd.skills import Needs
from ivr.digits import Number, OneOf
from ivr.flow import Known, Patience, Phrases, StepName
from ivr.ports import OrderStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ToQueue:
    """The caller wants an agent of this queue."""

    queue: QueueId
    needs: Needs
    priority: float
    language: str
    path: tuple[str, ...]
    party_id: str | None = None
    verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The flow is over and the call may be ended."""

    language: str
    path: tuple[str, ...]
    party_id: str | None = None
    verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandoned:
    """The caller hung up."""

    language: str
    path: tuple[str, ...]
    party_id: str | None = None
    verified: bool = False


Exit = ToQueue | Finished | Abandoned


# What to do next
@dataclass(frozen=True, slots=True, kw_only=True)
class Speak:
    """Play these phrases, then report Said."""

    phrases: Phrases
    barge_in: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Play these phrases and collect keys, then report Keyed, Misdialled or Silent."""

    phrases: Phrases
    pattern: OneOf | Number
    patience: Patience
    barge_in: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUpOrder:
    """Ask the accounts, then report OrderFound, NothingOrdered, NothingFound or LookUpFailed."""

    customer_number: str = field(repr=False)
    pin: str = field(repr=False)
    within: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """The dialogue is over."""

    exit: Exit


Work = Speak | Ask | LookUpOrder
Action = Work | Leave


# What was heard
@dataclass(frozen=True, slots=True)
class Said:
    """The phrases were played, or cut short by a key."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """The caller entered something that fits."""

    keys: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Misdialled:
    """The caller entered something that does not fit."""


@dataclass(frozen=True, slots=True)
class Silent:
    """The caller entered nothing."""


@dataclass(frozen=True, slots=True)
class OrderFound:
    """Number and PIN are right; this is the last order."""

    status: OrderStatus


@dataclass(frozen=True, slots=True)
class NothingOrdered:
    """Number and PIN are right, but there is no order."""

    party_id: str


@dataclass(frozen=True, slots=True)
class NothingFound:
    """Number or PIN is wrong. Which of them is not told."""


@dataclass(frozen=True, slots=True)
class LookUpFailed:
    """The accounts did not answer in time."""


@dataclass(frozen=True, slots=True)
class CallerGone:
    """The caller hung up."""


@dataclass(frozen=True, slots=True)
class TookTooLong:
    """The visit has lasted as long as the flow allows, or the flow failed: use the fallback."""


Heard = (
    Said
    | Keyed
    | Misdialled
    | Silent
    | OrderFound
    | NothingOrdered
    | NothingFound
    | LookUpFailed
    | CallerGone
    | TookTooLong
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the flow a caller is and what is known of him; replaced on every step."""

    step: StepName
    language: str
    known: Mapping[str, Known] = field(default_factory=dict, repr=False)
    path: tuple[str, ...] = ()
    failures: int = 0
    look_ups: int = 0
    party_id: str | None = None
    verified: bool = False
    over: bool = False


Turn = tuple[Place, Action]
"""Where the caller is now, and what to do next."""

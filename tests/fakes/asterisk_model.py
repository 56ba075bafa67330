"""What the fake Asterisk is made of."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Any

from cti.ari.errors import TelephonyError

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class PhoneManner(Enum):
    """How a phone behaves when it is rung."""

    RINGS = auto()
    """Rings until the test answers, refuses, or its time is over."""
    ANSWERS = auto()
    """Answers at once."""
    BUSY = auto()
    REFUSES = auto()
    DEAF = auto()
    """Known, but switched off: it is dialled and says nothing until the time is over."""
    FORWARDS = auto()
    """Sends its caller to another number (302), which Dial does not follow."""
    UNREACHABLE = auto()
    """Not registered: originating fails at once, as Asterisk does."""


CAUSE_OF_MANNER = {PhoneManner.BUSY: 17, PhoneManner.REFUSES: 21}


@dataclass(slots=True)
class FakeChannel:
    """One leg."""

    id: str
    name: str
    state: str
    number: str = ""
    caller_name: str = ""
    dnis: str = ""
    app: str = ""
    language: str = "en"
    in_stasis: bool = False
    originated: bool = False
    dialled: str = ""
    """The extension from whose dialplan this leg was dialled; empty for all other channels."""
    group: str = ""
    """The phone that is rung for this caller, or talks with her: others are not to ring it."""
    dialled_by: str = ""
    """The caller for whom the dialplan rings this leg, and whom it talks with."""
    watched: bool = False
    """Heard of by way of its phone, though that phone was forgotten or made anew meanwhile."""
    context: str = "inbound"
    args: tuple[str, ...] = ()
    bridge: str = ""
    moh: str = ""
    muted: bool = False
    rings_until: datetime | None = None
    created: datetime = START
    continued_at: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    sent_digits: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def phone(self) -> str:
        """The endpoint whose leg this is."""
        return self.name.removeprefix("PJSIP/").rpartition("-")[0]

    @property
    def made_for(self) -> str:
        """The offer for which an agent's leg was made; of a caller, her own id."""
        if "~" in self.id or self.variables.get("PARLEY_OFFER", "").startswith(f"{self.id}~"):
            return self.id
        return self.variables.get("PARLEY_OFFER", self.id)


@dataclass(slots=True)
class FakePlayback:
    """Sound on its way to one leg."""

    id: str
    channel: str
    media: tuple[str, ...]
    language: str
    ends: datetime


@dataclass(slots=True)
class FakePhone:
    """A pushed phone, or one that the test made."""

    id: str
    manner: PhoneManner = PhoneManner.RINGS
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """One command as it came in."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Mapping[str, Any] | None
    lane: str = ""


@dataclass(slots=True)
class Fault:
    """Fail the next ``times`` requests whose ``METHOD path`` matches."""

    pattern: re.Pattern[str]
    error: Callable[[str], TelephonyError]
    times: int
    done_anyway: bool


class AriRefusal(Exception):
    """The status and reason that ARI would answer."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status} {reason}")
        self.status, self.reason = status, reason

"""What the dialogues need from the world above; ``cti`` implements these over ARI.

The line is one inbox: everything that happens to the caller comes out of ``next_event`` in the
order it happened, so barge-in, the end of a prompt and a hang-up cannot overtake one another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NewType, Protocol

from ivr.errors import IvrError
from ivr.flow import Money

PlayingId = NewType("PlayingId", str)


class LineGone(IvrError):
    """The caller's leg no longer exists; every verb of a line may raise it."""


class AccountsUnavailable(IvrError):
    """The customer data cannot be asked just now; trying later may help."""


@dataclass(frozen=True, slots=True)
class DigitPressed:
    """The caller pressed a key; personal data, never logged."""

    digit: str


@dataclass(frozen=True, slots=True)
class PlayingStarted:
    """Sound has begun."""

    playing: PlayingId


@dataclass(frozen=True, slots=True)
class PlayingFinished:
    """All of a playback's sounds are over, were stopped, or (``failed``) could not be played."""

    playing: PlayingId
    failed: bool = False


@dataclass(frozen=True, slots=True)
class HungUp:
    """The caller is gone. The last event of a line."""


@dataclass(frozen=True, slots=True)
class PositionChanged:
    """Where a waiting caller stands: 1 is next; ``wait`` is the expected wait, if known."""

    position: int
    wait: timedelta | None = None


LineEvent = DigitPressed | PlayingStarted | PlayingFinished | HungUp | PositionChanged


class CallerLine(Protocol):
    """One caller's leg."""

    async def answer(self) -> None:
        """Answer the call; nothing happens if it is up already."""
        ...

    async def play(self, media: Sequence[str], language: str) -> PlayingId:
        """Start playing ``media`` (``sound:...`` URIs) one after the other; returns at once."""
        ...

    async def stop(self, playing: PlayingId) -> None:
        """End a playback; one that is over already is no error."""
        ...

    async def next_event(self, timeout: timedelta) -> LineEvent | None:
        """Return the next event, or None when nothing happened for ``timeout``."""
        ...


class WaitingLine(CallerLine, Protocol):
    """A caller's leg while he waits: it also carries hold music."""

    async def start_music(self, music: str) -> None:
        """Start the hold music of this class."""
        ...

    async def stop_music(self) -> None:
        """End the hold music; none playing is no error."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStatus:
    """What may be told about a customer's last order.

    ``due_on`` is the day it is expected, or was delivered if ``state`` is ``delivered``.
    """

    party_id: str
    order_number: str
    state: str
    placed_on: date | None = None
    due_on: date | None = None
    total: Money | None = None
    late: bool = False
    """Whether it should have been delivered by now and was not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoOrder:
    """The customer knows his PIN, but has ordered nothing yet."""

    party_id: str


class AccountLookup(Protocol):
    """The customer data, as far as a caller may hear it."""

    async def order_status(self, customer_number: str, pin: str) -> OrderStatus | NoOrder | None:
        """Return the last order of the customer who knows this PIN; None for anybody else.

        Raises AccountsUnavailable; the runner sets the deadline.
        """
        ...

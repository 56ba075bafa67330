"""Callers whom Asterisk has: while it rings an agent's phone for them, and while they talk.

An offer hands the caller over to the dialplan, which dials, joins and hangs up by itself; no way
that keeps her with us is as short (ADR 13). She is *away* then, and commands to her channel are
refused. She comes home when the offer came to nothing, or when she is taken in hand: because the
offer was withdrawn, for a hold, or for a fresh leg after a page reload.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, Final

from acd.ids import AgentId, CallId, OfferId
from cti.ari.errors import Conflict, Disconnected, Gone, TelephonyError, TimedOut
from cti.call_control import CallControl
from cti.legs import call_of, number_of
from cti.phones import phone_id

log = logging.getLogger(__name__)

SILENT_FOR: Final = timedelta(seconds=1)
"""No phone rings so long after a hand-over: did the caller hang up in that moment?"""

HOME_WITHIN: Final = timedelta(milliseconds=50)
"""So soon after a phone stopped ringing its caller is home; else it is she who hung up."""

LOOK_AGAIN: Final = timedelta(milliseconds=500)
LOOK_EVERY: Final = timedelta(milliseconds=20)
TAKEN_WITHIN: Final = timedelta(seconds=2)

Rest = Callable[[], Coroutine[Any, Any, None]]
"""What is left to be waited for after something was begun."""


@dataclass(slots=True, kw_only=True, eq=False)
class _Away:
    """One caller who is not with us."""

    offer: OfferId
    home: asyncio.Future[None]
    leg: str | None = None
    """The agent's leg, from its first ringing on until it is gone unanswered."""
    taking: bool = False


@dataclass(slots=True, kw_only=True)
class Handovers:
    """Who is away, for which offer, and the ways home."""

    control: CallControl
    vanished: Callable[[CallId], None]
    """Told of a caller who hung up while a phone was ringing for her."""
    _away: dict[CallId, _Away] = field(default_factory=dict)
    _legs_due: dict[OfferId, asyncio.Future[None]] = field(default_factory=dict)
    _doubtful: dict[_Away, float] = field(default_factory=dict)
    """Who may have hung up unheard, and the loop's time from which on she is looked after."""
    _doubt: asyncio.Event = field(default_factory=asyncio.Event)

    def away(self, call: CallId) -> bool:
        """Whether Asterisk has the caller, so that no command reaches her."""
        return call in self._away

    def rings_for(self, offer: OfferId) -> bool:
        """Whether Asterisk has the caller for this very offer."""
        return self._of(offer) is not None

    @property
    def unsure(self) -> bool:
        """Whether it is to be found out right now if a caller is still there."""
        now = asyncio.get_running_loop().time()
        return any(due <= now for due in self._doubtful.values())

    def ring(self, offer: OfferId, agent: AgentId, ring_for: timedelta, *, music: bool) -> Rest:
        """Hand the caller over to ring this agent's phone: at once, if she is with us."""
        send = partial(
            self.control.hand_over,
            call_of(offer),
            phone_id(agent),
            number_of(offer),
            ring_for,
            music=music,
        )
        if call_of(offer) in self._away:
            return partial(self._ring_later, offer, send)
        self.adopt(offer)
        return partial(self._rung, offer, send())

    async def _ring_later(self, offer: OfferId, send: Callable[[], Awaitable[None]]) -> None:
        while (before := self._away.get(call_of(offer))) is not None:
            await asyncio.shield(before.home)
        self.adopt(offer)
        await self._rung(offer, send())

    async def _rung(self, offer: OfferId, reply: Awaitable[None]) -> None:
        """See what became of a hand-over that was sent."""
        call = call_of(offer)
        try:
            await reply
        except (Disconnected, TimedOut):
            raise  # she may have gone: reconciliation, or the look after her, finds out
        except (Gone, Conflict):  # as a rule because she is hanging up in this moment
            await asyncio.sleep(HOME_WITHIN.total_seconds())
            self.came_home(call)
            if await self.control.is_there(call):
                raise
            self.vanished(call)
        except TelephonyError:
            self.came_home(call)
            raise

    def adopt(self, offer: OfferId, leg: str | None = None) -> None:
        """The caller of this offer is away from now on, or was found so after a restart."""
        call = call_of(offer)
        away = self._away.get(call)
        if away is None or away.offer != offer:
            self.came_home(call)  # whoever waited for that need not any more
            loop = asyncio.get_running_loop()
            away = self._away[call] = _Away(offer=offer, home=loop.create_future())
        away.leg = leg
        self._watch(away, SILENT_FOR if leg is None else None)

    def rings(self, offer: OfferId, leg: str) -> None:
        """Asterisk has dialled this leg for the offer."""
        away = self._of(offer)
        if away is not None and away.leg != leg:
            away.leg = leg
            self._watch(away, None)

    def unanswered(self, offer: OfferId, *, cancelled: bool) -> None:
        """The offer's leg is gone; the caller comes home, unless it was ``cancelled`` by her."""
        away = self._of(offer)
        if away is not None:
            away.leg = None
            self._watch(away, timedelta() if cancelled else HOME_WITHIN)

    def came_back(self, call: CallId) -> None:
        """Nobody took the offer, and she is in our application again."""
        away = self._away.get(call)
        if away is not None and not away.taking:  # else she leaves it once more, to come as taken
            self.came_home(call)

    def came_home(self, call: CallId) -> None:
        """The caller is in our application again, or for ever gone."""
        away = self._away.pop(call, None)
        if away is not None:
            self._watch(away, None)
            if not away.home.done():
                away.home.set_result(None)

    async def take_in_hand(self, call: CallId, leg: str | None = None) -> None:
        """Bring the caller home, and with her ``leg``, the agent's, if she talks with it.

        Without ``leg`` what rings or talks is hung up. ``TimedOut``: one of them did not come.
        """
        away = self._away.get(call)
        if away is None:
            return
        loop = asyncio.get_running_loop()
        due = self._legs_due.setdefault(away.offer, loop.create_future()) if leg else None
        try:
            async with asyncio.timeout(TAKEN_WITHIN.total_seconds()):
                if not away.taking:
                    away.taking = True
                    await self.control.take_in_hand(call, leg)
                    self._watch(away, HOME_WITHIN)
                await asyncio.shield(away.home)
                if due is not None:
                    await asyncio.shield(due)
        except TimeoutError as error:
            if call in await self.control.owned_channels():
                self.came_home(call)
            raise TimedOut("take in hand") from error
        finally:
            away.taking = False
            self._legs_due.pop(away.offer, None)

    def leg_came(self, offer: OfferId) -> bool:
        """The agent's leg is in our application; tell whether it was asked for."""
        due = self._legs_due.get(offer)
        if due is None:
            return False
        if not due.done():
            due.set_result(None)
        return True

    def _of(self, offer: OfferId) -> _Away | None:
        away = self._away.get(call_of(offer))
        return away if away is not None and away.offer == offer else None

    def _watch(self, away: _Away, after: timedelta | None) -> None:
        """Look after the caller so much later, instead of when it was planned."""
        if after is None:
            self._doubtful.pop(away, None)
        else:
            self._doubtful[away] = asyncio.get_running_loop().time() + after.total_seconds()
            self._doubt.set()

    async def run(self) -> None:
        """Find out of callers for whom no phone rings whether they are still there."""
        loop = asyncio.get_running_loop()
        while True:
            await self._doubt.wait()
            await asyncio.sleep(LOOK_EVERY.total_seconds())
            while due := [away for away, at in self._doubtful.items() if at <= loop.time()]:
                await self._look(due[0])
            if not self._doubtful:
                self._doubt.clear()

    async def _look(self, away: _Away) -> None:
        call = call_of(away.offer)
        self._watch(away, LOOK_AGAIN)
        try:
            there = await self.control.is_there(call)
        except TelephonyError as error:
            log.info("caller not looked after", extra={"why": type(error).__name__})
            return
        if not there and self._away.get(call) is away:
            self.came_home(call)  # nobody needs to wait for her
            self.vanished(call)

"""Floor event -> telephony verb: in order for one call, concurrent across calls.

What needs no waiting is done at once: a phone rings before anything else is told. Each call with
something to wait for has a mailbox and, while it is not empty, one task that empties it. What
fails comes back to the floor as a command; what is gone already needs no tear-down.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from acd import commands as ask
from acd import events as e
from acd.commands import Command
from acd.ids import AgentId, CallId, OfferId
from acd.reasons import EndReason, OfferEnd, OfferFailure
from cti.ari.errors import Conflict, Disconnected, Gone, TelephonyError
from cti.call_control import CallControl, plain
from cti.handovers import Rest
from cti.journal import Entry
from cti.legs import bridge_of, call_of
from cti.settings import Timeouts
from cti.talks import Talks
from cti.timers import Timers
from cti.visits import Visit, Visits

log = logging.getLogger(__name__)

LEASE_GRACE: Final = timedelta(seconds=1)
"""Asterisk ends the ringing itself; our own timer is the lease behind it."""

FAREWELLS: Final = {
    EndReason.CLOSED: "closed",
    EndReason.QUEUE_FULL: "apology",
    EndReason.FAILED: "apology",
}
"""What a caller hears whose call we end without an agent or a good-bye of the menu's."""

CallEvent = (
    e.CallStarted
    | e.CallQueued
    | e.CallOffered
    | e.OfferEnded
    | e.CallConnected
    | e.CallHeld
    | e.CallRetrieved
    | e.CallEnded
)


class Effects:
    """Performs what the floor decided."""

    def __init__(
        self,
        control: CallControl,
        visits: Visits,
        talks: Talks,
        timers: Timers,
        *,
        submit: Callable[[Command], None],
        spawn: Callable[[str, Coroutine[Any, Any, None]], object],
        caller_name: Callable[[CallId], str],
        limits: Timeouts,
    ) -> None:
        self._control, self._visits, self._timers = control, visits, timers
        self._talks, self._handovers = talks, talks.handovers
        self._submit, self._spawn = submit, spawn
        self._caller_name, self._limits = caller_name, limits
        self._mailboxes: dict[CallId, deque[CallEvent]] = {}

    @property
    def busy(self) -> int:
        """How many calls have something to be done right now."""
        return len(self._mailboxes)

    def take(self, entries: Sequence[Entry]) -> None:
        """Perform the events of one batch; returns at once."""
        for entry in entries:
            self._time(entry.event)
            match entry.event:
                case (
                    e.CallStarted()
                    | e.CallQueued()
                    | e.CallOffered()
                    | e.OfferEnded()
                    | e.CallConnected()
                    | e.CallHeld()
                    | e.CallRetrieved()
                    | e.CallEnded()
                ) as event:
                    self._post(event)
                case _:
                    pass  # concerns no leg

    def _time(self, event: e.Event) -> None:
        """Start and cancel the timers that guard a state."""
        match event:
            case e.CallOffered(offer=offer, at=at, ring_for=ring_for):
                self._timers.start(
                    ("offer", offer), ask.ExpireOffer(offer=offer), due=at + ring_for + LEASE_GRACE
                )
            case e.OfferEnded(offer=offer) | e.CallConnected(offer=offer):
                self._timers.cancel(("offer", offer))
            case e.CallEnded(offer=offer) if offer is not None:
                self._timers.cancel(("offer", offer))
            case (
                e.WrapUpStarted(agent=agent, call=call, due=due)
                | e.WrapUpExtended(agent=agent, call=call, due=due)
            ):
                self.guard_wrap_up(agent, call, due)
            case e.WrapUpFinished(agent=agent):
                self._timers.cancel(("wrap_up", agent))
            case e.ReachableChanged(agent=agent, desktop=desktop, at=at):
                if desktop:
                    self._timers.cancel(("away", agent))
                else:
                    self.guard_absence(agent, at)
            case _:
                pass

    def guard_wrap_up(self, agent: AgentId, call: CallId, due: datetime) -> None:
        """End the after-call work when its time is over."""
        self._timers.start(("wrap_up", agent), ask.ExpireWrapUp(agent=agent, call=call), due=due)

    def guard_absence(self, agent: AgentId, since: datetime) -> None:
        """Sign out an agent whose page stays away, after her call if she is in one."""
        self._timers.start(("away", agent), ask.LogOut(agent=agent), due=since + self._limits.away)

    def _post(self, event: CallEvent) -> None:
        mailbox = self._mailboxes.get(event.call)
        if mailbox is not None:
            mailbox.append(event)
            return
        rest = self._begin(event)
        if rest is not None:
            self._mailboxes[event.call] = deque()
            self._spawn("effects", self._empty(event, rest))

    async def _empty(self, event: CallEvent, rest: Rest | None) -> None:
        mailbox = self._mailboxes[event.call]
        try:
            while True:
                if rest is not None:
                    await self._finish(event, rest)
                if not mailbox:
                    return
                event = mailbox.popleft()
                rest = self._begin(event)
        finally:
            del self._mailboxes[event.call]

    def _begin(self, event: CallEvent) -> Rest | None:
        """Do at once what ``event`` asks for without waiting; return the rest, if there is any.

        A fault of ours in it must not cost the call its later events.
        """
        try:
            return self._do(event)
        except TelephonyError as error:
            self._failed(event, error)
        except Exception:
            log.exception("effect broke", extra={"effect": type(event).__name__})
        return None

    async def _finish(self, event: CallEvent, rest: Rest) -> None:
        """Do the rest within the limit for effects; the same holds for a fault in it."""
        try:
            async with asyncio.timeout(self._limits.effect.total_seconds()):
                await rest()
        except (TimeoutError, TelephonyError) as error:
            self._failed(event, error)
        except Exception:
            log.exception("effect broke", extra={"effect": type(event).__name__})

    def _failed(self, event: CallEvent, error: Exception) -> None:
        what, why = type(event).__name__, type(error).__name__  # its text may hold a number
        log.warning("effect failed", extra={"call": event.call, "effect": what, "why": why})
        self._give_back(event, error)

    def _do(self, event: CallEvent) -> Rest | None:  # noqa: C901 - one match, a line or two each
        call = event.call
        match event:
            case e.CallStarted():
                self._visits.begin_dialogue(call)
            case e.CallQueued(queue=queue, position=position):
                self._visits.begin_waiting(call, queue, position)
            case e.CallOffered(offer=offer, agent=agent, ring_for=ring_for):
                return self.ring(offer, agent, ring_for)
            case e.OfferEnded(reason=reason):
                if reason is not OfferEnd.CALLER_GONE:
                    if reason is OfferEnd.RONA and self._handovers.away(call):
                        log.warning("ringing did not end by itself", extra={"call": call})
                    return partial(self._handovers.take_in_hand, call)
            case e.CallConnected():
                self._visits.end_waiting(call)
            case e.CallHeld():
                return partial(self._hold, call)
            case e.CallRetrieved():
                return partial(self._retrieve, call)
            case e.CallEnded():
                return self._release(event)
        return None

    def ring(self, offer: OfferId, agent: AgentId, ring_for: timedelta) -> Rest | None:
        """Ring the agent's phone; Asterisk joins her with the caller when she answers.

        It rings at once if there is nothing to wait for before; what is returned, if anything, is
        to be awaited then: it sees what became of it.
        """
        call = call_of(offer)
        visit = self._visits.get(call)
        sound = self._visits.pause_waiting(call)
        if self._handovers.rings_for(offer):
            return None  # on the floor's earlier word, before this one
        music = visit is not None and visit.picked_up
        ring = partial(self._handovers.ring, offer, agent, ring_for, music=music)
        if sound is None and (visit is None or visit.shown == self._wanted(visit)):
            return ring()
        return partial(self._prepare, visit, sound, ring)

    async def _prepare(
        self, visit: Visit | None, sound: "asyncio.Task[None] | None", ring: Callable[[], Rest]
    ) -> None:
        """End the caller's sound, let the phone show who she is, then ring."""
        if sound is not None:
            await asyncio.wait([sound])
        if visit is not None and visit.shown != (wanted := self._wanted(visit)):
            await self._control.show_caller(visit.call, *wanted)
            visit.shown = wanted
        await ring()()

    def _wanted(self, visit: Visit) -> tuple[str, str]:
        """What the phone should show: what is known of the caller, and nothing absurd."""
        name, number = visit.shown or ("", visit.ani)
        return plain(self._caller_name(visit.call) or name, number)

    async def _hold(self, call: CallId) -> None:
        await self._talks.hold(call)
        await self._visits.lease(call)

    async def _retrieve(self, call: CallId) -> None:
        if not self._handovers.away(call):
            await self._visits.let_talk(call)
        await self._talks.retrieve(call)

    def _release(self, event: e.CallEnded) -> Rest | None:
        """Let go of every leg of an ended call."""
        call, visit = event.call, self._visits.get(event.call)
        self._visits.close(call)
        leg, away = self._talks.leg(call), self._handovers.away(call)
        self._talks.forget(call)
        self._handovers.came_home(call)
        farewell = FAREWELLS.get(event.why)
        if farewell is not None and visit is not None and not away:
            return partial(self._control.say_farewell, call, farewell, visit.language)
        legs = _to_hang_up(event, leg, away=away)
        bridge = bridge_of(call) if event.offer is not None and not away else None
        return partial(self._tear_down, legs, bridge) if legs or bridge is not None else None

    async def _tear_down(self, legs: Sequence[str], bridge: str | None) -> None:
        """Each leg on its own: one failure frees the others."""
        failed: TelephonyError | None = None
        for each in legs:
            try:
                await self._control.hang_up(each)
            except TelephonyError as error:
                failed = error
        if bridge is not None:
            await self._control.destroy_bridge(bridge)
        if failed is not None:
            raise failed

    def _give_back(self, event: CallEvent, error: Exception) -> None:
        """Tell the floor what could not be done, where that changes what comes next."""
        if isinstance(error, Disconnected):
            return  # reconciliation does it when Asterisk is back
        match event:
            case e.CallOffered(offer=offer):
                lost = isinstance(error, Gone | Conflict)
                why = OfferFailure.LEG_LOST if lost else OfferFailure.PHONE_UNREACHABLE
                self._submit(ask.FailOffer(offer=offer, why=why))
            case e.CallHeld(call=call):
                self._submit(ask.RetrieveCall(call=call))
            case _:
                pass  # the sweep finds what is left over


def _to_hang_up(event: e.CallEnded, leg: str | None, *, away: bool) -> list[str]:
    """The legs of an ended call that nobody has hung up yet; ``leg`` is the agent's, if up."""
    if event.why is EndReason.SAFETY_NET:
        return []  # she talks to somebody, without us
    if away:  # Asterisk ends the one leg with the other
        by_themselves = event.why in (EndReason.CALLER_HUNG_UP, EndReason.AGENT_HUNG_UP)
        return [] if by_themselves and leg is None else [event.call]
    legs: list[str] = [event.call] if event.why is not EndReason.CALLER_HUNG_UP else []
    return legs if leg is None else [*legs, leg]

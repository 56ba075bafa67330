"""Floor event -> telephony verb: in order for one call, concurrent across calls.

Each call with something to do has a mailbox and, while it is not empty, one task that empties it.
What fails comes back to the floor as a command; what is gone already needs no tear-down.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from acd import commands as ask
from acd import events as e
from acd.commands import Command
from acd.ids import AgentId, CallId, OfferId
from acd.reasons import EndReason, OfferEnd, OfferFailure
from cti.ari.errors import Conflict, Disconnected, Gone, TelephonyError
from cti.call_control import CallControl, plain
from cti.journal import Entry
from cti.legs import bridge_of
from cti.talks import Talks
from cti.timers import Timers
from cti.visits import Visit, Visits

log = logging.getLogger(__name__)

LEASE_GRACE: Final = timedelta(seconds=1)
"""Asterisk ends the ringing itself; our own timer is the lease behind it."""

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
        patience: timedelta,
    ) -> None:
        self._control, self._visits, self._timers = control, visits, timers
        self._talks, self._handovers = talks, talks.handovers
        self._submit, self._spawn = submit, spawn
        self._caller_name, self._patience = caller_name, patience
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
            case _:
                pass

    def guard_wrap_up(self, agent: AgentId, call: CallId, due: datetime) -> None:
        """End the after-call work when its time is over."""
        self._timers.start(("wrap_up", agent), ask.ExpireWrapUp(agent=agent, call=call), due=due)

    def _post(self, event: CallEvent) -> None:
        mailbox = self._mailboxes.get(event.call)
        if mailbox is not None:
            mailbox.append(event)
            return
        self._mailboxes[event.call] = deque([event])
        self._spawn("effects", self._empty(event.call))

    async def _empty(self, call: CallId) -> None:
        mailbox = self._mailboxes[call]
        try:
            while mailbox:
                await self._safely(mailbox.popleft())
        finally:
            del self._mailboxes[call]

    async def _safely(self, event: CallEvent) -> None:
        """Perform one event; a fault of ours in it must not cost the call its later ones."""
        try:
            await self.perform(event)
        except Exception:
            log.exception("effect broke", extra={"effect": type(event).__name__})

    async def perform(self, event: CallEvent) -> None:
        """Do what ``event`` asks of Asterisk, within the limit for effects."""
        try:
            async with asyncio.timeout(self._patience.total_seconds()):
                await self._do(event)
        except (TimeoutError, TelephonyError) as error:
            what, why = type(event).__name__, type(error).__name__  # its text may hold a number
            log.warning("effect failed", extra={"call": event.call, "effect": what, "why": why})
            self._give_back(event, error)

    async def _do(self, event: CallEvent) -> None:  # noqa: C901 - one match, a line or two each
        match event:
            case e.CallStarted(call=call):
                self._visits.begin_dialogue(call)
            case e.CallQueued(call=call, queue=queue, position=position):
                self._visits.begin_waiting(call, queue, position)
            case e.CallOffered():
                await self.ring(event.call, event.offer, event.agent, event.ring_for)
            case e.OfferEnded(call=call, reason=reason):
                if reason is not OfferEnd.CALLER_GONE:
                    if reason is OfferEnd.RONA and self._handovers.away(call):
                        log.warning("ringing did not end by itself", extra={"call": call})
                    await self._handovers.take_in_hand(call)
            case e.CallConnected(call=call):
                await self._visits.end_waiting(call)
            case e.CallHeld(call=call):
                await self._talks.hold(call)
            case e.CallRetrieved(call=call):
                await self._talks.retrieve(call)
            case e.CallEnded():
                await self._release(event)

    async def ring(self, call: CallId, offer: OfferId, agent: AgentId, ring_for: timedelta) -> None:
        """Ring the agent's phone; Asterisk joins her with the caller when she answers."""
        visit = self._visits.get(call)
        await self._visits.pause_waiting(call)
        if visit is not None:
            await self._show_caller(visit)
        music = visit is not None and visit.picked_up
        await self._handovers.ring(offer, agent, ring_for, music=music)

    async def _show_caller(self, visit: Visit) -> None:
        """Let the phone show what is known of the caller, and nothing absurd."""
        name, number = visit.shown or ("", visit.ani)
        wanted = plain(self._caller_name(visit.call) or name, number)
        if visit.shown != wanted:
            await self._control.show_caller(visit.call, *wanted)
            visit.shown = wanted

    async def _release(self, event: e.CallEnded) -> None:
        """Let go of every leg of an ended call, each on its own: one failure frees the others."""
        call = event.call
        self._visits.close(call)
        leg, away = self._talks.leg(call), self._handovers.away(call)
        self._talks.forget(call)
        self._handovers.came_home(call)
        failed: TelephonyError | None = None
        for each in _to_hang_up(event, leg, away=away):
            try:
                await self._control.hang_up(each)
            except TelephonyError as error:
                failed = error
        if event.offer is not None and not away:
            await self._control.destroy_bridge(bridge_of(call))
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
    if away:  # Asterisk ends the one leg with the other
        by_themselves = event.why in (EndReason.CALLER_HUNG_UP, EndReason.AGENT_HUNG_UP)
        return [] if by_themselves and leg is None else [event.call]
    legs: list[str] = [event.call] if event.why is not EndReason.CALLER_HUNG_UP else []
    return legs if leg is None else [*legs, leg]

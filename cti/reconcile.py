"""After a (re)connect: compare Asterisk's channels and bridges with the floor, mend both sides.

Asterisk is right about which legs exist, the floor about what they are for. Callers who hung up
while we were away are ended; callers who came in are taken; who waited waits on, in the old
order, with music; who talks hears nothing of it. What belongs to no live call is taken down.
"""

import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from acd import commands as ask
from acd.call import Call, CallState
from acd.commands import Command
from acd.floor import Floor
from acd.ids import CallId, OfferId
from acd.machine import Refused as RefusedByFloor
from acd.machine import sure
from acd.match import RUNG_ALREADY
from acd.reasons import EndReason, OfferFailure
from cti.ari.errors import Conflict, Gone, Refused, TelephonyError
from cti.ari.events import Bridge, Channel
from cti.call_control import CallControl
from cti.effects import Effects
from cti.ingress import Ingress
from cti.legs import (
    bridge_of,
    call_of,
    call_of_bridge,
    handed_over_for,
    offer_of,
    region_of,
    rung_already,
)
from cti.talks import Talks
from cti.visits import Visits

log = logging.getLogger(__name__)

SAFETY_NET: Final = "parley-safety-net"
"""The dialplan context of callers whom nobody took."""

DIALLED: Final = "CALLERID(dnid)"
"""What tells the number that a caller rang, wherever the dialplan has led her since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What one comparison found and mended; all zero when nothing was amiss."""

    lost: int = 0
    resumed: int = 0
    taken: int = 0
    swept: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What Asterisk has at one moment."""

    channels: Mapping[str, Channel]
    bridges: Mapping[str, Bridge]
    owned: frozenset[str]
    """Channels in our application."""
    legs: Mapping[OfferId, Channel]
    """Agents' legs by the offer they were made for, of several the latest."""

    def leg(self, call: Call) -> Channel | None:
        """The agent's leg of the offer that the call has now."""
        return self.legs.get(call.offer) if call.offer is not None else None


class Reconciler:
    """Brings floor and Asterisk together."""

    def __init__(
        self,
        floor: Floor,
        control: CallControl,
        visits: Visits,
        talks: Talks,
        effects: Effects,
        ingress: Ingress,
        command: Callable[[Command], Awaitable[object]],
        spawn: Callable[[str, Coroutine[Any, Any, None]], object],
    ) -> None:
        self._floor, self._control = floor, control
        self._visits, self._talks, self._effects = visits, talks, effects
        self._handovers = talks.handovers
        self._ingress, self._command, self._spawn = ingress, command, spawn
        self._unplaced: frozenset[str] = frozenset()
        """Channels in our application that belonged to no call at the last look."""

    async def run(self, *, engine_lost: bool) -> Findings:
        """Compare and mend. ``engine_lost``: Asterisk itself restarted, no leg can be left."""
        seen = await self._look()
        why = EndReason.ENGINE_LOST if engine_lost else EndReason.CALLER_HUNG_UP
        lost = resumed = 0
        for call in list(self._floor.live_calls()):
            if call.id not in seen.channels:
                await self._try(ask.EndCall(call=call.id, why=why))
                lost += 1
            else:
                resumed += await self._resume_safely(call, seen)
        taken = self._take_rung(seen) + await self._take_newcomers(seen)
        taken += await self._take_from_safety_net(seen)
        swept = await self._sweep(seen)
        findings = Findings(lost=lost, resumed=resumed, taken=taken, swept=swept)
        log.info(
            "reconciled",
            extra={"lost": lost, "resumed": resumed, "taken": taken, "swept": swept},
        )
        return findings

    async def sweep(self) -> int:
        """Take down what belongs to no live call, end calls whose legs are gone, note who answered.

        For calls whose last event was lost, or whose tear-down failed. Nothing is found as a rule.
        """
        before = {call.id: call for call in self._floor.live_calls()}
        seen = await self._look()
        for call in before.values():
            leg = seen.leg(call)
            if leg is not None and leg.state == "Up" and call.state is CallState.OFFERED:
                self._talks.answered(sure(call.offer), leg.id)
        self._take_rung(seen)
        await self._take_from_safety_net(seen)
        ended = await self._end_the_legless(before.values(), seen)
        return ended + await self._sweep(seen)

    async def _look(self) -> Picture:
        channels = {channel.id: channel for channel in await self._control.list_channels()}
        bridges = {bridge.id: bridge for bridge in await self._control.list_bridges()}
        owned = await self._control.owned_channels()
        legs = {
            offer: channel
            for channel in channels.values()
            if (offer := offer_of(channel)) is not None
        }
        return Picture(channels=channels, bridges=bridges, owned=owned, legs=legs)

    async def _end_the_legless(self, calls: Iterable[Call], seen: Picture) -> int:
        """End calls that had their legs before the channels were listed, and have them no more."""
        ended = 0
        with_agent = {call_of(offer) for offer in seen.legs}
        for call in calls:
            if call.id not in seen.channels:
                await self._try(ask.EndCall(call=call.id, why=EndReason.CALLER_HUNG_UP))
            elif call.with_agent and call.id not in with_agent:
                await self._control.hang_up(call.id)
                await self._try(ask.EndCall(call=call.id, why=EndReason.AGENT_HUNG_UP))
            else:
                continue
            ended += 1
        return ended

    async def _resume_safely(self, call: Call, seen: Picture) -> int:
        """Carry on with one call; if that fails, the others shall not have to wait for it."""
        try:
            return await self._resume(call, seen)
        except (Gone, Conflict, Refused) as error:  # somebody hung up in this moment
            log.warning("call not resumed", extra={"call": call.id, "why": type(error).__name__})
            return 0

    async def _resume(self, call: Call, seen: Picture) -> int:
        """Carry on with a call whose caller is still there."""
        visit, home = self._visits.get(call.id), call.id in seen.owned
        if home and visit is not None and visit.busy and call.offer is None:
            return 0  # only the connection was away, the visit goes on by itself
        visit = self._visits.open(call.id, ani=call.ani, dnis=call.dnis)
        visit.picked_up = seen.channels[call.id].state == "Up"
        if home:
            self._handovers.came_home(call.id)
            await visit.line.hush()
            if call.state is CallState.TALKING:
                await self._visits.let_talk(call.id)
            elif call.state is not CallState.OFFERED:
                self._visits.claim(call.id)
            await self._resume_here(call, seen)
        else:
            await self._resume_away(call, seen)
        return 1

    async def _resume_here(self, call: Call, seen: Picture) -> None:
        """Carry on with a caller who is in our application."""
        match call.state:
            case CallState.IN_IVR:
                self._visits.begin_dialogue(call.id)
                enqueue = self._visits.straight(call.id)
                if enqueue is not None:
                    await self._try(enqueue)
            case CallState.QUEUED:
                self._wait_on(call)
            case CallState.OFFERED:  # the daemon died before it could hand her over
                await self._ring_again(call)
            case CallState.TALKING | CallState.HELD:
                await self._resume_talk(call, seen)
            case CallState.ENDED:
                pass

    async def _resume_away(self, call: Call, seen: Picture) -> None:
        """Carry on with a caller whom Asterisk has."""
        caller = seen.channels[call.id]
        if _in_safety_net(caller):
            if any(call.id in bridge.channels for bridge in seen.bridges.values()):
                await self._try(ask.EndCall(call=call.id, why=EndReason.SAFETY_NET))
            else:
                self._spawn("bring home", self._bring_home(call.id, caller, seen))
        elif call.state is CallState.OFFERED and call.offer is not None:
            leg = seen.leg(call)
            self._handovers.adopt(call.offer, leg.id if leg is not None else None)
            if leg is not None and leg.state == "Up":  # answered meanwhile
                self._talks.answered(call.offer, leg.id)
        elif call.with_agent:
            await self._resume_handed_over(call, seen)
        else:
            self._spawn("bring home", self._bring_home(call.id, caller, seen))

    async def bring_back(self, call_id: CallId) -> None:
        """The dialplan's clock took this caller from us, as we were too slow; or she hung up."""
        self._visits.pause_waiting(call_id)
        try:
            seen = await self._look()
            if call_id in seen.channels and self._floor.has_call(call_id):
                await self._resume_safely(self._floor.call(call_id), seen)
                return
        except TelephonyError as error:
            log.warning("caller not brought back", extra={"why": type(error).__name__})
            return  # the next comparison finds her, or that she is gone
        self._ingress.caller_gone(call_id)

    def _wait_on(self, call: Call) -> None:
        if call.queue is not None:
            position = self._floor.position(call.id) or 1
            self._visits.begin_waiting(call.id, call.queue, position)

    async def _bring_home(self, call_id: CallId, caller: Channel, seen: Picture) -> None:
        """Take a caller in hand whom the dialplan has, while no offer of ours is for her.

        Not part of the comparison: it waits for events, and they wait for the comparison.
        """
        offer = handed_over_for(caller)
        if offer is None and not _in_safety_net(caller):
            return  # she was never away: she is hanging up in this moment
        offer = offer or OfferId(f"{call_id}~{RUNG_ALREADY}")
        self._handovers.adopt(offer)
        try:
            await self._handovers.take_in_hand(call_id)
        except TelephonyError as error:
            log.warning("caller not brought home", extra={"why": type(error).__name__})
            return
        call = self._floor.call(call_id)
        match call.state:
            case CallState.IN_IVR | CallState.QUEUED:
                await self._resume_here(call, seen)
            case CallState.OFFERED if call.offer == offer:
                await self._ring_again(call)
            case CallState.HELD:
                await self._hold_again(call, seen.leg(call))
            case _:
                pass

    async def _hold_again(self, call: Call, leg: Channel | None) -> None:
        if leg is None:
            await self._try(ask.EndCall(call=call.id, why=EndReason.AGENT_HUNG_UP))
            return
        self._talks.adopt(call.id, leg.id)
        await self._visits.lease(call.id)
        await self._control.start_moh(call.id)

    async def _ring_again(self, call: Call) -> None:
        if call.offer is None or call.agent is None or call.queue is None:
            return
        ring_for = self._floor.queue(call.queue).ring_for
        try:
            rest = self._effects.ring(call.offer, call.agent, ring_for)
            if rest is not None:
                await rest()
        except TelephonyError:
            await self._try(ask.FailOffer(offer=call.offer, why=OfferFailure.LEG_LOST))

    async def _resume_handed_over(self, call: Call, seen: Picture) -> None:
        """Asterisk has joined the two, and has them still."""
        leg = seen.leg(call)
        if call.offer is None or leg is None:
            await self._control.hang_up(call.id)
            await self._try(ask.EndCall(call=call.id, why=EndReason.AGENT_HUNG_UP))
            return
        self._talks.adopt(call.id, leg.id)
        self._handovers.adopt(call.offer, leg.id)
        if call.state is CallState.HELD:  # the hold was on its way
            self._spawn("hold", self._hold(call.id))

    async def _hold(self, call: CallId) -> None:
        """Hold at last; as ``_bring_home``, this is not part of the comparison."""
        try:
            await self._talks.hold(call)
        except TelephonyError as error:
            log.warning("not held", extra={"call": call, "why": type(error).__name__})

    async def _resume_talk(self, call: Call, seen: Picture) -> None:
        """Both were taken in hand."""
        bridge = seen.bridges.get(bridge_of(call.id))
        members = bridge.channels if bridge is not None else []
        legs = [leg for leg in members if leg != call.id]
        due = seen.leg(call)
        if due is not None and not legs:
            # Both were up but not joined yet when the daemon died.
            await self._control.claim(due.id)
            await self._control.create_bridge(bridge_of(call.id))
            await self._control.join(bridge_of(call.id), call.id, due.id)
            self._talks.adopt(call.id, due.id)
            await self._mend_hold(call, [call.id])
        elif not legs:
            await self._try(ask.EndCall(call=call.id, why=EndReason.AGENT_HUNG_UP))
        else:
            self._talks.adopt(call.id, legs[-1])
            await self._mend_hold(call, members)

    async def _mend_hold(self, call: Call, members: Sequence[str]) -> None:
        """A hold or its end may have been on its way when the connection fell."""
        if call.state is CallState.HELD and call.id in members:
            await self._control.hold(bridge_of(call.id), call.id)
        elif call.state is CallState.TALKING and call.id not in members:
            await self._control.retrieve(bridge_of(call.id), call.id)

    async def _take_newcomers(self, seen: Picture) -> int:
        """Callers who came in while nobody listened."""
        taken = 0
        for leg in seen.owned:
            channel = seen.channels.get(leg)
            if channel is None or offer_of(channel) or self._floor.has_call(CallId(leg)):
                continue
            offer = handed_over_for(channel)
            if offer is not None and not rung_already(offer):  # of a lost journal
                log.warning("a caller whom the floor does not know", extra={"offer": offer})
                await self._control.continue_in_dialplan(leg, SAFETY_NET, "start")
                continue
            dnis, region = await self._dialled(leg), region_of(channel)
            self._ingress.arrived(CallId(leg), channel.caller, dnis=dnis, region=region)
            taken += 1
        return taken

    async def _take_from_safety_net(self, seen: Picture) -> int:
        """Callers who came in while no daemon was there, in their order.

        Who talks by now has a record, and her talk goes on; the others come into our application.
        """
        talking = {leg for bridge in seen.bridges.values() for leg in bridge.channels}
        callers = [
            channel
            for channel in sorted(seen.channels.values(), key=lambda each: each.creationtime)
            if _in_safety_net(channel) and not self._floor.has_call(CallId(channel.id))
        ]
        for caller in callers:
            call = CallId(caller.id)
            try:
                if caller.id in talking:
                    self._ingress.helped(call, caller.caller, dnis=await self._dialled(call))
                else:
                    await self._control.take_in_hand(call, None)
            except (Conflict, Refused) as error:  # the next look finds her again
                log.warning("caller not taken", extra={"why": type(error).__name__})
        return len(callers)

    async def _dialled(self, caller: str) -> str:
        """The number that a caller has rung."""
        return await self._control.variable(caller, DIALLED)

    def _take_rung(self, seen: Picture) -> int:
        """Callers for whom a phone was rung while nobody listened."""
        taken = 0
        for offer, leg in seen.legs.items():
            call = call_of(offer)
            if rung_already(offer) and call in seen.channels and not self._floor.has_call(call):
                found = self._ingress.joined if leg.state == "Up" else self._ingress.rung
                found(offer, leg)
                taken += 1
        return taken

    async def _sweep(self, seen: Picture) -> int:
        live = {call.id for call in self._floor.live_calls()}
        swept = 0
        unplaced = set[str]()
        for leg, channel in seen.channels.items():
            offer = offer_of(channel)
            call = call_of(offer or leg)
            if call in live or self._visits.get(call) is not None:
                continue
            known = offer is not None or (leg in seen.owned and self._floor.has_call(CallId(leg)))
            if known or leg in self._unplaced & seen.owned:
                await self._control.hang_up(leg)
                swept += 1
            elif leg in seen.owned:  # perhaps a caller of whom we are about to hear
                unplaced.add(leg)
        self._unplaced = frozenset(unplaced)
        for bridge in seen.bridges:
            owner = call_of_bridge(bridge)
            if owner is not None and owner not in live:
                await self._control.destroy_bridge(bridge)
                swept += 1
        return swept

    async def _try(self, command: Command) -> None:
        try:
            await self._command(command)
        except RefusedByFloor as refusal:
            log.info("nothing to mend", extra={"code": refusal.code})


def _in_safety_net(caller: Channel) -> bool:
    """Whether the dialplan has the caller, or is taking her, because nobody of us was there."""
    where = caller.dialplan
    return where.context == SAFETY_NET or where.exten == "T"

"""Agents' legs: accepted when they answer, kept through hold, replaced after a page reload.

As a rule Asterisk joins caller and agent by itself (``cti.handovers``). Who must be held, or whose
agent needs a fresh leg, is taken in hand first: both legs come into a bridge of ours.

A browser that reloads loses its sound but not the call: a fresh leg rings the same browser, and
when it answers it takes the place of the silent one in the bridge.
"""

import itertools
import logging
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, Final, Protocol

from acd import commands as ask
from acd.commands import Command
from acd.floor import Floor
from acd.ids import AgentId, CallId, OfferId
from acd.machine import Refused
from acd.reasons import EndReason
from cti.ari.errors import TelephonyError
from cti.call_control import CallControl
from cti.handovers import Handovers
from cti.legs import bridge_of, call_of, offer_named, rejoin_leg, rung_already
from cti.phones import phone_id

log = logging.getLogger(__name__)

REJOIN_HEADER: Final = "X-Parley-Rejoin"
REJOIN_WITHIN: Final = timedelta(seconds=10)
"""How long a reloaded page may take to pick up its call again."""

CALLER_LEFT: Final = 31
"""The cause with which the dialplan ends an agent's leg whose caller hung up."""

CANCELLED: Final = 127
"""The cause of a leg that stops ringing because its caller hung up (and of some failures)."""

Spawn = Callable[[str, Coroutine[Any, Any, None]], object]


class Submit(Protocol):
    """How a command reaches the floor: ``Engine.submit``."""

    def __call__(self, command: Command, *, refused: Callable[[], None] | None = None) -> None:
        """Apply ``command`` soon; ``refused`` is called if the floor will not do it."""


class Talks:
    """Which leg speaks for the agent in each call."""

    def __init__(
        self,
        floor: Floor,
        control: CallControl,
        handovers: Handovers,
        submit: Submit,
        spawn: Spawn,
    ) -> None:
        self._floor, self._control, self.handovers = floor, control, handovers
        self._submit, self._spawn = submit, spawn
        self._legs: dict[CallId, str] = {}
        self._rejoining: set[str] = set()
        self._numbers = itertools.count(1)

    def leg(self, call: CallId) -> str | None:
        """The agent's leg in this call, from her answer until it is gone."""
        return self._legs.get(call)

    def adopt(self, call: CallId, leg: str) -> None:
        """After a restart: this leg was found talking in the call."""
        self._legs[call] = leg

    def forget(self, call: CallId) -> None:
        """The call is over."""
        self._legs.pop(call, None)

    def answered(self, offer: OfferId, leg: str) -> None:
        """The agent picked up, and Asterisk joins her with the caller."""
        call = call_of(offer)
        arriving = rung_already(offer) and not self._floor.has_call(call)
        if self._legs.get(call) == leg or not (arriving or self._current(call, offer)):
            return  # told twice, or too late
        self.handovers.rings(offer, leg)
        self._legs[call] = leg
        # Refused: the offer has ended meanwhile, and its end takes the caller from her.
        self._submit(ask.AcceptOffer(offer=offer), refused=lambda: self.forget(call))

    def leg_gone(self, offer: OfferId, leg: str, cause: int) -> None:
        """A leg of this offer is no more."""
        call = call_of(offer)
        if leg in self._rejoining:
            self._rejoining.discard(leg)
        elif self._legs.get(call) == leg:
            del self._legs[call]
            caller_left = cause == CALLER_LEFT
            why = EndReason.CALLER_HUNG_UP if caller_left else EndReason.AGENT_HUNG_UP
            self._submit(ask.EndCall(call=call, why=why))
        elif offer_named(leg) is None:  # and not one that was replaced or never needed
            self.handovers.unanswered(offer, cancelled=cause == CANCELLED)

    def leg_came(self, leg: str, offer: OfferId | None) -> None:
        """An agent's leg has entered our application."""
        if leg in self._rejoining:
            self._spawn("rejoin", self._take_over(leg))
        elif offer is None or not (
            self.handovers.leg_came(offer) or self._legs.get(call_of(offer)) == leg
        ):
            self.not_wanted(leg)

    def not_wanted(self, leg: str) -> None:
        """Take down a leg that is in our application for nobody."""
        self._spawn("not wanted", self._control.hang_up(leg))

    async def hold(self, call: CallId) -> None:
        """Let the caller hear music, and the agent nothing."""
        await self._take_in_hand(call)
        await self._control.hold(bridge_of(call), call)

    async def retrieve(self, call: CallId) -> None:
        """Let caller and agent talk again."""
        await self._take_in_hand(call)
        await self._control.retrieve(bridge_of(call), call)

    async def _take_in_hand(self, call: CallId) -> None:
        """Bring both legs of a talk into a bridge of ours."""
        leg = self._legs.get(call)
        if leg is not None and self.handovers.away(call):
            await self.handovers.take_in_hand(call, leg)
            for each in (call, leg):
                await self._control.claim(each)
            await self._control.create_bridge(bridge_of(call))
            await self._control.join(bridge_of(call), call, leg)

    async def rejoin(self, agent: AgentId, call_id: CallId) -> None:
        """Ring the agent's browser back into her call; ``Refused`` if it is not hers."""
        call = self._floor.call(call_id)
        if call.agent != agent or not call.with_agent or call.offer is None:
            message = f"call {call_id} is not with agent {agent}"
            raise Refused(message)
        await self._take_in_hand(call_id)
        leg = rejoin_leg(call.offer, next(self._numbers))
        self._rejoining.add(leg)
        try:
            await self._control.ring_leg(
                leg,
                f"PJSIP/{phone_id(agent)}",
                caller_number=call.ani,
                caller_name="",
                ring_for=REJOIN_WITHIN,
                call=call_id,
                headers={REJOIN_HEADER: "1"},
            )
        except TelephonyError:
            self._rejoining.discard(leg)
            raise

    async def _take_over(self, leg: str) -> None:
        call, offer = call_of(leg), offer_named(leg)
        if leg not in self._rejoining:
            return  # told twice
        self._rejoining.discard(leg)
        if offer is None or call not in self._legs or not self._talks_in(call, offer):
            await self._control.hang_up(leg)
            return
        replaced, self._legs[call] = self._legs[call], leg
        try:
            await self._control.join(bridge_of(call), leg)
        except TelephonyError as error:
            log.warning("leg not replaced", extra={"call": call, "why": type(error).__name__})
            self._legs[call], replaced = replaced, leg
        await self._control.hang_up(replaced)

    def _current(self, call: CallId, offer: OfferId) -> bool:
        return self._floor.has_call(call) and self._floor.call(call).offer == offer

    def _talks_in(self, call: CallId, offer: OfferId) -> bool:
        return self._current(call, offer) and self._floor.call(call).with_agent

"""Agents' legs: accepted when they answer, joined to the caller, replaced after a page reload.

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
from acd.reasons import EndReason, OfferFailure
from cti.ari.errors import Disconnected, Gone, TelephonyError
from cti.call_control import CallControl, HangUpCause
from cti.legs import bridge_of, call_of, offer_of, rejoin_leg
from cti.phones import phone_id

log = logging.getLogger(__name__)

REJOIN_HEADER: Final = "X-Parley-Rejoin"
REJOIN_WITHIN: Final = timedelta(seconds=10)
"""How long a reloaded page may take to pick up its call again."""

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
        submit: Submit,
        spawn: Spawn,
    ) -> None:
        self._floor, self._control = floor, control
        self._submit, self._spawn = submit, spawn
        self._legs: dict[CallId, str] = {}
        self._rejoining: set[str] = set()
        self._numbers = itertools.count(1)

    def leg(self, call: CallId, offer: OfferId) -> str:
        """The agent's leg in this call."""
        return self._legs.get(call, offer)

    def adopt(self, call: CallId, leg: str) -> None:
        """After a restart: this leg was found in the call's bridge."""
        self._legs[call] = leg

    def forget(self, call: CallId) -> None:
        """The call is over."""
        self._legs.pop(call, None)

    def leg_answered(self, leg: str) -> None:
        """An agent's leg has entered our application: she picked up."""
        if leg in self._rejoining:
            self._spawn("rejoin", self._take_over(leg))
        elif leg != self._legs.get(call_of(leg)):  # else told twice of one that talks
            self._submit(ask.AcceptOffer(offer=OfferId(leg)), refused=lambda: self._too_late(leg))

    def _too_late(self, leg: str) -> None:
        """The offer has ended meanwhile."""
        self._spawn("too late", self._control.hang_up(leg, HangUpCause.ANSWERED_ELSEWHERE))

    def leg_gone(self, leg: str) -> bool:
        """Tell whether this was the leg that counts, and not one replaced or never needed."""
        if leg in self._rejoining:
            self._rejoining.discard(leg)
            return False
        call, offer = call_of(leg), offer_of(leg)
        return offer is not None and self.leg(call, offer) == leg

    async def rejoin(self, agent: AgentId, call_id: CallId) -> None:
        """Ring the agent's browser back into her call; ``Refused`` if it is not hers."""
        call = self._floor.call(call_id)
        if call.agent != agent or not call.with_agent or call.offer is None:
            message = f"call {call_id} is not with agent {agent}"
            raise Refused(message)
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
        call, offer = call_of(leg), offer_of(leg)
        if leg not in self._rejoining:
            return  # told twice
        self._rejoining.discard(leg)
        if offer is None or not self._talks_in(call, offer):
            await self._control.hang_up(leg)
            return
        old, self._legs[call] = self.leg(call, offer), leg
        try:
            await self._control.join(bridge_of(call), leg)
        except TelephonyError as error:
            log.warning("leg not replaced", extra={"call": call, "why": type(error).__name__})
            self._legs[call], old = old, leg
        await self._control.hang_up(old)

    def _talks_in(self, call: CallId, offer: OfferId) -> bool:
        if not self._floor.has_call(call):
            return False
        known = self._floor.call(call)
        return known.offer == offer and known.with_agent

    async def connect(self, call: CallId, offer: OfferId) -> None:
        """Join caller and agent; a leg that cannot be joined gives the call back to the floor."""
        try:
            await self._control.join(bridge_of(call), call, self.leg(call, offer))
        except TelephonyError as error:
            log.warning(
                "legs not joined",
                extra={"call": call, "why": type(error).__name__, "status": error.status},
            )
            if isinstance(error, Disconnected):
                return  # nobody's fault: reconciliation joins them when Asterisk is back
            if isinstance(error, Gone) and call not in await self._control.owned_channels():
                # The caller left in this moment: that is not the agent's phone's fault.
                self._submit(ask.EndCall(call=call, why=EndReason.CALLER_HUNG_UP))
                return
            self._submit(ask.FailOffer(offer=offer, why=OfferFailure.BRIDGE_FAILED))

"""From an agent's or supervisor's message to a command of the floor, ownership checked.

The floor's commands name calls and offers, not who asks; so here an agent may touch only the offer
and the call that her own topic shows.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from acd import commands as acd
from acd.ids import AgentId, CallId, OfferId
from acd.reasons import EndReason, NotReadyReason
from agent_desktop.server import protocol as p
from agent_desktop.server.hub import Hub

ONE_MINUTE: Final = timedelta(minutes=1)
CHOOSABLE: Final[Mapping[str, NotReadyReason]] = {
    reason.value: reason
    for reason in (
        NotReadyReason.BREAK,
        NotReadyReason.LUNCH,
        NotReadyReason.MEETING,
        NotReadyReason.TRAINING,
        NotReadyReason.BACK_OFFICE,
    )
}
"""Reasons an agent may give herself; the others are facts the system states."""


class NotYours(Exception):
    """She asked about a call, an offer or an agent that is not hers to touch, or not there."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def command_of(frame: Any, user: str, hub: Hub) -> acd.Command:
    """The floor's command for ``frame`` sent by ``user``.

    Raises:
        NotYours: with code ``not_your_offer``, ``not_your_call``, ``unknown_agent``,
            ``unknown_reason``.
    """
    me = AgentId(user)
    match frame:
        case p.GoReady():
            return acd.GoReady(agent=me)
        case p.GoNotReady(reason=reason):
            return acd.GoNotReady(agent=me, reason=_reason(reason))
        case p.ExtendWrapUp():
            return acd.ExtendWrapUp(agent=me, more=ONE_MINUTE)
        case p.SignOut():
            return acd.LogOut(agent=me)
        case p.RefuseOffer(offer=offer):
            return acd.RefuseOffer(offer=_own_offer(hub, user, offer))
        case p.Hold() | p.Retrieve() | p.HangUp():
            return _about_call(frame, own_call(hub, user, frame.call))
        case p.ForceReady() | p.ForceNotReady() | p.ForceLogOut():
            return _forced(frame, _known(hub, frame.agent), by=me)
        case _:
            raise TypeError(f"no command for {type(frame).__name__}")


def _about_call(frame: p.Hold | p.Retrieve | p.HangUp, call: CallId) -> acd.Command:
    match frame:
        case p.Hold():
            return acd.HoldCall(call=call)
        case p.Retrieve():
            return acd.RetrieveCall(call=call)
        case p.HangUp():
            return acd.EndCall(call=call, why=EndReason.AGENT_HUNG_UP)


def _forced(
    frame: p.ForceReady | p.ForceNotReady | p.ForceLogOut, agent: AgentId, *, by: AgentId
) -> acd.Command:
    match frame:
        case p.ForceReady():
            return acd.GoReady(agent=agent, by=by)
        case p.ForceNotReady():
            return acd.GoNotReady(agent=agent, reason=NotReadyReason.FORCED, by=by)
        case p.ForceLogOut():
            return acd.LogOut(agent=agent, by=by)


def _reason(given: str) -> NotReadyReason:
    reason = CHOOSABLE.get(given)
    if reason is None:
        raise NotYours("unknown_reason", f"reason must be one of {', '.join(CHOOSABLE)}")
    return reason


def _own_offer(hub: Hub, user: str, offer: str) -> OfferId:
    mine = hub.current(f"agent:{user}", "offer")
    if mine is None or mine.offer != offer:
        raise NotYours("not_your_offer", "this call does not ring at your phone any more")
    return OfferId(offer)


def own_call(hub: Hub, user: str, call: str) -> CallId:
    """The call if she is in it."""
    mine = hub.current(f"agent:{user}", "call")
    if mine is None or mine.call != call:
        raise NotYours("not_your_call", "you are not in this call any more")
    return CallId(call)


def _known(hub: Hub, agent: str) -> AgentId:
    if hub.current("agents", agent) is None:
        raise NotYours("unknown_agent", "there is no such agent on the floor")
    return AgentId(agent)

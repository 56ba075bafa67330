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
        super().__init__(code)
        self.code, self.detail = code, detail


def command_of(frame: Any, user: str, hub: Hub) -> acd.Command:  # noqa: C901 -- one match, one line each
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
        case p.RefuseOffer(offer=offer):
            return acd.RefuseOffer(offer=_own_offer(hub, user, offer))
        case p.Hold(call=call):
            return acd.HoldCall(call=own_call(hub, user, call))
        case p.Retrieve(call=call):
            return acd.RetrieveCall(call=own_call(hub, user, call))
        case p.HangUp(call=call):
            return acd.EndCall(call=own_call(hub, user, call), why=EndReason.AGENT_HUNG_UP)
        case p.ExtendWrapUp():
            return acd.ExtendWrapUp(agent=me, more=ONE_MINUTE)
        case p.SignOut():
            return acd.LogOut(agent=me)
        case p.ForceReady(agent=agent):
            return acd.GoReady(agent=_known(hub, agent), by=me)
        case p.ForceNotReady(agent=agent):
            return acd.GoNotReady(agent=_known(hub, agent), reason=NotReadyReason.FORCED, by=me)
        case p.ForceLogOut(agent=agent):
            return acd.LogOut(agent=_known(hub, agent), by=me)
        case _:
            raise TypeError(f"no command for {type(frame).__name__}")


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

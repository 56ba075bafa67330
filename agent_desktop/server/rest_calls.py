"""Calls over REST: facts, the decision record, whose call it is, after-call work.

An agent may look at and write to her own calls, a supervisor may look at all.
"""

from aiohttp import web
from aiohttp_pydantic.oas.typing import r200

from acd.ids import AgentId, CallId
from agent_desktop.server.bodies import ChoosePartyBody, WrapUpBody
from agent_desktop.server.dispositions import DISPOSITIONS, require_disposition
from agent_desktop.server.endpoint import endpoint, reply
from agent_desktop.server.keys import BACKEND, HUB, NOW
from agent_desktop.server.limits import floor_limit
from agent_desktop.server.news import tell_party, tell_work
from agent_desktop.server.parameters import CallKey
from agent_desktop.server.people import create_party, keep_number, record_view, sees_all, user_of
from agent_desktop.server.ports import CallFacts, WrapUp
from agent_desktop.server.problems import Problem, not_found
from agent_desktop.server.views import (
    CallView,
    ChosenPartyView,
    DispositionsView,
    DispositionView,
    DoneView,
    WhyOfferView,
    WhyView,
)

routes = web.RouteTableDef()


@routes.get("/api/dispositions", allow_head=False)
@endpoint
async def get_dispositions(request: web.Request) -> r200[DispositionsView]:
    """The outcomes an agent may choose."""
    items = [
        DispositionView(code=code, label_key=f"disposition.{code}", follow_up=follow_up)
        for code, follow_up in DISPOSITIONS.items()
    ]
    return reply(DispositionsView(items=items))


@routes.get("/api/calls/{call}", allow_head=False)
@endpoint
async def get_call(request: web.Request, call: CallKey, /) -> r200[CallView]:
    """What is known of a call, live or recent."""
    facts = _visible(request, call)
    await record_view(request, "call", facts.interaction_id)
    return reply(CallView.model_validate(facts))


@routes.get("/api/calls/{call}/why", allow_head=False)
@endpoint
async def get_why(request: web.Request, call: CallKey, /) -> r200[WhyView]:
    """Why this call rang whom: the decision record of each offer."""
    async with floor_limit(request):
        offers = await request.app[BACKEND].why(CallId(call))
    if not offers and request.app[BACKEND].call(CallId(call)) is None:
        raise not_found("call")
    if not sees_all(request) and not any(offer.agent == user_of(request) for offer in offers):
        _visible(request, call)
    return reply(
        WhyView(call=call, offers=[WhyOfferView.model_validate(offer) for offer in offers])
    )


@routes.post("/api/calls/{call}/party")
@endpoint
async def choose_party(
    request: web.Request, call: CallKey, /, body: ChoosePartyBody
) -> r200[ChosenPartyView]:
    """Say who the caller is: one of the candidates, another party, or a new one."""
    _own(request, call, while_ringing=True)
    if body.new is not None:
        party_id = (await create_party(request, body.new)).id
    else:
        party_id = str(body.party_id)
        if body.keep_number:
            await keep_number(request, party_id, _visible(request, call).ani)
    async with floor_limit(request):
        await request.app[BACKEND].choose_party(CallId(call), party_id)
    return reply(ChosenPartyView(party_id=party_id))


@routes.post("/api/calls/{call}/wrap-up")
@endpoint
async def finish_wrap_up(
    request: web.Request, call: CallKey, /, body: WrapUpBody
) -> r200[DoneView]:
    """Write outcome, note and follow-up, and end the after-call work."""
    require_disposition(body.disposition)
    facts = _after_call(request, call)
    form = WrapUp(
        call=CallId(call),
        disposition=body.disposition,
        note=body.note,
        follow_up=body.follow_up,
        subject=body.subject,
        due_at=body.due_at,
        case_id=str(body.case_id) if body.case_id else None,
    )
    async with floor_limit(request):
        await request.app[BACKEND].finish_wrap_up(AgentId(user_of(request)), form)
    tell_work(request.app[HUB], [user_of(request)], request.app[NOW]())
    tell_party(request.app[HUB], facts.party_id, request.app[NOW]())
    return reply(DoneView(ok=True))


def _visible(request: web.Request, call: str) -> CallFacts:
    """The call if the user may see it; others' calls are as good as not there."""
    facts = request.app[BACKEND].call(CallId(call))
    ringing = request.app[HUB].current(f"agent:{user_of(request)}", "offer")
    if facts is None or not (
        sees_all(request)
        or facts.agent == user_of(request)
        or (ringing is not None and ringing.call == call)
    ):
        raise not_found("call")
    return facts


def _after_call(request: web.Request, call: str) -> CallFacts:
    """The call if the user wraps it up, or did so until its time ran out a moment ago."""
    current = request.app[HUB].current(f"agent:{user_of(request)}", "wrap_up")
    facts = request.app[BACKEND].call(CallId(call))
    wraps_up = current is not None and current.call == call
    over = facts is not None and facts.agent == user_of(request) and facts.state == "ended"
    if facts is None or not (wraps_up or over):
        raise Problem(409, "not_your_call", "this call waits for no after-call work of yours")
    return facts


def _own(request: web.Request, call: str, *, while_ringing: bool = False) -> None:
    """Refuse to write to a call that the user is not in (or wraps up, or that rings her)."""
    keys = ("call", "wrap_up", "offer") if while_ringing else ("call", "wrap_up")
    mine = (request.app[HUB].current(f"agent:{user_of(request)}", key) for key in keys)
    if not any(value is not None and value.call == call for value in mine):
        raise Problem(409, "not_your_call", "you are not in this call any more")

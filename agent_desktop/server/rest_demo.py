"""The demo's caller page: numbers to ring and customers to ring in as; no session needed.

All of it answers 404 when the site is no demo, because it shows and imitates customers.
"""

import secrets
from typing import Annotated

from aiohttp import web
from aiohttp_pydantic.oas.typing import r200, r201
from pydantic import Field

from agent_desktop.server.bodies import DemoCallerBody
from agent_desktop.server.clients import client_address, counted_as, is_local
from agent_desktop.server.endpoint import endpoint, reply
from agent_desktop.server.keys import (
    ADDRESS_CALLERS,
    BACKEND,
    CONFIG,
    DATABASE,
    NOW,
    PHONES,
)
from agent_desktop.server.limits import database_limit, telephony_limit
from agent_desktop.server.problems import Problem, not_found
from agent_desktop.server.rest_session import phone_view
from agent_desktop.server.security import caller_token, set_caller
from agent_desktop.server.views import (
    DemoCallersView,
    DemoCallerView,
    DemoNumbersView,
    DemoNumberView,
    PhoneView,
)
from crm_core import demo
from crm_core.domain.phone import AniKind, classify

routes = web.RouteTableDef()
Query = Annotated[str, Field(max_length=100)]
CALLERS_SHOWN = 20


@routes.get("/api/demo/numbers", allow_head=False)
@endpoint
async def get_demo_numbers(request: web.Request) -> r200[DemoNumbersView]:
    """The numbers one can ring in the demo; 404 when this site is no demo."""
    _require_demo(request)
    numbers = request.app[BACKEND].demo_numbers()
    return reply(DemoNumbersView(items=[DemoNumberView.model_validate(one) for one in numbers]))


@routes.get("/api/demo/callers", allow_head=False)
@endpoint
async def find_demo_callers(request: web.Request, q: Query = "") -> r200[DemoCallersView]:
    """Demo customers one may ring in as, those worth playing first; 404 when this is no demo."""
    _require_demo(request)
    if not q.strip():
        return reply(DemoCallersView(items=await _worth_playing(request)))
    async with database_limit(request), request.app[DATABASE].work(actor="demo") as work:
        hits = await work.search.parties(q, region=request.app[CONFIG].region, limit=CALLERS_SHOWN)
        await work.audit.note(
            "searched", "party", "", details={"shown": [hit.party_id for hit in hits]}
        )
        await work.commit()
    items = [
        DemoCallerView(
            party_id=hit.party_id, name=hit.name, number=hit.phone, city=hit.city, tier=hit.tier
        )
        for hit in hits
        if hit.phone
    ]
    return reply(DemoCallersView(items=items))


async def _worth_playing(request: web.Request) -> list[DemoCallerView]:
    """The showcase, with what the customer base knows of each."""
    items: list[DemoCallerView] = []
    async with database_limit(request), request.app[DATABASE].work(actor="demo") as work:
        for one in demo.showcase():
            hits = await work.search.parties(one.customer_number, limit=1)
            items += [
                DemoCallerView(
                    party_id=hit.party_id,
                    name=one.name,
                    number=one.number,
                    city=hit.city,
                    tier=hit.tier,
                    hint=one.key,
                    customer_number=one.customer_number,
                    pin=one.pin,
                )
                for hit in hits
            ]
        await work.audit.note(
            "searched", "party", "", details={"shown": [item.party_id for item in items]}
        )
        await work.commit()
    return items


@routes.post("/api/demo/caller")
@endpoint
async def issue_demo_caller(request: web.Request, body: DemoCallerBody) -> r201[PhoneView]:
    """A phone that rings in as this number; sets a cookie for the SIP websocket."""
    _require_demo(request)
    config, now = request.app[CONFIG], request.app[NOW]()
    if not request.app[ADDRESS_CALLERS].admit(counted_as(client_address(request)), now):
        raise Problem(429, "too_many_attempts", "too many demo callers from here; wait a minute")
    number = ""
    if body.number:
        ani = classify(body.number, config.region)
        if ani.kind not in (AniKind.VALID, AniKind.INVALID) or not ani.e164:
            raise Problem(
                422, "bad_value", "number: write it with + and country, or leave it empty"
            )
        number = ani.e164
    async with telephony_limit(request):
        phone = await request.app[BACKEND].issue_demo_caller(number)
    phones, token = request.app[PHONES], caller_token(request)
    if token is None or phones.of_caller(token) is None:  # never a token we did not make
        token = secrets.token_urlsafe(32)
    phones.caller_issued(token, phone.sip_user, now)
    await phones.save()
    response = reply(phone_view(phone), status=201)
    set_caller(request, response, token)
    return response


def _require_demo(request: web.Request) -> None:
    is_meant = request.app[CONFIG].demo_open or is_local(request)
    if not is_meant or not request.app[BACKEND].demo_numbers():
        raise not_found("demo here")

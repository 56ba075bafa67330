"""Parties over REST: find, make, show, change; their timeline, cases and orders.

Whoever looks at a party is noted in the audit log; changes are noted by the customer base itself.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from aiohttp import web
from aiohttp_pydantic.oas.typing import r200, r201
from pydantic import Field

from agent_desktop.server import people
from agent_desktop.server.bodies import NewPartyBody, PatchPartyBody
from agent_desktop.server.endpoint import endpoint, reply
from agent_desktop.server.keys import CONFIG, HUB, NOW
from agent_desktop.server.limits import database_limit
from agent_desktop.server.news import tell_party
from agent_desktop.server.parameters import After, Limit
from agent_desktop.server.people import work_of
from agent_desktop.server.problems import Problem
from agent_desktop.server.rest_cases import case_view
from agent_desktop.server.views import (
    CasesView,
    ContactPointView,
    OrdersView,
    OrderView,
    PartyPageView,
    PartyRowView,
    PartyView,
    TimelineEntryView,
    TimelinePageView,
)
from crm_core.domain.case import UNSETTLED
from crm_core.domain.errors import Stale
from crm_core.domain.interaction import TimelineEvent
from crm_core.domain.party import Party, Tier, email_point, phone_points, renamed
from crm_core.domain.sales import SalesOrder
from crm_core.storage.unit_of_work import UnitOfWork

routes = web.RouteTableDef()
Cursor = Annotated[str, Field(max_length=100)]
Query = Annotated[str, Field(max_length=100)]
ORDERS_SHOWN = 50


@routes.get("/api/parties", allow_head=False)
@endpoint
async def find_parties(
    request: web.Request, q: Query = "", limit: Limit = 20, after: After = ""
) -> r200[PartyPageView]:
    """Find parties by name, phone, e-mail, customer, order or case number; best matches first.

    For the next page give the same ``q`` and the ``next`` of the page before as ``after``; one
    that is not ours is refused as ``bad_cursor``. Nobody is left out when others come or go
    meanwhile.
    """
    region = request.app[CONFIG].region
    async with database_limit(request), work_of(request) as work:
        page = await work.search.page(q, region=region, limit=limit, after=after)
        if page.hits:
            shown = [hit.party_id for hit in page.hits]
            await work.audit.note("searched", "party", "", details={"shown": shown})
            await work.commit()
    items = [
        PartyRowView(
            id=hit.party_id,
            kind=hit.kind,
            name=hit.name,
            number=hit.number,
            tier=hit.tier,
            city=hit.city,
            phone=hit.phone,
            email=hit.email,
            why=hit.why,
        )
        for hit in page.hits
    ]
    return reply(PartyPageView(items=items, next=page.next))


@routes.post("/api/parties")
@endpoint
async def create_party(request: web.Request, body: NewPartyBody) -> r201[PartyView]:
    """Keep a new party."""
    party = await people.create_party(request, body)
    async with database_limit(request), work_of(request) as work:
        return reply(await _view(work, party), status=201)


@routes.get("/api/parties/{party}", allow_head=False)
@endpoint
async def get_party(request: web.Request, party: UUID, /) -> r200[PartyView]:
    """One party."""
    async with database_limit(request), work_of(request) as work:
        found = await work.parties.get(str(party))
        await work.audit.viewed("party", found.id, party_id=found.id)
        view = await _view(work, found)
        await work.commit()
    return reply(view)


@routes.patch("/api/parties/{party}")
@endpoint
async def change_party(
    request: web.Request, party: UUID, /, body: PatchPartyBody
) -> r200[PartyView]:
    """Change a party; 409 when somebody else changed it since you read it."""
    region = request.app[CONFIG].region
    async with database_limit(request), work_of(request) as work:
        found = await work.parties.get(str(party))
        if found.version != body.version:
            raise Stale("party", found.id, held=body.version)
        named = renamed(found, body.name) if body.name else found
        saved = await work.parties.save(
            replace(
                named,
                language=found.language if body.language is None else body.language,
                city=found.city if body.city is None else body.city,
                tier=Tier(body.tier) if body.tier else found.tier,
            )
        )
        for point in phone_points(body.add_phone, region=region):
            await work.contact_points.add(replace(point, party_id=found.id))
        if body.add_email:
            await work.contact_points.add(replace(email_point(body.add_email), party_id=found.id))
        await work.commit()
        view = await _view(work, saved)
    tell_party(request.app[HUB], saved.id, request.app[NOW]())
    return reply(view)


@routes.get("/api/parties/{party}/timeline", allow_head=False)
@endpoint
async def get_timeline(
    request: web.Request, party: UUID, /, before: Cursor = "", limit: Limit = 20
) -> r200[TimelinePageView]:
    """What happened with a party, newest first."""
    start = _cursor(before)
    async with database_limit(request), work_of(request) as work:
        found = await work.parties.get(str(party))
        events = await work.timeline.page(found.id, before=start, limit=limit + 1)
        names = await work.users.names()
        if not before:
            await work.audit.viewed("timeline", found.id, party_id=found.id)
            await work.commit()
    shown, more = events[:limit], len(events) > limit
    last = f"{shown[-1].occurred_at.isoformat()}~{shown[-1].id}" if more else ""
    return reply(TimelinePageView(items=[_entry(one, names) for one in shown], next=last))


@routes.get("/api/parties/{party}/cases", allow_head=False)
@endpoint
async def get_cases(request: web.Request, party: UUID, /) -> r200[CasesView]:
    """The party's cases, open ones first."""
    async with database_limit(request), work_of(request) as work:
        found = await work.parties.get(str(party))
        cases = await work.cases.of_party(found.id)
        await work.audit.viewed("cases", found.id, party_id=found.id)
        await work.commit()
    cases.sort(key=lambda case: case.state not in UNSETTLED)
    return reply(CasesView(items=[case_view(case) for case in cases]))


@routes.get("/api/parties/{party}/orders", allow_head=False)
@endpoint
async def get_orders(request: web.Request, party: UUID, /) -> r200[OrdersView]:
    """The party's orders, newest first."""
    async with database_limit(request), work_of(request) as work:
        found = await work.parties.get(str(party))
        orders = await work.orders.of_party(found.id, limit=ORDERS_SHOWN)
        await work.audit.viewed("orders", found.id, party_id=found.id)
        await work.commit()
    return reply(OrdersView(items=[_order_view(order) for order in orders]))


async def _view(work: UnitOfWork, party: Party) -> PartyView:
    points = await work.contact_points.of_party(party.id)
    names = await work.users.names() if party.owner_id else {}
    return PartyView(
        id=party.id,
        kind=party.kind,
        name=party.display_name,
        number=party.customer_number or "",
        tier=party.tier,
        language=party.language,
        city=party.city,
        owner=names.get(party.owner_id or "", ""),
        since=party.customer_since,
        contact_points=[
            ContactPointView(
                id=point.id,
                kind=point.kind,
                value=point.norm,
                verified=point.verified_at is not None,
                shared=point.is_shared,
            )
            for point in points
        ],
        version=party.version,
    )


def _cursor(before: str) -> tuple[datetime, str] | None:
    """The key a page begins after; a cursor that is not ours is refused."""
    if not before:
        return None
    at, _, key = before.partition("~")
    try:
        return datetime.fromisoformat(at).astimezone(UTC), str(UUID(key))
    except (ValueError, OverflowError):  # in its zone a date may lie before the first year
        raise Problem(
            422, "bad_cursor", "before must be the next of an earlier page, unchanged"
        ) from None


def _entry(event: TimelineEvent, names: dict[str, str]) -> TimelineEntryView:
    return TimelineEntryView(
        id=event.id,
        at=event.occurred_at,
        kind=event.kind,
        summary=event.summary,
        actor=names.get(event.actor, event.actor),
        subject_type=event.subject_type,
        subject_id=event.subject_id,
        params={str(key): str(value) for key, value in event.payload.items()},
    )


def _order_view(order: SalesOrder) -> OrderView:
    return OrderView(
        id=order.id,
        number=order.number,
        state=order.state,
        placed_at=order.placed_at,
        expected_at=order.expected_at,
        total=str(order.total),
        currency=order.currency,
        item=order.item,
    )

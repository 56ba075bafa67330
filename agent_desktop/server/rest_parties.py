from typing import Annotated
from uuid import UUID

from aiohttp import web
from aiohttp_pydantic.oas.typing import r200, r201
from pydantic import Field

from agent_desktop.server.bodies import NewPartyBody, PatchPartyBody
from agent_desktop.server.endpoint import endpoint
from agent_desktop.server.views import (
    CasesView,
    OrdersView,
    PartyPageView,
    PartyView,
    TimelinePageView,
)

routes = web.RouteTableDef()
Limit = Annotated[int, Field(ge=1, le=100)]
Cursor = Annotated[str, Field(max_length=200)]
Query = Annotated[str, Field(max_length=100)]


@routes.get("/api/parties", allow_head=False)
@endpoint
async def find_parties(
    request: web.Request, q: Query = "", after: Cursor = "", limit: Limit = 20
) -> r200[PartyPageView]:
    """Find parties by name, number, phone or e-mail."""
    raise NotImplementedError


@routes.post("/api/parties")
@endpoint
async def create_party(request: web.Request, body: NewPartyBody) -> r201[PartyView]:
    """Keep a new party."""
    raise NotImplementedError


@routes.get("/api/parties/{party}", allow_head=False)
@endpoint
async def get_party(request: web.Request, party: UUID, /) -> r200[PartyView]:
    """One party."""
    raise NotImplementedError


@routes.patch("/api/parties/{party}")
@endpoint
async def change_party(
    request: web.Request, party: UUID, /, body: PatchPartyBody
) -> r200[PartyView]:
    """Change a party; 409 when somebody else changed it since you read it."""
    raise NotImplementedError


@routes.get("/api/parties/{party}/timeline", allow_head=False)
@endpoint
async def get_timeline(
    request: web.Request, party: UUID, /, before: Cursor = "", limit: Limit = 20
) -> r200[TimelinePageView]:
    """What happened with a party, newest first."""
    raise NotImplementedError


@routes.get("/api/parties/{party}/cases", allow_head=False)
@endpoint
async def get_cases(request: web.Request, party: UUID, /) -> r200[CasesView]:
    """The party's cases, open ones first."""
    raise NotImplementedError


@routes.get("/api/parties/{party}/orders", allow_head=False)
@endpoint
async def get_orders(request: web.Request, party: UUID, /) -> r200[OrdersView]:
    """The party's orders, newest first."""
    raise NotImplementedError

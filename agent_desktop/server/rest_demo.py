from typing import Annotated

from aiohttp import web
from aiohttp_pydantic.oas.typing import r200, r201
from pydantic import Field

from agent_desktop.server.bodies import DemoCallerBody
from agent_desktop.server.endpoint import endpoint
from agent_desktop.server.views import DemoCallersView, DemoNumbersView, PhoneView

routes = web.RouteTableDef()
Query = Annotated[str, Field(max_length=100)]


@routes.get("/api/demo/numbers", allow_head=False)
@endpoint
async def get_demo_numbers(request: web.Request) -> r200[DemoNumbersView]:
    """The numbers one can ring in the demo; 404 when this site is no demo."""
    raise NotImplementedError


@routes.get("/api/demo/callers", allow_head=False)
@endpoint
async def find_demo_callers(request: web.Request, q: Query = "") -> r200[DemoCallersView]:
    """Demo customers one may ring in as; 404 when this site is no demo."""
    raise NotImplementedError


@routes.post("/api/demo/caller")
@endpoint
async def issue_demo_caller(request: web.Request, body: DemoCallerBody) -> r201[PhoneView]:
    """A phone that rings in as this number; sets a cookie for the SIP websocket."""
    raise NotImplementedError

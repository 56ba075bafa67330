from uuid import UUID

from aiohttp import web
from aiohttp_pydantic.oas.typing import r200, r201

from agent_desktop.server.bodies import NewCaseBody, PatchCaseBody
from agent_desktop.server.endpoint import endpoint
from agent_desktop.server.views import CaseView

routes = web.RouteTableDef()


@routes.post("/api/cases")
@endpoint
async def create_case(request: web.Request, body: NewCaseBody) -> r201[CaseView]:
    """Open a case for a party."""
    raise NotImplementedError


@routes.patch("/api/cases/{case}")
@endpoint
async def change_case(request: web.Request, case: UUID, /, body: PatchCaseBody) -> r200[CaseView]:
    """Change a case; 409 when its state forbids it or somebody else changed it."""
    raise NotImplementedError

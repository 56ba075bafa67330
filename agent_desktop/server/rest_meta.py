from aiohttp import web
from aiohttp_pydantic.oas.typing import r200

from agent_desktop.server.endpoint import endpoint
from agent_desktop.server.views import HealthView

routes = web.RouteTableDef()


@routes.get("/api/health", allow_head=False)
@endpoint
async def get_health(request: web.Request) -> r200[HealthView]:
    """Whether each component is well; 503 when one is not."""
    raise NotImplementedError

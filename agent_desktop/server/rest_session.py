from aiohttp import web
from aiohttp_pydantic.oas.typing import r200, r201, r204

from agent_desktop.server.bodies import LogInBody, PreferencesBody
from agent_desktop.server.endpoint import endpoint
from agent_desktop.server.views import PhoneView, PreferencesView, SessionView

routes = web.RouteTableDef()


@routes.post("/api/session")
@endpoint
async def log_in(request: web.Request, body: LogInBody) -> r201[SessionView]:
    """Sign in; sets the session cookie."""
    raise NotImplementedError


@routes.get("/api/session", allow_head=False)
@endpoint
async def who_am_i(request: web.Request) -> r200[SessionView]:
    """Who is signed in here."""
    raise NotImplementedError


@routes.delete("/api/session")
@endpoint
async def log_out(request: web.Request) -> r204:
    """Sign out; an agent's shift ends with it."""
    raise NotImplementedError


@routes.put("/api/me/preferences")
@endpoint
async def set_preferences(request: web.Request, body: PreferencesBody) -> r200[PreferencesView]:
    """Keep the user's language and theme."""
    raise NotImplementedError


@routes.post("/api/phone")
@endpoint
async def issue_phone(request: web.Request) -> r201[PhoneView]:
    """Push the agent's browser phone to Asterisk with a fresh secret."""
    raise NotImplementedError

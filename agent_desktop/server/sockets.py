"""The two websockets: the desktop's protocol and SIP."""

from aiohttp import web

from agent_desktop.server.keys import GATEWAY, PHONES, SESSION, SIP_PROXY
from agent_desktop.server.phones import key_of
from agent_desktop.server.security import caller_token
from agent_desktop.server.wires import known, stays

routes = web.RouteTableDef()


@routes.get("/ws", allow_head=False)
async def desktop(request: web.Request) -> web.StreamResponse:
    """Live topics and commands; who is not signed in is told so by the close code."""
    session = request.get(SESSION)
    if session is not None:
        stays(request)
    return await request.app[GATEWAY].serve(request, session)


@routes.get("/sip", allow_head=False)
async def sip(request: web.Request) -> web.StreamResponse:
    """SIP for the phones issued to this session or to this demo caller."""
    phones, session = request.app[PHONES], request.get(SESSION)
    token = caller_token(request)
    owner = session.key if session is not None else key_of(token or "")
    own = phones.of_session(session.key) if session is not None else None
    users = {user for user in (own, phones.of_caller(token)) if user}
    if users:
        known(request, owner)
        stays(request)
    return await request.app[SIP_PROXY].serve(request, owner, users)

"""What users see and change of their own account: the password, and where they are signed in."""

from typing import Annotated

from aiohttp import web
from aiohttp_pydantic.oas.typing import r200, r204
from pydantic import Field

from agent_desktop.server.bodies import NewPasswordBody
from agent_desktop.server.clients import client_address
from agent_desktop.server.endpoint import endpoint, reply
from agent_desktop.server.keys import (
    DATABASE,
    PASSWORDS,
    PHONES,
    SESSION,
    SESSIONS,
    STANDING,
)
from agent_desktop.server.limits import database_limit
from agent_desktop.server.passwords import proof_of
from agent_desktop.server.problems import Problem, not_found
from agent_desktop.server.rest_session import proven
from agent_desktop.server.sessions import Session
from agent_desktop.server.views import OpenSessionsView, OpenSessionView
from crm_core.services import users

routes = web.RouteTableDef()
SessionId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


@routes.put("/api/me/password")
@endpoint
async def change_password(request: web.Request, body: NewPasswordBody) -> r204:
    """Change the user's own password; her other sessions end, one in a call after it.

    A wrong current password counts like a failed log-in.
    """
    session = _lasting(request)
    user = await proven(request, session.user, body.current)
    if body.new == body.current:
        raise Problem(422, "password_same", "the new password is the present one")
    about = (user.id, user.name, *user.name.split())
    hashed = await request.app[PASSWORDS].hash_new(body.new, about)
    address = client_address(request)
    session.former_proof, session.proof = session.proof, proof_of(hashed)
    async with database_limit(request), request.app[DATABASE].work(actor=user.id) as work:
        await users.set_password(work, user.id, hashed, address=address)
    await request.app[SESSIONS].changed(session)
    await request.app[STANDING].end_others(session, "new_password")
    return web.Response(status=204)


@routes.get("/api/me/sessions", allow_head=False)
@endpoint
async def my_sessions(request: web.Request) -> r200[OpenSessionsView]:
    """Where the user is signed in."""
    return reply(_listed(request))


@routes.delete("/api/me/sessions/{session}")
@endpoint
async def end_session(request: web.Request, session: SessionId, /) -> r200[OpenSessionsView]:
    """End one of the user's sessions, one in a call after it; return those that are left."""
    for mine in request.app[SESSIONS].of(_lasting(request).user):
        if mine.id == session:
            await request.app[STANDING].end(mine, "elsewhere")
            return reply(_listed(request))
    raise not_found("session")


@routes.delete("/api/me/sessions")
@endpoint
async def end_other_sessions(request: web.Request) -> r200[OpenSessionsView]:
    """End all of the user's sessions but this one; return those that are left."""
    await request.app[STANDING].end_others(_lasting(request), "elsewhere")
    return reply(_listed(request))


def _lasting(request: web.Request) -> Session:
    """The session that asks, unless it only lasts for a call and must not end others."""
    session = request[SESSION]
    if session.ends:
        raise Problem(403, "not_allowed", "this session ends after the call; sign in again")
    return session


def _listed(request: web.Request) -> OpenSessionsView:
    here = request[SESSION]
    mine = sorted(
        request.app[SESSIONS].of(here.user),
        key=lambda each: (each is here, each.seen_at),
        reverse=True,
    )
    return OpenSessionsView(items=[_view(request, each, current=each is here) for each in mine])


def _view(request: web.Request, session: Session, *, current: bool) -> OpenSessionView:
    return OpenSessionView(
        id=session.id,
        current=current,
        opened_at=session.opened_at,
        seen_at=session.seen_at,
        expires_at=request.app[SESSIONS].expires_at(session),
        address=session.address,
        browser=session.browser,
        phone=request.app[PHONES].holds(session.key, session.user),
        ending=bool(session.ends),
    )

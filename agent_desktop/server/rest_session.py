"""Signing in and out, preferences, and the agent's phone."""

import logging
from dataclasses import replace

from aiohttp import web
from aiohttp_pydantic.oas.typing import r200, r201, r204

from acd.commands import LogOut
from acd.ids import AgentId
from acd.machine import Refused, UnknownAgent
from agent_desktop.server.access import is_agent
from agent_desktop.server.bodies import LogInBody, PreferencesBody
from agent_desktop.server.clients import client_address, counted_as
from agent_desktop.server.endpoint import endpoint, reply
from agent_desktop.server.keys import (
    ADDRESS_FAILURES,
    BACKEND,
    CONFIG,
    DATABASE,
    GATEWAY,
    NOW,
    PASSWORDS,
    PHONES,
    SESSION,
    SESSIONS,
    USER_FAILURES,
)
from agent_desktop.server.limits import database_limit, floor_limit, telephony_limit
from agent_desktop.server.ports import PhoneCredentials
from agent_desktop.server.problems import Problem
from agent_desktop.server.security import forget_session, session_token, set_session
from agent_desktop.server.sessions import Session, Sessions
from agent_desktop.server.views import IceServerView, PhoneView, PreferencesView, SessionView
from crm_core.domain.errors import NotFound
from crm_core.domain.user import User

log = logging.getLogger(__name__)
routes = web.RouteTableDef()


@routes.post("/api/session")
@endpoint
async def log_in(request: web.Request, body: LogInBody) -> r201[SessionView]:
    """Sign in; sets the session cookie. Unknown users get the same answer as wrong passwords."""
    user_id = body.user.casefold()
    _refuse_if_throttled(request, user_id)
    user = await _proven(request, user_id, body.password)
    sessions = request.app[SESSIONS]
    before = sessions.find(session_token(request))
    if before is not None:  # a fresh token at every log-in; the old one of this browser ends
        await sessions.close(before)
    token, session = await sessions.open(
        user=user.id,
        name=user.name,
        roles=frozenset(str(role) for role in user.roles),
        language=user.language,
        theme=user.theme,
    )
    log.info("signed in", extra={"user": user.id})
    response = reply(_view(session, sessions), status=201)
    set_session(request, response, token, request.app[CONFIG].session_longest)
    return response


@routes.get("/api/session", allow_head=False)
@endpoint
async def who_am_i(request: web.Request) -> r200[SessionView]:
    """Who is signed in here."""
    return reply(_view(request[SESSION], request.app[SESSIONS]))


@routes.delete("/api/session")
@endpoint
async def log_out(request: web.Request) -> r204:
    """Sign out; an agent's shift ends with her last session, 409 while she is in a call."""
    session, sessions = request[SESSION], request.app[SESSIONS]
    last = all(other is session for other in sessions.of(session.user))
    if last and is_agent(session.roles):
        try:
            async with floor_limit(request):
                await request.app[BACKEND].ask(LogOut(agent=AgentId(session.user)))
        except UnknownAgent:
            pass  # a user with the role who was never put on the floor
        except Refused as refusal:
            raise Problem(409, "in_a_call", "finish the call first, then sign out") from refusal
    await sessions.close(session)
    request.app[GATEWAY].end_session(session, "signed_out")
    response = web.Response(status=204)
    forget_session(request, response)
    return response


@routes.put("/api/me/preferences")
@endpoint
async def set_preferences(request: web.Request, body: PreferencesBody) -> r200[PreferencesView]:
    """Keep the user's language and theme."""
    session = request[SESSION]
    async with (
        database_limit(request),
        request.app[DATABASE].work(actor=session.user) as work,
    ):
        user = await work.users.get(session.user)
        changed = replace(
            user, language=body.language or user.language, theme=body.theme or user.theme
        )
        await work.users.save(changed)
        await work.commit()
    for mine in request.app[SESSIONS].of(session.user):
        mine.language, mine.theme = changed.language, changed.theme
        await request.app[SESSIONS].changed(mine)
    return reply(PreferencesView(language=changed.language, theme=changed.theme))


@routes.post("/api/phone")
@endpoint
async def issue_phone(request: web.Request) -> r201[PhoneView]:
    """Push the agent's browser phone to Asterisk with a fresh secret."""
    session = request[SESSION]
    async with telephony_limit(request):
        phone = await request.app[BACKEND].issue_phone(AgentId(session.user))
    request.app[PHONES].issued(session.key, phone.sip_user)
    await request.app[PHONES].save()
    return reply(phone_view(phone), status=201)


def phone_view(phone: PhoneCredentials) -> PhoneView:
    """Credentials as the browser gets them: SIP goes through our own origin."""
    return PhoneView(
        sip_user=phone.sip_user,
        password=phone.password,
        domain=phone.domain,
        display_name=phone.display_name,
        ws_path="/sip",
        ice_servers=[IceServerView.model_validate(one) for one in phone.ice_servers],
    )


async def _proven(request: web.Request, user_id: str, password: str) -> User:
    """The user, if it is her password. Counted as a failure first: guesses side by side count."""
    now, address = request.app[NOW](), counted_as(client_address(request))
    by_user, by_address = request.app[USER_FAILURES], request.app[ADDRESS_FAILURES]
    by_user.failed(user_id, now)
    by_address.failed(address, now)
    try:
        user = await _user(request, user_id)
        right = await request.app[PASSWORDS].verify(user.password_hash if user else None, password)
    except Exception:  # we could not look: no fault of hers
        by_user.forgive(user_id)
        by_address.forgive(address)
        raise
    if not right or user is None or not user.active:
        raise Problem(401, "wrong_credentials", "user name or password is wrong")
    by_user.clear(user_id)
    by_address.forgive(address)
    return user


def _refuse_if_throttled(request: web.Request, user_id: str) -> None:
    now = request.app[NOW]()
    waits = (
        request.app[USER_FAILURES].wait(user_id, now),
        request.app[ADDRESS_FAILURES].wait(counted_as(client_address(request)), now),
    )
    wait = max((one for one in waits if one is not None), default=None)
    if wait is not None:
        seconds = str(int(wait.total_seconds()) + 1)
        raise Problem(
            429,
            "too_many_attempts",
            f"too many failed attempts; try again in {seconds} s",
            headers={"Retry-After": seconds},
        )


async def _user(request: web.Request, user_id: str) -> User | None:
    async with database_limit(request), request.app[DATABASE].work() as work:
        try:
            return await work.users.get(user_id)
        except NotFound:
            return None


def _view(session: Session, sessions: Sessions) -> SessionView:
    return SessionView(
        user=session.user,
        name=session.name,
        roles=sorted(session.roles),
        csrf=session.csrf,
        language=session.language,
        theme=session.theme,
        expires_at=sessions.expires_at(session),
    )

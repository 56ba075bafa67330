"""Signing in and out, preferences, and the agent's phone."""

import logging
from dataclasses import replace
from typing import Final, NoReturn

from aiohttp import web
from aiohttp_pydantic.oas.typing import r200, r201, r204

from acd.ids import AgentId
from agent_desktop.server import audit
from agent_desktop.server.bodies import LogInBody, PreferencesBody
from agent_desktop.server.clients import client_address, counted_as
from agent_desktop.server.endpoint import endpoint, reply
from agent_desktop.server.keys import (
    BACKEND,
    CONFIG,
    DATABASE,
    LOG_IN_DELAYS,
    LOG_IN_TURNS,
    NOW,
    PASSWORDS,
    PHONES,
    SESSION,
    SESSIONS,
    STANDING,
)
from agent_desktop.server.limits import database_limit, telephony_limit
from agent_desktop.server.passwords import busy, proof_of
from agent_desktop.server.ports import PhoneCredentials
from agent_desktop.server.problems import Problem
from agent_desktop.server.security import forget_session, session_token, set_session
from agent_desktop.server.sessions import Session, Sessions
from agent_desktop.server.throttle import Wait
from agent_desktop.server.views import IceServerView, PhoneView, PreferencesView, SessionView
from crm_core.domain.errors import CrmError
from crm_core.domain.user import User, is_user_id

LONGEST_BROWSER: Final = 200

log = logging.getLogger(__name__)
routes = web.RouteTableDef()


@routes.post("/api/session")
@endpoint
async def log_in(request: web.Request, body: LogInBody) -> r201[SessionView]:
    """Sign in; sets the session cookie. Unknown users get the same answer as wrong passwords."""
    user = await proven(request, body.user.casefold(), body.password)
    sessions = request.app[SESSIONS]
    before = sessions.find(session_token(request))
    if before is not None:  # a fresh token at every log-in; the old one of this browser ends
        await sessions.close(before, "signed_out")
    token, session = await sessions.open(
        user=user.id,
        name=user.name,
        roles=frozenset(str(role) for role in user.roles),
        language=user.language,
        theme=user.theme,
        address=client_address(request),
        browser=_browser(request),
        proof=proof_of(user.password_hash),
    )
    await _note(request, audit.SIGNED_IN, user.id, actor=user.id)
    for oldest in sessions.beyond_the_limit(user.id):
        await request.app[STANDING].end(oldest, "too_many")
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
    if not await request.app[STANDING].sign_out(request[SESSION]):
        raise Problem(409, "in_a_call", "finish the call first, then sign out")
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
    session, phones = request[SESSION], request.app[PHONES]
    phones.asked(session.key, session.user)
    async with telephony_limit(request):
        phone = await request.app[BACKEND].issue_phone(AgentId(session.user))
    phones.issued(session.key, session.user, phone.sip_user)
    await phones.save()
    await _note(request, audit.PHONE, session.user, actor=session.user)
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


async def proven(request: web.Request, user_id: str, password: str) -> User:
    """The user, if it is her password."""
    place, clock = counted_as(client_address(request)), request.app[NOW]
    wait = request.app[LOG_IN_DELAYS].wait(user_id, place, clock())
    if wait is not None:
        await _refuse(request, user_id, wait)
    async with request.app[LOG_IN_TURNS].of(place) as may:
        if not may:
            raise busy()
        return await _looked_at(request, user_id, password, place)


async def _looked_at(request: web.Request, user_id: str, password: str, place: str) -> User:
    """Count the attempt as failed, look at it, take that back if it was none."""
    delays = request.app[LOG_IN_DELAYS]
    wait = delays.admit(user_id, place, request.app[NOW]())
    if wait is not None:
        await _refuse(request, user_id, wait)
    try:
        user = await _user(request, user_id)
        right = await request.app[PASSWORDS].verify(user.password_hash if user else None, password)
    except BaseException:  # we could not look: no fault of hers
        delays.take_back(user_id, place)
        raise
    if not right or user is None or not user.active:
        why = "unknown_user" if user is None else "wrong_password" if not right else "inactive"
        await _note(request, audit.FAILED, user.id if user else "", why=why)
        raise Problem(401, "wrong_credentials", "user name or password is wrong")
    delays.succeeded(user_id, place)
    return user


async def _refuse(request: web.Request, user_id: str, wait: Wait) -> NoReturn:
    """Say how long to wait; each wait is written down once, however often it is tried meanwhile."""
    if wait.is_new:
        user = await _user(request, user_id)
        await _note(request, audit.REFUSED, user.id if user else "", why="too_many_attempts")
    seconds = str(int(wait.time.total_seconds()) + 1)
    raise Problem(
        429,
        "too_many_attempts",
        f"too many failed attempts; try again in {seconds} s",
        headers={"Retry-After": seconds},
    )


async def _note(
    request: web.Request, action: str, user: str, *, actor: str = audit.STRANGER, **details: str
) -> None:
    """Write down what came of a request; a database that is away does not change what it was."""
    line = (actor, action, user, {"address": client_address(request), **details})
    try:
        async with database_limit(request):
            await audit.write(request.app[DATABASE], [line])
    except (CrmError, TimeoutError) as error:
        log.warning("not in the audit log", extra={"what": action, "why": type(error).__name__})


async def _user(request: web.Request, user_id: str) -> User | None:
    if not is_user_id(user_id):  # a database need not see what cannot be one
        return None
    async with database_limit(request), request.app[DATABASE].work() as work:
        return await work.users.find(user_id)


def _browser(request: web.Request) -> str:
    said = request.headers.get("User-Agent", "")
    return "".join(character for character in said if character.isprintable())[:LONGEST_BROWSER]


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

"""Two middlewares: who may come in, and what is said to whoever may not or asked wrongly."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from aiohttp import web

from acd.machine import Refused
from agent_desktop.server.access import LOCAL, PUBLIC, ROUTES, Roles, allowed
from agent_desktop.server.clients import is_local
from agent_desktop.server.json_body import require_object
from agent_desktop.server.keys import CONFIG, SESSION, SESSIONS
from agent_desktop.server.origins import is_ours, same_origin
from agent_desktop.server.ports import Unavailable
from agent_desktop.server.problems import CODES, DETAILS, Problem, response_of
from agent_desktop.server.security import same_token, session_token
from agent_desktop.server.sessions import Session
from agent_desktop.server.wires import known
from crm_core.domain.errors import (
    BadPlace,
    BadReference,
    BadValue,
    CrmError,
    Duplicate,
    IllegalMove,
    NotFound,
    Stale,
    StorageError,
)

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_WEBSOCKETS: Final = frozenset({"/ws", "/sip"})
_KEPT: Final = ("Allow", "Content-Range", "Upgrade")
"""Headers of aiohttp's own refusals that say what would be right."""
_PROBES: Final = frozenset({"/api/health", "/api/ready"})
"""Asked by load balancers too, which know no name of ours; nothing personal is there."""
UNKNOWN_HOST: Final = (
    "this server does not go by that name; the operator names it with the setting "
    "desktop.public_url or desktop.hosts"
)

_CRM_STATUS: Final[Mapping[type[CrmError], int]] = {
    NotFound: 404,
    Stale: 409,
    Duplicate: 409,
    IllegalMove: 409,
    BadReference: 422,
    BadPlace: 422,
    BadValue: 422,
    StorageError: 503,
}


def problem_of(error: Exception) -> Problem | None:
    """The one place where errors become statuses and codes; None for a fault of ours."""
    match error:
        case Problem():
            return error
        case Refused(code=code):
            return Problem(409, code, str(error))
        case CrmError(code=code):
            status = next((s for kind, s in _CRM_STATUS.items() if isinstance(error, kind)), 500)
            return Problem(status, code, str(error))
        case Unavailable():
            return Problem(503, "unavailable", str(error) or "telephony does not answer; try again")
        case TimeoutError():
            return Problem(503, "timeout", "no answer in time; look before you try again")
        case web.HTTPException(status=status) if status >= 400:
            detail = DETAILS.get(status, error.reason)
            kept = {name: error.headers[name] for name in _KEPT if name in error.headers}
            return Problem(status, CODES.get(status, "refused"), detail, headers=kept)
        case _:
            return None


@web.middleware
async def tell_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every refusal as a problem with a stable code, never with a traceback."""
    try:
        return await handler(request)
    except Exception as error:  # the last resort of every request
        problem = problem_of(error)
        if problem is None:
            if isinstance(error, web.HTTPException):
                raise
            log.exception("request failed", extra={"why": type(error).__name__})
            problem = Problem(500, "internal", "something went wrong here; it has been logged")
        return response_of(problem)


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let in who may come in: session, roles, CSRF token and origin, by ``access.ROUTES``."""
    config = request.app[CONFIG]
    if not is_ours(request, config) and request.path not in _PROBES:
        raise Problem(421, "unknown_host", UNKNOWN_HOST)
    roles = _roles_for(request)
    if roles is None:  # no such route: aiohttp's own 404 or 405
        return await handler(request)
    is_socket = _route(request) in _WEBSOCKETS
    writes = request.method not in _READING
    if (writes or is_socket) and not same_origin(request, config, required=is_socket):
        raise Problem(403, "foreign_origin", "requests from other sites are refused")
    session = request.app[SESSIONS].find(session_token(request))
    if session is not None:
        request[SESSION] = session
        known(request, session.key)
    if not is_socket:  # a websocket is told by its close code
        _require(session, request, roles, writes=writes)
    if writes and request.can_read_body:
        await require_object(request, config.body_within)
    return await handler(request)


def _require(session: Session | None, request: web.Request, roles: Roles, *, writes: bool) -> None:
    """Session, CSRF token and role for a route that is not open to this asker anyway."""
    if roles is PUBLIC or (LOCAL in roles and _is_own_program(request)):
        return
    if session is None:
        raise Problem(401, "not_signed_in", "sign in first")
    if writes and not same_token(request.headers.get("X-CSRF-Token", ""), session.csrf):
        raise Problem(403, "csrf", "the X-CSRF-Token header is missing or wrong")
    if not allowed(roles, session.roles):
        raise Problem(403, "not_allowed", "your roles do not allow this")


def _is_own_program(request: web.Request) -> bool:
    """One on this machine, or one that holds the token the operator made for it."""
    token = request.app[CONFIG].metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return is_local(request) or bool(token and same_token(given, token))


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else ""


def _roles_for(request: web.Request) -> Roles | None:
    route = _route(request)
    if not route:
        return None
    method = "GET" if request.method == "HEAD" else request.method
    roles = ROUTES.get((method, route))
    if roles is None:
        raise Problem(403, "not_allowed", "this route has no entry in the access table")
    return roles

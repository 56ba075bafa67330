"""The desktop's web application: everything a browser talks to, put together once."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

from aiohttp import web

from agent_desktop.server import openapi, rest_meta, sockets, static
from agent_desktop.server.access import ROUTES
from agent_desktop.server.clients import counted_as
from agent_desktop.server.config import DesktopConfig
from agent_desktop.server.gateway import Gateway
from agent_desktop.server.hub import Hub
from agent_desktop.server.keys import (
    ADDRESS_CALLERS,
    BACKEND,
    CONFIG,
    DATABASE,
    GATEWAY,
    HUB,
    LOG_IN_DELAYS,
    LOG_IN_TURNS,
    NOW,
    PASSWORDS,
    PHONES,
    SESSIONS,
    SIP_PROXY,
    STANDING,
)
from agent_desktop.server.middleware import guard, tell_problems
from agent_desktop.server.passwords import Passwords
from agent_desktop.server.phones import Phones
from agent_desktop.server.ports import Backend
from agent_desktop.server.presence import is_busy
from agent_desktop.server.security import add_headers
from agent_desktop.server.sessions import Session, Sessions
from agent_desktop.server.sip_proxy import SipProxy
from agent_desktop.server.standing import Standing
from agent_desktop.server.throttle import LogInDelays, Throttle, Turns
from crm_core.storage.database import Database


def wall_clock() -> datetime:
    """The present instant."""
    return datetime.now(UTC)  # noqa: TID251 -- the default of an argument


def create_app(
    config: DesktopConfig,
    backend: Backend,
    database: Database,
    hub: Hub,
    *,
    now: Callable[[], datetime] = wall_clock,
) -> web.Application:
    """Build the application; ``app[GATEWAY].run()`` must run beside it (see ``serve``).

    ``database`` is open, ``hub`` is fed by the caller. Raises ``LookupError`` when a route has no
    entry in the access table, or the table one that is no route.
    """
    app = web.Application(middlewares=[tell_problems, guard], client_max_size=config.body_limit)
    sessions = Sessions(config, now, busy=lambda user: is_busy(hub, user))
    app[CONFIG], app[BACKEND], app[DATABASE], app[HUB] = config, backend, database, hub
    app[SESSIONS], app[NOW] = sessions, now
    app[GATEWAY] = Gateway(config, backend, hub, sessions, now=now)
    app[PASSWORDS] = Passwords(threads=config.hashing_threads, queue=config.hashing_queue)
    app[PHONES] = Phones(demo_callers=config.demo_callers, file=config.phones_file)
    app[LOG_IN_DELAYS] = LogInDelays(config)
    app[LOG_IN_TURNS] = Turns(at_once=config.log_ins_at_once, waiting=config.log_ins_waiting)
    app[STANDING] = Standing(
        config,
        backend,
        database,
        hub,
        sessions,
        app[GATEWAY],
        app[PHONES],
        app[LOG_IN_DELAYS],
    )
    app[SIP_PROXY] = SipProxy(config.sip_upstream)
    app[ADDRESS_CALLERS] = Throttle(limit=config.demo_callers, window=config.demo_caller_window)
    for routes in openapi.SUBJECTS.values():
        app.add_routes(routes)
    rest_meta.add_documents(app, openapi.document())
    app.add_routes(sockets.routes)
    app.add_routes(static.routes)
    _require_complete_table(app)
    app.on_response_prepare.append(add_headers)
    app.on_shutdown.append(_say_goodbye)
    app.cleanup_ctx.append(_resources)
    return app


async def _resources(app: web.Application) -> AsyncIterator[None]:
    """Open what lives as long as the application, and close it."""
    sessions, proxy = app[SESSIONS], app[SIP_PROXY]

    def end_lines(session: Session, why: str) -> None:
        proxy.end(session.key)
        app[GATEWAY].end_session(session, why)

    sessions.on_closed.append(end_lines)
    await sessions.load()
    for session in sessions.all():
        app[LOG_IN_DELAYS].know(session.user, counted_as(session.address))
    app[STANDING].take_phones(await app[PHONES].load(sessions.user_of))
    yield
    await proxy.close()
    await app[PASSWORDS].close()


async def _say_goodbye(app: web.Application) -> None:
    app[GATEWAY].shut_down()
    app[SIP_PROXY].shut_down()


def _require_complete_table(app: web.Application) -> None:
    """Nothing is reachable that the access table does not know."""
    present = {
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    if present != set(ROUTES):
        odd = sorted(f"{method} {path}" for method, path in present ^ set(ROUTES))
        raise LookupError(f"access.ROUTES and the routes differ: {', '.join(odd)}")

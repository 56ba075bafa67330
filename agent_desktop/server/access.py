"""Who may do what: one table for every route and every message; nothing is allowed by omission."""

from collections.abc import Mapping
from typing import Final

from agent_desktop.server import protocol as p

AGENT, SUPERVISOR, MARKETER, SALES, SERVICE, ADMIN = ROLES = (
    "agent",
    "supervisor",
    "marketer",
    "sales",
    "service",
    "admin",
)

Roles = frozenset[str]
PUBLIC: Final[Roles] = frozenset({"*"})
"""No session needed."""
EVERYONE: Final[Roles] = frozenset(ROLES)
"""Anyone signed in."""
_PHONE: Final = frozenset({AGENT, SUPERVISOR})
_READ: Final = frozenset({AGENT, SUPERVISOR, SALES, SERVICE, ADMIN})
_WRITE: Final = frozenset({AGENT, SUPERVISOR, SALES, SERVICE})
_FORCE: Final = frozenset({SUPERVISOR})
_OPERATE: Final = frozenset({SUPERVISOR, ADMIN})
LOCAL: Final = "local"
"""Held, without a session, by who asks from this very machine: the operator's own programs."""
_FIGURES: Final = frozenset({ADMIN, LOCAL})

ROUTES: Final[Mapping[tuple[str, str], Roles]] = {
    ("POST", "/api/session"): PUBLIC,
    ("GET", "/api/session"): EVERYONE,
    ("DELETE", "/api/session"): EVERYONE,
    ("PUT", "/api/me/preferences"): EVERYONE,
    ("PUT", "/api/me/password"): EVERYONE,
    ("GET", "/api/me/sessions"): EVERYONE,
    ("DELETE", "/api/me/sessions"): EVERYONE,
    ("DELETE", "/api/me/sessions/{session}"): EVERYONE,
    ("POST", "/api/phone"): _PHONE,
    ("GET", "/api/names"): EVERYONE,
    ("GET", "/api/dispositions"): _READ,
    ("GET", "/api/parties"): _READ,
    ("POST", "/api/parties"): _WRITE,
    ("GET", "/api/parties/{party}"): _READ,
    ("PATCH", "/api/parties/{party}"): _WRITE,
    ("GET", "/api/parties/{party}/timeline"): _READ,
    ("GET", "/api/parties/{party}/cases"): _READ,
    ("GET", "/api/parties/{party}/orders"): _READ,
    ("POST", "/api/cases"): _WRITE,
    ("PATCH", "/api/cases/{case}"): _WRITE,
    ("GET", "/api/calls/{call}"): _PHONE,
    ("GET", "/api/calls/{call}/why"): _PHONE,
    ("GET", "/api/calls/{call}/draft"): _PHONE,
    ("PUT", "/api/calls/{call}/draft"): _PHONE,
    ("POST", "/api/calls/{call}/party"): _PHONE,
    ("POST", "/api/calls/{call}/wrap-up"): _PHONE,
    ("GET", "/api/contacts/{contact}"): _PHONE,
    ("PUT", "/api/contacts/{contact}/outcome"): _PHONE,
    ("POST", "/api/contacts/{contact}/callback"): _PHONE,
    ("GET", "/api/work/unfinished"): _PHONE,
    ("GET", "/api/work/missed"): _PHONE,
    ("GET", "/api/work/tasks"): _PHONE,
    ("PATCH", "/api/tasks/{task}"): _PHONE,
    ("GET", "/api/demo/numbers"): PUBLIC,
    ("GET", "/api/demo/callers"): PUBLIC,
    ("POST", "/api/demo/caller"): PUBLIC,
    ("GET", "/api/health"): PUBLIC,
    ("GET", "/api/ready"): PUBLIC,
    ("GET", "/api/trunks"): _OPERATE,
    ("GET", "/api/openapi.json"): PUBLIC,
    ("GET", "/api/docs"): PUBLIC,
    ("GET", "/api/docs/{name}"): PUBLIC,
    ("GET", "/metrics"): _FIGURES,
    ("GET", "/ws"): EVERYONE,
    ("GET", "/sip"): PUBLIC,  # the proxy itself asks for a phone issued to the session
    ("GET", "/{path}"): PUBLIC,
}
"""(method, route) -> roles. The demo routes answer 404 when the site is no demo."""

MESSAGES: Final[Mapping[type, Roles]] = {
    p.Hello: EVERYONE,
    p.Pong: EVERYONE,
    p.Probe: EVERYONE,
    p.GoReady: _PHONE,
    p.GoNotReady: _PHONE,
    p.RefuseOffer: _PHONE,
    p.Hold: _PHONE,
    p.Retrieve: _PHONE,
    p.HangUp: _PHONE,
    p.Rejoin: _PHONE,
    p.ExtendWrapUp: _PHONE,
    p.PhoneIs: _PHONE,
    p.TakePhone: frozenset({AGENT}),
    p.UsePhone: frozenset({AGENT}),
    p.SignOut: EVERYONE,
    p.ForceReady: _FORCE,
    p.ForceNotReady: _FORCE,
    p.ForceLogOut: _FORCE,
}
"""Websocket message -> roles."""

TOPICS: Final[Mapping[str, Roles]] = {
    "parties": _READ,
    "queues": _PHONE,
    "agents": _FORCE,
    "calls": _FORCE,
}
"""Shared topic -> roles. Besides, who may use a phone sees ``agent:<own id>``."""


def allowed(roles: Roles, held: Roles) -> bool:
    """Whether someone who holds ``held`` may do what ``roles`` may do."""
    return roles is PUBLIC or not roles.isdisjoint(held)


def topics_for(user: str, held: Roles) -> list[str]:
    """The topics a user may see, in the order of their snapshots."""
    own = [f"agent:{user}"] if allowed(_PHONE, held) else []
    return own + [topic for topic, roles in TOPICS.items() if allowed(roles, held)]


def is_agent(held: Roles) -> bool:
    """Whether she takes calls: her desktop and her phone matter to the floor."""
    return AGENT in held

"""What the application and a request carry, by typed keys."""

from collections.abc import Callable
from datetime import datetime

from aiohttp import web

from agent_desktop.server import config
from agent_desktop.server.gateway import Gateway
from agent_desktop.server.hub import Hub
from agent_desktop.server.passwords import Passwords
from agent_desktop.server.phones import Phones
from agent_desktop.server.ports import Backend
from agent_desktop.server.sessions import Session, Sessions
from agent_desktop.server.sip_proxy import SipProxy
from agent_desktop.server.standing import Standing
from agent_desktop.server.throttle import LogInDelays, Throttle, Turns
from crm_core.storage.database import Database

CONFIG = config.CONFIG
BACKEND = web.AppKey("backend", Backend)
DATABASE = web.AppKey("database", Database)
HUB = web.AppKey("hub", Hub)
GATEWAY = web.AppKey("gateway", Gateway)
SIP_PROXY = web.AppKey("sip_proxy", SipProxy)
STANDING = web.AppKey("standing", Standing)
SESSIONS = web.AppKey("sessions", Sessions)
PASSWORDS = web.AppKey("passwords", Passwords)
PHONES = web.AppKey("phones", Phones)
LOG_IN_TURNS = web.AppKey("log_in_turns", Turns)
"""By address."""
LOG_IN_DELAYS = web.AppKey("log_in_delays", LogInDelays)
ADDRESS_CALLERS = web.AppKey("address_callers", Throttle)
"""Demo phones issued per address; each counts."""
NOW: web.AppKey[Callable[[], datetime]] = web.AppKey("now")

SESSION = web.RequestKey("session", Session)

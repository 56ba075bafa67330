"""Holds whoever is signed in to what the customer base says of her: still active, in which roles.

Users are changed elsewhere (``parley user …``), so it is asked every few seconds. The session of
who may no longer sign in ends, and other roles count, at once; of an agent in a call once she has
finished it, for the caller's sake: until then she is an agent and nothing more.
"""

import asyncio
import logging
from typing import Final

from acd.commands import LogOut
from acd.ids import AgentId
from acd.machine import Refused, UnknownAgent
from agent_desktop.server.access import AGENT, Roles, is_agent
from agent_desktop.server.config import DesktopConfig
from agent_desktop.server.gateway import Gateway
from agent_desktop.server.hub import Hub
from agent_desktop.server.ports import Backend, Unavailable
from agent_desktop.server.sessions import Session, Sessions
from crm_core.domain.errors import CrmError
from crm_core.storage.database import Database

log = logging.getLogger(__name__)

_ONLY_AGENT: Final[Roles] = frozenset({AGENT})
_FREE: Final = frozenset({"", "logged_out", "not_ready", "ready"})


class Standing:
    """Compares open sessions with the users, again and again."""

    def __init__(
        self,
        config: DesktopConfig,
        backend: Backend,
        database: Database,
        hub: Hub,
        sessions: Sessions,
        gateway: Gateway,
    ) -> None:
        self._config, self._backend, self._database = config, backend, database
        self._hub, self._sessions, self._gateway = hub, sessions, gateway

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self._check()
            except (CrmError, TimeoutError) as error:
                log.warning("standing not checked", extra={"why": type(error).__name__})
            await asyncio.sleep(self._config.standing_every.total_seconds())

    async def _check(self) -> None:
        sessions = list(self._sessions.all())
        if not sessions:
            return
        async with asyncio.timeout(self._config.database_within.total_seconds()):
            async with self._database.work() as work:
                allowed = await work.users.standing()
        for session in sessions:
            roles = frozenset(str(role) for role in allowed.get(session.user, ()))
            if roles != session.roles:
                await self._adjust(session, roles)

    async def _adjust(self, session: Session, roles: Roles) -> None:
        """Bring a session to ``roles``; none: end it."""
        if is_agent(session.roles) and not is_agent(roles) and not await self._off(session.user):
            session.roles = _ONLY_AGENT
        elif not roles:
            log.info("session ended", extra={"user": session.user, "why": "not_allowed"})
            await self._sessions.close(session)
            self._gateway.end_session(session, "not_allowed")
        elif self._state(session.user) in _FREE:
            log.info("roles changed", extra={"user": session.user})
            session.roles = roles
            await self._sessions.changed(session)
            self._gateway.end_session(session, "changed")

    async def _off(self, user: str) -> bool:
        """Let her shift end, after the call if she is in one; return whether it has."""
        try:
            async with asyncio.timeout(self._config.ask_within.total_seconds()):
                await self._backend.ask(LogOut(agent=AgentId(user)))
        except UnknownAgent:
            return True
        except Refused:
            pass  # in a call
        except (Unavailable, TimeoutError) as error:
            log.warning("shift not ended", extra={"agent": user, "why": type(error).__name__})
        return self._state(user) in _FREE

    def _state(self, user: str) -> str:
        me = self._hub.current(f"agent:{user}", "me")
        return "" if me is None else str(me.state)

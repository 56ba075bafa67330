"""Holds whoever is signed in to what allows it: her session's time, her user, her password.

Users are changed elsewhere (``parley user …``), so it is asked every few seconds. The session of
who may no longer sign in, or did so with a password that is no longer hers, ends, and other roles
count, at once; of an agent in a call once she has finished it, for the caller's sake: until then
she is an agent and nothing more. What a session leaves behind ends here too: its phone is taken
from Asterisk, its end goes into the audit log.
"""

import asyncio
import logging
from typing import Final

from acd.commands import GoNotReady, LogOut
from acd.ids import AgentId
from acd.machine import Refused, UnknownAgent
from acd.reasons import NotReadyReason
from agent_desktop.server import audit
from agent_desktop.server.access import AGENT, Roles, is_agent
from agent_desktop.server.config import DesktopConfig
from agent_desktop.server.gateway import Gateway
from agent_desktop.server.hub import Hub
from agent_desktop.server.passwords import proof_of
from agent_desktop.server.phones import Phones
from agent_desktop.server.ports import Backend, Unavailable
from agent_desktop.server.presence import is_busy
from agent_desktop.server.sessions import Session, Sessions
from agent_desktop.server.throttle import LogInDelays
from crm_core.domain.errors import CrmError
from crm_core.domain.user import Standing as MayBe
from crm_core.storage.database import Database

log = logging.getLogger(__name__)

_ONLY_AGENT: Final[Roles] = frozenset({AGENT})
_NOBODY: Final = MayBe(roles=(), password_hash="", unlocked_at=None)
ENDINGS_KEPT: Final = 10_000
"""Ends of sessions that wait to be written down while the database is away."""


class Standing:
    """Compares open sessions with the users, again and again, and ends those that must end."""

    def __init__(
        self,
        config: DesktopConfig,
        backend: Backend,
        database: Database,
        hub: Hub,
        sessions: Sessions,
        gateway: Gateway,
        phones: Phones,
        delays: LogInDelays,
    ) -> None:
        self._config, self._backend, self._database = config, backend, database
        self._hub, self._sessions, self._gateway = hub, sessions, gateway
        self._phones, self._delays = phones, delays
        self._unlocked: dict[str, object] | None = None
        self._endings: list[audit.Line] = []
        self._phones_left: set[str] = set()
        self._left = asyncio.Event()
        sessions.on_closed.append(self._closed)

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._look_again_and_again())
            tasks.create_task(self._clear_up_again_and_again())

    # --- ending a session -------------------------------------------------------------------

    def holds_call(self, session: Session) -> bool:
        """Whether a call would be lost with this session: its agent is in one, on its phone."""
        user = session.user
        if not is_agent(session.roles) or not is_busy(self._hub, user):
            return False
        if self._phones.is_held(user):
            return self._phones.holds(session.key, user)
        return self._is_last(session)  # a telephone of her own: she needs a page

    async def end(self, session: Session, why: str) -> bool:
        """End a session, or let it end after the call that it holds; tell whether it has ended."""
        if self.holds_call(session):
            await self._no_further_call(session)
        elif await self._shift_may_go_on_without(session):
            await self._sessions.close(session, why)
            return True
        session.ends, session.roles = why, _ONLY_AGENT
        return False

    async def sign_out(self, session: Session) -> bool:
        """End a session because its user wants it; not while it holds a call, and told so."""
        if self.holds_call(session) or not await self._shift_may_go_on_without(session):
            return False
        await self._sessions.close(session, "signed_out")
        return True

    async def end_others(self, session: Session, why: str) -> None:
        """End all other sessions of a user."""
        for other in self._sessions.of(session.user):
            if other is not session:
                await self.end(other, why)

    async def _no_further_call(self, session: Session) -> None:
        """Let the call be the last on this session's phone, else a busy queue keeps it open.

        Who is set aside as unreachable is ready again once another session has a phone; where
        there is none, her shift ends with this one, and her page is told why.
        """
        reason = NotReadyReason.UNREACHABLE
        await self._ask(GoNotReady(agent=AgentId(session.user), reason=reason))

    async def _shift_may_go_on_without(self, session: Session) -> bool:
        """Whether the floor can do without it: another is there, or the shift has ended."""
        if not is_agent(session.roles) or not self._is_last(session):
            return True
        return await self._off(session.user)

    def _is_last(self, session: Session) -> bool:
        return all(other is session or other.ends for other in self._sessions.of(session.user))

    # --- looking ----------------------------------------------------------------------------

    async def _look_again_and_again(self) -> None:
        while True:
            try:
                await self._expire()
                await self._check()
            except (CrmError, TimeoutError) as error:
                log.warning("standing not checked", extra={"why": type(error).__name__})
            await asyncio.sleep(self._config.standing_every.total_seconds())

    async def _expire(self) -> None:
        for session in self._sessions.overdue():
            if self._sessions.alive(session):
                await self.end(session, "expired")
            else:
                await self._close_at_once(session, "expired")

    async def _close_at_once(self, session: Session, why: str) -> None:
        if is_agent(session.roles) and self._is_last(session):
            await self._off(session.user)
        await self._sessions.close(session, why)

    async def _check(self) -> None:
        async with asyncio.timeout(self._config.database_within.total_seconds()):
            async with self._database.work() as work:
                allowed = await work.users.standing()
        self._unlock(allowed)
        for session in list(self._sessions.all()):
            await self._hold_to(session, allowed.get(session.user, _NOBODY))

    def _unlock(self, allowed: dict[str, MayBe]) -> None:
        """Heed who was unlocked since the last look."""
        now = {user: each.unlocked_at for user, each in allowed.items() if each.unlocked_at}
        before, self._unlocked = self._unlocked, dict(now)
        for user, at in now.items() if before is not None else ():
            if before is not None and before.get(user) != at:
                self._delays.unlock(user)

    async def _hold_to(self, session: Session, allowed: MayBe) -> None:
        roles = frozenset(str(role) for role in allowed.roles)
        proof = proof_of(allowed.password_hash)
        session.proof = session.proof or proof
        if roles and proof not in (session.proof, session.former_proof):
            session.ends = session.ends or "new_password"
        if session.ends:
            await self.end(session, session.ends)
        elif roles != session.roles:
            await self._adjust(session, roles)

    async def _adjust(self, session: Session, roles: Roles) -> None:
        """Bring a session to ``roles``; none: end it."""
        if is_agent(session.roles) and not is_agent(roles) and not await self._off(session.user):
            session.roles = _ONLY_AGENT
        elif not roles:
            log.info("session ended", extra={"user": session.user, "why": "not_allowed"})
            await self._sessions.close(session, "not_allowed")
        elif not is_busy(self._hub, session.user):
            log.info("roles changed", extra={"user": session.user})
            session.roles = roles
            await self._sessions.changed(session)
            self._gateway.end_session(session, "changed")

    async def _off(self, user: str) -> bool:
        """Let her shift end, after the call if she is in one; return whether it has."""
        return await self._ask(LogOut(agent=AgentId(user))) and not is_busy(self._hub, user)

    async def _ask(self, command: LogOut | GoNotReady) -> bool:
        """Ask the floor; False when it refuses."""
        try:
            async with asyncio.timeout(self._config.ask_within.total_seconds()):
                await self._backend.ask(command)
        except UnknownAgent:
            return True
        except Refused:
            return False
        except (Unavailable, TimeoutError) as error:
            extra = {"agent": command.agent, "why": type(error).__name__}
            log.warning("shift not ended", extra=extra)
        return True

    # --- what a session leaves behind -------------------------------------------------------

    def take_phones(self, users: list[str]) -> None:
        """Take away phones whose sessions ended before this daemon began."""
        self._phones_left.update(users)
        self._left.set()

    def _closed(self, session: Session, why: str) -> None:
        if self._phones.closed(session.key, session.user):
            self._phones_left.add(session.user)
        if len(self._endings) < ENDINGS_KEPT:
            details = {"address": session.address, "why": why}
            self._endings.append((session.user, audit.ENDED, session.user, details))
        self._left.set()

    async def _clear_up_again_and_again(self) -> None:
        while True:
            await self._left.wait()
            self._left.clear()
            try:
                await self._write_down_endings()
                await self._take_phones()
            except (CrmError, Unavailable, TimeoutError) as error:
                log.warning("session not cleared up", extra={"why": type(error).__name__})
                await asyncio.sleep(self._config.standing_every.total_seconds())
                self._left.set()

    async def _write_down_endings(self) -> None:
        lines = list(self._endings)
        if lines:
            async with asyncio.timeout(self._config.database_within.total_seconds()):
                await audit.write(self._database, lines)
            del self._endings[: len(lines)]

    async def _take_phones(self) -> None:
        for user in list(self._phones_left):
            if not self._phones.is_held(user):  # else another session has asked for it meanwhile
                async with asyncio.timeout(self._config.telephony_within.total_seconds()):
                    await self._backend.revoke_phone(AgentId(user))
            self._phones_left.discard(user)

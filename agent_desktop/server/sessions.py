"""Who is signed in: opaque random tokens in cookies, only their hashes here and on disk.

Whoever ends a session says why; ``on_closed`` is where its windows and its phone end with it.

The file is a log of openings and closings, so that a restart of the daemon signs nobody out.
"""

import asyncio
import hashlib
import logging
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from agent_desktop.server import line_file
from agent_desktop.server.access import Roles
from agent_desktop.server.config import DesktopConfig

log = logging.getLogger(__name__)
_DISK_WITHIN: Final = 2.0
_ID_LENGTH: Final = 16


@dataclass(slots=True, kw_only=True, eq=False)
class Session:
    """One log-in. ``key`` is the hash of its cookie."""

    key: str
    user: str
    name: str
    roles: Roles
    csrf: str
    language: str
    theme: str
    opened_at: datetime
    seen_at: datetime
    address: str = ""
    """Where she signed in from."""
    browser: str = ""
    """What her browser calls itself."""
    proof: str = ""
    """With which password (``passwords.proof_of``); "" is taken as the present one."""
    former_proof: str = ""
    """The same before she changed it here; who looked just before the change still finds it."""
    ends: str = ""
    """Why it ends as soon as the call allows."""

    @property
    def id(self) -> str:
        """What it is called in lists; tells nothing of the cookie."""
        return self.key[:_ID_LENGTH]


class _Opened(msgspec.Struct, frozen=True, tag="opened"):
    key: str
    user: str
    name: str
    roles: list[str]
    csrf: str
    language: str
    theme: str
    opened_at: datetime
    address: str = ""
    browser: str = ""
    proof: str = ""


class _Closed(msgspec.Struct, frozen=True, tag="closed"):
    key: str


_LINE: Final = msgspec.json.Decoder(_Opened | _Closed)


def _key(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class Sessions:
    """The open sessions."""

    def __init__(
        self,
        config: DesktopConfig,
        now: Callable[[], datetime],
        *,
        busy: Callable[[str], bool] = lambda _user: False,
    ) -> None:
        """``busy``: whether a user is in a call, during which her sessions do not expire."""
        self._now, self._busy = now, busy
        self._overtime, self._most = config.session_overtime, config.sessions_per_user
        self._file = config.sessions_file
        self._idle, self._longest = config.session_idle, config.session_longest
        self._open: dict[str, Session] = {}
        self._writing = asyncio.Lock()
        self.on_closed: list[Callable[[Session, str], None]] = []
        """Told of every session that ends, and why; must not wait."""

    async def load(self) -> None:
        """Read what an earlier run left, drop what has expired, rewrite the file.

        A file that cannot be read or written costs everybody a new log-in, not the start.
        """
        if self._file is None:
            return
        try:
            async with asyncio.timeout(_DISK_WITHIN):
                await self._load(self._file)
        except (OSError, TimeoutError) as error:
            log.warning("sessions not restored", extra={"why": type(error).__name__})

    async def _load(self, file: Path) -> None:
        for session in await asyncio.to_thread(_read, file):
            session.seen_at = self._now()
            self._open[session.key] = session
        for session in self.overdue():
            self._forget(session.key, "expired")
        lines = b"".join(_line(session) for session in self._open.values())
        await asyncio.to_thread(line_file.replace, file, lines)

    async def open(
        self,
        *,
        user: str,
        name: str,
        roles: Roles,
        language: str,
        theme: str,
        address: str = "",
        browser: str = "",
        proof: str = "",
    ) -> tuple[str, Session]:
        """A new session and the token for its cookie."""
        token, now = secrets.token_urlsafe(32), self._now()
        session = Session(
            key=_key(token),
            user=user,
            name=name,
            roles=roles,
            csrf=secrets.token_urlsafe(32),
            language=language,
            theme=theme,
            opened_at=now,
            seen_at=now,
            address=address,
            browser=browser,
            proof=proof,
        )
        self._open[session.key] = session
        await self._append(_line(session))
        return token, session

    def find(self, token: str | None) -> Session | None:
        """The live session of this cookie; being asked for keeps it alive."""
        session = self._open.get(_key(token)) if token else None
        if session is None or not self.alive(session):
            return None
        session.seen_at = self._now()
        return session

    def user_of(self, key: str) -> str | None:
        """Whose open session has this key."""
        session = self._open.get(key)
        return session.user if session is not None else None

    def alive(self, session: Session) -> bool:
        """Whether it is still open and not too old."""
        if session.key not in self._open:
            return False
        over = self._over(session)
        return over < timedelta(0) or (over < self._overtime and self._busy(session.user))

    def _over(self, session: Session) -> timedelta:
        """How much older it is than it may be; negative while it may."""
        now = self._now()
        return max(now - session.seen_at - self._idle, now - session.opened_at - self._longest)

    def touch(self, session: Session) -> None:
        """A live websocket keeps its session from idling out."""
        session.seen_at = self._now()

    def expires_at(self, session: Session) -> datetime:
        """When it ends at the latest."""
        return session.opened_at + self._longest

    def of(self, user: str) -> Iterator[Session]:
        """The open sessions of a user."""
        return (session for session in list(self._open.values()) if session.user == user)

    def all(self) -> Iterator[Session]:
        """The open sessions."""
        return iter(list(self._open.values()))

    def beyond_the_limit(self, user: str) -> list[Session]:
        """The oldest of a user's sessions that are more than she may have."""
        mine = [session for session in self.of(user) if not session.ends]
        mine.sort(key=lambda session: session.opened_at)
        return mine[: -self._most]

    async def close(self, session: Session, why: str) -> bool:
        """End it; tell whether it was still open."""
        if not self._forget(session.key, why):
            return False
        await self._append(msgspec.json.encode(_Closed(session.key)) + b"\n")
        return True

    async def changed(self, session: Session) -> None:
        """Keep changed preferences."""
        await self._append(_line(session))

    def overdue(self) -> list[Session]:
        """Sessions that are too old, alive for the sake of a call or not."""
        return [each for each in self._open.values() if self._over(each) >= timedelta(0)]

    def _forget(self, key: str, why: str) -> bool:
        session = self._open.pop(key, None)
        if session is None:
            return False
        for tell in self.on_closed:
            tell(session, why)
        return True

    async def _append(self, line: bytes) -> None:
        """Write to the log; a full disk costs persistence, not the log-in."""
        if self._file is None:
            return
        try:
            async with asyncio.timeout(_DISK_WITHIN), self._writing:
                await asyncio.to_thread(line_file.add, self._file, line)
        except (OSError, TimeoutError) as error:
            log.warning("session not kept on disk", extra={"why": type(error).__name__})


def _line(session: Session) -> bytes:
    opened = _Opened(
        key=session.key,
        user=session.user,
        name=session.name,
        roles=sorted(session.roles),
        csrf=session.csrf,
        language=session.language,
        theme=session.theme,
        opened_at=session.opened_at,
        address=session.address,
        browser=session.browser,
        proof=session.proof,
    )
    return msgspec.json.encode(opened) + b"\n"


def _read(file: Path) -> list[Session]:
    """Sessions opened and not closed; lines that cannot be read (a torn write) are skipped."""
    found: dict[str, Session] = {}
    for line in line_file.lines(file):
        try:
            entry = _LINE.decode(line)
        except msgspec.DecodeError:
            continue
        if isinstance(entry, _Closed):
            found.pop(entry.key, None)
            continue
        found[entry.key] = Session(
            key=entry.key,
            user=entry.user,
            name=entry.name,
            roles=frozenset(entry.roles),
            csrf=entry.csrf,
            language=entry.language,
            theme=entry.theme,
            opened_at=entry.opened_at,
            seen_at=entry.opened_at,
            address=entry.address,
            browser=entry.browser,
            proof=entry.proof,
        )
    return list(found.values())

"""Which SIP user belongs to whom: the SIP websocket lets nobody speak for another's phone.

Kept on disk, because Asterisk and the browsers outlive the daemon: a call that goes on must be
able to say goodbye through the next daemon's SIP websocket.
"""

import asyncio
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from agent_desktop.server import line_file

log = logging.getLogger(__name__)
_DISK_WITHIN: Final = 2.0


class _Issued(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the file; ``at`` is given for a demo caller's phone, ``user`` for an agent's."""

    key: str
    sip_user: str
    at: datetime | None = None
    user: str = ""


_LINE: Final = msgspec.json.Decoder(_Issued)


def key_of(token: str) -> str:
    """How a demo caller's cookie is remembered."""
    return hashlib.sha256(token.encode()).hexdigest()


class Phones:
    """SIP users by owner: a session's key or the hash of a demo caller's cookie."""

    def __init__(self, *, demo_callers: int, file: Path | None = None) -> None:
        self._sessions: dict[str, str] = {}
        self._holders: dict[str, str] = {}
        """User -> key of the session that asked for her phone last: its secret is that one's."""
        self._callers: OrderedDict[str, tuple[str, datetime]] = OrderedDict()
        self._limit = demo_callers
        self._file = file
        self._unsaved: list[_Issued] = []
        self._writing = asyncio.Lock()

    async def load(self, user_of: Callable[[str], str | None]) -> list[str]:
        """Read what an earlier run left of the sessions that are still open; rewrite the file.

        Return the users whose phone was asked for by a session that is not. A file that cannot be
        read or written costs a new registration, not the start.
        """
        if self._file is None:
            return []
        left: list[str] = []
        try:
            async with asyncio.timeout(_DISK_WITHIN):
                left = self._restore(await asyncio.to_thread(_read, self._file), user_of)
                lines = [
                    _Issued(key, sip_user, user=user_of(key) or "")
                    for key, sip_user in self._sessions.items()
                ]
                lines += [_Issued(key, user, at) for key, (user, at) in self._callers.items()]
                await asyncio.to_thread(line_file.replace, self._file, _written(lines))
        except (OSError, TimeoutError) as error:
            log.warning("phones not restored", extra={"why": type(error).__name__})
        return left

    def _restore(self, lines: Iterable[_Issued], user_of: Callable[[str], str | None]) -> list[str]:
        last: dict[str, str] = {}
        for each in lines:
            user = user_of(each.key)
            if each.at is not None:
                self._keep_caller(each.key, each.sip_user, each.at)
                continue
            if user is not None:
                self._sessions.pop(each.key, None)  # the latest is the last of the file
                self._sessions[each.key] = each.sip_user
            last[user or each.user] = each.key
        self._holders = {user: key for user, key in last.items() if user_of(key) == user}
        return [user for user in last if user and user not in self._holders]

    async def save(self) -> None:
        """Write down what was issued; a full disk costs persistence, not the phone."""
        if self._file is None:
            return
        try:
            async with asyncio.timeout(_DISK_WITHIN), self._writing:
                lines, self._unsaved = self._unsaved, []
                await asyncio.to_thread(line_file.add, self._file, _written(lines))
        except (OSError, TimeoutError) as error:
            log.warning("phones not kept on disk", extra={"why": type(error).__name__})

    def asked(self, session_key: str, user: str) -> None:
        """This session asks for the user's phone: from now on no other's end takes it away."""
        self._holders[user] = session_key

    def issued(self, session_key: str, user: str, sip_user: str) -> None:
        """This session may speak for ``sip_user``."""
        self._sessions[session_key] = sip_user
        self._unsaved.append(_Issued(session_key, sip_user, user=user))

    def holds(self, session_key: str, user: str) -> bool:
        """Whether the secret of the user's phone is this session's."""
        return self._holders.get(user) == session_key

    def is_held(self, user: str) -> bool:
        """Whether a session holds the user's phone."""
        return user in self._holders

    def closed(self, session_key: str, user: str) -> bool:
        """The session is over; tell whether it leaves a phone that nobody may use any more."""
        self._sessions.pop(session_key, None)
        if self._holders.get(user) != session_key:
            return False
        del self._holders[user]
        return True

    def caller_issued(self, token: str, sip_user: str, now: datetime) -> None:
        """The holder of this cookie may speak for ``sip_user``; the oldest caller makes room."""
        self._keep_caller(key_of(token), sip_user, now)
        self._unsaved.append(_Issued(key_of(token), sip_user, now))

    def _keep_caller(self, key: str, sip_user: str, at: datetime) -> None:
        self._callers[key] = (sip_user, at)
        self._callers.move_to_end(key)
        while len(self._callers) > self._limit:
            self._callers.popitem(last=False)

    def of_session(self, session_key: str) -> str | None:
        """The SIP user of a session."""
        return self._sessions.get(session_key)

    def of_caller(self, token: str | None) -> str | None:
        """The SIP user of a demo caller."""
        found = self._callers.get(key_of(token)) if token else None
        return found[0] if found else None


def _written(lines: list[_Issued]) -> bytes:
    return b"".join(msgspec.json.encode(each) + b"\n" for each in lines)


def _read(file: Path) -> list[_Issued]:
    """What was issued; lines that cannot be read (a torn write) are skipped."""
    found: list[_Issued] = []
    for line in line_file.lines(file):
        try:
            found.append(_LINE.decode(line))
        except msgspec.DecodeError:
            continue
    return found

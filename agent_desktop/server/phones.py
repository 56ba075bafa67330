"""Which SIP user belongs to whom: the SIP websocket lets nobody speak for another's phone.

Kept on disk, because Asterisk and the browsers outlive the daemon: a call that goes on must be
able to say goodbye through the next daemon's SIP websocket.
"""

import asyncio
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from agent_desktop.server import line_file

log = logging.getLogger(__name__)
_DISK_WITHIN: Final = 2.0


class _Issued(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the file; ``at`` is given for a demo caller's phone."""

    key: str
    sip_user: str
    at: datetime | None = None


_LINE: Final = msgspec.json.Decoder(_Issued)


def key_of(token: str) -> str:
    """How a demo caller's cookie is remembered."""
    return hashlib.sha256(token.encode()).hexdigest()


class Phones:
    """SIP users by owner: a session's key or the hash of a demo caller's cookie."""

    def __init__(self, *, demo_callers: int, file: Path | None = None) -> None:
        self._sessions: dict[str, str] = {}
        self._callers: OrderedDict[str, tuple[str, datetime]] = OrderedDict()
        self._limit = demo_callers
        self._file = file
        self._unsaved: list[_Issued] = []
        self._writing = asyncio.Lock()

    async def load(self, is_open: Callable[[str], bool]) -> None:
        """Read what an earlier run left of the sessions that are still open; rewrite the file.

        A file that cannot be read or written costs a new registration, not the start.
        """
        if self._file is None:
            return
        try:
            async with asyncio.timeout(_DISK_WITHIN):
                for each in await asyncio.to_thread(_read, self._file):
                    if each.at is not None:
                        self._keep_caller(each.key, each.sip_user, each.at)
                    elif is_open(each.key):
                        self._sessions[each.key] = each.sip_user
                lines = [_Issued(key, user) for key, user in self._sessions.items()]
                lines += [_Issued(key, user, at) for key, (user, at) in self._callers.items()]
                await asyncio.to_thread(line_file.replace, self._file, _written(lines))
        except (OSError, TimeoutError) as error:
            log.warning("phones not restored", extra={"why": type(error).__name__})

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

    def issued(self, session_key: str, sip_user: str) -> None:
        """This session may speak for ``sip_user``."""
        self._sessions[session_key] = sip_user
        self._unsaved.append(_Issued(session_key, sip_user))

    def closed(self, session_key: str) -> None:
        """The session is over."""
        self._sessions.pop(session_key, None)

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

"""What Asterisk knows of the trunks, read from its command line and from the end of its log.

ARI tells nothing of registrations, so this asks the control socket of our own Asterisk; the daemon
does so again and again, and `parley doctor` once.
"""

import os
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from telephony_config.model import Trunk

Ask = Callable[[str], Awaitable[str]]
"""Runs a command of Asterisk's command line."""

TAIL: Final = 64 * 1024
"""Bytes at the end of a log that are looked at."""


class TrunkState(StrEnum):
    """Whether calls can come and go."""

    REGISTERED = "registered"
    REACHABLE = "reachable"
    TRYING = "trying"
    """Since a moment; nothing is known yet."""

    UNREGISTERED = "unregistered"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"
    """It calls us, and nothing tells beforehand whether it can."""

    @property
    def down(self) -> bool:
        """Whether somebody should do something."""
        return self in (TrunkState.UNREGISTERED, TrunkState.UNREACHABLE)


class TrunkCause(StrEnum):
    """Why a trunk is down."""

    NONE = ""
    NO_ANSWER = "no_answer"
    NO_SUCH_NAME = "no_such_name"
    CERTIFICATE = "certificate"
    CREDENTIALS = "credentials"
    ACCOUNT = "account"
    REFUSED = "refused"


REMEDIES: Final[Mapping[TrunkCause, str]] = {
    TrunkCause.NO_ANSWER: "See to the network and the firewall, or mend server of the trunk",
    TrunkCause.NO_SUCH_NAME: "Mend server of the trunk, or the machine's name server",
    TrunkCause.CERTIFICATE: "Name the authority that signed its certificate in tls.authorities",
    TrunkCause.CREDENTIALS: "Mend user and password of the trunk, or ask the carrier to unlock it",
    TrunkCause.ACCOUNT: "Mend user of the trunk: the carrier does not know this account",
    TrunkCause.REFUSED: "Ask the carrier; Asterisk's log has the status it answers with",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One trunk as Asterisk sees it now."""

    state: TrunkState
    cause: TrunkCause = TrunkCause.NONE


async def read(ask: Ask, trunks: Iterable[Trunk], log: str) -> dict[str, Reading]:
    """Ask for the state of each trunk; ``log`` is the end of Asterisk's own."""
    trunks = tuple(trunks)
    registrations = contacts = ""
    if any(trunk.registers for trunk in trunks):
        registrations = await ask("pjsip show registrations")
    watched = [trunk.id for trunk in trunks if trunk.server and not trunk.registers]
    if watched:
        contacts = await ask(f"pjsip list contacts like ^({'|'.join(watched)})/")
    return {trunk.id: _reading(trunk, registrations, contacts, log) for trunk in trunks}


def _reading(trunk: Trunk, registrations: str, contacts: str, log: str) -> Reading:
    if trunk.registers:
        found = re.search(rf"^ *{re.escape(trunk.id)}/sip\S* +\S+ +(\w+)", registrations, re.M)
        state = _REGISTRATIONS.get(found[1] if found else "", TrunkState.UNREGISTERED)
    elif trunk.server:
        found = re.search(rf"^ *Contact: +{re.escape(trunk.id)}/\S+ +\S+ +(\w+)", contacts, re.M)
        state = _CONTACTS.get(found[1] if found else "", TrunkState.TRYING)
    else:
        state = TrunkState.UNKNOWN
    return Reading(state=state, cause=cause(trunk, log) if state.down else TrunkCause.NONE)


_REGISTRATIONS: Final = {
    "Registered": TrunkState.REGISTERED,
    "Unregistered": TrunkState.TRYING,
}
_CONTACTS: Final = {"Avail": TrunkState.REACHABLE, "Unavail": TrunkState.UNREACHABLE}


def cause(trunk: Trunk, log: str) -> TrunkCause:
    """Give what the log says last of the registration of a trunk that is down."""
    found = TrunkCause.NO_ANSWER
    host = trunk.server.rpartition(":")[0] or trunk.server
    account = trunk.account.user if trunk.account else ""
    to_us = f"registration attempt to 'sip:{account}@{trunk.server}'"
    untrusted = False
    for line in log.splitlines():
        if f"to remote '{host}'" in line and "certificate" in line:
            untrusted = True
        elif to_us in line:
            found, untrusted = _said(line, untrusted=untrusted), False
    return TrunkCause.CERTIFICATE if untrusted else found


def _said(line: str, *, untrusted: bool) -> TrunkCause:
    if "No response received" in line:
        return TrunkCause.CERTIFICATE if untrusted else TrunkCause.NO_ANSWER
    status = re.search(r"'(\d{3})'|: (\d{3}) ", line)
    match (status[1] or status[2]) if status else "":
        case "401" | "403" | "407":
            return TrunkCause.CREDENTIALS
        case "404":
            return TrunkCause.ACCOUNT
        case _:
            return TrunkCause.REFUSED


def refusals(globals_shown: str) -> dict[tuple[str, str], int]:
    """Give the calls refused so far by trunk and by why, from Asterisk's global variables."""
    found = re.findall(r"PARLEY_REFUSED_([a-z]+)_(\S+)=(\d+)", globals_shown)
    return {(trunk, why): int(count) for why, trunk, count in found}


def last_dialled(globals_shown: str) -> dict[str, str]:
    """Give the last number dialled on each trunk that was none of ours."""
    found = re.findall(r"PARLEY_DIALLED_(\S+)=(\+?\d*)\s*$", globals_shown, re.M)
    return dict(found)


_STRANGER: Final = re.compile(
    r'SecurityEvent="(?:ChallengeSent|InvalidAccountID)".*?AccountID="<unknown>"'
    r'.*?RemoteAddress="IPV[46]/\w+/([^/"]+)/\d+"'
)


def strangers(security_log: str) -> list[str]:
    """Give the addresses that sent something and belong to no trunk and no phone, one a message."""
    return _STRANGER.findall(security_log)


class LogReader:
    """Reads what was appended to a file since the last look, or its end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at: tuple[int, int] | None = None

    def new(self) -> str:
        """Give what is new, of much only the end; a file that was rotated begins anew. Blocks."""
        try:
            with self._path.open("rb") as file:
                now = os.fstat(file.fileno())
                inode, at = self._at or (now.st_ino, now.st_size)
                if inode != now.st_ino or at > now.st_size:
                    at = 0
                self._at = (now.st_ino, now.st_size)
                file.seek(max(at, now.st_size - TAIL))
                return file.read(now.st_size - file.tell()).decode(errors="replace")
        except OSError:
            return ""


def tail(path: Path) -> str:
    """Give the end of a log, "" if there is none. Blocks."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL))
            return file.read().decode(errors="replace")
    except OSError:
        return ""

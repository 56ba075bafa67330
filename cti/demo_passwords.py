"""Passwords of the demo's users where others can reach the desktop: their own, shown once.

On this machine alone the demo's well-known password is a convenience; elsewhere it would let every
reader of the manual in. So users who still have it get another. Which were made and not shown yet
is noted in the data folder, so that a start that fails in between costs nobody the way in.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from agent_desktop.server.passwords import hash_password
from crm_core import demo
from crm_core.services import users as services
from crm_core.storage.database import Database
from cti import front
from cti.settings import Settings
from telephony_config.model import Site

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""None that is taken for another when it is read off a screen."""


def are_wanted(settings: Settings, site: Site) -> bool:
    """Whether the well-known password would be a door for strangers."""
    return settings.demo and not settings.demo_i_know and front.is_public(settings, site)


async def make(settings: Settings) -> dict[str, str]:
    """Give new passwords to the users who have the well-known one; return those to be shown."""
    pending = _note(settings, "made")
    database = Database(settings.database_url)
    await database.open()
    try:
        async with database.work() as work:
            present = {user.id: user for user in await work.users.all()}
        staff = [each.id for each in demo.users(lambda _: "") if each.id in present]
        unseen = await asyncio.to_thread(_read, pending)
        wanted = {
            user: _password()
            for user in staff
            if user in unseen or _is_well_known(present[user].password_hash)
        }
        await asyncio.to_thread(_write, pending, wanted)
        for user, password in wanted.items():
            async with database.work(actor="demo") as work:
                await services.set_password(work, user, hash_password(password))
    finally:
        await database.close()
    return wanted


def were_shown(settings: Settings, passwords: Mapping[str, str]) -> None:
    """Note that somebody has seen them."""
    if passwords:
        shown = _note(settings, "shown")
        _write(shown, {*_read(shown), *passwords})
        _note(settings, "made").unlink(missing_ok=True)


def own(settings: Settings) -> frozenset[str]:
    """The users whose password is not the well-known one."""
    return _read(_note(settings, "made")) | _read(_note(settings, "shown"))


def _password() -> str:
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(5)) for _ in range(3))


def _is_well_known(password_hash: str | None) -> bool:
    try:
        return PasswordHasher().verify(password_hash or "", demo.PASSWORD)
    except (VerificationError, InvalidHashError):
        return False


def _note(settings: Settings, what: str) -> Path:
    name = hashlib.sha256(settings.database_url.encode()).hexdigest()[:12]
    return settings.data_dir / f".demo-{name}.{what}"


def _read(note: Path) -> frozenset[str]:
    return frozenset(note.read_text("utf-8").split()) if note.exists() else frozenset()


def _write(note: Path, users: Iterable[str]) -> None:
    note.write_text("\n".join(sorted(users)), "utf-8")

"""`parley user …`: makes, lists and changes those who may log in."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Final, Self

from agent_desktop.server.new_passwords import COMPLAINTS, complaint
from agent_desktop.server.passwords import hash_password
from crm_core.domain.errors import BadValue, NotFound
from crm_core.domain.user import User, UserRole
from crm_core.services import users
from crm_core.storage.database import Database
from crm_core.storage.unit_of_work import UnitOfWork
from cti.settings import Settings
from cti.sites import load_site, site_file
from cti.user_file import compare, read_staff, write_passwords

ACTOR = "command line"
"""Who did it, in the audit log."""
PASSWORD_BYTES: Final = 12
"""Randomness of a password that is made for a user: sixteen characters."""


async def add_user(
    settings: Settings,
    *,
    user: str,
    name: str,
    roles: Sequence[str],
    skills: Sequence[str],
    queues: Sequence[str],
    language: str,
    password: str,
) -> None:
    """Make a user; ``BadValue`` says which value does not make sense."""
    names = await asyncio.to_thread(SiteNames.of, settings)
    wanted = User(
        id=user,
        name=name,
        roles=tuple(_role(each) for each in roles),
        skills=names.skills_of(skills),
        queues=names.queues_of(queues),
        language=language,
        password_hash=await asyncio.to_thread(_hashed, password, user, name),
    )
    async with _database(settings) as database, database.work(actor=ACTOR) as work:
        await users.add_user(work, wanted)


async def set_active(settings: Settings, user: str, *, active: bool) -> bool:
    """Let a user log in, or no longer; tell whether that is new."""
    async with _changing(settings, user) as work:
        return await users.set_active(work, user, active=active)


async def set_roles(settings: Settings, user: str, roles: Sequence[str]) -> bool:
    """Give a user these roles and no others; tell whether that is new."""
    wanted = [_role(each) for each in roles]
    async with _changing(settings, user) as work:
        return await users.set_roles(work, user, wanted)


async def set_skills(settings: Settings, user: str, skills: Sequence[str]) -> bool:
    """Give a user these skills and no others; tell whether that is new."""
    names = await asyncio.to_thread(SiteNames.of, settings)
    wanted = names.skills_of(skills)
    async with _changing(settings, user) as work:
        return await users.set_skills(work, user, wanted)


async def set_queues(settings: Settings, user: str, queues: Sequence[str]) -> bool:
    """Let a user serve these queues and no others; tell whether that is new."""
    names = await asyncio.to_thread(SiteNames.of, settings)
    wanted = names.queues_of(queues)
    async with _changing(settings, user) as work:
        return await users.set_queues(work, user, wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What came of a file of users; ``passwords`` are those of the new ones."""

    added: int
    changed: int
    same: int
    passwords: Mapping[str, str]


async def import_users(
    settings: Settings, file: Path, *, update: bool, dry_run: bool, passwords: Path
) -> Imported:
    """Add the users of a CSV file, and with ``update`` change those that are there; all or none.

    Each new one gets a password of its own, which only the file ``passwords`` tells.
    """
    names = await asyncio.to_thread(SiteNames.of, settings)
    staff = await asyncio.to_thread(read_staff, file, names.user_of)
    async with _database(settings) as database, database.work(actor=ACTOR) as work:
        change = await compare(work, staff, update=update)
        given = {user.id: secrets.token_urlsafe(PASSWORD_BYTES) for user in change.new}
        if not dry_run:
            if given:
                await asyncio.to_thread(write_passwords, passwords, given)
            for user in change.new:
                hashed = await asyncio.to_thread(hash_password, given[user.id])
                await work.users.add(replace(user, password_hash=hashed))
            for user in change.changed:
                await work.users.save(user)
            await work.commit()
    return Imported(
        added=len(change.new), changed=len(change.changed), same=change.same, passwords=given
    )


async def set_password(settings: Settings, user: str, password: str) -> None:
    """Give a user a new password."""
    hashed = await asyncio.to_thread(_hashed, password, user)
    async with _changing(settings, user) as work:
        await users.set_password(work, user, hashed)


async def unlock(settings: Settings, user: str) -> None:
    """Let a user try passwords again at once."""
    async with _changing(settings, user) as work:
        await users.unlock(work, user)


async def all_users(settings: Settings) -> Sequence[User]:
    """Every user, for the list."""
    async with _database(settings) as database, database.work() as work:
        return list(await work.users.all())


@asynccontextmanager
async def _changing(settings: Settings, user: str) -> AsyncIterator[UnitOfWork]:
    try:
        async with _database(settings) as database, database.work(actor=ACTOR) as work:
            yield work
    except NotFound:
        raise BadValue("user", f"there is no {user!r}; 'parley user list' shows all") from None


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Database]:
    database = Database(settings.database_url)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


def _hashed(password: str, *about: str) -> str:
    wrong = complaint(password, about=about)
    if wrong:
        raise BadValue("password", COMPLAINTS[wrong])
    return hash_password(password)


def _role(text: str) -> UserRole:
    try:
        return UserRole(text)
    except ValueError:
        raise BadValue("role", f"must be one of {', '.join(UserRole)}, not {text!r}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteNames:
    """The skills and queues of the site: what users may have and serve."""

    skills: frozenset[str]
    queues: frozenset[str]
    file: Path

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Read them from the site file in force."""
        site = load_site(settings)
        return cls(
            skills=frozenset(skill.id for skill in site.skills),
            queues=frozenset(queue.id for queue in site.queues),
            file=site_file(settings),
        )

    def skills_of(self, texts: Iterable[str]) -> dict[str, int]:
        """Read skills with levels, such as ``billing=3``."""
        return dict(self._skill(text) for text in texts)

    def queues_of(self, texts: Iterable[str]) -> tuple[str, ...]:
        """Read names of queues."""
        return tuple(self._known("queue", text, self.queues) for text in texts)

    def user_of(self, row: Mapping[str, str]) -> User:
        """Make a user of a row of a file; lists are separated by blanks, commas or semicolons."""
        return User(
            id=row["user"],
            name=row["name"],
            roles=tuple(_role(each) for each in _listed(row["roles"])) or (_role(""),),
            skills=self.skills_of(_listed(row.get("skills", ""))),
            queues=self.queues_of(_listed(row.get("queues", ""))),
            language=row.get("language") or "en",
        )

    def _skill(self, text: str) -> tuple[str, int]:
        skill, _, level = text.partition("=")
        if not skill or not level.isascii() or not level.isdigit():
            raise BadValue("skill", f"write it as billing=3, not {text!r}")
        return self._known("skill", skill, self.skills), int(level)

    def _known(self, kind: str, text: str, known: frozenset[str]) -> str:
        if text in known:
            return text
        near = get_close_matches(text, known, n=1)
        meant = f"perhaps {near[0]} was meant" if near else f"it has {', '.join(sorted(known))}"
        raise BadValue(
            kind,
            f"{self.file.name} has no {text!r}; {meant}."
            " Another site is named with --site or PARLEY_SITE",
        )


def _listed(text: str) -> list[str]:
    return re.split(r"[\s,;]+", text.strip()) if text.strip() else []

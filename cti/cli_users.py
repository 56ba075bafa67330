"""`parley user …`: makes, lists and changes those who may log in."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from agent_desktop.server.passwords import COMPLAINTS, complaint, hash_password
from crm_core.domain.errors import BadValue, NotFound
from crm_core.domain.user import User, UserRole
from crm_core.services import users
from crm_core.storage.database import Database
from crm_core.storage.unit_of_work import UnitOfWork
from cti.settings import Settings

ACTOR = "command line"
"""Who did it, in the audit log."""


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
    wanted = User(
        id=user,
        name=name,
        roles=tuple(_role(each) for each in roles),
        skills=dict(_skill(each) for each in skills),
        queues=tuple(queues),
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
    wanted = dict(_skill(each) for each in skills)
    async with _changing(settings, user) as work:
        return await users.set_skills(work, user, wanted)


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


def _skill(text: str) -> tuple[str, int]:
    skill, _, level = text.partition("=")
    if not skill or not level.isascii() or not level.isdigit():
        raise BadValue("skill", f"write it as billing=3, not {text!r}")
    return skill, int(level)

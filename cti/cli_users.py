"""`parley user …`: makes and lists those who may log in."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from agent_desktop.server.passwords import hash_password
from crm_core.domain.errors import BadValue
from crm_core.domain.user import User, UserRole
from crm_core.services import users
from crm_core.storage.database import Database
from cti.settings import Settings

SHORTEST_PASSWORD = 10


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
    if len(password) < SHORTEST_PASSWORD:
        raise BadValue("password", f"use {SHORTEST_PASSWORD} characters or more")
    wanted = User(
        id=user,
        name=name,
        roles=tuple(_role(each) for each in roles),
        skills=dict(_skill(each) for each in skills),
        queues=tuple(queues),
        language=language,
        password_hash=hash_password(password),
    )
    async with _database(settings) as database, database.work(actor="command line") as work:
        await users.add_user(work, wanted)


async def all_users(settings: Settings) -> Sequence[User]:
    """Every user, for the list."""
    async with _database(settings) as database, database.work() as work:
        return list(await work.users.all())


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Database]:
    database = Database(settings.database_url)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


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

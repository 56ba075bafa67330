"""Brings a database to this program's version, and tells where it stands.

Steps are Alembic revisions under ``migrations/versions``; each runs in one transaction, on SQLite
too, so that an interrupted upgrade leaves the database as it was.
"""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from crm_core.domain.errors import DatabaseNotReady, DatabaseTooNew, StorageDamaged
from crm_core.storage.faults import translated
from crm_core.storage.sqlite import engine_for
from crm_core.storage.urls import named, parse_url

T = TypeVar("T")

LOCK: Final = 0x5061726C  # "Parl": two daemons upgrading one PostgreSQL take turns
UPGRADE_TIMEOUT: Final = 3_600.0
"""Seconds; a step that writes a million names anew takes minutes, and is lost when cut off."""
CONNECT_TIMEOUT: Final = 5.0


class State(StrEnum):
    """How a database's version relates to this program's."""

    EMPTY = "empty"
    BEHIND = "behind"
    CURRENT = "current"
    NEWER = "newer"


async def upgrade(url: str) -> State:
    """Upgrade the database (made if need be) and return what it was before."""
    return await _with_connection(url, _upgrade, create=True)


async def state(url: str) -> State:
    """Tell where the database stands; a missing SQLite file is empty."""
    path = _sqlite_path(url)
    if path is not None and not await asyncio.to_thread(path.exists):
        return State.EMPTY
    return await _with_connection(url, _state, create=False)


def require_current(found: State) -> None:
    """Raise a clear error unless ``found`` is the state this program can work with."""
    if found is State.NEWER:
        raise DatabaseTooNew(
            "a later version of Parley has upgraded this database: update the program,"
            " or restore a backup made before that"
        )
    if found is not State.CURRENT:
        raise DatabaseNotReady(f"the database is {found}: run 'parley db upgrade'")


def config() -> Config:
    """Return Alembic's configuration; there is no ini file."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    settings.set_main_option("path_separator", "os")
    return settings


def _state(connection: Connection) -> State:
    stored = MigrationContext.configure(connection).get_current_revision()
    if stored is None:
        ours = inspect(connection).has_table("party")
        if ours:
            raise StorageDamaged("the database has our tables but no version: restore a backup")
        return State.EMPTY
    script = ScriptDirectory.from_config(config())
    if stored == script.get_current_head():
        return State.CURRENT
    known = {revision.revision for revision in script.walk_revisions()}
    return State.BEHIND if stored in known else State.NEWER


def _upgrade(connection: Connection) -> State:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
    before = _state(connection)
    if before is State.NEWER:
        require_current(before)
    if before is not State.CURRENT:
        settings = config()
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")
    return before


def _sqlite_path(url: str) -> Path | None:
    parsed = parse_url(url)
    return Path(str(parsed.database)) if parsed.get_backend_name() == "sqlite" else None


async def _with_connection(url: str, use: Callable[[Connection], T], *, create: bool) -> T:
    path = _sqlite_path(url)
    with named(url), translated():
        async with asyncio.timeout(UPGRADE_TIMEOUT):
            if path is not None:
                return await asyncio.to_thread(_on_sqlite, path, use, create)
            # Alembic reads its steps from files: off our loop, on one of its own.
            return await asyncio.to_thread(lambda: asyncio.run(_on_postgres(url, use)))


def _on_sqlite(path: Path, use: Callable[[Connection], T], create: bool) -> T:
    if create:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.touch(mode=0o600)  # SQLite gives its side files the same rights
    engine = engine_for(path, writer=create)
    try:
        with engine.begin() as connection:
            return use(connection)
    finally:
        engine.dispose()


async def _on_postgres(url: str, use: Callable[[Connection], T]) -> T:
    engine = create_async_engine(
        parse_url(url).set(drivername="postgresql+asyncpg"),
        poolclass=NullPool,
        connect_args={"timeout": CONNECT_TIMEOUT},
    )
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(use)
    finally:
        await engine.dispose()

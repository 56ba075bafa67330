"""Every test of this folder runs on SQLite and on PostgreSQL."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from blockbuster import BlockBuster

from crm_core.storage import migrate
from crm_core.storage.database import Database
from crm_core.storage.schema import metadata
from tests.integration.postgres import PostgresServer, postgres

__all__ = ["postgres"]

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class Clock:
    """A clock the test sets."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, span: timedelta) -> None:
        self.now += span


@pytest.fixture(autouse=True)
def some_may_read_files(blockbuster: BlockBuster) -> None:
    """asyncpg asks the disk for ~/.pgpass; migrations run on a loop and a thread of their own."""
    for function in blockbuster.functions.values():
        function.can_block_in("asyncpg/connect_utils.py", {"_parse_connect_dsn_and_args"})
        function.can_block_in("crm_core/storage/migrate.py", {"_state", "_upgrade"})
        function.can_block_in("crm_core/test_migrate.py", {"age", "back", "differences"})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("crm") / "template.db"
    asyncio.run(migrate.upgrade(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> str:
    url = asyncio.run(postgres.new_database())
    asyncio.run(migrate.upgrade(url))
    return url


def statement(url: str, sql: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(url.replace("+asyncpg", ""), timeout=10)
        try:
            await connection.execute(sql)
        finally:
            await connection.close()

    asyncio.run(run())


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'crm.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return asyncio.run(server.new_database())


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with our tables, empty otherwise."""
    if request.param == "sqlite":
        path = tmp_path / "crm.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    shared: str = request.getfixturevalue("postgres_template")
    yield shared
    tables = ", ".join(f'"{name}"' for name in metadata.tables if name != "counter")
    statement(shared, f"TRUNCATE {tables} CASCADE")


@pytest.fixture
async def database(url: str, clock: Clock) -> AsyncIterator[Database]:
    opened = Database(url, clock=clock)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def migrated_url(empty_url: str) -> str:
    """A database of the test's own, whose tables it may break."""
    await migrate.upgrade(empty_url)
    return empty_url


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "only.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"

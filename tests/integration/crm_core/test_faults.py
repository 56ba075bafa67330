"""Disks that are full, locked, read-only, and a process that is killed: typed errors, no loss."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from crm_core.domain.errors import (
    StorageDamaged,
    StorageFull,
    StorageReadOnly,
    StorageRefused,
    StorageUnavailable,
)
from crm_core.domain.party import Party
from crm_core.storage import migrate, sqlite
from crm_core.storage.database import Database
from crm_core.storage.faults import translate
from tests.integration.postgres import PostgresServer

pytestmark = pytest.mark.integration


@pytest.fixture
async def base(sqlite_url: str) -> AsyncIterator[Database]:
    database = Database(sqlite_url)
    await database.open()
    yield database
    await database.close()


async def names(database: Database) -> list[str]:
    async with database.work() as work:
        return [hit.name for hit in await work.search.parties("party", limit=1000)]


async def add(database: Database, name: str) -> None:
    async with database.work() as work:
        await work.parties.add(Party(display_name=name))
        await work.commit()


async def test_a_full_disk_is_told_and_changes_nothing(base: Database) -> None:
    await add(base, "Party 1")
    async with base.work() as work:
        pages = await work.session.write_now(
            lambda c: c.execute(text("PRAGMA page_count")).scalar_one()
        )
        await work.session.write_now(
            lambda c: c.execute(text(f"PRAGMA max_page_count={pages + 1}")).all()
        )
        await work.commit()

    async with base.work() as work:
        for _ in range(200):
            await work.parties.add(Party(display_name="Party big", ext={"x": "y" * 4000}))
        with pytest.raises(StorageFull, match="free some space"):
            await work.commit()

    assert await names(base) == ["Party 1"]
    async with base.work() as work:
        await work.session.write_now(
            lambda c: c.execute(text("PRAGMA max_page_count=1000000")).all()
        )
        await work.commit()
    await add(base, "Party 2")
    assert sorted(await names(base)) == ["Party 1", "Party 2"]


async def test_another_program_that_holds_the_lock_makes_it_unavailable(
    base: Database, sqlite_url: str
) -> None:
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    async with base.work() as work:
        await work.session.write_now(
            lambda c: c.exec_driver_sql("PRAGMA busy_timeout=50").fetchall()
        )
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StorageUnavailable) as refused:
        await add(base, "Party 1")
    assert refused.value.retryable
    assert await names(base) == [], "reading goes on"

    other.execute("COMMIT")
    other.close()
    await add(base, "Party 2")
    assert await names(base) == ["Party 2"]


def test_a_database_that_may_not_be_written_says_so(sqlite_url: str) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    engine = sqlite.engine_for(path, writer=False)
    with engine.connect() as connection, pytest.raises(Exception, match="readonly") as caught:
        connection.execute(text("DELETE FROM party"))
    engine.dispose()
    assert isinstance(translate(caught.value), StorageReadOnly)  # type: ignore[arg-type]


@pytest.mark.timeout(180)
async def test_a_server_that_does_not_let_us_in_is_told(postgres: PostgresServer) -> None:
    for url in (postgres.url("nonesuch"), postgres.url().replace("parley@", "stranger@")):
        with pytest.raises(StorageRefused, match="mend the database URL"):
            await migrate.state(url)


async def test_a_damaged_file_is_told(base: Database, sqlite_url: str) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    await base.close()

    def damage() -> None:
        content = bytearray(path.read_bytes())
        content[4096:] = os.urandom(len(content) - 4096)
        path.write_bytes(content)

    await asyncio.to_thread(damage)
    with pytest.raises(StorageDamaged, match="restore a backup"):
        await Database(sqlite_url).open()


async def test_many_writers_queue_up_instead_of_failing(base: Database) -> None:
    async with asyncio.TaskGroup() as group:
        for at in range(200):
            group.create_task(add(base, f"Party {at}"))
    assert len(await names(base)) == 200


WRITER = """
import asyncio, sys
from crm_core.domain.party import Party
from crm_core.storage.database import Database
from crm_core.storage.faults import translate
from tests.integration.postgres import PostgresServer

async def main():
    database = Database(sys.argv[1])
    await database.open()
    at = 0
    while True:
        async with database.work() as work:
            await work.parties.add(Party(display_name=f"Party {at}", customer_number=str(at)))
            await work.commit()
        print(at, flush=True)
        at += 1

asyncio.run(main())
"""


async def test_a_process_killed_while_it_writes_loses_no_commit_it_acknowledged(
    sqlite_url: str,
) -> None:
    def run() -> int:
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, sqlite_url], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        last = -1
        for line in process.stdout:
            last = int(line)
            if last == 30:
                process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        return last

    last = await asyncio.to_thread(run)

    database = Database(sqlite_url)
    await database.open()
    async with database.work() as work:
        sound = await work.session.read(
            lambda c: c.execute(text("PRAGMA integrity_check")).scalar_one()
        )
        stored = await work.session.read(
            lambda c: c.execute(text("SELECT count(*) FROM party")).scalar_one()
        )
        audited = await work.session.read(
            lambda c: c.execute(text("SELECT count(*) FROM audit_log")).scalar_one()
        )
    await database.close()
    assert sound == "ok"
    assert last + 1 <= stored <= last + 2
    assert audited == stored, "a commit is whole or not there"

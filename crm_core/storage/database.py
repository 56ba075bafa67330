"""The one door to the customer base.

    database = Database("sqlite:///var/crm.db")
    await database.open()
    async with database.work(actor="ana") as work:
        party = await work.parties.get(party_id)
        await work.parties.save(replace(party, tier=Tier.VIP))
        await work.commit()

Changes are kept until ``commit`` and then written in one transaction; ``Stale`` and ``Duplicate``
are therefore raised by ``commit`` (or by a later read of the same unit, which writes them first).
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, event

from crm_core.domain.errors import StorageUnavailable
from crm_core.domain.ids import NewId, uuid7
from crm_core.storage import migrate
from crm_core.storage.postgres import PostgresStore
from crm_core.storage.repository import Clock
from crm_core.storage.session import Store
from crm_core.storage.sqlite import SqliteStore
from crm_core.storage.unit_of_work import UnitOfWork
from crm_core.storage.urls import named, parse_url

SYSTEM: Final = "system"


def wall_clock() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)  # noqa: TID251 - the default of an argument


class Database:
    """An SQLite file or a PostgreSQL database with our tables in it."""

    def __init__(
        self,
        url: str,
        *,
        clock: Clock = wall_clock,
        new_id: NewId = uuid7,
        durable: bool = True,
        reads_at_once: bool = False,
    ) -> None:
        """``reads_at_once``: an SQLite file is read in the event loop, which then waits for it.

        For a process that has nothing else to do; a thread's turn costs a third of a look-up.
        """
        self.url: Final = url
        self._parsed = parse_url(url)
        self._clock, self._new_id = clock, new_id
        self._durable, self._reads_at_once = durable, reads_at_once
        self._store: Store | None = None

    async def open(self) -> None:
        """Connect; refuse a database that is not exactly at this program's version."""
        found = await migrate.state(self.url)
        with named(self.url):
            migrate.require_current(found)
        self._store = await asyncio.to_thread(
            open_store, self._parsed, durable=self._durable, reads_at_once=self._reads_at_once
        )

    async def close(self) -> None:
        """Close every connection; open units fail from now on."""
        store, self._store = self._store, None
        if store is not None:
            await store.close()

    def now(self) -> datetime:
        """Return the present instant by the database's clock."""
        return self._clock()

    def work(self, *, actor: str = SYSTEM) -> UnitOfWork:
        """Begin a unit of work for ``actor`` (a user id); use it with ``async with``."""
        if self._store is None:
            raise StorageUnavailable("the database is not open")
        session = self._store.session()
        return UnitOfWork(session, actor=actor, clock=self._clock, new_id=self._new_id)

    @contextmanager
    def counting(self) -> Iterator[list[str]]:
        """Collect the statements sent meanwhile; for tests that count queries."""
        if self._store is None:
            raise StorageUnavailable("the database is not open")
        seen: list[str] = []

        def saw(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            seen.append(statement)

        for engine in self._store.engines:
            event.listen(engine, "before_cursor_execute", saw)
        try:
            yield seen
        finally:
            for engine in self._store.engines:
                event.remove(engine, "before_cursor_execute", saw)


def open_store(url: URL, *, durable: bool = True, reads_at_once: bool = False) -> Store:
    """Open the store that ``url`` names."""
    if url.get_backend_name() == "sqlite":
        path = Path(str(url.database))
        return SqliteStore(path, durable=durable, reads_at_once=reads_at_once)
    return PostgresStore(url)

"""SQLite as a store: a few reader threads, and one writer thread that commits in groups.

SQLite has one writer at a time whatever we do; with one thread for it nobody spins on a lock.
Commits that wait while the disk is busy share the next one, so that many small units cost one
fsync; when one of them fails, all are made anew with a savepoint each. WAL lets readers go on.
"""

import asyncio
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool
from typing_extensions import override

from crm_core.storage.faults import translated
from crm_core.storage.prepared import Prepared, Row, Values
from crm_core.storage.session import STATEMENT_TIMEOUT, Operation, Session, Store

T = TypeVar("T")

READERS: Final = min(4, max(2, os.cpu_count() or 2))
BUSY_MS: Final = 5_000
# The file is read, not mapped: mapped, each row not touched lately costs a page fault, and on a
# virtual machine those make the slowest look-ups slow (ADR 0008).
_PRAGMAS: Final = (
    f"PRAGMA busy_timeout={BUSY_MS}",
    "PRAGMA foreign_keys=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-32768",
)
_WRITER: Final = ("PRAGMA journal_mode=WAL", "PRAGMA journal_size_limit=67108864")
_READER: Final = ("PRAGMA query_only=ON",)


def engine_for(path: Path, *, writer: bool, durable: bool = True, readers: int = 1) -> Engine:
    """Make an engine whose transactions are SQLite's own (the driver's guesses are off)."""
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=QueuePool,
        pool_size=readers,
        max_overflow=0,
        hide_parameters=True,  # they are people's data, and errors are logged
        connect_args={"check_same_thread": False, "timeout": BUSY_MS / 1000},
    )
    durability = ("PRAGMA synchronous=FULL",) if durable else ("PRAGMA synchronous=NORMAL",)
    pragmas = (*_PRAGMAS, *((*_WRITER, *durability) if writer else _READER))

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(pragma).fetchall()

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        raw: Any = connection.connection.driver_connection
        raw.execute("BEGIN IMMEDIATE" if writer else "BEGIN")

    return engine


@dataclass(slots=True)
class _Ticket:
    """One unit's changes on their way into a group commit."""

    changes: Sequence[Operation]
    error: BaseException | None = None
    given_up: bool = False
    done: bool = field(default=False)

    def apply(self, connection: Connection) -> None:
        """Make the changes, in the writer's transaction."""
        for change in self.changes:
            change(connection)


class SqliteStore(Store):
    """An opened SQLite file."""

    def __init__(
        self,
        path: Path,
        *,
        durable: bool = True,
        readers: int = READERS,
        reads_at_once: bool = False,
    ) -> None:
        """``reads_at_once``: in the caller's own thread, which then waits for the disk."""
        self._read_engine = engine_for(path, writer=False, readers=readers)
        self._write_engine = engine_for(path, writer=True, durable=durable)
        self._read_threads = ThreadPoolExecutor(readers, "crm-read")
        self._write_thread = ThreadPoolExecutor(1, "crm-write")
        self._reads_at_once = reads_at_once
        self._idle: deque[Connection] = deque()
        """Readers' connections that nobody uses at the moment."""
        self._tickets: deque[_Ticket] = deque()
        self.gate = asyncio.Lock()
        """Held by a unit that keeps a transaction open over several steps."""

    @property
    @override
    def engines(self) -> list[Any]:
        return [self._read_engine, self._write_engine]

    @override
    def session(self) -> "SqliteSession":
        return SqliteSession(self)

    @override
    async def close(self) -> None:
        for threads in (self._read_threads, self._write_thread):
            await asyncio.to_thread(threads.shutdown)
        await asyncio.to_thread(self._close_connections)

    def _close_connections(self) -> None:
        while self._idle:
            self._idle.pop().close()
        self._read_engine.dispose()
        self._write_engine.dispose()

    async def on_reader(self, query: Callable[[Connection], T]) -> T:
        """Run ``query`` in a reader thread, in a transaction of its own."""

        def run() -> T:
            with self._reader() as connection, connection.begin():
                return query(connection)

        return await self._in_reader(run)

    async def fetch(self, statement: Prepared, values: Values) -> list[Row]:
        """Run one query in a reader thread; alone it needs no transaction around it."""

        def run() -> list[Row]:
            with self._reader() as connection:
                return statement.run(connection, values)

        return await self._in_reader(run)

    async def _in_reader(self, step: Callable[[], T]) -> T:
        with translated():
            if self._reads_at_once:
                return step()
            async with asyncio.timeout(STATEMENT_TIMEOUT):
                return await asyncio.get_running_loop().run_in_executor(self._read_threads, step)

    @contextmanager
    def _reader(self) -> Iterator[Connection]:
        """Lend a reader's connection; in a reader thread. One that failed is not used again."""
        connection = self._idle.pop() if self._idle else self._read_engine.connect()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)

    async def on_writer(self, step: Callable[[], T]) -> T:
        """Run ``step`` in the writer thread."""
        with translated():
            async with asyncio.timeout(STATEMENT_TIMEOUT):
                return await asyncio.get_running_loop().run_in_executor(self._write_thread, step)

    def on_writer_soon(self, step: Callable[[], object]) -> None:
        """Queue ``step`` behind what the writer thread does now."""
        self._write_thread.submit(step)

    def begin(self) -> Connection:
        """Open the writer's transaction; in the writer thread."""
        connection = self._write_engine.connect()
        try:
            connection.begin()
        except BaseException:
            connection.close()
            raise
        return connection

    async def commit(self, changes: Sequence[Operation]) -> None:
        """Commit ``changes``, together with whatever else waits.

        Who has the gate takes along the changes of all who wait for it.
        """
        ticket = _Ticket(changes)
        self._tickets.append(ticket)
        try:
            with translated():
                async with asyncio.timeout(STATEMENT_TIMEOUT), self.gate:
                    if not ticket.done:
                        await self.on_writer(self._commit_waiting)
        finally:
            ticket.given_up = not ticket.done
        if ticket.error is not None:
            with translated():
                raise ticket.error

    def _commit_waiting(self) -> None:
        group = [self._tickets.popleft() for _ in range(len(self._tickets))]
        group = [ticket for ticket in group if not ticket.given_up]
        try:
            with self._write_engine.connect() as connection:
                _commit_group(connection, group)
        except Exception as error:  # noqa: BLE001 - each unit gets it
            for ticket in group:
                ticket.error = ticket.error or error
        finally:
            for ticket in group:
                ticket.done = True


def _commit_group(connection: Connection, group: Sequence[_Ticket]) -> None:
    """Commit all of them; if one fails, all but those that do."""
    if len(group) == 1:
        with connection.begin():
            group[0].apply(connection)
        return
    with connection.begin() as transaction:
        if _all_applied(connection, group):
            transaction.commit()
            return
        transaction.rollback()
    with connection.begin():
        for ticket in group:
            _apply_guarded(connection, ticket)


def _all_applied(connection: Connection, group: Sequence[_Ticket]) -> bool:
    try:
        for ticket in group:
            ticket.apply(connection)
    except Exception:  # noqa: BLE001 - found again, and told to its unit, by the second attempt
        return False
    return True


def _apply_guarded(connection: Connection, ticket: _Ticket) -> None:
    try:
        with connection.begin_nested():
            ticket.apply(connection)
    except Exception as error:  # noqa: BLE001 - handed to the unit that caused it
        ticket.error = error


class SqliteSession(Session):
    """One unit on SQLite: reads on a reader until it has changed something."""

    dialect = "sqlite"

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self._changes: list[Operation] = []
        self._transaction: Connection | None = None

    @override
    async def read(self, query: Callable[[Connection], T]) -> T:
        if self._transaction is None and not self._changes:
            return await self._store.on_reader(query)
        return await self.write_now(query)

    @override
    async def fetch(self, statement: Prepared, values: Values) -> list[Row]:
        if self._transaction is None and not self._changes:
            return await self._store.fetch(statement, values)
        return await self.write_now(lambda connection: statement.run(connection, values))

    @override
    def write(self, change: Operation) -> None:
        self._changes.append(change)

    @override
    async def write_now(self, change: Callable[[Connection], T]) -> T:
        if self._transaction is None:
            await self._begin()
        connection, changes = self._transaction, self._changes
        self._changes = []

        def run() -> T:
            assert connection is not None  # noqa: S101 - _begin sets it or raises
            for earlier in changes:
                earlier(connection)
            return change(connection)

        return await self._store.on_writer(run)

    @override
    async def commit(self) -> None:
        changes, self._changes = self._changes, []
        connection = self._transaction
        if connection is None:
            if changes:
                await self._store.commit(changes)
            return

        def run() -> None:
            for change in changes:
                change(connection)
            connection.commit()

        await self._store.on_writer(run)
        await self.close()

    @override
    async def close(self) -> None:
        self._changes.clear()
        connection, self._transaction = self._transaction, None
        if connection is not None:
            # The writer thread works in order: nobody can begin before this roll-back.
            self._store.on_writer_soon(connection.close)
            self._store.gate.release()

    async def _begin(self) -> None:
        async with asyncio.timeout(STATEMENT_TIMEOUT):
            await self._store.gate.acquire()
        try:
            self._transaction = await self._store.on_writer(self._store.begin)
        except BaseException:
            self._store.gate.release()
            raise

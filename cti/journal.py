"""The floor's event log: what happened, in order, so that a killed daemon finds itself again.

One SQLite file (WAL, synchronous=NORMAL: a commit survives the death of the process, which is the
fault we guard against here; only a power cut may take the last moments). A snapshot of the floor
is written now and then, so that a restart replays little. Consumers that must miss nothing (the
recorder) keep their cursor here too, and what only the caller or the agent could tell of a call
has a memo beside it until they are past that call.

Events are appended by the event loop itself: three rows into the page cache take a twentieth of a
millisecond, a thread's turn in a busy daemon takes one. All that can last (reading, snapshots,
carrying the log over into the file with its wait for the disk) has a thread and a connection of
its own; while that writes, an append waits its turn in the thread (ADR 11).
"""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

import msgspec

from acd.events import Event

log = logging.getLogger(__name__)
_T = TypeVar("_T")

KEEP: Final = timedelta(days=2)
"""How long events stay readable for the day's figures."""

CARRY_OVER_EVERY: Final = 1_000
"""Entries between two checkpoints, which move what was appended from the log into the file."""

_EVENT_TYPES: Final = {kind.__name__: kind for kind in get_args(Event)}

_SCHEMA: Final = """
create table if not exists event (
    seq integer primary key, at text not null, kind text not null, body blob not null);
create index if not exists event_at on event (at);
create table if not exists snapshot (
    id integer primary key check (id = 1), seq integer not null, body blob not null);
create table if not exists cursor (consumer text primary key, seq integer not null);
create table if not exists fact (name text primary key, value text not null);
create table if not exists memo (call text primary key, seq integer not null, body blob not null);
create index if not exists memo_seq on memo (seq);
"""

_KEEP_MEMO: Final = "insert or replace into memo values (?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Entry:
    """One journalled event with its number."""

    seq: int
    event: Event


class JournalBroken(Exception):
    """The journal's file cannot be opened: says which and what to do. A retry does not help."""


def _encode(entry: Entry) -> tuple[int, str, str, bytes]:
    event = entry.event
    return entry.seq, event.at.isoformat(), type(event).__name__, msgspec.json.encode(event)


def _decode(seq: int, kind: str, body: bytes) -> Entry:
    return Entry(seq, msgspec.json.decode(body, type=_EVENT_TYPES[kind]))


@contextlib.contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("begin immediate")
    try:
        yield
        db.execute("commit")
    except BaseException:
        if db.in_transaction:  # a full disk may have ended it already
            db.execute("rollback")
        raise


def _insert(db: sqlite3.Connection, entries: Sequence[Entry]) -> None:
    with _transaction(db):
        db.executemany("insert or ignore into event values (?, ?, ?, ?)", map(_encode, entries))


class Journal:
    """Append, read, snapshot: in the order in which they were asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._connection: sqlite3.Connection | None = None
        self._appender: sqlite3.Connection | None = None
        """The event loop's own connection."""
        self._in_turn = 0
        """How much writing the thread has been given and has not finished."""
        self._since_carried = 0
        self._unwritten: list[Entry] = []
        self.last_seq = 0
        self.healthy = True

    async def open(self) -> None:
        """Open or create the file; ``JournalBroken`` if it cannot be used."""
        await self._in_thread(self._open)

    async def close(self) -> None:
        """Write what is left and close."""
        await self._in_thread(self._close)
        self._thread.shutdown(wait=False)  # its work is done; waiting would block the loop

    def number(self, events: Sequence[Event]) -> list[Entry]:
        """Give the next numbers to ``events``; they must then be appended in this order."""
        entries = [Entry(self.last_seq + n, event) for n, event in enumerate(events, start=1)]
        self.last_seq += len(entries)
        return entries

    async def append(self, entries: Sequence[Entry]) -> None:
        """Store ``entries`` in one transaction.

        A full or failing disk is no reason to drop calls: entries are then kept in memory, the
        journal reports itself unhealthy, and the next append tries again with all of them.
        """
        self._unwritten.extend(entries)
        if self._at_once(_insert, self._unwritten) or await self._attempt(
            self._write, self._unwritten
        ):
            self._unwritten = []
            self.healthy = True
        self._since_carried += len(entries)
        if self._since_carried >= CARRY_OVER_EVERY:
            self._since_carried = 0
            self._thread.submit(self._carry_over)

    def _at_once(self, write: Callable[..., object], *args: Any) -> bool:
        """Write from the event loop, unless the thread is writing or there is any trouble."""
        if self._appender is None or self._in_turn or not self.healthy:
            return False
        try:
            write(self._appender, *args)
        except sqlite3.Error:
            return False
        return True

    async def read(self, *, after: int) -> list[Entry]:
        """All entries with a number above ``after``, in order."""
        return await self._in_thread(self._read, "seq > ?", after)

    async def read_since(self, instant: datetime) -> list[Entry]:
        """All kept entries at or after ``instant``."""
        return await self._in_thread(self._read, "at >= ?", instant.isoformat())

    async def snapshot(self) -> tuple[int, bytes] | None:
        """The last stored snapshot and the number it covers."""
        return await self._in_thread(self._load_snapshot)

    async def store_snapshot(self, seq: int, body: bytes, *, now: datetime) -> None:
        """Replace the snapshot and forget events that nobody can want any more."""
        await self._attempt(self._store_snapshot, seq, body, (now - KEEP).isoformat())

    async def cursor(self, consumer: str) -> int:
        """The last number ``consumer`` has finished with."""
        return await self._in_thread(self._load_cursor, consumer)

    async def move_cursor(self, consumer: str, seq: int) -> None:
        """Note that ``consumer`` has finished with everything up to ``seq``."""
        await self._attempt(self._move_cursor, consumer, seq)

    async def keep_memo(self, call: str, body: bytes) -> None:
        """Keep what was told of a call that has begun; it replaces the call's earlier memo.

        It is forgotten when every consumer has finished with the call.
        """
        row = (call, self.last_seq, body)
        if not self._at_once(sqlite3.Connection.execute, _KEEP_MEMO, row):
            await self._attempt(self._execute, _KEEP_MEMO, row)

    async def memos(self) -> list[bytes]:
        """The memos of all calls that are not finished with, oldest first."""
        return await self._in_thread(self._load_memos)

    async def fact(self, name: str) -> str | None:
        """A remembered fact, such as the Asterisk start we last saw."""
        return await self._in_thread(self._load_fact, name)

    async def remember(self, name: str, value: str) -> None:
        """Remember a fact across restarts."""
        await self._attempt(
            self._execute,
            "insert or replace into fact values (?, ?)",
            (name, value),
        )

    def unreadable(self, what: str) -> JournalBroken:
        """The error to raise for content that cannot be understood."""
        return JournalBroken(
            f"{self._path}: {what} cannot be read: it is damaged or of a newer Parley;"
            " start that one, or move the file away, calls in it are then lost"
        )

    # --- in the journal's thread ---------------------------------------------------------------

    async def _attempt(self, work: Callable[..., None], *args: Any) -> bool:
        """Write, or be unhealthy: a full disk must end neither calls nor the daemon."""
        self._in_turn += 1
        try:
            await self._in_thread(work, *args)
        except sqlite3.Error as error:
            if self.healthy:
                log.error(  # noqa: TRY400 - said once, no traceback wanted
                    "journal cannot be written", extra={"why": type(error).__name__}
                )
            self.healthy = False
            return False
        finally:
            self._in_turn -= 1
        return True

    async def _in_thread(self, work: Callable[..., _T], *args: Any) -> _T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, work, *args)

    def _open(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch(mode=0o600)  # callers' numbers are in it
            self._connection = connection = self._connect(patience_ms=2_000)
            connection.executescript(_SCHEMA)
            self._appender = self._connect(patience_ms=0)
            self._appender.execute("pragma wal_autocheckpoint = 0")
            row = connection.execute(
                "select max(coalesce((select max(seq) from event), 0),"
                " coalesce((select seq from snapshot), 0))"
            ).fetchone()
        except (OSError, sqlite3.Error) as error:
            message = (
                f"{self._path}: {error}; mend or move the file away, calls in it are then lost"
            )
            raise JournalBroken(message) from error
        self.last_seq = int(row[0])

    def _connect(self, *, patience_ms: int) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")
        connection.execute(f"pragma busy_timeout = {patience_ms}")
        return connection

    def _carry_over(self) -> None:
        """Move the log into the file; readers and writers go on meanwhile."""
        with contextlib.suppress(sqlite3.Error):  # the next one does it
            self._db.execute("pragma wal_checkpoint(passive)")

    def _close(self) -> None:
        if self._connection is None:
            return
        if self._appender is not None:
            self._appender.close()
            self._appender = None
        if self._unwritten:
            try:
                self._write(self._unwritten)
            except sqlite3.Error:
                log.exception("journal lost its last entries")
        self._connection.close()
        self._connection = None

    @property
    def _db(self) -> sqlite3.Connection:
        if self._connection is None:
            message = f"{self._path}: the journal is not open"
            raise JournalBroken(message)
        return self._connection

    def _execute(self, statement: str, values: tuple[object, ...]) -> None:
        self._db.execute(statement, values)

    def _write(self, entries: Sequence[Entry]) -> None:
        _insert(self._db, entries)

    def _read(self, where: str, value: object) -> list[Entry]:
        return list(self._rows(where, value))

    def _rows(self, where: str, value: object) -> Iterator[Entry]:
        query = f"select seq, kind, body from event where {where} order by seq"  # noqa: S608
        for seq, kind, body in self._db.execute(query, (value,)):
            try:
                yield _decode(seq, kind, body)
            except (KeyError, msgspec.DecodeError) as error:
                raise self.unreadable(f"entry {seq} ({kind})") from error

    def _load_snapshot(self) -> tuple[int, bytes] | None:
        row = self._db.execute("select seq, body from snapshot").fetchone()
        return None if row is None else (int(row[0]), bytes(row[1]))

    def _store_snapshot(self, seq: int, body: bytes, horizon: str) -> None:
        db = self._db
        with _transaction(db):
            db.execute("insert or replace into snapshot values (1, ?, ?)", (seq, body))
            db.execute(
                "delete from event where at < ? and seq <= ?"
                " and seq <= coalesce((select min(seq) from cursor), ?)",
                (horizon, seq, seq),
            )

    def _load_cursor(self, consumer: str) -> int:
        row = self._db.execute("select seq from cursor where consumer = ?", (consumer,)).fetchone()
        return 0 if row is None else int(row[0])

    def _move_cursor(self, consumer: str, seq: int) -> None:
        db = self._db
        with _transaction(db):
            db.execute("insert or replace into cursor values (?, ?)", (consumer, seq))
            # A cursor stays before the first event of a call that its consumer needs, so all
            # that was noted up to there is of calls that are done.
            db.execute("delete from memo where seq <= (select min(seq) from cursor)")

    def _load_memos(self) -> list[bytes]:
        return [bytes(body) for (body,) in self._db.execute("select body from memo order by seq")]

    def _load_fact(self, name: str) -> str | None:
        row = self._db.execute("select value from fact where name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

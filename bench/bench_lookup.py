"""B1, its database part: caller id -> caller file among a million parties; and B9, commits.

Peers in the same run: the bare indexed SELECT that any lookup needs, the same statement through
SQLAlchemy's aiosqlite, and a bare INSERT loop with the same durability.
"""

import asyncio
import random
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import create_async_engine

from bench.crm_population import cache_folder, phone, population
from crm_core.domain.interaction import Interaction, Segment
from crm_core.domain.phone import classify
from crm_core.services import caller_lookup
from crm_core.storage import callers, migrate
from crm_core.storage.database import Database

FULL, QUICK = 1_000_000, 100_000
CALLS_PER_SECOND = 50
LIMIT_P99_MS = 10.0
LIMIT_COMMITS = 0.7
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def run(quick: bool) -> list[dict[str, Any]]:
    """Measure and return the rows of the table."""
    full_exists = any(cache_folder().glob(f"crm-{FULL}-v*.db"))
    parties = FULL if not quick or full_exists else QUICK
    path = population(parties)
    _into_memory(path)
    samples, seconds = (500, 6) if quick else (3_000, 30)
    bare = _bare_select(path, parties, samples)
    rows = asyncio.run(_lookups(path, parties, samples, seconds, bare))
    return rows + asyncio.run(_commits(400 if quick else 2_000))


def _into_memory(path: Path) -> None:
    """Read the file once: a base in daily use is in the page cache."""
    with path.open("rb", buffering=0) as file:
        while file.read(1 << 24):
            pass


def _row(
    metric: str, value: float, unit: str, peer: str = "", peer_value: float | None = None,
    limit: str = "", ok: bool = True,
) -> dict[str, Any]:  # fmt: skip
    return {
        "bench": "lookup", "metric": metric, "value": round(value, 3), "unit": unit, "peer": peer,
        "peer_value": None if peer_value is None else round(peer_value, 3),
        "ratio": None if not peer_value else round(value / peer_value, 2), "limit": limit, "ok": ok,
    }  # fmt: skip


def _quantiles(times: list[float]) -> tuple[float, float]:
    cuts = statistics.quantiles(times, n=100)
    return cuts[49] * 1000, cuts[98] * 1000


def _numbers(parties: int, count: int) -> list[str]:
    """Numbers of customers; a shorter list is the beginning of a longer one."""
    rng = random.Random(7)
    return [phone(rng.randrange(parties)) for _ in range(count)]


def _bare_select(path: Path, parties: int, samples: int) -> tuple[float, float]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    connection.execute("PRAGMA mmap_size=2147418112").fetchall()
    times = []
    for number in _numbers(parties, samples):
        began = time.perf_counter()
        found = connection.execute(
            "SELECT party_id FROM contact_point"
            " WHERE kind = 'phone' AND norm = ? AND deleted_at IS NULL",
            (number,),
        ).fetchall()
        times.append(time.perf_counter() - began)
        assert found
    connection.close()
    return _quantiles(times)


async def _lookups(
    path: Path, parties: int, samples: int, seconds: int, bare: tuple[float, float]
) -> list[dict[str, Any]]:
    database = Database(f"sqlite:///{path}", clock=lambda: EPOCH + timedelta(days=20_752))
    await database.open()
    size = f"{parties:,} parties"

    async def ours(number: str) -> None:
        async with database.work() as work:
            file = await caller_lookup.look_up(work, number, region="US", queue="sales")
        assert file.party is not None or file.candidates

    try:
        numbers = _numbers(parties, samples)
        for number in numbers[:50]:
            await ours(number)
        first = await _one_by_one(ours, numbers)
        alone = await _one_by_one(ours, numbers)
        paced = await _paced(ours, _numbers(parties, CALLS_PER_SECOND * seconds))
        strangers = await _one_by_one(
            lambda n: _stranger(database, n), [f"+1999{i:07d}" for i in range(200)]
        )
    finally:
        await database.close()
    other = await _through_aiosqlite(path, numbers[: samples // 2])
    return [
        _row(f"lookup p99, {size}, first touch of their rows", first[1], "ms"),
        _row(f"lookup p50, {size}", alone[0], "ms", "bare indexed SELECT", bare[0]),
        _row(f"lookup p99, {size}", alone[1], "ms", "bare indexed SELECT", bare[1]),
        _row("lookup p50, same statement", alone[0], "ms", "aiosqlite", other[0]),
        _row("lookup p99, same statement", alone[1], "ms", "aiosqlite", other[1]),
        _row("lookup p50 at 50 calls/s", paced[0], "ms"),
        _row("lookup p99 at 50 calls/s", paced[1], "ms", limit=f"<= {LIMIT_P99_MS:g} ms",
             ok=paced[1] <= LIMIT_P99_MS),
        _row("unknown number p99", strangers[1], "ms"),
    ]  # fmt: skip


async def _stranger(database: Database, number: str) -> None:
    async with database.work() as work:
        await caller_lookup.look_up(work, number, region="US")


async def _one_by_one(
    look: Callable[[str], Awaitable[None]], numbers: list[str]
) -> tuple[float, float]:
    times = []
    for number in numbers:
        began = time.perf_counter()
        await look(number)
        times.append(time.perf_counter() - began)
    return _quantiles(times)


async def _paced(look: Callable[[str], Awaitable[None]], numbers: list[str]) -> tuple[float, float]:
    """Start calls at their own instants, whether or not the ones before are done."""
    rng, times = random.Random(11), list[float]()
    due = time.perf_counter()

    async def one(number: str, at: float) -> None:
        await look(number)
        times.append(time.perf_counter() - at)

    async with asyncio.TaskGroup() as group:
        for number in numbers:
            due += rng.expovariate(CALLS_PER_SECOND)
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(one(number, time.perf_counter()))
    return _quantiles(times)


async def _through_aiosqlite(path: Path, numbers: list[str]) -> tuple[float, float]:
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", pool_size=2)
    search = callers.whole_search("sqlite")

    async def look(number: str) -> None:
        key = {**callers.search_keys(classify(number, "US")), "queue": "sales"}
        async with engine.connect() as connection:
            found = await connection.execute(search, key)
        assert found.one()[0]

    try:
        for number in numbers[:50]:
            await look(number)
        return await _one_by_one(look, numbers)
    finally:
        await engine.dispose()


async def _commits(count: int) -> list[dict[str, Any]]:
    folder = Path(tempfile.mkdtemp(prefix="parley-bench-"))
    try:
        bare = await asyncio.to_thread(_bare_inserts, folder / "bare.db", count)
        url = f"sqlite:///{folder / 'crm.db'}"
        await migrate.upgrade(url)
        database = Database(url)
        await database.open()
        try:
            began = time.perf_counter()
            async with asyncio.TaskGroup() as group:
                for worker in range(32):
                    group.create_task(_record(database, range(worker, count, 32)))
            ours = count / (time.perf_counter() - began)
        finally:
            await database.close()
    finally:
        shutil.rmtree(folder)
    ratio = ours / bare
    return [
        _row("interactions committed, 32 at a time", ours, "per s", "bare INSERT loop", bare,
             f">= {LIMIT_COMMITS:g}x", ratio >= LIMIT_COMMITS),
    ]  # fmt: skip


async def _record(database: Database, numbers: range) -> None:
    for number in numbers:
        at = EPOCH + timedelta(days=20_000, seconds=number)
        call = Interaction(
            external_id=f"c{number}", started_at=at, ended_at=at, ani="+12025550143",
            queue="sales", agent_id="ana", outcome="completed",
            segments=(Segment(seq=1, agent_id="ana", offered_at=at, answered_at=at, ended_at=at),),
        )  # fmt: skip
        async with database.work() as work:
            await work.interactions.record(call)
            await work.commit()


def _bare_inserts(path: Path, count: int) -> float:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL").fetchall()
    connection.execute("PRAGMA synchronous=FULL").fetchall()
    connection.execute("CREATE TABLE interaction (id TEXT PRIMARY KEY, at INTEGER, ani TEXT)")
    connection.execute("CREATE TABLE segment (id TEXT, seq INTEGER, agent TEXT)")
    began = time.perf_counter()
    for number in range(count):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO interaction VALUES (?, ?, ?)", (str(number), number, "+1"))
        connection.execute("INSERT INTO segment VALUES (?, 1, 'ana')", (str(number),))
        connection.execute("COMMIT")
    rate = count / (time.perf_counter() - began)
    connection.close()
    return rate


if __name__ == "__main__":
    import sys

    for line in run("--quick" in sys.argv):
        print(line)

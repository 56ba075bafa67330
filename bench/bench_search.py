"""The search box among many customers: each kind of query, the first page of 20.

``python -m bench search`` measures 100,000 and 1,000,000 parties (the first run builds the files,
some minutes); ``--quick`` only the smaller base.
"""

import asyncio
import random
import shutil
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.crm_population import name, phone, population
from crm_core.storage import migrate, search_index
from crm_core.storage.database import Database
from crm_core.storage.sqlite import engine_for

SIZES = (100_000, 1_000_000)
LIMIT_P95_MS = 200.0


def run(quick: bool) -> list[dict[str, Any]]:
    """Measure and return the rows of the table."""
    rows: list[dict[str, Any]] = []
    for parties in SIZES[:1] if quick else SIZES:
        path, took = _searched(parties)
        if took:
            rows.append(_row(f"index of {parties:,} parties written anew", took, "s"))
        rows += asyncio.run(_searches(path, parties, 40 if quick else 200))
    return rows


def _searched(parties: int) -> tuple[Path, float]:
    """Return the population with its search index, and how long that took if it was made now."""
    plain = population(parties)
    path = plain.with_name(f"{plain.stem}-searched.db")
    if path.exists():
        asyncio.run(migrate.upgrade(f"sqlite:///{path}"))
        return path, 0.0
    draft = path.with_suffix(".draft")
    shutil.copy(plain, draft)
    began = time.perf_counter()
    engine = engine_for(draft, writer=True)
    with engine.begin() as connection:
        search_index.refold(connection)
    engine.dispose()
    took = time.perf_counter() - began
    draft.rename(path)
    return path, took


def _mistyped(rng: random.Random, text: str) -> str:
    at = rng.randrange(len(text) // 2, len(text))
    return text[:at] + text[at + 1 :]


KINDS: dict[str, Callable[[random.Random, int], str]] = {
    "whole name": lambda _rng, i: name(i),
    "beginnings of two words": lambda _rng, i: " ".join(w[:4] for w in name(i).split()),
    "beginning of one word": lambda _rng, i: name(i)[:3],
    "mistyped name": lambda rng, i: _mistyped(rng, name(i)),
    "whole number": lambda _rng, i: phone(i),
    "beginning of a number": lambda _rng, i: phone(i)[2:6],
    "last seven digits": lambda _rng, i: phone(i)[-7:],
    "last four digits": lambda _rng, i: phone(i)[-4:],
    "middle of a number": lambda _rng, i: phone(i)[4:10],
    "customer number": lambda _rng, i: str(i),
    "nobody": lambda rng, i: f"zyx{i}" if i % 2 else f"9999{rng.randrange(10**7):07d}",
}


async def _searches(path: Path, parties: int, samples: int) -> list[dict[str, Any]]:
    database = Database(f"sqlite:///{path}")
    await database.open()
    rng = random.Random(3)
    rows = []
    try:
        for kind, query in KINDS.items():
            asked = [query(rng, rng.randrange(parties)) for _ in range(samples)]
            p50, p95 = await _times(database, asked)
            rows.append(_row(f"{kind} p50, {parties:,} parties", p50, "ms"))
            rows.append(_row(f"{kind} p95, {parties:,} parties", p95, "ms", LIMIT_P95_MS))
    finally:
        await database.close()
    return rows


async def _times(database: Database, asked: list[str]) -> tuple[float, float]:
    times = []
    for query in asked:
        began = time.perf_counter()
        async with database.work() as work:
            await work.search.page(query, region="US")
        times.append(time.perf_counter() - began)
    cuts = statistics.quantiles(times, n=20)
    return cuts[9] * 1000, cuts[18] * 1000


def _row(metric: str, value: float, unit: str, limit: float | None = None) -> dict[str, Any]:
    return {
        "bench": "search", "metric": metric, "value": round(value, 2), "unit": unit, "peer": "",
        "peer_value": None, "ratio": None, "limit": "" if limit is None else f"<= {limit:g} ms",
        "ok": limit is None or value <= limit,
    }  # fmt: skip

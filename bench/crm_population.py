"""Fills a customer base with a million parties in bulk, for benchmarks; cached between runs.

Plain ``sqlite3`` with constants inside the statements: two minutes instead of an hour. The rows
are those the repositories would write; indexes are built after the load.
"""

import asyncio
import os
import random
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Table

from crm_core.domain.record import EPOCH
from crm_core.storage import migrate, schema

NOW_US = 1_793_000_000_000_000
DAY_US = 86_400_000_000
VERSION = 4
"""Raise it when the rows change, so that cached files are made anew."""

_FIXED: dict[str, str] = {
    "version": "1", "created_at": str(NOW_US), "created_by": "'bench'", "updated_at": str(NOW_US),
    "updated_by": "'bench'", "ext": "'{}'", "lifecycle": "'active'", "tier": "'standard'",
    "language": "'en'", "country": "'US'", "source": "'bench'", "status": "'active'",
    "do_not_sell": "0", "is_primary": "1", "is_shared": "0", "consent_call": "1",
    "consent_sms": "1", "consent_mail": "1", "channel": "'phone'", "direction": "'inbound'",
    "priority": "'normal'", "currency": "'USD'", "region": "'US'", "queue": "'support'",
    "payload": "'{}'", "probability": "50",
}  # fmt: skip


def cache_folder() -> Path:
    """Where the big files are kept."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "parley" / "bench"


def population(parties: int) -> Path:
    """Return the file with ``parties`` parties, made now if need be."""
    path = cache_folder() / f"crm-{parties}-v{VERSION}.db"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        for leftover in path.parent.glob(draft.name + "*"):
            leftover.unlink()
        began = time.perf_counter()
        print(f"building {parties:,} parties once, in {path}", flush=True)
        asyncio.run(migrate.upgrade(f"sqlite:///{draft}"))
        _fill(draft, parties)
        draft.rename(path)
        print(f"built in {time.perf_counter() - began:.0f} s", flush=True)
    if asyncio.run(migrate.upgrade(f"sqlite:///{path}")) is not migrate.State.CURRENT:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("ANALYZE")
    return path


def phone(index: int) -> str:
    """The first number of party ``index``; numbers do not follow the order of the rows."""
    return f"+1{2_000_000_000 + index * 7_919 % 7_999_999_993:010d}"


_STARTS = ("b", "br", "ch", "d", "f", "g", "gr", "h", "j", "kl", "l", "m", "n", "p", "sch", "st")
_MIDDLES = ("a", "ai", "e", "ei", "i", "o", "ou", "u")
_ENDS = ("ck", "ff", "ld", "ll", "m", "nd", "ng", "rd", "rs", "rt", "ss", "th", "tz", "x", "y")
_GIVEN = ("Ana", "Bo", "Chen", "Dara", "Eva", "Fritz", "Grace", "Hana", "Igor", "José", "Kim",
          "Lena", "Mara", "Nils", "Omid", "Petra")  # fmt: skip


def name(index: int) -> str:
    """The name of party ``index``: of 1,000 given and very many family names, some in Chinese."""
    if index % 10 == 0:
        return "".join(chr(0x4E00 + index * step % 2_500) for step in (7, 131, 977))
    given = _GIVEN[index % 16] + ("" if index % 3 else _syllable(index // 16 % 64))
    family = _syllable(index * 7_919) + _syllable(index * 104_729 // 7)
    return f"{given} {family.capitalize()}"


def _syllable(at: int) -> str:
    start, rest = _STARTS[at % len(_STARTS)], at // len(_STARTS)
    return start + _MIDDLES[rest % len(_MIDDLES)] + _ENDS[rest // len(_MIDDLES) % len(_ENDS)]


def key(kind: int, index: int) -> str:
    """Time-ordered id of a row."""
    return f"019{kind:01x}{index:08x}"[:8] + f"-{index & 0xFFFF:04x}-7000-8000-{index:012x}"


def _fill(path: Path, parties: int) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-400000"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type='index' AND sql IS NOT NULL"
    ).fetchall()
    for name, _sql in indexes:
        connection.execute(f'DROP INDEX "{name}"')
    connection.execute("BEGIN")
    for table, columns, rows in _tables(parties):
        _insert(connection, table, columns, rows)
        print(f"  {table.name}", flush=True)
    for _name, sql in indexes:
        connection.execute(sql)
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode=WAL").fetchall()
    connection.execute("ANALYZE")
    connection.close()


def _insert(
    connection: sqlite3.Connection, table: Table, columns: tuple[str, ...], rows: Iterable[Any]
) -> None:
    fixed = {
        c.name: _FIXED.get(c.name, "''")
        for c in table.c
        if c.name not in columns and (not c.nullable or c.name in {"region"})
    }
    names = ", ".join(f'"{name}"' for name in [*columns, *fixed])
    values = ", ".join(["?"] * len(columns) + list(fixed.values()))
    connection.executemany(f'INSERT INTO "{table.name}" ({names}) VALUES ({values})', rows)


def _tables(parties: int) -> Iterator[tuple[Table, tuple[str, ...], Iterable[Any]]]:
    rng = random.Random(parties)
    every = range(parties)
    assert EPOCH.year == 1970
    yield (
        schema.party,
        ("id", "kind", "display_name", "sort_name", "name_key", "customer_number"),
        ((key(1, i), "person", name(i), name(i), name(i).casefold(), str(i)) for i in every),
    )
    yield (
        schema.contact_point,
        ("id", "party_id", "kind", "raw", "norm", "national"),
        (
            (key(2, n), key(1, n % parties), "phone", phone(n), phone(n), phone(n)[2:])
            for n in range(parties * 3 // 2)
        ),
    )
    yield (
        schema.interaction,
        ("id", "external_id", "party_id", "ani", "started_at", "ended_at", "outcome", "agent_id",
         "note", "talked"),
        (
            (key(3, n), f"bench-{n}", key(1, n % parties), phone(n % parties),
             at := NOW_US - rng.randrange(400) * DAY_US, at + 180_000_000, "completed", "ana",
             "Asked for the order to be checked.", 180_000)
            for n in range(parties * 3 // 2)
        ),
    )  # fmt: skip
    yield (
        schema.case,
        ("id", "number", "party_id", "subject", "kind", "state", "state_since", "opened_at"),
        (
            (key(4, n), f"C{n}", key(1, n * 3 % parties), "Wrong item in the parcel", "request",
             "open" if n % 3 == 0 else "closed", NOW_US - DAY_US, NOW_US - DAY_US)
            for n in range(parties * 2 // 5)
        ),
    )  # fmt: skip
    yield (
        schema.sales_order,
        ("id", "number", "party_id", "state", "item", "placed_at", "expected_at", "total"),
        (
            (key(5, n), str(n), key(1, n % parties), "shipped" if n % 9 == 0 else "delivered",
             "Espresso machine", NOW_US - 9 * DAY_US, NOW_US - DAY_US, 4_890_000)
            for n in range(parties)
        ),
    )  # fmt: skip
    yield (
        schema.opportunity,
        ("id", "party_id", "name", "stage", "amount"),
        (
            (key(6, n), key(1, n * 10 % parties), "New equipment", "propose", 1)
            for n in range(parties // 10)
        ),
    )
    yield (
        schema.task,
        ("id", "party_id", "kind", "subject", "state", "due_at"),
        (
            (key(7, n), key(1, n * 20 % parties), "callback", "Call back", "open", NOW_US)
            for n in range(parties // 20)
        ),
    )

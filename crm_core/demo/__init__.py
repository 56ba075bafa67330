"""Demo data: believable people and companies in English, Chinese and Persian, from a seed.

Ids follow from the seed, so a run that was interrupted goes on where it stopped and a second run
finds everything in place.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, insert, select

from crm_core.demo.cast import PASSWORD, STRANGER, TEAMS, Showcase, cast_rows, showcase, users
from crm_core.demo.population import CHUNK, MOST, chunk_rows
from crm_core.demo.rows import CREATED, Rows, spread
from crm_core.domain.errors import BadValue
from crm_core.domain.ids import seeded
from crm_core.domain.user import User
from crm_core.storage import schema
from crm_core.storage.database import Database
from crm_core.storage.search_index import index

__all__ = [
    "PASSWORD", "SEED", "STRANGER", "Seeded", "Showcase", "add_users", "seed", "showcase", "users",
]  # fmt: skip

SEED: Final = 20_260_105
Progress = Callable[[int, int], None]
"""Told how many parties are in place, and of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeded:
    """What ``seed`` did."""

    parties: int
    added: int

    @property
    def already(self) -> bool:
        """Everything was there before."""
        return self.added == 0


async def seed(
    database: Database,
    *,
    parties: int = 10_000,
    seed: int = SEED,
    progress: Progress | None = None,
) -> Seeded:
    """Put ``parties`` demo parties and the showcase callers into the database."""
    if parties > MOST:
        raise BadValue("parties", f"at most {MOST:,} demo parties can be told apart")
    now, added = database.now(), 0
    if await _missing(database, seed, "900000"):
        await _write(database, await asyncio.to_thread(cast_rows, seed, now=now))
        added += len(showcase())
    for first in range(0, parties, CHUNK):
        count = min(CHUNK, parties - first)
        if await _missing(database, seed, str(first)):
            rows = await asyncio.to_thread(chunk_rows, seed, first, count, now=now)
            await _write(database, rows)
            added += count
        if progress is not None:
            progress(first + count, parties)
    return Seeded(parties=parties, added=added)


async def add_users(database: Database, wanted: Sequence[User]) -> list[User]:
    """Add those of ``wanted`` (see ``users``) who are missing, and their team."""
    async with database.work() as work:
        for team in TEAMS:
            if await work.teams.find(team.id) is None:
                await work.teams.add(team)
        known = await work.users.names()
        added = [await work.users.add(user) for user in wanted if user.id not in known]
        await work.commit()
    return added


async def _missing(database: Database, seed: int, key: str) -> bool:
    party_id = seeded("demo-party", f"{seed}/{key}", CREATED)
    query = select(schema.party.c.id).where(schema.party.c.id == party_id)
    async with database.work() as work:
        return await work.session.read(lambda c: c.execute(query).first()) is None


async def _write(database: Database, rows: Rows) -> None:
    def change(connection: Connection) -> None:
        for table, values in spread(rows):
            connection.execute(insert(table), values)
        index(connection, [party["id"] for party in rows.get(schema.party, ())])

    async with database.work() as work:
        work.session.write(change)
        await work.commit()

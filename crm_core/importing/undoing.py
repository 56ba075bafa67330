"""Takes an import back: who it made goes, what it changed is as before.

People's work stands: a customer whom somebody has called, changed or opened a case for since is
kept and counted. 500 lines a transaction; stopped at any instant, the same call goes on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from crm_core.domain.errors import BadValue, NotFound
from crm_core.domain.party import Party, Tier
from crm_core.storage import imports
from crm_core.storage.database import Database
from crm_core.storage.imports import Entry, ImportJob
from crm_core.storage.unit_of_work import UnitOfWork

CHUNK: Final = 500
LISTED: Final = 50
LATEST: Final = "last"


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What came of undoing an import."""

    job: ImportJob
    removed: int = 0
    restored: int = 0
    kept: int = 0
    """Parties with work since, which stay."""


async def latest_jobs(database: Database) -> Sequence[ImportJob]:
    """Return the latest imports, newest first."""
    async with database.work() as work:
        return await work.session.read(lambda c: imports.jobs(c, limit=LISTED))


async def undo(
    database: Database,
    job_id: str,
    *,
    progress: Callable[[int], None] = lambda _lines: None,
) -> Undone:
    """Take back the import with this id, the beginning of one, or ``last``."""
    job = _named(await latest_jobs(database), job_id)
    done, line, lines = Undone(job=job), -1, 0
    while found := await _entries(database, job, after=line):
        async with database.work(actor=job.created_by) as work:
            done = await _chunk(work, job, found, done)
            await work.commit()
        line, lines = found[-1].line, lines + len(found)
        progress(lines)
    await _finish(database, job, "kept in part" if done.kept else "undone")
    return done


async def _entries(database: Database, job: ImportJob, *, after: int) -> list[Entry]:
    async with database.work() as work:
        return await work.session.read(
            lambda c: imports.entries(c, job.id, after=after, limit=CHUNK)
        )


async def _finish(database: Database, job: ImportJob, state: str) -> None:
    async with database.work(actor=job.created_by) as work:
        now = work.clock()
        work.session.write(lambda c: imports.advance_job(c, job.id, state=state, updated_at=now))
        await work.commit()


def _named(jobs: Sequence[ImportJob], job_id: str) -> ImportJob:
    live = [job for job in jobs if job.state != "undone"]
    fitting = live[:1] if job_id == LATEST else [job for job in live if job.id.startswith(job_id)]
    if len(fitting) != 1 or not job_id:
        raise BadValue(
            "import", f"{job_id!r} is none that can be undone; 'parley db import list' shows all"
        )
    return fitting[0]


async def _chunk(
    work: UnitOfWork, job: ImportJob, entries: Sequence[Entry], done: Undone
) -> Undone:
    made = [entry.party_id for entry in entries if entry.made]
    busy = await work.session.read(lambda c: imports.worked_with(c, job, made))
    going = [party for party in made if party not in busy]
    changed = [entry for entry in entries if not entry.made]
    for entry in changed:
        await _restore(work, entry)
    lines = [entry.line for entry in entries if not (entry.made and entry.party_id in busy)]
    await work.session.write_now(lambda c: imports.take_away(c, going, work.clock()))
    await work.session.write_now(lambda c: imports.forget(c, job.id, lines))
    return replace(
        done,
        removed=done.removed + len(going),
        restored=done.restored + len(changed),
        kept=done.kept + len(busy),
    )


async def _restore(work: UnitOfWork, entry: Entry) -> None:
    """Give the party its old values where it still has those of the import."""
    try:
        party = await work.parties.get(entry.party_id)
    except NotFound:
        return
    back: dict[str, Any] = {
        field: _typed(field, before)
        for field, (before, after) in _fields(entry)
        if getattr(party, field) == after
    }
    if back:
        await work.parties.save(replace(party, **back))
    added = set(entry.changes.get("points", ()))
    for point in await work.contact_points.of_party(party.id):
        if point.id in added:
            await work.contact_points.remove(point)


def _fields(entry: Entry) -> Sequence[tuple[str, Sequence[Any]]]:
    return [(field, pair) for field, pair in entry.changes.items() if field in _PARTY_FIELDS]


_PARTY_FIELDS: Final = frozenset(Party.__dataclass_fields__)


def _typed(field: str, value: Any) -> Any:
    return Tier(value) if field == "tier" else value

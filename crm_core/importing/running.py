"""Runs an import: 500 rows a transaction, the job's cursor in the same one.

An import that was stopped at any instant therefore goes on with the next chunk and writes nothing
twice. Memory does not grow with the file: what the file has shown already is kept on disk.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any, Final

from phonenumbers import SUPPORTED_REGIONS
from sqlalchemy import Connection, Table

from crm_core.domain.errors import BadValue
from crm_core.domain.names import name_key
from crm_core.domain.party import Role
from crm_core.domain.record import Record
from crm_core.importing.known import Known
from crm_core.importing.preparing import Ready, prepare
from crm_core.importing.reading import Layout, Line, lines, look_at
from crm_core.importing.trail import ErrorFile, Seen
from crm_core.importing.updating import updates_of
from crm_core.storage import counters, imports, schema
from crm_core.storage.database import Database
from crm_core.storage.imports import Entry, ImportJob
from crm_core.storage.repository import as_row
from crm_core.storage.unit_of_work import UnitOfWork

CHUNK: Final = 500
SHOWN: Final = 50
"""Outcomes listed in the report; all of them are in the error file."""


class Duplicates(StrEnum):
    """What to do with a row whose phone or e-mail is there already."""

    SKIP = "skip"
    KEEP = "keep"
    UPDATE = "update"
    """Complete and correct the party that is there, if it has the row's name or number."""


class Kind(StrEnum):
    """Why a row was not simply stored."""

    FAILED = "failed"
    DUPLICATE = "duplicate"
    NOTE = "note"
    """A remark below the table, such as a total."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A row that was not simply stored: its line in the file and why."""

    line: int
    reason: str
    kind: Kind
    cells: Sequence[str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the import is."""

    rows: int
    created: int
    updated: int
    duplicates: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of it."""

    layout: Layout
    job_id: str
    """What the import is undone by; "" of a dry run."""
    dry_run: bool
    resumed_at: int
    rows: int
    created: int
    updated: int
    duplicates: int
    failed: int
    notes: int
    error_file: Path | None
    shown: Sequence[Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to import."""

    region: str
    dry_run: bool = False
    duplicates: Duplicates = Duplicates.SKIP
    error_file: Path | None = None
    actor: str = "import"


async def import_parties(
    database: Database,
    path: Path,
    options: Options,
    *,
    layout: Layout | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Report:
    """Import the parties in a CSV file, or in a dry run only say what would happen."""
    await asyncio.to_thread(_check, options, path)
    if layout is None:
        layout = await asyncio.to_thread(look_at, path)
    seen = await asyncio.to_thread(Seen)
    try:
        run = _Run(database, layout, options, seen)
        return await run.through(progress or (lambda _progress: None))
    finally:
        await asyncio.to_thread(seen.close)


def _check(options: Options, path: Path) -> None:
    if options.region not in SUPPORTED_REGIONS:
        raise BadValue("region", f"{options.region!r} is no country; write US, CN or IR, say")
    if options.error_file is not None and options.error_file.resolve() == path.resolve():
        raise BadValue(path.name, "is the file to import; name another error file")


class _Run:
    def __init__(self, database: Database, layout: Layout, options: Options, seen: Seen) -> None:
        self._database, self._layout, self._options = database, layout, options
        self._shown: list[Outcome] = []
        self._seen = seen

    async def through(self, tell: Callable[[Progress], None]) -> Report:
        job = await self._begin()
        resumed_at = job.cursor
        path = self._options.error_file or self._layout.path.with_suffix(".errors.csv")
        errors = await asyncio.to_thread(ErrorFile, path, self._layout.header, keep=job.error_bytes)
        source = lines(self._layout, skip=job.cursor)
        while batch := await asyncio.to_thread(lambda: list(islice(source, CHUNK))):
            job = await self._chunk(batch, job, errors)
            tell(
                Progress(
                    rows=job.cursor,
                    created=job.created,
                    updated=job.updated,
                    duplicates=job.duplicates,
                    failed=job.failed,
                )
            )
        await self._finish(job)
        return Report(
            layout=self._layout,
            job_id=job.id,
            dry_run=self._options.dry_run,
            resumed_at=resumed_at,
            rows=job.cursor,
            created=job.created,
            updated=job.updated,
            duplicates=job.duplicates,
            failed=job.failed,
            notes=job.notes,
            error_file=path if errors.size else None,
            shown=self._shown,
        )

    async def _begin(self) -> ImportJob:
        options = self._options
        tag = f"{options.region} {options.duplicates} {self._layout.encoding} " + ",".join(
            self._layout.fields
        )
        fresh = ImportJob(file_name=self._layout.path.name[:200], digest=self._layout.digest)
        fresh = replace(fresh, options=tag[:300])
        if options.dry_run:
            return fresh
        async with self._work() as work:
            found = await work.session.read(
                lambda c: imports.running_job(c, fresh.digest, fresh.options)
            )
            if found is not None:
                return found
            job = replace(fresh, id=work.new_id())
            row = _stamped(work, schema.import_job, job)
            work.session.write(lambda c: imports.start_job(c, row))
            await work.commit()
            return job

    async def _finish(self, job: ImportJob) -> None:
        if self._options.dry_run:
            return
        async with self._work() as work:
            now = work.clock()
            work.session.write(
                lambda c: imports.advance_job(c, job.id, state="done", updated_at=now)
            )
            await work.commit()

    async def _chunk(self, batch: Sequence[Line], job: ImportJob, errors: ErrorFile) -> ImportJob:
        ready, outcomes = await asyncio.to_thread(self._prepared, batch)
        async with self._work() as work:
            known = await work.session.read(lambda c: Known.of(c, job.digest, ready))
            new, again = await asyncio.to_thread(self._sifted, ready, known, outcomes)
            updates = await updates_of(
                work, again, overwrite=self._options.duplicates is Duplicates.UPDATE
            )
            outcomes += [
                _outcome(row.line, f"nothing new for {name}", Kind.DUPLICATE)
                for row, name in updates.needless
            ]
            outcomes.sort(key=lambda outcome: outcome.line)
            told = [(o.line, o.reason, o.cells) for o in outcomes if o.kind is not Kind.NOTE]
            await asyncio.to_thread(errors.append, told)
            kinds = Counter(outcome.kind for outcome in outcomes)
            job = replace(
                job,
                cursor=job.cursor + len(batch),
                created=job.created + len(new),
                updated=job.updated + len(updates.changed),
                duplicates=job.duplicates + kinds[Kind.DUPLICATE],
                failed=job.failed + kinds[Kind.FAILED],
                notes=job.notes + kinds[Kind.NOTE],
                error_bytes=errors.size,
            )
            self._shown += outcomes[: SHOWN - len(self._shown)]
            if not self._options.dry_run:
                entries = await updates.store(work, job.id)
                await work.session.write_now(lambda c: _store(c, work, new, entries, job))
                await work.commit()
        return job

    def _prepared(self, batch: Sequence[Line]) -> tuple[list[Ready], list[Outcome]]:
        ready: list[Ready] = []
        outcomes: list[Outcome] = []
        for line in batch:
            if line.is_note:
                outcomes.append(_outcome(line, "a remark below the table, not stored", Kind.NOTE))
                continue
            try:
                ready.append(prepare(line, region=self._options.region))
            except BadValue as error:
                outcomes.append(_outcome(line, str(error), Kind.FAILED))
        return ready, outcomes

    def _sifted(
        self, ready: Sequence[Ready], known: Known, outcomes: list[Outcome]
    ) -> tuple[list[Ready], list[tuple[Ready, str]]]:
        """Tell the rows to be stored from those of parties that are there: (row, party)."""
        new: list[Ready] = []
        again: list[tuple[Ready, str]] = []
        updating = self._options.duplicates is Duplicates.UPDATE
        for row in ready:
            twin = self._seen.earlier(_keys(row))
            if party := known.same_line(row) or (known.same_party(row) if updating else ""):
                again.append((row, party))
            elif reason := self._taken(row, known):
                outcomes.append(_outcome(row.line, reason, Kind.FAILED))
                continue
            elif reason := self._twin(row, known, twin):
                outcomes.append(_outcome(row.line, reason, Kind.DUPLICATE))
                if self._options.duplicates is not Duplicates.KEEP:
                    continue
                new.append(row)
            else:
                new.append(row)
            self._seen.add([*_keys(row), *_number_key(row)], row.line.number)
        return new, again

    def _taken(self, row: Ready, known: Known) -> str:
        number = row.party.customer_number
        if number and (number in known.numbers or self._seen.earlier(_number_key(row))):
            return f"customer number: {number} is taken; remove it or correct it"
        return ""

    def _twin(self, row: Ready, known: Known, earlier: int | None) -> str:
        if earlier is not None:
            return f"same phone or e-mail as line {earlier} of this file"
        found = known.same_point(row)
        if found is None:
            return ""
        kind, owner = found
        told = f"same {kind} as {owner.name} in the database"
        if self._options.duplicates is Duplicates.UPDATE:
            return f"{told}, who has another name; not updated"
        return told

    def _work(self) -> UnitOfWork:
        return self._database.work(actor=self._options.actor)


def _outcome(line: Line, reason: str, kind: Kind) -> Outcome:
    return Outcome(line=line.number, reason=reason, kind=kind, cells=line.cells)


def _keys(row: Ready) -> list[str]:
    return [f"{point.kind} {point.norm}" for point in row.points]


def _number_key(row: Ready) -> list[str]:
    number = row.party.customer_number
    return [f"number {number}"] if number else []


def _store(
    connection: Connection,
    work: UnitOfWork,
    new: Sequence[Ready],
    entries: Sequence[Entry],
    job: ImportJob,
) -> None:
    now = work.clock()
    given = [row.party.customer_number for row in new if row.party.customer_number]
    missing = len(new) - len(given)
    numbers = iter(counters.customer_numbers(connection, missing, besides=set(given)))
    tables: dict[Table, list[dict[str, Any]]] = defaultdict(list)
    for row in new:
        number = row.party.customer_number or next(numbers)
        made = _rows(work, tables, row, number, now)
        entry = Entry(job_id=job.id, line=row.line.number, party_id=made, made=True)
        tables[schema.import_entry].append(as_row(schema.import_entry, entry))
    tables[schema.import_entry] += [as_row(schema.import_entry, entry) for entry in entries]
    imports.write(connection, tables)
    imports.advance_job(
        connection,
        job.id,
        cursor=job.cursor,
        created=job.created,
        updated=job.updated,
        duplicates=job.duplicates,
        failed=job.failed,
        notes=job.notes,
        error_bytes=job.error_bytes,
        updated_at=now,
    )


def _rows(
    work: UnitOfWork,
    tables: dict[Table, list[dict[str, Any]]],
    row: Ready,
    number: str,
    now: datetime,
) -> str:
    """Add the rows of a new party, and return its id."""
    party = replace(
        row.party,
        id=work.new_id(),
        customer_number=number,
        name_key=name_key(row.party.display_name),
        sort_name=row.party.display_name,
        customer_since=now,
    )
    tables[schema.party].append(_stamped(work, schema.party, party))
    tables[schema.party_role].append({"party_id": party.id, "role": Role.CUSTOMER, "since": now})
    tables[schema.contact_point] += [
        _stamped(work, schema.contact_point, replace(point, id=work.new_id(), party_id=party.id))
        for point in row.points
    ]
    return party.id


def _stamped(work: UnitOfWork, table: Table, value: Record) -> dict[str, Any]:
    now, actor = work.clock(), work.actor
    stamp = {"created_at": now, "updated_at": now, "created_by": actor, "updated_by": actor}
    return {**as_row(table, value), **stamp}

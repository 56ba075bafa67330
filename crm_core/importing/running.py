"""Runs an import: 500 rows a transaction, the job's cursor in the same one.

An import that was stopped at any instant therefore goes on with the next chunk and writes nothing
twice. Memory does not grow with the file: what the file has shown already is kept on disk.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
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
from crm_core.domain.party import PointKind, Role
from crm_core.domain.record import Record
from crm_core.importing.preparing import Ready, prepare
from crm_core.importing.reading import Layout, Line, lines, look_at
from crm_core.importing.trail import ErrorFile, Seen
from crm_core.storage import counters, imports, schema
from crm_core.storage.database import Database
from crm_core.storage.imports import ImportJob
from crm_core.storage.parties import search_text
from crm_core.storage.repository import as_row
from crm_core.storage.unit_of_work import UnitOfWork

CHUNK: Final = 500
SHOWN: Final = 50
"""Outcomes listed in the report; all of them are in the error file."""


class Duplicates(StrEnum):
    """What to do with a row whose phone or e-mail is there already."""

    SKIP = "skip"
    KEEP = "keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A row that was not simply stored: its line in the file and why."""

    line: int
    reason: str
    duplicate: bool
    cells: Sequence[str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the import is."""

    rows: int
    created: int
    duplicates: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of it."""

    layout: Layout
    dry_run: bool
    resumed_at: int
    rows: int
    created: int
    duplicates: int
    failed: int
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
                    duplicates=job.duplicates,
                    failed=job.failed,
                )
            )
        await self._finish(job)
        return Report(
            layout=self._layout,
            dry_run=self._options.dry_run,
            resumed_at=resumed_at,
            rows=job.cursor,
            created=job.created,
            duplicates=job.duplicates,
            failed=job.failed,
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
            known = await work.session.read(lambda c: _known(c, ready))
            stored = await asyncio.to_thread(self._sifted, ready, known, outcomes)
            outcomes.sort(key=lambda outcome: outcome.line)
            told = [(o.line, o.reason, o.cells) for o in outcomes]
            await asyncio.to_thread(errors.append, told)
            duplicates = sum(outcome.duplicate for outcome in outcomes)
            job = replace(
                job,
                cursor=job.cursor + len(batch),
                created=job.created + len(stored),
                duplicates=job.duplicates + duplicates,
                failed=job.failed + len(outcomes) - duplicates,
                error_bytes=errors.size,
            )
            self._shown += outcomes[: SHOWN - len(self._shown)]
            if not self._options.dry_run:
                await work.session.write_now(lambda c: _store(c, work, stored, job))
                await work.commit()
        return job

    def _prepared(self, batch: Sequence[Line]) -> tuple[list[Ready], list[Outcome]]:
        ready: list[Ready] = []
        outcomes: list[Outcome] = []
        for line in batch:
            try:
                ready.append(prepare(line, region=self._options.region))
            except BadValue as error:
                outcomes.append(_outcome(line, str(error), duplicate=False))
        return ready, outcomes

    def _sifted(
        self, ready: Sequence[Ready], known: Mapping[str, str], outcomes: list[Outcome]
    ) -> list[Ready]:
        stored: list[Ready] = []
        for row in ready:
            number = row.party.customer_number
            if number and (f"number {number}" in known or self._seen.earlier([f"number {number}"])):
                reason = f"customer number: {number} is taken; remove it or correct it"
                outcomes.append(_outcome(row.line, reason, duplicate=False))
                continue
            twin = self._twin(row, known)
            if twin:
                outcomes.append(_outcome(row.line, twin, duplicate=True))
            if not twin or self._options.duplicates is Duplicates.KEEP:
                self._seen.add([*_keys(row), *([f"number {number}"] if number else [])],
                              row.line.number)  # fmt: skip
                stored.append(row)
        return stored

    def _twin(self, row: Ready, known: Mapping[str, str]) -> str:
        earlier = self._seen.earlier(_keys(row))
        if earlier is not None:
            return f"same phone or e-mail as line {earlier} of this file"
        for key in _keys(row):
            if key in known:
                return f"same {key.split()[0]} as {known[key]} in the database"
        return ""

    def _work(self) -> UnitOfWork:
        return self._database.work(actor=self._options.actor)


def _outcome(line: Line, reason: str, *, duplicate: bool) -> Outcome:
    return Outcome(line=line.number, reason=reason, duplicate=duplicate, cells=line.cells)


def _keys(row: Ready) -> list[str]:
    return [f"{point.kind} {point.norm}" for point in row.points]


def _known(connection: Connection, ready: Sequence[Ready]) -> dict[str, str]:
    """Return which keys of ``ready`` the database has: key -> the party's name."""
    known: dict[str, str] = {}
    for kind in (PointKind.PHONE, PointKind.EMAIL):
        norms = sorted({p.norm for row in ready for p in row.points if p.kind is kind})
        found = imports.owners(connection, kind, norms)
        known |= {f"{kind} {norm}": name for norm, name in found.items()}
    numbers = sorted({row.party.customer_number for row in ready if row.party.customer_number})
    return known | {f"number {n}": "" for n in imports.taken_numbers(connection, numbers)}


def _store(
    connection: Connection, work: UnitOfWork, stored: Sequence[Ready], job: ImportJob
) -> None:
    now = work.clock()
    given = [row.party.customer_number for row in stored if row.party.customer_number]
    missing = len(stored) - len(given)
    numbers = iter(counters.customer_numbers(connection, missing, besides=set(given)))
    tables: dict[Table, list[dict[str, Any]]] = defaultdict(list)
    for row in stored:
        number = row.party.customer_number or next(numbers)
        _rows(work, tables, row, number, now)
    imports.write(connection, tables)
    imports.advance_job(
        connection,
        job.id,
        cursor=job.cursor,
        created=job.created,
        duplicates=job.duplicates,
        failed=job.failed,
        error_bytes=job.error_bytes,
        updated_at=now,
    )


def _rows(
    work: UnitOfWork,
    tables: dict[Table, list[dict[str, Any]]],
    row: Ready,
    number: str,
    now: datetime,
) -> None:
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
    tables[schema.search_doc].append({"party_id": party.id, "tokens": search_text(party)})
    tables[schema.contact_point] += [
        _stamped(work, schema.contact_point, replace(point, id=work.new_id(), party_id=party.id))
        for point in row.points
    ]


def _stamped(work: UnitOfWork, table: Table, value: Record) -> dict[str, Any]:
    now, actor = work.clock(), work.actor
    stamp = {"created_at": now, "updated_at": now, "created_by": actor, "updated_by": actor}
    return {**as_row(table, value), **stamp}

"""What an import of parties needs of storage: its job row, look-ups and inserts in bulk."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select, update

from crm_core.domain.party import PointKind
from crm_core.domain.record import Record
from crm_core.storage import schema, search_index
from crm_core.storage.search_index import index
from crm_core.storage.upsert import chunks

_E, _J, _N, _P = schema.import_entry, schema.import_job, schema.contact_point, schema.party
ASKED_AT_ONCE = 500
_MADE_WITH_IT = frozenset({"party_role", "contact_point", "search_doc", "import_entry"})
"""Tables whose rows come and go with their party; rows of any other are work done since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportJob(Record):
    """How far the import of one file has come. ``cursor`` is the number of rows dealt with."""

    file_name: str
    digest: str
    options: str = ""
    state: str = "running"
    cursor: int = 0
    created: int = 0
    updated: int = 0
    duplicates: int = 0
    failed: int = 0
    notes: int = 0
    error_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one line did: made a party, or changed one.

    ``changes`` is field -> [before, after], and ``points`` -> ids of the points it added.
    """

    job_id: str
    line: int
    party_id: str
    made: bool
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Owner:
    """A party that has a number or an address."""

    party_id: str
    name: str
    name_key: str


def running_job(connection: Connection, digest: str, options: str) -> ImportJob | None:
    """Return the unfinished job of the same file and options."""
    row = connection.execute(
        select(_J)
        .where(_J.c.digest == digest, _J.c.options == options, _J.c.state == "running")
        .order_by(_J.c.created_at.desc(), _J.c.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else ImportJob(**row._mapping)


def jobs(connection: Connection, *, limit: int) -> list[ImportJob]:
    """Return the latest imports, newest first."""
    query = (
        select(_J).where(_J.c.deleted_at.is_(None)).order_by(_J.c.created_at.desc(), _J.c.id.desc())
    )
    return [ImportJob(**row._mapping) for row in connection.execute(query.limit(limit))]


def owners(connection: Connection, kind: PointKind, norms: Sequence[str]) -> dict[str, list[Owner]]:
    """Return norm -> the parties that have it, for those that exist."""
    found: dict[str, list[Owner]] = {}
    for part in chunks(norms, ASKED_AT_ONCE):
        query = (
            select(_N.c.norm, _P.c.id, _P.c.display_name, _P.c.name_key)
            .join(_P, _P.c.id == _N.c.party_id)
            .where(
                _N.c.kind == kind,
                _N.c.norm.in_(part),
                _N.c.deleted_at.is_(None),
                _P.c.deleted_at.is_(None),
            )
        )
        for row in connection.execute(query):
            found.setdefault(row.norm, []).append(Owner(row.id, row.display_name, row.name_key))
    return found


def numbered(connection: Connection, numbers: Sequence[str]) -> dict[str, str]:
    """Return customer number -> id of the party that has it, for those that exist."""
    found: dict[str, str] = {}
    for part in chunks(numbers, ASKED_AT_ONCE):
        query = select(_P.c.customer_number, _P.c.id).where(_P.c.customer_number.in_(part))
        found |= {row.customer_number: row.id for row in connection.execute(query)}
    return found


def by_line(connection: Connection, digest: str, lines: Iterable[int]) -> dict[int, str]:
    """Return line -> id of the party that an earlier import of the same file made of it."""
    query = (
        select(_E.c.line, _E.c.party_id)
        .join(_J, _J.c.id == _E.c.job_id)
        .join(_P, _P.c.id == _E.c.party_id)
        .where(_J.c.digest == digest, _E.c.line.in_(list(lines)), _P.c.deleted_at.is_(None))
        .order_by(_J.c.created_at, _J.c.id)
    )
    return {row.line: row.party_id for row in connection.execute(query)}


def write(connection: Connection, rows: Mapping[Table, list[dict[str, Any]]]) -> None:
    """Insert rows, parents before children, and let the parties be found."""
    for table in schema.metadata.sorted_tables:
        if rows.get(table):
            connection.execute(insert(table), rows[table])
    index(connection, [row["id"] for row in rows.get(_P, ())])


def start_job(connection: Connection, row: dict[str, Any]) -> None:
    """Insert the job."""
    connection.execute(insert(_J), row)


def advance_job(connection: Connection, job_id: str, **values: Any) -> None:
    """Save how far the job is; in the transaction of the rows it counts."""
    connection.execute(
        update(_J).where(_J.c.id == job_id).values(version=_J.c.version + 1, **values)
    )


# --- undoing --------------------------------------------------------------------------------------


def entries(connection: Connection, job_id: str, *, after: int, limit: int) -> list[Entry]:
    """Return what the lines after ``after`` did, in order."""
    query = select(_E).where(_E.c.job_id == job_id, _E.c.line > after).order_by(_E.c.line)
    return [Entry(**row._mapping) for row in connection.execute(query.limit(limit))]


def worked_with(connection: Connection, job: ImportJob, party_ids: Sequence[str]) -> set[str]:
    """Return which parties somebody has changed or done something with since they were made."""
    changed = select(_P.c.id).where(_P.c.id.in_(party_ids), _P.c.updated_by != job.created_by)
    added = select(_N.c.party_id).where(
        _N.c.party_id.in_(party_ids), _N.c.updated_by != job.created_by
    )
    queries = [changed, added]
    for table in schema.metadata.sorted_tables:
        if table.name not in _MADE_WITH_IT:
            queries += [
                select(column).where(column.in_(party_ids))
                for column in table.columns
                if column.references(_P.c.id)
            ]
    others = select(_E.c.party_id).where(_E.c.party_id.in_(party_ids), _E.c.job_id != job.id)
    return {row[0] for query in [*queries, others] for row in connection.execute(query)}


def take_away(connection: Connection, party_ids: Sequence[str], now: datetime) -> None:
    """Delete parties softly with their points; their customer numbers are free again."""
    for table, column, more in (
        (_N, _N.c.party_id, {}),
        (_P, _P.c.id, {"customer_number": None}),
    ):
        for part in chunks(party_ids, ASKED_AT_ONCE):
            gone = update(table).where(column.in_(part), table.c.deleted_at.is_(None))
            version = table.c.version + 1
            connection.execute(gone.values(deleted_at=now, version=version, **more))
    search_index.index(connection, party_ids)


def forget(connection: Connection, job_id: str, lines: Sequence[int]) -> None:
    """Forget what these lines did: it has been taken back."""
    connection.execute(delete(_E).where(_E.c.job_id == job_id, _E.c.line.in_(lines)))

"""What an import of parties needs of storage: its job row, look-ups and inserts in bulk."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, insert, select, update

from crm_core.domain.party import PointKind
from crm_core.domain.record import Record
from crm_core.storage import schema
from crm_core.storage.upsert import chunks

_J, _N, _P = schema.import_job, schema.contact_point, schema.party
ASKED_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportJob(Record):
    """How far the import of one file has come. ``cursor`` is the number of rows dealt with."""

    file_name: str
    digest: str
    options: str = ""
    state: str = "running"
    cursor: int = 0
    created: int = 0
    duplicates: int = 0
    failed: int = 0
    error_bytes: int = 0


def running_job(connection: Connection, digest: str, options: str) -> ImportJob | None:
    """Return the unfinished job of the same file and options."""
    row = connection.execute(
        select(_J)
        .where(_J.c.digest == digest, _J.c.options == options, _J.c.state == "running")
        .order_by(_J.c.created_at.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else ImportJob(**row._mapping)


def owners(connection: Connection, kind: PointKind, norms: Sequence[str]) -> dict[str, str]:
    """Return norm -> name of a party that has it, for those that exist."""
    found: dict[str, str] = {}
    for part in chunks(norms, ASKED_AT_ONCE):
        query = (
            select(_N.c.norm, _P.c.display_name)
            .join(_P, _P.c.id == _N.c.party_id)
            .where(_N.c.kind == kind, _N.c.norm.in_(part), _N.c.deleted_at.is_(None))
        )
        found.update({row.norm: row.display_name for row in connection.execute(query)})
    return found


def taken_numbers(connection: Connection, numbers: Sequence[str]) -> set[str]:
    """Return which customer numbers exist."""
    return {
        number
        for part in chunks(numbers, ASKED_AT_ONCE)
        for number in connection.execute(
            select(_P.c.customer_number).where(_P.c.customer_number.in_(part))
        ).scalars()
    }


def write(connection: Connection, rows: dict[Table, list[dict[str, Any]]]) -> None:
    """Insert rows, parents before children."""
    for table in schema.metadata.sorted_tables:
        if rows.get(table):
            connection.execute(insert(table), rows[table])


def start_job(connection: Connection, row: dict[str, Any]) -> None:
    """Insert the job."""
    connection.execute(insert(_J), row)


def advance_job(connection: Connection, job_id: str, **values: Any) -> None:
    """Save how far the job is; in the transaction of the rows it counts."""
    connection.execute(
        update(_J).where(_J.c.id == job_id).values(version=_J.c.version + 1, **values)
    )

"""What all repositories share: get, add, save with version check and audit, soft delete.

Column names are the names of the value's fields, so one generic mapping serves every table.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any, ClassVar, Final, Generic, TypeVar, cast

from sqlalchemy import Connection, Row, RowMapping, Select, Table, insert, select, update

from crm_core.domain.errors import NotFound, Stale
from crm_core.domain.ids import NewId, is_id
from crm_core.domain.record import EPOCH, Record
from crm_core.storage.schema import audit_log
from crm_core.storage.session import Session

Clock = Callable[[], datetime]
R = TypeVar("R", bound=Record)

BOOKKEEPING: Final = frozenset(
    {"id", "version", "created_at", "created_by", "updated_at", "updated_by", "deleted_at"}
)
SECRET: Final = frozenset({"password_hash", "sip_digest"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What the repositories of one unit of work share."""

    session: Session
    actor: str
    clock: Clock
    new_id: NewId
    to_index: set[str] = field(default_factory=set)
    """Parties whose names or numbers have changed: indexed once, with the commit."""


class Repository(Generic[R]):
    """The live records of one table as values."""

    table: ClassVar[Table]
    value: ClassVar[type[Any]]
    natural_keys: ClassVar[bool] = False
    """Ids are given by people (users, teams), not by the factory."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def find(self, key: str) -> R | None:
        """Return the live record, or None."""
        if not self.natural_keys and not is_id(key):
            return None
        rows = await self._values(self._live().where(self.table.c.id == key))
        return rows[0] if rows else None

    async def get(self, key: str) -> R:
        """Return the live record, or raise ``NotFound``."""
        found = await self.find(key)
        if found is None:
            raise NotFound(self.table.name, key)
        return found

    async def add(self, value: R) -> R:
        """Insert a new record and return it as stored."""
        stored = self._stamped(value)
        self._unit.session.write(lambda connection: self._insert(connection, stored))
        return stored

    async def save(self, value: R) -> R:
        """Replace the record that was read at this version, and return it as stored."""
        stored = replace(
            value,
            version=value.version + 1,
            updated_at=self._unit.clock(),
            updated_by=self._unit.actor,
        )
        self._unit.session.write(lambda connection: self._update(connection, stored))
        return stored

    async def remove(self, value: R) -> R:
        """Delete softly: the row stays, no query shows it."""
        return await self.save(replace(value, deleted_at=self._unit.clock()))

    # --- for subclasses ------------------------------------------------------------------------

    def _live(self) -> Select[Any]:
        return select(self.table).where(self.table.c.deleted_at.is_(None))

    async def _values(self, query: Select[Any]) -> list[R]:
        rows = await self._rows(query)
        return [self._value(row._mapping) for row in rows]

    async def _rows(self, query: Select[Any]) -> list[Row[Any]]:
        return await self._unit.session.read(lambda c: list(c.execute(query).all()))

    def _value(self, row: RowMapping) -> R:
        made: R = self.value(**row)
        return made

    def _stamped(self, value: R) -> R:
        now = self._unit.clock()
        return replace(
            value,
            id=value.id or self._unit.new_id(),
            created_at=now if value.created_at == EPOCH else value.created_at,
            created_by=value.created_by or self._unit.actor,
            updated_at=now,
            updated_by=self._unit.actor,
        )

    def _insert(self, connection: Connection, value: R) -> None:
        row = as_row(self.table, value)
        connection.execute(insert(self.table), row)
        self._audit(connection, "created", value, {})

    def _update(self, connection: Connection, value: R) -> None:
        table, held = self.table, value.version - 1
        row = connection.execute(
            select(table).where(table.c.id == value.id, table.c.deleted_at.is_(None))
        ).one_or_none()
        if row is None:
            raise NotFound(table.name, value.id)
        after = as_row(table, value)
        changed = {
            name: [_plain(name, old), _plain(name, after[name])]
            for name, old in row._mapping.items()
            if name not in BOOKKEEPING and _plain(name, old) != _plain(name, after[name])
        }
        done = connection.execute(
            update(table).where(table.c.id == value.id, table.c.version == held).values(after)
        )
        if done.rowcount != 1:
            raise Stale(table.name, value.id, held=held)
        self._audit(connection, "deleted" if value.deleted_at else "changed", value, changed)

    def _audit(
        self, connection: Connection, action: str, value: R, details: Mapping[str, Any]
    ) -> None:
        party_id = value.id if self.table.name == "party" else getattr(value, "party_id", None)
        connection.execute(
            insert(audit_log),
            {
                "id": self._unit.new_id(),
                "at": value.updated_at,
                "actor": self._unit.actor,
                "action": action,
                "entity": self.table.name,
                "entity_id": value.id,
                "party_id": party_id,
                "details": dict(details),
            },
        )


def as_row(table: Table, value: Any) -> dict[str, Any]:
    """Return the columns of ``table`` that ``value`` has as fields."""
    names, read = _shared(table, type(value))  # type: ignore[arg-type]
    return dict(zip(names, read(value), strict=True))


@cache
def _shared(table: Table, kind: Hashable) -> tuple[tuple[str, ...], Callable[[Any], Any]]:
    names = tuple(f.name for f in fields(cast("type[Any]", kind)) if f.name in table.c)
    return names, attrgetter(*names)


def as_values(kind: type[Any], rows: Iterable[Any]) -> list[Any]:
    """Make values whose fields are the columns of ``rows``."""
    return [kind(**row._mapping) for row in rows]


def _plain(name: str, value: Any) -> Any:
    if name in SECRET:
        return "secret" if value else ""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(k): _plain("", v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [_plain("", item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else str(value)

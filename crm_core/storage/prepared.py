"""The statements that every call runs: compiled once, then handed to SQLite's driver as they are.

SQLAlchemy defines them for both databases. What it does around each run (events, contexts, rows)
takes several times the processor time that SQLite itself takes, and all of it holds the lock that
the event loop waits for. On PostgreSQL they run as any other statement.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Dialect, Executable, Insert
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.types import TypeEngine

Values = Mapping[str, Any]
Row = tuple[Any, ...]
_Convert = Callable[[Any], Any]

_SQLITE: Final[Dialect] = sqlite_dialect(paramstyle="qmark")


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement as SQLite's driver takes it."""

    sql: str
    given: Sequence[tuple[str, _Convert | None]]
    """The values that are bound, in order."""
    brought: Sequence[tuple[int, _Convert]]
    """The columns of the result that must be converted."""

    def bound(self, values: Values) -> list[Any]:
        """Put ``values`` in order."""
        return [
            value if (value := values[name]) is None or convert is None else convert(value)
            for name, convert in self.given
        ]

    def read(self, row: Row) -> Row:
        """Convert a row of the result."""
        if not self.brought:
            return row
        cells = list(row)
        for place, convert in self.brought:
            cells[place] = convert(cells[place])
        return tuple(cells)


class Prepared:
    """One statement; ``build`` makes it for a dialect, at the first run."""

    def __init__(self, build: Callable[[str], Executable]) -> None:
        self._build = build
        self._built: dict[str, Executable] = {}
        self._compiled: _Compiled | None = None

    def run(self, connection: Connection, values: Values) -> list[Row]:
        """Run once; return the rows it brings."""
        if connection.dialect.name != "sqlite":
            result = connection.execute(self._statement(connection.dialect.name), dict(values))
            return [tuple(row) for row in result] if result.returns_rows else []
        compiled = self._for_sqlite()
        _tell(connection, compiled.sql)
        rows = _driver(connection).execute(compiled.sql, compiled.bound(values)).fetchall()
        return [compiled.read(row) for row in rows]

    def run_many(self, connection: Connection, rows: Sequence[Values]) -> None:
        """Run once for each of ``rows``; nothing is brought."""
        if not rows:
            return
        if connection.dialect.name != "sqlite":
            connection.execute(
                self._statement(connection.dialect.name), [dict(values) for values in rows]
            )
            return
        compiled = self._for_sqlite()
        _tell(connection, compiled.sql)
        _driver(connection).executemany(compiled.sql, map(compiled.bound, rows))

    def _statement(self, dialect: str) -> Executable:
        if dialect not in self._built:
            self._built[dialect] = self._build(dialect)
        return self._built[dialect]

    def _for_sqlite(self) -> _Compiled:
        if self._compiled is None:  # two threads may both compile it: to the same
            self._compiled = _compiled(self._statement("sqlite"))
        return self._compiled


def _compiled(statement: Any) -> _Compiled:
    columns = [c.name for c in statement.table.c] if isinstance(statement, Insert) else None
    made: Any = statement.compile(dialect=_SQLITE, column_keys=columns)
    order: list[str] = made.positiontup or []
    pieces = str(made).split("?")
    assert len(pieces) == len(order) + 1  # noqa: S101 - no text of ours holds a question mark
    sql, given = pieces[0], list[tuple[str, _Convert | None]]()
    for name, piece in zip(order, pieces[1:], strict=True):
        bind = made.binds[name]
        if bind.required:
            given.append((name, _to_driver(bind.type)))
            sql += "?" + piece
        else:
            sql += _literal(bind.type, bind.effective_value) + piece
    returned = getattr(statement, "exported_columns", ())
    brought = [(place, _from_driver(column.type)) for place, column in enumerate(returned)]
    return _Compiled(
        sql=sql,
        given=given,
        brought=[(place, convert) for place, convert in brought if convert is not None],
    )


def _literal(kind: TypeEngine[Any], value: Any) -> str:
    """Write a constant as text.

    Were one bound that decides whether a partial index may be used, SQLite would plan the statement
    anew at every run, which takes it a millisecond for the caller look-up.
    """
    if value is None:
        return "NULL"
    write: Any = kind.dialect_impl(_SQLITE).literal_processor(_SQLITE)
    return str(write(value))


def _to_driver(kind: TypeEngine[Any]) -> _Convert | None:
    return kind.dialect_impl(_SQLITE).bind_processor(_SQLITE)


def _from_driver(kind: TypeEngine[Any]) -> _Convert | None:
    return kind.dialect_impl(_SQLITE).result_processor(_SQLITE, None)


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _tell(connection: Connection, sql: str) -> None:
    """Tell those who count statements, as SQLAlchemy does of its own."""
    listeners: Any = connection.engine.dispatch
    for told in listeners.before_cursor_execute:
        told(connection, None, sql, None, None, False)

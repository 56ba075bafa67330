"""Several lists in one statement: each becomes a JSON array of arrays, decoded by column type.

A thread gives up Python's lock at every step of SQLite, and waits for it while the event loop is
busy. One statement with one row has few steps, whatever it brings; so the caller lookup stays
quick in a busy daemon.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Final

import msgspec
from sqlalchemy import Boolean, ColumnElement, Date, ScalarSelect, Select, Text, cast, func, select
from sqlalchemy.types import TypeEngine

from crm_core.storage import types

Decode = Callable[[Any], Any]
_JSON: Final = msgspec.json.Decoder(list[list[Any]])
_ROW: Final = msgspec.json.Decoder(list[Any])


def packed(dialect: str, query: Select[Any]) -> ScalarSelect[Any]:
    """Return ``query`` as one JSON value; its bound names stay."""
    rows = query.subquery()
    if dialect == "sqlite":
        value = func.json_group_array(func.json_array(*rows.c))
    else:
        value = func.json_agg(func.json_build_array(*rows.c))
    return select(cast(value, Text)).select_from(rows).scalar_subquery()


def packed_row(dialect: str, query: Select[Any]) -> ColumnElement[str]:
    """Return the columns of ``query`` as one JSON value, for use beside its tables."""
    made = func.json_array if dialect == "sqlite" else func.json_build_array
    return cast(made(*query.selected_columns), Text)


def unpacked_row(dialect: str, query: Select[Any], text: str | None) -> dict[str, Any]:
    """Give the columns of ``query`` from what ``packed_row`` brought, by name."""
    if not text:
        return {}
    names, decoders = _decoders(dialect, query)
    return _named(names, decoders, _ROW.decode(text))


def unpacked(dialect: str, query: Select[Any], kind: type[Any], text: str | None) -> list[Any]:
    """Make values of ``kind`` from what ``packed`` brought."""
    if not text:
        return []
    names, decoders = _decoders(dialect, query)
    return [kind(**_named(names, decoders, row)) for row in _JSON.decode(text)]


def _named(
    names: Sequence[str], decoders: Sequence[tuple[int, Decode]], row: list[Any]
) -> dict[str, Any]:
    for place, decode in decoders:
        if row[place] is not None:
            row[place] = decode(row[place])
    return dict(zip(names, row, strict=True))


@cache
def _decoders(
    dialect: str, query: Select[Any]
) -> tuple[Sequence[str], Sequence[tuple[int, Decode]]]:
    columns = query.selected_columns
    every = ((place, _decoder(dialect, column.type)) for place, column in enumerate(columns))
    return tuple(columns.keys()), tuple((n, decode) for n, decode in every if decode is not None)


def _decoder(dialect: str, kind: TypeEngine[Any]) -> Decode | None:
    if isinstance(kind, types.Instant):
        return _instant_of_sqlite if dialect == "sqlite" else _instant_of_postgres
    if isinstance(kind, types.Choice):
        return kind.choices
    if isinstance(kind, types.Span):
        return lambda milliseconds: timedelta(milliseconds=milliseconds)
    for known, decode in _BY_TYPE.items():
        if isinstance(kind, known):
            return decode
    return None


def _instant_of_sqlite(microseconds: int) -> datetime:
    return types.EPOCH + timedelta(microseconds=microseconds)


def _instant_of_postgres(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


_BY_TYPE: Final[Mapping[type[TypeEngine[Any]], Decode]] = {
    types.Amount: types.amount,
    Boolean: bool,
    Date: date.fromisoformat,
}

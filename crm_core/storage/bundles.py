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
from sqlalchemy import Boolean, Date, ScalarSelect, Select, Text, cast, func, select
from sqlalchemy.types import TypeEngine

from crm_core.storage import types

Decode = Callable[[Any], Any]
_JSON: Final = msgspec.json.Decoder(list[list[Any]])


def packed(dialect: str, query: Select[Any]) -> ScalarSelect[Any]:
    """Return ``query`` as one JSON value; its bound names stay."""
    rows = query.subquery()
    if dialect == "sqlite":
        value = func.json_group_array(func.json_array(*rows.c))
    else:
        value = func.json_agg(func.json_build_array(*rows.c))
    return select(cast(value, Text)).select_from(rows).scalar_subquery()


def unpacked(dialect: str, query: Select[Any], kind: type[Any], text: str | None) -> list[Any]:
    """Make values of ``kind`` from what ``packed`` brought."""
    if not text:
        return []
    names, decoders = _decoders(dialect, query)
    return [
        kind(
            **{
                name: value if decode is None or value is None else decode(value)
                for name, decode, value in zip(names, decoders, row, strict=True)
            }
        )
        for row in _JSON.decode(text)
    ]


@cache
def _decoders(dialect: str, query: Select[Any]) -> tuple[Sequence[str], Sequence[Decode | None]]:
    columns = query.selected_columns
    return tuple(columns.keys()), tuple(_decoder(dialect, column.type) for column in columns)


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

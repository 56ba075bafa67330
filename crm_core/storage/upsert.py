"""INSERT … ON CONFLICT for both databases, and the rule "unknown never erases known"."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Column, String, Table, Text, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeDecorator

Insert = sqlite.Insert | postgresql.Insert


def insert_for(dialect: str, table: Table) -> Insert:
    """Return the dialect's INSERT, which knows ON CONFLICT."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


@cache
def merging(
    dialect: str, table: Table, keys: tuple[str, ...], kept: frozenset[str] = frozenset()
) -> Insert:
    """Insert, or fill in: None and "" in the new row leave the stored value alone.

    Columns in ``kept`` are never overwritten; ``version`` grows.
    """
    statement = insert_for(dialect, table)
    new: Any = statement.excluded
    changes: dict[str, Any] = {
        column.name: _known(column, new[column.name])
        for column in table.c
        if column.name not in {*keys, *kept, "version"}
    }
    if "version" in table.c:
        changes["version"] = table.c.version + 1
    return statement.on_conflict_do_update(index_elements=list(keys), set_=changes)


@cache
def replacing(dialect: str, table: Table, keys: tuple[str, ...]) -> Insert:
    """Insert, or overwrite every column that is no key."""
    statement = insert_for(dialect, table)
    new: Any = statement.excluded
    changes = {c.name: new[c.name] for c in table.c if c.name not in {*keys, "seq"}}
    return statement.on_conflict_do_update(index_elements=list(keys), set_=changes)


@cache
def ignoring(dialect: str, table: Table) -> Insert:
    """Insert, or leave what is there."""
    return insert_for(dialect, table).on_conflict_do_nothing()


def _known(stored: Column[Any], new: Any) -> Any:
    texts = isinstance(stored.type, String | Text) and not isinstance(stored.type, TypeDecorator)
    if texts and not stored.nullable:
        return func.coalesce(func.nullif(new, ""), stored)
    return func.coalesce(new, stored)


def chunks(rows: Sequence[Any], size: int) -> list[Sequence[Any]]:
    """Cut ``rows`` into pieces of at most ``size``."""
    return [rows[at : at + size] for at in range(0, len(rows), size)]

"""What a unit of work needs of a database, whichever it is.

Queries and changes are plain functions of a synchronous ``Connection``; a store runs them where
its driver wants them: SQLite in threads of ours, PostgreSQL inside asyncpg's greenlet. So one
function may use many statements and costs one hop (ADR 0008 has the figures).
"""

from collections.abc import Callable
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy import Connection

from crm_core.storage.prepared import Prepared, Row, Values

T = TypeVar("T")

Operation = Callable[[Connection], object]
"""A buffered change."""

STATEMENT_TIMEOUT: Final = 15.0
"""Seconds a read or a commit may take before it counts as failed."""


class Session(Protocol):
    """One unit's hold on the database. Nothing is held before the first use."""

    dialect: str
    """Which database it is: ``sqlite`` or ``postgresql``."""

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Run ``query`` on one consistent view; it sees the unit's own changes."""
        ...

    async def fetch(self, statement: Prepared, values: Values) -> list[Row]:
        """Run one prepared query; it sees the unit's own changes."""
        ...

    def write(self, change: Operation) -> None:
        """Keep ``change`` for the commit, or for the next read of this unit."""
        ...

    async def write_now(self, change: Callable[[Connection], T]) -> T:
        """Run ``change`` inside the unit's transaction now and return what it returns."""
        ...

    async def commit(self) -> None:
        """Make the unit's changes durable, all or none."""
        ...

    async def close(self) -> None:
        """Drop what was not committed."""
        ...


class Store(Protocol):
    """An opened database."""

    def session(self) -> Session:
        """Give a new unit its session."""
        ...

    @property
    def engines(self) -> list[Any]:
        """The SQLAlchemy engines, for listeners."""
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...

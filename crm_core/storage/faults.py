"""Turns the drivers' errors into ours: one place that knows their codes."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from crm_core.domain.errors import (
    BadReference,
    BadValue,
    CrmError,
    DatabaseNotReady,
    Duplicate,
    StorageDamaged,
    StorageError,
    StorageFull,
    StorageReadOnly,
    StorageRefused,
    StorageUnavailable,
)

_SQLITE: Final[dict[int, type[StorageError]]] = {
    sqlite3.SQLITE_FULL: StorageFull,
    sqlite3.SQLITE_READONLY: StorageReadOnly,
    sqlite3.SQLITE_PERM: StorageReadOnly,
    sqlite3.SQLITE_BUSY: StorageUnavailable,
    sqlite3.SQLITE_LOCKED: StorageUnavailable,
    sqlite3.SQLITE_IOERR: StorageUnavailable,
    sqlite3.SQLITE_CANTOPEN: StorageUnavailable,
    sqlite3.SQLITE_CORRUPT: StorageDamaged,
    sqlite3.SQLITE_NOTADB: StorageDamaged,
}
_POSTGRES: Final[dict[str, type[StorageError]]] = {
    "53100": StorageFull,
    "25006": StorageReadOnly,
    "42501": StorageReadOnly,
    "42P01": DatabaseNotReady,
    "28000": StorageRefused,
    "28P01": StorageRefused,
    "3D000": StorageRefused,
    "XX001": StorageDamaged,
}
_SAYS: Final[dict[type[StorageError], str]] = {
    StorageFull: "the disk of the database is full: free some space, nothing was changed",
    StorageReadOnly: "the database may not be written: check the rights of its file and folder",
    StorageUnavailable: "the database does not answer: it is locked, unreachable or overloaded",
    StorageDamaged: "the database file is damaged or no database: restore a backup",
    StorageRefused: "the database server does not take this user, password or database name:"
    " mend the database URL, or create them there",
    DatabaseNotReady: "the database has no tables yet: run 'parley db upgrade'",
    StorageError: "the database refused the statement",
}
_SQLITE_SAYS: Final = {
    sqlite3.SQLITE_CANTOPEN: "the database file, or one that SQLite keeps beside it, cannot be"
    " opened or made: check that its folder exists, may be written and has free space",
    sqlite3.SQLITE_IOERR: "the disk of the database refuses: check its free space and its health",
}
"""What SQLite can tell more closely than its class of error."""


@contextmanager
def translated() -> Iterator[None]:
    """Raise our errors in place of SQLAlchemy's, the drivers' and the network's."""
    try:
        yield
    except CrmError:
        raise
    except TimeoutError as error:
        raise StorageUnavailable("the database did not answer in time") from error
    except (DBAPIError, sqlite3.Error) as error:
        raise translate(error) from error
    except (PoolTimeout, OSError) as error:
        raise StorageUnavailable(_SAYS[StorageUnavailable]) from error


def translate(error: DBAPIError | sqlite3.Error) -> CrmError:
    """Return the error of ours that ``error`` means."""
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(error, IntegrityError) or isinstance(original, sqlite3.IntegrityError):
        return _integrity(original)
    state = str(getattr(original, "sqlstate", "") or "")
    if state == "22001":
        return BadValue("text", "is longer than the database keeps")
    if state.startswith("22"):
        return BadValue("text", "holds something a database cannot keep, such as a NUL character")
    kind = _kind(original)
    return kind(_SQLITE_SAYS.get(_sqlite_code(original), _SAYS[kind]))


def _kind(original: BaseException | None) -> type[StorageError]:
    if isinstance(original, sqlite3.Error):
        code = _sqlite_code(original)
        if code == sqlite3.SQLITE_ERROR and "no such table" in str(original):
            return DatabaseNotReady
        return _SQLITE.get(code, StorageError)
    state = str(getattr(original, "sqlstate", "") or "")
    if state in _POSTGRES:
        return _POSTGRES[state]
    unanswered = state[:2] in {"08", "53", "57", "40", "55"} or not state
    return StorageUnavailable if unanswered else StorageError


def _sqlite_code(original: BaseException | None) -> int:
    return int(getattr(original, "sqlite_errorcode", 0)) & 0xFF


def _integrity(original: BaseException | None) -> CrmError:
    text = str(original)
    if isinstance(original, sqlite3.Error):
        what = text.rpartition("failed: ")[2]
        if "UNIQUE" in text:
            return Duplicate(what)
        if "FOREIGN KEY" in text:
            return BadReference("the record points to another one that does not exist")
        return BadValue(what, "has no value that the database accepts")
    cause = original.__cause__ if original is not None else None
    state = str(getattr(original, "sqlstate", "") or "")
    what = str(getattr(cause, "constraint_name", "") or getattr(cause, "column_name", "") or "")
    if state == "23505":
        return Duplicate(what)
    if state == "23503":
        return BadReference("the record points to another one that does not exist")
    return BadValue(what, "has no value that the database accepts")

"""What can go wrong in the customer base, as one tree.

Each error has a stable ``code`` and says whether trying again can help. Messages name the place
and the remedy and hold no personal data, so that they may be logged and shown.
"""

from typing import ClassVar


class CrmError(Exception):
    """Base of all errors of this package."""

    code: ClassVar[str] = "crm"
    retryable: ClassVar[bool] = False


class NotFound(CrmError):
    """No such live record."""

    code = "not_found"

    def __init__(self, entity: str, key: str) -> None:
        super().__init__(f"there is no {entity} {key!r}")
        self.entity, self.key = entity, key


class Stale(CrmError):
    """Somebody else changed the record since it was read: read it again and decide anew."""

    code = "stale"

    def __init__(self, entity: str, key: str, *, held: int) -> None:
        super().__init__(f"{entity} {key!r} was changed by somebody else after version {held}")
        self.entity, self.key, self.held = entity, key, held


class Duplicate(CrmError):
    """A value that must be unique exists already."""

    code = "duplicate"

    def __init__(self, what: str) -> None:
        super().__init__(f"already there: {what}")
        self.what = what


class BadReference(CrmError):
    """The record points to another one that does not exist."""

    code = "bad_reference"


class IllegalMove(CrmError):
    """The state graph has no such edge."""

    code = "illegal_move"

    def __init__(self, entity: str, key: str, state: str, trigger: str) -> None:
        super().__init__(f"{entity} {key!r} is {state}: {trigger} is not possible")
        self.entity, self.key, self.state, self.trigger = entity, key, state, trigger


class BadValue(CrmError):
    """A value a user gave cannot be taken; ``field`` says which, the text says what to do."""

    code = "bad_value"

    def __init__(self, field: str, remedy: str) -> None:
        super().__init__(f"{field}: {remedy}")
        self.field, self.remedy = field, remedy


class BadPlace(CrmError):
    """A page of a list was asked for by a place that is none of this list."""

    code = "bad_cursor"

    def __init__(self) -> None:
        super().__init__("after must be the next of an earlier page, unchanged")


class StorageError(CrmError):
    """The database itself is in trouble."""

    code = "storage"


class StorageUnavailable(StorageError):
    """Locked, unreachable or too slow: try again shortly."""

    code = "storage_unavailable"
    retryable = True


class StorageFull(StorageError):
    """No room on the disk of the database: free some space."""

    code = "storage_full"


class StorageReadOnly(StorageError):
    """The database may not be written: check the rights of its file and folder."""

    code = "storage_read_only"


class StorageDamaged(StorageError):
    """The file is no database or is damaged: restore a backup."""

    code = "storage_damaged"


class StorageRefused(StorageUnavailable):
    """The server does not let us in, or has no such database: mend the URL or the server."""


class BadDatabaseUrl(StorageError):
    """The database URL cannot be used."""

    code = "bad_database_url"


class DatabaseTooNew(StorageError):
    """A later version of Parley has upgraded this database: update the program."""

    code = "database_too_new"


class DatabaseNotReady(StorageError):
    """The database has not been upgraded to this program: run ``parley db upgrade``."""

    code = "database_not_ready"

"""Database URLs: which can be used."""

from typing import Final

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from crm_core.domain.errors import BadDatabaseUrl

_USE: Final = (
    "the database URL must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE"
    " (SQLite in memory cannot be shared by threads)"
)


def parse_url(url: str) -> URL:
    """Read a database URL, or say which ones can be used."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise BadDatabaseUrl(_USE) from error
    backend = parsed.get_backend_name()
    if backend == "sqlite" and parsed.database not in {None, "", ":memory:"}:
        return parsed
    if backend == "postgresql" and parsed.database:
        return parsed
    raise BadDatabaseUrl(_USE)

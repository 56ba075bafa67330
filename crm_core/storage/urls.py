"""Database URLs: which can be used, and how one is named to whoever has to mend it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from crm_core.domain.errors import BadDatabaseUrl, StorageError

_USE: Final = (
    "the database URL must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE"
    " (SQLite in memory cannot be shared by threads)"
)

_OPTIONS: Final = frozenset(
    {"host", "passfile", "port", "prepared_statement_cache_size", "ssl", "statement_cache_size"}
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
        return _with_our_options(parsed)
    raise BadDatabaseUrl(_USE)


def _with_our_options(url: URL) -> URL:
    """PostgreSQL's own programs say ``sslmode``; the driver says ``ssl``, with the same values."""
    options = {"ssl" if name == "sslmode" else name: value for name, value in url.query.items()}
    strange = sorted(options.keys() - _OPTIONS)
    if strange:
        known = ", ".join(sorted(_OPTIONS | {"sslmode"}))
        raise BadDatabaseUrl(f"the database URL has an unknown option {strange[0]!r}: use {known}")
    return url.set(query=options)


def shown(url: str) -> str:
    """Name the database, without the password."""
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        return str(parsed.database)
    return f"{parsed.host or 'PostgreSQL'}:{parsed.port or 5432}/{parsed.database}"


@contextmanager
def named(url: str) -> Iterator[None]:
    """Say in front of an error which database it is about; not for the eyes of agents."""
    try:
        yield
    except StorageError as error:
        raise type(error)(f"{shown(url)}: {error}") from error

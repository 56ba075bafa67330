"""Column types that mean the same on SQLite and PostgreSQL.

SQLite has no time zone, decimal or interval: instants become microseconds, money ten-thousandths,
durations milliseconds, all integers, so that they sort, compare and read back exactly.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, String
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.types import TypeDecorator, TypeEngine
from typing_extensions import override

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
MILLISECOND: Final = timedelta(milliseconds=1)
SCALE: Final = Decimal(10_000)
CENT: Final = Decimal("0.01")


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant."""

    impl = BigInteger
    cache_ok = True

    @override
    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(BigInteger())

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return (value - EPOCH) // MICROSECOND

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name == "postgresql":
            instant: datetime = value.astimezone(UTC)
            return instant
        return EPOCH + timedelta(microseconds=value)


class Span(TypeDecorator[timedelta]):
    """A duration, to the millisecond."""

    impl = BigInteger
    cache_ok = True

    @override
    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:
        return None if value is None else value // MILLISECOND

    @override
    def process_result_value(self, value: int | None, dialect: Dialect) -> timedelta | None:
        return None if value is None else timedelta(milliseconds=value)


def amount(stored: int) -> Decimal:
    """Return the money that ``stored`` ten-thousandths are."""
    return (Decimal(stored) / SCALE).quantize(CENT)


class Amount(TypeDecorator[Decimal]):
    """Money, to four decimals."""

    impl = BigInteger
    cache_ok = True

    @override
    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else int((value * SCALE).to_integral_value())

    @override
    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else amount(value)


class Choice(TypeDecorator[StrEnum]):
    """One of an enumeration's values, stored as its text."""

    impl = String
    cache_ok = True

    def __init__(self, choices: type[StrEnum]) -> None:
        super().__init__(24)
        self.choices = choices

    @override
    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    @override
    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.choices(value)


class Document(TypeDecorator[Any]):
    """A JSON value; None is SQL NULL. ``frozen`` turns what is read into the domain's form."""

    impl = JSON
    cache_ok = True

    def __init__(self, frozen: Callable[[Any], Any] | None = None) -> None:
        super().__init__(none_as_null=True)
        self.frozen = frozen

    @override
    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        kind = JSONB if dialect.name == "postgresql" else JSON
        return dialect.type_descriptor(kind(none_as_null=True))

    @override
    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if isinstance(value, tuple | frozenset):
            return list(value)
        return value

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return value if value is None or self.frozen is None else self.frozen(value)


Id: Final = String(36).with_variant(UUID(as_uuid=False), "postgresql")
"""A record id: text on SQLite, ``uuid`` on PostgreSQL."""


def sorted_text(length: int) -> TypeEngine[str]:
    """Text compared by code point, so that an index serves searches for its beginning."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")

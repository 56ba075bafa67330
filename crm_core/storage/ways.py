"""The ways a party is found, each with its hits in a fixed order that can be gone on with anywhere.

A place is where a hit stands in its way: text that holds ids and numbers, no name and no address.
It is compared with, not counted from the beginning, so a hit is neither lost nor seen twice when
others before it come or go.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select, text

from crm_core.domain.errors import BadPlace
from crm_core.domain.ids import is_id
from crm_core.domain.names import ascii_digits, name_key, query_tokens
from crm_core.domain.party import PointKind
from crm_core.domain.phone import classify
from crm_core.storage import schema

_P, _N = schema.party, schema.contact_point
_NUMBER: Final = re.compile(r"\+?[\d\s().\-/]{3,}")
_WORDS_PLACE: Final = re.compile("([0-9]{1,10})-([0-9]{1,10})-([0-9]{1,4})-([0-9]{1,4})-(.{36})")
LOOKED_AT: Final = 200
"""Full-text hits that are ranked against each other."""
_LAST: Final = "\U0010ffff"
_END: Final = (1 << 31) - 1
"""The last row number there can be."""

Hit = tuple[str, str]
"""The place and the party's id."""
Go = Callable[[Connection, str, int], Iterator[Hit]]
"""Gives the hits after a place ("": from the first), asking for so many rows at a time."""


@dataclass(frozen=True, slots=True)
class Way:
    """One of the ways; no party comes twice on it."""

    name: str
    why: str
    """Catalogue key, as ``PartyHit.why``."""
    go: Go
    few: bool = True
    """All its hits may be asked for at once, to leave them out on later ways."""


def ways_of(query: str, region: str) -> Iterator[Way]:
    """Tell on which ways to search, the surest first."""
    digits = ascii_digits(query)
    compact = re.sub(r"[\s().\-/]", "", digits)
    if compact.removeprefix("+").isdigit() or re.fullmatch(r"[Cc]\d+", compact):
        order, case = schema.sales_order.c, schema.case.c
        yield Way("customer", "match.customer", _exactly(_P.c.id, _P.c.customer_number == compact))
        yield Way("order", "match.order", _exactly(order.party_id, order.number == compact))
        yield Way("case", "match.case", _exactly(case.party_id, case.number == compact.upper()))
    if _NUMBER.fullmatch(digits):
        yield from _by_phone(compact, classify(digits, region).e164)
    if "@" in query:
        begin = _beginning(PointKind.EMAIL, "norm", query.lower())
        yield Way("email", "match.email", begin, few=False)
    elif any(character.isalpha() for character in query) and query_tokens(query):
        asked = name_key(query)
        yield Way("name", "match.name", _exactly(_P.c.id, _P.c.name_key == asked), few=False)
        yield Way("words", "match.name", _with_words(query_tokens(query), asked), few=False)


def _live() -> ColumnElement[bool]:
    return and_(_P.c.deleted_at.is_(None), _P.c.merged_into_id.is_(None))


def _exactly(party_id: Any, condition: ColumnElement[bool]) -> Go:
    """Everybody of whom something is exactly so; a party is its own place."""
    every = select(party_id).where(condition, _live()).distinct().order_by(party_id)
    if party_id.table is not _P:
        every = every.join(_P, _P.c.id == party_id)

    def go(connection: Connection, place: str, size: int) -> Iterator[Hit]:
        if place and not is_id(place):
            raise BadPlace
        while True:
            more = every.where(party_id > place) if place else every
            found = [row[0] for row in connection.execute(more.limit(size))]
            yield from ((key, key) for key in found)
            if len(found) < size:
                return
            place = found[-1]

    return go


def _by_phone(compact: str, e164: str) -> Iterator[Way]:
    if e164:
        same = and_(_N.c.kind == PointKind.PHONE, _N.c.norm == e164, _N.c.deleted_at.is_(None))
        yield Way("number", "match.number", _exactly(_N.c.party_id, same))
    national = compact.lstrip("0")
    if compact.startswith("+"):
        begin = _beginning(PointKind.PHONE, "norm", compact)
    elif len(national) >= 3:
        begin = _beginning(PointKind.PHONE, "national", national)
    else:
        return
    yield Way("begin", "match.number", begin, few=False)


def _beginning(kind: PointKind, column: str, first: str) -> Go:
    """Whoever has a number or address that begins so; its id is the place."""

    def go(connection: Connection, place: str, size: int) -> Iterator[Hit]:
        at = _value_at(connection, column, place) if place else ""
        while True:
            rows = connection.execute(beginning(kind, column, first, at, place).limit(size)).all()
            yield from ((row[0], row[1]) for row in rows)
            if len(rows) < size:
                return
            place, _party, at = rows[-1]

    return go


def _value_at(connection: Connection, column: str, place: str) -> str:
    point = select(_N.c[column]).where(_N.c.id == place)
    found = connection.execute(point).scalar() if is_id(place) else None
    if found is None:
        raise BadPlace
    return str(found)


def beginning(kind: PointKind, column: str, first: str, at: str, place: str) -> Select[Any]:
    """Points that begin so, after the one whose value is ``at`` and whose id is ``place``.

    Of a party's points only the first counts.
    """
    last = first + _LAST

    def within(points: Any, value: ColumnElement[str]) -> ColumnElement[bool]:
        live = and_(points.c.kind == kind, points.c.deleted_at.is_(None))
        return and_(live, value.between(first, last))

    other = _N.alias("other")
    # Hidden from the planner, who is to come to the other points by the party and not the range.
    value = func.coalesce(other.c[column], "")
    before = or_(value < _N.c[column], and_(value == _N.c[column], other.c.id < _N.c.id))
    again = select(other.c.id).where(
        other.c.party_id == _N.c.party_id, before, within(other, value)
    )
    found = (
        select(_N.c.id, _N.c.party_id, _N.c[column])
        .join(_P, _P.c.id == _N.c.party_id)
        .where(within(_N, _N.c[column]), _live(), ~again.exists())
        .order_by(_N.c[column], _N.c.id)
    )
    if not place:
        return found
    after = or_(_N.c[column] > at, and_(_N.c[column] == at, _N.c.id > place))
    return found.where(_N.c[column] >= at, after)


_FTS: Final = text(
    "SELECT d.party_id, p.name_key, d.seq FROM search_fts f"
    " JOIN search_doc d ON d.seq = f.rowid JOIN party p ON p.id = d.party_id"
    " WHERE search_fts MATCH :match AND f.rowid > :after AND f.rowid <= :until"
    " ORDER BY f.rowid LIMIT :most"
)
_TSV: Final = text(
    "SELECT CAST(d.party_id AS text), p.name_key, d.seq FROM search_doc d JOIN party p"
    " ON p.id = d.party_id WHERE to_tsvector('simple', d.tokens) @@ to_tsquery('simple', :match)"
    " AND d.seq > :after AND d.seq <= :until ORDER BY d.seq LIMIT :most"
)


def _with_words(tokens: list[str], asked: str) -> Go:
    """Whoever has all the words, but not exactly the name ``asked``: one window after another.

    Each window is ranked within itself. A place names its window by the first and last row, so
    that it is the same window when rows of it have gone.
    """
    wanted = set(asked.split())

    def ranked(rows: Any) -> list[tuple[int, int, str]]:
        """Return the hits: words it lacks, length of its name, id."""
        keys = ((row[0], row[1]) for row in rows if row[1] != asked)
        return sorted((len(wanted - set(key.split())), len(key), party) for party, key in keys)

    def go(connection: Connection, place: str, size: int) -> Iterator[Hit]:
        after, until, shown = _window(place)
        while True:
            rows = _matching(connection, tokens, after, until)
            ends = until is None and len(rows) < LOOKED_AT
            if until is None:
                until = rows[-1][2] if rows else after
            for hit in ranked(rows):
                if shown is None or hit > shown:
                    yield f"{after}-{until}-{hit[0]}-{hit[1]}-{hit[2]}", hit[2]
            if ends:
                return
            after, until, shown = until, None, None

    return go


def _window(place: str) -> tuple[int, int | None, tuple[int, int, str] | None]:
    if not place:
        return 0, None, None
    parts = _WORDS_PLACE.fullmatch(place)
    if parts is None or not is_id(parts[5]) or int(parts[1]) > _END or int(parts[2]) > _END:
        raise BadPlace
    return int(parts[1]), int(parts[2]), (int(parts[3]), int(parts[4]), parts[5])


def _matching(
    connection: Connection, tokens: list[str], after: int, until: int | None
) -> list[Any]:
    if connection.dialect.name == "sqlite":
        statement, match = _FTS, " ".join(f'"{token}"*' for token in tokens)
    else:
        statement, match = _TSV, " & ".join(f"'{token}':*" for token in tokens)
    given = {"match": match, "after": after, "until": _END if until is None else until}
    most = LOOKED_AT if until is None else _END
    return list(connection.execute(statement, {**given, "most": most}).all())

"""The ways a party is found, each with its hits in a fixed order that can be gone on with anywhere.

A place is where a hit stands in its way: text that holds ids and row numbers, no name, no number
and no address. It is compared with, not counted from the beginning, so a hit is neither lost nor
seen twice when others before it come or go.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

import phonenumbers
from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    and_,
    case,
    func,
    or_,
    select,
    text,
)

from crm_core.domain import number_text
from crm_core.domain.errors import BadPlace
from crm_core.domain.ids import is_id
from crm_core.domain.names import fold, is_spelled, name_key, query_alternatives
from crm_core.domain.party import PointKind, Tier
from crm_core.domain.phone import classify
from crm_core.storage import schema
from crm_core.storage.search_index import end_token, near, numbers_in, part_tokens
from crm_core.storage.types import Instant

_P, _N, _I = schema.party, schema.contact_point, schema.interaction
_NUMBER: Final = re.compile(r"\+?[\d\s().\-/]{3,}")
LOOKED_AT: Final = 200
"""Hits that are ranked against each other."""
_NEAREST: Final = 8
"""Words that one mistyped word is taken for at most."""
_SHORTEST: Final = 3
"""Digits by which a part of a phone number is found."""
_PART_OF_CODE: Final = 6
"""Digits of a customer, order or case number by which more than one may be found."""
_LAST: Final = "\U0010ffff"
_END: Final = (1 << 31) - 1
"""The last row number there can be."""
_NEVER: Final = 10**11
"""Seconds: the rank of who was never spoken with."""

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
    """Tell on which ways to search: exactly, by a beginning, by a part, by what is similar."""
    plain = number_text.tidied(query)
    dialled = number_text.dialable(plain) if "@" not in plain else plain
    compact = re.sub(r"[\s().\-/#]", "", dialled)
    if compact.removeprefix("+").isdigit() or re.fullmatch(r"[Cc]\d+", compact):
        yield from _by_code(compact)
    if _NUMBER.fullmatch(dialled):
        yield from _by_phone(compact, dialled, region)
    if "@" in query:
        begin = _beginning(PointKind.EMAIL, "norm", query.lower())
        yield Way("email", "match.email", begin, few=False)
    elif any(character.isalpha() for character in query):
        yield from _by_words(query)


def _by_code(compact: str) -> Iterator[Way]:
    order, issue = schema.sales_order.c, schema.case.c
    number = compact.upper()
    yield Way("customer", "match.customer", _whoever(_P.c.customer_number == compact))
    yield Way("order", "match.order", _whoever(order.number == compact, order))
    yield Way("case", "match.case", _whoever(issue.number.in_([number, f"C{number}"]), issue))
    if len(compact) >= _PART_OF_CODE and not compact.startswith("+"):
        first = number if number.startswith("C") else f"C{number}"
        begun = _P.c.customer_number.between(compact, compact + _LAST)
        yield Way("customers", "match.customer", _whoever(begun))
        begun = order.number.between(compact, compact + _LAST)
        yield Way("orders", "match.order", _whoever(begun, order))
        begun = issue.number.between(first, first + _LAST)
        yield Way("cases", "match.case", _whoever(begun, issue))


def _by_phone(compact: str, dialled: str, region: str) -> Iterator[Way]:
    ani = classify(dialled, region)
    norms = sorted({ani.e164, ani.literal, *ani.likely} - {""})
    if norms:
        same = and_(_N.c.kind == PointKind.PHONE, _N.c.norm.in_(norms), _N.c.deleted_at.is_(None))
        yield Way("number", "match.number", _whoever(same, _N.c))
    abroad = re.match(r"00(?=[1-9]\d)|011(?=[1-9]\d)", compact)
    if compact.startswith("+") or abroad:
        first = "+" + compact[abroad.end() if abroad else 1 :]
        begin = _beginning(PointKind.PHONE, "norm", first)
        yield Way("begin", "match.number", begin, few=False)
        return
    national = compact.removeprefix(_trunk_prefix(region))
    if len(national) >= _SHORTEST:
        begin = _beginning(PointKind.PHONE, "national", national)
        yield Way("begin", "match.number", begin, few=False)
    if len(compact) >= _SHORTEST:
        yield Way("end", "match.number", _with_end(compact, national), few=False)
        yield Way("part", "match.number", _with_part(compact, national), few=False)


def _trunk_prefix(region: str) -> str:
    """Return what is dialled before a national number at home, and is not kept with it."""
    metadata: Any = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
    return str(metadata.national_prefix or "") if metadata is not None else ""


def _by_words(query: str) -> Iterator[Way]:
    asked = query_alternatives(query)
    if not asked:
        return
    key = name_key(query)
    yield Way("name", "match.name", _whoever(_P.c.name_key == key, like=query), few=False)
    yield Way("words", "match.name", _with_words(asked, key), few=False)
    if any(map(is_spelled, asked[0])):
        yield Way("similar", "match.similar", _with_similar(asked, key), few=False)


# --- ranking -----------------------------------------------------------------------------------

_TIERS: Final = {tier: at for at, tier in enumerate(reversed(Tier))}
_TIER: Final[ColumnElement[int]] = case(
    *((_P.c.tier == tier, at) for tier, at in _TIERS.items()), else_=len(_TIERS)
)  # fmt: skip
_CONTACT: Final = (
    select(func.max(_I.c.started_at)).where(_I.c.party_id == _P.c.id).scalar_subquery()
)
Rank = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    """A hit before it is ranked; ``bound`` is where it stands before that."""

    bound: str
    rank: Rank | None
    """None for what is no hit after all."""
    party_id: str


Fetch = Callable[[Connection, str, str | None], Sequence[_Row]]
"""Rows after a bound ("": from the first): up to another, or ``LOOKED_AT``."""


def _importance(tier: int, last: datetime | None) -> Rank:
    """Rank a customer: by class, then whom we spoke with last."""
    return (tier, _NEVER - int(last.timestamp()) if last is not None else _NEVER)


def _in_windows(fetch: Fetch, is_bound: Callable[[str], bool]) -> Go:
    """Rank one window of rows after another, each within itself.

    A place names its window by the first and last row, so that it is the same window when rows
    of it have gone.
    """

    def go(connection: Connection, place: str, size: int) -> Iterator[Hit]:
        after, until, shown = _window(place, is_bound)
        while True:
            rows = fetch(connection, after, until)
            ends = until is None and len(rows) < LOOKED_AT
            if until is None:
                until = rows[-1].bound if rows else after
            hits = [(row.rank, row.party_id) for row in rows if row.rank is not None]
            for rank, party in sorted(hits):
                if shown is None or (rank, party) > shown:
                    yield f"{after}/{until}/{','.join(map(str, rank))}/{party}", party
            if ends:
                return
            after, until, shown = until, None, None

    return go


_PLACE: Final = re.compile(r"([^/]*)/([^/]+)/([0-9]{1,12}(?:,[0-9]{1,12}){0,7})/(.{36})")


def _window(
    place: str, is_bound: Callable[[str], bool]
) -> tuple[str, str | None, tuple[Rank, str] | None]:
    if not place:
        return "", None, None
    parts = _PLACE.fullmatch(place)
    if parts is None or not is_id(parts[4]):
        raise BadPlace
    if not is_bound(parts[2]) or (parts[1] and not is_bound(parts[1])):
        raise BadPlace
    return parts[1], parts[2], (tuple(map(int, parts[3].split(","))), parts[4])


def _is_row(bound: str) -> bool:
    return re.fullmatch("[0-9]{1,10}", bound) is not None and int(bound) <= _END


def _is_tier_and_id(bound: str) -> bool:
    return bound[:1].isdigit() and bound[1:2] == "-" and is_id(bound[2:])


# --- exactly -----------------------------------------------------------------------------------


def _live() -> ColumnElement[bool]:
    return and_(_P.c.deleted_at.is_(None), _P.c.merged_into_id.is_(None))


def _whoever(condition: ColumnElement[bool], by: Any = None, *, like: str = "") -> Go:
    """Everybody of whom something is so, by class; then who is written ``like`` that."""
    if by is not None:
        ids = select(by.party_id).where(condition)
        condition = _P.c.id.in_(ids)
    every = (
        select(_P.c.id, _TIER, _CONTACT, _P.c.display_name)
        .where(condition, _live())
        .order_by(_TIER, _P.c.id)
    )
    spelled = sorted(fold(like).split())

    def fetch(connection: Connection, after: str, until: str | None) -> list[_Row]:
        query = every
        if after:
            query = query.where(_beyond(after))
        query = query.limit(LOOKED_AT) if until is None else query.where(~_beyond(until))
        found: list[_Row] = []
        for party, tier, last, name in connection.execute(query):
            other = int(bool(like) and sorted(fold(name).split()) != spelled)
            found.append(_Row(f"{tier}-{party}", (other, *_importance(tier, last)), party))
        return found

    return _in_windows(fetch, _is_tier_and_id)


def _beyond(bound: str) -> ColumnElement[bool]:
    tier, party = int(bound[0]), bound[2:]
    return or_(_TIER.op(">")(tier), and_(_TIER.op("=")(tier), _P.c.id > party))


# --- by a beginning ----------------------------------------------------------------------------


def _beginning(kind: PointKind, column: str, first: str) -> Go:
    """Whoever has a number or address that begins so; its id is the bound."""

    def fetch(connection: Connection, after: str, until: str | None) -> list[_Row]:
        at = _value_at(connection, column, after) if after else ""
        query = beginning(kind, column, first, at, after)
        if until is None:
            query = query.limit(LOOKED_AT)
        else:
            last = _value_at(connection, column, until)
            query = query.where(~_after(_N.c[column], last, until))
        query = query.add_columns(_TIER, _CONTACT)
        return [
            _Row(row[0], _importance(row[3], row[4]), row[1]) for row in connection.execute(query)
        ]

    return _in_windows(fetch, is_id)


def _value_at(connection: Connection, column: str, place: str) -> str:
    point = select(_N.c[column]).where(_N.c.id == place)
    found = connection.execute(point).scalar()
    if found is None:
        raise BadPlace
    return str(found)


def _after(value: Any, at: str, place: str) -> ColumnElement[bool]:
    return or_(value > at, and_(value == at, _N.c.id > place))


def _begins(
    points: Any, kind: PointKind, value: ColumnElement[str], first: str
) -> ColumnElement[bool]:
    live = and_(points.c.kind == kind, points.c.deleted_at.is_(None))
    return and_(live, value.between(first, first + _LAST))


def beginning(kind: PointKind, column: str, first: str, at: str, place: str) -> Select[Any]:
    """Points that begin so, after the one whose value is ``at`` and whose id is ``place``.

    Of a party's points only the first counts.
    """
    other = _N.alias("other")
    # Hidden from the planner, who is to come to the other points by the party and not the range.
    value = func.coalesce(other.c[column], "")
    before = or_(value < _N.c[column], and_(value == _N.c[column], other.c.id < _N.c.id))
    again = select(other.c.id).where(
        other.c.party_id == _N.c.party_id, before, _begins(other, kind, value, first)
    )
    found = (
        select(_N.c.id, _N.c.party_id, _N.c[column])
        .join(_P, _P.c.id == _N.c.party_id)
        .where(_begins(_N, kind, _N.c[column], first), _live(), ~again.exists())
        .order_by(_N.c[column], _N.c.id)
    )
    if not place:
        return found
    return found.where(_N.c[column] >= at, _after(_N.c[column], at, place))


# --- by tokens of the full-text index ----------------------------------------------------------

_COLUMNS: Final = (
    "SELECT {id}, d.seq, d.tokens, p.tier, p.display_name, p.name_key,"
    " (SELECT max(i.started_at) FROM interaction i WHERE i.party_id = p.id) AS last"
)
_WINDOW: Final = " AND {seq} > :after AND {seq} <= :until ORDER BY {seq} LIMIT :most"
_TYPES: Final = {"tier": schema.party.c.tier.type, "last": Instant(), "seq": Integer()}
_FTS: Final = text(
    _COLUMNS.format(id="d.party_id AS party")
    + " FROM search_fts f JOIN search_doc d ON d.seq = f.rowid JOIN party p ON p.id = d.party_id"
    " WHERE search_fts MATCH :match" + _WINDOW.format(seq="f.rowid")
).columns(**_TYPES)
_TSV: Final = text(
    _COLUMNS.format(id="CAST(d.party_id AS text) AS party")
    + " FROM search_doc d JOIN party p ON p.id = d.party_id"
    " WHERE to_tsvector('simple', d.tokens) @@ to_tsquery('simple', :match)"
    + _WINDOW.format(seq="d.seq")
).columns(**_TYPES)


@dataclass(frozen=True, slots=True)
class _Match:
    """A condition on tokens, in the words of both full-text engines."""

    fts: str
    tsv: str

    def but_not(self, other: "_Match") -> "_Match":
        return _Match(f"({self.fts}) NOT ({other.fts})", f"({self.tsv}) & !({other.tsv})")


def _begin(token: str) -> _Match:
    return _Match(f'"{token}"*', f"'{token}':*")


def _whole(token: str) -> _Match:
    return _Match(f'"{token}"', f"'{token}'")


def _all(matches: Sequence[_Match]) -> _Match:
    return _joined(matches, " AND ", " & ")


def _any(matches: Sequence[_Match]) -> _Match:
    return _joined(matches, " OR ", " | ")


def _joined(matches: Sequence[_Match], fts: str, tsv: str) -> _Match:
    if len(matches) == 1:
        return matches[0]
    return _Match(
        fts.join(f"({match.fts})" for match in matches),
        tsv.join(f"({match.tsv})" for match in matches),
    )


def _matching(
    connection: Connection, match: _Match, after: str, until: str | None
) -> Sequence[Any]:
    on_sqlite = connection.dialect.name == "sqlite"
    statement, wanted = (_FTS, match.fts) if on_sqlite else (_TSV, match.tsv)
    end, most = (_END, LOOKED_AT) if until is None else (int(until), _END)
    given = {"match": wanted, "after": int(after or 0), "until": end, "most": most}
    return connection.execute(statement, given).all()


def _tokens_way(
    match: Callable[[Connection], _Match | None],
    rank: Callable[[Any, list[str]], Rank | None],
    besides: Callable[[Connection, list[str]], set[str]] = lambda _connection, _ids: set(),
) -> Go:
    """Whoever matches; ``rank`` gives None for who is no hit after all, ``besides`` who are not."""

    def fetch(connection: Connection, after: str, until: str | None) -> list[_Row]:
        wanted = match(connection)
        if wanted is None:
            return []
        rows = _matching(connection, wanted, after, until)
        others = besides(connection, [row.party for row in rows])
        return [_ranked(row, rank, others) for row in rows]

    return _in_windows(fetch, _is_row)


def _ranked(row: Any, rank: Callable[[Any, list[str]], Rank | None], others: set[str]) -> _Row:
    first = None if row.party in others else rank(row, row.tokens.split())
    if first is None:
        return _Row(str(row.seq), None, row.party)
    importance = _importance(_TIERS.get(row.tier, len(_TIERS)), row.last)
    return _Row(str(row.seq), (*first, *importance, len(row.display_name)), row.party)


def _prefixes(asked: Sequence[Sequence[str]]) -> _Match:
    return _any([_all([_begin(token) for token in tokens]) for tokens in asked])


def _with_words(asked: list[list[str]], key: str) -> Go:
    """Whoever has all the words or their beginnings, but not exactly the name."""
    match = _prefixes(asked)

    def rank(row: Any, tokens: list[str]) -> Rank | None:
        if row.name_key == key:
            return None
        return (min(len(set(words).difference(tokens)) for words in asked),)

    return _tokens_way(lambda _connection: match, rank)


def _with_similar(asked: list[list[str]], key: str) -> Go:
    """Whoever has words that the mistyped ones may be meant for."""

    def match(connection: Connection) -> _Match | None:
        meant = {word: near(connection, word)[:_NEAREST] for word in asked[0] if is_spelled(word)}
        if not any(meant.values()):
            return None
        each = [_any([_begin(word), *map(_whole, meant.get(word, ()))]) for word in asked[0]]
        return _all(each).but_not(_prefixes(asked))

    def rank(row: Any, tokens: list[str]) -> Rank | None:
        return None if row.name_key == key else (len(set(asked[0]).difference(tokens)),)

    return _tokens_way(match, rank)


def _with_end(digits: str, national: str) -> Go:
    """Whoever has a number that ends so, and none that begins so."""
    match = _begin(end_token(digits))
    return _tokens_way(
        lambda _connection: match, lambda _row, _tokens: (0,), partial(_who_begin, national)
    )


def _with_part(digits: str, national: str) -> Go:
    """Whoever has a number with these digits in it, but none that ends or begins so."""
    parts = _all([_begin(token) for token in part_tokens(digits)])
    match = parts.but_not(_begin(end_token(digits)))

    def rank(_row: Any, tokens: list[str]) -> Rank | None:
        return (0,) if any(digits in number for number in numbers_in(tokens)) else None

    return _tokens_way(lambda _connection: match, rank, partial(_who_begin, national))


def _who_begin(national: str, connection: Connection, party_ids: list[str]) -> set[str]:
    """Return those whom the way before has found."""
    if len(national) < _SHORTEST or not party_ids:
        return set()
    begin = _begins(_N, PointKind.PHONE, _N.c.national, national)
    return set(
        connection.execute(
            select(_N.c.party_id).where(_N.c.party_id.in_(party_ids), begin)
        ).scalars()
    )

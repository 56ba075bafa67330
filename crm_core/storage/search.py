"""One search box: name in any script, number, e-mail, customer, order or case number.

Numbers go to exact or prefix indexes; words to the full-text index (FTS5 or tsvector), which holds
tokens that ``domain.names`` cut. Names are ranked here, one window of hits after another, so that
the order is the same whichever page of the result is asked for.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, and_, func, select, text

from crm_core.domain.names import ascii_digits, name_key, query_tokens
from crm_core.domain.party import PartyKind, PointKind, Tier
from crm_core.domain.phone import classify
from crm_core.storage import schema
from crm_core.storage.repository import Unit

_P, _N = schema.party, schema.contact_point
_NUMBER: Final = re.compile(r"\+?[\d\s().\-/]{3,}")
LOOKED_AT: Final = 200
"""Full-text hits that are ranked against each other."""
DEEPEST: Final = 1000
"""Hits that can be paged through; whoever is further down is found by asking more narrowly."""
_LAST: Final = "\U0010ffff"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyHit:
    """One line of the result."""

    party_id: str
    kind: PartyKind
    name: str
    number: str
    tier: Tier
    city: str
    phone: str
    email: str
    why: str
    """Catalogue key: match. and number, email, customer, order, case or name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HitPage:
    """A part of the result, and whether more follows."""

    hits: list[PartyHit]
    more: bool


class PartySearch:
    """Finds parties by whatever the caller says."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def parties(self, query: str, *, region: str = "US", limit: int = 20) -> list[PartyHit]:
        """Return the best matches first."""
        return (await self.page(query, region=region, limit=limit)).hits

    async def page(
        self, query: str, *, region: str = "US", limit: int = 20, skip: int = 0
    ) -> HitPage:
        """Return the matches after the first ``skip``, none beyond ``DEEPEST``."""
        return await self._unit.session.read(
            lambda c: _search(c, query.strip(), region, limit, skip)
        )


def _search(connection: Connection, query: str, region: str, limit: int, skip: int) -> HitPage:
    end = min(skip + limit, DEEPEST)
    found: dict[str, str] = {}
    for why, ids in _ways(connection, query, region, end + 1):
        for party_id in ids:
            found.setdefault(party_id, why)
        if len(found) > end:
            break
    shown = dict(list(found.items())[skip:end])
    return HitPage(hits=_lines(connection, shown), more=len(found) > end)


def _ways(
    connection: Connection, query: str, region: str, limit: int
) -> Iterable[tuple[str, list[str]]]:
    digits = ascii_digits(query)
    if not digits:
        return
    compact = re.sub(r"[\s().\-/]", "", digits)
    if compact.removeprefix("+").isdigit() or re.fullmatch(r"[Cc]\d+", compact):
        yield "match.customer", _ids(connection, _by_customer(compact).limit(limit))
        yield "match.order", _ids(connection, _by_order(compact).limit(limit))
        yield "match.case", _ids(connection, _by_case(compact.upper()).limit(limit))
    if _NUMBER.fullmatch(digits):
        for statement in _by_phone(compact, classify(digits, region).e164):
            yield "match.number", _ids(connection, statement.limit(limit))
    if "@" in query:
        yield "match.email", _ids(connection, _by_email(query.lower()).limit(limit))
    elif any(character.isalpha() for character in query):
        for ids in _by_name(connection, query, limit):
            yield "match.name", ids


def _ids(connection: Connection, statement: Select[Any]) -> list[str]:
    return [row[0] for row in connection.execute(statement)]


def _by_customer(number: str) -> Select[Any]:
    return select(_P.c.id).where(_P.c.customer_number == number).order_by(_P.c.id)


def _by_order(number: str) -> Select[Any]:
    order = schema.sales_order.c
    return select(order.party_id).where(order.number == number).order_by(order.id)


def _by_case(number: str) -> Select[Any]:
    case = schema.case.c
    return select(case.party_id).where(case.number == number).order_by(case.id)


def _by_phone(compact: str, e164: str) -> list[Select[Any]]:
    exact = [_by_point(PointKind.PHONE, "norm", e164, e164)] if e164 else []
    if compact.startswith("+"):
        return [*exact, _by_point(PointKind.PHONE, "norm", compact, compact + _LAST)]
    national = compact.lstrip("0")
    if len(national) < 3:
        return exact
    return [*exact, _by_point(PointKind.PHONE, "national", national, national + _LAST)]


def _by_email(query: str) -> Select[Any]:
    return _by_point(PointKind.EMAIL, "norm", query, query + _LAST)


def _by_point(kind: PointKind, column: str, first: str, last: str) -> Select[Any]:
    """Parties with a number or address in the range, each once, in the order of the index."""

    def within(points: Any, *, hidden: bool = False) -> ColumnElement[bool]:
        """Compare; ``hidden`` from the planner, who is to come by the party and not the range."""
        live = (points.c.kind == kind) & points.c.deleted_at.is_(None)
        compared = func.coalesce(points.c[column], "") if hidden else points.c[column]
        return and_(live, compared.between(first, last))

    other = _N.alias("other")
    mine = (other.c.party_id == _N.c.party_id) & (other.c.id < _N.c.id)
    again = select(other.c.id).where(mine, within(other, hidden=True)).exists()
    found = select(_N.c.party_id).where(within(_N), ~again)
    return found.order_by(_N.c[column], _N.c.id)


_FTS: Final = text(
    "SELECT d.party_id, p.name_key, d.seq FROM search_fts f"
    " JOIN search_doc d ON d.seq = f.rowid JOIN party p ON p.id = d.party_id"
    " WHERE search_fts MATCH :match AND f.rowid > :after ORDER BY f.rowid LIMIT :most"
)
_TSV: Final = text(
    "SELECT CAST(d.party_id AS text), p.name_key, d.seq FROM search_doc d JOIN party p"
    " ON p.id = d.party_id WHERE to_tsvector('simple', d.tokens) @@ to_tsquery('simple', :match)"
    " AND d.seq > :after ORDER BY d.seq LIMIT :most"
)


def _by_name(connection: Connection, query: str, limit: int) -> Iterator[list[str]]:
    """Those of exactly this name, then the others, each window ranked within itself."""
    tokens = query_tokens(query)
    if not tokens:
        return
    if connection.dialect.name == "sqlite":
        statement, match = _FTS, " ".join(f'"{token}"*' for token in tokens)
    else:
        statement, match = _TSV, " & ".join(f"'{token}':*" for token in tokens)
    asked = name_key(query)
    wanted = set(asked.split())
    exact = select(_P.c.id).where(_live(), _P.c.name_key == asked)
    yield _ids(connection, exact.order_by(_P.c.id).limit(limit))

    def rank(hit: Any) -> tuple[int, int, str]:
        key: str = hit[1]
        return (-len(wanted & set(key.split())), len(key), hit[0])

    after, full = 0, True
    while full:
        given = {"match": match, "after": after, "most": LOOKED_AT}
        hits = connection.execute(statement, given).all()
        yield [hit[0] for hit in sorted(hits, key=rank)]
        full = len(hits) == LOOKED_AT
        after = hits[-1][2] if hits else after


def _live() -> Any:
    return _P.c.deleted_at.is_(None) & _P.c.merged_into_id.is_(None)


def _lines(connection: Connection, found: dict[str, str]) -> list[PartyHit]:
    if not found:
        return []
    columns = (
        _P.c.id, _P.c.kind, _P.c.display_name, _P.c.customer_number, _P.c.tier, _P.c.city,
        _point(PointKind.PHONE), _point(PointKind.EMAIL),
    )  # fmt: skip
    rows = connection.execute(select(*columns).where(_P.c.id.in_(found), _live())).all()
    by_id = {
        row[0]: PartyHit(
            party_id=row[0], kind=row[1], name=row[2], number=row[3] or "", tier=row[4],
            city=row[5], phone=row[6] or "", email=row[7] or "", why=found[row[0]],
        )
        for row in rows
    }  # fmt: skip
    return [by_id[party_id] for party_id in found if party_id in by_id]


def _point(kind: PointKind) -> Any:
    return (
        select(func.min(_N.c.norm))
        .where(_N.c.party_id == _P.c.id, _N.c.kind == kind, _N.c.deleted_at.is_(None))
        .scalar_subquery()
    )

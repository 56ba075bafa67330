"""One search box: name in any script, number, e-mail, customer, order or case number.

Numbers go to exact or prefix indexes; words to the full-text index (FTS5 or tsvector), which holds
tokens that ``domain.names`` cut. A page goes on after the last hit of the one before (``ways``).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from crm_core.domain.errors import BadPlace
from crm_core.domain.party import PartyKind, PointKind, Tier
from crm_core.storage import schema
from crm_core.storage.repository import Unit
from crm_core.storage.ways import Way, ways_of

_P, _N = schema.party, schema.contact_point


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
    """A part of the result; ``next`` asks for what follows, "" at the end."""

    hits: list[PartyHit]
    next: str


@dataclass(frozen=True, slots=True)
class _Found:
    party_id: str
    way: Way
    place: str


class PartySearch:
    """Finds parties by whatever the caller says."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def parties(self, query: str, *, region: str = "US", limit: int = 20) -> list[PartyHit]:
        """Return the best matches first."""
        return (await self.page(query, region=region, limit=limit)).hits

    async def page(
        self, query: str, *, region: str = "US", limit: int = 20, after: str = ""
    ) -> HitPage:
        """Return the first matches, or those after the ``next`` of an earlier page."""
        return await self._unit.session.read(
            lambda c: _search(c, query.strip(), region, limit, after)
        )


def _search(connection: Connection, query: str, region: str, limit: int, after: str) -> HitPage:
    found: list[_Found] = []
    for hit in _hits(connection, list(ways_of(query, region)), after, limit + 1):
        if len(found) == limit:
            last = found[-1]
            return HitPage(hits=_lines(connection, found), next=f"{last.way.name}~{last.place}")
        found.append(hit)
    return HitPage(hits=_lines(connection, found), next="")


def _hits(connection: Connection, ways: list[Way], after: str, size: int) -> Iterator[_Found]:
    """Every party after a place, each on the first way that leads to it."""
    start, place = _start(ways, after)
    seen = set[str]()

    def everybody(way: Way) -> set[str]:
        return {party for _at, party in way.go(connection, "", size)} if way.few else set()

    for way in ways[:start]:
        seen |= everybody(way)
    for way in ways[start:]:
        for at, party_id in way.go(connection, place, size):
            if party_id not in seen:
                seen.add(party_id)
                yield _Found(party_id, way, at)
        if place:  # those before the place have been shown too
            seen |= everybody(way)
            place = ""


def _start(ways: list[Way], after: str) -> tuple[int, str]:
    if not after:
        return 0, ""
    name, _, place = after.partition("~")
    for at, way in enumerate(ways):
        if way.name == name and place:
            return at, place
    raise BadPlace


def _lines(connection: Connection, found: list[_Found]) -> list[PartyHit]:
    if not found:
        return []
    columns = (
        _P.c.id, _P.c.kind, _P.c.display_name, _P.c.customer_number, _P.c.tier, _P.c.city,
        _point(PointKind.PHONE), _point(PointKind.EMAIL),
    )  # fmt: skip
    ids = [hit.party_id for hit in found]
    by_id = {row[0]: row for row in connection.execute(select(*columns).where(_P.c.id.in_(ids)))}
    return [_line(by_id[hit.party_id], hit.way.why) for hit in found]


def _line(row: Any, why: str) -> PartyHit:
    return PartyHit(
        party_id=row[0], kind=row[1], name=row[2], number=row[3] or "", tier=row[4],
        city=row[5], phone=row[6] or "", email=row[7] or "", why=why,
    )  # fmt: skip


def _point(kind: PointKind) -> Any:
    return (
        select(func.min(_N.c.norm))
        .where(_N.c.party_id == _P.c.id, _N.c.kind == kind, _N.c.deleted_at.is_(None))
        .scalar_subquery()
    )

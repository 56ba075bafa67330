"""The caller lookup's queries, all in one hop: match by index, then the facts of one party.

Statements are built once; each run only binds values. The match is one index read; measured
figures are in ADR 0008 and ``bench/bench_lookup.py``.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    func,
    literal,
    literal_column,
    or_,
    select,
)

from crm_core.domain.caller import (
    CallerFacts,
    Candidate,
    CaseSummary,
    ContactSummary,
    Found,
    OpportunitySummary,
    OrderSummary,
    PartyHeader,
    TaskSummary,
)
from crm_core.domain.case import UNSETTLED
from crm_core.domain.party import PointKind
from crm_core.domain.phone import Ani
from crm_core.domain.sales import RUNNING_STAGES
from crm_core.domain.task import TaskState
from crm_core.storage import schema
from crm_core.storage.bundles import packed, unpacked
from crm_core.storage.repository import Unit, as_values

_P, _N, _C, _I = schema.party, schema.contact_point, schema.case, schema.interaction
_O, _S, _K, _H, _U = (
    schema.sales_order,
    schema.opportunity,
    schema.task,
    schema.caller_hint,
    schema.user,
)
LISTED: Final = 20
"""Candidates shown at most."""
CASES: Final = 10
CONTACTS: Final = 5
ORDERS: Final = 5

Choose = Callable[[Sequence[Candidate]], str | None]
"""Decides which candidate's facts are wanted, if any."""


def _among(column: Column[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """``IN`` without SQLAlchemy's expansion of the list at every run."""
    return or_(*(column == value for value in sorted(values)))


def _candidates(why: str) -> Select[Any]:
    mine = and_(_C.c.party_id == _P.c.id, _among(_C.c.state, UNSETTLED), _C.c.deleted_at.is_(None))
    open_cases = select(func.count()).select_from(_C).where(mine).scalar_subquery()
    queue_cases = (
        select(func.count())
        .select_from(_C)
        .where(mine, _C.c.queue == bindparam("queue"), _C.c.queue != "")
        .scalar_subquery()
    )
    last = select(func.max(_I.c.started_at)).where(_I.c.party_id == _P.c.id).scalar_subquery()
    return select(
        _P.c.id.label("party_id"),
        _P.c.display_name.label("name"),
        _P.c.tier,
        _P.c.city,
        func.coalesce(_P.c.customer_number, "").label("number"),
        _P.c.owner_id.is_not(None).label("owned"),
        open_cases.label("open_cases"),
        queue_cases.label("queue_cases"),
        last.label("last_contact"),
        literal(why).label("why"),
    ).where(_P.c.deleted_at.is_(None), _P.c.merged_into_id.is_(None), _P.c.lifecycle == "active")


def _by_number(why: str) -> Select[Any]:
    return (
        _candidates(why)
        .add_columns(
            _N.c.is_shared.label("shared"), _N.c.verified_at.is_not(None).label("verified")
        )
        .join(_N, _N.c.party_id == _P.c.id)
        .where(_N.c.kind == PointKind.PHONE, _N.c.deleted_at.is_(None), _N.c.status == "active")
        .limit(LISTED * 2)
    )


_false: Final[ColumnElement[bool]] = literal_column("0 = 1")
_EXACT: Final[Select[Any]] = _by_number("match.number").where(_N.c.norm == bindparam("norm"))
_NATIONAL: Final[Select[Any]] = _by_number("match.national").where(
    _N.c.national == bindparam("national"), _N.c.region == bindparam("region")
)
_HINTED: Final[Select[Any]] = (
    _candidates("match.hint")
    .add_columns(_false.label("shared"), _false.label("verified"))
    .join(_H, _H.c.party_id == _P.c.id)
    .where(_H.c.norm == bindparam("norm"), _H.c.deleted_at.is_(None))
    .order_by(_H.c.created_at.desc())
    .limit(LISTED)
)
_HEADER: Final[Select[Any]] = (
    select(
        _P.c.id,
        _P.c.kind,
        _P.c.display_name.label("name"),
        func.coalesce(_P.c.customer_number, "").label("number"),
        _P.c.tier,
        _P.c.language,
        _P.c.city,
        _P.c.customer_since.label("since"),
        func.coalesce(_U.c.name, "").label("owner"),
        _P.c.version,
        _P.c.blocked_reason,
        _P.c.do_not_sell,
    )
    .outerjoin(_U, _U.c.id == _P.c.owner_id)
    .where(_P.c.id == bindparam("party_id"), _P.c.deleted_at.is_(None))
)
_POINTS: Final[Select[Any]] = (
    select(_N.c.kind, _N.c.norm)
    .where(
        _N.c.party_id == bindparam("party_id"),
        _N.c.deleted_at.is_(None),
        _among(_N.c.kind, (PointKind.PHONE, PointKind.EMAIL)),
    )
    .order_by(_N.c.is_primary.desc(), _N.c.id)
)
_CASES: Final[Select[Any]] = (
    select(
        _C.c.id,
        _C.c.number,
        _C.c.subject,
        _C.c.state,
        _C.c.priority,
        _C.c.kind,
        _C.c.queue,
        _C.c.state_since,
        _C.c.opened_at,
        _C.c.due_at,
    )
    .where(
        _C.c.party_id == bindparam("party_id"),
        _among(_C.c.state, UNSETTLED),
        _C.c.deleted_at.is_(None),
    )
    .order_by(_C.c.opened_at.desc())
    .limit(CASES)
)
_ANY_CONTACT: Final[Select[Any]] = (
    select(
        _I.c.id,
        _I.c.channel,
        _I.c.direction,
        _I.c.started_at.label("at"),
        func.coalesce(_U.c.name, _I.c.agent_id, type_=_I.c.agent_id.type).label("agent"),
        _I.c.queue,
        _I.c.outcome,
        _I.c.disposition,
        func.substr(_I.c.note, 1, 300).label("summary"),
        _I.c.talked,
        _I.c.case_id,
    )
    .outerjoin(_U, _U.c.id == _I.c.agent_id)
    .where(or_(_I.c.ended_at.is_not(None), _I.c.outcome != ""), _I.c.deleted_at.is_(None))
    .order_by(_I.c.started_at.desc())
    .limit(CONTACTS)
)
_CONTACTS: Final[Select[Any]] = _ANY_CONTACT.where(_I.c.party_id == bindparam("party_id"))
_EARLIER: Final[Select[Any]] = _ANY_CONTACT.where(_I.c.ani == bindparam("norm"))
_ORDERS: Final[Select[Any]] = (
    select(
        _O.c.id,
        _O.c.number,
        _O.c.state,
        _O.c.placed_at,
        _O.c.expected_at,
        _O.c.due_at,
        _O.c.paid_at,
        _O.c.total,
        _O.c.currency,
        _O.c.item,
    )
    .where(_O.c.party_id == bindparam("party_id"), _O.c.deleted_at.is_(None))
    .order_by(_O.c.placed_at.desc())
    .limit(ORDERS)
)
_SALES: Final[Select[Any]] = (
    select(
        _S.c.id,
        _S.c.name,
        _S.c.stage,
        _S.c.product,
        _S.c.amount,
        _S.c.currency,
        _S.c.close_on,
    )
    .where(
        _S.c.party_id == bindparam("party_id"),
        _among(_S.c.stage, RUNNING_STAGES),
        _S.c.deleted_at.is_(None),
    )
    .limit(3)
)
_TASKS: Final[Select[Any]] = (
    select(_K.c.id, _K.c.kind, _K.c.subject, _K.c.due_at)
    .where(
        _K.c.party_id == bindparam("party_id"),
        _K.c.state == TaskState.OPEN,
        _K.c.deleted_at.is_(None),
    )
    .order_by(_K.c.due_at)
    .limit(3)
)


class CallerRepository:
    """Finds who calls."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def search(self, ani: Ani, *, queue: str, choose: Choose) -> Found:
        """Find whom a number belongs to, and the facts of the candidate ``choose`` picks."""
        return await self._unit.session.read(lambda c: _search(c, ani, queue, choose))

    async def facts(self, party_id: str) -> CallerFacts | None:
        """Return the facts of a known party."""
        return await self._unit.session.read(lambda c: _facts(c, party_id))


def _search(connection: Connection, ani: Ani, queue: str, choose: Choose) -> Found:
    if not ani.e164:
        return Found()
    key = {"norm": ani.e164, "queue": queue}
    candidates = _matching(connection, _EXACT, key)
    if not candidates and ani.region:
        key_in_region = {"national": ani.national, "region": ani.region, "queue": queue}
        candidates = _matching(connection, _NATIONAL, key_in_region)
    hints = [] if candidates else _matching(connection, _HINTED, key)
    chosen = choose(candidates)
    facts = _facts(connection, chosen) if chosen is not None else None
    earlier: list[ContactSummary] = []
    if facts is None:
        earlier = as_values(ContactSummary, connection.execute(_EARLIER, key).all())
    return Found(candidates=candidates, hints=hints, facts=facts, earlier=earlier)


def _matching(connection: Connection, query: Select[Any], key: dict[str, Any]) -> list[Candidate]:
    found: dict[str, Candidate] = {}
    for candidate in as_values(Candidate, connection.execute(query, key).all()):
        found.setdefault(candidate.party_id, candidate)
    return list(found.values())


def _facts(connection: Connection, party_id: str) -> CallerFacts | None:
    dialect = connection.dialect.name
    row = connection.execute(_bundle(dialect), {"party_id": party_id}).mappings().one_or_none()
    if row is None:
        return None
    header = {name: value for name, value in row.items() if name not in _PARTS}
    lists = {
        name: unpacked(dialect, query, kind, row[name]) for name, (query, kind) in _PARTS.items()
    }
    points = lists.pop("points")
    return CallerFacts(
        party=PartyHeader(
            **header,
            phones=tuple(point.norm for point in points if point.kind is PointKind.PHONE),
            emails=tuple(point.norm for point in points if point.kind is PointKind.EMAIL),
        ),
        **lists,
    )


@dataclass(frozen=True, slots=True)
class _Point:
    kind: PointKind
    norm: str


_PARTS: Final[Mapping[str, tuple[Select[Any], type[Any]]]] = {
    "points": (_POINTS, _Point),
    "cases": (_CASES, CaseSummary),
    "contacts": (_CONTACTS, ContactSummary),
    "orders": (_ORDERS, OrderSummary),
    "opportunities": (_SALES, OpportunitySummary),
    "tasks": (_TASKS, TaskSummary),
}


@cache
def _bundle(dialect: str) -> Select[Any]:
    """Everything about one party in one statement with one row."""
    lists = (packed(dialect, query).label(name) for name, (query, _kind) in _PARTS.items())
    return _HEADER.add_columns(*lists)

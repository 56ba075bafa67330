"""The caller lookup's queries: one statement with one row for nearly every caller.

It brings who has the number; if that is one party, its facts; if it is none, whom the number may
hint at and the earlier calls from it. Only the facts of one among several take a second statement.
Measured figures are in ADR 0008 and ``bench/bench_lookup.py``.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    FromClause,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    distinct,
    func,
    literal,
    literal_column,
    or_,
    select,
)

from crm_core.domain.caller import (
    LIKELY,
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
from crm_core.domain.phone import MOST_LIKELY, Ani
from crm_core.domain.sales import RUNNING_STAGES
from crm_core.domain.task import TaskState
from crm_core.storage import schema
from crm_core.storage.bundles import packed, packed_row, unpacked, unpacked_row
from crm_core.storage.prepared import Prepared, Row
from crm_core.storage.repository import Unit
from crm_core.storage.types import Id

_P, _N, _C, _I = schema.party, schema.contact_point, schema.case, schema.interaction
_WHO: Final = _P.alias("who")
"""The party whose facts are wanted."""
_O, _S, _K, _H, _U = (
    schema.sales_order,
    schema.opportunity,
    schema.task,
    schema.caller_hint,
    schema.user,
)
_NORM: Final = bindparam("norm", type_=Text())
_FILED: Final = bindparam("filed", type_=Text())
_LIKELY_NORMS: Final = [bindparam(f"likely{n}", type_=Text()) for n in range(MOST_LIKELY)]
_QUEUE: Final = bindparam("queue", type_=Text())
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
        .where(mine, _C.c.queue == _QUEUE, _C.c.queue != "")
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


_false: Final[ColumnElement[bool]] = literal_column("0 = 1", Boolean)
_EXACT: Final[Select[Any]] = _by_number("match.number").where(_N.c.norm == _NORM)
_LIKELY: Final[Select[Any]] = _by_number(LIKELY).where(_N.c.norm.in_(_LIKELY_NORMS))
_HINTED: Final[Select[Any]] = (
    _candidates("match.hint")
    .add_columns(_false.label("shared"), _false.label("verified"))
    .join(_H, _H.c.party_id == _P.c.id)
    .where(_H.c.norm.in_([_NORM, *_LIKELY_NORMS]), _H.c.deleted_at.is_(None))
    .order_by(_H.c.created_at.desc())
    .limit(LISTED)
)
_HEADER: Final[Select[Any]] = select(
    _WHO.c.id,
    _WHO.c.kind,
    _WHO.c.display_name.label("name"),
    func.coalesce(_WHO.c.customer_number, "").label("number"),
    _WHO.c.tier,
    _WHO.c.language,
    _WHO.c.city,
    _WHO.c.customer_since.label("since"),
    func.coalesce(_U.c.name, "").label("owner"),
    _WHO.c.version,
    _WHO.c.blocked_reason,
    _WHO.c.do_not_sell,
)
_POINTS: Final[Select[Any]] = (
    select(_N.c.kind, _N.c.norm)
    .where(
        _N.c.party_id == _WHO.c.id,
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
        _C.c.party_id == _WHO.c.id,
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
_CONTACTS: Final[Select[Any]] = _ANY_CONTACT.where(_I.c.party_id == _WHO.c.id)
_EARLIER: Final[Select[Any]] = _ANY_CONTACT.add_columns(
    func.coalesce(
        select(_P.c.display_name).where(_P.c.id == _I.c.party_id).correlate(_I).scalar_subquery(),
        "",
        type_=Text,
    ).label("party_name")
).where(_I.c.ani == _FILED)
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
    .where(_O.c.party_id == _WHO.c.id, _O.c.deleted_at.is_(None))
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
        _S.c.party_id == _WHO.c.id,
        _among(_S.c.stage, RUNNING_STAGES),
        _S.c.deleted_at.is_(None),
    )
    .limit(3)
)
_TASKS: Final[Select[Any]] = (
    select(_K.c.id, _K.c.kind, _K.c.subject, _K.c.due_at)
    .where(
        _K.c.party_id == _WHO.c.id,
        _K.c.state == TaskState.OPEN,
        _K.c.deleted_at.is_(None),
    )
    .order_by(_K.c.due_at)
    .limit(3)
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


def _facts(dialect: str) -> list[ColumnElement[Any]]:
    """Everything about ``_WHO``, a column for each kind of fact."""
    lists = (packed(dialect, query.correlate(_WHO)) for query, _kind in _PARTS.values())
    return [packed_row(dialect, _HEADER), *lists]


def _facts_of_one(dialect: str) -> Select[Any]:
    return (
        select(*_facts(dialect))
        .select_from(_WHO.outerjoin(_U, _U.c.id == _WHO.c.owner_id))
        .where(_WHO.c.id == bindparam("party_id", type_=Id), _WHO.c.deleted_at.is_(None))
    )


def whole_search(dialect: str) -> Select[Any]:
    """Who has a number, with the facts if that is one party, and what there is if it is none."""
    hit = _EXACT.cte("hit")
    parties = func.count(distinct(hit.c.party_id))
    nobody = select(parties == 0).scalar_subquery()
    only_one = select(
        case((parties == 1, cast(func.min(cast(hit.c.party_id, Text)), Id)))
    ).scalar_subquery()
    always: FromClause = select(literal_column("1").label("one")).subquery("always")
    likely = and_(nobody, _LIKELY_NORMS[0] != "")
    return select(
        packed(dialect, select(hit)),
        case((likely, packed(dialect, _LIKELY))),
        case((nobody, packed(dialect, _HINTED))),
        case((_WHO.c.id.is_(None), packed(dialect, _EARLIER))),
        *_facts(dialect),
    ).select_from(
        always.outerjoin(_WHO, _WHO.c.id == only_one).outerjoin(_U, _U.c.id == _WHO.c.owner_id)
    )


_SEARCH: Final = Prepared(whole_search)
_FACTS: Final = Prepared(_facts_of_one)


def search_keys(ani: Ani) -> dict[str, str]:
    """Return the numbers that ``whole_search`` looks for."""
    likely = [*ani.likely, *[""] * MOST_LIKELY][:MOST_LIKELY]
    keys = {f"likely{n}": norm for n, norm in enumerate(likely)}
    return {"norm": ani.literal, "filed": ani.e164, **keys}


class CallerRepository:
    """Finds who calls."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def search(self, ani: Ani, *, queue: str, choose: Choose) -> Found:
        """Find whom a number belongs to, and the facts of the candidate ``choose`` picks."""
        if not ani.e164:
            return Found()
        key = {**search_keys(ani), "queue": queue}
        ((exact, likely, hinted, earlier, *facts),) = await self._fetch(_SEARCH, key)
        candidates = self._candidates(exact, _EXACT) or self._candidates(likely, _LIKELY)
        chosen = choose(candidates)
        found = _facts_from(self._dialect, facts)
        if chosen is None:
            found = None
        elif found is None or found.party.id != chosen:
            found = await self.facts(chosen)
        return Found(
            candidates=candidates,
            hints=[] if candidates else self._candidates(hinted, _HINTED),
            facts=found,
            earlier=unpacked(self._dialect, _EARLIER, ContactSummary, earlier)
            if found is None
            else [],
        )

    async def facts(self, party_id: str) -> CallerFacts | None:
        """Return the facts of a known party."""
        rows = await self._fetch(_FACTS, {"party_id": party_id})
        return _facts_from(self._dialect, rows[0]) if rows else None

    @property
    def _dialect(self) -> str:
        return self._unit.session.dialect

    async def _fetch(self, statement: Prepared, values: Mapping[str, Any]) -> list[Row]:
        return await self._unit.session.fetch(statement, values)

    def _candidates(self, text: str | None, query: Select[Any]) -> list[Candidate]:
        found: dict[str, Candidate] = {}
        for candidate in unpacked(self._dialect, query, Candidate, text):
            found.setdefault(candidate.party_id, candidate)
        return list(found.values())


def _facts_from(dialect: str, cells: Sequence[str | None]) -> CallerFacts | None:
    header = unpacked_row(dialect, _HEADER, cells[0])
    if header.get("id") is None:
        return None
    lists = {
        name: unpacked(dialect, query, kind, text)
        for (name, (query, kind)), text in zip(_PARTS.items(), cells[1:], strict=True)
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

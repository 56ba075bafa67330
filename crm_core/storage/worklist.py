"""What waits for an agent: calls without an outcome, missed calls, promised call-backs and tasks.

Each list comes in pages, by a key of an instant and an id, so that nothing is left out when others
come or go meanwhile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_, union

from crm_core.domain.task import TaskKind, TaskState
from crm_core.storage import schema
from crm_core.storage.repository import Unit, as_values

UNFINISHED_FOR: Final = timedelta(days=14)
"""A call without outcome and without a draft is shown for so long; one with a draft for ever."""
MISSED_FOR: Final = timedelta(days=3)
"""A missed call is shown for so long, unless the customer has got through before."""

Key = tuple[datetime, str]
"""An instant and an id: where a page begins."""

_I, _S, _K, _P, _D = (
    schema.interaction,
    schema.segment,
    schema.task,
    schema.party,
    schema.call_draft,
)
_NAME: Final = func.coalesce(_P.c.display_name, "").label("party_name")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedRow:
    """A call that ended without an outcome, with the form as far as it was written."""

    id: str
    external_id: str
    at: datetime
    queue: str
    ani: str
    party_id: str | None
    party_name: str
    note: str
    form: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedRow:
    """A call that rang an agent in vain, or that its caller gave up waiting in."""

    id: str
    at: datetime
    queue: str
    ani: str
    party_id: str | None
    party_name: str
    outcome: str
    waited: timedelta | None
    rang: bool
    """It rang this agent."""
    answered_by: str
    """The agent who got it in the end, or ""."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """A task with its customer's name."""

    id: str
    version: int
    kind: TaskKind
    subject: str
    state: TaskState
    due_at: datetime
    assignee_id: str | None
    queue: str
    party_id: str | None
    party_name: str
    interaction_id: str | None
    number: str


class Worklist:
    """Reads only; who changes something here goes through the services."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def unfinished(
        self, agent_id: str, *, now: datetime, but: str = "", after: Key | None = None, limit: int
    ) -> list[UnfinishedRow]:
        """Return the agent's calls without outcome, latest first; ``but`` is one still in hand."""
        query = (
            select(
                _I.c.id,
                _I.c.external_id,
                _I.c.started_at.label("at"),
                _I.c.queue,
                _I.c.ani,
                _I.c.party_id,
                _NAME,
                _I.c.note,
                _D.c.form,
            )
            .select_from(_I)
            .outerjoin(_P, _P.c.id == _I.c.party_id)
            .outerjoin(_D, _D.c.external_id == _I.c.external_id)
            .where(unfinished_calls(agent_id, now, but))
        )
        return as_values(
            UnfinishedRow, await self._page(query, _I.c.started_at, _I.c.id, after, limit)
        )

    async def unfinished_count(self, agent_id: str, *, now: datetime, but: str = "") -> int:
        """Count the agent's calls without outcome."""
        return await self._count(
            select(func.count())
            .select_from(_I)
            .outerjoin(_D, _D.c.external_id == _I.c.external_id)
            .where(unfinished_calls(agent_id, now, but))
        )

    async def missed(
        self,
        agent_id: str,
        queues: Sequence[str],
        *,
        now: datetime,
        after: Key | None = None,
        limit: int,
    ) -> list[MissedRow]:
        """Return the calls that rang the agent in vain or were given up in her queues.

        Latest first. No ``queues`` are all queues. Calls that somebody sees to already and those
        whose caller has got through since are left out.
        """
        rang = _rang(agent_id).label("rang")
        query = (
            select(
                _I.c.id,
                _I.c.started_at.label("at"),
                _I.c.queue,
                _I.c.ani,
                _I.c.party_id,
                _NAME,
                _I.c.outcome,
                _I.c.waited,
                rang,
                _I.c.agent_id.label("answered_by"),
            )
            .select_from(_I)
            .outerjoin(_P, _P.c.id == _I.c.party_id)
            .where(missed_calls(agent_id, queues, now))
        )
        return as_values(MissedRow, await self._page(query, _I.c.started_at, _I.c.id, after, limit))

    async def missed_count(self, agent_id: str, queues: Sequence[str], *, now: datetime) -> int:
        """Count the missed calls that nobody has answered."""
        return await self._count(
            select(func.count())
            .select_from(_I)
            .where(missed_calls(agent_id, queues, now), _I.c.answered_at.is_(None))
        )

    async def sees_missed(
        self, agent_id: str, queues: Sequence[str], interaction_id: str, *, now: datetime
    ) -> bool:
        """Tell whether a call is among the agent's missed ones."""
        query = select(func.count()).select_from(_I).where(_I.c.id == interaction_id)
        return await self._count(query.where(missed_calls(agent_id, queues, now))) > 0

    async def tasks_of(
        self, agent_id: str, *, after: Key | None = None, limit: int
    ) -> list[TaskRow]:
        """Return the agent's open tasks, the most urgent first."""
        return await self._tasks(_K.c.assignee_id == agent_id, after, limit)

    async def tasks_of_others(
        self, agent_id: str, queues: Sequence[str], *, after: Key | None = None, limit: int
    ) -> list[TaskRow]:
        """Return the open tasks of others, or nobody's, in these queues; no ``queues`` are all."""
        return await self._tasks(_others(agent_id, queues), after, limit)

    async def task_counts(self, agent_id: str, *, now: datetime) -> tuple[int, int]:
        """Count the agent's open tasks, and those that are due."""
        mine = and_(_K.c.assignee_id == agent_id, _OPEN)
        count = select(func.count()).select_from(_K).where(mine)
        return await self._count(count), await self._count(count.where(_K.c.due_at <= now))

    async def others_count(self, agent_id: str, queues: Sequence[str]) -> int:
        """Count the open tasks of others in these queues."""
        query = select(func.count()).select_from(_K)
        return await self._count(query.where(_OPEN, _others(agent_id, queues)))

    async def _tasks(
        self, which: ColumnElement[bool], after: Key | None, limit: int
    ) -> list[TaskRow]:
        query = (
            select(
                _K.c.id,
                _K.c.version,
                _K.c.kind,
                _K.c.subject,
                _K.c.state,
                _K.c.due_at,
                _K.c.assignee_id,
                _K.c.queue,
                _K.c.party_id,
                _NAME,
                _K.c.interaction_id,
                _K.c.number,
            )
            .select_from(_K)
            .outerjoin(_P, _P.c.id == _K.c.party_id)
            .where(_OPEN, which)
        )
        if after is not None:
            query = query.where(tuple_(_K.c.due_at, _K.c.id) > after)
        rows = await self._rows(query.order_by(_K.c.due_at, _K.c.id).limit(limit))
        return as_values(TaskRow, rows)

    async def _page(
        self,
        query: Select[Any],
        at: ColumnElement[Any],
        key: ColumnElement[Any],
        after: Key | None,
        limit: int,
    ) -> list[Any]:
        if after is not None:
            query = query.where(tuple_(at, key) < after)
        return await self._rows(query.order_by(at.desc(), key.desc()).limit(limit))

    async def _count(self, query: Select[Any]) -> int:
        rows = await self._rows(query)
        return int(rows[0][0])

    async def _rows(self, query: Select[Any]) -> list[Any]:
        return await self._unit.session.read(lambda c: list(c.execute(query).all()))


_OPEN: Final = and_(_K.c.state == TaskState.OPEN, _K.c.deleted_at.is_(None))


def _others(agent_id: str, queues: Sequence[str]) -> ColumnElement[bool]:
    other = or_(_K.c.assignee_id.is_(None), _K.c.assignee_id != agent_id)
    return and_(other, _K.c.queue.in_(queues)) if queues else other


def unfinished_calls(agent_id: str, now: datetime, but: str) -> ColumnElement[bool]:
    """Calls the agent was the last to talk in, whose wrap-up is over or was begun in a draft.

    Both kinds are found by an index and put together, so that years of calls are not looked at.
    """
    open_ = and_(
        _I.c.ended_at.is_not(None),
        _I.c.disposition == "",
        _I.c.external_id != but,
        _I.c.deleted_at.is_(None),
    )
    wrapped = (
        select(_S.c.seq)
        .where(_S.c.interaction_id == _I.c.id, _S.c.agent_id == agent_id)
        .where(_S.c.wrapped.is_not(None))
        .exists()
    )
    lately = select(_I.c.id).where(
        open_, _I.c.agent_id == agent_id, _I.c.started_at >= now - UNFINISHED_FOR, wrapped
    )
    mine = func.coalesce(_I.c.agent_id, "") == agent_id  # SQLite is to go by the draft's call
    drafted = (
        select(_I.c.id)
        .join_from(_D, _I, _I.c.external_id == _D.c.external_id)
        .where(_D.c.agent_id == agent_id, open_, mine)
    )
    return _I.c.id.in_(union(lately, drafted))


def _rang(agent_id: str) -> ColumnElement[bool]:
    return (
        select(_S.c.seq)
        .where(_S.c.interaction_id == _I.c.id, _S.c.agent_id == agent_id)
        .where(_S.c.outcome == "rona")
        .exists()
    )


def missed_calls(agent_id: str, queues: Sequence[str], now: datetime) -> ColumnElement[bool]:
    """Calls given up in these queues and calls that rang the agent in vain, found by an index each.

    Left out are those the agent answered after all, those that somebody sees to, and those whose
    caller has got through since.
    """
    since = now - MISSED_FOR
    given_up = select(_I.c.id).where(
        _I.c.agent_id == "", _I.c.started_at >= since, _I.c.outcome == "abandoned_in_queue"
    )
    if queues:
        given_up = given_up.where(_I.c.queue.in_(queues))
    rang = select(_S.c.interaction_id).where(
        _S.c.agent_id == agent_id, _S.c.offered_at >= since, _S.c.outcome == "rona"
    )
    later = _I.alias("later")
    got_through = (
        select(later.c.id)
        .where(later.c.ani == _I.c.ani, later.c.ani.like("+%"))
        .where(later.c.started_at > _I.c.started_at, later.c.answered_at.is_not(None))
        .exists()
    )
    seen_to = select(_K.c.id).where(_K.c.interaction_id == _I.c.id).exists()
    return and_(
        _I.c.id.in_(union(given_up, rang)),
        _I.c.ended_at.is_not(None),
        _I.c.deleted_at.is_(None),
        _I.c.agent_id != agent_id,
        ~got_through,
        ~seen_to,
    )

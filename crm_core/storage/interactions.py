"""Interactions: written as often as the recorder likes, one row a call."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, RowMapping, func, select, update
from typing_extensions import override

from crm_core.domain.errors import NotFound, Stale
from crm_core.domain.ids import interaction_id, seeded
from crm_core.domain.interaction import Channel, Direction, Interaction, Segment
from crm_core.domain.record import EPOCH
from crm_core.storage import schema
from crm_core.storage.prepared import Prepared
from crm_core.storage.repository import Repository, as_row, as_values
from crm_core.storage.upsert import merging, replacing

_T = schema.interaction
_KEPT: Final = frozenset(
    {"id", "started_at", "created_at", "created_by", "channel", "direction", "ext", "deleted_at"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandledRow:
    """One call an agent had, for her list of the day."""

    interaction_id: str
    external_id: str
    party_id: str | None
    party_name: str
    queue: str
    at: datetime
    talked: timedelta | None
    disposition: str


class InteractionRepository(Repository[Interaction]):
    """The records of contacts."""

    table = schema.interaction
    value = Interaction

    async def record(self, *interactions: Interaction) -> None:
        """Write what is known of calls; idempotent, in any order, one record per ``external_id``.

        None and empty fields leave what is stored alone. A finished contact of a known party
        appears on the party's timeline.
        """
        now, actor = self._unit.clock(), self._unit.actor
        rows = [
            (_row(interaction, now, actor), interaction.segments) for interaction in interactions
        ]
        self._unit.session.write(lambda connection: _record(connection, rows))

    async def amend(
        self, external_id: str, *, held: Interaction | None = None, **values: Any
    ) -> None:
        """Set fields of one call's record (party_id, disposition, note, case_id …).

        With ``held``, which was read before, only if nobody has changed the record since.
        """
        now, actor = self._unit.clock(), self._unit.actor
        which = [_T.c.external_id == external_id]
        if held is not None:
            which.append(_T.c.version == held.version)

        def change(connection: Connection) -> None:
            statement = (
                update(_T)
                .where(*which)
                .values(version=_T.c.version + 1, updated_at=now, updated_by=actor, **values)
                .returning(*_SHOWN)
            )
            row = connection.execute(statement).one_or_none()
            if row is None and held is not None:
                raise Stale("interaction", held.id, held=held.version)
            if row is None:
                raise NotFound("interaction", external_id)
            _MIRROR.run_many(connection, _mirrored(_Shown(*row)))

        self._unit.session.write(change)

    async def of_call(self, external_id: str) -> Interaction | None:
        """Return the record of a call with its segments."""

        def query(connection: Connection) -> Interaction | None:
            row = connection.execute(
                select(_T).where(_T.c.external_id == external_id)
            ).one_or_none()
            return None if row is None else self._with_segments(connection, row._mapping)

        return await self._unit.session.read(query)

    @override
    async def find(self, key: str) -> Interaction | None:
        """Return the live record with its segments, or None."""
        found = await super().find(key)
        return None if found is None else await self.of_call(found.external_id)

    async def of_party(
        self, party_id: str, *, before: datetime | None = None, limit: int = 20
    ) -> list[Interaction]:
        """Return a party's contacts without segments, latest first."""
        query = self._live().where(_T.c.party_id == party_id)
        if before is not None:
            query = query.where(_T.c.started_at < before)
        return await self._values(query.order_by(_T.c.started_at.desc()).limit(limit))

    async def everything(self, *, limit: int = 1000) -> list[Interaction]:
        """Return the records without segments, oldest first, for reports and tests."""
        return await self._values(self._live().order_by(_T.c.started_at, _T.c.id).limit(limit))

    async def unfinished(self) -> list[Interaction]:
        """Return the records that have no end yet, for the check after a restart."""
        return await self._values(self._live().where(_T.c.ended_at.is_(None)))

    async def handled_by(
        self, agent_id: str, *, since: datetime, limit: int = 20
    ) -> list[HandledRow]:
        """Return the calls an agent answered since then, latest first, in one query."""
        seg, who = schema.segment, schema.party
        query = (
            select(
                _T.c.id.label("interaction_id"),
                _T.c.external_id,
                _T.c.party_id,
                func.coalesce(who.c.display_name, "").label("party_name"),
                seg.c.queue,
                seg.c.answered_at.label("at"),
                seg.c.talked,
                _T.c.disposition,
            )
            .join_from(seg, _T, _T.c.id == seg.c.interaction_id)
            .outerjoin(who, who.c.id == _T.c.party_id)
            .where(seg.c.agent_id == agent_id, seg.c.offered_at >= since)
            .where(seg.c.answered_at.is_not(None))
            .order_by(seg.c.offered_at.desc())
            .limit(limit)
        )
        return as_values(HandledRow, await self._rows(query))

    def _with_segments(self, connection: Connection, row: RowMapping) -> Interaction:
        seg = schema.segment
        query = select(seg).where(seg.c.interaction_id == row["id"]).order_by(seg.c.seq)
        segments = [
            Segment(**{k: v for k, v in found._mapping.items() if k != "interaction_id"})
            for found in connection.execute(query)
        ]
        return Interaction(**row, segments=tuple(segments))


def _row(value: Interaction, now: datetime, actor: str) -> dict[str, Any]:
    """Return the columns of ``value``, with its id and who wrote it when."""
    row = as_row(_T, value)
    row["id"] = value.id or interaction_id(value.external_id, value.started_at)
    if value.created_at == EPOCH:
        row["created_at"] = now
    row["created_by"] = value.created_by or actor
    row["updated_at"], row["updated_by"] = now, actor
    return row


def _record(
    connection: Connection, rows: Sequence[tuple[dict[str, Any], Sequence[Segment]]]
) -> None:
    segments, mirrored = list[dict[str, Any]](), list[dict[str, Any]]()
    for row, parts in rows:
        ((stored_id, *shown),) = _RECORD.run(connection, row)
        segments += [as_row(schema.segment, p) | {"interaction_id": stored_id} for p in parts]
        mirrored += _mirrored(_Shown(stored_id, *shown))
    _SEGMENT.run_many(connection, segments)
    _MIRROR.run_many(connection, mirrored)


class _Shown(NamedTuple):
    """What the timeline shows of an interaction, as ``_SHOWN`` brings it."""

    id: str
    external_id: str
    party_id: str | None
    channel: Channel
    direction: Direction
    queue: str
    agent_id: str
    started_at: datetime
    ended_at: datetime | None
    talked: timedelta | None
    outcome: str
    disposition: str
    note: str


_SHOWN: Final = [_T.c[name] for name in _Shown._fields]
_RECORD: Final = Prepared(
    lambda dialect: merging(dialect, _T, ("external_id",), _KEPT).returning(*_SHOWN)
)
_SEGMENT: Final = Prepared(
    lambda dialect: merging(dialect, schema.segment, ("interaction_id", "seq"))
)
_MIRROR: Final = Prepared(lambda dialect: replacing(dialect, schema.timeline_event, ("id",)))


def _mirrored(row: _Shown) -> list[dict[str, Any]]:
    """Show a finished contact of a known party on the party's timeline, once."""
    if row.party_id is None or row.ended_at is None:
        return []
    payload = {
        "channel": row.channel,
        "direction": row.direction,
        "queue": row.queue,
        "outcome": row.outcome,
        "disposition": row.disposition,
        "talked_s": row.talked.total_seconds() if row.talked else 0.0,
    }
    event = {
        "id": seeded("timeline", row.external_id, row.started_at),
        "party_id": row.party_id,
        "occurred_at": row.started_at,
        "kind": "interaction",
        "subject_type": "interaction",
        "subject_id": str(row.id),
        "actor": row.agent_id,
        "summary": row.note[:500],
        "payload": payload,
    }
    return [event]

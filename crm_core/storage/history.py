"""Timeline (what happened to a party) and audit log (who changed or viewed what)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, insert, select, tuple_

from crm_core.domain.interaction import TimelineEvent
from crm_core.storage import schema
from crm_core.storage.prepared import Prepared
from crm_core.storage.repository import Unit, as_row, as_values

_T, _A = schema.timeline_event, schema.audit_log
_NOTE: Final = Prepared(lambda _dialect: insert(_A))


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line of the audit log."""

    id: str
    at: datetime
    actor: str
    action: str
    entity: str
    entity_id: str
    party_id: str | None
    details: Mapping[str, Any]


class TimelineRepository:
    """Append-only events, read in pages."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def add(self, event: TimelineEvent) -> TimelineEvent:
        """Append an event, by the unit's actor unless it names one."""
        stored = replace(
            event, id=event.id or self._unit.new_id(), actor=event.actor or self._unit.actor
        )
        row = as_row(_T, stored)
        self._unit.session.write(lambda c: c.execute(insert(_T), row))
        return stored

    async def page(
        self, party_id: str, *, before: tuple[datetime, str] | None = None, limit: int = 20
    ) -> list[TimelineEvent]:
        """Return events latest first, after the key ``(occurred_at, id)`` of the page before."""
        query = select(_T).where(_T.c.party_id == party_id)
        if before is not None:
            query = query.where(tuple_(_T.c.occurred_at, _T.c.id) < before)
        query = query.order_by(_T.c.occurred_at.desc(), _T.c.id.desc()).limit(limit)
        return as_values(TimelineEvent, await _rows(self._unit, query))


class AuditRepository:
    """Who changed and who viewed. Changes are written by the repositories themselves."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def viewed(
        self,
        entity: str,
        entity_id: str,
        *,
        party_id: str | None = None,
        actor: str = "",
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Note that the unit's actor, or the one named, looked at personal data."""
        await self.note(
            "viewed", entity, entity_id, party_id=party_id, actor=actor, details=details
        )

    async def note(
        self,
        action: str,
        entity: str,
        entity_id: str,
        *,
        party_id: str | None = None,
        actor: str = "",
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Write one line, of the unit's actor unless another is named."""
        row = {
            "id": self._unit.new_id(),
            "at": self._unit.clock(),
            "actor": actor or self._unit.actor,
            "action": action,
            "entity": entity,
            "entity_id": entity_id,
            "party_id": party_id,
            "details": dict(details or {}),
        }
        self._unit.session.write(lambda c: _NOTE.run(c, row))

    async def of(self, entity: str, entity_id: str, *, limit: int = 50) -> Sequence[AuditEntry]:
        """Return what happened to a record, latest first."""
        query = select(_A).where(_A.c.entity == entity, _A.c.entity_id == entity_id)
        query = query.order_by(_A.c.at.desc(), _A.c.id.desc()).limit(limit)
        return as_values(AuditEntry, await _rows(self._unit, query))

    async def by(self, actor: str, *, limit: int = 50) -> Sequence[AuditEntry]:
        """Return what a user did, latest first."""
        query = select(_A).where(_A.c.actor == actor)
        query = query.order_by(_A.c.at.desc(), _A.c.id.desc()).limit(limit)
        return as_values(AuditEntry, await _rows(self._unit, query))


async def _rows(unit: Unit, query: Select[Any]) -> list[Any]:
    return await unit.session.read(lambda c: list(c.execute(query).all()))

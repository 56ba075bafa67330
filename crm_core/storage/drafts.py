"""Drafts of after-call forms: kept while an agent writes, and until the call is filed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from crm_core.storage import schema
from crm_core.storage.prepared import Prepared
from crm_core.storage.repository import Unit, as_values
from crm_core.storage.upsert import replacing

_T = schema.call_draft
_PUT = Prepared(lambda dialect: replacing(dialect, _T, ("external_id",)))


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDraft:
    """What an agent has written about a call so far; ``form`` has the fields of the form."""

    external_id: str
    agent_id: str
    form: Mapping[str, Any]
    updated_at: datetime


class DraftRepository:
    """One draft a call."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def put(self, external_id: str, form: Mapping[str, Any]) -> None:
        """Keep the actor's draft in place of the one before."""
        row = {
            "external_id": external_id,
            "agent_id": self._unit.actor,
            "form": dict(form),
            "updated_at": self._unit.clock(),
        }
        self._unit.session.write(lambda connection: _PUT.run(connection, row))

    async def find(self, external_id: str) -> CallDraft | None:
        """Return the draft of a call, or None."""
        query = select(_T).where(_T.c.external_id == external_id)
        rows = await self._unit.session.read(lambda c: list(c.execute(query).all()))
        found = as_values(CallDraft, rows)
        return found[0] if found else None

    async def drop(self, external_id: str) -> None:
        """Forget the draft: the call is filed."""
        statement = delete(_T).where(_T.c.external_id == external_id)
        self._unit.session.write(lambda connection: connection.execute(statement))

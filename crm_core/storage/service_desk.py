"""Cases and tasks."""

from dataclasses import replace
from datetime import datetime

from typing_extensions import override

from crm_core.domain.case import UNSETTLED, Case
from crm_core.domain.task import Task, TaskState
from crm_core.storage import counters, schema
from crm_core.storage.repository import Repository

_C, _K = schema.case, schema.task


class CaseRepository(Repository[Case]):
    """What customers want settled."""

    table = schema.case
    value = Case

    @override
    async def add(self, value: Case) -> Case:
        """Insert a case, with the next number when it has none."""
        number = value.number or await self._unit.session.write_now(counters.case_number)
        return await super().add(replace(value, number=number))

    async def of_party(
        self, party_id: str, *, unsettled: bool = False, limit: int = 50
    ) -> list[Case]:
        """Return a party's cases, latest first."""
        query = self._live().where(_C.c.party_id == party_id)
        if unsettled:
            query = query.where(_C.c.state.in_(UNSETTLED))
        return await self._values(query.order_by(_C.c.opened_at.desc()).limit(limit))

    async def by_number(self, number: str) -> Case | None:
        """Return the case with this number."""
        found = await self._values(self._live().where(_C.c.number == number))
        return found[0] if found else None


class TaskRepository(Repository[Task]):
    """What was promised."""

    table = schema.task
    value = Task

    async def due(
        self, *, before: datetime, assignee_id: str | None = None, limit: int = 100
    ) -> list[Task]:
        """Return open tasks due before then, the most urgent first."""
        query = self._live().where(_K.c.state == TaskState.OPEN, _K.c.due_at < before)
        if assignee_id is not None:
            query = query.where(_K.c.assignee_id == assignee_id)
        return await self._values(query.order_by(_K.c.due_at).limit(limit))

    async def of_party(self, party_id: str) -> list[Task]:
        """Return a party's open tasks, the most urgent first."""
        query = self._live().where(_K.c.party_id == party_id, _K.c.state == TaskState.OPEN)
        return await self._values(query.order_by(_K.c.due_at))

    async def of_interaction(self, interaction_id: str) -> list[Task]:
        """Return the tasks that a contact led to, oldest first."""
        query = self._live().where(_K.c.interaction_id == interaction_id)
        return await self._values(query.order_by(_K.c.created_at, _K.c.id))

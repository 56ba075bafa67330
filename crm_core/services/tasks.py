"""Tasks are done, moved and handed over here, so that the party's timeline always tells it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from crm_core.domain.errors import BadValue, Stale
from crm_core.domain.interaction import TimelineEvent
from crm_core.domain.task import Task, TaskKind, TaskState
from crm_core.services.ports import Work

_TOLD: Final = {TaskState.DONE: "callback_done", TaskState.CANCELLED: "callback_cancelled"}
"""What the timeline says of a call-back that is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to become of a task; what is None stays."""

    state: TaskState | None = None
    due_at: datetime | None = None
    assignee_id: str | None = None


async def change_task(work: Work, task_id: str, change: Change, *, version: int) -> Task:
    """Change a task as it was read at ``version``, and commit."""
    task = await work.tasks.get(task_id)
    if task.version != version:
        raise Stale("task", task.id, held=version)
    now, state = work.clock(), change.state or task.state
    saved = await work.tasks.save(
        replace(
            task,
            state=state,
            due_at=change.due_at or task.due_at,
            assignee_id=change.assignee_id or task.assignee_id,
            done_at=None if state is TaskState.OPEN else task.done_at or now,
        )
    )
    if saved.state is not task.state:
        await _tell(work, saved, now)
    await work.commit()
    return saved


async def see_to_missed(work: Work, interaction_id: str, *, done: bool) -> Task:
    """Let the actor see to a missed call, or note that it has been seen to, and commit."""
    call = await work.interactions.get(interaction_id)
    if await work.tasks.of_interaction(call.id):
        raise BadValue("contact", "somebody sees to this call already; look at the list again")
    await work.interactions.amend(call.external_id, held=call)  # of two at once, one sees to it
    now = work.clock()
    task = await work.tasks.add(
        Task(
            kind=TaskKind.CALLBACK,
            subject="",
            state=TaskState.DONE if done else TaskState.OPEN,
            due_at=now,
            assignee_id=work.actor,
            owner_id=work.actor,
            queue=call.queue,
            party_id=call.party_id,
            interaction_id=call.id,
            number=call.ani,
            done_at=now if done else None,
        )
    )
    if done:
        await _tell(work, task, now)
    await work.commit()
    return task


async def _tell(work: Work, task: Task, now: datetime) -> None:
    """Note on the party's timeline what has become of a call-back."""
    if task.party_id is None or task.kind is not TaskKind.CALLBACK:
        return
    await work.timeline.add(
        TimelineEvent(
            party_id=task.party_id,
            occurred_at=now,
            kind=_TOLD.get(task.state, "callback_promised"),
            subject_type="task",
            subject_id=task.id,
            summary=task.subject,
            payload={"due_at": task.due_at.isoformat()},
        )
    )

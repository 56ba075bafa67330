"""Task: something somebody promised to do; a callback is one."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crm_core.domain.record import Owned


class TaskKind(StrEnum):
    """What is to be done."""

    CALLBACK = "callback"
    FOLLOW_UP = "follow_up"
    CARE = "care"


class TaskState(StrEnum):
    """Whether it is done."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Owned):
    """One thing to do by ``due_at``; a callback for an unknown caller has a number only."""

    kind: TaskKind
    subject: str
    state: TaskState = TaskState.OPEN
    due_at: datetime
    assignee_id: str | None = None
    queue: str = ""
    party_id: str | None = None
    case_id: str | None = None
    interaction_id: str | None = None
    number: str = ""
    done_at: datetime | None = None

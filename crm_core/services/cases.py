"""Cases are opened and moved here, so that the party's timeline always tells it."""

from dataclasses import dataclass
from datetime import datetime

from crm_core.domain.case import Case, CaseKind, CaseTrigger, Priority
from crm_core.domain.errors import BadValue, Stale
from crm_core.domain.interaction import TimelineEvent
from crm_core.services.ports import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCase:
    """What somebody wants settled."""

    party_id: str
    subject: str
    kind: CaseKind = CaseKind.ENQUIRY
    priority: Priority = Priority.NORMAL
    queue: str = ""
    description: str = ""
    due_at: datetime | None = None
    interaction_id: str | None = None


async def open_case(work: Work, new: NewCase) -> Case:
    """Open a case for a party and note it on the party's timeline; the caller commits."""
    if not new.subject.strip():
        raise BadValue("subject", "say in a few words what the customer wants settled")
    now = work.clock()
    case = await work.cases.add(
        Case(
            party_id=new.party_id,
            subject=new.subject.strip()[:200],
            kind=new.kind,
            priority=new.priority,
            queue=new.queue,
            description=new.description,
            due_at=new.due_at,
            interaction_id=new.interaction_id,
            opened_at=now,
            state_since=now,
            owner_id=work.actor,
        )
    )
    await _tell(work, case, "case_opened", now, before="")
    return case


async def move_case(
    work: Work, case_id: str, trigger: CaseTrigger, *, version: int | None = None
) -> Case:
    """Move a case along its state graph; ``version`` is the one the user looked at.

    The caller commits.
    """
    case = await work.cases.get(case_id)
    _demand(case, version)
    now = work.clock()
    moved = await work.cases.save(case.on(trigger, at=now))
    await _tell(work, moved, "case_moved", now, before=case.state)
    return moved


def _demand(case: Case, version: int | None) -> None:
    if version is not None and case.version != version:
        raise Stale("case", case.id, held=version)


async def _tell(work: Work, case: Case, kind: str, at: datetime, *, before: str) -> None:
    await work.timeline.add(
        TimelineEvent(
            party_id=case.party_id,
            occurred_at=at,
            kind=kind,
            subject_type="case",
            subject_id=case.id,
            summary=case.subject,
            payload={"number": case.number, "from": before, "to": case.state},
        )
    )

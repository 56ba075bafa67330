"""After-call work: disposition, note and what was promised, in one transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from crm_core.domain.case import Case, CaseKind, CaseState, CaseTrigger
from crm_core.domain.errors import BadValue, NotFound, Stale
from crm_core.domain.interaction import Interaction, TimelineEvent
from crm_core.domain.task import Task, TaskKind
from crm_core.services.cases import NewCase, move_case, open_case
from crm_core.services.ports import Work

DISPOSITIONS: Final = (
    "resolved",
    "information",
    "order_taken",
    "follow_up",
    "callback_promised",
    "complaint",
    "transferred",
    "wrong_number",
    "no_answer",
    "spam",
)
"""Codes agents choose from; catalogue keys are ``disposition.<code>``."""
CALLBACK_WITHIN: Final = timedelta(hours=24)
NOTE_LIMIT: Final = 8_000


class FollowUp(StrEnum):
    """What is to happen after the call."""

    NOTHING = ""
    CASE = "case"
    CALLBACK = "callback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What ``finish`` wrote."""

    interaction_id: str
    case: Case | None = None
    task: Task | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The after-call form. ``case_id`` attaches the call to a case that exists."""

    disposition: str
    note: str = ""
    follow_up: FollowUp | str = FollowUp.NOTHING
    subject: str = ""
    due_at: datetime | None = None
    case_id: str | None = None


async def finish(
    work: Work,
    call: str,
    *,
    disposition: str,
    note: str = "",
    follow_up: FollowUp | str = FollowUp.NOTHING,
    subject: str = "",
    due_at: datetime | None = None,
    case_id: str | None = None,
) -> Outcome:
    """Write the agent's after-call form for ``call`` (its external id) and commit.

    ``case_id`` attaches the call to a case that exists; a case that waited for its customer is
    open again. A second ``finish`` with the same form changes the fields but promises nothing
    twice.
    """
    interaction = await work.interactions.of_call(call)
    if interaction is None:
        raise NotFound("interaction", call)
    form = Form(
        disposition=disposition,
        note=note,
        follow_up=FollowUp.NOTHING if interaction.disposition else follow_up,
        subject=subject,
        due_at=due_at,
        case_id=case_id,
    )
    _checked(disposition, note, follow_up)
    return await _write(work, interaction, form, kept_case=interaction.case_id)


async def complete(work: Work, interaction_id: str, form: Form, *, version: int) -> Outcome:
    """File a call afterwards, or correct what was filed, and commit.

    ``version`` is the one the user looked at. Each follow-up in the form is a new promise.
    """
    interaction = await work.interactions.get(interaction_id)
    if interaction.version != version:
        raise Stale("interaction", interaction.id, held=version)
    return await _write(work, interaction, form)


async def _write(
    work: Work, interaction: Interaction, form: Form, *, kept_case: str | None = None
) -> Outcome:
    """Write the form; ``kept_case`` is the call's case if the form names none."""
    wanted = _checked(form.disposition, form.note, form.follow_up)
    case = await _attach(work, form.case_id, interaction)
    task: Task | None = None
    if wanted is FollowUp.CASE:
        case = await _new_case(work, interaction, form)
    if wanted is FollowUp.CALLBACK:
        task = await _callback(work, interaction, form, case)
    case_id = case.id if case else kept_case
    after = {"disposition": form.disposition, "note": form.note, "case_id": case_id}
    await work.interactions.amend(interaction.external_id, held=interaction, **after)
    changed = {
        name: [before, value]
        for name, value in after.items()
        if value != (before := getattr(interaction, name))
    }
    if changed:
        await work.audit.note(
            "changed",
            "interaction",
            interaction.id,
            party_id=interaction.party_id,
            details=changed,
        )
    await work.drafts.drop(interaction.external_id)
    await work.commit()
    return Outcome(interaction_id=interaction.id, case=case, task=task)


def _checked(disposition: str, note: str, follow_up: FollowUp | str) -> FollowUp:
    if disposition not in DISPOSITIONS:
        raise BadValue("disposition", f"must be one of {', '.join(DISPOSITIONS)}")
    if len(note) > NOTE_LIMIT:
        raise BadValue("note", f"shorten it to {NOTE_LIMIT} characters")
    try:
        return FollowUp(follow_up)
    except ValueError as error:
        raise BadValue("follow_up", "must be case, callback or nothing") from error


async def _attach(work: Work, case_id: str | None, interaction: Interaction) -> Case | None:
    if case_id is None:
        return None
    case = await work.cases.get(case_id)
    if interaction.party_id is not None and case.party_id != interaction.party_id:
        raise BadValue("case_id", "that case belongs to somebody else")
    if case.state is CaseState.WAITING_CUSTOMER and case.id != interaction.case_id:
        case = await move_case(work, case_id, CaseTrigger.CUSTOMER_REPLIED)
    return case


async def _new_case(work: Work, interaction: Interaction, form: Form) -> Case:
    if interaction.party_id is None:
        raise BadValue("follow_up", "choose or make the customer first: a case needs one")
    new = NewCase(
        party_id=interaction.party_id,
        subject=form.subject or form.note[:100],
        kind=CaseKind.COMPLAINT if form.disposition == "complaint" else CaseKind.REQUEST,
        queue=interaction.queue,
        description=form.note,
        due_at=form.due_at,
        interaction_id=interaction.id,
    )
    return await open_case(work, new)


async def _callback(work: Work, interaction: Interaction, form: Form, case: Case | None) -> Task:
    if not interaction.ani and interaction.party_id is None:
        raise BadValue("follow_up", "nobody can be called back: there is no number, no customer")
    now = work.clock()
    task = await work.tasks.add(
        Task(
            kind=TaskKind.CALLBACK,
            subject=form.subject.strip()[:200],
            due_at=form.due_at or now + CALLBACK_WITHIN,
            assignee_id=work.actor,
            owner_id=work.actor,
            queue=interaction.queue,
            party_id=interaction.party_id,
            case_id=case.id if case else None,
            interaction_id=interaction.id,
            number=interaction.ani,
        )
    )
    if task.party_id is not None:
        await work.timeline.add(
            TimelineEvent(
                party_id=task.party_id,
                occurred_at=now,
                kind="callback_promised",
                subject_type="task",
                subject_id=task.id,
                summary=task.subject,
                payload={"due_at": task.due_at.isoformat()},
            )
        )
    return task

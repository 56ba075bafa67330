"""What waits for an agent: drafts, calls without outcome, missed calls, promises; and its changes.

An agent sees and changes her own, takes over tasks of her queues, and sees to calls missed there;
a supervisor sees to all.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from aiohttp import web
from aiohttp_pydantic.oas.typing import r200, r201
from pydantic import Field

from acd.ids import AgentId, CallId
from agent_desktop.server import protocol as p
from agent_desktop.server.bodies import DraftBody, OutcomeBody, PatchTaskBody, SeeToBody
from agent_desktop.server.dispositions import require_disposition
from agent_desktop.server.endpoint import endpoint, reply
from agent_desktop.server.keys import BACKEND, HUB, NOW, SESSION
from agent_desktop.server.limits import database_limit, floor_limit
from agent_desktop.server.news import tell_party, tell_work
from agent_desktop.server.parameters import After, CallKey, Limit
from agent_desktop.server.people import sees_all, user_of, work_of
from agent_desktop.server.problems import Problem, not_found
from agent_desktop.server.views import (
    ContactView,
    DoneView,
    DraftView,
    KeptDraftView,
    MissedPageView,
    MissedView,
    TasksView,
    TaskView,
    UnfinishedPageView,
    UnfinishedView,
)
from crm_core.domain.interaction import Interaction
from crm_core.domain.task import Task, TaskState
from crm_core.services import tasks, wrap_up
from crm_core.storage.unit_of_work import UnitOfWork
from crm_core.storage.worklist import Key, TaskRow

routes = web.RouteTableDef()
Whose = Annotated[
    Literal["mine", "others"],
    Field(description="The user's own tasks, or those of others in her queues"),
]


# --- drafts ---------------------------------------------------------------------------------------


@routes.get("/api/calls/{call}/draft", allow_head=False)
@endpoint
async def get_draft(request: web.Request, call: CallKey, /) -> r200[KeptDraftView]:
    """What the user has written about a call so far."""
    async with database_limit(request), work_of(request) as work:
        kept = await work.drafts.find(call)
    mine = kept is not None and kept.agent_id == user_of(request)
    return reply(KeptDraftView(draft=_draft(kept.form) if kept is not None and mine else None))


@routes.put("/api/calls/{call}/draft")
@endpoint
async def save_draft(request: web.Request, call: CallKey, /, body: DraftBody) -> r200[DoneView]:
    """Keep the after-call form as far as it is written, so that nothing loses it."""
    form = body.model_dump(mode="json")
    in_hand = _in_hand(request, call)
    if in_hand:  # shown in every window at once, also while the customer base is away
        async with floor_limit(request):
            await request.app[BACKEND].save_note(CallId(call), body.note)
        draft = p.Draft(
            call=call,
            note=body.note,
            disposition=body.disposition,
            follow_up=body.follow_up,
            proposed=body.proposed,
            subject=body.subject,
            due_at=body.due_at,
            case_id=form["case_id"],
        )
        request.app[HUB].put(f"agent:{user_of(request)}", "draft", draft)
    async with database_limit(request), work_of(request) as work:
        if not in_hand:
            record = await work.interactions.of_call(call)
            if record is None or record.agent_id != user_of(request) or record.disposition:
                raise Problem(409, "not_your_call", "this call waits for no form of yours")
        await work.drafts.put(call, form)
        await work.commit()
    return reply(DoneView(ok=True))


# --- calls that are over --------------------------------------------------------------------------


@routes.get("/api/contacts/{contact}", allow_head=False)
@endpoint
async def get_contact(request: web.Request, contact: UUID, /) -> r200[ContactView]:
    """A call that is over, with its form."""
    async with database_limit(request), work_of(request) as work:
        found = await _own_contact(request, work, str(contact))
        await work.audit.viewed("interaction", found.id, party_id=found.party_id)
        view = await _contact(request, work, found)
        await work.commit()
    return reply(view)


@routes.put("/api/contacts/{contact}/outcome")
@endpoint
async def file_outcome(
    request: web.Request, contact: UUID, /, body: OutcomeBody
) -> r200[ContactView]:
    """File a call afterwards, or correct it; 409 when it was changed since you read it."""
    require_disposition(body.disposition)
    form = wrap_up.Form(
        disposition=body.disposition,
        note=body.note,
        follow_up=body.follow_up,
        subject=body.subject,
        due_at=body.due_at,
        case_id=str(body.case_id) if body.case_id else None,
    )
    async with database_limit(request), work_of(request) as work:
        found = await _own_contact(request, work, str(contact))
        await wrap_up.complete(work, found.id, form, version=body.version)
        view = await _contact(request, work, await work.interactions.get(found.id))
    request.app[BACKEND].filed(AgentId(found.agent_id), CallId(found.external_id), body.disposition)
    _tell(request, [found.agent_id, user_of(request)], found.party_id)
    return reply(view)


@routes.post("/api/contacts/{contact}/callback")
@endpoint
async def see_to_missed(request: web.Request, contact: UUID, /, body: SeeToBody) -> r201[TaskView]:
    """See to a missed call: it becomes the user's task, or is noted as done."""
    async with database_limit(request), work_of(request) as work:
        queues = await _queues(request, work)
        if not await work.worklist.sees_missed(
            user_of(request), queues, str(contact), now=request.app[NOW]()
        ):
            raise Problem(409, "not_missed", "somebody sees to this call already")
        task = await tasks.see_to_missed(work, str(contact), done=body.done)
        view = await _one_task(request, work, task)
    _tell(request, [user_of(request), *_colleagues(request)], task.party_id)
    return reply(view, status=201)


# --- lists ----------------------------------------------------------------------------------------


@routes.get("/api/work/unfinished", allow_head=False)
@endpoint
async def get_unfinished(
    request: web.Request, limit: Limit = 20, after: After = ""
) -> r200[UnfinishedPageView]:
    """The user's calls that ended without an outcome, latest first."""
    start, now, me = place_of(after), request.app[NOW](), user_of(request)
    wraps_up = request.app[HUB].current(f"agent:{me}", "wrap_up")
    but = "" if wraps_up is None else wraps_up.call
    async with database_limit(request), work_of(request) as work:
        rows = await work.worklist.unfinished(me, now=now, but=but, after=start, limit=limit + 1)
        total = await work.worklist.unfinished_count(me, now=now, but=but)
        await _note_shown(work, "unfinished", rows)
    items = [
        UnfinishedView(
            id=row.id,
            call=row.external_id,
            at=row.at,
            queue=row.queue,
            number=row.ani,
            party_id=row.party_id,
            party_name=row.party_name,
            note=(row.form or {}).get("note") or row.note,
        )
        for row in rows[:limit]
    ]
    return reply(
        UnfinishedPageView(items=items, next=_next(rows, limit, lambda r: r.at), total=total)
    )


@routes.get("/api/work/missed", allow_head=False)
@endpoint
async def get_missed(
    request: web.Request, limit: Limit = 20, after: After = ""
) -> r200[MissedPageView]:
    """Calls that rang the user in vain or were given up in her queues, latest first."""
    start, now, me = place_of(after), request.app[NOW](), user_of(request)
    async with database_limit(request), work_of(request) as work:
        queues = await _queues(request, work)
        rows = await work.worklist.missed(me, queues, now=now, after=start, limit=limit + 1)
        total = await work.worklist.missed_count(me, queues, now=now)
        names = await work.users.names() if any(row.answered_by for row in rows) else {}
        await _note_shown(work, "missed", rows)
    items = [
        MissedView(
            id=row.id,
            at=row.at,
            queue=row.queue,
            number=row.ani,
            party_id=row.party_id,
            party_name=row.party_name,
            rang=row.rang,
            waited_s=None if row.waited is None else row.waited.total_seconds(),
            answered_by=names.get(row.answered_by, row.answered_by),
        )
        for row in rows[:limit]
    ]
    return reply(MissedPageView(items=items, next=_next(rows, limit, lambda r: r.at), total=total))


@routes.get("/api/work/tasks", allow_head=False)
@endpoint
async def get_tasks(
    request: web.Request, whose: Whose = "mine", limit: Limit = 20, after: After = ""
) -> r200[TasksView]:
    """Open call-backs and tasks, the most urgent first."""
    start, me = place_of(after), user_of(request)
    async with database_limit(request), work_of(request) as work:
        due = 0
        if whose == "mine":
            rows = await work.worklist.tasks_of(me, after=start, limit=limit + 1)
            total, due = await work.worklist.task_counts(me, now=request.app[NOW]())
        else:
            queues = await _queues(request, work)
            rows = await work.worklist.tasks_of_others(me, queues, after=start, limit=limit + 1)
            total = await work.worklist.others_count(me, queues)
        names = await work.users.names() if whose == "others" and rows else {}
        await _note_shown(work, "tasks", rows)
    return reply(
        TasksView(
            items=[_task(request, row, names) for row in rows[:limit]],
            next=_next(rows, limit, lambda row: row.due_at),
            total=total,
            due=due,
        )
    )


@routes.patch("/api/tasks/{task}")
@endpoint
async def change_task(request: web.Request, task: UUID, /, body: PatchTaskBody) -> r200[TaskView]:
    """Have a task done, moved or taken over; 409 when it was changed since you read it."""
    me = user_of(request)
    async with database_limit(request), work_of(request) as work:
        found = await work.tasks.get(str(task))
        await _require_task(request, work, found, take=body.take)
        change = tasks.Change(
            state=TaskState(body.state) if body.state else None,
            due_at=body.due_at,
            assignee_id=me if body.take else None,
        )
        saved = await tasks.change_task(work, found.id, change, version=body.version)
        view = await _one_task(request, work, saved)
    _tell(request, [me, found.assignee_id or me], saved.party_id)
    return reply(view)


# --- shared ---------------------------------------------------------------------------------------


def place_of(after: str) -> Key | None:
    """The key a page begins after; a cursor that is not ours is refused."""
    if not after:
        return None
    at, _, key = after.partition("~")
    try:
        return datetime.fromisoformat(at).astimezone(UTC), str(UUID(key))
    except (ValueError, OverflowError):
        raise Problem(
            422, "bad_cursor", "after must be the next of an earlier page, unchanged"
        ) from None


def _next(rows: Sequence[Any], limit: int, at: Any) -> str:
    if len(rows) <= limit:
        return ""
    last = rows[limit - 1]
    return f"{at(last).isoformat()}~{last.id}"


def _in_hand(request: web.Request, call: str) -> bool:
    """Whether the user talks in this call or wraps it up."""
    mine = (
        request.app[HUB].current(f"agent:{user_of(request)}", key) for key in ("call", "wrap_up")
    )
    return any(value is not None and value.call == call for value in mine)


def _colleagues(request: web.Request) -> Iterable[str]:
    """The agents on the floor, whose lists of missed calls may hold the same call."""
    return [
        id_ for id_, row in request.app[HUB].values("agents").items() if row.state != "logged_out"
    ]


def _tell(request: web.Request, agents: Iterable[str], party_id: str | None) -> None:
    hub, now = request.app[HUB], request.app[NOW]()
    tell_work(hub, dict.fromkeys(agents), now)
    tell_party(hub, party_id, now)


async def _queues(request: web.Request, work: UnitOfWork) -> Sequence[str]:
    """The queues the user serves; none are all."""
    user = await work.users.find(user_of(request))
    return () if user is None or sees_all(request) else user.queues


async def _own_contact(request: web.Request, work: UnitOfWork, key: str) -> Interaction:
    """The call if the user talked in it or supervises; others' are as good as not there."""
    found = await work.interactions.find(key)
    if found is None or not (found.agent_id == user_of(request) or sees_all(request)):
        raise not_found("call")
    return found


async def _require_task(request: web.Request, work: UnitOfWork, task: Task, *, take: bool) -> None:
    """Refuse to touch another's task, but for taking over an open one of the user's queues."""
    if task.assignee_id == user_of(request) or sees_all(request):
        return
    queues = await _queues(request, work)
    if queues and task.queue not in queues:
        raise not_found("task")
    if not take or task.state is not TaskState.OPEN:
        detail = "this is somebody else's; take it over first, while it is open"
        raise Problem(409, "not_your_task", detail)


async def _note_shown(work: UnitOfWork, entity: str, rows: Sequence[Any]) -> None:
    """Note in the audit log whose data a list has shown."""
    shown = sorted({row.party_id for row in rows if row.party_id is not None})
    if shown:
        await work.audit.viewed(entity, "", details={"shown": shown})
        await work.commit()


async def _contact(request: web.Request, work: UnitOfWork, found: Interaction) -> ContactView:
    party = await work.parties.find(found.party_id) if found.party_id else None
    kept = await work.drafts.find(found.external_id)
    names = await work.users.names()
    promised = await work.tasks.of_interaction(found.id)
    name = party.display_name if party else ""
    return ContactView(
        id=found.id,
        call=found.external_id,
        at=found.started_at,
        agent=names.get(found.agent_id, found.agent_id),
        queue=found.queue,
        number=found.ani,
        party_id=found.party_id,
        party_name=name,
        disposition=found.disposition,
        note=found.note,
        case_id=found.case_id,
        draft=_draft(kept.form) if kept is not None else None,
        tasks=[_task(request, _row(task, name), names) for task in promised],
        version=found.version,
    )


async def _one_task(request: web.Request, work: UnitOfWork, task: Task) -> TaskView:
    party = await work.parties.find(task.party_id) if task.party_id else None
    row = _row(task, party.display_name if party else "")
    return _task(request, row, await work.users.names())


def _row(task: Task, party_name: str) -> TaskRow:
    return TaskRow(
        id=task.id,
        version=task.version,
        kind=task.kind,
        subject=task.subject,
        state=task.state,
        due_at=task.due_at,
        assignee_id=task.assignee_id,
        queue=task.queue,
        party_id=task.party_id,
        party_name=party_name,
        interaction_id=task.interaction_id,
        number=task.number,
    )


def _task(request: web.Request, row: TaskRow, names: dict[str, str]) -> TaskView:
    whose = row.assignee_id or ""
    mine = whose == user_of(request)
    return TaskView(
        id=row.id,
        version=row.version,
        kind=row.kind,
        subject=row.subject,
        state=row.state,
        due_at=row.due_at,
        assignee=request[SESSION].name if mine else names.get(whose, whose),
        mine=mine,
        queue=row.queue,
        party_id=row.party_id,
        party_name=row.party_name,
        number=row.number,
        contact_id=row.interaction_id,
    )


def _draft(form: Any) -> DraftView:
    return DraftView.model_validate(dict(form))

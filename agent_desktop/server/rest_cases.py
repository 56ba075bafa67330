"""Cases over REST."""

from dataclasses import replace
from uuid import UUID

from aiohttp import web
from aiohttp_pydantic.oas.typing import r200, r201

from agent_desktop.server.bodies import NewCaseBody, PatchCaseBody
from agent_desktop.server.endpoint import endpoint, reply
from agent_desktop.server.keys import HUB, NOW, SESSION
from agent_desktop.server.limits import database_limit
from agent_desktop.server.news import tell_party
from agent_desktop.server.people import work_of
from agent_desktop.server.views import CaseView
from crm_core.domain.case import Case, CaseKind, CaseTrigger, Priority
from crm_core.domain.errors import Stale
from crm_core.domain.interaction import TimelineEvent

routes = web.RouteTableDef()


@routes.post("/api/cases")
@endpoint
async def create_case(request: web.Request, body: NewCaseBody) -> r201[CaseView]:
    """Open a case for a party."""
    now, user = request.app[NOW](), request[SESSION].user
    async with database_limit(request), work_of(request) as work:
        party = await work.parties.get(str(body.party_id))
        case = await work.cases.add(
            Case(
                party_id=party.id,
                subject=body.subject,
                description=body.description,
                kind=CaseKind(body.kind),
                priority=Priority(body.priority),
                owner_id=user,
                state_since=now,
                opened_at=now,
                due_at=body.due_at,
            )
        )
        await work.timeline.add(
            TimelineEvent(
                party_id=party.id,
                occurred_at=now,
                kind="case_opened",
                subject_type="case",
                subject_id=case.id,
                summary=case.subject,
                payload={"number": case.number},
            )
        )
        await work.commit()
    tell_party(request.app[HUB], party.id, now)
    return reply(case_view(case), status=201)


@routes.patch("/api/cases/{case}")
@endpoint
async def change_case(request: web.Request, case: UUID, /, body: PatchCaseBody) -> r200[CaseView]:
    """Change a case; 409 when its state forbids it or somebody else changed it."""
    now = request.app[NOW]()
    async with database_limit(request), work_of(request) as work:
        found = await work.cases.get(str(case))
        if found.version != body.version:
            raise Stale("case", found.number, held=body.version)
        moved = found.on(CaseTrigger(body.move), at=now) if body.move else found
        saved = await work.cases.save(
            replace(
                moved,
                subject=body.subject or moved.subject,
                description=moved.description if body.description is None else body.description,
                priority=Priority(body.priority) if body.priority else moved.priority,
                due_at=body.due_at or moved.due_at,
            )
        )
        if moved.state is not found.state:
            await work.timeline.add(
                TimelineEvent(
                    party_id=saved.party_id,
                    occurred_at=now,
                    kind="case_moved",
                    subject_type="case",
                    subject_id=saved.id,
                    summary=saved.subject,
                    payload={"number": saved.number, "from": found.state, "to": saved.state},
                )
            )
        await work.commit()
    tell_party(request.app[HUB], saved.party_id, now)
    return reply(case_view(saved))


def case_view(case: Case) -> CaseView:
    """A case as the API shows it."""
    return CaseView(
        id=case.id,
        number=case.number,
        party_id=case.party_id,
        subject=case.subject,
        description=case.description,
        state=case.state,
        priority=case.priority,
        kind=case.kind,
        opened_at=case.opened_at,
        due_at=case.due_at,
        closed_at=case.closed_at,
        moves=[move.value for move in case.moves()],
        version=case.version,
    )

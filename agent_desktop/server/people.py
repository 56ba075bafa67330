"""What several REST modules do with parties: make one, note that somebody looked at one."""

from dataclasses import replace

from aiohttp import web

from agent_desktop.server.access import SUPERVISOR
from agent_desktop.server.bodies import NewPartyBody
from agent_desktop.server.keys import CONFIG, DATABASE, HUB, NOW, SESSION
from agent_desktop.server.limits import database_limit
from agent_desktop.server.news import tell_party
from crm_core.domain.party import Party, PartyKind, Role, email_point, phone_points
from crm_core.services import parties
from crm_core.storage.unit_of_work import UnitOfWork


async def record_view(request: web.Request, entity: str, entity_id: str) -> None:
    """Note in the audit log that the user looked at personal data outside any other work."""
    async with database_limit(request), work_of(request) as work:
        await work.audit.viewed(entity, entity_id)
        await work.commit()


def user_of(request: web.Request) -> str:
    """The id of the signed-in user."""
    return request[SESSION].user


def sees_all(request: web.Request) -> bool:
    """Whether the user may look at everybody's calls and tasks."""
    return SUPERVISOR in request[SESSION].roles


def work_of(request: web.Request) -> UnitOfWork:
    """A unit of work in the name of the signed-in user."""
    return request.app[DATABASE].work(actor=request[SESSION].user)


async def create_party(request: web.Request, body: NewPartyBody) -> Party:
    """Keep a new party with its phone and e-mail, in one transaction."""
    region = request.app[CONFIG].region
    points = phone_points(body.phone, region=region, primary=True)
    if body.email:
        points.append(email_point(body.email, primary=not points))
    async with database_limit(request), work_of(request) as work:
        party = await work.parties.add(
            Party(
                kind=PartyKind(body.kind),
                display_name=body.name,
                customer_number=await work.parties.new_customer_number(),
                language=body.language or "",
                city=body.city,
                source="agent",
            ),
            roles=(Role.PROSPECT,),
        )
        for point in points:
            await work.contact_points.add(replace(point, party_id=party.id))
        await work.commit()
    return party


async def keep_number(request: web.Request, party_id: str, number: str) -> None:
    """Add a number to those of a party; ``BadValue`` if it is withheld or cannot be one."""
    region = request.app[CONFIG].region
    async with database_limit(request), work_of(request) as work:
        await parties.attach_number(work, party_id, number, region=region)
        await work.commit()
    tell_party(request.app[HUB], party_id, request.app[NOW]())

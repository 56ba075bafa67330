"""A new party with its numbers and addresses, checked against those that exist."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from crm_core.domain.errors import BadValue
from crm_core.domain.interaction import TimelineEvent
from crm_core.domain.party import (
    ContactPoint,
    Party,
    PartyKind,
    PointKind,
    Role,
    email_point,
    phone_point,
    phone_points,
)
from crm_core.services.ports import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class NewParty:
    """What an agent fills in for somebody unknown."""

    name: str
    kind: PartyKind = PartyKind.PERSON
    phones: Sequence[str] = ()
    emails: Sequence[str] = ()
    language: str = ""
    city: str = ""
    source: str = "call"


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """The party as stored, and whom else its numbers and addresses lead to."""

    party: Party
    points: Sequence[ContactPoint]
    duplicates: Sequence[str]
    """Ids of parties that share a number or address: shown to the user as a warning."""


async def create(work: Work, new: NewParty, *, region: str) -> Created:
    """Make a party with a customer number; the caller commits."""
    if not new.name.strip():
        raise BadValue("name", "write the name of the person or company")
    points = points_of(new, region=region)
    duplicates = await duplicates_of(work, points)
    now = work.clock()
    party = await work.parties.add(
        Party(
            display_name=new.name.strip()[:200],
            kind=new.kind,
            language=new.language,
            city=new.city,
            source=new.source,
            customer_since=now,
            customer_number=await work.parties.new_customer_number(),
            owner_id=work.actor,
        ),
        (Role.CUSTOMER,),
    )
    stored = [await work.contact_points.add(replace(point, party_id=party.id)) for point in points]
    await work.timeline.add(
        TimelineEvent(
            party_id=party.id,
            occurred_at=now,
            kind="party_created",
            subject_type="party",
            subject_id=party.id,
            payload={"source": new.source},
        )
    )
    return Created(party=party, points=stored, duplicates=duplicates)


def points_of(new: NewParty, *, region: str) -> list[ContactPoint]:
    """Return the contact points of a form, each once, the first of its kind primary."""
    phones = [point for raw in new.phones for point in phone_points(raw, region=region)]
    emails = [email_point(raw) for raw in new.emails if raw.strip()]
    unique = {(point.kind, point.norm, point.extension): point for point in [*phones, *emails]}
    firsts = {points[0].norm for points in (phones, emails) if points}
    return [replace(point, is_primary=point.norm in firsts) for point in unique.values()]


async def duplicates_of(work: Work, points: Sequence[ContactPoint]) -> list[str]:
    """Return the parties that already use one of these numbers or addresses."""
    found: dict[str, None] = {}
    for kind in (PointKind.PHONE, PointKind.EMAIL):
        norms = [point.norm for point in points if point.kind is kind]
        owners = await work.contact_points.owners(kind, norms) if norms else {}
        for ids in owners.values():
            found.update(dict.fromkeys(ids))
    return list(found)


async def attach_number(work: Work, party_id: str, raw: str, *, region: str) -> ContactPoint:
    """Add a caller's number to an existing party; shared if somebody else has it already.

    One that the party has in another writing is confirmed: from now on it is surely theirs.
    """
    party = await work.parties.get(party_id)
    point = phone_point(raw, region=region)
    mine = {known.norm: known for known in await work.contact_points.of_party(party.id)}
    known = mine.get(point.norm)
    if known is not None:
        confirmed = replace(known, verified_at=known.verified_at or work.clock())
        return known if confirmed == known else await work.contact_points.save(confirmed)
    owners = await work.contact_points.owners(PointKind.PHONE, [point.norm])
    shared = bool(owners.get(point.norm))
    return await work.contact_points.add(replace(point, party_id=party.id, is_shared=shared))

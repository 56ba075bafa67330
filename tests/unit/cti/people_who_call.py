"""Parties of the customer base that the tests' callers are."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from crm_core.domain.case import Case, CaseKind, CaseState
from crm_core.domain.interaction import Interaction
from crm_core.domain.party import Party, Tier, phone_point
from crm_core.domain.pin import hash_pin
from crm_core.domain.sales import OrderState, SalesOrder
from crm_core.storage.database import Database

GRACE = "+12025550143"
HOUSEHOLD = "+12025550144"
STRANGER = "+12025550199"
PIN = "2468"


async def add_party(database: Database, name: str, number: str, *, shared: bool = False) -> Party:
    """A party with one number."""
    point = phone_point(number, region="US", primary=True)
    async with database.work() as work:
        party = await work.parties.add(
            Party(
                display_name=name,
                tier=Tier.VIP,
                customer_number=await work.parties.new_customer_number(),
            )
        )
        await work.contact_points.add(replace(point, party_id=party.id, is_shared=shared))
        await work.commit()
    return party


async def add_grace(database: Database) -> Party:
    """A party with a case, an order, an earlier call, and a PIN."""
    party, now, day = (
        await add_party(database, "Grace Holloway", GRACE),
        database.now(),
        timedelta(1),
    )
    async with database.work() as work:
        await work.parties.set_pin(party.id, hash_pin(PIN))
        await work.cases.add(
            Case(
                party_id=party.id,
                subject="Third delivery date missed",
                kind=CaseKind.COMPLAINT,
                state=CaseState.OPEN,
                queue="support",
                opened_at=now - day,
                state_since=now - day,
            )
        )
        await work.orders.add(
            SalesOrder(
                party_id=party.id,
                state=OrderState.SHIPPED,
                placed_at=now - 9 * day,
                expected_at=now - 2 * day,
                due_at=now + day,
                total=Decimal("120.00"),
                currency="USD",
            )
        )
        await work.interactions.record(
            Interaction(
                external_id="earlier",
                party_id=party.id,
                ani=GRACE,
                started_at=now - 3 * day,
                ended_at=now - 3 * day,
                queue="support",
            )
        )
        await work.commit()
    return party

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from crm_core.domain.caller import MatchState
from crm_core.domain.case import Case, CaseKind, CaseState
from crm_core.domain.interaction import Interaction, Segment
from crm_core.domain.party import CallerHint, Party, Tier, email_point, phone_point
from crm_core.domain.sales import Opportunity, OrderItem, OrderState, SalesOrder, Stage
from crm_core.domain.task import Task, TaskKind
from crm_core.domain.user import User
from crm_core.services import caller_lookup, parties
from crm_core.storage.database import Database
from tests.integration.crm_core.conftest import NOON

pytestmark = pytest.mark.integration

NUMBER = "+12025550143"


async def a_party(
    database: Database, name: str = "Grace Holloway", number: str = NUMBER, *, shared: bool = False
) -> Party:
    point = phone_point(number, region="US", primary=True)
    async with database.work() as work:
        party = await work.parties.add(
            Party(display_name=name, tier=Tier.VIP, owner_id="ana", customer_number=None)
        )
        await work.contact_points.add(replace(point, party_id=party.id, is_shared=shared))
        await work.commit()
    return party


async def a_full_party(database: Database) -> Party:
    party = await a_party(database)
    day = timedelta(days=1)
    async with database.work() as work:
        await work.users.add(User(id="ana", name="Ana Ruiz"))
        await work.contact_points.add(replace(email_point("G@Example.org"), party_id=party.id))
        await work.cases.add(
            Case(
                party_id=party.id,
                subject="Third delivery date missed",
                kind=CaseKind.COMPLAINT,
                state=CaseState.OPEN,
                queue="support",
                opened_at=NOON - day,
                state_since=NOON - day,
            )
        )
        await work.orders.add(
            SalesOrder(
                party_id=party.id,
                state=OrderState.SHIPPED,
                placed_at=NOON - 9 * day,
                expected_at=NOON - 2 * day,
                due_at=NOON + day,
                total=Decimal("1234.50"),
                lines=(OrderItem(line=1, item="Espresso machine", price=Decimal("1234.50")),),
            )
        )
        await work.opportunities.add(
            Opportunity(party_id=party.id, name="Grinder", stage=Stage.PROPOSE, amount=Decimal(300))
        )
        await work.tasks.add(
            Task(kind=TaskKind.CALLBACK, subject="Call back", due_at=NOON - day, party_id=party.id)
        )
        await work.interactions.record(
            Interaction(
                external_id="c1",
                party_id=party.id,
                ani=NUMBER,
                agent_id="ana",
                started_at=NOON - 40 * day,
                ended_at=NOON - 40 * day,
                talked=timedelta(seconds=93),
                outcome="completed",
                note="Asked about grinders.",
                segments=(Segment(seq=1, agent_id="ana"),),
            )
        )
        await work.commit()
    return party


async def test_the_caller_file_holds_everything_in_one_statement(database: Database) -> None:
    party = await a_full_party(database)

    with database.counting() as statements:
        async with database.work() as work:
            file = await caller_lookup.look_up(work, "(202) 555-0143", region="US", queue="support")

    assert len(statements) == 1
    assert file.state is MatchState.ONE
    assert file.party is not None
    assert (file.party.id, file.party.owner) == (party.id, "Ana Ruiz")
    assert (file.party.phones, file.party.emails) == ((NUMBER,), ("g@example.org",))
    assert [alert.kind for alert in file.alerts] == ["vip", "open_complaint"]
    assert [reason.key for reason in file.reasons] == [
        "reason.order_late",
        "reason.complaint_open",
        "reason.callback_promised",
    ]
    assert file.cases[0].opened_at == NOON - timedelta(days=1)
    assert file.cases[0].kind is CaseKind.COMPLAINT
    assert (file.orders[0].total, file.orders[0].item) == (Decimal("1234.50"), "Espresso machine")
    assert file.orders[0].paid_at is None
    assert file.contacts[0].agent == "Ana Ruiz"
    assert file.contacts[0].talked == timedelta(seconds=93)
    assert file.linked_party_id == party.id


async def test_an_unknown_number_shows_earlier_calls_from_it(database: Database) -> None:
    async with database.work() as work:
        await work.interactions.record(
            Interaction(
                external_id="c1", ani="+12025550199", started_at=NOON, ended_at=NOON, note="Hung up"
            )
        )
        await work.commit()
        with database.counting() as statements:
            file = await caller_lookup.look_up(work, "+12025550199", region="US")

    assert (file.state, file.party, file.linked_party_id) == (MatchState.NONE, None, None)
    assert [contact.summary for contact in file.contacts] == ["Hung up"]
    assert len(statements) == 1


@pytest.mark.parametrize("ani", ["", "anonymous", "Restricted", "1001", "agent-ana", "+", "☎" * 99])
async def test_what_is_no_number_asks_nothing(database: Database, ani: str) -> None:
    with database.counting() as statements:
        async with database.work() as work:
            file = await caller_lookup.look_up(work, ani, region="US")

    assert (file.state, statements) == (MatchState.NONE, [])


async def test_a_shared_number_lists_its_people_and_links_none(database: Database) -> None:
    for name in ("Chen Jianguo", "Lin Meiling", "Chen Siyuan"):
        await a_party(database, name, shared=True)

    async with database.work() as work:
        file = await caller_lookup.look_up(work, NUMBER, region="US")

    assert (file.state, file.party, len(file.candidates)) == (MatchState.MANY, None, 3)
    assert file.linked_party_id is None


async def test_the_one_whose_case_the_queue_handles_is_shown_first_of_many(
    database: Database,
) -> None:
    await a_party(database, "Chen Jianguo", shared=True)
    meiling = await a_party(database, "Lin Meiling", shared=True)
    async with database.work() as work:
        await work.cases.add(
            Case(
                party_id=meiling.id,
                subject="Parcel",
                state=CaseState.OPEN,
                queue="support",
                opened_at=NOON,
                state_since=NOON,
            )
        )
        await work.commit()

    async with database.work() as work:
        asked = await caller_lookup.look_up(work, NUMBER, region="US", queue="support")
        other = await caller_lookup.look_up(work, NUMBER, region="US", queue="sales")

    assert (asked.state, asked.party and asked.party.id) == (MatchState.MANY, meiling.id)
    assert asked.linked_party_id is None, "shown, but the agent decides"
    assert other.party is None


async def test_a_hint_is_only_a_maybe(database: Database) -> None:
    party = await a_party(database, number="+12025550111")
    async with database.work() as work:
        await work.parties.hint(
            CallerHint(norm="+12025550122", party_id=party.id, source_type="case")
        )
        await work.commit()
        file = await caller_lookup.look_up(work, "202 555 0122", region="US")

    assert (file.state, file.party) == (MatchState.MAYBE, None)
    assert [(c.party_id, c.why) for c in file.candidates] == [(party.id, "match.hint")]


async def test_an_identity_proven_in_the_menu_wins_over_the_number(database: Database) -> None:
    await a_party(database, "Owner of the phone")
    caller = await a_party(database, "The one with the PIN", "+12025550177")

    async with database.work() as work:
        file = await caller_lookup.look_up(work, NUMBER, region="US", party_id=caller.id)

    assert file.party is not None
    assert (file.party.id, file.verified, file.state) == (caller.id, True, MatchState.ONE)


@pytest.mark.parametrize(
    "hide",
    [
        lambda party: replace(party, deleted_at=NOON),
        lambda party: replace(party, lifecycle="inactive"),
        lambda party: replace(party, merged_into_id=party.id),
    ],
)
async def test_deleted_inactive_and_merged_parties_are_never_listed(
    database: Database, hide: Callable[[Party], Party]
) -> None:
    party = await a_party(database)
    async with database.work() as work:
        await work.parties.save(hide(party))
        await work.commit()
        file = await caller_lookup.look_up(work, NUMBER, region="US")

    assert (file.state, file.candidates) == (MatchState.NONE, ())


@pytest.mark.parametrize(
    ("stored", "ani"),
    [
        ("+44 7911 123456", "447911123456"),
        ("+4930123456", "004930123456"),
        ("+989120000143", "989120000143"),
        ("+55 11 98765-4321", "+551187654321"),
        ("+54 9 11 2345-6789", "+541123456789"),
        ("+52 55 1234 5678", "+5215512345678"),
    ],
)
async def test_another_writing_of_a_number_is_likely_until_it_is_confirmed(
    database: Database, stored: str, ani: str
) -> None:
    party = await a_party(database, number=stored)

    with database.counting() as statements:
        async with database.work() as work:
            file = await caller_lookup.look_up(work, ani, region="US")

    assert len(statements) == 2, "the second brings the facts of who was found"
    assert (file.state, file.party and file.party.id) == (MatchState.LIKELY, party.id)
    assert [candidate.why for candidate in file.candidates] == ["match.likely"]
    assert file.linked_party_id is None, "the agent decides"

    async with database.work() as work:
        await parties.attach_number(work, party.id, ani, region="US")
        await work.commit()
        again = await caller_lookup.look_up(work, ani, region="US")

    assert (again.state, again.linked_party_id) == (MatchState.ONE, party.id)


async def test_who_has_the_very_number_comes_before_who_has_it_in_another_writing(
    database: Database,
) -> None:
    await a_party(database, "Old", "+54 9 11 2345-6789")
    exact = await a_party(database, "New", "+54 11 2345-6789")

    async with database.work() as work:
        file = await caller_lookup.look_up(work, "+541123456789", region="US")

    assert (file.state, file.linked_party_id) == (MatchState.ONE, exact.id)


async def test_several_likely_ones_are_a_maybe(database: Database) -> None:
    for name in ("Ana", "Bo"):
        await a_party(database, name, "+447911123456", shared=True)

    async with database.work() as work:
        file = await caller_lookup.look_up(work, "447911123456", region="US")

    assert (file.state, len(file.candidates)) == (MatchState.MAYBE, 2)


async def test_earlier_calls_are_found_under_another_writing_too(database: Database) -> None:
    async with database.work() as work:
        await work.interactions.record(
            Interaction(
                external_id="c1", ani="+447911123456", started_at=NOON, ended_at=NOON, note="Hm"
            )
        )
        await work.commit()
        file = await caller_lookup.look_up(work, "447911123456", region="US")

    assert (file.state, [c.summary for c in file.contacts]) == (MatchState.NONE, ["Hm"])


async def test_earlier_contacts_of_a_shared_number_say_whose_they_were(database: Database) -> None:
    number = "+12025550143"
    ana, bo = [await a_party(database, name, number, shared=True) for name in ("Ana", "Bo")]
    async with database.work() as work:
        for call, party in (("c1", ana), ("c2", bo), ("c3", None)):
            await work.interactions.record(
                Interaction(
                    external_id=call,
                    ani=number,
                    party_id=party.id if party else None,
                    started_at=NOON,
                    ended_at=NOON,
                )
            )
        await work.commit()
        file = await caller_lookup.look_up(work, number, region="US")

    assert file.linked_party_id is None
    assert sorted(contact.party_name for contact in file.contacts) == ["", "Ana", "Bo"]

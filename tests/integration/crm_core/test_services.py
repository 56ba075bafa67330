import asyncio
from collections.abc import Awaitable, Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from crm_core.domain.case import CaseState, CaseTrigger
from crm_core.domain.errors import BadValue, Duplicate, IllegalMove, NotFound, Stale
from crm_core.domain.interaction import Interaction
from crm_core.domain.party import Party
from crm_core.domain.pin import hash_pin
from crm_core.domain.sales import OrderState, SalesOrder
from crm_core.domain.user import User
from crm_core.services import cases, order_status, parties, tasks, users, wrap_up
from crm_core.services.order_status import Identity
from crm_core.storage.database import Database
from tests.integration.crm_core.conftest import NOON, Clock

pytestmark = pytest.mark.integration

CALL = "parley-1763784000.12"


async def a_call(database: Database, *, known: bool = True, ani: str = "+12025550143") -> Party:
    async with database.work() as work:
        party = await work.parties.add(Party(display_name="Grace Holloway"))
        await work.interactions.record(
            Interaction(
                external_id=CALL,
                party_id=party.id if known else None,
                ani=ani,
                queue="support",
                started_at=NOON,
                ended_at=NOON,
            )
        )
        await work.commit()
    return party


async def refused_of(work: Iterable[Awaitable[object]]) -> list[type[BaseException]]:
    """Do it all at once; return how it failed where it did."""
    done = await asyncio.gather(*work, return_exceptions=True)
    return [type(one) for one in done if isinstance(one, BaseException)]


async def test_of_ten_who_correct_a_call_at_once_one_does_and_one_promise_is_made(
    database: Database,
) -> None:
    await a_call(database)
    async with database.work() as work:
        call = await work.interactions.of_call(CALL)
    assert call is not None
    promise = wrap_up.Form(disposition="callback_promised", follow_up="callback", due_at=NOON)

    async def complete() -> None:
        async with database.work(actor="ana") as work:
            await wrap_up.complete(work, call.id, promise, version=call.version)

    assert await refused_of(complete() for _ in range(10)) == [Stale] * 9
    async with database.work() as work:
        assert len(await work.tasks.of_interaction(call.id)) == 1


async def test_of_ten_forms_of_one_call_at_once_one_promise_comes(database: Database) -> None:
    await a_call(database)

    async def finish() -> None:
        async with database.work(actor="ana") as work:
            await wrap_up.finish(
                work, CALL, disposition="callback_promised", follow_up="callback", due_at=NOON
            )

    assert set(await refused_of(finish() for _ in range(10))) <= {Stale}
    async with database.work() as work:
        call = await work.interactions.of_call(CALL)
        assert call is not None
        assert len(await work.tasks.of_interaction(call.id)) == 1


async def test_of_ten_who_see_to_a_missed_call_at_once_one_does(database: Database) -> None:
    await a_call(database)
    async with database.work() as work:
        call = await work.interactions.of_call(CALL)
    assert call is not None

    async def see_to(agent: str) -> None:
        async with database.work(actor=agent) as work:
            await tasks.see_to_missed(work, call.id, done=False)

    refused = await refused_of(see_to(f"agent{number}") for number in range(10))
    assert len(refused) == 9
    assert set(refused) <= {Stale, BadValue}
    async with database.work() as work:
        assert len(await work.tasks.of_interaction(call.id)) == 1


async def test_wrap_up_writes_form_case_and_timeline_together(database: Database) -> None:
    party = await a_call(database)
    async with database.work(actor="ana") as work:
        outcome = await wrap_up.finish(
            work,
            CALL,
            disposition="complaint",
            note="Third date missed",
            follow_up="case",
            subject="Late delivery",
        )

    async with database.work() as work:
        (case,) = await work.cases.of_party(party.id, unsettled=True)
        call = await work.interactions.of_call(CALL)
        kinds = {event.kind for event in await work.timeline.page(party.id)}
    assert outcome.case == case
    assert (case.owner_id, case.queue, case.interaction_id) == ("ana", "support", call and call.id)
    assert call is not None
    assert (call.disposition, call.note, call.case_id) == (
        "complaint",
        "Third date missed",
        case.id,
    )
    assert kinds == {"interaction", "case_opened"}


async def test_a_repeated_wrap_up_promises_nothing_twice(database: Database) -> None:
    party = await a_call(database)
    for _ in range(2):
        async with database.work(actor="ana") as work:
            await wrap_up.finish(work, CALL, disposition="callback_promised", follow_up="callback")

    async with database.work() as work:
        (task,) = await work.tasks.of_party(party.id)
        due = await work.tasks.due(before=NOON + timedelta(days=2), assignee_id="ana")
    assert (task.number, task.due_at) == ("+12025550143", NOON + wrap_up.CALLBACK_WITHIN)
    assert due == [task]


async def test_a_case_that_waited_for_the_caller_is_open_again(database: Database) -> None:
    party = await a_call(database)
    async with database.work() as work:
        case = await cases.open_case(
            work, cases.NewCase(party_id=party.id, subject="Which address?")
        )
        await work.commit()
        for trigger in (CaseTrigger.OPEN, CaseTrigger.WAIT):
            await cases.move_case(work, case.id, trigger)
        await work.commit()
        await wrap_up.finish(work, CALL, disposition="resolved", case_id=case.id)

        assert (await work.cases.get(case.id)).state is CaseState.OPEN
        call = await work.interactions.of_call(CALL)
    assert call is not None
    assert call.case_id == case.id


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"disposition": "splendid"}, "disposition"),
        ({"disposition": "resolved", "follow_up": "dance"}, "follow_up"),
        ({"disposition": "resolved", "note": "x" * 8001}, "note"),
        ({"disposition": "resolved", "follow_up": "case", "subject": "A"}, "follow_up"),
        ({"disposition": "resolved", "follow_up": "callback"}, "follow_up"),
    ],
)
async def test_a_form_that_makes_no_sense_changes_nothing(
    database: Database, form: dict[str, str], field: str
) -> None:
    await a_call(database, known=False, ani="")
    async with database.work() as work:
        with pytest.raises(BadValue) as refused:
            await wrap_up.finish(work, CALL, **form)  # type: ignore[arg-type]
    assert refused.value.field == field

    async with database.work() as work:
        call = await work.interactions.of_call(CALL)
    assert call is not None
    assert call.disposition == ""


async def test_wrap_up_of_an_unknown_call_is_not_found(database: Database) -> None:
    async with database.work() as work:
        with pytest.raises(NotFound):
            await wrap_up.finish(work, CALL, disposition="resolved")


async def test_a_case_of_somebody_else_cannot_be_attached(database: Database) -> None:
    await a_call(database)
    async with database.work() as work:
        other = await work.parties.add(Party(display_name="Other"))
        case = await cases.open_case(work, cases.NewCase(party_id=other.id, subject="A"))
        await work.commit()
        with pytest.raises(BadValue, match="somebody else"):
            await wrap_up.finish(work, CALL, disposition="resolved", case_id=case.id)


async def test_a_case_moves_only_along_its_edges_and_versions(database: Database) -> None:
    party = await a_call(database)
    async with database.work() as work:
        case = await cases.open_case(work, cases.NewCase(party_id=party.id, subject="A"))
        await work.commit()
        with pytest.raises(IllegalMove, match="close is not possible"):
            await cases.move_case(work, case.id, CaseTrigger.CLOSE)
        with pytest.raises(Stale):
            await cases.move_case(work, case.id, CaseTrigger.OPEN, version=7)
        assert await work.cases.by_number(case.number) == case


# --- the phone menu ---------------------------------------------------------------------------


async def a_customer(database: Database, *, orders: bool = True) -> Party:
    async with database.work() as work:
        party = await work.parties.add(
            Party(display_name="Grace", customer_number=await work.parties.new_customer_number())
        )
        await work.parties.set_pin(party.id, hash_pin("2468", cost=2))
        if orders:
            for days, state in ((90, OrderState.DELIVERED), (9, OrderState.SHIPPED)):
                at = NOON - timedelta(days=days)
                await work.orders.add(
                    SalesOrder(
                        party_id=party.id,
                        state=state,
                        placed_at=at,
                        expected_at=at + timedelta(days=5),
                        total=Decimal(10),
                    )
                )
        await work.commit()
    return party


async def test_number_and_pin_tell_the_state_of_the_last_order(database: Database) -> None:
    party = await a_customer(database)
    async with database.work() as work:
        answer = await order_status.of(work, str(party.customer_number), "2468")

    assert (answer.identity, answer.party_id) == (Identity.PROVEN, party.id)
    assert answer.order is not None
    assert (answer.order.state, answer.order.late) == (OrderState.SHIPPED, True)


async def test_a_customer_without_orders_is_proven_all_the_same(database: Database) -> None:
    party = await a_customer(database, orders=False)
    async with database.work() as work:
        answer = await order_status.of(work, str(party.customer_number), "۲۴۶۸")
    assert (answer.identity, answer.order) == (Identity.PROVEN, None)


@pytest.mark.parametrize("number", ["", "12345678", "10000016'", "99999997", "x" * 500])
async def test_an_unknown_customer_looks_like_a_wrong_pin(database: Database, number: str) -> None:
    await a_customer(database)
    async with database.work() as work:
        answer = await order_status.of(work, number, "2468")
    assert answer == order_status.OrderStatus(identity=Identity.REFUSED)


async def test_five_wrong_pins_lock_the_number_for_a_quarter_of_an_hour(
    database: Database, clock: Clock
) -> None:
    party = await a_customer(database)

    async def attempt(pin: str) -> Identity:
        async with database.work() as work:
            return (await order_status.of(work, str(party.customer_number), pin)).identity

    assert [await attempt("0000") for _ in range(4)] == [Identity.REFUSED] * 4
    assert await attempt("2468") is Identity.PROVEN, "a right one forgives"
    assert [await attempt("0000") for _ in range(5)] == [Identity.REFUSED] * 5
    assert await attempt("2468") is Identity.LOCKED
    clock.pass_(order_status.LOCKED_FOR)
    assert await attempt("2468") is Identity.PROVEN


async def test_of_eighty_guesses_at_once_five_are_looked_at(database: Database) -> None:
    party = await a_customer(database)

    async def guess(pin: str) -> Identity:
        async with database.work() as work:
            return (await order_status.of(work, str(party.customer_number), pin)).identity

    async with asyncio.TaskGroup() as guesses:
        asked = [guesses.create_task(guess(f"{pin:04}")) for pin in range(80)]
    seen = [one.result() for one in asked]
    assert (seen.count(Identity.REFUSED), seen.count(Identity.LOCKED)) == (5, 75)


async def test_processes_side_by_side_count_the_guesses_at_a_pin_together(
    database: Database, clock: Clock
) -> None:
    party = await a_customer(database)
    other = Database(database.url, clock=clock)
    await other.open()
    try:

        async def guess(door: Database) -> Identity:
            async with door.work() as work:
                return (await order_status.of(work, str(party.customer_number), "0000")).identity

        async with asyncio.TaskGroup() as guesses:
            asked = [guesses.create_task(guess((database, other)[n % 2])) for n in range(16)]
        seen = [one.result() for one in asked]
    finally:
        await other.close()
    assert (seen.count(Identity.REFUSED), seen.count(Identity.LOCKED)) == (5, 11)


# --- parties and users ------------------------------------------------------------------------


async def test_a_new_party_warns_of_others_with_its_number(database: Database) -> None:
    new = parties.NewParty(
        name="Grace Holloway", phones=["202 555 0143", "+1 (202) 555-0143"], emails=["G@x.org"]
    )
    async with database.work(actor="ana") as work:
        first = await parties.create(work, new, region="US")
        await work.commit()
        second = await parties.create(work, replace(new, emails=()), region="US")
        await work.commit()
        point = await parties.attach_number(work, second.party.id, "2025550143", region="US")
        other = await parties.attach_number(work, second.party.id, "2025550144", region="US")
        await work.commit()

    assert first.duplicates == []
    assert [p.norm for p in first.points] == ["+12025550143", "g@x.org"]
    assert all(p.is_primary for p in first.points)
    assert second.duplicates == [first.party.id]
    assert first.party.customer_number != second.party.customer_number
    assert (point.id, other.is_shared) == (second.points[0].id, False)


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (parties.NewParty(name="  "), "name"),
        (parties.NewParty(name="A", phones=["call me"]), "phone"),
        (parties.NewParty(name="A", emails=["a@b"]), "email"),
    ],
)
async def test_a_party_that_makes_no_sense_names_the_field(
    database: Database, new: parties.NewParty, field: str
) -> None:
    async with database.work() as work:
        with pytest.raises(BadValue) as refused:
            await parties.create(work, new, region="US")
    assert refused.value.field == field


async def test_a_user_is_added_once_and_never_with_values_that_make_no_sense(
    database: Database,
) -> None:
    async with database.work(actor="admin") as work:
        added = await users.add_user(work, User(id="ana", name="Ana Ruiz"))
        with pytest.raises(BadValue, match="language"):
            await users.add_user(work, User(id="ben", name="Ben", language="xx"))
        with pytest.raises(Duplicate, match="user ana"):
            await users.add_user(work, User(id="ana", name="Another"))
        with pytest.raises(BadValue, match="argon2id"):
            await users.set_password(work, "ana", "plain")
        with pytest.raises(BadValue, match="1 to 5"):
            await users.set_skills(work, "ana", {"billing": 6})
        assert await work.users.all() == [added]
        assert await work.users.names() == {"ana": "Ana Ruiz"}

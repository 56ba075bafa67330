import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from crm_core.domain.errors import BadReference, Duplicate, NotFound, Stale, StorageUnavailable
from crm_core.domain.party import ContactPoint, Party, PartyRelation, Role, Tier, phone_point
from crm_core.domain.user import User, UserRole
from crm_core.services import users
from crm_core.storage.database import Database
from tests.integration.crm_core.conftest import NOON, Clock

pytestmark = pytest.mark.integration


async def a_party(database: Database, name: str = "Grace Holloway") -> Party:
    async with database.work(actor="ana") as work:
        party = await work.parties.add(Party(display_name=name), (Role.CUSTOMER,))
        await work.commit()
    return party


async def test_what_was_added_reads_back_equal(database: Database) -> None:
    party = await a_party(database)

    async with database.work() as work:
        assert await work.parties.get(party.id) == party
        assert await work.parties.roles(party.id) == {Role.CUSTOMER}
    assert party.created_by == "ana"
    assert party.created_at == NOON


async def test_nothing_is_kept_without_commit(database: Database) -> None:
    async with database.work() as work:
        party = await work.parties.add(Party(display_name="Nobody"))
        assert await work.parties.find(party.id) is not None, "the unit sees its own changes"

    async with database.work() as work:
        assert await work.parties.find(party.id) is None


async def test_an_error_inside_the_unit_drops_all_of_it(database: Database) -> None:
    party = await a_party(database)

    async def fail() -> None:
        async with database.work() as work:
            await work.parties.save(replace(party, tier=Tier.VIP))
            await work.parties.roles(party.id)  # writes the change into the transaction
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    async with database.work() as work:
        assert (await work.parties.get(party.id)).tier is Tier.STANDARD


async def test_the_second_of_two_editors_is_told_that_the_record_changed(
    database: Database,
) -> None:
    party = await a_party(database)
    async with database.work() as work:
        await work.parties.save(replace(party, tier=Tier.GOLD))
        await work.commit()

    async with database.work() as work:
        await work.parties.save(replace(party, tier=Tier.VIP))
        with pytest.raises(Stale, match="changed by somebody else"):
            await work.commit()

    async with database.work() as work:
        stored = await work.parties.get(party.id)
    assert (stored.tier, stored.version) == (Tier.GOLD, 2)


async def test_a_removed_record_is_not_found_but_kept(database: Database) -> None:
    party = await a_party(database)
    async with database.work() as work:
        await work.parties.remove(party)
        await work.commit()

    async with database.work() as work:
        assert await work.parties.find(party.id) is None
        with pytest.raises(NotFound):
            await work.parties.get(party.id)
        assert [entry.action for entry in await work.audit.of("party", party.id)] == [
            "deleted",
            "created",
        ]
        assert await work.search.parties("Holloway") == []


@pytest.mark.parametrize("key", ["", "nonsense", "1'; DROP TABLE party; --", "x" * 5000])
async def test_an_absurd_id_is_simply_not_found(database: Database, key: str) -> None:
    async with database.work() as work:
        assert await work.parties.find(key) is None


async def test_a_customer_number_is_given_once(database: Database) -> None:
    await a_party(database)
    async with database.work() as work:
        for _ in range(2):
            await work.parties.add(Party(display_name="A", customer_number="10000016"))
        with pytest.raises(Duplicate, match="customer_number"):
            await work.commit()


async def test_a_number_of_nobody_is_refused(database: Database) -> None:
    point = phone_point("+12025550143", region="US")
    async with database.work() as work:
        await work.contact_points.add(replace(point, party_id=work.new_id()))
        with pytest.raises(BadReference):
            await work.commit()


async def test_every_change_says_who_when_and_what(database: Database, clock: Clock) -> None:
    party = await a_party(database)
    clock.pass_(timedelta(minutes=5))
    async with database.work(actor="sup") as work:
        await work.parties.save(replace(party, tier=Tier.VIP, city="Boston"))
        await work.audit.viewed("party", party.id, party_id=party.id)
        await work.commit()

    async with database.work() as work:
        entries = await work.audit.of("party", party.id)
        by_sup = await work.audit.by("sup")
    changed = next(entry for entry in entries if entry.action == "changed")
    assert changed.details == {"tier": ["standard", "vip"], "city": ["", "Boston"]}
    assert (changed.actor, changed.at) == ("sup", NOON + timedelta(minutes=5))
    assert sorted(entry.action for entry in by_sup) == ["changed", "viewed"]


async def test_a_password_hash_never_reaches_the_audit_log(database: Database) -> None:
    async with database.work(actor="admin") as work:
        await users.add_user(
            work, User(id="ana", name="Ana Ruiz", roles=(UserRole.AGENT,), skills={"sales": 5})
        )
        await users.set_password(work, "ana", "$argon2id$v=19$secret")
        entries = await work.audit.of("user", "ana")
        stored = await work.users.get("ana")

    assert stored.password_hash.endswith("secret")
    assert stored.skills == {"sales": 5}
    assert "v=19" not in str(entries)
    assert entries[0].details == {"password_hash": ["", "secret"]}


async def test_contact_points_and_relations_read_back(database: Database) -> None:
    one, two = await a_party(database), await a_party(database, "Ruth Holloway")
    point = phone_point("(202) 555-0143", region="US")
    async with database.work() as work:
        added: ContactPoint = await work.contact_points.add(replace(point, party_id=one.id))
        relation = await work.parties.relate(
            PartyRelation(from_id=one.id, to_id=two.id, kind="household")
        )
        await work.parties.add_role(one.id, Role.PARTNER)
        await work.parties.add_role(one.id, Role.PARTNER)
        await work.commit()

    async with database.work() as work:
        assert await work.contact_points.of_party(one.id) == [added]
        assert await work.contact_points.owners("phone", ["+12025550143"]) == {
            "+12025550143": [one.id]
        }
        assert await work.parties.relations(two.id) == [relation]
        assert await work.parties.roles(one.id) == {Role.CUSTOMER, Role.PARTNER}


async def test_many_units_at_once_all_commit_and_number_without_repeats(
    database: Database,
) -> None:
    numbers: list[str] = []

    async def one(index: int) -> None:
        async with database.work() as work:
            if index % 3 == 0:
                numbers.append(await work.parties.new_customer_number())
            await work.parties.add(Party(display_name=f"Party {index}"))
            await work.commit()

    async with asyncio.TaskGroup() as group:
        for index in range(60):
            group.create_task(one(index))

    async with database.work() as work:
        found = await work.search.parties("Party", limit=100)
    assert len(found) == 60
    assert len(set(numbers)) == 20


async def test_one_failing_unit_does_not_hurt_those_that_commit_with_it(
    database: Database,
) -> None:
    party = await a_party(database)
    failures: list[Exception] = []

    async def one(index: int) -> None:
        try:
            async with database.work() as work:
                if index % 4 == 0:
                    await work.parties.save(replace(party, version=7))
                await work.parties.add(Party(display_name=f"Party {index}"))
                await work.commit()
        except Stale as error:
            failures.append(error)

    async with asyncio.TaskGroup() as group:
        for index in range(40):
            group.create_task(one(index))

    async with database.work() as work:
        assert len(await work.search.parties("Party", limit=100)) == 30
    assert len(failures) == 10


async def test_a_cancelled_unit_leaves_the_database_usable(database: Database) -> None:
    started = asyncio.Event()

    async def slow() -> None:
        async with database.work() as work:
            await work.parties.add(Party(display_name="Slow"))
            await work.search.parties("Slow")  # opens the transaction
            started.set()
            await asyncio.Event().wait()

    task = asyncio.get_running_loop().create_task(slow())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    await a_party(database, "After")
    async with database.work() as work:
        assert await work.search.parties("Slow") == []
        assert len(await work.search.parties("After")) == 1


async def test_a_closed_database_refuses_new_units(url: str) -> None:
    database = Database(url)
    with pytest.raises(StorageUnavailable, match="not open"):
        database.work()

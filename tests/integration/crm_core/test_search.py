from dataclasses import replace

import pytest

from crm_core.domain.case import Case
from crm_core.domain.party import Party, email_point, phone_point
from crm_core.domain.sales import SalesOrder
from crm_core.storage.database import Database
from tests.integration.crm_core.conftest import NOON

pytestmark = pytest.mark.integration

PEOPLE = {
    "Grace Holloway": "+12025550143",
    "José Álvarez": "+12025550144",
    "王小明": "+8619900000143",
    "北京华兴科技有限公司": "+861055500188",
    "علي كريمي": "+989120000143",
}


@pytest.fixture
async def people(database: Database) -> Database:
    async with database.work() as work:
        for at, (name, number) in enumerate(PEOPLE.items()):
            party = await work.parties.add(
                Party(display_name=name, customer_number=f"1000{at:04d}", city="Boston")
            )
            points = (phone_point(number, region="US"), email_point(f"person{at}@example.org"))
            for point in points:
                await work.contact_points.add(replace(point, party_id=party.id))
            await work.orders.add(SalesOrder(party_id=party.id, placed_at=NOON, number=f"7000{at}"))
            await work.cases.add(
                Case(
                    party_id=party.id,
                    subject="A",
                    opened_at=NOON,
                    state_since=NOON,
                    number=f"C8000{at}",
                )
            )
        await work.commit()
    return database


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("grace hol", "Grace Holloway"),
        ("holloway, GRACE", "Grace Holloway"),
        ("jose alvarez", "José Álvarez"),
        ("王小明", "王小明"),
        ("小明", "王小明"),
        ("明", "王小明"),
        ("华兴", "北京华兴科技有限公司"),
        ("科技有限", "北京华兴科技有限公司"),
        ("علی کریمی", "علي كريمي"),
        ("کریم", "علي كريمي"),
        ("(202) 555-0143", "Grace Holloway"),
        ("2025550143", "Grace Holloway"),
        ("+1202555014", "Grace Holloway"),
        ("۰۹۱۲۰۰۰۰۱۴۳", "علي كريمي"),
        ("PERSON1@", "José Álvarez"),
        ("person2@example.org", "王小明"),
        ("10000003", "北京华兴科技有限公司"),
        ("70004", "علي كريمي"),
        ("c80000", "Grace Holloway"),
    ],
)
async def test_any_small_fact_finds_the_party(people: Database, query: str, name: str) -> None:
    async with people.work() as work:
        hits = await work.search.parties(query, region="IR" if "۰" in query else "US")
    assert hits, query
    assert hits[0].name == name


@pytest.mark.parametrize(
    "query", ["", "   ", '"', "' OR 1=1 --", "a & b | c:*", "NEAR(", "*", "@", "\x00", "x" * 9999]
)
async def test_no_query_breaks_the_search(people: Database, query: str) -> None:
    async with people.work() as work:
        assert await work.search.parties(query) == []


async def test_the_index_follows_a_change_of_name(people: Database) -> None:
    async with people.work() as work:
        (hit,) = await work.search.parties("grace")
        party = await work.parties.get(hit.party_id)
        await work.parties.save(replace(party, display_name="Grace Underhill"))
        await work.commit()
        assert await work.search.parties("holloway") == []
        (found,) = await work.search.parties("underhill")
    assert found.party_id == party.id
    assert (found.phone, found.email) == ("+12025550143", "person0@example.org")


async def test_results_are_limited_and_the_exact_name_comes_first(database: Database) -> None:
    async with database.work() as work:
        for at in range(30):
            await work.parties.add(Party(display_name=f"Li Wei {at}"))
        exact = await work.parties.add(Party(display_name="Wei Li"))
        await work.commit()
        hits = await work.search.parties("li wei", limit=5)
    assert len(hits) == 5
    assert hits[0].party_id == exact.id

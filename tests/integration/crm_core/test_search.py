from dataclasses import replace

import pytest

from crm_core.domain.case import Case
from crm_core.domain.party import Party, email_point, phone_point
from crm_core.domain.sales import SalesOrder
from crm_core.storage.database import Database
from crm_core.storage.search import LOOKED_AT
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


async def paged(database: Database, query: str, *, limit: int) -> list[str]:
    """Everybody found, page by page."""
    found: list[str] = []
    while True:
        async with database.work() as work:
            page = await work.search.page(query, limit=limit, skip=len(found))
        assert len(page.hits) == limit or not page.more
        found += [hit.party_id for hit in page.hits]
        if not page.more:
            return found


@pytest.mark.parametrize("limit", [7, 100])
async def test_pages_hold_everybody_once_in_the_same_order(database: Database, limit: int) -> None:
    async with database.work() as work:
        for at in range(LOOKED_AT + 50):
            name = "Mara Voss" if at % 90 == 0 else f"Mara {'x' * (at % 11)}{at} Voss"
            party = await work.parties.add(Party(display_name=name))
            for number in (f"+1202555{at:04d}", f"+1202556{at:04d}"):
                point = phone_point(number, region="US")
                await work.contact_points.add(replace(point, party_id=party.id))
        await work.commit()
    for query in ("mara voss", "+1202555", "202555", "+1202", "202"):
        found = await paged(database, query, limit=limit)
        assert len(found) == len(set(found)) == LOOKED_AT + 50, query
        assert found == await paged(database, query, limit=33), query
    async with database.work() as work:
        first = await work.search.page("mara voss", limit=4)
    assert [hit.name for hit in first.hits[:3]] == ["Mara Voss"] * 3
    assert first.hits[3].name != "Mara Voss"


async def test_a_search_ends_at_its_greatest_depth_and_says_that_there_is_more(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm_core.storage.search.DEEPEST", 10)
    async with database.work() as work:
        for at in range(12):
            await work.parties.add(Party(display_name=f"Li Wei {at}"))
        await work.commit()
        last = await work.search.page("li wei", limit=8, skip=8)
        beyond = await work.search.page("li wei", limit=8, skip=10)
    assert (len(last.hits), last.more) == (2, True)
    assert beyond.hits == []

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crm_core.demo.cast import cast_rows, users
from crm_core.demo.population import CHUNK, MOST, chunk_rows
from crm_core.demo.rows import Rows
from crm_core.demo.words import COMPLAINTS, NOTES, PROBLEMS, WORDS
from crm_core.domain.party import PartyKind
from crm_core.domain.sales import Stage
from crm_core.storage import schema

pytestmark = pytest.mark.unit

SEED = 1
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def unique_values(rows: Rows) -> Iterator[tuple[str, str, str]]:
    """What no two rows may share: ids and the numbers that people say."""
    said = {
        schema.party: "customer_number",
        schema.interaction: "external_id",
        schema.sales_order: "number",
        schema.case: "number",
    }
    for table, values in rows.items():
        for row in values:
            for column in ("id", said.get(table)):
                if column in row:
                    yield table.name, str(column), str(row[column])


def test_no_number_of_the_cast_or_of_another_chunk_comes_again() -> None:
    every = Counter(unique_values(cast_rows(SEED, now=NOON)))
    for first in (0, 44_990, 45_000, 45_040, 45_050, 59_990, MOST - 20):
        every.update(unique_values(chunk_rows(SEED, first, 10, now=NOON)))

    assert len(every) > 200
    assert [key for key, times in every.items() if times > 1] == []


def test_far_apart_parties_have_numbers_of_their_own() -> None:
    owners: dict[str, set[str]] = {}
    for first in (0, 30_000, 60_000):
        for point in chunk_rows(SEED, first, CHUNK // 5, now=NOON)[schema.contact_point]:
            owners.setdefault(point["norm"], set()).add(point["party_id"])

    assert [norm for norm, parties in owners.items() if len(parties) > 1] == []


def test_words_in_equal_places_mean_the_same_in_each_language() -> None:
    for words in WORDS.values():
        assert len(words.problems) == len(PROBLEMS)
        assert len(words.complaints) == len(COMPLAINTS)
        assert len(words.notes) == len(NOTES)
        if words.given_latin:
            assert len(words.given_latin) == len(words.given)
            assert len(words.family_latin) == len(words.family)


def test_what_is_told_of_a_customer_fits_together() -> None:
    rows = chunk_rows(SEED, 0, 300, now=NOON)
    parties = {row["id"]: row for row in rows[schema.party]}
    speak = {user.id: user.skills for user in users(str)}
    for table, column in (
        (schema.interaction, "started_at"),
        (schema.sales_order, "placed_at"),
        (schema.case, "opened_at"),
    ):
        for row in rows[table]:
            since = parties[row["party_id"]]["customer_since"]
            assert since - timedelta(days=1) <= row[column] <= NOON, table.name
    for row in rows[schema.interaction]:
        party = parties[row["party_id"]]
        assert 8 <= row["started_at"].astimezone(ZoneInfo(party["timezone"])).hour < 20
        assert row["answered_at"] is None or row["queued_at"] <= row["answered_at"]
        assert (
            not row["agent_id"]
            or {row["queue"], f"lang-{party['language']}"} <= speak[row["agent_id"]].keys()
        )
    for row in rows[schema.opportunity]:
        assert (row["stage"] in {Stage.WON, Stage.LOST}) == (row["close_on"] < NOON.date())
    companies = [row for row in parties.values() if row["kind"] is PartyKind.ORGANIZATION]
    assert all(
        row["city"] in row["display_name"] for row in companies if row["language"] in {"zh", "fa"}
    )
    assert len({row["display_name"] for row in companies}) == len(companies)

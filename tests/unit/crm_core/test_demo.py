from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from crm_core.demo.cast import cast_rows
from crm_core.demo.population import CHUNK, MOST, chunk_rows
from crm_core.demo.rows import Rows
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

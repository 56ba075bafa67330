"""What SQLite looks through for frequent questions, without statistics as in every real base."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Select, select
from sqlalchemy.dialects.sqlite import dialect

from crm_core.domain.party import PointKind
from crm_core.domain.phone import classify
from crm_core.storage import callers, schema, ways, worklist

pytestmark = pytest.mark.integration


@pytest.fixture
def connection(sqlite_url: str) -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    yield opened
    opened.close()


def plan(connection: sqlite3.Connection, statement: Select[object]) -> list[str]:
    """The tables' steps, each with the index and the columns that are compared."""
    sql = str(statement.compile(dialect=dialect(), compile_kwargs={"literal_binds": True}))
    steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
    tables = ("contact_point", "other", "party", "task", "case", "interaction", "caller_hint")
    return [s for s in steps if s.startswith(("SCAN", "SEARCH")) and s.split()[1] in tables]


@pytest.mark.parametrize("query", ["2025550143", "+1202555", "202"])
def test_a_number_is_searched_by_its_beginning_and_by_nothing_wider(
    connection: sqlite3.Connection, query: str
) -> None:
    column = "norm" if query.startswith("+") else "national"
    point = "01890000-0000-7000-8000-000000000000"
    for at, place in (("", ""), (f"{query}0", point)):
        steps = plan(connection, ways.beginning(PointKind.PHONE, column, query, at, place).limit(9))

        assert any("AND norm>" in step or "AND national>" in step for step in steps), steps
        assert all("(kind=?)" not in step and "SCAN" not in step for step in steps), steps
        assert all("party_id=?" in step for step in steps if " other " in step), steps


def test_an_address_is_searched_by_its_beginning(connection: sqlite3.Connection) -> None:
    steps = plan(connection, ways.beginning(PointKind.EMAIL, "norm", "ana@", "", ""))

    assert all("SCAN" not in step and "(kind=?)" not in step for step in steps), steps


def test_the_caller_lookup_comes_to_every_table_by_number_or_party(
    connection: sqlite3.Connection,
) -> None:
    values = {**callers.search_keys(classify("+5511987654321", "US")), "queue": "sales"}

    steps = plan(connection, callers.whole_search("sqlite").params(values))

    assert len(steps) > 15
    keys = ("norm=?", "national=?", "party_id=?", "(id=?)", "(ani=?)", "(norm=?)")
    for step in steps:
        assert any(key in step for key in keys), step


def test_what_waits_for_an_agent_is_found_without_looking_at_years_of_calls(
    connection: sqlite3.Connection,
) -> None:
    now, of = datetime(2026, 11, 20, tzinfo=UTC), select(schema.interaction.c.id)
    for which in (
        worklist.missed_calls("ana", ("support",), now),
        worklist.missed_calls("ana", (), now),
        worklist.unfinished_calls("ana", now, "c1"),
    ):
        steps = plan(connection, of.where(which))
        assert steps
        assert all("SCAN" not in step for step in steps), steps
        assert all(
            key in step
            for step in steps
            if "agent_id=?" in step
            for key in ("agent_id=? AND started_at>?",)
        ), steps

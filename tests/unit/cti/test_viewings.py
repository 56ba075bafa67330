"""Whose data an agent was shown is in the audit log, once, and the calls never wait for it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from acd.ids import AgentId, CallId
from crm_core.domain.caller import CallerFile
from crm_core.domain.errors import StorageError
from crm_core.domain.party import PartyKind
from crm_core.services.caller_lookup import look_up
from crm_core.services.parties import NewParty, create
from crm_core.storage.database import Database
from crm_core.storage.history import AuditEntry
from cti import viewings as module
from cti.books import OwnBooks
from cti.callers import Caller
from cti.viewings import Viewings
from tests.fakes.house import House, house

pytestmark = pytest.mark.unit

NUMBER = "+12025550143"


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as made:
        yield made


async def customer(database: Database, name: str = "Grace Hopper") -> str:
    async with database.work() as work:
        new = NewParty(name=name, kind=PartyKind.PERSON, phones=(NUMBER,))
        created = await create(work, new, region="US")
        await work.commit()
    return created.party.id


async def noted(database: Database, agent: str) -> list[AuditEntry]:
    async with database.work() as work:
        return [line for line in await work.audit.by(agent) if line.action == "viewed"]


async def known(database: Database) -> CallerFile:
    async with database.work() as work:
        return await look_up(work, NUMBER, region="US")


async def test_a_pop_on_the_agents_screen_is_one_line_of_the_audit_log(place: House) -> None:
    party = await customer(place.database)
    await place.sign_in("ana")

    call = place.asterisk.caller_rings(NUMBER)
    await place.settle()
    await place.daemon.viewings.flush()

    (line,) = await noted(place.database, "ana")
    assert (line.entity, line.entity_id, line.party_id) == ("party", party, party)
    assert line.details == {"call": call, "shown": "pop"}


async def test_everybody_it_may_be_is_noted_and_a_mere_number_is_not(place: House) -> None:
    parties = {await customer(place.database, name) for name in ("Ada", "Bob")}
    both = Caller(call=CallId("c1"), ani=NUMBER, file=await known(place.database))
    viewings = place.daemon.viewings

    viewings.shown(AgentId("ana"), Caller(call=CallId("c1"), ani=NUMBER))
    viewings.shown(AgentId("ana"), both)
    viewings.shown(AgentId("ana"), both)
    await viewings.flush()

    assert sorted(line.entity_id for line in await noted(place.database, "ana")) == sorted(parties)


async def test_what_cannot_be_written_waits_and_is_written_later(place: House) -> None:
    await customer(place.database)
    caller = Caller(call=CallId("c1"), ani=NUMBER, file=await known(place.database))
    away = Database(place.database.url)
    viewings = Viewings(OwnBooks(away), Random(1), patience=timedelta(seconds=2))
    viewings.shown(AgentId("ana"), caller)
    with pytest.raises(StorageError):
        await viewings.flush()

    await away.open()
    try:
        await viewings.flush()
    finally:
        await away.close()

    assert len(await noted(place.database, "ana")) == 1


async def test_a_database_that_stays_away_costs_the_oldest_lines_and_no_memory(
    place: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    await customer(place.database)
    file = await known(place.database)
    viewings = place.daemon.viewings

    for number in range(3):
        viewings.shown(AgentId("ana"), Caller(call=CallId(f"c{number}"), ani=NUMBER, file=file))
    await viewings.flush()

    calls = {line.details["call"] for line in await noted(place.database, "ana")}
    assert (calls, viewings.lost) == ({"c1", "c2"}, 1)

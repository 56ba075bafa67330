"""The single writer."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from acd import commands as ask
from acd import events as e
from acd.floor import Floor
from acd.ids import AgentId, CallId
from acd.machine import Refused, UnknownAgent
from acd.profile import AgentProfile
from cti.engine import Engine, When, recover
from cti.journal import Entry, Journal
from tests.fakes.house import HandClock, until

pytestmark = pytest.mark.unit

ANA = AgentId("ana")
DEFINE = ask.DefineAgent(agent=AgentProfile(id=ANA, name="Ana"))


@asynccontextmanager
async def engine_on(folder: Path) -> AsyncIterator[tuple[Engine, Journal, list[Entry]]]:
    journal, heard = Journal(folder / "floor.db"), list[Entry]()
    await journal.open()
    engine = Engine(await recover(journal), journal, HandClock())

    def listen(entries: Sequence[Entry]) -> None:
        assert engine.floor.has_agent(ANA), "told only when it is so"
        heard.extend(entries)

    engine.listen(listen, When.NEXT)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(engine.run())
        yield engine, journal, heard
        running.cancel()
    await journal.close()


async def test_a_command_is_applied_journalled_and_told(tmp_path: Path) -> None:
    async with engine_on(tmp_path) as (engine, journal, heard):
        events = await engine.ask(DEFINE)

        assert [type(event) for event in events] == [e.AgentDefined]
        assert [entry.event for entry in heard] == events
        assert [entry.event for entry in await journal.read(after=0)] == events
        await until(lambda: engine.idle)


async def test_a_refusal_reaches_who_asked_and_the_log_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with engine_on(tmp_path) as (engine, _, _heard):
        with pytest.raises(UnknownAgent):
            await engine.ask(ask.LogIn(agent=ANA))
        assert "command refused" not in caplog.messages
        engine.submit(ask.LogIn(agent=ANA))
        with pytest.raises(Refused):
            await engine.ask(ask.LogIn(agent=ANA))
        assert "command refused" in caplog.messages


async def test_what_comes_together_is_journalled_together(tmp_path: Path) -> None:
    async with engine_on(tmp_path) as (engine, journal, heard):
        engine.submit(DEFINE)
        engine.submit(ask.StartCall(call=CallId("c1"), ani="", dnis="100"))
        assert not engine.idle
        await engine.ask(ask.StartCall(call=CallId("c2"), ani="", dnis="100"))

        assert [entry.seq for entry in heard] == [1, 2, 3]
        assert journal.last_seq == 3


async def test_who_stopped_waiting_is_not_missed(tmp_path: Path) -> None:
    async with engine_on(tmp_path) as (engine, _, heard):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await engine.ask(DEFINE)
        await engine.ask(DEFINE)
        assert len(heard) == 1


async def test_a_snapshot_is_stored_now_and_then_and_a_restart_replays_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cti.engine.SNAPSHOT_EVERY", 2)
    async with engine_on(tmp_path) as (engine, journal, _):
        await engine.ask(DEFINE)
        assert await journal.snapshot() is None
        await engine.ask(ask.LogIn(agent=ANA))
        await engine.ask(ask.StartCall(call=CallId("c1"), ani="", dnis="100"))
        stored = await journal.snapshot()
        assert stored is not None
        assert stored[0] == 2
        before = engine.floor.snapshot()

    async with engine_on(tmp_path) as (engine, _, _heard):
        assert engine.floor.snapshot() == before


async def test_an_empty_journal_gives_an_empty_floor(tmp_path: Path) -> None:
    async with engine_on(tmp_path) as (engine, _, _heard):
        assert engine.floor.snapshot() == Floor().snapshot()


async def test_who_can_wait_hears_of_several_batches_at_once_and_in_order(tmp_path: Path) -> None:
    async with engine_on(tmp_path) as (engine, _, heard):
        told: list[Sequence[Entry]] = []
        engine.listen(told.append, When.LATER)
        await engine.ask(DEFINE)
        await engine.ask(ask.LogIn(agent=ANA))
        assert told == []
        assert not engine.idle

        await until(lambda: engine.idle)

        (batch,) = told
        assert list(batch) == heard

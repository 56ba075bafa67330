"""One record per call, whatever the database does."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from acd import events as e
from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.reasons import EndReason, OfferEnd, Outcome
from crm_core.domain.errors import BadReference, StorageFull
from crm_core.domain.interaction import Interaction
from crm_core.storage import migrate
from crm_core.storage.database import Database
from cti.books import OwnBooks
from cti.callers import Caller, Callers
from cti.journal import Journal
from cti.recorder import CONSUMER, Recorder, read_decision
from tests.fakes.house import until

pytestmark = pytest.mark.unit

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
ANA, BEN, SUPPORT = AgentId("ana"), AgentId("ben"), QueueId("support")
SECOND = timedelta(seconds=1)


def at(seconds: float) -> datetime:
    return NINE + seconds * SECOND


class Story:
    """The events of one call, a second apart."""

    def __init__(self, name: str = "c1") -> None:
        self.call = CallId(name)

    def offer(self, number: int) -> OfferId:
        return OfferId(f"{self.call}~{number}")

    def started(self) -> e.Event:
        return e.CallStarted(at=at(0), call=self.call, ani="+12025550100", dnis="100")

    def queued(self, *, again: bool = False) -> e.Event:
        return e.CallQueued(
            at=at(1), call=self.call, queue=SUPPORT, needs=(), priority=0.0, language="en",
            position=1, again=again,
        )  # fmt: skip

    def offered(self, number: int = 1, agent: AgentId = ANA) -> e.Event:
        chosen = e.Candidate(agent=agent, occupancy=0.0, handled=0, idle_since=None, passed_over="")
        decision = e.Decision(
            needs=(), waited=SECOND, score=1.0, queue_length=1, counts={}, candidates=(chosen,)
        )
        return e.CallOffered(
            at=at(2), call=self.call, offer=self.offer(number), agent=agent, queue=SUPPORT,
            ring_for=20 * SECOND, decision=decision,
        )  # fmt: skip

    def offer_ended(self, number: int = 1, agent: AgentId = ANA) -> e.Event:
        return e.OfferEnded(
            at=at(3), call=self.call, offer=self.offer(number), agent=agent, reason=OfferEnd.RONA
        )

    def connected(self, number: int = 1, agent: AgentId = ANA) -> e.Event:
        return e.CallConnected(
            at=at(4), call=self.call, offer=self.offer(number), agent=agent, queue=SUPPORT,
            waited=3 * SECOND,
        )  # fmt: skip

    def ended(self, number: int | None = 1, agent: AgentId | None = ANA) -> e.Event:
        return e.CallEnded(
            at=at(9), call=self.call, outcome=Outcome.COMPLETED, why=EndReason.CALLER_HUNG_UP,
            queue=SUPPORT, agent=agent, offer=self.offer(number) if number else None,
            waited=3 * SECOND, talked=5 * SECOND, held=0 * SECOND,
        )  # fmt: skip

    def wrapping(self) -> e.Event:
        return e.WrapUpStarted(at=at(9), agent=ANA, call=self.call, queue=SUPPORT, due=at(69))

    def wrapped(self) -> e.WrapUpFinished:
        return e.WrapUpFinished(
            at=at(12), agent=ANA, call=self.call, queue=SUPPORT, disposition="resolved",
            lasted=3 * SECOND,
        )  # fmt: skip

    def whole(self) -> list[e.Event]:
        return [
            self.started(), self.queued(), self.offered(), self.connected(), self.ended(),
            self.wrapping(), self.wrapped(),
        ]  # fmt: skip


class Trouble:
    """A database that fails when the test says so."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.refuse: Callable[[Interaction], Exception | None] = lambda _: None
        self.writes = 0

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Any]:
        async with self.database.work() as work:
            self.writes += 1
            record = work.interactions.record

            async def guarded(*interactions: Interaction) -> None:
                for fault in map(self.refuse, interactions):
                    if fault is not None:
                        raise fault
                await record(*interactions)

            work.interactions.record = guarded  # type: ignore[method-assign]
            yield work


class Bench:
    def __init__(self, journal: Journal, database: Database) -> None:
        self.journal, self.database = journal, database
        self.trouble = Trouble(database)
        self.callers = Callers(
            OwnBooks(database),
            region="US",
            patience=SECOND,
            spawn=_drop,
            later=lambda _pause, _begin: None,
            changed=lambda _: None,
            remember=journal.keep_memo,
        )
        self.recorder = self.another()
        self.tasks: asyncio.TaskGroup | None = None

    def another(self, *, gather: timedelta = SECOND / 20) -> Recorder:
        return Recorder(
            self.journal,
            OwnBooks(self.trouble),  # type: ignore[arg-type]
            self.callers,
            Random(1),
            patience=5 * SECOND,
            first_retry=timedelta(milliseconds=1),
            gather=gather,
        )

    async def happens(self, *events: e.Event) -> None:
        """Journalled and told as one batch."""
        entries = self.journal.number(events)
        await self.journal.append(entries)
        self.recorder.take(entries)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(self.recorder.run())
            yield
            task.cancel()

    async def record(self, name: str = "c1") -> Interaction | None:
        async with asyncio.timeout(10):
            await self.recorder.stored(CallId(name))
        async with self.database.work() as work:
            return await work.interactions.of_call(name)


def _drop(_: str, work: Coroutine[Any, Any, None]) -> None:
    work.close()


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    url = f"sqlite:///{tmp_path / 'parley.db'}"
    await migrate.upgrade(url)
    database, journal = Database(url, durable=False), Journal(tmp_path / "floor.db")
    await database.open()
    await journal.open()
    yield Bench(journal, database)
    await journal.close()
    await database.close()


async def test_a_call_becomes_one_record_with_a_segment_per_agent(bench: Bench) -> None:
    story = Story()
    async with bench.running():
        await bench.happens(
            story.started(), story.queued(), story.offered(1, BEN), story.offer_ended(1, BEN),
            story.queued(again=True), story.offered(2),
        )  # fmt: skip
        await bench.happens(story.connected(2))
        await bench.happens(story.ended(2), story.wrapping())
        await bench.happens(story.wrapped())
        record = await bench.record()

    assert record is not None
    assert (record.queue, record.agent_id, record.outcome) == ("support", "ana", "completed")
    assert (record.started_at, record.queued_at, record.answered_at) == (at(0), at(1), at(4))
    assert record.disposition == "resolved"
    first, second = record.segments
    assert (first.agent_id, first.outcome, first.answered_at) == ("ben", "rona", None)
    assert (second.agent_id, second.talked, second.wrapped) == ("ana", 5 * SECOND, 3 * SECOND)
    assert record.decisions is not None
    assert [read_decision(stored) for stored in record.decisions] == [
        story.offered(1, BEN), story.offered(2),
    ]  # fmt: skip
    assert await bench.journal.cursor(CONSUMER) == bench.journal.last_seq


async def test_a_caller_who_left_while_it_rang_is_told_so_in_the_segment(bench: Bench) -> None:
    story = Story()
    async with bench.running():
        await bench.happens(story.started(), story.queued(), story.offered(), story.ended())
        record = await bench.record()
    assert record is not None
    assert record.segments[0].outcome == OfferEnd.CALLER_GONE


async def test_what_the_look_up_and_the_menus_learnt_is_recorded(bench: Bench) -> None:
    story = Story()
    caller = Caller(call=story.call, ani="+12025550100", path=("ivr.menu.sales",), verified=True)
    bench.callers._keep(caller)
    async with bench.running():
        await bench.happens(*story.whole())
        record = await bench.record()
    assert record is not None
    assert (record.ivr_path, record.verified, record.party_id) == (("ivr.menu.sales",), True, None)


async def test_who_knows_less_later_erases_nothing(bench: Bench) -> None:
    story = Story()
    caller = Caller(call=story.call, ani="+12025550100", path=("ivr.menu.sales",), verified=True)
    bench.callers._keep(caller)
    async with bench.running():
        await bench.happens(story.started(), story.queued(), story.offered(), story.connected())
        assert await bench.record() is not None
        bench.callers._keep(Caller(call=story.call, ani="+12025550100"))
        await bench.happens(story.ended())
        record = await bench.record()
    assert record is not None
    assert record.ended_at is not None
    assert (record.ivr_path, record.verified) == (("ivr.menu.sales",), True)


async def test_a_call_still_open_is_begun_again_after_a_crash(bench: Bench) -> None:
    story = Story()
    async with bench.running():
        await bench.happens(story.started(), story.queued(), story.offered(), story.connected())
        assert await bench.record() is not None
    assert await bench.journal.cursor(CONSUMER) == 0

    bench.recorder = bench.another()
    await bench.recorder.catch_up()
    async with bench.running():
        await bench.happens(story.ended(), story.wrapping(), story.wrapped())
        record = await bench.record()
    assert record is not None
    assert record.ended_at == at(9)
    assert len(record.segments) == 1


async def test_a_wrap_up_is_kept_however_many_calls_are_caught_up_with(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cti.recorder.AT_ONCE", 7)
    names = [f"c{number}" for number in range(120)]
    for name in names:
        entries = bench.journal.number(Story(name).whole())
        await bench.journal.append(entries)
    await bench.recorder.catch_up()
    async with bench.running():
        await bench.record(names[-1])
        async with bench.database.work() as work:
            records = await work.interactions.everything()
    assert sorted(record.external_id for record in records) == sorted(names)
    assert {record.disposition for record in records} == {"resolved"}
    assert bench.trouble.writes >= len(names) // 7


async def test_a_full_database_is_waited_for(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.trouble.refuse = lambda _: StorageFull("no room")
    async with bench.running():
        await bench.happens(*Story().whole())
        await until(lambda: bench.trouble.writes > 3)
        assert not bench.recorder.healthy
        bench.trouble.refuse = lambda _: None
        assert await bench.record() is not None
    assert bench.recorder.healthy
    assert caplog.messages.count("records cannot be stored") == 1


async def test_a_party_that_was_removed_meanwhile_costs_no_record(bench: Bench) -> None:
    story = Story()
    gone = "01890000-0000-7000-8000-000000000000"
    bench.callers._keep(Caller(call=story.call, ani="", chosen=gone))
    bench.trouble.refuse = lambda record: BadReference("party") if record.party_id else None
    async with bench.running():
        await bench.happens(*story.whole())
        record = await bench.record()
    assert record is not None
    assert record.party_id is None


async def test_one_record_that_is_refused_does_not_hold_up_the_others(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.trouble.refuse = lambda r: BadReference("odd") if r.external_id == "odd" else None
    async with bench.running():
        await bench.happens(*Story("odd").whole(), *Story("even").whole())
        assert await bench.record("even") is not None
        assert await bench.record("odd") is None
    assert "record refused" in caplog.messages
    assert await bench.journal.cursor(CONSUMER) == bench.journal.last_seq


async def test_an_empty_batch_is_nothing_to_do(bench: Bench) -> None:
    bench.recorder.take([])
    assert bench.recorder._inbox.empty()


async def test_events_of_calls_it_never_saw_begin_are_left_alone(bench: Bench) -> None:
    story = Story()
    async with bench.running():
        await bench.happens(*story.whole()[1:], story.offer_ended())
        await bench.happens(e.AgentReady(at=at(1), agent=ANA))
        assert await bench.record() is None


async def test_a_wrap_up_of_somebody_who_never_answered_changes_no_segment(bench: Bench) -> None:
    story = Story()
    events = [*story.whole()[:4], story.ended(), story.wrapping()]
    async with bench.running():
        await bench.happens(*events)
        await bench.happens(replace(story.wrapped(), agent=BEN))
        record = await bench.record()
    assert record is not None
    assert record.segments[0].wrapped is None


async def test_a_short_call_is_written_once_and_at_once_when_somebody_waits(bench: Bench) -> None:
    story, longest = Story(), timedelta(minutes=1)
    bench.recorder = bench.another(gather=longest)
    async with bench.running():
        for event in story.whole():
            await bench.happens(event)
            await asyncio.sleep(0)
        record = await bench.record()
        assert bench.trouble.writes == 1

        await bench.recorder.stored(story.call)
        await bench.happens(Story("c2").started())
        await asyncio.sleep(0)
        assert not bench.recorder._wanted.is_set(), "what was asked before is no reason to hurry"
    assert record is not None
    assert record.disposition == "resolved"

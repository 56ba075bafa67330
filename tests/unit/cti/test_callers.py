"""Who is calling: look-ups that are slow, overtaken, or long over."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from acd.ids import CallId, QueueId
from crm_core.domain.case import Case
from crm_core.storage import migrate
from crm_core.storage.database import Database
from cti.books import OwnBooks
from cti.callers import Caller, Callers
from tests.unit.cti.people_who_call import GRACE, HOUSEHOLD, STRANGER, add_grace, add_party

pytestmark = pytest.mark.unit

CALL = CallId("c1")
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class Bench:
    """Look-ups wait in ``asked`` until the test lets them run."""

    def __init__(self, database: Database, patience: timedelta = timedelta(seconds=5)) -> None:
        self.database = database
        self.asked: list[Coroutine[Any, Any, None]] = []
        self.noting: list[Coroutine[Any, Any, None]] = []
        self.memos: dict[CallId, bytes] = {}
        self.told: list[CallId] = []
        self.later: list[tuple[timedelta, Callable[[], object]]] = []
        self.callers = Callers(
            OwnBooks(database),
            region="US",
            patience=patience,
            spawn=self._spawn,
            later=lambda pause, begin: self.later.append((pause, begin)),
            changed=self.told.append,
            remember=self._remember,
        )

    async def answer(self, number: int = 0) -> None:
        await self.asked.pop(number)

    async def note(self) -> None:
        """Write the memos that are to be written."""
        while self.noting:
            await self.noting.pop(0)

    async def _remember(self, call: CallId, memo: bytes) -> None:
        self.memos[call] = memo

    def _spawn(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        (self.noting if name == "memo" else self.asked).append(work)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    url = f"sqlite:///{tmp_path / 'parley.db'}"
    await migrate.upgrade(url)
    database = Database(url, durable=False)
    await database.open()
    made = Bench(database)
    yield made
    await made.note()
    await database.close()


async def test_a_caller_is_looked_up_once_when_the_call_arrives(bench: Bench) -> None:
    grace = await add_grace(bench.database)
    bench.callers.arrived(CALL, GRACE)
    bench.callers.arrived(CALL, GRACE)
    assert bench.callers.party_of(CALL) is None
    assert bench.callers.name_of(CALL) == ""
    assert len(bench.asked) == 1

    await bench.answer()

    assert bench.callers.party_of(CALL) == grace.id
    assert bench.callers.name_of(CALL) == "Grace Holloway"
    caller = bench.callers.get(CALL)
    assert caller is not None
    assert caller.reason
    assert bench.told == [CALL]


async def test_nothing_is_known_of_a_call_that_never_came(bench: Bench) -> None:
    assert bench.callers.get(CALL) is None
    assert bench.callers.party_of(CALL) is None
    assert bench.callers.name_of(CALL) == ""
    bench.callers.identified(CALL, path=(), party_id=None, verified=False)
    await bench.callers.look_up(CALL)
    assert bench.told == []


async def test_an_answer_that_was_overtaken_is_dropped(bench: Bench) -> None:
    grace = await add_grace(bench.database)
    bench.callers.arrived(CALL, STRANGER)
    bench.callers.identified(CALL, path=("p",), party_id=grace.id, verified=True)
    first, second = bench.asked
    bench.asked.clear()
    slow = asyncio.ensure_future(first)  # has asked already when the caller proves himself
    await second
    assert bench.callers.name_of(CALL) == "Grace Holloway"

    await slow

    caller = bench.callers.get(CALL)
    assert caller is not None
    assert caller.file is not None
    assert caller.name == "Grace Holloway"
    assert caller.verified


async def test_the_path_alone_asks_nobody_again(bench: Bench) -> None:
    bench.callers.arrived(CALL, STRANGER)
    await bench.answer()
    bench.callers.identified(CALL, path=("ivr.menu.sales",), party_id=None, verified=False)
    assert bench.asked == []
    assert bench.told == [CALL, CALL]


async def test_whose_case_the_queue_has_comes_first_of_those_with_one_number(
    bench: Bench,
) -> None:
    await add_party(bench.database, "Ada", GRACE)
    bea = await add_party(bench.database, "Bea", GRACE)
    async with bench.database.work() as work:
        case = Case(
            party_id=bea.id,
            subject="Refund",
            queue="billing",
            number="C1",
            opened_at=NOON,
            state_since=NOON,
        )
        await work.cases.add(case)
        await work.commit()

    def names() -> list[str]:
        caller = bench.callers.get(CALL)
        assert caller is not None
        assert caller.file is not None
        return [f"{each.name} {each.queue_cases}" for each in caller.file.candidates]

    bench.callers.arrived(CALL, GRACE, QueueId("sales"))
    bench.callers.queued(CALL, QueueId("sales"))
    await bench.answer()
    assert sorted(names()) == ["Ada 0", "Bea 0"]
    assert bench.asked == []

    bench.callers.queued(CALL, QueueId("billing"))
    await bench.answer()

    assert names() == ["Bea 1", "Ada 0"]


async def test_an_answer_without_the_queue_gives_way_to_the_one_with_it(bench: Bench) -> None:
    grace = await add_grace(bench.database)
    bench.callers.arrived(CALL, STRANGER)
    await bench.answer()
    bench.callers.identified(CALL, path=(), party_id=grace.id, verified=True)
    bench.callers.queued(CALL, QueueId("sales"))
    late, answer = bench.asked
    bench.asked.clear()
    await answer
    await late

    caller = bench.callers.get(CALL)
    assert caller is not None
    assert caller.name == "Grace Holloway"
    assert caller.queue == "sales"


async def test_nobody_is_asked_again_for_a_stranger_who_goes_to_a_queue(bench: Bench) -> None:
    bench.callers.arrived(CALL, STRANGER)
    await bench.answer()
    bench.callers.queued(CALL, QueueId("sales"))
    assert bench.asked == []


async def test_the_agents_choice_counts_even_for_a_forgotten_call(bench: Bench) -> None:
    bea = await add_party(bench.database, "Bea", GRACE)
    await bench.callers.choose(CALL, STRANGER, bea.id)
    assert bench.callers.party_of(CALL) == bea.id
    assert bench.callers.name_of(CALL) == "Bea"


async def test_who_else_it_could_have_been_stays_within_reach_of_a_wrong_choice(
    bench: Bench,
) -> None:
    ada = await add_party(bench.database, "Ada", HOUSEHOLD, shared=True)
    bea = await add_party(bench.database, "Bea", HOUSEHOLD, shared=True)
    bench.callers.arrived(CALL, HOUSEHOLD)
    await bench.answer()
    for chosen in (ada, bea):
        await bench.callers.choose(CALL, HOUSEHOLD, chosen.id)
        caller = bench.callers.get(CALL)
        assert caller is not None
        assert caller.file is not None
        assert caller.name == chosen.display_name
        assert {each.party_id for each in caller.file.candidates} == {ada.id, bea.id}


async def test_a_slow_customer_base_is_given_up_and_said_so(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    hasty = Bench(bench.database, patience=timedelta(0))
    hasty.callers.arrived(CALL, GRACE)
    await hasty.answer()
    caller = hasty.callers.get(CALL)
    assert caller is not None
    assert caller.failed
    assert GRACE not in caplog.text
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("cti")]
    assert ours == ["caller lookup failed"]  # asyncio may tell besides that the machine is busy


async def test_a_look_up_that_failed_is_tried_twice_again_and_then_given_up(bench: Bench) -> None:
    await add_grace(bench.database)
    hasty = Bench(bench.database, patience=timedelta(0))
    hasty.callers.arrived(CALL, GRACE)
    await hasty.answer()
    pauses = []
    while hasty.later:
        pause, begin = hasty.later.pop()
        pauses.append(pause)
        begin()
        await hasty.answer()
    assert pauses == [timedelta(seconds=1), timedelta(seconds=4)]
    assert hasty.callers.name_of(CALL) == ""


async def test_a_look_up_that_failed_may_succeed_later_unless_another_did(bench: Bench) -> None:
    grace = await add_grace(bench.database)
    hasty = Bench(bench.database, patience=timedelta(0))
    hasty.callers.arrived(CALL, GRACE)
    await hasty.answer()
    (_, again) = hasty.later.pop()
    hasty.callers._patience = timedelta(seconds=5)

    again()
    await hasty.answer()
    assert hasty.callers.party_of(CALL) == grace.id
    assert hasty.told == [CALL, CALL]
    again()
    assert hasty.asked == []


async def test_only_the_last_callers_are_kept(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cti.callers.KEPT", 2)
    for name in ("c1", "c2", "c3"):
        bench.callers.arrived(CallId(name), STRANGER)
    assert bench.callers.get(CallId("c1")) is None
    assert bench.callers.get(CallId("c3")) is not None
    while bench.asked:
        await bench.answer()  # also that of the forgotten one, which finds nothing to do
    assert bench.told == ["c2", "c3"]


# --- what was told outlives the daemon ------------------------------------------------------------


async def after_a_restart(bench: Bench) -> Bench:
    """The next daemon's callers, who know what the one before has noted."""
    await bench.note()
    again = Bench(bench.database)
    again.callers.restore(bench.memos.values())
    return again


def known(bench: Bench) -> Caller:
    caller = bench.callers.get(CALL)
    assert caller is not None
    return caller


async def test_what_the_caller_told_the_menus_is_known_after_a_restart(bench: Bench) -> None:
    grace = await add_grace(bench.database)
    bench.callers.arrived(CALL, STRANGER)
    await bench.answer()
    bench.callers.identified(CALL, path=("ivr.menu.sales",), party_id=grace.id, verified=True)
    await bench.answer()

    again = await after_a_restart(bench)

    assert again.asked == []
    assert (known(again).ani, known(again).party_id, known(again).name) == (STRANGER, grace.id, "")
    again.callers.arrived(CALL, STRANGER)
    again.callers.arrived(CALL, STRANGER)
    assert len(again.asked) == 1
    await again.answer()
    assert known(again).name == "Grace Holloway"
    assert (known(again).path, known(again).verified) == (("ivr.menu.sales",), True)


async def test_what_the_agent_chose_is_known_after_a_restart(bench: Bench) -> None:
    bea = await add_party(bench.database, "Bea", GRACE)
    await bench.callers.choose(CALL, STRANGER, bea.id)

    again = await after_a_restart(bench)

    assert again.callers.party_of(CALL) == bea.id
    assert not known(again).verified


async def test_a_choice_is_noted_though_the_customer_base_fails(bench: Bench) -> None:
    hasty = Bench(bench.database, patience=timedelta(0))
    await hasty.callers.choose(CALL, STRANGER, "party-1")

    again = await after_a_restart(hasty)

    assert again.callers.party_of(CALL) == "party-1"


async def test_who_goes_through_the_menus_again_need_not_prove_himself_again(
    bench: Bench,
) -> None:
    grace = await add_grace(bench.database)
    bench.callers.arrived(CALL, GRACE)
    await bench.answer()
    bench.callers.identified(CALL, path=("first",), party_id=grace.id, verified=True)
    again = await after_a_restart(bench)
    again.callers.arrived(CALL, GRACE)
    await again.answer()

    again.callers.identified(CALL, path=("second",), party_id=None, verified=False)
    await again.note()

    caller = known(again)
    assert (caller.path, caller.party_id, caller.verified) == (("second",), grace.id, True)


async def test_another_party_than_the_one_proved_is_not_verified(bench: Bench) -> None:
    grace = await add_grace(bench.database)
    bea = await add_party(bench.database, "Bea", STRANGER)
    bench.callers.arrived(CALL, GRACE)
    await bench.answer()
    bench.callers.identified(CALL, path=(), party_id=grace.id, verified=True)

    await bench.callers.choose(CALL, GRACE, grace.id)
    assert known(bench).verified

    await bench.callers.choose(CALL, GRACE, bea.id)
    assert not known(bench).verified


async def test_a_memo_that_cannot_be_read_costs_only_itself(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    await bench.callers.choose(CALL, STRANGER, "party-1")

    bench.callers.restore([b"{", b"{}", *bench.memos.values()])

    assert bench.callers.party_of(CALL) == "party-1"
    assert caplog.messages.count("memo not understood") == 2

"""Commands that fall due."""

import asyncio
from datetime import timedelta

import pytest

from acd import commands as ask
from acd.commands import Command
from acd.ids import OfferId
from cti.timers import LONGEST_SLEEP, Timers
from tests.fakes.house import HandClock, until

pytestmark = pytest.mark.unit

SECOND = timedelta(seconds=1)


def expire(name: str) -> Command:
    return ask.ExpireOffer(offer=OfferId(name))


class Bench:
    def __init__(self) -> None:
        self.clock, self.submitted = HandClock(), list[Command]()
        self.timers = Timers(self.clock, self.submitted.append)

    def start(self, key: str, seconds: float) -> None:
        self.timers.start(key, expire(key), due=self.clock.now() + seconds * SECOND)


def test_timers_fire_in_the_order_they_fall_due() -> None:
    bench = Bench()
    for key, seconds in (("late", 3), ("soon", 1), ("middle", 2)):
        bench.start(key, seconds)

    bench.clock.advance(2 * SECOND)
    assert bench.timers.fire_due() == 1.0
    assert bench.submitted == [expire("soon"), expire("middle")]
    assert len(bench.timers) == 1


def test_a_key_holds_one_timer_and_the_newest_counts() -> None:
    bench = Bench()
    bench.start("wrap-up", 1)
    bench.start("wrap-up", 5)

    bench.clock.advance(2 * SECOND)
    bench.timers.fire_due()
    assert bench.submitted == []
    bench.clock.advance(3 * SECOND)
    bench.timers.fire_due()
    assert bench.submitted == [expire("wrap-up")]


def test_a_cancelled_timer_never_fires() -> None:
    bench = Bench()
    bench.start("offer", 1)
    bench.timers.cancel("offer")
    bench.timers.cancel("unknown")

    bench.clock.advance(2 * SECOND)
    assert bench.timers.fire_due() == LONGEST_SLEEP
    assert bench.submitted == []


def test_a_far_timer_is_looked_at_again_soon_for_the_clock_may_be_set() -> None:
    bench = Bench()
    bench.start("tomorrow", 86_400)
    assert bench.timers.fire_due() == LONGEST_SLEEP


async def test_the_task_fires_what_is_started_while_it_sleeps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cti.timers.LONGEST_SLEEP", 0.01)
    bench = Bench()
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(bench.timers.run())
        await asyncio.sleep(0)
        bench.start("now", 0)
        await until(lambda: bench.submitted)
        bench.start("by the hand clock", 60)
        bench.clock.advance(61 * SECOND)
        await until(lambda: len(bench.submitted) == 2)
        running.cancel()

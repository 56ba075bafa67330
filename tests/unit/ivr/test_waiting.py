import asyncio
from datetime import timedelta

import pytest
from typing_extensions import override

from ivr.ports import DigitPressed, HungUp, LineEvent, LineGone, PositionChanged
from ivr.prompt_book import PromptBook
from ivr.waiting import PROMPTS, Announcer, WaitTreatment
from prompts import catalogue
from tests.unit.ivr.fake_line import BOOK, FakeLine, seconds

pytestmark = pytest.mark.unit


def announcer(line: FakeLine, language: str = "en") -> Announcer:
    return Announcer(line, book=BOOK, language=language, now=line.now)


def spoken(line: FakeLine) -> list[str]:
    return [entry.removeprefix("play ") for entry in line.log if entry.startswith("play")]


async def test_music_plays_and_resumes_after_every_announcement() -> None:
    line = FakeLine()
    line.later(0, PositionChanged(3))
    line.later(200, HungUp())

    await announcer(line).run()

    one = [
        "no music",
        "play en/queue-position en/number-3 en/queue-position-end en/queue-thanks",
        "music default",
    ]
    assert line.log == ["music default", *one * 4]


async def test_without_a_known_position_it_says_that_agents_are_busy() -> None:
    line = FakeLine()
    line.later(10, HungUp())

    await announcer(line).run()

    assert spoken(line) == ["en/queue-busy"]


async def test_moving_up_is_told_after_the_least_gap_not_after_the_interval() -> None:
    line = FakeLine()
    line.later(0, PositionChanged(5))
    line.later(10, PositionChanged(4))
    line.later(11, PositionChanged(2))
    line.later(40, HungUp())

    await announcer(line).run()

    assert [entry.split()[1] for entry in spoken(line)] == ["en/number-5", "en/number-2"]
    assert line.passed() == pytest.approx(40)


async def test_moving_back_waits_for_the_interval() -> None:
    line = FakeLine()
    line.later(0, PositionChanged(1))
    line.later(10, PositionChanged(2))
    line.later(50, HungUp())

    await announcer(line).run()

    assert spoken(line) == ["en/queue-next en/queue-thanks"]


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        (timedelta(seconds=30), "zh/queue-wait-short"),
        (timedelta(seconds=61), "zh/queue-wait zh/liang zh/queue-wait-end"),
        (timedelta(minutes=12), "zh/queue-wait zh/number-12 zh/queue-wait-end"),
    ],
)
async def test_the_expected_wait_is_rounded_up_to_minutes(wait: timedelta, words: str) -> None:
    line = FakeLine()
    line.later(0, PositionChanged(1, wait))
    line.later(10, HungUp())

    await announcer(line, "zh").run()

    assert spoken(line) == [f"zh/queue-next {words} zh/queue-thanks"]


async def test_a_place_far_back_is_not_told_as_a_number() -> None:
    line = FakeLine()
    line.later(0, PositionChanged(300))
    line.later(10, HungUp())

    await announcer(line).run()

    assert spoken(line) == ["en/queue-busy"]


async def test_a_change_during_an_announcement_is_kept_for_the_next() -> None:
    line = FakeLine()
    line.later(0, PositionChanged(3))
    line.later(4, PositionChanged(2))
    line.later(40, HungUp())

    await announcer(line).run()

    assert [entry.split()[1] for entry in spoken(line)] == ["en/number-3", "en/number-2"]


async def test_an_announcement_that_does_not_start_gives_way_to_the_music() -> None:
    line = FakeLine(mute=frozenset({"queue-busy"}))
    line.later(10, HungUp())

    await announcer(line).run()

    assert line.log == ["music default", "no music", "play en/queue-busy", "stop", "music default"]


async def test_an_announcement_without_end_gives_way_to_the_music() -> None:
    line = FakeLine(sounds_last=10_000)
    line.later(55, HungUp())

    await announcer(line).run()

    assert line.log[-2:] == ["stop", "music default"]


async def test_an_announcement_that_fails_gives_way_to_the_music() -> None:
    line = FakeLine(broken=frozenset({"queue-busy"}))
    line.later(10, HungUp())

    await announcer(line).run()

    assert line.log == ["music default", "no music", "play en/queue-busy", "music default"]


async def test_a_hang_up_during_the_announcement_ends_the_wait() -> None:
    line = FakeLine({"queue-busy": ["hang up"]})

    await announcer(line).run()

    # The announcement's failure comes before the hang-up, so music is asked for once more.
    assert line.log == ["music default", "no music", "play en/queue-busy", "music default"]
    assert line.gone


async def test_a_hang_up_at_any_instant_ends_the_wait_with_nothing_more_asked() -> None:
    for tenth in range(0, 100):
        line = FakeLine()
        line.later(tenth / 10, HungUp())

        await announcer(line).run()

        assert line.passed() == pytest.approx(tenth / 10)


async def test_a_leg_that_is_gone_at_any_verb_ends_the_wait() -> None:
    for number in range(1, 9):
        line = FakeLine()
        line.gone_at_verb = number

        await announcer(line).run()

        assert line.verbs == number


@pytest.mark.parametrize(("stuck_after", "last"), [(0, "music default"), (1, "stop")])
async def test_cancelled_it_ends_what_it_says_and_leaves_the_music_on(
    stuck_after: int, last: str
) -> None:
    class Stuck(FakeLine):
        stuck = asyncio.Event()

        @override
        async def next_event(self, timeout: timedelta) -> LineEvent | None:
            if len(spoken(self)) >= stuck_after:
                self.stuck.set()
                await asyncio.Event().wait()
            return await super().next_event(timeout)

    line = Stuck()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(announcer(line).run())
        await line.stuck.wait()
        task.cancel()

    assert task.cancelled()
    assert line.log[-1] == last


async def test_cancelled_on_a_leg_that_is_gone_it_still_ends() -> None:
    class Leaving(FakeLine):
        @override
        async def next_event(self, timeout: timedelta) -> LineEvent | None:
            self.gone = True
            await asyncio.Event().wait()
            return None

    line = Leaving()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(announcer(line).run())
        await asyncio.sleep(0)
        task.cancel()

    assert task.cancelled()
    with pytest.raises(LineGone):
        await line.stop_music()


async def test_keys_pressed_during_the_wait_change_nothing() -> None:
    line = FakeLine({"queue-busy": ["12"]}, sounds_last=2)
    line.later(1, DigitPressed("5"))
    line.later(10, HungUp())

    await announcer(line).run()

    assert line.log == ["music default", "no music", "play en/queue-busy", "music default"]


async def test_without_recordings_the_music_is_not_broken_off() -> None:
    line = FakeLine()
    line.later(200, HungUp())

    await Announcer(line, book=PromptBook(keys={}), language="en", now=line.now).run()

    assert line.log == ["music default"]


async def test_the_music_and_the_pace_are_settings() -> None:
    line = FakeLine()
    line.later(100, HungUp())
    pace = WaitTreatment(music="jazz", first_after=seconds(30), interval=seconds(50))

    await Announcer(line, book=BOOK, language="en", now=line.now, treatment=pace).run()

    assert line.log[0] == "music jazz"
    assert len(spoken(line)) == 2


def test_every_prompt_of_the_wait_is_in_the_catalogue() -> None:
    assert catalogue().prompts.keys() >= PROMPTS

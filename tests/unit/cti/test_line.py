"""A caller's leg as the IVR sees it."""

from datetime import timedelta

import pytest

from acd.ids import CallId
from cti.ari.errors import Conflict, TimedOut
from cti.call_control import CallControl
from cti.line import AriLine
from ivr.ports import DigitPressed, HungUp, LineGone, PlayingFinished, PlayingStarted
from ivr.prompt_book import PromptBook
from tests.fakes.asterisk import FakeAsterisk

pytestmark = pytest.mark.unit

NOW = timedelta(0)
BOOK = PromptBook(
    keys={}, lengths={"en/welcome": timedelta(seconds=1.2), "en/menu-main": timedelta(seconds=12.3)}
)


class Bench:
    def __init__(self) -> None:
        self.asterisk = FakeAsterisk()
        self.caller = self.asterisk.caller_rings()
        self.line = AriLine(CallId(self.caller), CallControl(self.asterisk), BOOK.lasts)


async def test_the_verbs_reach_the_callers_channel() -> None:
    bench = Bench()
    await bench.line.answer()
    await bench.line.start_music("default")
    channel = bench.asterisk.channels[bench.caller]
    assert (channel.state, channel.moh) == ("Up", "default")
    await bench.line.stop_music()
    assert channel.moh == ""

    playing = await bench.line.play(["sound:a", "sound:b"], "fa")

    assert bench.asterisk.playbacks[playing].media == ("sound:a", "sound:b")
    assert await bench.line.next_event(NOW) == PlayingStarted(playing)
    await bench.line.stop(playing)
    assert not bench.asterisk.playbacks
    assert playing != await bench.line.play(["sound:a"], "fa")


async def test_the_lease_outlasts_what_plays_and_is_not_renewed_meanwhile() -> None:
    """While it plays, a channel does nothing else, and whoever asks it to waits."""
    bench = Bench()
    clock = bench.asterisk.channels[bench.caller].variables
    await bench.line.keep()
    assert (clock["TIMEOUT(absolute)"], bench.line.renewable) == ("6", True)

    media = ["sound:parley/en/welcome", "sound:parley/en/menu-main"]
    playing = await bench.line.play(media, "en")
    assert (clock["TIMEOUT(absolute)"], bench.line.renewable) == ("20", False)

    bench.line.deliver(PlayingFinished(playing))
    assert bench.line.renewable

    await bench.line.stop(await bench.line.play(["sound:of-unknown-length"], "en"))
    assert (clock["TIMEOUT(absolute)"], bench.line.renewable) == ("36", True)

    bench.line.let_go()
    assert not bench.line.renewable


async def test_a_lease_that_ran_out_is_not_renewed_by_trying_to() -> None:
    bench = Bench()
    await bench.line.keep(timedelta(seconds=-9))
    bench.asterisk.lapse(bench.caller)

    with pytest.raises(Conflict):
        await bench.line.keep()

    assert bench.line.overdue


async def test_nothing_happens_for_a_while() -> None:
    assert await Bench().line.next_event(NOW) is None


async def test_a_caller_who_is_gone_is_told_in_the_ivrs_words() -> None:
    bench = Bench()
    bench.asterisk.hang_up(bench.caller)
    with pytest.raises(LineGone):
        await bench.line.answer()
    with pytest.raises(LineGone):
        await bench.line.play(["sound:a"], "en")
    with pytest.raises(LineGone):
        await bench.line.start_music("default")
    await bench.line.stop_music()  # a tear-down of what is gone is done


async def test_what_may_pass_is_not_taken_for_a_hang_up() -> None:
    bench = Bench()
    bench.asterisk.fail("answer", error=TimedOut)
    with pytest.raises(TimedOut):
        await bench.line.answer()


async def test_a_new_listener_starts_afresh_but_a_hang_up_stays_true() -> None:
    line = Bench().line
    line.deliver(DigitPressed("1"))
    line.forget()
    assert await line.next_event(NOW) is None
    line.deliver(HungUp())
    line.deliver(DigitPressed("1"))
    line.forget()
    assert await line.next_event(NOW) == HungUp()
    assert await line.next_event(NOW) is None

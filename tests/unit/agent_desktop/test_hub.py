"""The hub, example by example; the law itself is in tests/property."""

import pytest

from agent_desktop.server.hub import AT_ONCE, OWN_INTERVAL, Hub
from agent_desktop.server.protocol import Delta, Snapshot
from tests.fakes.hub_clients import Browser, HandMovedClock

pytestmark = pytest.mark.unit


@pytest.fixture
def clock() -> HandMovedClock:
    return HandMovedClock()


@pytest.fixture
def hub(clock: HandMovedClock) -> Hub:
    return Hub(epoch="e1", interval=0.05, scheduler=clock, wrap=bytes, tombstones=2)


def test_first_frame_is_a_snapshot_even_of_an_empty_topic(hub: Hub) -> None:
    browser = Browser()
    hub.subscribe(browser, ["queues"])
    assert browser.frames == [Snapshot(topic="queues", seq=0, values={})]


def test_a_change_in_an_idle_topic_goes_out_at_once(hub: Hub, clock: HandMovedClock) -> None:
    browser = Browser()
    hub.subscribe(browser, ["queues"])
    hub.put("queues", "a", 1)
    clock.advance()
    assert browser.frames[-1] == Delta(topic="queues", after=0, seq=1, put={"a": 1}, drop=[])


def test_changes_within_the_interval_are_one_frame_with_the_last_value(
    hub: Hub, clock: HandMovedClock
) -> None:
    browser = Browser()
    hub.subscribe(browser, ["queues"])
    hub.put("queues", "a", 1)
    clock.advance()
    for value in range(2, 9):
        hub.put("queues", "a", value)
        clock.advance(0.005)
    assert len(browser.frames) == 2
    clock.advance(0.05)
    assert browser.frames[2:] == [Delta(topic="queues", after=1, seq=2, put={"a": 8}, drop=[])]


def test_an_agents_own_topic_gathers_for_a_moment_unless_it_is_urgent(
    hub: Hub, clock: HandMovedClock
) -> None:
    browser = Browser()
    hub.subscribe(browser, ["agent:ana"])
    for value in range(3):
        hub.put("agent:ana", "me", value)
        clock.advance()
    assert [frame.seq for frame in browser.frames] == [0]
    clock.advance(OWN_INTERVAL)
    assert [frame.seq for frame in browser.frames] == [0, 1]
    hub.put("agent:ana", "offer", "now")
    hub.flush("agent:ana")
    assert [frame.seq for frame in browser.frames] == [0, 1, 2]
    clock.advance(OWN_INTERVAL)
    assert [frame.seq for frame in browser.frames] == [0, 1, 2]


def test_what_may_wait_a_little_goes_out_in_time_or_with_what_is_urgent(
    hub: Hub, clock: HandMovedClock
) -> None:
    browser = Browser()
    hub.subscribe(browser, ["agent:ana"])
    hub.put("agent:ana", "offer", 1)
    hub.flush_within("agent:ana", 0.005)
    clock.advance(0.004)
    assert len(browser.frames) == 1
    clock.advance(0.001)
    assert browser.frames[-1] == Delta(topic="agent:ana", after=0, seq=1, put={"offer": 1}, drop=[])
    hub.put("agent:ana", "offer", 2)
    hub.flush_within("agent:ana", 0.005)
    hub.put("agent:ana", "pop", "Li")
    hub.flush("agent:ana")
    clock.advance(1)
    assert browser.frames[2:] == [
        Delta(topic="agent:ana", after=1, seq=2, put={"offer": 2, "pop": "Li"}, drop=[])
    ]


def test_a_key_is_there_from_its_put_to_its_drop(hub: Hub) -> None:
    assert not hub.has("agent:ana", "pop")
    hub.change("agent:ana", "pop", lambda: 1)
    assert hub.has("agent:ana", "pop")
    hub.drop("agent:ana", "pop")
    assert not hub.has("agent:ana", "pop")


def test_an_unchanged_value_is_not_told_again(hub: Hub, clock: HandMovedClock) -> None:
    browser = Browser()
    hub.put("queues", "a", 1)
    clock.advance(1)
    hub.subscribe(browser, ["queues"])
    hub.put("queues", "a", 1)
    clock.advance(1)
    assert len(browser.frames) == 1


def test_all_subscribers_get_the_very_same_bytes(hub: Hub, clock: HandMovedClock) -> None:
    got: list[bytes] = []

    class Keeper:
        def deliver(self, frame: bytes) -> bool:
            got.append(frame)
            return True

    for _ in range(3):
        hub.subscribe(Keeper(), ["queues"])
    got.clear()
    hub.put("queues", "a", 1)
    clock.advance()
    assert len(got) == 3
    assert got[0] is got[1] is got[2]


def test_resuming_tells_only_what_changed_since(hub: Hub, clock: HandMovedClock) -> None:
    browser = Browser()
    hub.subscribe(browser, ["queues"])
    for key in "abc":
        hub.put("queues", key, 0)
        clock.advance(1)
    hub.unsubscribe(browser)
    hub.put("queues", "a", 1)
    hub.drop("queues", "b")
    clock.advance(1)
    hub.subscribe(browser, ["queues"], epoch="e1", seqs=browser.seqs)
    assert browser.frames[-1] == Delta(topic="queues", after=3, seq=4, put={"a": 1}, drop=["b"])
    assert browser.values["queues"] == {"a": 1, "c": 0}


def test_resuming_from_another_epoch_gets_a_snapshot(hub: Hub) -> None:
    browser = Browser()
    hub.subscribe(browser, ["queues"], epoch="before the restart", seqs={"queues": 0})
    assert isinstance(browser.frames[-1], Snapshot)


@pytest.mark.parametrize("seq", [-7, 99])
def test_numbers_the_hub_never_gave_get_a_snapshot(hub: Hub, seq: int) -> None:
    browser = Browser()
    hub.subscribe(browser, ["queues"], epoch="e1", seqs={"queues": seq})
    assert isinstance(browser.frames[-1], Snapshot)


def test_who_was_away_longer_than_the_tombstones_gets_a_snapshot(
    hub: Hub, clock: HandMovedClock
) -> None:
    browser = Browser()
    hub.subscribe(Browser(), ["queues"])
    hub.put("queues", "stays", 1)
    clock.advance(1)
    hub.subscribe(browser, ["queues"])
    hub.unsubscribe(browser)
    for key in "abc":
        hub.put("queues", key, 1)
        clock.advance(1)
        hub.drop("queues", key)
        clock.advance(1)
    hub.subscribe(browser, ["queues"], epoch="e1", seqs=browser.seqs)
    assert isinstance(browser.frames[-1], Snapshot)
    assert browser.values["queues"] == {"stays": 1}


def test_a_slow_browser_delays_nobody_and_later_gets_one_frame(
    hub: Hub, clock: HandMovedClock
) -> None:
    slow, quick = Browser(), Browser()
    hub.subscribe(slow, ["queues"])
    hub.subscribe(quick, ["queues"])
    slow.reading = False
    for value in range(5):
        hub.put("queues", "a", value)
        clock.advance(1)
    assert len(quick.frames) == 6
    assert not hub.catch_up(slow)
    slow.reading = True
    assert hub.catch_up(slow)
    assert slow.frames[1:] == [Delta(topic="queues", after=0, seq=5, put={"a": 4}, drop=[])]


def test_a_slow_browser_that_reads_again_is_brought_up_by_the_next_change(
    hub: Hub, clock: HandMovedClock
) -> None:
    slow = Browser()
    hub.subscribe(slow, ["queues"])
    slow.reading = False
    hub.put("queues", "a", 1)
    clock.advance(1)
    slow.reading = True
    hub.put("queues", "b", 2)
    clock.advance(1)
    assert slow.values["queues"] == {"a": 1, "b": 2}


def test_dropping_what_is_not_there_changes_nothing(hub: Hub, clock: HandMovedClock) -> None:
    browser = Browser()
    hub.subscribe(browser, ["queues"])
    hub.drop("queues", "nothing")
    hub.put("queues", "brief", 1)
    hub.drop("queues", "brief")
    clock.advance(1)
    assert len(browser.frames) == 1


def test_current_shows_a_value_before_it_is_flushed(hub: Hub) -> None:
    hub.put("agent:ana", "offer", "ringing")
    assert hub.current("agent:ana", "offer") == "ringing"
    hub.drop("agent:ana", "offer")
    assert hub.current("agent:ana", "offer") is None
    assert hub.current("agent:nobody", "offer") is None


# --- values that are made when somebody is to see them ----------------------------------------


class Maker:
    """Makes a value and counts how often."""

    def __init__(self, value: object) -> None:
        self.value, self.made = value, 0

    def __call__(self) -> object:
        self.made += 1
        return self.value


def test_a_key_that_changes_often_is_made_once_per_flush(hub: Hub, clock: HandMovedClock) -> None:
    browser = Browser()
    hub.subscribe(browser, ["queues"])
    hub.put("queues", "b", 0)
    clock.advance()
    first, last = Maker(1), Maker(2)
    hub.change("queues", "a", first)
    hub.change("queues", "a", last)
    clock.advance(0.05)
    assert (first.made, last.made) == (0, 1)
    assert browser.frames[-1] == Delta(topic="queues", after=1, seq=2, put={"a": 2}, drop=[])


def test_nothing_is_made_for_a_topic_that_nobody_follows(hub: Hub, clock: HandMovedClock) -> None:
    browser, value = Browser(), Maker(1)
    hub.change("queues", "a", value)
    clock.advance(1)
    hub.flush("queues")
    assert (value.made, hub.seq("queues")) == (0, 0)
    hub.subscribe(browser, ["queues"])
    assert browser.frames == [Snapshot(topic="queues", seq=1, values={"a": 1})]
    hub.subscribe(Browser(), ["queues"])
    assert value.made == 1


def test_who_comes_back_to_a_topic_that_nobody_followed_is_told_in_one_delta(
    hub: Hub, clock: HandMovedClock
) -> None:
    browser = Browser()
    hub.subscribe(browser, ["queues"])
    for key in "abc":
        hub.put("queues", key, 0)
    clock.advance(1)
    hub.unsubscribe(browser)
    for value in range(5):
        hub.put("queues", "a", value)
        clock.advance(1)
    hub.drop("queues", "b")
    hub.subscribe(browser, ["queues"], epoch="e1", seqs=browser.seqs)
    assert browser.frames[-1] == Delta(topic="queues", after=1, seq=2, put={"a": 4}, drop=["b"])


def test_keys_that_come_and_go_unseen_leave_nothing_behind(hub: Hub) -> None:
    for number in range(100):
        hub.change("calls", f"c{number}", Maker(number))
        hub.drop("calls", f"c{number}")
    assert not hub._topics["calls"].dirty
    assert not hub._topics["calls"].latest


def test_a_value_that_is_made_to_none_is_gone(hub: Hub, clock: HandMovedClock) -> None:
    browser = Browser()
    hub.subscribe(browser, ["queues"])
    hub.put("queues", "a", 1)
    clock.advance()
    hub.change("queues", "a", Maker(None))
    assert hub.current("queues", "a") is None
    clock.advance(1)
    assert browser.frames[-1] == Delta(topic="queues", after=1, seq=2, put={}, drop=["a"])
    assert hub.values("queues") == {}


def test_a_value_asked_for_is_made_then_and_not_again(hub: Hub) -> None:
    value = Maker("ringing")
    hub.change("agent:ana", "offer", value)
    assert hub.current("agent:ana", "offer") == "ringing"
    assert hub.values("agent:ana") == {"offer": "ringing"}
    hub.subscribe(Browser(), ["agent:ana"])
    assert value.made == 1


def test_a_value_that_cannot_be_made_does_not_keep_the_others_back(
    hub: Hub, clock: HandMovedClock, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> object:
        raise ValueError

    browser = Browser()
    hub.subscribe(browser, ["queues"])
    hub.put("queues", "a", 1)
    clock.advance(1)
    hub.change("queues", "a", broken)
    hub.put("queues", "b", object())
    hub.put("queues", "c", 3)
    clock.advance(1)
    assert browser.values["queues"] == dict(hub.values("queues")) == {"c": 3}
    assert [record.message for record in caplog.records] == ["value not shown"] * 2


def test_many_followers_are_told_in_turns_and_who_leaves_or_comes_between_is_no_trouble(
    hub: Hub, clock: HandMovedClock
) -> None:
    browsers = [Browser() for _ in range(3 * AT_ONCE)]
    for browser in browsers:
        hub.subscribe(browser, ["queues"])
    leaver, comer = browsers[-1], Browser()
    hub.put("queues", "a", 1)
    hub.flush("queues")
    assert [len(browser.frames) for browser in browsers].count(2) == AT_ONCE
    hub.unsubscribe(leaver)
    hub.subscribe(comer, ["queues"])

    clock.advance()

    assert all(len(browser.frames) == 2 for browser in browsers if browser is not leaver)
    assert len(leaver.frames) == 1
    assert len(comer.frames) == 1
    hub.put("queues", "a", 2)
    clock.advance(0.05)
    assert [len(browser.frames) for browser in (comer, browsers[0])] == [2, 3]

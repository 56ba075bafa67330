"""The law: an old snapshot with the deltas since applied equals a fresh snapshot, whatever happens.

Browsers come, go, read slowly and resume at random while values change; a gap in the numbers fails
at once (see ``Browser``), and whenever all is told everybody must hold what the hub holds.
"""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from typing_extensions import override

from agent_desktop.server.hub import Hub
from tests.fakes.hub_clients import Browser, HandMovedClock

pytestmark = pytest.mark.property

TOPICS = ["queues", "agent:ana"]
topics = st.sampled_from(TOPICS)
keys = st.sampled_from("abcd")
values = st.integers(0, 3)
which = st.integers(0, 20)


class Desktops(RuleBasedStateMachine):
    """Some browsers and one hub."""

    @initialize()
    def start(self) -> None:
        self.clock = HandMovedClock()
        self.epoch = 1
        self.online: list[Browser] = []
        self.offline: list[Browser] = []
        self._new_hub()

    def _new_hub(self) -> None:
        self.hub = Hub(
            epoch=str(self.epoch), interval=0.05, scheduler=self.clock, wrap=bytes, tombstones=2
        )

    @rule(topic=topics, key=keys, value=values)
    def put(self, topic: str, key: str, value: int) -> None:
        self.hub.put(topic, key, value)

    @rule(topic=topics, key=keys, value=st.none() | values)
    def change(self, topic: str, key: str, value: int | None) -> None:
        self.hub.change(topic, key, lambda: value)

    @rule(topic=topics, key=keys)
    def look(self, topic: str, key: str) -> None:
        assert self.hub.current(topic, key) == self.hub.values(topic).get(key)

    @rule(topic=topics, key=keys)
    def drop(self, topic: str, key: str) -> None:
        self.hub.drop(topic, key)

    @rule(changes=st.lists(st.tuples(keys, st.none() | values), min_size=2, max_size=8))
    def a_busy_while(self, changes: list[tuple[str, int | None]]) -> None:
        for key, value in changes:
            if value is None:
                self.hub.drop("queues", key)
            else:
                self.hub.put("queues", key, value)
            self.clock.advance(0.1)

    @rule(seconds=st.sampled_from([0.0, 0.01, 0.05, 1.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule()
    def a_browser_comes(self) -> None:
        self._connect(Browser())

    @precondition(lambda self: self.online)
    @rule(number=which)
    def a_browser_is_cut(self, number: int) -> None:
        browser = self.online.pop(number % len(self.online))
        self.hub.unsubscribe(browser)
        browser.reading = True
        self.offline.append(browser)

    @precondition(lambda self: self.online)
    @rule(number=which, changes=st.lists(st.tuples(keys, st.none() | values), max_size=8))
    def a_browser_misses_something(
        self, number: int, changes: list[tuple[str, int | None]]
    ) -> None:
        self.a_browser_is_cut(number=number)
        self.a_busy_while(changes=changes)
        self._connect(self.offline.pop())

    @precondition(lambda self: self.offline)
    @rule(number=which)
    def a_browser_resumes(self, number: int) -> None:
        self._connect(self.offline.pop(number % len(self.offline)))

    @precondition(lambda self: self.online)
    @rule(number=which)
    def a_browser_stops_or_starts_reading(self, number: int) -> None:
        browser = self.online[number % len(self.online)]
        browser.reading = not browser.reading

    @precondition(lambda self: self.online)
    @rule(number=which)
    def the_slow_lane_passes(self, number: int) -> None:
        self.hub.catch_up(self.online[number % len(self.online)])

    @precondition(lambda self: self.hub.seq("queues") > 20)
    @rule()
    def the_daemon_restarts(self) -> None:
        for browser in self.online:
            self.hub.unsubscribe(browser)
            browser.reading = True
        self.offline += self.online
        self.online = []
        self.epoch += 1
        self._new_hub()

    @rule()
    def everything_is_told(self) -> None:
        self.clock.advance(1.0)
        fresh = Browser()
        self.hub.subscribe(fresh, TOPICS)
        self.hub.unsubscribe(fresh)
        assert fresh.values == {topic: dict(self.hub.values(topic)) for topic in TOPICS}
        for browser in self.online:
            browser.reading = True
            assert self.hub.catch_up(browser)
            assert browser.values == fresh.values
            assert browser.seqs == fresh.seqs

    @invariant()
    def no_browser_is_ahead_of_the_hub(self) -> None:
        if not hasattr(self, "hub"):
            return
        for browser in self.online:
            for topic, seq in browser.seqs.items():
                assert seq <= self.hub.seq(topic)

    def _connect(self, browser: Browser) -> None:
        self.hub.subscribe(browser, TOPICS, epoch=browser.epoch, seqs=browser.seqs)
        browser.epoch = str(self.epoch)
        self.online.append(browser)

    @override
    def teardown(self) -> None:
        if hasattr(self, "hub"):
            self.everything_is_told()


TestDesktops = Desktops.TestCase
TestDesktops.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)

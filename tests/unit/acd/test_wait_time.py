from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from math import log, pi, sin, sqrt
from random import Random
from statistics import fmean

import pytest

from acd.events import CallConnected, CallEnded, CallOffered, CallQueued, Decision, Event
from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.reasons import EndReason, Outcome
from acd.wait_time import MEMORY, Line, WaitTime
from tests.unit.acd.house import House, at

pytestmark = pytest.mark.unit

Q = QueueId("q")
DECISION = Decision(
    needs=(), waited=timedelta(0), score=0.0, queue_length=0, counts={}, candidates=()
)


def served(waited: float, seconds: float = 0) -> CallConnected:
    return CallConnected(
        at=at(seconds),
        call=CallId("c1"),
        offer=OfferId("c1~1"),
        agent=AgentId("ana"),
        queue=Q,
        waited=timedelta(seconds=waited),
    )


def expected(
    estimator: WaitTime,
    seconds: float,
    *,
    oldest: datetime | None = None,
    waiting: int = 0,
    available: int = 0,
    signed_in: int = 5,
) -> timedelta | None:
    return estimator.expected(
        Q,
        at(seconds),
        oldest_since=oldest,
        waiting=waiting,
        available=available,
        signed_in=signed_in,
    )


def test_with_a_free_agent_and_nobody_waiting_there_is_no_wait() -> None:
    assert expected(WaitTime(), 0, available=1) == timedelta(0)


def test_without_a_basis_nothing_is_said() -> None:
    assert expected(WaitTime(), 0) is None
    assert expected(WaitTime(), 60, oldest=at(0), signed_in=0) is None


def test_the_longer_of_last_served_and_head_of_line_is_expected() -> None:
    estimator = WaitTime()
    estimator.fold(served(waited=40, seconds=10))

    assert expected(estimator, 20) == timedelta(seconds=40)
    assert expected(estimator, 20, oldest=at(15)) == timedelta(seconds=40)
    assert expected(estimator, 90, oldest=at(15)) == timedelta(seconds=75)
    # Somebody waits although an agent is free: she lacks his skills, so the wait is real.
    assert expected(estimator, 90, oldest=at(15), available=1) == timedelta(seconds=75)


def test_old_news_is_forgotten() -> None:
    estimator = WaitTime()
    estimator.fold(served(waited=40))

    assert expected(estimator, MEMORY.total_seconds()) == timedelta(seconds=40)
    assert expected(estimator, MEMORY.total_seconds() + 1) is None


def test_the_floors_own_events_teach() -> None:
    house, estimator = House(), WaitTime()
    house.queue()
    house.agent("ana")
    house.ring("c1")
    house.accept("c1~1", 7)
    for event in house.log:
        estimator.fold(event)

    assert expected(estimator, 8) == timedelta(seconds=7)


def queued(call: str, seconds: float) -> CallQueued:
    return CallQueued(
        at=at(seconds), call=CallId(call), queue=Q, needs=(), priority=0.0, language="en",
        position=1,
    )  # fmt: skip


def offered(call: str, seconds: float) -> CallOffered:
    return CallOffered(
        at=at(seconds), call=CallId(call), offer=OfferId(f"{call}~1"), agent=AgentId("ana"),
        queue=Q, ring_for=timedelta(seconds=20), decision=DECISION,
    )  # fmt: skip


def gone(call: str, seconds: float, queue: QueueId | None = Q) -> CallEnded:
    none = timedelta(0)
    return CallEnded(
        at=at(seconds), call=CallId(call), outcome=Outcome.ABANDONED_IN_QUEUE,
        why=EndReason.CALLER_HUNG_UP, queue=queue, agent=None, offer=None, waited=none,
        talked=none, held=none,
    )  # fmt: skip


def a_line_that_moves_every(gap: float, *, times: int) -> WaitTime:
    """Two callers wait at any time; every ``gap`` seconds the first is taken."""
    estimator = WaitTime()
    estimator.fold(queued("c0", 0))
    estimator.fold(queued("c1", 0))
    for number in range(1, times + 1):
        estimator.fold(offered(f"c{number - 1}", number * gap))
        estimator.fold(served(waited=gap * 2, seconds=number * gap))
        estimator.fold(queued(f"c{number + 1}", number * gap))
    return estimator


def test_the_pace_of_the_line_counts_as_much_as_its_history_at_first() -> None:
    estimator = a_line_that_moves_every(10, times=20)

    # History says 20 s, the place of a fifth caller 50 s.
    assert expected(estimator, 200, oldest=at(195), waiting=4) == timedelta(seconds=35)
    # Nobody has been taken for 70 s more: the pace is 20 callers in 270 s, and less of memory.
    slower = expected(estimator, 270, oldest=at(265), waiting=4)
    assert slower is not None
    assert timedelta(seconds=(20 + 5 * 13.5) / 2) < slower < timedelta(seconds=46)


def test_whichever_came_nearer_counts_more() -> None:
    estimator = a_line_that_moves_every(10, times=20)
    # A crowd comes at once: by its place each waits longer than the one before, and so it is.
    for number in range(30):
        estimator.fold(queued(f"x{number}", 200))
    for number in range(30):
        estimator.fold(offered(f"x{number}", 230 + number * 10))
        last = served(waited=30 + number * 10, seconds=230 + number * 10)
        estimator.fold(replace(last, call=CallId(f"x{number}")))

    found = expected(estimator, 520, oldest=at(500), waiting=4)

    # History says 320 s, the place about 50.
    assert found is not None
    assert timedelta(seconds=50) < found < timedelta(seconds=90)


def test_a_pace_of_few_callers_or_of_old_or_of_those_who_need_not_wait_counts_nothing() -> None:
    few = a_line_that_moves_every(10, times=4)
    assert expected(few, 40, oldest=at(35), waiting=4) == timedelta(seconds=20)

    old, then = a_line_that_moves_every(10, times=20), 201 + MEMORY.total_seconds()
    assert expected(old, then, oldest=at(then - 7), waiting=4) == timedelta(seconds=7)

    at_once = WaitTime()
    for number in range(20):
        at_once.fold(queued(f"c{number}", number))
        at_once.fold(offered(f"c{number}", number))
    at_once.fold(served(waited=30, seconds=20))
    assert expected(at_once, 20, waiting=9) == timedelta(seconds=30)


def test_who_loses_patience_ahead_shortens_the_wait_of_those_behind() -> None:
    patient, estimator = (a_line_that_moves_every(10, times=20) for _ in range(2))
    for number in range(20):
        estimator.fold(queued(f"x{number}", 200))
        estimator.fold(gone(f"x{number}", 200))

    before = expected(patient, 200, oldest=at(195), waiting=9)
    found = expected(estimator, 200, oldest=at(195), waiting=9)

    assert before == timedelta(seconds=(20 + 100) / 2)
    # One in 10 s is taken; 20 left while 20 times 20 s were waited, less of memory.
    ahead = sum(1 / (0.1 + k * 0.055) for k in range(10))
    assert found is not None
    assert abs(found - timedelta(seconds=(20 + ahead) / 2)) < timedelta(seconds=1)


def test_calls_that_never_waited_here_change_nothing() -> None:
    estimator = a_line_that_moves_every(10, times=20)
    before = expected(estimator, 200, oldest=at(195), waiting=4)
    for event in (gone("elsewhere", 200), gone("nowhere", 200, queue=None), offered("new", 200)):
        estimator.fold(event)

    assert expected(estimator, 200, oldest=at(195), waiting=4) == before


def test_who_waits_again_is_compared_with_what_was_said_at_first() -> None:
    once, again = (a_line_that_moves_every(10, times=20) for _ in range(2))
    for estimator in (once, again):
        estimator.fold(queued("x", 200))
        estimator.fold(offered("x", 230))
    again.fold(replace(queued("x", 235), again=True))
    again.fold(offered("x", 235))
    for estimator in (once, again):
        estimator.fold(replace(served(waited=40, seconds=240), call=CallId("x")))

    assert once._line(Q).errors == again._line(Q).errors != Line().errors


# --- how near it comes: simulated floors ------------------------------------------------------


TALK = 240.0
SECOND = timedelta(seconds=1)


@dataclass(kw_only=True)
class Shift:
    """A shift of a simulated floor: callers come in waves, wait in turn, lose patience."""

    agents: int
    load: float
    patience: float = 500.0
    hours: float = 8.0
    shared_with: float = 0.0
    """The part of the callers who are of another queue, with the same agents and its own tides."""
    fewer_after: tuple[float, int] = (1e9, 0)

    def events(self, seed: int) -> list[Event]:
        """What happens to our callers, in order."""
        return list(Simulation(self, Random(seed)).run())


class Simulation:
    """One run of a shift. Calls named ``q…`` are ours."""

    def __init__(self, shift: Shift, rng: Random) -> None:
        self.shift, self.rng = shift, rng
        self.soon: list[tuple[float, int, str, str]] = [(0.0, 0, "come", "")]
        self.line: dict[str, float] = {}
        self.now, self.busy, self.numbers = 0.0, 0, count(1)

    def run(self) -> Iterator[Event]:
        while self.soon:
            self.now, number, kind, call = heappop(self.soon)
            if kind == "come" and self.now < self.shift.hours * 3600:
                yield from self.come(number)
            elif kind == "go" and self.line.pop(call, None) is not None and call[0] == "q":
                yield gone(call, self.now)
            elif kind == "end":
                self.busy -= 1
            yield from self.take()

    def later(self, seconds: float, kind: str, call: str = "") -> None:
        heappush(self.soon, (self.now + seconds, next(self.numbers), kind, call))

    def come(self, number: int) -> Iterator[Event]:
        shift = self.shift
        self.later(self.rng.expovariate(1.25 * shift.load * shift.agents / TALK), "come")
        if self.rng.random() > (1 + 0.25 * sin(2 * pi * self.now / 7200)) / 1.25:
            return
        others = shift.shared_with * (1 + 0.9 * sin(2 * pi * self.now / 3600))
        call = f"{'o' if self.rng.random() < others else 'q'}{number}"
        self.line[call] = self.now
        self.later(self.rng.expovariate(1 / shift.patience), "go", call)
        if call[0] == "q":
            yield queued(call, self.now)

    def take(self) -> Iterator[Event]:
        after, fewer = self.shift.fewer_after
        while self.line and self.busy < (self.shift.agents if self.now < after else fewer):
            call = next(iter(self.line))
            since = self.line.pop(call)
            self.busy += 1
            self.later(self.rng.lognormvariate(log(TALK) - 0.35, 0.83), "end")
            if call[0] == "q":
                yield offered(call, self.now)
                last = served(waited=self.now - since, seconds=self.now)
                yield replace(last, call=CallId(call))


def errors(shift: Shift, *, seeds: int) -> tuple[float, float, float]:
    """Root mean square of what was said less what came, by history alone and now; its mean now."""
    off: list[tuple[float, float]] = []
    for seed in range(seeds):
        history, whole = WaitTime(), WaitTime()
        since: dict[CallId, datetime] = {}
        said: dict[CallId, tuple[timedelta | None, timedelta | None]] = {}
        for event in shift.events(seed):
            match event:
                case CallQueued(call=call, at=now):
                    if since:  # whoever joins must wait
                        said[call] = (foretold(history, now, since), foretold(whole, now, since))
                    since[call] = now
                case CallConnected(call=call, waited=waited):
                    history.fold(event)  # and of nothing else
                    by, given = said.pop(call, (None, None))
                    if by is not None and given is not None:
                        off.append(((by - waited) / SECOND, (given - waited) / SECOND))
                case CallOffered(call=call) | CallEnded(call=call):
                    since.pop(call, None)
                case _:
                    pass
            whole.fold(event)
    assert len(off) > 200
    squares, bias = [[x * x for x in each] for each in zip(*off, strict=True)], [x for _, x in off]
    return sqrt(fmean(squares[0])), sqrt(fmean(squares[1])), fmean(bias)


def foretold(estimator: WaitTime, now: datetime, since: dict[CallId, datetime]) -> timedelta | None:
    oldest = next(iter(since.values()))
    return estimator.expected(
        Q, now, oldest_since=oldest, waiting=len(since), available=0, signed_in=1
    )


@pytest.mark.parametrize(
    ("shift", "most", "most_bias"),
    [
        (Shift(agents=4, load=0.9), 0.9, 4),
        (Shift(agents=10, load=0.95), 0.85, 4),
        (Shift(agents=30, load=1.1), 0.8, 2),
        (Shift(agents=30, load=0.8, fewer_after=(14_400, 20)), 0.8, 3),
        (Shift(agents=30, load=1.05, shared_with=0.5), 1.0, 9),
    ],
)
def test_it_is_nearer_to_the_truth_than_history_alone_and_right_on_average(
    shift: Shift, most: float, most_bias: float
) -> None:
    by_history, now, bias = errors(shift, seeds=3)

    assert now < most * by_history
    assert abs(bias) < most_bias

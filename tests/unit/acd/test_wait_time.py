from datetime import datetime, timedelta

import pytest

from acd.events import CallConnected
from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.wait_time import MEMORY, WaitTime
from tests.unit.acd.house import House, at

pytestmark = pytest.mark.unit

Q = QueueId("q")


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
    available: int = 0,
    signed_in: int = 5,
) -> timedelta | None:
    return estimator.expected(
        Q, at(seconds), oldest_since=oldest, available=available, signed_in=signed_in
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


def test_only_answers_teach_and_what_was_learned_can_be_kept() -> None:
    house, estimator = House(), WaitTime()
    house.queue()
    house.agent("ana")
    house.ring("c1")
    house.accept("c1~1", 7)
    for event in house.log:
        estimator.fold(event)

    kept = WaitTime(estimator.snapshot())

    assert expected(kept, 8) == timedelta(seconds=7)

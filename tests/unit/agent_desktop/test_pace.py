"""A sender who floods is slowed down, and one who does not is not."""

import pytest

from agent_desktop.server.pace import Pace

pytestmark = pytest.mark.unit


def passed(pace: Pace, messages: int, within: float) -> int:
    """How many of so many messages, sent one when the last has passed, pass in this time."""
    now = 1000.0
    for number in range(messages):
        now += pace.wait(now)
        if now > 1000.0 + within:
            return number
    return messages


def test_a_burst_passes_at_once_and_a_flood_at_its_pace() -> None:
    assert passed(Pace(rate=20, burst=100), 100, within=0) == 100
    assert passed(Pace(rate=20, burst=100), 10_000, within=10) == pytest.approx(300, abs=1)


def test_after_a_quiet_time_there_may_be_a_burst_again() -> None:
    pace = Pace(rate=20, burst=10)
    for _ in range(10):
        assert pace.wait(0.0) == 0
    assert pace.wait(0.0) > 0

    assert [pace.wait(100.0) for _ in range(10)] == [0] * 10
    assert pace.wait(100.0) == pytest.approx(0.05)


def test_who_sends_at_the_pace_never_waits() -> None:
    pace = Pace(rate=20, burst=1)

    assert all(pace.wait(50 + number / 20) < 1e-6 for number in range(1000))

from datetime import timedelta

import pytest

from acd.occupancy import NO_LOAD, WINDOW, Work
from tests.unit.acd.house import at

pytestmark = pytest.mark.unit


def test_nothing_known_is_no_occupancy() -> None:
    assert NO_LOAD.occupancy == 0.0


def test_occupancy_is_busy_over_busy_and_ready_and_ignores_the_rest() -> None:
    load = (
        NO_LOAD.turn(Work.READY, at(0))
        .turn(Work.NONE, at(30))
        .turn(Work.BUSY, at(50))
        .turn(Work.READY, at(60))
    )

    assert load.occupancy == 10 / 40


def test_an_open_stretch_does_not_count_until_it_is_closed() -> None:
    load = NO_LOAD.turn(Work.READY, at(0)).turn(Work.BUSY, at(10))

    assert load.occupancy == 0.0
    assert load.turn(Work.READY, at(20)).occupancy == 0.5


def test_what_lies_before_the_window_is_forgotten_even_by_part() -> None:
    hour = WINDOW.total_seconds()
    load = NO_LOAD.turn(Work.BUSY, at(0)).turn(Work.READY, at(100)).turn(Work.NONE, at(200))

    half = load.turn(Work.READY, at(hour + 50))
    later = half.turn(Work.NONE, at(hour + 100))
    none = later.turn(Work.READY, at(2 * hour + 500))

    assert half.occupancy == 50 / 150
    assert later.occupancy == 0.0
    assert (none.spans, none.busy, none.ready) == ((), 0, 0)


def test_a_clock_set_back_gives_no_negative_time() -> None:
    load = NO_LOAD.turn(Work.BUSY, at(100)).turn(Work.READY, at(40))

    assert load.busy == 0
    assert load.since == NO_LOAD.turn(Work.BUSY, at(100)).since


def test_microseconds_are_kept_exactly() -> None:
    load = NO_LOAD.turn(Work.BUSY, at(0)).turn(Work.READY, at(0) + timedelta(microseconds=7))

    assert load.busy == 7

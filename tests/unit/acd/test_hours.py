from datetime import UTC, date, datetime, time, timedelta

import pytest

from acd.hours import ALWAYS_OPEN, Holiday, OpeningHours, Range, WeeklyRange

pytestmark = pytest.mark.unit

MONDAY = date(2026, 1, 5)


def weekdays(opens: time, closes: time, *days: int) -> tuple[WeeklyRange, ...]:
    return tuple(WeeklyRange(day=day, opens=opens, closes=closes) for day in days)


TEHRAN = OpeningHours(
    timezone="Asia/Tehran",
    weekly=weekdays(time(9), time(12), 0, 1, 2) + weekdays(time(13), time(17), 0, 1, 2),
    holidays=(
        Holiday(day=date(2026, 1, 6), name="closed"),
        Holiday(day=date(2026, 1, 7), ranges=(Range(opens=time(10), closes=time(11)),)),
    ),
)


@pytest.mark.parametrize(
    ("hour", "minute", "is_open"),
    [
        (5, 29, False),  # 08:59 in Tehran, three and a half hours ahead
        (5, 30, True),
        (8, 29, True),
        (8, 30, False),
        (9, 30, True),
        (13, 30, False),
    ],
)
def test_several_ranges_a_day_count_in_the_sites_own_zone(
    hour: int, minute: int, is_open: bool
) -> None:
    assert TEHRAN.is_open(datetime(2026, 1, 5, hour, minute, tzinfo=UTC)) is is_open


def test_always_open_is_open_at_every_hour_of_the_week() -> None:
    start = datetime(2026, 3, 27, tzinfo=UTC)

    assert all(ALWAYS_OPEN.is_open(start + timedelta(hours=hour)) for hour in range(7 * 24))


def test_a_holiday_has_only_its_own_ranges() -> None:
    assert not TEHRAN.is_open(datetime(2026, 1, 6, 7, tzinfo=UTC))
    assert TEHRAN.is_open(datetime(2026, 1, 7, 7, tzinfo=UTC))
    assert not TEHRAN.is_open(datetime(2026, 1, 7, 8, tzinfo=UTC))


def test_hours_without_any_range_never_open() -> None:
    never = OpeningHours()

    assert not never.is_open(datetime(2026, 1, 5, 9, tzinfo=UTC))


def test_a_range_may_run_past_midnight() -> None:
    night = OpeningHours(weekly=weekdays(time(22), time(6), 0))

    assert not night.is_open(datetime(2026, 1, 5, 21, 59, tzinfo=UTC))
    assert night.is_open(datetime(2026, 1, 5, 23, tzinfo=UTC))
    assert night.is_open(datetime(2026, 1, 6, 5, 59, tzinfo=UTC))
    assert not night.is_open(datetime(2026, 1, 6, 6, tzinfo=UTC))


def test_hours_follow_the_clock_when_it_goes_forward_and_back() -> None:
    berlin = OpeningHours(timezone="Europe/Berlin", weekly=weekdays(time(2), time(3), *range(7)))
    # 2026-03-29: 02:00 to 03:00 does not exist. 2026-10-25: it comes twice, and counts twice.
    forward = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    back = datetime(2026, 10, 25, 0, tzinfo=UTC)

    assert not berlin.is_open(forward)
    assert berlin.is_open(back + timedelta(minutes=30))
    assert berlin.is_open(back + timedelta(minutes=90))
    assert not berlin.is_open(back + timedelta(minutes=120))


def test_an_unknown_zone_is_refused_with_a_remedy() -> None:
    with pytest.raises(ValueError, match=r"'Asia/Teheran' is unknown; use an IANA name"):
        OpeningHours(timezone="Asia/Teheran")


@pytest.mark.parametrize("zone", ["", "../etc/passwd", "/etc/localtime"])
def test_a_zone_that_is_no_name_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="opening hours: time zone"):
        OpeningHours(timezone=zone)


def test_a_day_outside_the_week_is_refused() -> None:
    with pytest.raises(ValueError, match="day 7 is not 0"):
        WeeklyRange(day=7, opens=time(9), closes=time(17))

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


NEW_YORK = "America/New_York"
CHANGE = date(2027, 3, 14)  # 02:00 EST, seven hours UTC, becomes 03:00 EDT
CHANGE_AT = datetime(2027, 3, 14, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "opens", "closes", "first", "last"),
    [
        # Midnight itself is skipped: the evening before stays open up to it.
        (
            "Africa/Cairo", date(2027, 4, 29), time(0), time(0),
            datetime(2027, 4, 28, 22, tzinfo=UTC), datetime(2027, 4, 29, 22, tzinfo=UTC),
        ),
        # The closing time is skipped: closed at the change, not an hour early.
        (
            NEW_YORK, CHANGE - timedelta(days=1), time(18), time(2, 30),
            datetime(2027, 3, 13, 23, tzinfo=UTC), CHANGE_AT,
        ),
        (NEW_YORK, CHANGE, time(1, 45), time(2, 15), CHANGE_AT - timedelta(minutes=15), CHANGE_AT),
        # The opening time is skipped: opened at the change, not an hour late.
        (NEW_YORK, CHANGE, time(2, 30), time(5), CHANGE_AT, CHANGE_AT + timedelta(hours=2)),
        # Half an hour is skipped in Lord Howe, a whole day was in Apia.
        (
            "Australia/Lord_Howe", date(2026, 10, 4), time(2, 10), time(4),
            datetime(2026, 10, 3, 15, 30, tzinfo=UTC), datetime(2026, 10, 3, 17, tzinfo=UTC),
        ),
        (
            "Pacific/Apia", date(2011, 12, 29), time(22), time(6),
            datetime(2011, 12, 30, 8, tzinfo=UTC), datetime(2011, 12, 30, 10, tzinfo=UTC),
        ),
    ],
)  # fmt: skip
def test_a_time_that_the_clock_skips_stands_for_the_instant_of_the_change(
    zone: str, day: date, opens: time, closes: time, first: datetime, last: datetime
) -> None:
    hours = OpeningHours(timezone=zone, weekly=weekdays(opens, closes, day.weekday()))
    tick = timedelta(seconds=1)

    assert [hours.is_open(first - tick), hours.is_open(first)] == [False, True]
    assert [hours.is_open(last - tick), hours.is_open(last)] == [True, False]


def test_hours_that_are_skipped_altogether_do_not_open_that_day() -> None:
    hours = OpeningHours(timezone=NEW_YORK, weekly=weekdays(time(2, 10), time(2, 50), 6))

    minutes = [CHANGE_AT + timedelta(minutes=each) for each in range(-180, 180)]
    assert not any(hours.is_open(minute) for minute in minutes)


def test_a_shift_over_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    eve = date(2026, 12, 24)
    hours = OpeningHours(
        weekly=weekdays(time(22), time(6), *range(7)),
        holidays=(Holiday(day=eve + timedelta(days=1), name="closed"),),
    )

    assert hours.is_open(datetime(2026, 12, 25, 5, 59, tzinfo=UTC)), "the eve's shift ends at 06:00"
    assert not hours.is_open(datetime(2026, 12, 25, 6, tzinfo=UTC))
    assert not hours.is_open(datetime(2026, 12, 25, 23, tzinfo=UTC)), "the holiday has no shift"
    assert not hours.is_open(datetime(2026, 12, 26, 5, tzinfo=UTC))
    assert hours.is_open(datetime(2026, 12, 26, 22, tzinfo=UTC))

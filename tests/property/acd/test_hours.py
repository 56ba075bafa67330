"""Opening hours across every change of every zone's clock."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.hours import OpeningHours, WeeklyRange

pytestmark = pytest.mark.property

ZONES = sorted(available_timezones())
MINUTE = timedelta(minutes=1)
TIMES = st.builds(time, st.integers(0, 23), st.integers(0, 59))


def offset_changes(zone: ZoneInfo, start: datetime, end: datetime) -> timedelta:
    """How much later the wall clock shows ``end`` than the time since ``start`` accounts for."""
    was, becomes = start.astimezone(zone).utcoffset(), end.astimezone(zone).utcoffset()
    assert was is not None
    assert becomes is not None
    return becomes - was


@st.composite
def days_of_change(draw: st.DrawFn) -> tuple[str, date]:
    """A zone and a day on or beside which its clock is changed, or any day where it never is."""
    name = draw(st.sampled_from(ZONES))
    zone, day = ZoneInfo(name), draw(st.dates(date(2005, 1, 1), date(2037, 1, 1)))
    noon = datetime.combine(day, time(12), UTC)
    for ahead in range(370):
        at = noon + timedelta(days=ahead)
        if offset_changes(zone, at, at + timedelta(days=1)):
            day = at.astimezone(zone).date()
            break
    return name, day + timedelta(days=draw(st.integers(-1, 2)))


@given(days_of_change(), TIMES, TIMES)
def test_open_minutes_are_the_range_less_what_is_skipped_or_plus_what_is_repeated(
    zone_and_day: tuple[str, date], opens: time, closes: time
) -> None:
    name, day = zone_and_day
    zone = ZoneInfo(name)
    hours = OpeningHours(
        timezone=name, weekly=(WeeklyRange(day=day.weekday(), opens=opens, closes=closes),)
    )
    begins = datetime.combine(day, opens)
    ends = datetime.combine(day if closes > opens else day + timedelta(days=1), closes)

    # Every minute of the time around, read off the wall: no arithmetic of the code under test.
    start = datetime.combine(day, time(0), UTC) - timedelta(hours=30)
    instants = [start + MINUTE * each for each in range(int(timedelta(hours=108) / MINUTE))]
    wall = [at.astimezone(zone).replace(tzinfo=None, fold=0) for at in instants]
    inside = [at for at, shown in zip(instants, wall, strict=True) if begins <= shown < ends]
    opened = [at for at in instants if hours.is_open(at) and within_a_week(at, zone, day)]

    if not inside:
        assert not opened, "every minute of the range is skipped"
        return
    # One span, from the first minute whose reading is in the range to the last one.
    expected = [at for at in instants if inside[0] <= at <= inside[-1]]
    assert opened == expected
    # ... which is the range itself, less or plus what the clock was changed by within it.
    change = offset_changes(zone, inside[0] - MINUTE, inside[-1] + MINUTE)
    nominal = ends - begins
    if not change:
        assert len(opened) * MINUTE == nominal
    elif change > timedelta(0):
        assert nominal - change <= len(opened) * MINUTE <= nominal
    else:
        assert nominal <= len(opened) * MINUTE <= nominal - change


def within_a_week(at: datetime, zone: ZoneInfo, day: date) -> bool:
    """Tell the range of ``day`` from the same weekday's a week before or after."""
    return abs(at.astimezone(zone).date() - day) <= timedelta(days=2)

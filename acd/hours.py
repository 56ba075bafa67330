"""Opening hours: weekly ranges, several a day, holidays, in the site's own time zone.

A range is wall-clock time and one unbroken span. One that closes at or before it opens runs past
midnight; 00:00 to 00:00 is a whole day. On a day named in ``holidays`` only the holiday's ranges
count.

The day on which a range opens owns it. So a night shift that begins on the eve of a holiday runs to
its end, and one that would begin on the holiday does not begin.

Where the clock is changed, a range lasts from the first to the last minute that the wall shows
within it: as long as its times say, less what is skipped, or plus the hour that is repeated.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Open from ``opens`` until just before ``closes``."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyRange:
    """A range on one day of every week; 0 is Monday, 6 is Sunday."""

    day: int
    opens: time
    closes: time

    def __post_init__(self) -> None:
        if not 0 <= self.day <= 6:
            raise ValueError(f"opening hours: day {self.day} is not 0 (Monday) to 6 (Sunday)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """A date with its own ranges; none at all means closed."""

    day: date
    name: str = ""
    ranges: tuple[Range, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningHours:
    """When a queue takes calls."""

    timezone: str = "UTC"
    weekly: tuple[WeeklyRange, ...] = ()
    holidays: tuple[Holiday, ...] = field(default=())

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(
                f"opening hours: time zone {self.timezone!r} is unknown; "
                "use an IANA name such as 'Asia/Tehran'"
            ) from error

    def is_open(self, at: datetime) -> bool:
        """Tell whether calls are taken at this instant."""
        if self is ALWAYS_OPEN:  # what most queues are: spare each call the calendar
            return True
        today = at.astimezone(ZoneInfo(self.timezone)).date()
        return any(
            start <= at < end for day in (today - _DAY, today) for start, end in self._spans_of(day)
        )

    def _spans_of(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """Yield the spans in UTC that begin on this local date; some may be empty."""
        zone = ZoneInfo(self.timezone)
        for one in self._ranges_of(day):
            last = day if one.closes > one.opens else day + _DAY
            closes = datetime.combine(last, one.closes, zone)
            # Of a closing time that comes twice the second counts, unless the range is over
            # just when the repetition begins.
            end = closes.replace(fold=int(_comes_twice(closes - _SECOND)))
            yield _instant(datetime.combine(day, one.opens, zone)), _instant(end)

    def _ranges_of(self, day: date) -> list[Range]:
        for holiday in self.holidays:
            if holiday.day == day:
                return list(holiday.ranges)
        weekday = day.weekday()
        return [Range(opens=r.opens, closes=r.closes) for r in self.weekly if r.day == weekday]


def _comes_twice(local: datetime) -> bool:
    first, second = (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return first < second


def _instant(local: datetime) -> datetime:
    """Return the instant in UTC of a local time, the instant of the change for one that is skipped.

    ``local.fold`` chooses between the two instants of a time that comes twice.
    """
    first, second = (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if first <= second:
        return second if local.fold else first
    # Skipped: read with the old offset it lies after the change, with the new one before it.
    before, after, zone = second, first, local.tzinfo
    old = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // _SECOND // 2 * _SECOND
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after


ALWAYS_OPEN: Final = OpeningHours(
    weekly=tuple(WeeklyRange(day=day, opens=time(0), closes=time(0)) for day in range(7))
)

"""Opening hours: weekly ranges, several a day, holidays, in the site's own time zone.

A range is wall-clock time. One that closes at or before it opens runs past midnight; 00:00 to
00:00 is a whole day. On a day named in ``holidays`` only the holiday's ranges count.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_DAY: Final = timedelta(days=1)
"""How far ahead an opening is looked for: a year and its longest holidays."""


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
        """Yield the spans that begin on this local date, in UTC; empty ones are left out."""
        zone = ZoneInfo(self.timezone)
        for one in self._ranges_of(day):
            last = day if one.closes > one.opens else day + _DAY
            start = datetime.combine(day, one.opens, zone)
            # When the clock goes back the closing hour comes twice: the later one counts.
            end = datetime.combine(last, one.closes, zone).replace(fold=1)
            yield start.astimezone(UTC), end.astimezone(UTC)

    def _ranges_of(self, day: date) -> list[Range]:
        for holiday in self.holidays:
            if holiday.day == day:
                return list(holiday.ranges)
        weekday = day.weekday()
        return [Range(opens=r.opens, closes=r.closes) for r in self.weekly if r.day == weekday]


ALWAYS_OPEN: Final = OpeningHours(
    weekly=tuple(WeeklyRange(day=day, opens=time(0), closes=time(0)) for day in range(7))
)

"""Reads opening hours: ``monday = ["09:00-12:00", "13:00-17:00"]`` and holidays by date."""

import re
from collections.abc import Mapping
from datetime import date, time
from typing import Final

from acd.hours import ALWAYS_OPEN, Holiday, OpeningHours, Range, WeeklyRange
from telephony_config.reading import Table

DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_RANGE: Final = re.compile(r"(\d\d:\d\d)\s*-\s*(\d\d:\d\d)")
_HINT: Final = 'write ["09:00-17:00"]; 00:00-00:00 is the whole day, [] is closed'


def read_hours(table: Table, timezone: str) -> Mapping[str, OpeningHours]:
    """Read all of ``[hours.*]``; ``timezone`` counts where none is given."""
    return {name: _one(hours, timezone) for name, hours in _named(table)}


def _named(table: Table) -> list[tuple[str, Table]]:
    return table.named(r"[a-z][a-z0-9-]{0,31}", "use lower-case letters, digits and dashes")


def _one(table: Table, timezone: str) -> OpeningHours:
    zone = table.text("timezone", timezone)
    every_day = _ranges(table, "every_day")
    weekly: list[WeeklyRange] = []
    for number, day in enumerate(DAYS):
        ranges = _ranges(table, day) if day in table or not every_day else every_day
        weekly += [WeeklyRange(day=number, opens=one.opens, closes=one.closes) for one in ranges]
    holidays = _holidays(table.table("holidays"))
    table.done()
    if not weekly:
        table.complain(None, "is never open", 'name days, such as monday = ["09:00-17:00"]')
    try:
        return OpeningHours(timezone=zone, weekly=tuple(weekly), holidays=holidays)
    except ValueError as error:
        table.complain("timezone", str(error), "use an IANA name")
        return ALWAYS_OPEN


def _holidays(table: Table) -> tuple[Holiday, ...]:
    found: list[Holiday] = []
    for key in table.ids():
        try:
            day = date.fromisoformat(key)
        except ValueError:
            table.texts(key)
            table.complain(key, "is no date", "write 2027-01-01 = []")
            continue
        found.append(Holiday(day=day, ranges=tuple(_ranges(table, key))))
    return tuple(sorted(found, key=lambda holiday: holiday.day))


def _ranges(table: Table, key: str) -> list[Range]:
    found: list[Range] = []
    for text in table.texts(key):
        parts = _RANGE.fullmatch(text)
        try:
            if parts is None:
                raise ValueError(f"{text!r} is no range of hours")  # noqa: TRY301
            found.append(
                Range(opens=time.fromisoformat(parts[1]), closes=time.fromisoformat(parts[2]))
            )
        except ValueError as error:
            table.complain(key, str(error), _HINT)
    return found

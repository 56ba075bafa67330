"""Money and dates as recorded words, in the manner of each language.

Dates follow the caller's calendar: Persian ones are Jalali. The year is left out when it is this
year's. Amounts are spoken to the smallest coin of the currency.
"""

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

import jdatetime

from ivr.errors import Unspeakable
from ivr.flow import Money
from ivr.numerals import Words, count, digits, number

COINS: Final[Mapping[str, int]] = {"USD": 100, "EUR": 100, "GBP": 100, "CNY": 100, "IRR": 1}
"""The currencies with recorded names, and how many of the smallest coin make one."""


def money(language: str, value: Money) -> Words:
    """The words of an amount; Unspeakable for a currency without a recorded name."""
    coins = COINS.get(value.currency)
    if coins is None:
        raise Unspeakable(f"no name is recorded for the currency {value.currency!r}")
    total = int((value.amount * coins).to_integral_value(rounding=ROUND_HALF_EVEN))
    sign: Words = ("minus",) if total < 0 else ()
    major, minor = divmod(abs(total), coins)
    if language == "zh" and value.currency == "CNY":
        return sign + _renminbi(major, minor)
    whole = (*count(language, major), _unit(language, "unit", value.currency, major))
    part = (*count(language, minor), _unit(language, "minor", value.currency, minor))
    if not minor:
        return sign + whole
    if not major:
        return sign + part
    return sign + whole + (() if language == "zh" else ("and",)) + part


def _unit(language: str, kind: str, currency: str, many: int) -> str:
    singular = language == "en" and many == 1
    return f"{kind}-{currency}-1" if singular else f"{kind}-{currency}"


def _renminbi(major: int, minor: int) -> Words:
    jiao, fen = divmod(minor, 10)
    words: list[str] = []
    if major or not minor:
        words += [*count("zh", major), "unit-CNY"]
    if jiao:
        words += [*count("zh", jiao), "jiao"]
    if fen:
        if major and not jiao:
            words += number("zh", 0)
        words += [*number("zh", fen), "minor-CNY"]
    return tuple(words)


def day(language: str, value: date, *, today: date) -> Words:
    """The words of a date, with the year only when it is not this one."""
    match language:
        case "en":
            year = () if value.year == today.year else _english_year(value.year)
            return (f"month-{value.month}", f"day-{value.day}", *year)
        case "zh":
            year = () if value.year == today.year else _chinese_year(value.year)
            return (*year, f"month-{value.month}", f"day-{value.day}")
        case "fa":
            there = jdatetime.date.fromgregorian(date=value)
            here = jdatetime.date.fromgregorian(date=today)
            year = () if there.year == here.year else number("fa", there.year)
            return (f"day-{there.day}", f"month-{there.month}", *year)
        case _:
            raise Unspeakable(f"no dates are recorded in language {language!r}")


def _english_year(year: int) -> Words:
    century, rest = divmod(year, 100)
    if century < 10 or 2000 <= year < 2010:
        return number("en", year)
    if rest == 0:
        return number("en", year) if century % 10 == 0 else (*number("en", century), "hundred")
    return (*number("en", century), *(("oh",) if rest < 10 else ()), *number("en", rest))


def _chinese_year(year: int) -> Words:
    plain = digits(str(year))  # the 1 of a year is 一, not the 幺 of telephone numbers
    return (*(word.replace("digit-", "number-") for word in plain), "year")


def whole(value: object) -> int:
    """Read a known value as a whole number; Unspeakable if it is none."""
    if isinstance(value, int):
        return value
    if isinstance(value, str | Decimal):
        try:
            return int(value)
        except ValueError:
            pass
    raise Unspeakable("the value is not a whole number")

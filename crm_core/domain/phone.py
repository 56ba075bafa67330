"""Phone numbers: what a trunk or a person wrote -> E.164, and what kind of caller id it is.

One line is written in many ways. The reading for the trunk's region comes first; what else the
same digits or an older numbering plan may mean is ``likely``, to be said so where it is shown.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

from crm_core.domain import number_text

_ANONYMOUS: Final = frozenset(
    {"anonymous", "unknown", "restricted", "unavailable", "private", "withheld", "blocked"}
    | {"none", "null", "asterisk"}
)
_INTERNAL: Final = re.compile(r"(?:agent|caller|queue)-[\w.-]+|[0-9*#]{1,6}")
_LONGEST: Final = 64
"""Longer caller ids are garbage (RFC 3966 numbers stay far below)."""
MOST_LIKELY: Final = 6
"""Other readings of one number that are looked up at most."""

_ABROAD: Final = ("00", "011", "0011", "810", "010", "000")
"""What is dialled before a foreign number, somewhere."""
_HIDING: Final = {
    "GB": ("141", "1470"), "AU": ("1831", "1832"), "JP": ("184", "186"), "HK": ("133", "1357"),
    "NZ": ("0197", "0196"), "CN": ("12593", "17909", "17911", "17951"),
}  # fmt: skip
"""Digits before a national number that hide it or choose a carrier, by country."""
_SPELLINGS: Final = tuple(
    (country, re.compile(pattern), other)
    for country, pattern, other in (
        ("+55", r"(\d\d)9(\d{8})", r"\1\2"),  # Brazil's ninth digit of mobile numbers
        ("+55", r"(\d\d)([6-9]\d{7})", r"\g<1>9\2"),
        ("+54", r"9(\d{10})", r"\1"),  # Argentina's 9 of mobile numbers called from abroad
        ("+54", r"([1-8]\d{9})", r"9\1"),
        ("+52", r"1(\d{10})", r"\1"),  # Mexico's 1 of mobile numbers, until 2019
        ("+52", r"([2-9]\d{9})", r"1\1"),
        ("+39", r"0(\d{5,10})", r"\1"),  # Italy's 0, which belongs to the number
        ("+39", r"([1-9]\d{5,9})", r"0\1"),
        ("+229", r"01(\d{8})", r"\1"),  # Benin's 01, since 2024
        ("+229", r"(\d{8})", r"01\1"),
    )
)


class AniKind(StrEnum):
    """What the caller's number is worth."""

    VALID = "valid"
    INTERNAL = "internal"
    ANONYMOUS = "anonymous"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ani:
    """A caller id, classed. ``e164`` and ``national`` are "" when it cannot be a number."""

    raw: str
    kind: AniKind
    e164: str = ""
    national: str = ""
    extension: str = ""
    region: str = ""
    """Country of the number, such as ``CN``."""
    literal: str = ""
    """What the digits mean in the region as they stand; another reading than ``e164`` if they
    are no valid number so."""
    likely: tuple[str, ...] = ()
    """What else the number may be, likeliest first; ``e164`` too unless it is literal."""

    @property
    def sure(self) -> bool:
        """Whether ``e164`` is the literal reading, not a likely one."""
        return self.literal == self.e164


@lru_cache(maxsize=4096)
def classify(raw: str, region: str) -> Ani:
    """Class a caller id as it came over a trunk whose home region is ``region``."""
    text = number_text.tidied(raw)
    if not text or text.casefold() in _ANONYMOUS or not text.strip("+0 "):
        return Ani(raw=raw, kind=AniKind.ANONYMOUS)
    if len(text) > _LONGEST:
        return Ani(raw=raw[:_LONGEST], kind=AniKind.INVALID)
    if _INTERNAL.fullmatch(text):
        return Ani(raw=raw, kind=AniKind.INTERNAL)
    if text.removeprefix("+").isdigit():
        return _read(raw, text, region)
    text = number_text.dialable(text)
    bare = number_text.without_words(text)
    ani = _read(raw, bare, region)
    # Without the word behind it 1-800-FLOWERS is no number.
    return ani if ani.kind is AniKind.VALID or bare == text else _read(raw, text, region)


def best_reading(raw: str, region: str) -> str:
    """Return what is a valid number, if only likely so, in E.164, and anything else as it came."""
    found = classify(raw, region)
    return found.e164 if found.kind is AniKind.VALID else raw


def with_country(raw: str, region: str) -> str:
    """Return what is surely a valid number in E.164, and anything else as it came."""
    found = classify(raw, region)
    return found.e164 if found.kind is AniKind.VALID and found.sure else raw


def shown(e164: str) -> str:
    """Write an E.164 number the international way, with spaces."""
    number = _parsed(e164, None)
    if number is None:
        return e164
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)


def length_fault(e164: str) -> str:
    """Tell what is wrong with the length of a number that is not valid, "" if that cannot be told.

    A number of a range that is newer than our tables has no fault.
    """
    number = _parsed(e164, None)
    if number is not None and phonenumbers.truncate_too_long_number(number):
        return "has digits too many"
    if any(_valid(f"{e164}{digit}") for digit in range(10)):
        return "lacks a digit"
    return ""


def _read(raw: str, text: str, region: str) -> Ani:
    first = _parsed(text, region)
    home = _home(first)
    literal = ""
    if first is not None and (home or phonenumbers.is_possible_number(first)):
        literal = _e164(first)
    others = dict.fromkeys(islice(_others(text, region, first, home), MOST_LIKELY))
    best = first if home else next(filter(None, map(_valid, others)), None)
    number = best or (first if literal else None)
    if number is None:
        return Ani(raw=raw, kind=AniKind.INVALID)
    return Ani(
        raw=raw,
        kind=AniKind.VALID if best else AniKind.INVALID,
        e164=_e164(number),
        national=phonenumbers.national_significant_number(number),
        extension=(first and first.extension) or "",
        region=home or phonenumbers.region_code_for_number(number) or "",
        literal=literal,
        likely=tuple(other for other in others if other != literal),
    )


def _others(text: str, region: str, first: PhoneNumber | None, home: str) -> Iterator[str]:
    """Give the likely other readings of a number, likeliest first."""
    if first is not None:
        yield from _spelled(_e164(first))
    if text.startswith("+") and home:
        return
    for other, abroad in _rewritten(text, region):
        number = _valid(other, None if abroad else region)
        if number is not None:
            yield _e164(number)
            yield from _spelled(_e164(number))
        elif abroad:
            yield from filter(_valid, _spelled(other))


def _rewritten(text: str, region: str) -> Iterator[tuple[str, bool]]:
    """Give other texts for the same digits, and whether each one is with its country."""
    plain = text.removeprefix("+")
    if text.startswith("+"):
        yield plain, False
    elif not plain.startswith("0"):
        yield f"+{plain}", True
    for prefix in _ABROAD:
        rest = _behind(plain, prefix)
        if rest and not rest.startswith("0"):
            yield f"+{rest}", True
    for prefix in _HIDING.get(region, ()):
        rest = _behind(plain, prefix)
        if rest:
            yield rest, False


def _behind(text: str, prefix: str) -> str:
    """Return what follows the digits of ``prefix``, whatever signs stand between them."""
    found = re.match(r"[\s().-]*".join(prefix), text.lstrip(" ("))
    return text.lstrip(" (")[found.end() :].lstrip(" ).-") if found else ""


def _spelled(e164: str) -> Iterator[str]:
    """Give the ways that a number was written under an older or another rule of its country."""
    for country, pattern, other in _SPELLINGS:
        if e164.startswith(country):
            found = pattern.fullmatch(e164, len(country))
            if found:
                yield country + found.expand(other)


def _parsed(text: str, region: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except NumberParseException:
        return None


def _valid(text: str, region: str | None = None) -> PhoneNumber | None:
    number = _parsed(text, region)
    return number if _home(number) else None


def _home(number: PhoneNumber | None) -> str:
    """Return the country of a valid number, else nothing."""
    if number is None:
        return ""
    home = phonenumbers.region_code_for_number(number)
    return home if home and phonenumbers.is_valid_number_for_region(number, home) else ""


def _e164(number: PhoneNumber) -> str:
    return f"+{number.country_code}{phonenumbers.national_significant_number(number)}"

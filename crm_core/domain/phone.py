"""Phone numbers: what a trunk or a person wrote -> E.164, and what kind of caller id it is."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from crm_core.domain.names import ascii_digits

_ANONYMOUS: Final = frozenset(
    {"anonymous", "unknown", "restricted", "unavailable", "private", "withheld", "blocked"}
    | {"none", "null", "asterisk"}
)
_INTERNAL: Final = re.compile(r"(?:agent|caller|queue)-[\w.-]+|[0-9*#]{1,6}")
_LONGEST: Final = 64
"""Longer caller ids are garbage (RFC 3966 numbers stay far below)."""


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


@lru_cache(maxsize=4096)
def classify(raw: str, region: str) -> Ani:
    """Class a caller id as it came over a trunk whose home region is ``region``."""
    text = ascii_digits(raw).strip().strip('"<>')
    if not text or text.casefold() in _ANONYMOUS or not text.strip("+0 "):
        return Ani(raw=raw, kind=AniKind.ANONYMOUS)
    if len(text) > _LONGEST:
        return Ani(raw=raw[:_LONGEST], kind=AniKind.INVALID)
    if _INTERNAL.fullmatch(text):
        return Ani(raw=raw, kind=AniKind.INTERNAL)
    return _parsed(raw, text, region)


def _parsed(raw: str, text: str, region: str) -> Ani:
    try:
        number = phonenumbers.parse(text.removeprefix("sip:").split("@")[0], region)
    except NumberParseException:
        return Ani(raw=raw, kind=AniKind.INVALID)
    if not phonenumbers.is_possible_number(number):
        return Ani(raw=raw, kind=AniKind.INVALID)
    valid = phonenumbers.is_valid_number(number)
    return Ani(
        raw=raw,
        kind=AniKind.VALID if valid else AniKind.INVALID,
        e164=phonenumbers.format_number(number, PhoneNumberFormat.E164),
        national=phonenumbers.national_significant_number(number),
        extension=number.extension or "",
        region=phonenumbers.region_code_for_number(number) or "",
    )


def with_country(raw: str, region: str) -> str:
    """Return a valid number in E.164, and anything else as it came."""
    found = classify(raw, region)
    return found.e164 if found.kind is AniKind.VALID else raw


def shown(e164: str) -> str:
    """Write an E.164 number the international way, with spaces."""
    try:
        number = phonenumbers.parse(e164, None)
    except NumberParseException:
        return e164
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)

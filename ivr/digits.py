"""Keys pressed so far against what is expected: incomplete, complete or invalid.

Three values, because a menu with the choices 1 and 12 may not act on the first key, and a customer
number of 6 to 8 digits is long enough before it is over. ``settle`` says what the keys mean when
no more of them come.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

KEYS: Final = frozenset("0123456789*#ABCD")


class Fit(Enum):
    """How far the keys pressed so far match."""

    INCOMPLETE = "incomplete"
    COMPLETE = "complete"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class OneOf:
    """Exactly one of these key sequences."""

    choices: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """``least`` to ``most`` digits; the terminator ends a shorter one at once."""

    least: int
    most: int
    terminator: str = "#"


Pattern = OneOf | Number


def fit(pattern: Pattern, keys: str) -> Fit:
    """Compare ``keys`` with the pattern while more keys may still come."""
    match pattern:
        case OneOf(choices=choices):
            return _fit_choice(choices, keys)
        case Number():
            return _fit_number(pattern, keys)


def settle(pattern: Pattern, keys: str) -> Fit:
    """Decide what ``keys`` mean when the caller presses no more: complete or invalid."""
    match pattern:
        case OneOf(choices=choices):
            good = keys in choices
        case Number(least=least, most=most):
            good = _is_digits(keys) and least <= len(keys) <= most
    return Fit.COMPLETE if good or fit(pattern, keys) is Fit.COMPLETE else Fit.INVALID


def value(pattern: Pattern, keys: str) -> str:
    """Return what was entered, without the terminator."""
    if isinstance(pattern, Number) and pattern.terminator:
        return keys.removesuffix(pattern.terminator)
    return keys


def _fit_choice(choices: frozenset[str], keys: str) -> Fit:
    longer = any(choice != keys and choice.startswith(keys) for choice in choices)
    if longer:
        return Fit.INCOMPLETE
    return Fit.COMPLETE if keys in choices else Fit.INVALID


def _fit_number(pattern: Number, keys: str) -> Fit:
    ended = bool(pattern.terminator) and keys.endswith(pattern.terminator)
    digits = keys.removesuffix(pattern.terminator) if ended else keys
    if (digits and not _is_digits(digits)) or len(digits) > pattern.most:
        return Fit.INVALID
    if ended:
        return Fit.COMPLETE if len(digits) >= pattern.least else Fit.INVALID
    return Fit.COMPLETE if len(digits) == pattern.most else Fit.INCOMPLETE


def _is_digits(keys: str) -> bool:
    return keys.isascii() and keys.isdigit()

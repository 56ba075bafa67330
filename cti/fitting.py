"""Turns one TOML value or environment string into the type that a setting wants."""

import types
import typing
from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any, Final


class Misfit(Exception):
    """A value that does not fit; its arguments are a message and a remedy."""


def fit(value: object, kind: Any) -> object:
    """Turn a TOML value or an environment string into ``kind``."""
    if typing.get_origin(kind) is typing.Annotated:
        kind = typing.get_args(kind)[0]
    if isinstance(kind, types.UnionType):
        kind = next(each for each in typing.get_args(kind) if each is not type(None))
    if typing.get_origin(kind) is tuple:
        items = value.split(",") if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(each, str) for each in items):
            raise Misfit("must be a list of texts", 'Write ["one", "two"]')
        return tuple(each.strip() for each in items if each.strip())
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _fit_choice(value, kind)
    return _FITTERS[kind](value)


def _fit_choice(value: object, kind: type[Enum]) -> object:
    try:
        return kind(value)
    except ValueError:
        choices = ", ".join(str(each.value) for each in kind)
        raise Misfit(f"{value!r} is not allowed", f"Choose one of {choices}") from None


def _fit_bool(value: object) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True}
    words |= {"0": False, "false": False, "no": False, "off": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in words:
        return words[value.lower()]
    raise Misfit(f"{value!r} is neither true nor false", "Write true or false")


def _fit_int(value: object) -> int:
    try:
        return int(value if isinstance(value, int | str) and not isinstance(value, bool) else "")
    except ValueError:
        raise Misfit(f"{value!r} is not a whole number", "Write digits only") from None


def _fit_text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise Misfit(f"{value!r} is not a text", "Write it in quotes, not empty")
    return value


_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def _fit_duration(value: object) -> timedelta:
    seconds: float | None = None
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = float(value)
    elif isinstance(value, str):
        number = value.strip().rstrip("hms")
        unit = value.strip()[len(number) :] or "s"
        try:
            seconds = float(number) * _UNITS[unit]
        except (ValueError, KeyError):
            seconds = None
    if seconds is None or not 0 < seconds < 30 * 86_400:
        raise Misfit(f"{value!r} is not a duration", 'Write seconds, or "500ms", "2s", "5m", "1h"')
    return timedelta(seconds=seconds)


_FITTERS: Final[Mapping[Any, Callable[[object], object]]] = {
    bool: _fit_bool,
    int: _fit_int,
    str: _fit_text,
    Path: lambda value: Path(_fit_text(value)).expanduser(),
    timedelta: _fit_duration,
}

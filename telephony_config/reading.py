"""Reads one TOML table key by key, complaining instead of raising, and about unknown keys too."""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final, TypeVar

from telephony_config.complaint import Complaints
from telephony_config.toml_lines import KeyPath

_T = TypeVar("_T")
_DURATION: Final = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?")
_TYPES: Final = {str: "a text in quotes", int: "a whole number", float: "a number",
                 bool: "true or false", list: "a list in brackets", dict: "a table"}  # fmt: skip


class Table:
    """A table of the file; each reader returns the default after a complaint."""

    def __init__(self, values: Mapping[str, object], path: KeyPath, complaints: Complaints) -> None:
        self._values, self.path, self._complaints = values, path, complaints
        self._known: list[str] = []

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def ids(self) -> list[str]:
        """Name what the table holds, for tables whose keys are ids."""
        return list(self._values)

    def is_table(self, key: str) -> bool:
        """Whether a table stands there, where a text would do as well."""
        return isinstance(self._values.get(key), dict)

    def complain(self, key: str | None, message: str, remedy: str) -> None:
        """Note a fault of this table or of one of its keys."""
        path = self.path if key is None else (*self.path, key)
        self._complaints.add(path, message, remedy)

    def text(self, key: str, default: str | None = None, *, like: str = "", hint: str = "") -> str:
        """Read a text; required when there is no default; ``like`` is a pattern for all of it."""
        value = self._typed(key, str, default)
        if value is None:
            return ""
        if not value or any(ord(sign) < 32 for sign in value):
            if key in self._values:
                self.complain(key, "is empty or holds control characters", "write a plain text")
        elif like and key in self._values and not re.fullmatch(like, value):
            self.complain(key, f"{value!r} is not possible here", hint)
        return value

    def optional(self, key: str, *, like: str = "", hint: str = "") -> str:
        """Read a text that may be absent: then it is empty."""
        self._known.append(key)
        return self.text(key, like=like, hint=hint) if key in self._values else ""

    def maybe_whole(self, key: str, *, least: int, most: int) -> int | None:
        """Read a whole number within limits, None if absent."""
        self._known.append(key)
        return self.whole(key, least, least=least, most=most) if key in self._values else None

    def know(self, *keys: str) -> None:
        """Take note that ``keys`` mean something here, whether read or not."""
        self._known.extend(keys)

    def whole(self, key: str, default: int, *, least: int, most: int) -> int:
        """Read a whole number within limits."""
        value = self._typed(key, int, default)
        if value is None or not least <= value <= most:
            self.complain(key, f"{value} is out of range", f"choose {least} to {most}")
            return default
        return value

    def number(self, key: str, default: float, *, least: float, most: float) -> float:
        """Read a number, with or without a decimal point, within limits."""
        value = self._values.get(key, default)
        self._known.append(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.complain(key, "must be a number", f"write for example {default:g}")
            return default
        if not least <= value <= most:
            self.complain(key, f"{value} is out of range", f"choose {least:g} to {most:g}")
        return float(value)

    def yes(self, key: str, *, default: bool = False) -> bool:
        """Read true or false."""
        return bool(self._typed(key, bool, default))

    def duration(
        self, key: str, default: timedelta, *, least: timedelta, most: timedelta
    ) -> timedelta:
        """Read a length of time such as ``"20s"`` or ``"1m30s"``, within limits."""
        value = self._typed(key, str, None, required=False)
        if value is None:
            return default
        parts = _DURATION.fullmatch(value) if value else None
        if parts is None:
            self.complain(key, f"{value!r} is no length of time", 'write "20s", "1m30s" or "500ms"')
            return default
        hours, minutes, seconds, millis = (float(part or 0) for part in parts.groups())
        length = timedelta(hours=hours, minutes=minutes, seconds=seconds, milliseconds=millis)
        if not least <= length <= most:
            self.complain(
                key, f"{value} is out of range", f"choose {_said(least)} to {_said(most)}"
            )
            return default
        return length

    def texts(self, key: str, default: Sequence[str] = ()) -> tuple[str, ...]:
        """Read a list of texts."""
        value = self._typed(key, list, list(default))
        if value is None:
            return tuple(default)
        if not all(isinstance(item, str) for item in value):
            self.complain(key, "must hold texts only", 'write for example ["one", "two"]')
            return tuple(default)
        if len(set(value)) != len(value):
            self.complain(key, "names something twice", "name each once")
        return tuple(value)

    def table(self, key: str) -> "Table":
        """Read a table; an absent one is empty."""
        return Table(self._typed(key, dict, {}) or {}, (*self.path, key), self._complaints)

    def tables(self, key: str) -> list["Table"]:
        """Read the tables of ``[[key]]``."""
        value = self._typed(key, list, []) or []
        if not all(isinstance(item, dict) for item in value):
            self.complain(key, "must be tables", f"write [[{key}]] above each")
            return []
        return [
            Table(item, (*self.path, key, number), self._complaints)
            for number, item in enumerate(value)
        ]

    def named(self, like: str, hint: str) -> list[tuple[str, "Table"]]:
        """Read a table of tables whose keys are ids of the form ``like``."""
        found = []
        for key in self._values:
            if not re.fullmatch(like, key):
                self.complain(key, f"{key!r} cannot be a name here", hint)
            elif isinstance(self._values[key], dict):
                found.append((key, self.table(key)))
            else:
                self._typed(key, dict, {})
        return found

    def take(self, key: str, read: Callable[[str], _T], default: _T, hint: str) -> _T:
        """Read a text and make it something else; ``ValueError`` becomes a complaint."""
        if key not in self._values:
            self._known.append(key)
            return default
        value = self.text(key)
        try:
            return read(value)
        except ValueError as error:
            self.complain(key, str(error), hint)
            return default

    def done(self) -> None:
        """Complain about every key that nobody has asked for."""
        for key in self._values:
            if key not in self._known:
                near = difflib.get_close_matches(key, self._known, 1)
                known = ", ".join(sorted(set(self._known)))
                remedy = f"did you mean {near[0]!r}?" if near else f"known keys: {known}"
                self.complain(key, "is unknown", remedy)

    def _typed(
        self, key: str, kind: type[_T], default: _T | None, *, required: bool = True
    ) -> _T | None:
        self._known.append(key)
        if key not in self._values:
            if default is None and required:
                self.complain(key, "is missing", f"add it: {_TYPES[kind]}")
            return default
        value = self._values[key]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.complain(key, "has the wrong type", f"write {_TYPES[kind]}")
            return default
        return value


def _said(length: timedelta) -> str:
    return f'"{length.total_seconds():g}s"'

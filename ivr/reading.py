"""Typed reading of a YAML tree that remembers where everything stands.

A wrong value gives a complaint and a harmless default, so that one reading finds every fault.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import yaml

from ivr.errors import Complaint

DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|min)")
UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0}
LONGEST: Final = timedelta(hours=24)
TRUE: Final = {"true", "yes", "on"}
FALSE: Final = {"false", "no", "off"}


class Reader:
    """Collects the complaints about one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.complaints: list[Complaint] = []

    def complain(self, line: int, key: str, message: str, remedy: str) -> None:
        """Note one fault."""
        self.complaints.append(
            Complaint(file=self.file, line=line, key=key, message=message, remedy=remedy)
        )

    def fields(self, node: yaml.Node | None, place: str) -> "Fields":
        """Read ``node`` as a mapping; an empty one with a complaint if it is none."""
        return Fields(self, node, "" if place == "flow" else place)


@dataclass(frozen=True, slots=True)
class Value:
    """One value with its place."""

    reader: Reader
    node: yaml.Node
    place: str

    @property
    def line(self) -> int:
        """The line it stands on, from 1."""
        return self.node.start_mark.line + 1

    @property
    def is_text(self) -> bool:
        """Whether it is a single value rather than a list or a mapping."""
        return isinstance(self.node, yaml.ScalarNode)

    def complain(self, message: str, remedy: str) -> None:
        """Note a fault of this value."""
        self.reader.complain(self.line, self.place or "flow", message, remedy)

    def text_here(self) -> str:
        """The value as text."""
        if isinstance(self.node, yaml.ScalarNode) and self.node.tag != "tag:yaml.org,2002:null":
            return str(self.node.value)
        self.complain("must be a single value", "Write one name or number")
        return ""

    def texts_here(self) -> list[str]:
        """The value as a list of texts."""
        return [value.text_here() for value in self.values_here()]

    def values_here(self) -> "list[Value]":
        """The value as a list; a single value is a list of one."""
        if isinstance(self.node, yaml.SequenceNode):
            return [
                Value(self.reader, item, f"{self.place}.{at}")
                for at, item in enumerate(self.node.value, start=1)
            ]
        return [self]

    def whole_here(self, *, least: int, most: int) -> int:
        """The value as a whole number within bounds."""
        text = self.text_here()
        if re.fullmatch(r"-?[0-9]{1,9}", text) and least <= int(text) <= most:
            return int(text)
        self.complain(
            f"must be a whole number from {least} to {most}, not {text!r}", "Write such a number"
        )
        return least

    def fields_here(self) -> "Fields":
        """The value as a mapping."""
        return Fields(self.reader, self.node, self.place)


class Fields:
    """One mapping; every key must be asked for, or ``done`` complains of it."""

    def __init__(self, reader: Reader, node: yaml.Node | None, place: str) -> None:
        self._reader, self._place = reader, place
        self._line = node.start_mark.line + 1 if node is not None else 1
        self._values: dict[str, Value] = {}
        self._asked: set[str] = set()
        self._is_mapping = isinstance(node, yaml.MappingNode)
        if not isinstance(node, yaml.MappingNode):
            reader.complain(
                self._line, place or "flow", "must be a mapping of keys", "Write key: value lines"
            )
            return
        for key_node, value_node in node.value:
            self._add(key_node, value_node)

    def _add(self, key_node: yaml.Node, value_node: yaml.Node) -> None:
        if not isinstance(key_node, yaml.ScalarNode):
            self._reader.complain(
                key_node.start_mark.line + 1,
                self._place or "flow",
                "has a key that is no text",
                "Write a plain name before the colon",
            )
            return
        key = str(key_node.value)
        value = Value(self._reader, value_node, self._at(key))
        if key in self._values:
            value.complain("is given twice", "Remove one of the two")
        self._values[key] = value

    def __contains__(self, key: str) -> bool:
        return key in self._values

    @property
    def lines(self) -> dict[str, int]:
        """The line of each key."""
        return {key: value.line for key, value in self._values.items()}

    def complain(self, key: str, message: str, remedy: str) -> None:
        """Note a fault of one key."""
        value = self._values.get(key)
        self._reader.complain(value.line if value else self._line, self._at(key), message, remedy)

    def text(self, key: str, *, default: str | None = None) -> str:
        """A text; required unless it has a default."""
        value = self._ask(key, required=default is None)
        if value is None:
            return default or ""
        text = value.text_here()
        if not text and default is None and value.is_text:
            value.complain("is empty", "Write a name")
        return text

    def texts(self, key: str) -> list[str]:
        """A required list of texts."""
        value = self._ask(key, required=True)
        return value.texts_here() if value else []

    def values(self, key: str, *, required: bool) -> list[Value]:
        """A list of values."""
        value = self._ask(key, required=required)
        return value.values_here() if value else []

    def entries(self, key: str, *, required: bool = False) -> Iterator[tuple[str, Value]]:
        """The entries of a mapping."""
        value = self._ask(key, required=required)
        if value is not None:
            inner = value.fields_here()
            yield from inner._values.items()

    def flag(self, key: str, *, default: bool) -> bool:
        """A yes or no."""
        value = self._ask(key, required=False)
        if value is None:
            return default
        text = value.text_here().lower()
        if text not in TRUE | FALSE:
            value.complain(f"must be true or false, not {text!r}", "Write true or false")
        return text in TRUE

    def whole(self, key: str, *, least: int, most: int, default: int | None = None) -> int:
        """A whole number within bounds; required unless it has a default."""
        value = self._ask(key, required=default is None)
        if value is None:
            return least if default is None else default
        return value.whole_here(least=least, most=most)

    def number(self, key: str, *, default: float) -> float:
        """A decimal number, not negative."""
        value = self._ask(key, required=False)
        if value is None:
            return default
        text = value.text_here()
        if re.fullmatch(r"\d{1,6}(\.\d{1,6})?", text):
            return float(text)
        value.complain(f"must be a number, not {text!r}", "Write minutes of waiting, such as 2.5")
        return default

    def duration(self, key: str, *, default: timedelta) -> timedelta:
        """A length of time such as ``5s``, ``300ms`` or ``2m``."""
        value = self._ask(key, required=False)
        if value is None:
            return default
        text = value.text_here()
        match = DURATION.fullmatch(text)
        if match and len(text) < 12:
            length = timedelta(seconds=float(match[1]) * UNITS[match[2]])
            if timedelta(0) < length <= LONGEST:
                return length
        value.complain(f"is not a length of time: {text!r}", "Write one such as 5s, 300ms or 2m")
        return default

    def ignore_rest(self) -> None:
        """Say nothing of the keys not asked for; the mapping is refused as a whole."""
        self._asked.update(self._values)

    def done(self) -> None:
        """Complain of every key that nobody asked for."""
        for key in sorted(set(self._values) - self._asked):
            known = ", ".join(sorted(self._asked))
            self._values[key].complain("is not known here", f"Remove it; known are {known}")

    def _ask(self, key: str, *, required: bool) -> Value | None:
        self._asked.add(key)
        value = self._values.get(key)
        if value is None and required and self._is_mapping:
            self._reader.complain(self._line, self._at(key), "is missing", "Add it")
        return value

    def _at(self, key: str) -> str:
        return f"{self._place}.{key}" if self._place else key

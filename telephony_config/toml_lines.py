"""Finds the line on which each key of a TOML text stands: ``tomllib`` reads, but forgets where.

The text must be valid TOML (``tomllib`` has read it), so the scan only needs to tell keys from
values. Keys of inline tables and items of arrays stand, for our messages, on the line of their key.
"""

import re
import tomllib
from typing import Final

KeyPath = tuple[str | int, ...]

_KEY: Final = re.compile(r"""[ \t]*("(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)[ \t]*(\.?)""")
_STRING: Final = re.compile(
    r'"{3}(?:[^\\]|\\.)*?"{3,5}|\'{3}.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'', re.DOTALL
)


def key_lines(text: str) -> dict[KeyPath, int]:
    """Map each table and key to its line, counted from 1; items of ``[[x]]`` to ``("x", n)``."""
    return _Scan(text).lines


class _Scan:
    def __init__(self, text: str) -> None:
        self.lines: dict[KeyPath, int] = {}
        self._text = text
        self._counts: dict[KeyPath, int] = {}
        self._table: KeyPath = ()
        at = 0
        while at < len(text):
            at = self._statement(at)

    def _statement(self, at: int) -> int:
        text = self._text
        if text[at] in " \t\r\n":
            return at + 1
        if text[at] == "#":
            return self._end_of_line(at)
        if text[at] == "[":
            several = text.startswith("[[", at)
            keys, end = self._keys(at + 1 + several)
            self._table = self._resolve(keys, several=several)
            self._note(self._table, at)
            return self._end_of_line(end)
        keys, end = self._keys(at)
        self._note((*self._table, *keys), at)
        return self._skip_value(end + 1)

    def _keys(self, at: int) -> tuple[list[str], int]:
        keys: list[str] = []
        more = True
        while more and (found := _KEY.match(self._text, at)):
            keys.append(_unquoted(found[1]))
            at, more = found.end(), found[2] == "."
        return keys, at

    def _resolve(self, keys: list[str], *, several: bool) -> KeyPath:
        path: KeyPath = ()
        for number, key in enumerate(keys, 1):
            path = (*path, key)
            last = number == len(keys)
            if last and several:
                self._counts[path] = self._counts.get(path, -1) + 1
            if path in self._counts:
                path = (*path, self._counts[path])
        return path

    def _note(self, path: KeyPath, at: int) -> None:
        line = self._text.count("\n", 0, at) + 1
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], line)

    def _skip_value(self, at: int) -> int:
        depth = 0
        text = self._text
        while at < len(text):
            if found := _STRING.match(text, at):
                at = found.end()
                continue
            sign = text[at]
            if sign == "#":
                at = self._end_of_line(at)
                continue
            if sign == "\n" and depth == 0:
                return at
            depth += (sign in "[{") - (sign in "]}")
            at += 1
        return at

    def _end_of_line(self, at: int) -> int:
        end = self._text.find("\n", at)
        return len(self._text) if end < 0 else end


def _unquoted(key: str) -> str:
    if key[0] not in "\"'":
        return key
    return str(tomllib.loads(f"key = {key}")["key"])

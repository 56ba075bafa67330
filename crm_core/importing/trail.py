"""Two helpers of an import: which keys the file has shown already, and the error file."""

import csv
import io
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from crm_core.domain.errors import BadValue

_MARK: Final = "\ufeff"


class Seen:
    """Remembers keys and the line that brought them, on disk when they are many."""

    def __init__(self) -> None:
        self._keys = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._keys.execute("CREATE TABLE seen (key TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID")
        self._keys.execute("BEGIN")

    def earlier(self, keys: Sequence[str]) -> int | None:
        """Return the line that showed one of ``keys`` first, if any did."""
        for key in keys:
            row = self._keys.execute("SELECT line FROM seen WHERE key = ?", (key,)).fetchone()
            if row is not None:
                return int(row[0])
        return None

    def add(self, keys: Iterable[str], line: int) -> None:
        """Remember ``keys`` of ``line``."""
        rows = [(key, line) for key in keys]
        self._keys.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", rows)

    def close(self) -> None:
        """Forget everything."""
        self._keys.close()


class ErrorFile:
    """Rows that were not stored: line, reason and the row's own cells, for mending and retry."""

    def __init__(self, path: Path, header: Sequence[str], *, keep: int) -> None:
        self._path, self._header = path, header
        there = path.is_file() and path.stat().st_size >= keep
        self._size = keep if there else 0  # else somebody took it away: begin another one

    @property
    def size(self) -> int:
        """Bytes written so far; saved with the job, so that a resumed run repeats no line."""
        return self._size

    def append(self, rows: Sequence[tuple[int, str, Sequence[str]]]) -> None:
        """Write rows behind what was kept."""
        if not rows:
            return
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        if self._size == 0:
            text.write(_MARK)
            writer.writerow(["line", "reason", *self._header])
        writer.writerows([line, reason, *cells] for line, reason, cells in rows)
        try:
            if not self._size:
                self._path.touch(mode=0o600)  # customers' data, for the importer's eyes
            with self._path.open("r+b" if self._size else "wb") as file:
                file.truncate(self._size)
                file.seek(self._size)
                file.write(text.getvalue().encode())
        except OSError as error:
            raise BadValue(
                self._path.name, f"cannot be written: {error.strerror}; name another error file"
            ) from error
        self._size += len(text.getvalue().encode())

"""One line of progress a step, redrawn on a terminal; what the bootstrap has before rich exists."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic


class Trouble(Exception):
    """Setting up cannot go on; the message says what to do."""


class Step:
    """One running step: ``now`` shows how far it is."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._live = sys.stderr.isatty()
        self._shown = ""

    def now(self, text: str) -> None:
        """Show what is being done, over the line before."""
        if self._live and text != self._shown:
            sys.stderr.write(f"\r\x1b[K  … {self._title}  \x1b[2m{text[:60]}\x1b[0m")
            sys.stderr.flush()
            self._shown = text

    def close(self, mark: str, text: str) -> None:
        """Replace the line by its outcome."""
        start = "\r\x1b[K" if self._live else ""
        sys.stderr.write(f"{start}  {mark} {self._title}  {text}\n")
        sys.stderr.flush()


@contextmanager
def step(title: str) -> Iterator[Step]:
    """Time one step and say how it ended."""
    started, line = monotonic(), Step(title)
    line.now("")
    try:
        yield line
    except BaseException as error:
        stopped = isinstance(error, KeyboardInterrupt)
        line.close("✗", "interrupted; the same command goes on from here" if stopped else "failed")
        raise
    line.close("✓", f"{monotonic() - started:.1f} s")

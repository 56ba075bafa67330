"""Log lines: one JSON object each, with the call and the agent they belong to.

The message is static; what varies goes into fields (``extra=``). Personal data (numbers, names,
digits, transcripts) stands in neither; of an error the message is left out, which may quote some,
unless the setting ``logs.personal`` is on.
"""

import json
import logging
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, TextIO

from rich.console import Console
from typing_extensions import override

from cti.settings import LogFormat, Logs

NOISY: Final = ("alembic", "aiohttp.access", "asyncio", "sqlalchemy.engine")
MOST_OF_A_KIND: Final = 50
WINDOW: Final = 10.0
"""Seconds in which a message is written so often."""

MOST_KINDS: Final = 1000
LONGEST_KIND: Final = 100
Clock = Callable[[], float]
_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class _Fields(logging.Formatter):
    def __init__(self, *, show_personal: bool) -> None:
        super().__init__()
        self._show_personal = show_personal

    def fields(self, record: logging.LogRecord) -> dict[str, object]:
        """Everything a line says beside time, level, logger and message."""
        found = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info:
            found["exception"] = self._exception(record)
        return found

    def _exception(self, record: logging.LogRecord) -> str:
        """Give the traceback without its last message, which may quote personal data."""
        assert record.exc_info is not None  # noqa: S101 - for the type checker
        kind, error, _ = record.exc_info
        text = self.formatException(record.exc_info)
        if self._show_personal or error is None or kind is None:
            return text
        return text.replace(f": {error}", "") if str(error) else text


class JsonLines(_Fields):
    """One JSON object a line, for machines."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **self.fields(record),
        }
        return json.dumps(line, default=str, ensure_ascii=False)


class TextLines(_Fields):
    """Short lines for a person at a terminal."""

    COLOURS: Final = {"WARNING": "\x1b[33m", "ERROR": "\x1b[31m", "CRITICAL": "\x1b[31m"}

    @override
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).astimezone().strftime("%H:%M:%S")
        found = self.fields(record)
        trace = f"\n{found.pop('exception')}" if "exception" in found else ""
        rest = "".join(f" {name}={value}" for name, value in found.items())
        colour = self.COLOURS.get(record.levelname, "")
        end = "\x1b[0m" if colour else ""
        level = record.levelname.lower()
        return f"{at} {colour}{level:<7}{end} {record.name}: {record.getMessage()}{rest}{trace}"


class Damper(logging.Filter):
    """Lets each message through so often in a while, however often strangers bring it about.

    Messages are static, so what is counted are kinds of events. The first line after a while in
    which some were left out says how many.
    """

    def __init__(
        self, *, most: int = MOST_OF_A_KIND, window: float = WINDOW, now: Clock = time.monotonic
    ) -> None:
        super().__init__()
        self._most, self._window, self._now = most, window, now
        self._kinds: dict[tuple[str, int, str], list[float]] = {}

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        key, now = (record.name, record.levelno, str(record.msg)[:LONGEST_KIND]), self._now()
        kind = self._kinds.get(key)
        if kind is None or now - kind[0] >= self._window:
            left_out = int(kind[1]) - self._most if kind is not None else 0
            if left_out > 0:
                record.left_out = left_out
            if len(self._kinds) >= MOST_KINDS:
                self._kinds.clear()
            self._kinds[key] = [now, 1]
            return True
        kind[1] += 1
        return kind[1] <= self._most


def configure(logs: Logs, *, stream: TextIO | None = None) -> None:
    """Send every logger to ``stream`` (standard error) as the settings say."""
    target = stream or sys.stderr
    as_text = logs.format is LogFormat.TEXT or (
        logs.format is LogFormat.AUTO and Console(file=target).is_terminal
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter((TextLines if as_text else JsonLines)(show_personal=logs.personal))
    handler.addFilter(Damper())
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logs.level.upper())
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)

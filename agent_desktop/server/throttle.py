"""Counts failures per key in a sliding window, in bounded memory."""

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from typing import Final

_KEYS: Final = 10_000
"""Keys remembered; beyond that the ones longest untouched are forgotten."""


class Throttle:
    """At most ``limit`` failures per key and window; instants come from the caller."""

    def __init__(self, *, limit: int, window: timedelta) -> None:
        self._limit, self._window = limit, window
        self._failures: OrderedDict[str, deque[datetime]] = OrderedDict()

    def wait(self, key: str, now: datetime) -> timedelta | None:
        """How long ``key`` has to wait, or None when it may try."""
        failures = self._failures.get(key)
        if failures is None:
            return None
        while failures and failures[0] <= now - self._window:
            failures.popleft()
        if not failures:
            del self._failures[key]
            return None
        return failures[0] + self._window - now if len(failures) >= self._limit else None

    def failed(self, key: str, now: datetime) -> None:
        """Count one failure."""
        failures = self._failures.setdefault(key, deque(maxlen=self._limit))
        failures.append(now)
        self._failures.move_to_end(key)
        if len(self._failures) > _KEYS:
            self._failures.popitem(last=False)

    def forgive(self, key: str) -> None:
        """Take back the last failure counted: it was none."""
        failures = self._failures.get(key)
        if failures:
            failures.pop()

    def clear(self, key: str) -> None:
        """Forget the failures of ``key``."""
        self._failures.pop(key, None)

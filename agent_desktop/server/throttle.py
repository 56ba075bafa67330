"""Counts attempts per key in bounded memory: how many in a window, how long the next has to wait.

An attempt is counted when it is admitted, in one step: of many side by side no more are admitted
than of as many one after the other.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from agent_desktop.server.config import DesktopConfig

_KEYS: Final = 10_000
"""Keys remembered; beyond that the ones longest untouched are forgotten."""
_STEPS: Final = 32
"""Doublings after which a delay is the longest in any case."""


class Throttle:
    """At most ``limit`` attempts per key and window; instants come from the caller."""

    def __init__(self, *, limit: int, window: timedelta) -> None:
        self._limit, self._window = limit, window
        self._admitted: OrderedDict[str, deque[datetime]] = OrderedDict()

    def admit(self, key: str, now: datetime) -> bool:
        """Count an attempt, or say that it has to wait."""
        admitted = self._admitted.setdefault(key, deque())
        self._admitted.move_to_end(key)
        if len(self._admitted) > _KEYS:
            self._admitted.popitem(last=False)
        while admitted and admitted[0] <= now - self._window:
            admitted.popleft()
        if len(admitted) >= self._limit:
            return False
        admitted.append(now)
        return True


class Turns:
    """Looks at so many attempts of one key ``at_once``; so many more ``wait``, the rest may not."""

    def __init__(self, *, at_once: int, waiting: int) -> None:
        self._at_once, self._most = at_once, at_once + waiting
        self._turns: dict[str, tuple[asyncio.Semaphore, list[None]]] = {}

    @asynccontextmanager
    async def of(self, key: str) -> AsyncIterator[bool]:
        """Hold a turn, or (False) none because too many wait."""
        semaphore, present = self._turns.setdefault(key, (asyncio.Semaphore(self._at_once), []))
        if len(present) >= self._most:
            yield False
            return
        present.append(None)
        try:
            async with semaphore:
                yield True
        finally:
            present.pop()
            if not present:
                del self._turns[key]


@dataclass(slots=True)
class _Failures:
    count: int
    last: datetime
    told: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """What an attempt has to wait."""

    time: timedelta
    is_new: bool
    """Nobody was told of this wait before."""


class Delays:
    """After ``free`` failures each further one doubles what the next attempt has to wait."""

    def __init__(self, *, free: int, longest: timedelta, forget: timedelta) -> None:
        """``forget``: a key without a failure for so long begins anew."""
        self._free, self._longest, self._forget = free, longest, forget
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def wait(self, key: str, now: datetime) -> timedelta:
        """How long the next attempt has to wait yet; zero when it may come."""
        found = self._failures.get(key)
        if found is None or now - found.last >= self._forget:
            return timedelta(0)
        beyond = found.count - self._free
        if beyond < 0:
            return timedelta(0)
        delay = min(timedelta(seconds=1 << min(beyond, _STEPS)), self._longest)
        passed = max(now - found.last, timedelta(0))  # a clock set back makes nobody wait longer
        return max(delay - passed, timedelta(0))

    def count(self, key: str, now: datetime) -> None:
        """Count a failure."""
        found = self._failures.get(key)
        if found is None or now - found.last >= self._forget:
            self._failures[key] = _Failures(1, now)
        else:
            found.count, found.last, found.told = found.count + 1, now, False
        self._failures.move_to_end(key)
        if len(self._failures) > _KEYS:
            self._failures.popitem(last=False)

    def tell(self, key: str) -> bool:
        """Whether nobody was told yet that ``key`` has to wait; from now on somebody was."""
        found = self._failures.get(key)
        is_new = found is not None and not found.told
        if found is not None:
            found.told = True
        return is_new

    def take_back(self, key: str) -> None:
        """The attempt that was counted last was no failure."""
        found = self._failures.get(key)
        if found is not None:
            found.count -= 1
            if found.count <= 0:
                del self._failures[key]

    def clear(self, key: str) -> None:
        """Forget the failures of a key."""
        self._failures.pop(key, None)

    def with_failures(self) -> list[str]:
        """The keys that have failures."""
        return list(self._failures)


class LogInDelays:
    """Who guesses passwords waits longer and longer; whom he guesses at does not.

    Failures count for the user at this place, for the place (one password tried with many users),
    and for the user (many places). Who has signed in from a place before is known there and waits
    for her own failures at this place only: neither a stranger elsewhere nor a colleague behind
    the same router keeps her out. A place is what ``clients.counted_as`` makes of an address.
    """

    def __init__(self, config: DesktopConfig) -> None:
        longest, forget = config.delay_longest, config.failures_forgotten
        self._pair = Delays(free=config.failures_per_user, longest=longest, forget=forget)
        self._place = Delays(free=config.failures_per_address, longest=longest, forget=forget)
        self._user = Delays(
            free=config.failures_elsewhere, longest=config.delay_elsewhere, forget=forget
        )
        self._known: OrderedDict[str, None] = OrderedDict()

    def wait(self, user: str, place: str, now: datetime) -> Wait | None:
        """What an attempt has to wait, or None when it may come."""
        longest = max(
            ((delays.wait(key, now), delays, key) for delays, key in self._counted(user, place)),
            key=lambda each: each[0],
        )
        time, delays, key = longest
        return Wait(time, is_new=delays.tell(key)) if time else None

    def admit(self, user: str, place: str, now: datetime) -> Wait | None:
        """Count an attempt as failed before it is looked at, or say what it has to wait."""
        wait = self.wait(user, place, now)
        if wait is None:
            for delays, key in self._counted(user, place):
                delays.count(key, now)
        return wait

    def take_back(self, user: str, place: str) -> None:
        """The attempt was not looked at: no fault of hers."""
        for delays, key in self._counted(user, place):
            delays.take_back(key)

    def succeeded(self, user: str, place: str) -> None:
        """The password was right: forget her failures here; those with other users' names stay."""
        self.take_back(user, place)
        self._pair.clear(_pair(user, place))
        self.know(user, place)

    def know(self, user: str, place: str) -> None:
        """She has signed in from here."""
        key = _pair(user, place)
        self._known[key] = None
        self._known.move_to_end(key)
        if len(self._known) > _KEYS:
            self._known.popitem(last=False)

    def unlock(self, user: str) -> None:
        """Let a user try again at once, wherever her failures were."""
        self._user.clear(user)
        for key in self._pair.with_failures():
            who, _, place = key.partition(_BETWEEN)
            if who == user:
                self._pair.clear(key)
                self._place.clear(place)

    def _counted(self, user: str, place: str) -> list[tuple[Delays, str]]:
        key = _pair(user, place)
        if key in self._known:
            return [(self._pair, key)]
        return [(self._pair, key), (self._place, place), (self._user, user)]


_BETWEEN: Final = "\n"
"""Between user and place in a key; no user's name holds it."""


def _pair(user: str, place: str) -> str:
    return f"{user}{_BETWEEN}{place}"

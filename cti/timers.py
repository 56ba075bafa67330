"""Commands that fall due: a heap, one task, and keys by which they are cancelled."""

import asyncio
import heapq
import itertools
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from typing import Final

from acd.commands import Command
from cti.clock import Clock

LONGEST_SLEEP: Final = 1.0
"""Seconds; the clock may be set while we sleep, so look at it at least this often."""


class Timers:
    """Submits each command when its time has come. A key holds one timer at most."""

    def __init__(self, clock: Clock, submit: Callable[[Command], None]) -> None:
        self._clock, self._submit = clock, submit
        self._heap: list[tuple[datetime, int, Hashable]] = []
        self._live: dict[Hashable, tuple[int, Command]] = {}
        self._numbers = itertools.count()
        self._woken = asyncio.Event()
        self._next_look: datetime | None = None
        """When ``run`` looks again by itself."""

    def __len__(self) -> int:
        return len(self._live)

    def start(self, key: Hashable, command: Command, *, due: datetime) -> None:
        """Submit ``command`` at ``due``; replaces the timer of the same key."""
        number = next(self._numbers)
        self._live[key] = (number, command)
        heapq.heappush(self._heap, (due, number, key))
        if self._next_look is None or due < self._next_look:
            self._woken.set()

    def cancel(self, key: Hashable) -> None:
        """Forget the timer of ``key``, if there is one."""
        self._live.pop(key, None)

    def fire_due(self) -> float:
        """Submit what is due; return the seconds until the next look."""
        now = self._clock.now()
        while self._heap:
            due, number, key = self._heap[0]
            live = self._live.get(key)
            if live is not None and live[0] == number and due > now:
                return min((due - now).total_seconds(), LONGEST_SLEEP)
            heapq.heappop(self._heap)
            if live is not None and live[0] == number:
                del self._live[key]
                self._submit(live[1])
        return LONGEST_SLEEP

    async def run(self) -> None:
        """Fire timers until cancelled."""
        while True:
            self._woken.clear()
            wait = self.fire_due()
            self._next_look = self._clock.now() + timedelta(seconds=wait)
            try:
                async with asyncio.timeout(wait):
                    await self._woken.wait()
            except TimeoutError:
                pass

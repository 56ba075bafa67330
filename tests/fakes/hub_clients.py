"""A loop clock that is moved by hand, and a browser that checks every frame it applies."""

import heapq
from collections.abc import Callable
from typing import Any

import msgspec

from agent_desktop.server.protocol import Delta, ServerFrame, Snapshot

_DECODE: msgspec.json.Decoder[Any] = msgspec.json.Decoder(ServerFrame)


class HandMovedClock:
    """Implements ``hub.Scheduler``; nothing happens until ``advance``."""

    def __init__(self) -> None:
        self._now = 1000.0
        self._count = 0
        self._due: list[tuple[float, int, Callable[[], None]]] = []

    def time(self) -> float:
        return self._now

    def call_later(self, delay: float, callback: Callable[[], None], /) -> object:
        self._count += 1
        heapq.heappush(self._due, (self._now + delay, self._count, callback))
        return self._count

    def call_soon(self, callback: Callable[[], None], /) -> object:
        return self.call_later(0.0, callback)

    def advance(self, seconds: float = 0.0) -> None:
        until = self._now + seconds
        while self._due and self._due[0][0] <= until:
            self._now, _, callback = heapq.heappop(self._due)
            callback()
        self._now = until


class Browser:
    """Applies frames as the page does and fails on a gap; ``reading`` is False when it is slow."""

    def __init__(self) -> None:
        self.reading = True
        self.epoch = ""
        self.values: dict[str, dict[str, Any]] = {}
        self.seqs: dict[str, int] = {}
        self.frames: list[Snapshot | Delta] = []

    def deliver(self, frame: bytes) -> bool:
        if not self.reading:
            return False
        told = _DECODE.decode(frame)
        self.frames.append(told)
        if isinstance(told, Snapshot):
            self.values[told.topic] = dict(told.values)
        else:
            assert self.seqs[told.topic] == told.after, "a gap in the numbers"
            mine = self.values[told.topic]
            mine.update(told.put)
            for key in told.drop:
                mine.pop(key, None)
        self.seqs[told.topic] = told.seq
        return True

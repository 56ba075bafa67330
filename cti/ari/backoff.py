"""How long to wait before the next try: doubling, capped, with full jitter."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random


def delays(first: timedelta, longest: timedelta, chance: Random) -> Iterator[timedelta]:
    """Yield waits without end; each lies between half of its step and the whole of it."""
    step = first
    while True:
        yield step * chance.uniform(0.5, 1.0)
        step = min(step * 2, longest)

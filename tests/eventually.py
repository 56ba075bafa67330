"""Waits until something outside this process has happened, which sends us no event."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

_T = TypeVar("_T")


async def until(
    look: Callable[[], Awaitable[_T]], *, within: float = 10, every: float = 0.05
) -> _T:
    """Look again and again until what is seen is true, and return it."""
    async with asyncio.timeout(within):
        while True:
            if seen := await look():
                return seen
            await asyncio.sleep(every)

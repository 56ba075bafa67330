"""One deadline for several requests: whatever is left of it bounds each."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

_DUE: ContextVar[float | None] = ContextVar("ari_deadline", default=None)


@contextmanager
def within(limit: timedelta) -> Iterator[None]:
    """Let all requests made inside finish within ``limit``; an outer, nearer deadline stays."""
    due = asyncio.get_running_loop().time() + limit.total_seconds()
    outer = _DUE.get()
    token = _DUE.set(due if outer is None else min(due, outer))
    try:
        yield
    finally:
        _DUE.reset(token)


def left(limit: timedelta) -> float:
    """Return the seconds one request may take: ``limit``, or what the deadline leaves of it."""
    seconds = limit.total_seconds()
    due = _DUE.get()
    if due is None:
        return seconds
    return min(seconds, max(0.0, due - asyncio.get_running_loop().time()))

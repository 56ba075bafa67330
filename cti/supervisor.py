"""Owns the daemon's tasks: edges that are restarted when they fail, sessions that come and go.

An *edge* (the ARI connection, the recorder, the web server) that dies is started again after a
jittered pause. A *core* task that dies (the engine) ends the daemon: bridged calls live on in
Asterisk, and the next start finds them by journal and reconciliation. A *session* (one call's
IVR) that dies ends alone.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from datetime import timedelta
from random import Random
from typing import Any, Final

log = logging.getLogger(__name__)

FIRST_PAUSE: Final = 0.2
"""Seconds before an edge is started again the first time; doubles up to LONGEST_PAUSE."""

LONGEST_PAUSE: Final = 5.0
HEALTHY_AFTER: Final = 30.0
"""Seconds an edge must have lived for its pauses to start small again."""


class Supervisor:
    """The one TaskGroup of the daemon, behind a few verbs."""

    def __init__(self, tasks: asyncio.TaskGroup, randomness: Random) -> None:
        self._tasks, self._random = tasks, randomness
        self._sessions: set[asyncio.Task[None]] = set()
        self._standing: set[asyncio.Task[None]] = set()
        self._stopping = False

    def core(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work`` until shutdown; its failure ends the daemon."""
        self._standing.add(self._tasks.create_task(work, name=name))

    def edge(self, name: str, make: Callable[[], Awaitable[None]]) -> None:
        """Run ``make()`` until shutdown, again and again when it fails or returns."""
        self._standing.add(self._tasks.create_task(self._keep_up(name, make), name=name))

    def session(self, name: str, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Run ``work`` once; a failure is logged and harms nobody else."""
        task = self._tasks.create_task(_alone(name, work), name=name)
        self._sessions.add(task)
        task.add_done_callback(self._sessions.discard)
        task.add_done_callback(lambda _: work.close())  # cancelled before it began
        if self._stopping:
            task.cancel()
        return task

    def later(self, delay: timedelta, begin: Callable[[], object]) -> asyncio.TimerHandle:
        """Call ``begin``, which may begin sessions, after ``delay``, unless we stop before."""

        def unless_stopping() -> None:
            if not self._stopping:
                begin()

        return asyncio.get_running_loop().call_later(delay.total_seconds(), unless_stopping)

    @property
    def sessions(self) -> int:
        """How many sessions run now."""
        return len(self._sessions)

    def stop(self) -> None:
        """Cancel everything, what is begun from now on too; the group then ends."""
        self._stopping = True
        for task in (*self._sessions, *self._standing):
            task.cancel()

    async def _keep_up(self, name: str, make: Callable[[], Awaitable[None]]) -> None:
        loop = asyncio.get_running_loop()
        pause = FIRST_PAUSE
        while True:
            started = loop.time()
            try:
                await make()
                log.warning("edge ended", extra={"edge": name})
            except Exception:
                log.exception("edge failed", extra={"edge": name})
            if loop.time() - started > HEALTHY_AFTER:
                pause = FIRST_PAUSE
            await asyncio.sleep(pause * (0.5 + self._random.random()))
            pause = min(pause * 2, LONGEST_PAUSE)


async def _alone(name: str, work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception:
        log.exception("session failed", extra={"session": name})


@contextlib.asynccontextmanager
async def supervise(randomness: Random) -> AsyncIterator[Supervisor]:
    """A supervisor whose tasks all end with the block."""
    async with asyncio.TaskGroup() as tasks:
        supervisor = Supervisor(tasks, randomness)
        try:
            yield supervisor
        finally:
            supervisor.stop()

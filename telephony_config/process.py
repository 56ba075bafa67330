"""Watches a process by its pidfd, whether this program started it or found it running."""

import asyncio
import contextlib
import os
import signal
import subprocess
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One process: its id, when the kernel says it began, and its handle if it is our child."""

    pid: int
    began: str
    child: subprocess.Popen[bytes] | None = None

    @property
    def alive(self) -> bool:
        """Tell whether this very process still runs; its number given to another does not count."""
        if self.child is not None:
            return self.child.poll() is None
        return began(self.pid) == self.began

    async def lives(self) -> bool:
        """Tell the same without blocking the loop: the kernel's word comes as a file."""
        return await asyncio.to_thread(lambda: self.alive)

    def send(self, number: signal.Signals) -> None:
        """Send a signal; nothing happens when the process is gone."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def gone(self, *, within: timedelta | None = None) -> bool:
        """Wait for the end; False when ``within`` is over first."""
        try:
            async with asyncio.timeout(within.total_seconds() if within is not None else None):
                await self._gone()
        except TimeoutError:
            return False
        return True

    async def _gone(self) -> None:
        if not await self.lives():
            return
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        loop.add_reader(handle, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(handle)
            os.close(handle)
        if self.child is not None:
            self.child.wait()  # it has ended: this only reaps it


def began(pid: int) -> str:
    """Give the start time of a running process in the kernel's ticks; empty if there is none."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if words[0] == "Z" else words[19]

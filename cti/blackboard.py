"""What Asterisk's dialplan reads of us without asking: global variables, kept up to date.

Who has something to say writes it here at any time; one task carries what changed to Asterisk, the
latest value only, and all of it anew when Asterisk may have forgotten.
"""

import asyncio
import contextlib
import logging
from datetime import timedelta
from typing import Final

from cti.ari.errors import Disconnected, TelephonyError
from cti.call_control import CallControl

log = logging.getLogger(__name__)

AGAIN_AFTER: Final = timedelta(seconds=2)
"""When Asterisk could not be told."""


class Blackboard:
    """Writes global variables into Asterisk."""

    def __init__(self, control: CallControl, *, again_after: timedelta = AGAIN_AFTER) -> None:
        self._control, self._again_after = control, again_after
        self._wanted: dict[str, str] = {}
        self._written: dict[str, str] = {}
        self._changed, self._back = asyncio.Event(), asyncio.Event()

    def write(self, name: str, value: str) -> None:
        """Have the dialplan read ``value`` soon."""
        if self._wanted.get(name) != value:
            self._wanted[name] = value
            self._changed.set()

    def forget(self, name: str | None = None) -> None:
        """Asterisk may have used up some of this, or lost (None) everything: write it anew."""
        if name is None:
            self._written.clear()
            self._back.set()
        elif self._written.get(name):  # of nothing, nothing is used up
            del self._written[name]
        self._changed.set()

    async def run(self) -> None:
        """Write what changed until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self.carry()
            except TelephonyError as error:
                if not isinstance(error, Disconnected):  # of that others tell
                    log.info("blackboard not written", extra={"why": type(error).__name__})
                await self._patience()
                self._changed.set()

    async def _patience(self) -> None:
        """Wait a while, but no longer than until Asterisk is back."""
        self._back.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._again_after.total_seconds()):
                await self._back.wait()

    async def carry(self) -> None:
        """Write what changed, now; ``TelephonyError`` if Asterisk does not take it."""
        for name, value in list(self._wanted.items()):
            if self._written.get(name) != value:
                await self._control.set_global(name, value)
                self._written[name] = value

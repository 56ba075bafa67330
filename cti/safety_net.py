"""Keeps Asterisk told whom the dialplan may ring should this daemon die.

The dialplan rings the phones in the global variable ``SAFETY_PHONES_<queue>`` when no daemon takes
a call; so each log-in and log-out is written there.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from acd import events as e
from acd.floor import Floor
from acd.ids import QueueId
from cti.ari.errors import TelephonyError
from cti.call_control import Commands
from cti.journal import Entry
from cti.phones import phone_id

log = logging.getLogger(__name__)

MOST_PHONES: Final = 50
AGAIN_AFTER: Final = timedelta(seconds=2)
"""When Asterisk could not be told."""


class SafetyNet:
    """Writes the phones of signed-in agents into Asterisk."""

    def __init__(
        self, floor: Floor, commands: Commands, *, again_after: timedelta = AGAIN_AFTER
    ) -> None:
        self._floor, self._commands, self._again_after = floor, commands, again_after
        self._written: dict[QueueId, str] = {}
        self._changed = asyncio.Event()

    def take(self, entries: Sequence[Entry]) -> None:
        """Notice who came and who left."""
        if any(isinstance(x.event, e.AgentLoggedIn | e.AgentLoggedOut) for x in entries):
            self._changed.set()

    def forget(self) -> None:
        """Asterisk may have restarted: write everything anew."""
        self._written.clear()
        self._changed.set()

    async def run(self) -> None:
        """Write what changed until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._write()
            except TelephonyError as error:
                log.info("safety net not written", extra={"why": type(error).__name__})
                await asyncio.sleep(self._again_after.total_seconds())
                self._changed.set()

    async def _write(self) -> None:
        for queue in self._floor.queues():
            phones = "&".join(self._phones(queue.id))
            if self._written.get(queue.id) != phones:
                await self._commands.request(
                    "POST",
                    "asterisk/variable",
                    query={"variable": f"SAFETY_PHONES_{queue.id}", "value": phones},
                )
                self._written[queue.id] = phones

    def _phones(self, queue: QueueId) -> list[str]:
        here = (a for a in self._floor.agents() if a.signed_in and a.serves(queue))
        return [f"PJSIP/{phone_id(agent.id)}" for agent in here][:MOST_PHONES]

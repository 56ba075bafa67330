"""Tells Asterisk beforehand whom the next caller of a queue is to be offered to (ADR 14).

The phones in the global variable ``NEXT_PHONES_<queue>`` are rung by the dialplan, in this order
and each for one caller, when a caller dials a number that goes straight to the queue. We hear of
it by the leg that rings, and the floor takes it for its offer, or takes the caller back.
"""

import asyncio
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Final

from acd import events as e
from acd.floor import Floor
from acd.ids import QueueId
from cti.blackboard import Blackboard
from cti.clock import Clock
from cti.journal import Entry
from cti.phones import phone_id

NAMED: Final = 40
"""Phones named for each queue: they last until the next word is there also at 250 calls a second.
A caller who finds none is asked about, and may then be offered to one whom Asterisk rings for
another in that moment; with eight names the knee was below 225 because of that."""

LOOK_EVERY: Final = timedelta(seconds=1)
"""Queues open and close without an event."""


class NextPhones:
    """Keeps the next phones of these queues on the blackboard."""

    def __init__(
        self, floor: Floor, board: Blackboard, clock: Clock, queues: Collection[QueueId]
    ) -> None:
        self._floor, self._board, self._clock = floor, board, clock
        self._queues = frozenset(queues)
        self._stopped = False

    def take(self, entries: Sequence[Entry]) -> None:
        """Something has happened on the floor: say who is next now."""
        for entry in entries:
            if isinstance(entry.event, e.CallQueued) and entry.event.queue in self._queues:
                self._board.forget(_name(entry.event.queue))  # she may have taken the first name
        self._write()

    def _write(self) -> None:
        if self._stopped:
            return
        now = self._clock.now()
        for queue in self._queues:
            if self._floor.has_queue(queue):
                agents = self._floor.next_for(queue, now, NAMED)
                self._board.write(_name(queue), "&".join(map(phone_id, agents)))

    def stop(self) -> None:
        """No more callers are taken: nobody is next."""
        self._stopped = True
        for queue in self._queues:
            self._board.write(_name(queue), "")

    async def run(self) -> None:
        """Look at the clock until cancelled."""
        while True:
            self._write()
            await asyncio.sleep(LOOK_EVERY.total_seconds())


def _name(queue: QueueId) -> str:
    return f"NEXT_PHONES_{queue}"

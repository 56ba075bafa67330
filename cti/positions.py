"""Tells waiting callers' lines where they stand, when a queue has moved."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from acd import events as e
from acd.floor import Floor
from acd.ids import QueueId
from cti.journal import Entry
from cti.visits import Visits

TOLD: Final = 20
"""Positions beyond this one are not announced, so nobody needs to know them."""


class Positions:
    """Follows the queues for the announcements."""

    def __init__(
        self,
        floor: Floor,
        visits: Visits,
        expected: Callable[[QueueId, datetime], timedelta | None],
    ) -> None:
        self._floor, self._visits, self._expected = floor, visits, expected

    def take(self, entries: Sequence[Entry]) -> None:
        """Tell the first callers of each queue that moved."""
        moved: dict[QueueId, datetime] = {}
        for entry in entries:
            match entry.event:
                case (
                    e.CallQueued(queue=queue, at=at)
                    | e.CallOffered(queue=queue, at=at)
                    | e.CallEnded(queue=queue, at=at)
                ) if queue is not None:
                    moved[queue] = at
                case _:
                    pass
        for queue, at in moved.items():
            line = self._floor.line(queue)
            wait = self._expected(queue, at) if line else None
            for position, call in enumerate(islice(line, TOLD), start=1):
                self._visits.moved(call, position, wait)

"""How long a caller who joins a queue now may expect to wait.

The estimator is delay history: LES, the wait of the *last caller to enter service*, and HOL, the
wait so far of the *head of the line* (R. Ibrahim and W. Whitt, "Real-Time Delay Estimation Based
on Delay History", Manufacturing & Service Operations Management 11(3), 2009). Neither needs a
model of arrivals, patience, staffing or skills, and with several skills per agent a model based on
the queue's length would not know how many agents really serve it. LES tells too little when a
crowd has just arrived and HOL when the head has just left, so the longer one is given.

It says nothing where it would have to guess: when nobody signed in can serve the queue, or when
all are busy and neither a caller waits nor one was answered in the last half hour.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from acd.events import CallConnected, Event
from acd.ids import QueueId

MEMORY: Final = timedelta(minutes=30)
_NONE: Final = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A caller who entered service, and how long he had waited."""

    at: datetime
    waited: timedelta


class WaitTime:
    """Expected waits, one estimator for all queues."""

    def __init__(self, last: dict[QueueId, Answered] | None = None) -> None:
        self._last = dict(last or {})

    def fold(self, event: Event) -> None:
        """Learn from one event."""
        if isinstance(event, CallConnected):
            self._last[event.queue] = Answered(at=event.at, waited=event.waited)

    def expected(
        self,
        queue: QueueId,
        now: datetime,
        *,
        oldest_since: datetime | None,
        available: int,
        signed_in: int,
    ) -> timedelta | None:
        """Return the expected wait, or None without a basis.

        ``oldest_since`` is the arrival of the longest waiting caller; ``available`` and
        ``signed_in`` count the agents who serve the queue (see ``Floor.standings``).
        """
        if not signed_in:
            return None
        head = None if oldest_since is None else max(now - oldest_since, _NONE)
        if head is None and available:
            return _NONE
        last = self._last.get(queue)
        recent = last.waited if last is not None and now - last.at <= MEMORY else None
        known = [wait for wait in (head, recent) if wait is not None]
        return max(known) if known else None

    def snapshot(self) -> dict[QueueId, Answered]:
        """Return what was learned as plain data, to be given to ``WaitTime`` again."""
        return dict(self._last)

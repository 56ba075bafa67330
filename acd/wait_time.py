"""How long a caller who joins a queue now may expect to wait.

Two estimates are made:

- from delay history: LES, the wait of the *last caller to enter service*, or HOL, the wait so far
  of the *head of the line*, whichever is longer (R. Ibrahim and W. Whitt, "Real-Time Delay
  Estimation Based on Delay History", Manufacturing & Service Operations Management 11(3), 2009).
  It needs no model, but looks back: it is late when the line grows or shrinks;
- from the place in the line: those ahead leave it as fast as this line has moved of late, into
  service at one rate, out of patience at another that goes with their number. It looks ahead, but
  is wrong when the agents are shared with a queue that has its own tides.

Both are noted for every caller who has to wait and compared with what came. Their mean is given,
each weighted by the other's mean square error in this queue. Neither knows of staffing or skills.
In simulations it is a quarter nearer to the truth (root mean square) than the history alone where
a queue has its agents to itself, and right on average to two seconds; where they are shared it is
a little nearer, and seven seconds too long. Multiplying an estimate by its own past bias made it
worse: the correction lags more than it gains.

It says nothing where it would have to guess: when nobody signed in can serve the queue, or when
all are busy and neither a caller waits nor one was answered in the last half hour.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import log
from typing import Final

from acd.events import CallConnected, CallEnded, CallOffered, CallQueued, Event
from acd.ids import CallId, QueueId

MEMORY: Final = timedelta(minutes=30)
KEPT: Final = 1 - 1 / 100
"""What each caller who is taken from a line leaves of what was learned before."""
ENOUGH: Final = 5.0
"""So many must have been taken from a line before its pace says anything."""
LEARNT: Final = 1 / 100
"""How much each answered caller counts in the errors of the two estimates."""
_NONE: Final = timedelta(0)
_NEVER: Final = datetime.min.replace(tzinfo=UTC)

Both = tuple[float, float]
"""Seconds by history and by place; or the errors of the two, squared."""


@dataclass(slots=True)
class Line:
    """Who waits in a queue, how fast such waiting comes to its end of late, what was said."""

    since: dict[CallId, datetime] = field(default_factory=dict)
    taken: float = 0.0
    """Callers who were taken from the line, and below who left it; the older, the less."""
    lost: float = 0.0
    seconds: float = 0.0
    """For how long anybody waited, and below that of each caller added up."""
    waited: float = 0.0
    at: datetime = _NEVER
    taken_at: datetime = _NEVER
    said: dict[CallId, Both] = field(default_factory=dict)
    """What was expected for callers who wait or are being rung for."""
    errors: Both = (1.0, 1.0)

    def join(self, call: CallId, now: datetime) -> None:
        """A caller waits."""
        self._pass(now)
        self.since[call] = now

    def take(self, call: CallId, now: datetime) -> None:
        """An agent is rung for the caller; that counts if he had to wait for her."""
        self._pass(now)
        since = self.since.pop(call, now)
        if since < now:
            self.taken_at = now
            self.taken = (self.taken + 1) * KEPT
            self.lost, self.seconds, self.waited = (
                value * KEPT for value in (self.lost, self.seconds, self.waited)
            )

    def lose(self, call: CallId, now: datetime) -> None:
        """A caller has gone, perhaps out of the line."""
        self._pass(now)
        self.said.pop(call, None)
        if self.since.pop(call, None) is not None:
            self.lost += 1

    def learn(self, call: CallId, waited: float) -> None:
        """A caller is answered: see how far off either estimate was."""
        said = self.said.pop(call, None)
        if said is not None:
            off, placed_off = self.errors
            off += LEARNT * ((said[0] - waited) ** 2 - off)
            placed_off += LEARNT * ((said[1] - waited) ** 2 - placed_off)
            self.errors = off, placed_off

    def mean(self, both: Both) -> float:
        """Return one expectation of two."""
        off, placed_off = self.errors
        return (both[0] * placed_off + both[1] * off) / (off + placed_off)

    def placed(self, ahead: int, now: datetime) -> float | None:
        """Return in how many seconds ``ahead`` callers and one more will have been taken."""
        if self.taken < ENOUGH or now - self.taken_at > MEMORY:
            return None
        more = _seconds(self.at, now) if self.since else 0.0
        rate = self.taken / (self.seconds + more)
        impatience = self.lost / (self.waited + more * len(self.since))
        if impatience == 0:
            return (ahead + 1) / rate
        # The sum of 1 / (rate + k * impatience) over k up to ``ahead``, its tail as an integral.
        tail = log((rate + (ahead + 0.5) * impatience) / (rate + 0.5 * impatience)) / impatience
        return 1 / rate + tail

    def _pass(self, now: datetime) -> None:
        if self.since:
            span = _seconds(self.at, now)
            self.seconds += span
            self.waited += span * len(self.since)
        self.at = now


def _seconds(since: datetime, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A caller who entered service, and how long he had waited."""

    at: datetime
    waited: timedelta


class WaitTime:
    """Expected waits, one estimator for all queues."""

    def __init__(self) -> None:
        self._last: dict[QueueId, Answered] = {}
        self._lines: dict[QueueId, Line] = {}

    def fold(self, event: Event) -> None:
        """Learn from one event."""
        match event:
            case CallQueued(at=at, call=call, queue=queue, again=again):
                self._joins(queue, call, at, again=again)
            case CallOffered(at=at, call=call, queue=queue):
                self._line(queue).take(call, at)
            case CallConnected(at=at, call=call, queue=queue, waited=waited):
                self._line(queue).learn(call, waited.total_seconds())
                self._last[queue] = Answered(at=at, waited=waited)
            case CallEnded(at=at, call=call, queue=queue) if queue is not None:
                self._line(queue).lose(call, at)
            case _:
                pass

    def expected(
        self,
        queue: QueueId,
        now: datetime,
        *,
        oldest_since: datetime | None,
        waiting: int,
        available: int,
        signed_in: int,
    ) -> timedelta | None:
        """Return the expected wait, or None without a basis.

        ``oldest_since`` is the arrival of the longest waiting caller, ``waiting`` their number;
        ``available`` and ``signed_in`` count the agents who serve the queue (``Floor.standings``).
        """
        if not signed_in:
            return None
        head = None if oldest_since is None else max(now - oldest_since, _NONE)
        if head is None and available:
            return _NONE
        history = self._history(queue, now, head)
        if history is None:
            return None
        line = self._line(queue)
        placed = line.placed(waiting, now)
        if placed is None:
            return history
        return timedelta(seconds=line.mean((history.total_seconds(), placed)))

    def _joins(self, queue: QueueId, call: CallId, now: datetime, *, again: bool) -> None:
        line = self._line(queue)
        if line.since and not again:  # he has to wait
            head = now - next(iter(line.since.values()))
            history, placed = self._history(queue, now, head), line.placed(len(line.since), now)
            if history is not None and placed is not None:
                line.said[call] = (history.total_seconds(), placed)
        line.join(call, now)

    def _history(self, queue: QueueId, now: datetime, head: timedelta | None) -> timedelta | None:
        last = self._last.get(queue)
        recent = last.waited if last is not None and now - last.at <= MEMORY else None
        known = [wait for wait in (head, recent) if wait is not None]
        return max(known) if known else None

    def _line(self, queue: QueueId) -> Line:
        return self._lines.setdefault(queue, Line())

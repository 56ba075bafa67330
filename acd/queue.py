"""The waiting calls of one queue, in order.

Within a queue every call ages alike, so the order of two calls never changes while they wait: it
is kept sorted by ``ageing x arrival - priority`` and needs no clock. A call whose offer failed
comes before all others, by its first arrival. Calls of the same needs also form a lane, so that
an agent who becomes free looks at the heads of lanes, in order, instead of at every caller.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from datetime import datetime, timedelta

from acd.ids import CallId
from acd.occupancy import EPOCH, micros
from acd.profile import AgentProfile, QueueProfile
from acd.skills import Needs, holds

Ticket = tuple[int, float, int, CallId]
"""0 at the head else 1, static order in minutes, first arrival in microseconds, call."""

_US_PER_MINUTE = 60_000_000


class WaitingLine:
    """One queue: its profile and who waits in it."""

    def __init__(self, profile: QueueProfile) -> None:
        self.profile = profile
        self._order: list[Ticket] = []
        self._lanes: dict[Needs, list[Ticket]] = {}
        self._heads: list[tuple[Ticket, Needs]] = []
        self._tickets: dict[CallId, tuple[Ticket, Needs, float]] = {}

    def __len__(self) -> int:
        return len(self._order)

    def __iter__(self) -> Iterator[CallId]:
        return (ticket[3] for ticket in self._order)

    def ticket(self, call: CallId, arrived: datetime, priority: float, *, at_head: bool) -> Ticket:
        """Return the place in the order that a call has or would have."""
        at = micros(arrived)
        order = self.profile.ageing * at / _US_PER_MINUTE - priority
        return (0 if at_head else 1, order, at, call)

    def join(
        self, call: CallId, needs: Needs, arrived: datetime, priority: float, *, at_head: bool
    ) -> None:
        """Let the call wait."""
        ticket = self.ticket(call, arrived, priority, at_head=at_head)
        self._tickets[call] = (ticket, needs, priority)
        insort(self._order, ticket)
        lane = self._lanes.setdefault(needs, [])
        head = lane[0] if lane else None
        insort(lane, ticket)
        self._move_head(needs, head, lane[0])

    def leave(self, call: CallId) -> None:
        """Take the call out, if it waits here."""
        entry = self._tickets.pop(call, None)
        if entry is None:
            return
        ticket, needs, _ = entry
        lane = self._lanes[needs]
        del self._order[bisect_left(self._order, ticket)]
        head = lane[0]
        del lane[bisect_left(lane, ticket)]
        self._move_head(needs, head, lane[0] if lane else None)
        if not lane:
            del self._lanes[needs]

    def redefine(self, profile: QueueProfile) -> None:
        """Take new settings; who waits keeps waiting, in the order they now give."""
        waiting = [
            (entry[0], needs, p) for entry in self._tickets.values() for _, needs, p in [entry]
        ]
        self.profile = profile
        self._order, self._lanes, self._heads, self._tickets = [], {}, [], {}
        for (head, _, arrived, call), needs, priority in waiting:
            at = EPOCH + timedelta(microseconds=arrived)
            self.join(call, needs, at, priority, at_head=not head)

    def position(self, call: CallId) -> int | None:
        """Return the call's place, counted from 1, or None if it does not wait here."""
        entry = self._tickets.get(call)
        return None if entry is None else bisect_left(self._order, entry[0]) + 1

    def place(self, call: CallId) -> Ticket | None:
        """Return what the queue's order is sorted by; it stays as long as the call waits."""
        entry = self._tickets.get(call)
        return None if entry is None else entry[0]

    def position_of(self, ticket: Ticket) -> int:
        """Return the place, counted from 1, that a ticket not yet in the line would get."""
        return bisect_left(self._order, ticket) + 1

    def first_for(self, agent: AgentProfile) -> CallId | None:
        """Return the first call in order whose needs the agent meets."""
        for head, needs in self._heads:
            if holds(agent.skills, needs):
                return head[3]
        return None

    def oldest_since(self) -> datetime | None:
        """Return the arrival of the one who has waited longest."""
        if not self._order:
            return None
        return EPOCH + timedelta(microseconds=min(ticket[2] for ticket in self._order))

    def _move_head(self, needs: Needs, old: Ticket | None, new: Ticket | None) -> None:
        if old == new:
            return
        if old is not None:
            del self._heads[bisect_left(self._heads, (old, needs))]
        if new is not None:
            insort(self._heads, (new, needs))

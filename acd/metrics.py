"""The day's figures of queues and agents, folded from events; nothing is asked of a database.

A figure is a sum of facts, so a recount from the journal gives the same. ``reset`` starts a new
day: sums go to zero, what is going on goes on. A wait counts on the day it ends. Rates are None
where there is nothing to divide by.

Definitions: service level = answered within T / (answered + abandoned after the short-abandon
limit); ASA = mean wait of the answered; AHT = (talk + hold + after-call work) / handled; occupancy
= (talk + hold + wrap-up) / (those + ready time).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

from acd import events as e
from acd.ids import AgentId, CallId, QueueId
from acd.machine import sure
from acd.reasons import OfferEnd, Outcome
from acd.values import changed

if TYPE_CHECKING:
    from acd.profile import QueueProfile

_ZERO: Final = timedelta(0)

DayT = TypeVar("DayT", "QueueDay", "AgentDay")


@dataclass(frozen=True, kw_only=True)
class QueueDay:
    """One queue's sums since the last reset.

    ``offered`` is the number of calls that began to wait. ``waited`` (of the answered), ``talk``,
    ``hold`` and ``wrap_up`` are totals; ``handled`` are the answered calls that have ended.
    """

    offered: int = 0
    answered: int = 0
    answered_within: int = 0
    abandoned: int = 0
    short_abandoned: int = 0
    overflowed: int = 0
    closed: int = 0
    self_served: int = 0
    failed: int = 0
    handled: int = 0
    waited: timedelta = _ZERO
    longest_wait: timedelta = _ZERO
    talk: timedelta = _ZERO
    hold: timedelta = _ZERO
    wrap_up: timedelta = _ZERO

    @property
    def service_level(self) -> float | None:
        """Return the share answered in time."""
        return _share(self.answered_within, self.answered + self.abandoned)

    @property
    def asa(self) -> timedelta | None:
        """Return the mean wait of the answered calls."""
        return _mean(self.waited, self.answered)

    @property
    def aht(self) -> timedelta | None:
        """Return the mean handling time of the calls that have ended."""
        return _mean(self.talk + self.hold + self.wrap_up, self.handled)


@dataclass(frozen=True, kw_only=True)
class AgentDay:
    """One agent's sums since the last reset; ``Metrics.agent`` adds what is going on.

    ``missed`` are the offers that came to nothing while the caller still waited.
    """

    handled: int = 0
    missed: int = 0
    talk: timedelta = _ZERO
    hold: timedelta = _ZERO
    wrap_up: timedelta = _ZERO
    ready: timedelta = _ZERO

    @property
    def busy(self) -> timedelta:
        """Return talk, hold and wrap-up together."""
        return self.talk + self.hold + self.wrap_up

    @property
    def occupancy(self) -> float | None:
        """Return the share of busy time in busy and ready time."""
        total = self.busy + self.ready
        return self.busy / total if total else None


class Metrics:
    """Folds events into the day's figures."""

    def __init__(self) -> None:
        self._queues: dict[QueueId, QueueDay] = {}
        self._agents: dict[AgentId, AgentDay] = {}
        self._queue_profiles: dict[QueueId, QueueProfile] = {}
        self._doing: dict[AgentId, tuple[str, datetime]] = {}
        self._answered: set[CallId] = set()
        """Answered calls that go on."""

    def fold(self, event: e.Event) -> None:
        """Count one event."""
        count = _COUNTS.get(type(event))
        if count is not None:
            count(self, event)

    def reset(self, at: datetime) -> None:
        """Begin a new day: all sums zero, running stretches cut at ``at``."""
        self._queues = dict.fromkeys(self._queues, QueueDay())
        self._agents = dict.fromkeys(self._agents, AgentDay())
        self._doing = {agent: (what, at) for agent, (what, _) in self._doing.items()}

    def queue(self, queue: QueueId) -> QueueDay:
        """Return the queue's figures; zeros for one that nothing is known of."""
        return self._queues.get(queue, QueueDay())

    def agent(self, agent: AgentId, now: datetime) -> AgentDay:
        """Return the agent's figures with the stretch that is going on."""
        day = self._agents.get(agent, AgentDay())
        what, since = self._doing.get(agent, ("", now))
        if not what or now <= since:
            return day
        return _plus(day, **{what: now - since})

    def handled(self, agent: AgentId) -> int:
        """Return how many of the agent's calls have ended."""
        day = self._agents.get(agent)
        return 0 if day is None else day.handled

    # --- counting -------------------------------------------------------------------------------

    def _turn(self, agent: AgentId, what: str, at: datetime) -> None:
        self._agents[agent] = self.agent(agent, at)
        self._doing[agent] = (what, at)

    def _queue_defined(self, event: e.QueueDefined) -> None:
        self._queue_profiles[event.queue.id] = event.queue
        self._queues.setdefault(event.queue.id, QueueDay())

    def _agent_defined(self, event: e.AgentDefined) -> None:
        self._agents.setdefault(event.agent.id, AgentDay())

    def _rests(self, event: e.AgentLoggedOut | e.CallOffered) -> None:
        self._turn(event.agent, "", event.at)

    def _ready(self, event: e.AgentReady) -> None:
        if not event.pending:
            self._turn(event.agent, "ready", event.at)

    def _not_ready(self, event: e.AgentNotReady) -> None:
        if not event.pending:
            self._turn(event.agent, "", event.at)

    def _queued(self, event: e.CallQueued) -> None:
        if not event.again:
            self._queues[event.queue] = _plus(self.queue(event.queue), offered=1)

    def _offer_ended(self, event: e.OfferEnded) -> None:
        if event.reason not in _NOT_MISSED:
            self._agents[event.agent] = _plus(self._agents[event.agent], missed=1)

    def _connected(self, event: e.CallConnected) -> None:
        within = event.waited <= self._queue_profiles[event.queue].answer_within
        self._answered.add(event.call)
        self._queues[event.queue] = _plus(
            self.queue(event.queue), answered=1, answered_within=int(within), waited=event.waited
        )
        self._turn(event.agent, "talk", event.at)

    def _held(self, event: e.CallHeld) -> None:
        self._turn(event.agent, "hold", event.at)

    def _retrieved(self, event: e.CallRetrieved) -> None:
        self._turn(event.agent, "talk", event.at)

    def _ended(self, event: e.CallEnded) -> None:
        if event.queue is None:
            return
        day = self.queue(event.queue)
        day = changed(day, longest_wait=max(day.longest_wait, event.waited))
        if event.call in self._answered:
            self._answered.remove(event.call)
            day = _plus(day, handled=1, talk=event.talked, hold=event.held)
            agent = sure(event.agent)
            self._agents[agent] = _plus(self._agents[agent], handled=1)
        else:
            day = _plus(day, **{self._lost_as(event, event.queue): 1})
        self._queues[event.queue] = day

    def _lost_as(self, event: e.CallEnded, queue: QueueId) -> str:
        if event.outcome is Outcome.ABANDONED_IN_QUEUE:
            short = event.waited < self._queue_profiles[queue].short_abandon
            return "short_abandoned" if short else "abandoned"
        return _LOST_AS.get(event.outcome, "failed")

    def _wrap_up_started(self, event: e.WrapUpStarted) -> None:
        self._turn(event.agent, "wrap_up", event.at)

    def _wrap_up_finished(self, event: e.WrapUpFinished) -> None:
        self._queues[event.queue] = _plus(self.queue(event.queue), wrap_up=event.lasted)


_NOT_MISSED: Final = (OfferEnd.CALLER_GONE, OfferEnd.TOO_LATE)
_LOST_AS: Final[Mapping[Outcome, str]] = {
    Outcome.OVERFLOWED: "overflowed",
    Outcome.CLOSED: "closed",
    Outcome.SELF_SERVED: "self_served",
}

_COUNTS: Final[Mapping[type[Any], Callable[[Metrics, Any], None]]] = {
    e.QueueDefined: Metrics._queue_defined,
    e.AgentDefined: Metrics._agent_defined,
    e.AgentLoggedOut: Metrics._rests,
    e.AgentReady: Metrics._ready,
    e.AgentNotReady: Metrics._not_ready,
    e.CallQueued: Metrics._queued,
    e.CallOffered: Metrics._rests,
    e.OfferEnded: Metrics._offer_ended,
    e.CallConnected: Metrics._connected,
    e.CallHeld: Metrics._held,
    e.CallRetrieved: Metrics._retrieved,
    e.CallEnded: Metrics._ended,
    e.WrapUpStarted: Metrics._wrap_up_started,
    e.WrapUpFinished: Metrics._wrap_up_finished,
}


def _plus(day: DayT, **more: Any) -> DayT:
    return changed(day, **{name: getattr(day, name) + value for name, value in more.items()})


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _mean(total: timedelta, count: int) -> timedelta | None:
    return total / count if count else None

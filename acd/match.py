"""Bring one agent and one waiting call together, and write down why.

The floor is always settled: no call waits that an available agent could take. So a change can
lead to one offer at most: a call that begins to wait gets the best agent, an agent who becomes
available gets the best call. Neither has to look at the other side's whole crowd.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from acd.agent import Agent
from acd.call import Call
from acd.events import CallOffered, Candidate, Decision
from acd.ids import AgentId, CallId, OfferId
from acd.profile import QueueProfile
from acd.queue import WaitingLine
from acd.ranking import Ranking

SHOWN: Final = 10
"""So many agents a decision record names: the chosen one and nine more."""

_MINUTE: Final = timedelta(minutes=1)


def score(queue: QueueProfile, call: Call, now: datetime) -> float:
    """Return the call's weight in minutes against calls of other queues: more goes first."""
    return queue.priority + call.priority + queue.ageing * (call.waited(now) / _MINUTE)


def best_call(
    agent: Agent, lines: Iterable[WaitingLine], call: Callable[[CallId], Call], now: datetime
) -> Call | None:
    """Return the waiting call with the highest score among those the agent can take.

    Each queue puts forward the first in its own order; equal scores go to the earlier arrival.
    """
    best: tuple[tuple[float, timedelta, CallId], Call] | None = None
    for line in lines:
        first = line.first_for(agent.profile) if agent.serves(line.profile.id) else None
        if first is not None:
            one = call(first)
            key = (-score(line.profile, one, now), -one.waited(now), first)
            if best is None or key < best[0]:
                best = (key, one)
    return None if best is None else best[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """What a decision record is written from."""

    ranking: Ranking
    agent: Callable[[AgentId], Agent]

    def offer(
        self, call: Call, line: WaitingLine, chosen: Agent, *, at: datetime, waiting: int
    ) -> CallOffered:
        """Offer the call to the chosen agent; ``waiting`` callers stand in the queue with it."""
        queue = line.profile
        return CallOffered(
            at=at,
            call=call.id,
            offer=OfferId(f"{call.id}~{call.offers + 1}"),
            agent=chosen.id,
            queue=queue.id,
            ring_for=queue.ring_for,
            decision=self._decision(call, queue, chosen, at=at, waiting=waiting),
        )

    def _decision(
        self, call: Call, queue: QueueProfile, chosen: Agent, *, at: datetime, waiting: int
    ) -> Decision:
        groups = self.ranking.passed_over(queue.id, call.needs, chosen.id)
        shown = [_candidate(chosen, "")]
        lower = self.ranking.ranked(queue.id, call.needs, SHOWN)
        shown += [_candidate(self.agent(a), "ranked_lower") for a in lower if a != chosen.id]
        for cause in reversed(groups):
            if cause != "ranked_lower" and len(shown) < SHOWN:
                some = self.ranking.some_of(groups[cause], SHOWN - len(shown))
                shown += [_candidate(self.agent(other), cause) for other in some]
        return Decision(
            needs=call.needs,
            waited=call.waited(at),
            score=score(queue, call, at),
            queue_length=waiting,
            counts={cause: len(group) for cause, group in groups.items()},
            candidates=tuple(shown[:SHOWN]),
        )


def _candidate(agent: Agent, passed_over: str) -> Candidate:
    return Candidate(
        agent=agent.id,
        occupancy=agent.occupancy,
        handled=agent.handled,
        idle_since=agent.idle_since,
        passed_over=passed_over,
    )

"""Bring one agent and one waiting call together, and write down why.

The floor is always settled: no call waits that an available agent could take. So a change can
lead to one offer at most: a call that begins to wait gets the best agent, an agent who becomes
available gets the best call. Neither has to look at the other side's whole crowd.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from acd.agent import Agent
from acd.call import Call
from acd.events import CallOffered, Candidate, Decision
from acd.ids import AgentId, CallId, OfferId
from acd.profile import QueueProfile
from acd.queue import WaitingLine
from acd.ranking import Group, Ranking

SHOWN: Final = 10
"""So many agents a decision record names: the chosen one and nine more."""

RUNG_ALREADY: Final = 0
"""The number of an offer that Asterisk made on the floor's earlier word (``Floor.next_for``)."""

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
        self,
        call: Call,
        line: WaitingLine,
        chosen: Agent,
        *,
        at: datetime,
        waiting: int,
        rung: bool = False,
        resting: AgentId | None = None,
    ) -> CallOffered:
        """Offer the call to the chosen agent; ``waiting`` callers stand in the queue with it.

        ``rung``: her phone rings already, because she was named beforehand. ``resting`` is from
        whom it is taken in the same breath.
        """
        groups = self.ranking.passed_over(line.profile.id, call.needs, chosen.id, resting)
        queue = line.profile
        return CallOffered(
            at=at,
            call=call.id,
            offer=OfferId(f"{call.id}~{RUNG_ALREADY if rung else call.offers + 1}"),
            agent=chosen.id,
            queue=queue.id,
            ring_for=queue.ring_for,
            decision=self._decision(call, queue, chosen, groups, at=at, waiting=waiting, rung=rung),
        )

    def _decision(
        self,
        call: Call,
        queue: QueueProfile,
        chosen: Agent,
        groups: dict[str, Group],
        *,
        at: datetime,
        waiting: int,
        rung: bool,
    ) -> Decision:
        shown = [_candidate(chosen, "")]
        ranked = self.ranking.ranked(queue.id, call.needs, SHOWN)
        if rung and chosen.id not in ranked:
            every = len(groups["ranked_lower"]) + 1
            ranked = self.ranking.ranked(queue.id, call.needs, every)
        # Only one who was named beforehand can have others rank above her by now.
        better = ranked.index(chosen.id) if rung else 0
        for place, other in enumerate([a for a in ranked if a != chosen.id][: SHOWN - 1]):
            cause = "named_later" if place < better else "ranked_lower"
            shown.append(_candidate(self.agent(other), cause))
        for cause in reversed(groups):
            if cause != "ranked_lower" and len(shown) < SHOWN:
                some = self.ranking.some_of(groups[cause], SHOWN - len(shown))
                shown += [_candidate(self.agent(other), cause) for other in some]
        return Decision(
            needs=call.needs,
            waited=call.waited(at),
            score=score(queue, call, at),
            queue_length=waiting,
            counts=_counts(groups, better),
            candidates=tuple(shown[:SHOWN]),
        )


def _counts(groups: Mapping[str, Group], better: int) -> dict[str, int]:
    """Count the passed over by cause; so many of the available rank ``better`` than the chosen."""
    counts = {cause: len(group) for cause, group in groups.items()}
    if better:  # she was named before they came
        counts["ranked_lower"] -= better
        counts["named_later"] = better
    return {cause: count for cause, count in counts.items() if count}


def _candidate(agent: Agent, passed_over: str) -> Candidate:
    return Candidate(
        agent=agent.id,
        occupancy=agent.occupancy,
        handled=agent.handled,
        idle_since=agent.idle_since,
        passed_over=passed_over,
    )

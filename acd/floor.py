"""The floor: one aggregate of queues, agents and calls, changed by events alone.

``decide`` answers a command with events or refuses it; ``evolve`` applies one event. Neither looks
at a clock, so a day can be replayed. Who applies events applies all that one ``decide`` returned.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from acd.agent import Agent
from acd.call import Call, CallState
from acd.commands import Command
from acd.decisions import DECISIONS
from acd.events import Event
from acd.evolution import EVOLUTIONS
from acd.ids import AgentId, CallId, QueueId
from acd.machine import UnknownAgent, UnknownCall, UnknownQueue, sure
from acd.match import Matcher
from acd.profile import QueueProfile
from acd.queue import Ticket, WaitingLine
from acd.ranking import Ranking, Standing

ENDED_KEPT: Final = 1000
"""So many ended calls are remembered, so that a late command for one of them is understood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorSnapshot:
    """The whole floor as plain data; ``Floor.restore`` makes an equal floor of it."""

    queues: tuple[QueueProfile, ...] = ()
    agents: tuple[Agent, ...] = ()
    calls: tuple[Call, ...] = ()
    ended: tuple[Call, ...] = ()


class Floor:
    """Who waits, who is free, who talks to whom. Not to be shared between tasks."""

    def __init__(self) -> None:
        self.ranking = Ranking()
        self.matcher = Matcher(ranking=self.ranking, agent=self.agent)
        self._lines: dict[QueueId, WaitingLine] = {}
        self._waiting: dict[QueueId, WaitingLine] = {}
        self._agents: dict[AgentId, Agent] = {}
        self._calls: dict[CallId, Call] = {}
        self._ended: dict[CallId, Call] = {}

    def decide(self, command: Command, now: datetime) -> list[Event]:
        """Return what the command leads to, nothing if nothing changes, or raise ``Refused``."""
        return DECISIONS[type(command)](self, command, now)

    def evolve(self, event: Event) -> None:
        """Apply one event."""
        EVOLUTIONS[type(event)](self, event)

    # --- queries ------------------------------------------------------------------------------

    def agent(self, agent: AgentId) -> Agent:
        """Return the agent, or refuse an unknown id."""
        found = self._agents.get(agent)
        if found is None:
            raise UnknownAgent(f"there is no agent {agent}", agent=agent)
        return found

    def call(self, call: CallId) -> Call:
        """Return a live or lately ended call, or refuse an unknown id."""
        found = self._calls.get(call) or self._ended.get(call)
        if found is None:
            raise UnknownCall(f"there is no call {call}", call=call)
        return found

    def queue(self, queue: QueueId) -> QueueProfile:
        """Return the queue's settings, or refuse an unknown id."""
        return self.line(queue).profile

    def line(self, queue: QueueId) -> WaitingLine:
        """Return the queue's waiting line, to be read only."""
        found = self._lines.get(queue)
        if found is None:
            raise UnknownQueue(f"there is no queue {queue}", queue=queue)
        return found

    def has_agent(self, agent: AgentId) -> bool:
        """Tell whether the agent is defined."""
        return agent in self._agents

    def has_call(self, call: CallId) -> bool:
        """Tell whether the call is live or among the lately ended."""
        return call in self._calls or call in self._ended

    def has_queue(self, queue: QueueId) -> bool:
        """Tell whether the queue is defined."""
        return queue in self._lines

    def agents(self) -> Iterable[Agent]:
        """Return all defined agents."""
        return self._agents.values()

    def queues(self) -> Iterable[QueueProfile]:
        """Return the settings of all queues."""
        return [line.profile for line in self._lines.values()]

    def live_calls(self) -> Iterable[Call]:
        """Return the calls that have not ended, oldest first."""
        return self._calls.values()

    def wrap_up_limit(self, agent: Agent) -> datetime:
        """Return the instant to which the agent may extend the wrap-up under way."""
        queue = self.queue(sure(agent.queue))
        return agent.since + max(queue.wrap_up_for, queue.wrap_up_at_most)

    def waiting(self, queue: QueueId) -> list[Call]:
        """Return the calls that wait in the queue, in its order; those that ring are not among."""
        return [self._calls[call] for call in self.line(queue)]

    def position(self, call: CallId) -> int | None:
        """Return the call's place in its queue, counted from 1; None if it does not wait."""
        queue = self.call(call).queue
        return None if queue is None else self.line(queue).position(call)

    def place(self, call: CallId) -> Ticket | None:
        """Return what its queue sorts the call by; None if it does not wait."""
        queue = self.call(call).queue
        return None if queue is None else self.line(queue).place(call)

    def oldest_since(self, queue: QueueId) -> datetime | None:
        """Return the arrival of the queue's longest waiting call."""
        return self.line(queue).oldest_since()

    def next_for(self, queue: QueueId, now: datetime, limit: int) -> list[AgentId]:
        """Return whom the next callers would be offered to who ask for no more than the queue.

        It is a word given beforehand: ``EnqueueCall.rung`` tells that it was taken, and is held to
        if she is still free then. Nobody is named while the queue is closed.
        """
        profile = self.queue(queue)
        if not profile.hours.is_open(now):
            return []
        return self.ranking.ranked(queue, profile.needs, limit)

    def standings(self, queue: QueueId) -> Mapping[Standing, int]:
        """Count the signed-in agents who can take the queue's calls, by how they stand."""
        return self.ranking.signed_in(queue, self.queue(queue).needs)

    def waiting_lines(self) -> Iterator[WaitingLine]:
        """Yield the lines in which somebody waits."""
        return iter(self._waiting.values())

    # --- used by evolution and restore ----------------------------------------------------------

    def put_queue(self, profile: QueueProfile) -> None:
        """Create the queue or give it new settings."""
        line = self._lines.get(profile.id)
        if line is None:
            self._lines[profile.id] = WaitingLine(profile)
        else:
            line.redefine(profile)

    def put_agent(self, agent: Agent) -> None:
        """Replace the agent's value and her place in the ranking."""
        before = self._agents.get(agent.id)
        self._agents[agent.id] = agent
        if before is None or before.profile is not agent.profile:
            self.ranking.define(agent.profile)
        self.ranking.place(agent.id, agent.standing, agent.rank_key)

    def put_call(self, call: Call) -> None:
        """Replace the call's value and its place in the waiting line."""
        before = self._calls.get(call.id)
        if before is not None and before.state is CallState.QUEUED:
            line = self._lines[sure(before.queue)]
            line.leave(call.id)
            if not len(line):
                del self._waiting[line.profile.id]
        if call.state is CallState.ENDED:
            self._calls.pop(call.id, None)
            self._ended[call.id] = call
            while len(self._ended) > ENDED_KEPT:
                del self._ended[next(iter(self._ended))]
            return
        self._calls[call.id] = call
        if call.state is CallState.QUEUED:
            queue = sure(call.queue)
            line = self._waiting[queue] = self._lines[queue]
            arrived = sure(call.queued_at)
            line.join(call.id, call.needs, arrived, call.priority, at_head=call.at_head)

    # --- snapshots ------------------------------------------------------------------------------

    def snapshot(self) -> FloorSnapshot:
        """Return the whole floor as plain data."""
        return FloorSnapshot(
            queues=tuple(self.queues()),
            agents=tuple(self._agents.values()),
            calls=tuple(self._calls.values()),
            ended=tuple(self._ended.values()),
        )

    @classmethod
    def restore(cls, snapshot: FloorSnapshot) -> "Floor":
        """Make a floor of a snapshot."""
        floor = cls()
        for queue in snapshot.queues:
            floor.put_queue(queue)
        for agent in snapshot.agents:
            floor.put_agent(agent)
        for call in (*snapshot.ended, *snapshot.calls):
            floor.put_call(call)
        return floor

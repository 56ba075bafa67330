"""Each agent's own topic: herself, the call that rings, the call she is in, her day.

Every value is made whole from the floor after each batch, for the agents the batch concerns. So
a reload, a second window and a restart all show the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from acd import events as e
from acd.agent import Agent, AgentState
from acd.call import Call
from acd.floor import Floor
from acd.ids import AgentId, CallId
from agent_desktop.server import protocol as p
from agent_desktop.server.hub import Hub
from crm_core.domain.ids import interaction_id
from cti.callers import Callers
from cti.clock import Clock
from cti.day import Day
from cti.journal import Entry


def topic_of(agent: AgentId) -> str:
    """The topic that only this agent sees."""
    return f"agent:{agent}"


@dataclass(slots=True)
class Notes:
    """Drafts of agents' notes, by call; kept until the wrap-up is done, and then recorded."""

    drafts: dict[CallId, str] = field(default_factory=dict)

    def of(self, call: CallId) -> str:
        """The draft, or nothing yet."""
        return self.drafts.get(call, "")

    def take(self, call: CallId) -> str:
        """The draft, for good."""
        return self.drafts.pop(call, "")


class Desk:
    """Publishes to ``agent:<id>``."""

    def __init__(
        self, floor: Floor, hub: Hub, callers: Callers, day: Day, notes: Notes, clock: Clock
    ) -> None:
        self._floor, self._hub, self._clock = floor, hub, clock
        self._callers, self._day, self._notes = callers, day, notes

    def take(self, entries: Sequence[Entry]) -> None:
        """Refresh the agents that a batch concerns."""
        self.refresh(agents_in(entries))

    def refresh(self, agents: Iterable[AgentId]) -> None:
        """Publish these agents' values anew."""
        for agent in agents:
            if self._floor.has_agent(agent):
                self._publish(self._floor.agent(agent))

    def publish_today(self, agent: AgentId) -> None:
        """Publish what the agent did today."""
        self._hub.put(topic_of(agent), "today", self._day.today(agent, self._clock.now()))

    def _publish(self, agent: Agent) -> None:
        topic = topic_of(agent.id)
        self._hub.put(topic, "me", _me(agent))
        call = self._call_of(agent)
        values = {
            "offer": self._offer(agent, call),
            "call": self._talk(agent, call),
            "wrap_up": self._wrap_up(agent, call),
        }
        for key, value in values.items():
            if value is None:
                self._hub.drop(topic, key)
            else:
                self._hub.put(topic, key, value)
        if all(value is None for value in values.values()):
            self._hub.drop(topic, "pop")

    def _call_of(self, agent: Agent) -> Call | None:
        if agent.call is None or not self._floor.has_call(agent.call):
            return None
        return self._floor.call(agent.call)

    def _queue_name(self, call: Call) -> str:
        if call.queue is None or not self._floor.has_queue(call.queue):
            return ""
        return self._floor.queue(call.queue).name

    def _offer(self, agent: Agent, call: Call | None) -> p.OfferView | None:
        if agent.state is not AgentState.RESERVED or call is None or call.offer is None:
            return None
        ring_for = self._floor.queue(call.queue).ring_for if call.queue else None
        offered = call.since
        return p.OfferView(
            offer=call.offer,
            call=call.id,
            queue=call.queue or "",
            queue_name=self._queue_name(call),
            ani=call.ani,
            dnis=call.dnis,
            offered_at=offered,
            expires_at=offered + ring_for if ring_for else offered,
            waited_s=call.waited(offered).total_seconds(),
            language=call.language,
        )

    def _talk(self, agent: Agent, call: Call | None) -> p.CallView | None:
        if agent.state is not AgentState.TALKING or call is None or call.connected_at is None:
            return None
        return p.CallView(
            call=call.id,
            queue=call.queue or "",
            queue_name=self._queue_name(call),
            ani=call.ani,
            dnis=call.dnis,
            state=str(call.state),
            connected_at=call.connected_at,
            state_since=call.since,
            language=call.language,
            note=self._notes.of(call.id),
            interaction_id=interaction_id(call.id, call.started_at),
        )

    def _wrap_up(self, agent: Agent, call: Call | None) -> p.WrapUpView | None:
        if agent.state is not AgentState.WRAP_UP or call is None or agent.wrap_up_due is None:
            return None
        return p.WrapUpView(
            call=call.id,
            queue=call.queue or "",
            ani=call.ani,
            started_at=agent.since,
            due=agent.wrap_up_due,
            note=self._notes.of(call.id),
            interaction_id=interaction_id(call.id, call.started_at),
            party_id=self._callers.party_of(call.id),
        )


def _me(agent: Agent) -> p.AgentView:
    return p.AgentView(
        id=agent.id,
        name=agent.profile.name,
        state=str(agent.state),
        reason=str(agent.reason or ""),
        since=agent.since,
        desktop=agent.desktop,
        phone=agent.phone,
        next_state=str(agent.next_state or ""),
        skills={str(k): v for k, v in agent.profile.skills.items()},
    )


def agents_in(entries: Sequence[Entry]) -> set[AgentId]:
    """The agents a batch concerns."""
    found: set[AgentId] = set()
    for entry in entries:
        event = entry.event
        if isinstance(event, e.AgentDefined):
            found.add(event.agent.id)
        elif isinstance(event, e.QueueDefined | e.CallStarted | e.CallQueued):
            continue
        elif event.agent is not None:
            found.add(event.agent)
    return found

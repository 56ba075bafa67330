"""Each agent's own topic: herself, the call that rings, the call she is in, her day.

After each batch the agents it concerns are shown anew, from the agent and the call as that batch
left them. So a reload, a second window and a restart all show the same. Who is being rung is told
at once, and in one frame with who is calling, if the look-up is back within ``POP_WITHIN``; the
rest may be gathered for a moment.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final

from acd import events as e
from acd.agent import Agent, AgentState
from acd.call import Call
from acd.floor import Floor
from acd.ids import AgentId, CallId, OfferId
from agent_desktop.server import protocol as p
from agent_desktop.server.hub import Hub
from crm_core.domain.ids import interaction_id
from crm_core.storage.database import Database
from cti.callers import Callers
from cti.clock import Clock
from cti.day import RECENT, Day
from cti.journal import Entry
from cti.names import queue_name

POP_WITHIN: Final = 0.005
"""Seconds that the news of a ringing phone waits for the caller's name."""

IN_HAND: Final = ("offer", "call", "wrap_up")
"""The keys of what an agent is busy with: one of them at a time."""


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
        self,
        floor: Floor,
        hub: Hub,
        callers: Callers,
        day: Day,
        notes: Notes,
        clock: Clock,
        name_of: Callable[[AgentId], str],
    ) -> None:
        self._floor, self._hub, self._clock, self._name_of = floor, hub, clock, name_of
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
        self._hub.change(topic_of(agent), "today", partial(self._today, agent))

    def lacks_callers(self, agent: AgentId) -> bool:
        """Whether her day has calls of which it is not known who rang."""
        return self._day.lacks_callers(agent)

    async def recall_today(self, agent: AgentId, database: Database) -> None:
        """Take from the records who rang her today, of calls from before this daemon began."""
        since = self._day.start_of(self._clock.now())
        async with database.work() as work:
            rows = await work.interactions.handled_by(agent, since=since, limit=RECENT)
        self._day.recall(agent, rows)
        self.publish_today(agent)

    def _today(self, agent: AgentId) -> p.TodayView:
        return self._day.today(agent, self._clock.now())

    def _publish(self, agent: Agent) -> None:
        topic, (shown, make) = topic_of(agent.id), self._in_hand(agent)
        if agent.state is AgentState.TALKING:
            self._hub.flush(topic)  # however fast she answered, her page has rung before
        self._hub.change(topic, "me", partial(self._me, agent))
        for key in IN_HAND:
            if key != shown:
                self._hub.drop(topic, key)
        if make is None:
            self._hub.drop(topic, "pop")
            self._hub.drop(topic, "draft")
        else:
            self._hub.change(topic, shown, make)
        if agent.state is AgentState.RESERVED and agent.call is not None:
            if self._callers.is_answered(agent.call):
                self._hub.flush(topic)
            else:
                self._hub.flush_within(topic, POP_WITHIN)

    def _in_hand(self, agent: Agent) -> tuple[str, Callable[[], object] | None]:
        """The key of what she is busy with, and how to make its value."""
        if agent.call is None or not self._floor.has_call(agent.call):
            return "", None
        call = self._floor.call(agent.call)
        match agent.state:
            case AgentState.RESERVED if call.offer is not None:
                return "offer", partial(self._offer, call, call.offer)
            case AgentState.TALKING if call.connected_at is not None:
                return "call", partial(self._talk, call, call.connected_at)
            case AgentState.WRAP_UP if agent.wrap_up_due is not None:
                return "wrap_up", partial(self._wrap_up, agent, call, agent.wrap_up_due)
            case _:
                return "", None

    def _offer(self, call: Call, offer: OfferId) -> p.OfferView:
        ring_for = self._floor.queue(call.queue).ring_for if call.queue else None
        offered = call.since
        return p.OfferView(
            offer=offer,
            call=call.id,
            queue=call.queue or "",
            queue_name=queue_name(self._floor, call.queue),
            ani=call.ani,
            dnis=call.dnis,
            offered_at=offered,
            expires_at=offered + ring_for if ring_for else offered,
            waited_s=call.waited(offered).total_seconds(),
            language=call.language,
        )

    def _talk(self, call: Call, connected_at: datetime) -> p.CallView:
        return p.CallView(
            call=call.id,
            queue=call.queue or "",
            queue_name=queue_name(self._floor, call.queue),
            ani=call.ani,
            dnis=call.dnis,
            state=str(call.state),
            connected_at=connected_at,
            state_since=call.since,
            language=call.language,
            note=self._notes.of(call.id),
            interaction_id=interaction_id(call.id, call.started_at),
        )

    def _wrap_up(self, agent: Agent, call: Call, due: datetime) -> p.WrapUpView:
        return p.WrapUpView(
            call=call.id,
            queue=call.queue or "",
            ani=call.ani,
            started_at=agent.since,
            due=due,
            latest=max(due, self._floor.wrap_up_limit(agent)),
            note=self._notes.of(call.id),
            interaction_id=interaction_id(call.id, call.started_at),
            party_id=self._callers.party_of(call.id),
        )

    def _me(self, agent: Agent) -> p.AgentView:
        return p.AgentView(
            id=agent.id,
            name=agent.profile.name,
            state=str(agent.state),
            reason=str(agent.reason or ""),
            since=agent.since,
            desktop=agent.desktop,
            phone=agent.phone,
            next_state=str(agent.next_state or ""),
            by="" if agent.by is None else self._name_of(agent.by),
            next_by="" if agent.next_by is None else self._name_of(agent.next_by),
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

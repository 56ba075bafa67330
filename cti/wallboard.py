"""The supervisors' live truth: queues, agents and calls, from the same folds as the reports.

Agent and call rows go out when the hub next tells the topic, queue figures at most twice a second;
what did not change is not sent, and what nobody watches is not made. Times that run are sent as
their start, so that a quiet floor sends nothing.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from acd import events as e
from acd.agent import Agent, AgentState
from acd.call import Call, CallState
from acd.floor import Floor
from acd.ids import AgentId, CallId, QueueId
from acd.profile import QueueProfile
from acd.ranking import Standing
from acd.wait_time import WaitTime
from agent_desktop.server import protocol as p
from agent_desktop.server.hub import Hub
from cti.callers import Callers
from cti.clock import Clock
from cti.day import Day
from cti.desk import agents_in
from cti.journal import Entry
from cti.names import queue_name


class Wallboard:
    """Publishes the topics ``queues``, ``agents`` and ``calls``."""

    def __init__(self, floor: Floor, hub: Hub, callers: Callers, day: Day, clock: Clock) -> None:
        self._floor, self._hub = floor, hub
        self._callers, self._day, self._clock = callers, day, clock
        self.waits = WaitTime()

    def replay(self, entries: Sequence[Entry]) -> None:
        """Rebuild today's figures from the journal; publishes nothing."""
        for entry in entries:
            self.waits.fold(entry.event)

    def take(self, entries: Sequence[Entry]) -> None:
        """Fold a batch and publish the rows it concerns."""
        self.replay(entries)
        for agent in agents_in(entries):
            self.show_agent(agent)
        for call in {c for entry in entries if (c := _call_in(entry.event)) is not None}:
            self.show_call(call)

    def show_agent(self, agent: AgentId) -> None:
        """Publish one agent's row."""
        if self._floor.has_agent(agent):
            self._hub.change("agents", agent, partial(self._agent_row, self._floor.agent(agent)))

    def show_call(self, call: CallId) -> None:
        """Publish one call's row, or take it off the board."""
        known = self._floor.call(call) if self._floor.has_call(call) else None
        if known is None or known.state is CallState.ENDED:
            self._hub.drop("calls", call)
        else:
            self._hub.change("calls", call, partial(self._call_row, known))

    def show_all(self) -> None:
        """Publish everything, as after a start."""
        for agent in self._floor.agents():
            self.show_agent(agent.id)
        for call in self._floor.live_calls():
            self.show_call(call.id)
        self.show_queues()

    def show_queues(self) -> None:
        """Publish the figures of the queues."""
        for queue in self._floor.queues():
            self._hub.change("queues", queue.id, partial(self._queue_row, queue))

    async def run(self, every: timedelta) -> None:
        """Publish queue figures until cancelled, and begin a new day at midnight."""
        while True:
            if self._day.turn(self._clock.now()):
                self.show_all()
            self.show_queues()
            await asyncio.sleep(every.total_seconds())

    def _agent_row(self, agent: Agent) -> p.AgentRow:
        return p.AgentRow(
            id=agent.id,
            name=agent.profile.name,
            state=_state(agent, self._floor),
            reason=str(agent.reason or ""),
            since=agent.since,
            queue=agent.queue or "",
            queue_name=queue_name(self._floor, agent.queue),
            call=agent.call or "",
            caller=self._caller(agent.call),
            desktop=agent.desktop,
            phone=agent.phone,
            handled=self._day.metrics.handled(agent.id),
            occupancy=round(agent.occupancy, 4),
            skills={str(k): v for k, v in agent.profile.skills.items()},
        )

    def _call_row(self, call: Call) -> p.CallRow:
        return p.CallRow(
            id=call.id,
            state=str(call.state),
            ani=call.ani,
            caller=self._callers.name_of(call.id),
            queue=call.queue or "",
            queue_name=queue_name(self._floor, call.queue),
            agent=call.agent or "",
            started_at=call.started_at,
            state_since=call.since,
            queued_at=call.queued_at if call.waits else None,
            place=list((self._floor.place(call.id) or ())[:3]),
            language=call.language,
        )

    def expected(self, queue: QueueId, now: datetime) -> timedelta | None:
        """How long a caller who joins the queue now may expect to wait, if that can be said."""
        return self._expected(queue, now, self._floor.standings(queue))

    def _expected(
        self, queue: QueueId, now: datetime, standings: Mapping[Standing, int]
    ) -> timedelta | None:
        return self.waits.expected(
            queue,
            now,
            oldest_since=self._floor.oldest_since(queue),
            waiting=len(self._floor.line(queue)),
            available=standings.get(Standing.AVAILABLE, 0),
            signed_in=sum(standings.values()),
        )

    def _caller(self, call: CallId | None) -> str:
        if call is None or not self._floor.has_call(call):
            return ""
        return self._callers.name_of(call) or self._floor.call(call).ani

    def _queue_row(self, queue: QueueProfile) -> p.QueueFigures:
        now, day = self._clock.now(), self._day.metrics.queue(queue.id)
        standings = self._floor.standings(queue.id)
        return p.QueueFigures(
            id=queue.id,
            name=queue.name,
            waiting=len(self._floor.line(queue.id)),
            oldest_since=self._floor.oldest_since(queue.id),
            agents_ready=standings.get(Standing.AVAILABLE, 0),
            agents_busy=standings.get(Standing.BUSY, 0),
            agents_signed_in=sum(standings.values()),
            offered=day.offered,
            answered=day.answered,
            abandoned=day.abandoned,
            short_abandoned=day.short_abandoned,
            service_level=day.service_level,
            answer_within_s=queue.answer_within.total_seconds(),
            asa_s=_seconds(day.asa),
            aht_s=_seconds(day.aht),
            ewt_s=_seconds(self._expected(queue.id, now, standings)),
            open=queue.hours.is_open(now),
        )


def _state(agent: Agent, floor: Floor) -> str:
    """The agent's state; a caller on hold shows as ``held``."""
    if agent.state is AgentState.TALKING and agent.call is not None and floor.has_call(agent.call):
        return "held" if floor.call(agent.call).state is CallState.HELD else "talking"
    return str(agent.state)


def _call_in(event: e.Event) -> CallId | None:
    match event:
        case (
            e.CallStarted(call=call)
            | e.CallQueued(call=call)
            | e.CallOffered(call=call)
            | e.OfferEnded(call=call)
            | e.CallConnected(call=call)
            | e.CallHeld(call=call)
            | e.CallRetrieved(call=call)
            | e.CallEnded(call=call)
        ):
            return call
        case _:
            return None


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else round(span.total_seconds(), 1)

"""A small floor to act on in tests: seconds after nine, short names, events kept."""

from datetime import UTC, datetime, timedelta
from typing import Any

from acd import commands as c
from acd import events as e
from acd.agent import Agent
from acd.call import Call
from acd.floor import Floor
from acd.ids import AgentId, CallId, OfferId, QueueId, SkillId
from acd.profile import AgentProfile, QueueProfile
from acd.reasons import EndReason
from acd.skills import Need, Needs

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
"""A Monday."""


def at(seconds: float) -> datetime:
    return NINE + timedelta(seconds=seconds)


def need(skill: str, level: int = 1) -> Need:
    return Need(skill=SkillId(skill), level=level)


def queue_profile(name: str = "q", **settings: Any) -> QueueProfile:
    return QueueProfile(id=QueueId(name), name=name.upper(), **settings)


def agent_profile(name: str, *queues: str, **skills: int) -> AgentProfile:
    return AgentProfile(
        id=AgentId(name),
        name=name.title(),
        skills={SkillId(skill): level for skill, level in skills.items()},
        queues=frozenset(QueueId(queue) for queue in queues),
    )


class House:
    """A floor, and what has happened on it."""

    def __init__(self) -> None:
        self.floor = Floor()
        self.log: list[e.Event] = []

    def do(self, command: c.Command, seconds: float = 0) -> list[e.Event]:
        """Apply a command, as the engine does."""
        events = self.floor.decide(command, at(seconds))
        for event in events:
            self.floor.evolve(event)
        self.log += events
        return events

    def kinds(self, command: c.Command, seconds: float = 0) -> list[str]:
        return [type(event).__name__ for event in self.do(command, seconds)]

    def queue(self, name: str = "q", **settings: Any) -> None:
        self.do(c.DefineQueue(queue=queue_profile(name, **settings)))

    def agent(self, name: str, *queues: str, seconds: float = 0, **skills: int) -> None:
        """Define an agent, sign her in, reachable and ready."""
        self.signed_in(name, *queues, seconds=seconds, **skills)
        self.do(c.GoReady(agent=AgentId(name)), seconds)

    def signed_in(self, name: str, *queues: str, seconds: float = 0, **skills: int) -> None:
        """Define an agent, sign her in, reachable but not ready."""
        self.do(c.DefineAgent(agent=agent_profile(name, *queues, **skills)), seconds)
        self.do(c.SetReachable(agent=AgentId(name), desktop=True, phone=True), seconds)
        self.do(c.LogIn(agent=AgentId(name)), seconds)

    def start(self, name: str, seconds: float = 0) -> list[e.Event]:
        return self.do(c.StartCall(call=CallId(name), ani="+12025550100", dnis="100"), seconds)

    def ring(
        self,
        name: str,
        queue: str = "q",
        seconds: float = 0,
        needs: Needs = (),
        priority: float = 0.0,
        rung: str | None = None,
    ) -> list[e.Event]:
        """Let a caller arrive and wait; ``rung`` is whom Asterisk rings for her already."""
        self.start(name, seconds)
        command = c.EnqueueCall(
            call=CallId(name),
            queue=QueueId(queue),
            needs=needs,
            priority=priority,
            rung=None if rung is None else AgentId(rung),
        )
        return self.do(command, seconds)

    def accept(self, offer: str, seconds: float = 0) -> list[e.Event]:
        return self.do(c.AcceptOffer(offer=OfferId(offer)), seconds)

    def end(
        self, call: str, seconds: float = 0, why: EndReason = EndReason.CALLER_HUNG_UP
    ) -> list[e.Event]:
        return self.do(c.EndCall(call=CallId(call), why=why), seconds)

    def ana(self, name: str = "ana") -> Agent:
        return self.floor.agent(AgentId(name))

    def call(self, name: str) -> Call:
        return self.floor.call(CallId(name))


def names(events: list[e.Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def offered(events: list[e.Event]) -> e.CallOffered:
    """Return the offer among the events; there must be exactly one."""
    (offer,) = (event for event in events if isinstance(event, e.CallOffered))
    return offer

"""No sequence of commands breaks the floor, whoever hangs up when.

The oracle looks at everybody; the floor may not. Each offer is compared with it just before it is
applied, on the floor as the events before it left it.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acd import commands as c
from acd import events as e
from acd.agent import Agent, AgentState
from acd.call import Call, CallState
from acd.floor import Floor, FloorSnapshot
from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.machine import Refused, UnknownAgent
from acd.match import score
from acd.metrics import Metrics, QueueDay
from acd.occupancy import micros
from acd.ranking import Standing
from acd.reasons import EndReason, NotReadyReason, OfferEnd, OfferFailure
from acd.skills import holds
from tests.unit.acd.house import NINE, agent_profile, need, queue_profile

pytestmark = pytest.mark.property

AGENTS = [AgentId(name) for name in ("ana", "bob", "eve", "fay")]
CALLS = [CallId(f"c{number}") for number in range(12)]
QUEUES = [QueueId("q"), QueueId("sales")]
RUNG = [None, None, None, *AGENTS, AgentId("nobody")]
NEEDS = [(), (), (need("english", 2),), (need("english"), need("french", 3))]
PROFILES = [
    agent_profile("ana", english=3),
    agent_profile("bob", "q", english=1, french=3),
    agent_profile("eve", "sales", english=5, french=3),
    agent_profile("fay", "q", "sales", english=2),
    agent_profile("fay", english=5, french=5),
]
PROFILE_OF_QUEUE = [
    queue_profile("q", wrap_up_for=timedelta(seconds=30), max_waiting=3),
    queue_profile("q", ageing=0.25, needs=(need("english"),)),
    queue_profile("sales", priority=1.5, needs=(need("english", 3),), wrap_up_for=timedelta(0)),
]

Step = Callable[[Floor], c.Command]
indices = st.integers(0, 11)
agents = st.sampled_from(AGENTS)


def call_in(floor: Floor, states: Sequence[CallState], index: int) -> CallId:
    """Choose a call in one of the states, ended ones for no states at all."""
    fit = [call.id for call in floor.live_calls() if call.state in states]
    if states and not fit:
        return CallId("nobody")
    return fit[index % len(fit)] if fit else CALLS[index]


def about_a_call(
    kind: type[Any], *states: CallState, **parts: st.SearchStrategy[Any]
) -> st.SearchStrategy[Step]:
    """Aim a command at a call in a state where it can do something, where there is one."""

    def aim(index: int, more: dict[str, Any]) -> Step:
        def build(floor: Floor) -> c.Command:
            command: c.Command = kind(call=call_in(floor, states, index), **more)
            return command

        return build

    return st.builds(aim, indices, st.fixed_dictionaries(parts))


def about_an_offer(
    kind: type[Any], *states: CallState, **parts: st.SearchStrategy[Any]
) -> st.SearchStrategy[Step]:
    """Aim at the last offer of a call, open or not, or at the one before."""

    def aim(index: int, late: bool, more: dict[str, Any]) -> Step:
        def build(floor: Floor) -> c.Command:
            call = floor.call(call_in(floor, states, index))
            last = call.offer or f"{call.id}~{call.offers}"
            before = f"{call.id}~{call.offers - 1}"
            command: c.Command = kind(offer=OfferId(before if late else last), **more)
            return command

        return build

    lates = st.sampled_from([False] * 9 + [True])
    return st.builds(aim, indices, lates, st.fixed_dictionaries(parts))


def about_an_agent(
    kind: type[Any], *states: AgentState, **parts: st.SearchStrategy[Any]
) -> st.SearchStrategy[Step]:
    """Aim a command at an agent in one of the states, where there is one, else at any."""

    def aim(index: int, more: dict[str, Any]) -> Step:
        def build(floor: Floor) -> c.Command:
            fit = [agent.id for agent in floor.agents() if agent.state in states] or AGENTS
            command: c.Command = kind(agent=fit[index % len(fit)], **more)
            return command

        return build

    return st.builds(aim, indices, st.fixed_dictionaries(parts))


def agent_goes_on(agent: Agent) -> c.Command | None:
    if agent.state is AgentState.WRAP_UP:
        return c.FinishWrapUp(agent=agent.id)
    return c.GoReady(agent=agent.id) if agent.state is AgentState.NOT_READY else None


def call_goes_on(floor: Floor, call: Call, queue: QueueId, index: int) -> c.Command | None:
    if call.state is CallState.IN_IVR:
        free = [a.id for a in floor.agents() if a.standing is Standing.AVAILABLE]
        needs, rungs = NEEDS[index % 4], [*RUNG, *free, *free]
        return c.EnqueueCall(
            call=call.id, queue=queue, needs=needs, rung=rungs[index // 4 % len(rungs)]
        )
    if call.state is CallState.OFFERED:
        return c.AcceptOffer(offer=OfferId(str(call.offer)))
    talks = call.state is CallState.TALKING
    return c.EndCall(call=call.id, why=EndReason.AGENT_HUNG_UP) if talks else None


def carry_on(index: int, queue: QueueId) -> Step:
    """Do what would come next in a quiet house, for one of those who have something to do."""

    def build(floor: Floor) -> c.Command:
        todo = [agent_goes_on(agent) for agent in floor.agents()]
        todo += [call_goes_on(floor, call, queue, index) for call in floor.live_calls()]
        todo = [command for command in todo if command is not None]
        next_one = todo[index % len(todo)] if todo else None
        return next_one or c.LogIn(agent=AGENTS[index % 4])

    return build


def expire_wrap_up(index: int) -> Step:
    def build(floor: Floor) -> c.Command:
        agent = floor.agent(AGENTS[index % len(AGENTS)])
        return c.ExpireWrapUp(agent=agent.id, call=agent.call or CALLS[index])

    return build


def define(command: c.DefineAgent | c.DefineQueue) -> Step:
    return lambda _: command


enqueue = about_a_call(
    c.EnqueueCall,
    CallState.IN_IVR,
    queue=st.sampled_from(QUEUES),
    needs=st.sampled_from(NEEDS),
    priority=st.sampled_from([0.0, 0.0, 2.0, -1.0]),
    rung=st.sampled_from(RUNG),
)
accept = about_an_offer(c.AcceptOffer, CallState.OFFERED)
go_ready = about_an_agent(c.GoReady, AgentState.NOT_READY)
failures = st.sampled_from(OfferFailure)
usual = st.one_of(enqueue, accept, accept, go_ready, about_an_agent(c.LogIn, AgentState.LOGGED_OUT))
calls_go_on = st.one_of(
    about_a_call(c.HoldCall, CallState.TALKING, CallState.HELD),
    about_a_call(c.RetrieveCall, CallState.HELD),
    about_a_call(
        c.EndCall, CallState.TALKING, CallState.HELD, why=st.just(EndReason.AGENT_HUNG_UP)
    ),
    about_an_agent(c.FinishWrapUp, AgentState.WRAP_UP),
    st.builds(expire_wrap_up, indices),
)
seldom = st.one_of(
    about_a_call(c.EndCall, why=st.sampled_from(EndReason)),
    about_an_agent(c.LogOut),
    about_an_agent(c.GoReady),
    about_an_agent(c.GoNotReady, reason=st.sampled_from(NotReadyReason)),
    about_an_agent(
        c.SetReachable,
        desktop=st.sampled_from([True, True, False]),
        phone=st.sampled_from([True, True, False]),
    ),
    about_a_call(c.StartCall, ani=st.just("+12025550100"), dnis=st.just("100")),
    about_an_offer(c.ExpireOffer, CallState.OFFERED),
    about_an_offer(c.RefuseOffer, CallState.OFFERED),
    about_an_offer(c.FailOffer, CallState.OFFERED, CallState.TALKING, why=failures),
    about_an_agent(c.ExtendWrapUp, AgentState.WRAP_UP, more=st.just(timedelta(seconds=20))),
    st.builds(define, st.builds(c.DefineAgent, agent=st.sampled_from(PROFILES))),
    st.builds(define, st.builds(c.DefineQueue, queue=st.sampled_from(PROFILE_OF_QUEUE))),
)
quiet = st.builds(carry_on, st.integers(0, 99), st.sampled_from(QUEUES))
gaps = st.sampled_from([0.0, 0.0, 0.001, 1.0, 7.5, 40.0, 1900.0])
steps = st.tuples(gaps, st.one_of(quiet, quiet, quiet, usual, calls_go_on, seldom))
days = st.one_of(st.lists(steps, max_size=10), st.lists(steps, min_size=30, max_size=90))


def opened() -> tuple[Floor, list[e.Event]]:
    """Return a floor with queues, two agents ready and two signed out, and its events."""
    floor, log = Floor(), []
    commands: list[c.Command] = [c.DefineQueue(queue=PROFILE_OF_QUEUE[n]) for n in (0, 2)]
    commands += [c.DefineAgent(agent=profile) for profile in PROFILES[:4]]
    commands += [c.SetReachable(agent=agent, desktop=True, phone=True) for agent in AGENTS]
    commands += [c.LogIn(agent=agent) for agent in AGENTS[:2]]
    commands += [c.GoReady(agent=agent) for agent in AGENTS[:2]]
    commands += [c.StartCall(call=call, ani="", dnis="100") for call in CALLS]
    for command in commands:
        for event in floor.decide(command, NINE):
            floor.evolve(event)
            log.append(event)
    return floor, log


def able(agent: Agent, call: Call) -> bool:
    assert call.queue is not None
    free = agent.state is AgentState.READY and agent.reachable
    return free and agent.serves(call.queue) and holds(agent.profile.skills, call.needs)


def in_order(floor: Floor, queue: QueueId) -> list[Call]:
    ageing = floor.queue(queue).ageing

    def order(call: Call) -> tuple[bool, float, datetime, CallId]:
        assert call.queued_at is not None
        minutes = ageing * micros(call.queued_at) / 60_000_000
        return (not call.at_head, minutes - call.priority, call.queued_at, call.id)

    waiting = [one for one in floor.live_calls() if one.state is CallState.QUEUED]
    return sorted((one for one in waiting if one.queue == queue), key=order)


def check_offer(floor: Floor, offer: e.CallOffered) -> None:
    """Compare an offer with what looking at everybody would choose."""
    call = floor.call(offer.call)
    ranked = sorted((a for a in floor.agents() if able(a, call)), key=lambda a: a.rank_key)
    chosen = floor.agent(offer.agent)
    better = ranked.index(chosen)
    assert better == 0 or offer.offer == rung_for(offer.call)
    others = [(agent.id, "ranked_lower") for agent in ranked if agent is not chosen]
    others[:better] = [(agent.id, "named_later") for agent in ranked[:better]]
    shown = [(one.agent, one.passed_over) for one in offer.decision.candidates]
    assert shown[: len(ranked)] == [(chosen.id, ""), *others]
    assert offer.decision.counts.get("named_later", 0) == better
    assert offer.decision.counts.get("ranked_lower", 0) == len(others) - better
    here = sum(a.signed_in for a in floor.agents())
    # An agent who leaves in the same breath is still in the record of what was seen.
    assert sum(offer.decision.counts.values()) in (here - 1, here)
    assert len(shown) == sum(offer.decision.counts.values()) + 1
    heads = []
    for queue in floor.queues():
        mine = [one for one in in_order(floor, queue.id) if able(chosen, one)]
        heads += [(-score(queue, one, offer.at), one.queued_at, one.id) for one in mine[:1]]
    assert offer.call == min(heads)[2]
    assert offer.decision.queue_length == len(in_order(floor, offer.queue))


def rung_for(call: CallId) -> OfferId:
    return OfferId(f"{call}~0")


def check_rung(floor: Floor, command: c.Command, events: list[e.Event]) -> None:
    """Who is rung already has the call if she can; else her phone is told so, first and once."""
    rung = command.rung if isinstance(command, c.EnqueueCall) else None
    taken = [one for one in events if isinstance(one, e.CallQueued)]
    offers = [one for one in events if isinstance(one, e.CallOffered)]
    ends = [one for one in events if isinstance(one, e.OfferEnded)]
    late = [one for one in ends if one.reason is OfferEnd.TOO_LATE]
    if rung is None or not taken:
        assert late == []
        assert not [one for one in offers if one.offer == rung_for(one.call)]
        return
    (queued,) = taken
    call = replace(floor.call(queued.call), queue=queued.queue, needs=queued.needs)
    if floor.has_agent(rung) and able(floor.agent(rung), call):
        (offer,) = offers
        assert (offer.offer, offer.agent) == (rung_for(call.id), rung)
        assert late == []
    else:
        assert events[:2] == [*late, queued]
        assert (late[0].call, late[0].agent, late[0].offer) == (call.id, rung, rung_for(call.id))
        assert all(offer.agent != rung for offer in offers)


def check_floor(floor: Floor, ended: dict[CallId, Call]) -> None:
    """Check what must hold after every command."""
    live = {call.id: call for call in floor.live_calls()}
    with_agent = [one for one in live.values() if one.agent is not None]
    assert len({one.agent for one in with_agent}) == len(with_agent)  # I3
    for call in with_agent:
        agent = floor.agent(AgentId(str(call.agent)))
        ringing = call.state is CallState.OFFERED
        assert agent.state is (AgentState.RESERVED if ringing else AgentState.TALKING)
        assert (agent.call, agent.offer, agent.queue) == (call.id, call.offer, call.queue)
    for agent in floor.agents():
        if agent.state in (AgentState.RESERVED, AgentState.TALKING):
            assert agent.call in live  # I4
        if not agent.at_work:
            assert (agent.call, agent.offer, agent.queue, agent.next_state) == (None,) * 4
        assert (agent.wrap_up_due is not None) == (agent.state is AgentState.WRAP_UP)
        assert (agent.reason is not None) == (agent.state is AgentState.NOT_READY)
    for queue in floor.queues():
        waiting = in_order(floor, queue.id)
        assert floor.waiting(queue.id) == waiting
        assert [floor.position(one.id) for one in waiting] == list(range(1, len(waiting) + 1))
        assert not [1 for call in waiting for agent in floor.agents() if able(agent, call)]
        free = [a for a in floor.agents() if a.standing is Standing.AVAILABLE]
        serving = [a for a in free if a.serves(queue.id)]
        ranked = floor.ranking.ranked(queue.id, (), 9)
        assert ranked == [a.id for a in sorted(serving, key=lambda a: a.rank_key)]
        fit = [a for a in serving if holds(a.profile.skills, queue.needs)]
        assert floor.standings(queue.id)[Standing.AVAILABLE] == len(fit)
        named = [a.id for a in sorted(fit, key=lambda a: a.rank_key)]
        assert floor.next_for(queue.id, NINE, 9) == named
        assert floor.next_for(queue.id, NINE, 2) == named[:2]
    for name, call in ended.items():
        assert floor.call(name) == call  # ended is final
        assert name not in live


@given(days)
@settings(max_examples=100, deadline=None)
def test_no_sequence_of_commands_breaks_the_floor(day: list[tuple[float, Step]]) -> None:
    floor, log = opened()
    now, ended = NINE, dict[CallId, Call]()
    for gap, step in day:
        now += timedelta(seconds=gap)
        before = floor.snapshot()
        try:
            events = floor.decide(step(floor), now)
            assert floor.decide(step(floor), now) == events
            check_rung(floor, step(floor), events)
        except UnknownAgent:
            raise  # only a phone that rings may be of nobody the floor knows
        except Refused:
            events = []
        assert floor.snapshot() == before  # deciding changes nothing
        for event in events:
            if isinstance(event, e.CallOffered):
                check_offer(floor, event)
            floor.evolve(event)
            if isinstance(event, e.OfferEnded) and event.reason is OfferEnd.TOO_LATE:
                assert floor.snapshot() == before
            if isinstance(event, e.CallEnded):
                ended[event.call] = floor.call(event.call)
        log += events
        check_floor(floor, ended)
    check_replay(floor, log)
    check_offers(log)
    check_figures(log)


def check_replay(floor: Floor, log: list[e.Event]) -> None:
    """Replay the journal as it would be read from disk, and restore a stored snapshot."""
    replayed = Floor()
    for event in log:
        stored = msgspec.json.encode(event)
        replayed.evolve(msgspec.json.decode(stored, type=type(event)))
    assert replayed.snapshot() == floor.snapshot()
    stored = msgspec.json.encode(floor.snapshot())
    restored = Floor.restore(msgspec.json.decode(stored, type=FloorSnapshot))
    assert restored.snapshot() == floor.snapshot()
    for queue in floor.queues():
        assert restored.waiting(queue.id) == floor.waiting(queue.id)
        assert restored.ranking.ranked(queue.id, (), 9) == floor.ranking.ranked(queue.id, (), 9)


def check_offers(log: list[e.Event]) -> None:
    """No offer has the id of another, nor of a phone that was rung too late; each ends once."""
    made = [event.offer for event in log if isinstance(event, e.CallOffered)]
    ends = [event for event in log if isinstance(event, e.OfferEnded)]
    late = [event.offer for event in ends if event.reason is OfferEnd.TOO_LATE]
    assert len({*made, *late}) == len(made) + len(late)
    assert len({event.offer for event in ends}) == len(ends)


def check_figures(log: list[e.Event]) -> None:
    """Recount the day from the list of events, call by call, and compare."""
    metrics = Metrics()
    for event in log:
        metrics.fold(event)
    profiles = {QueueId("q"): PROFILE_OF_QUEUE[0], QueueId("sales"): PROFILE_OF_QUEUE[2]}
    ends = [event for event in log if isinstance(event, e.CallEnded)]
    answers = [event for event in log if isinstance(event, e.CallConnected)]
    for queue, profile in profiles.items():
        mine = [answer for answer in answers if answer.queue == queue]
        lost = [
            end for end in ends if end.queue == queue and end.outcome.value == "abandoned_in_queue"
        ]
        talked = [end for end in ends if end.offer in {answer.offer for answer in mine}]
        day: QueueDay = metrics.queue(queue)
        assert day.offered == sum(
            isinstance(event, e.CallQueued) and event.queue == queue and not event.again
            for event in log
        )
        assert day.answered == len(mine)
        assert day.waited == sum((answer.waited for answer in mine), timedelta(0))
        assert day.answered_within == sum(one.waited <= profile.answer_within for one in mine)
        assert day.short_abandoned == sum(one.waited < profile.short_abandon for one in lost)
        assert day.abandoned + day.short_abandoned == len(lost)
        assert day.handled == len(talked)
        assert day.talk == sum((end.talked for end in talked), timedelta(0))
        assert day.hold == sum((end.held for end in talked), timedelta(0))
    missed = Counter(
        event.agent
        for event in log
        if isinstance(event, e.OfferEnded)
        and event.reason not in (OfferEnd.CALLER_GONE, OfferEnd.TOO_LATE)
    )
    assert all(metrics.agent(agent, NINE).missed == missed[agent] for agent in AGENTS)
    handled = sum(metrics.agent(agent, NINE).handled for agent in AGENTS)
    assert handled == sum(metrics.queue(queue).handled for queue in profiles)


@given(days, days)
@settings(max_examples=30, deadline=None)
def test_a_restored_floor_decides_as_the_old_one(
    first: list[tuple[float, Step]], then: list[tuple[float, Step]]
) -> None:
    floor, _ = opened()
    now = run(floor, first, NINE)
    other = Floor.restore(floor.snapshot())

    assert run(floor, then, now) == run(other, then, now)
    assert floor.snapshot() == other.snapshot()


@given(days, st.sampled_from(QUEUES), st.booleans())
@settings(max_examples=60, deadline=None)
def test_those_named_beforehand_are_whom_the_next_callers_get(
    day: list[tuple[float, Step]], queue: QueueId, rung: bool
) -> None:
    floor, now, named = named_after(day, queue)

    for number, agent in enumerate(named):
        call = CallId(f"next{number}")
        offers = ring(floor, call, queue, agent if rung else None, now)
        assert [(one.agent, one.offer) for one in offers] == [(agent, f"{call}~{0 if rung else 1}")]
    assert floor.next_for(queue, now, 9) == []


@given(days, st.sampled_from(QUEUES), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_each_of_those_named_has_her_caller_in_whatever_order_they_are_rung(
    day: list[tuple[float, Step]], queue: QueueId, rng: Random
) -> None:
    floor, now, named = named_after(day, queue)
    left = list(named)

    for number, agent in enumerate(rng.sample(named, len(named))):
        (offer,) = ring(floor, CallId(f"next{number}"), queue, agent, now)
        assert offer.agent == agent
        assert offer.decision.counts.get("named_later", 0) == left.index(agent)
        left.remove(agent)


def named_after(
    day: list[tuple[float, Step]], queue: QueueId
) -> tuple[Floor, datetime, list[AgentId]]:
    """Return the floor after a day, the time, and who is named for the queue's next callers."""
    floor, _ = opened()
    now = run(floor, day, NINE)
    return floor, now, floor.next_for(queue, now, 9)


def ring(
    floor: Floor, call: CallId, queue: QueueId, rung: AgentId | None, now: datetime
) -> list[e.CallOffered]:
    """Let one more caller come, who asks for no more than the queue."""
    events: list[e.Event] = []
    for command in (
        c.StartCall(call=call, ani="", dnis="100"),
        c.EnqueueCall(call=call, queue=queue, rung=rung),
    ):
        for event in floor.decide(command, now):
            floor.evolve(event)
            events.append(event)
    return [event for event in events if isinstance(event, e.CallOffered)]


def run(floor: Floor, day: list[tuple[float, Step]], now: datetime) -> datetime:
    for gap, step in day:
        now += timedelta(seconds=gap)
        try:
            events = floor.decide(step(floor), now)
        except Refused:
            continue
        for event in events:
            floor.evolve(event)
    return now

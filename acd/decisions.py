"""What each command leads to: pure functions from floor, command and instant to events.

They read the floor and change nothing. Every one of them either returns the events (none when
there is nothing to do) or raises a ``Refused``.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from acd import commands as c
from acd import events as e
from acd.agent import Agent, AgentState, AgentTrigger
from acd.call import NOTHING, OUTCOMES, Call, CallState, CallTrigger
from acd.evolution import queued
from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.machine import BadValue, IllegalTransition, OfferGone, WrapUpTooLong, sure
from acd.match import RUNG_ALREADY, best_call
from acd.ranking import Standing
from acd.reasons import EndReason, NotReadyReason, OfferEnd
from acd.skills import HIGHEST_LEVEL, LOWEST_LEVEL, holds, merged
from acd.values import changed

if TYPE_CHECKING:
    from acd.floor import Floor

Events = list[e.Event]

_NOT_READY_AFTER: Final[Mapping[OfferEnd, NotReadyReason]] = {
    OfferEnd.RONA: NotReadyReason.RONA,
    OfferEnd.REFUSED: NotReadyReason.REFUSED,
    OfferEnd.PHONE_UNREACHABLE: NotReadyReason.UNREACHABLE,
    OfferEnd.PHONE_FORWARDED: NotReadyReason.PHONE_FORWARDED,
    OfferEnd.LEG_LOST: NotReadyReason.PHONE_FAILED,
}


# --- settings -------------------------------------------------------------------------------------


def define_queue(floor: "Floor", command: c.DefineQueue, now: datetime) -> Events:
    """Take the queue's settings, if they make sense and are new."""
    queue = command.queue
    spans = (
        queue.ring_for,
        queue.wrap_up_for,
        queue.wrap_up_at_most,
        queue.answer_within,
        queue.short_abandon,
    )
    if min(spans) < NOTHING or queue.ring_for == NOTHING:
        raise BadValue(f"queue {queue.id}: times must not be negative, nor ring_for zero")
    if not (isfinite(queue.priority) and isfinite(queue.ageing) and queue.ageing >= 0):
        raise BadValue(f"queue {queue.id}: priority must be a number and ageing at least 0")
    _check_levels(f"queue {queue.id}", {need.skill: need.level for need in queue.needs})
    if floor.has_queue(queue.id) and floor.queue(queue.id) == queue:
        return []
    return [e.QueueDefined(at=now, queue=queue)]


def define_agent(floor: "Floor", command: c.DefineAgent, now: datetime) -> Events:
    """Take the agent's profile; new skills may fit a call that waits."""
    profile = command.agent
    _check_levels(f"agent {profile.id}", profile.skills)
    if not floor.has_agent(profile.id):
        return [e.AgentDefined(at=now, agent=profile)]
    agent = floor.agent(profile.id)
    if agent.profile == profile:
        return []
    defined = e.AgentDefined(at=now, agent=profile)
    return [defined, *_call_for(floor, changed(agent, profile=profile), now)]


# --- agents ---------------------------------------------------------------------------------------


def log_in(floor: "Floor", command: c.LogIn, now: datetime) -> Events:
    """Sign in; who asked to be signed out after her call, stays in, not ready."""
    agent = floor.agent(command.agent)
    if not agent.signed_in:
        return [e.AgentLoggedIn(at=now, agent=agent.id)]
    if not agent.log_out_next:
        return []
    reason = NotReadyReason.JUST_LOGGED_IN
    return [e.AgentNotReady(at=now, agent=agent.id, reason=reason, pending=True)]


def log_out(floor: "Floor", command: c.LogOut, now: datetime) -> Events:
    """Sign out now, or after the call."""
    agent = floor.agent(command.agent)
    if not agent.signed_in or agent.log_out_next:
        return []
    if agent.at_work:
        return [e.LogOutAsked(at=now, agent=agent.id, by=command.by)]
    return [e.AgentLoggedOut(at=now, agent=agent.id, by=command.by)]


def go_ready(floor: "Floor", command: c.GoReady, now: datetime) -> Events:
    """Become ready; in a call, take back the wish to stop; in wrap-up, finish it."""
    agent = floor.agent(command.agent)
    if agent.state is AgentState.READY:
        return []
    if agent.state is AgentState.WRAP_UP:
        return [_wrapped_up(agent, now, ""), *_ready(floor, agent, now, by=command)]
    if agent.at_work:
        wishes = agent.next_state is not None
        back = e.AgentReady(at=now, agent=agent.id, by=command.by, pending=True)
        return [back] if wishes else []
    return _ready(floor, agent, now, by=command)


def go_not_ready(floor: "Floor", command: c.GoNotReady, now: datetime) -> Events:
    """Become not ready, or from the end of the call on."""
    agent, reason = floor.agent(command.agent), command.reason
    if agent.at_work:
        if agent.not_ready_next is reason:
            return []
    elif agent.state is AgentState.NOT_READY and agent.reason is reason:
        return []
    else:
        agent.target(AgentTrigger.GO_NOT_READY)
    return [
        e.AgentNotReady(at=now, agent=agent.id, reason=reason, by=command.by, pending=agent.at_work)
    ]


def set_reachable(floor: "Floor", command: c.SetReachable, now: datetime) -> Events:
    """Note what is connected; a phone that went away cannot answer the call that rings it.

    Who was set aside for that alone is ready again when she can be reached again.
    """
    agent = floor.agent(command.agent)
    if (agent.desktop, agent.phone) == (command.desktop, command.phone):
        return []
    told = e.ReachableChanged(at=now, agent=agent.id, desktop=command.desktop, phone=command.phone)
    if agent.state is AgentState.RESERVED and not command.phone:
        call = floor.call(sure(agent.call))
        return [told, *_withdraw(floor, call, OfferEnd.PHONE_UNREACHABLE, now)]
    after = changed(agent, desktop=command.desktop, phone=command.phone)
    if agent.reason is NotReadyReason.UNREACHABLE and after.reachable:
        return [told, *_ready(floor, after, now)]
    return [told, *_call_for(floor, after, now)]


def finish_wrap_up(floor: "Floor", command: c.FinishWrapUp, now: datetime) -> Events:
    """End the after-call work and go on as asked, by default ready."""
    agent = _in_wrap_up(floor.agent(command.agent), "finish_wrap_up")
    return [_wrapped_up(agent, now, command.disposition), *_free(floor, agent, now)]


def extend_wrap_up(floor: "Floor", command: c.ExtendWrapUp, now: datetime) -> Events:
    """Move the end of the wrap-up, at most to its limit."""
    agent = _in_wrap_up(floor.agent(command.agent), "extend_wrap_up")
    if command.more <= NOTHING:
        raise BadValue("a wrap-up can only be extended by a positive time")
    limit = floor.wrap_up_limit(agent)
    due = min(max(sure(agent.wrap_up_due), now) + command.more, limit)
    if due <= sure(agent.wrap_up_due):
        raise WrapUpTooLong(
            f"the wrap-up of agent {agent.id} has its whole time; finish it, or go on later"
        )
    return [e.WrapUpExtended(at=now, agent=agent.id, call=sure(agent.call), due=due)]


def expire_wrap_up(floor: "Floor", command: c.ExpireWrapUp, now: datetime) -> Events:
    """End the wrap-up if it is still this call's and was not extended."""
    agent = floor.agent(command.agent)
    if agent.state is not AgentState.WRAP_UP or agent.call != command.call:
        return []
    due = sure(agent.wrap_up_due)
    if now < due:
        return []
    # It ended when it was due, though a daemon that was down may learn of it only now.
    return [_wrapped_up(agent, due, ""), *_free(floor, agent, now)]


# --- calls ----------------------------------------------------------------------------------------


def start_call(floor: "Floor", command: c.StartCall, now: datetime) -> Events:
    """Take in a caller, once."""
    if floor.has_call(command.call):
        return []
    return [e.CallStarted(at=now, call=command.call, ani=command.ani, dnis=command.dnis)]


def enqueue_call(floor: "Floor", command: c.EnqueueCall, now: datetime) -> Events:
    """Let the call wait and ring the best agent, unless the queue is closed or full."""
    call, line = floor.call(command.call), floor.line(command.queue)
    if call.waits and call.queue == command.queue:
        return []
    call.target(CallTrigger.ENQUEUE)
    _check_levels(f"call {call.id}", {need.skill: need.level for need in command.needs})
    if not isfinite(command.priority):
        raise BadValue(f"call {call.id}: priority must be a number of minutes")
    queue = line.profile
    needs = merged(queue.needs, command.needs)
    if not queue.hours.is_open(now):
        return [_ended(call, EndReason.CLOSED, now, queue=queue.id)]
    full = queue.max_waiting is not None and len(line) >= queue.max_waiting
    if full and floor.ranking.pick(queue.id, needs) is None:
        return [_ended(call, EndReason.QUEUE_FULL, now, queue=queue.id)]
    ticket = line.ticket(call.id, now, command.priority, at_head=False)
    event = e.CallQueued(
        at=now,
        call=call.id,
        queue=queue.id,
        needs=needs,
        priority=command.priority,
        language=command.language,
        position=line.position_of(ticket),
    )
    waits = queued(call, event)
    if command.rung is not None and _may_have(floor, waits, command.rung):
        return [event, _offer(floor, waits, command.rung, now, rung=True)]
    too_late = _too_late(call.id, command.rung, now) if command.rung is not None else []
    return [*too_late, event, *_agent_for(floor, waits, now)]


def accept_offer(floor: "Floor", command: c.AcceptOffer, now: datetime) -> Events:
    """Join caller and agent."""
    call = _call_of(floor, command.offer)
    if call is None:
        raise OfferGone(f"offer {command.offer} has ended", offer=command.offer)
    if call.with_agent:
        return []
    return [
        e.CallConnected(
            at=now,
            call=call.id,
            offer=command.offer,
            agent=sure(call.agent),
            queue=sure(call.queue),
            waited=call.waited(now),
        )
    ]


def refuse_offer(floor: "Floor", command: c.RefuseOffer, now: datetime) -> Events:
    """Take the call from the agent who declined it."""
    call = _call_of(floor, command.offer)
    if call is None or call.state is not CallState.OFFERED:
        raise OfferGone(f"offer {command.offer} has ended", offer=command.offer)
    return _withdraw(floor, call, OfferEnd.REFUSED, now)


def expire_offer(floor: "Floor", command: c.ExpireOffer, now: datetime) -> Events:
    """RONA, unless the offer ended just before."""
    call = _call_of(floor, command.offer)
    if call is None or call.state is not CallState.OFFERED:
        return []
    return _withdraw(floor, call, OfferEnd.RONA, now)


def fail_offer(floor: "Floor", command: c.FailOffer, now: datetime) -> Events:
    """Take the call from a phone that failed; one who answered has it for good."""
    call = _call_of(floor, command.offer)
    if call is None or call.state is not CallState.OFFERED:
        return []
    return _withdraw(floor, call, OfferEnd(command.why.value), now)


def hold_call(floor: "Floor", command: c.HoldCall, now: datetime) -> Events:
    """Put the caller on hold."""
    call = floor.call(command.call)
    if call.state is CallState.HELD:
        return []
    call.target(CallTrigger.HOLD)
    return [e.CallHeld(at=now, call=call.id, agent=sure(call.agent))]


def retrieve_call(floor: "Floor", command: c.RetrieveCall, now: datetime) -> Events:
    """Take the caller off hold."""
    call = floor.call(command.call)
    if call.state is CallState.TALKING:
        return []
    call.target(CallTrigger.RETRIEVE)
    return [e.CallRetrieved(at=now, call=call.id, agent=sure(call.agent))]


def end_call(floor: "Floor", command: c.EndCall, now: datetime) -> Events:
    """End the call wherever it is, and let its agent wrap up or go back to ready."""
    call = floor.call(command.call)
    if call.state is CallState.ENDED:
        return []
    ended = _ended(call, command.why, now, queue=call.queue)
    if call.agent is None:
        return [ended]
    agent = floor.agent(call.agent)
    if not call.with_agent:
        gone = _offer_ended(call, OfferEnd.CALLER_GONE, now)
        return [gone, ended, *_free(floor, agent, now)]
    queue = sure(call.queue)
    wrap_up_for = floor.queue(queue).wrap_up_for
    if wrap_up_for == NOTHING:
        return [ended, *_free(floor, agent, now)]
    started = e.WrapUpStarted(
        at=now, agent=agent.id, call=call.id, queue=queue, due=now + wrap_up_for
    )
    return [ended, started]


# --- shared ---------------------------------------------------------------------------------------


def _check_levels(subject: str, levels: Mapping[Any, int]) -> None:
    for skill, level in levels.items():
        if not LOWEST_LEVEL <= level <= HIGHEST_LEVEL:
            raise BadValue(f"{subject}: level {level} of skill {skill} is not 1 to 5", skill=skill)


def _in_wrap_up(agent: Agent, trigger: str) -> Agent:
    if agent.state is not AgentState.WRAP_UP:
        raise IllegalTransition(
            f"agent {agent.id} is {agent.state.value}: {trigger} is not possible now",
            subject=f"agent {agent.id}",
            state=agent.state.value,
            trigger=trigger,
        )
    return agent


def _call_of(floor: "Floor", offer: OfferId) -> Call | None:
    """Return the live call whose current offer this is."""
    call = CallId(offer.rpartition("~")[0])
    found = floor.call(call) if floor.has_call(call) else None
    if found is None or found.state is CallState.ENDED or found.offer != offer:
        return None
    return found


def _wrapped_up(agent: Agent, now: datetime, disposition: str) -> e.WrapUpFinished:
    return e.WrapUpFinished(
        at=now,
        agent=agent.id,
        call=sure(agent.call),
        queue=sure(agent.queue),
        disposition=disposition,
        lasted=max(now - agent.since, timedelta(0)),
    )


def _ready(floor: "Floor", agent: Agent, now: datetime, *, by: c.GoReady | None = None) -> Events:
    """Make the agent ready and give her the best waiting call."""
    after = agent.on(AgentTrigger.GO_READY, at=now)
    ready = e.AgentReady(at=now, agent=agent.id, by=by.by if by else None)
    return [ready, *_call_for(floor, after, now)]


def _free(floor: "Floor", agent: Agent, now: datetime) -> Events:
    """Let the agent leave her work for what she asked for, by default ready."""
    if agent.log_out_next:
        return [e.AgentLoggedOut(at=now, agent=agent.id, by=agent.next_by)]
    if agent.not_ready_next is not None:
        reason = agent.not_ready_next
        return [e.AgentNotReady(at=now, agent=agent.id, reason=reason, by=agent.next_by)]
    return _ready(floor, agent, now)


def _call_for(floor: "Floor", agent: Agent, now: datetime) -> Events:
    """Offer an agent, as she is after the events before, the best call she can take."""
    if agent.standing is not Standing.AVAILABLE:
        return []
    call = best_call(agent, floor.waiting_lines(), floor.call, now)
    if call is None:
        return []
    line = floor.line(sure(call.queue))
    return [floor.matcher.offer(call, line, agent, at=now, waiting=len(line))]


def _agent_for(floor: "Floor", call: Call, now: datetime, resting: AgentId | None = None) -> Events:
    """Offer a call, as it is after the events before, to the best agent."""
    chosen = floor.ranking.pick(sure(call.queue), call.needs)
    return [] if chosen is None else [_offer(floor, call, chosen, now, resting=resting)]


def _offer(
    floor: "Floor",
    call: Call,
    chosen: AgentId,
    now: datetime,
    *,
    rung: bool = False,
    resting: AgentId | None = None,
) -> e.CallOffered:
    """Offer a call that does not stand in its line yet."""
    line = floor.line(sure(call.queue))
    agent = floor.agent(chosen)
    return floor.matcher.offer(
        call, line, agent, at=now, waiting=len(line) + 1, rung=rung, resting=resting
    )


def _may_have(floor: "Floor", call: Call, rung: AgentId) -> bool:
    """Tell whether an agent whose phone rings already is free, and fit, for the call."""
    if not floor.has_agent(rung):
        return False
    agent = floor.agent(rung)
    fits = agent.serves(sure(call.queue)) and holds(agent.profile.skills, call.needs)
    return fits and agent.standing is Standing.AVAILABLE


def _too_late(call: CallId, rung: AgentId, now: datetime) -> Events:
    """Tell that the phone that rings already must not: the caller is to be taken from it."""
    offer, reason = OfferId(f"{call}~{RUNG_ALREADY}"), OfferEnd.TOO_LATE
    return [e.OfferEnded(at=now, call=call, offer=offer, agent=rung, reason=reason)]


def _offer_ended(call: Call, why: OfferEnd, now: datetime) -> e.OfferEnded:
    offer, agent = sure(call.offer), sure(call.agent)
    return e.OfferEnded(at=now, call=call.id, offer=offer, agent=agent, reason=why)


def _withdraw(floor: "Floor", call: Call, why: OfferEnd, now: datetime) -> Events:
    """Take the call from an agent, who rests, and let it wait at the head for another."""
    agent, line = floor.agent(sure(call.agent)), floor.line(sure(call.queue))
    rest: e.Event = (
        e.AgentLoggedOut(at=now, agent=agent.id, by=agent.next_by)
        if agent.log_out_next
        else e.AgentNotReady(
            at=now,
            agent=agent.id,
            reason=agent.not_ready_next or _NOT_READY_AFTER[why],
            by=agent.next_by,
        )
    )
    ticket = line.ticket(call.id, sure(call.queued_at), call.priority, at_head=True)
    again = e.CallQueued(
        at=now,
        call=call.id,
        queue=line.profile.id,
        needs=call.needs,
        priority=call.priority,
        language=call.language,
        position=line.position_of(ticket),
        again=True,
    )
    offered = _agent_for(floor, queued(call, again), now, resting=agent.id)
    return [_offer_ended(call, why, now), rest, again, *offered]


def _ended(call: Call, why: EndReason, now: datetime, *, queue: QueueId | None) -> e.CallEnded:
    return e.CallEnded(
        at=now,
        call=call.id,
        outcome=OUTCOMES[call.state][why],
        why=why,
        queue=queue,
        agent=call.agent,
        offer=call.offer,
        waited=call.waited(now),
        talked=call.talked(now),
        held=call.held(now),
    )


DECISIONS: Final[Mapping[type[Any], Callable[["Floor", Any, datetime], Events]]] = {
    c.DefineQueue: define_queue,
    c.DefineAgent: define_agent,
    c.LogIn: log_in,
    c.LogOut: log_out,
    c.GoReady: go_ready,
    c.GoNotReady: go_not_ready,
    c.SetReachable: set_reachable,
    c.StartCall: start_call,
    c.EnqueueCall: enqueue_call,
    c.AcceptOffer: accept_offer,
    c.RefuseOffer: refuse_offer,
    c.ExpireOffer: expire_offer,
    c.FailOffer: fail_offer,
    c.HoldCall: hold_call,
    c.RetrieveCall: retrieve_call,
    c.EndCall: end_call,
    c.FinishWrapUp: finish_wrap_up,
    c.ExtendWrapUp: extend_wrap_up,
    c.ExpireWrapUp: expire_wrap_up,
}

"""How each event changes the floor. Facts are not questioned here: they have happened.

An event changes one agent or one call, never both: what a command did to the other is told by
the other events of the same batch, so a batch is applied and journalled whole or not at all.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from acd import events as e
from acd.agent import Agent, AgentState, AgentTrigger
from acd.call import Call, CallState, CallTrigger
from acd.reasons import NotReadyReason
from acd.values import changed

if TYPE_CHECKING:
    from acd.floor import Floor


def _queue_defined(floor: "Floor", event: e.QueueDefined) -> None:
    floor.put_queue(event.queue)


def _agent_defined(floor: "Floor", event: e.AgentDefined) -> None:
    profile = event.agent
    if floor.has_agent(profile.id):
        floor.put_agent(changed(floor.agent(profile.id), profile=profile))
        return
    floor.put_agent(
        Agent(id=profile.id, profile=profile, state=AgentState.LOGGED_OUT, since=event.at)
    )


def _agent_logged_in(floor: "Floor", event: e.AgentLoggedIn) -> None:
    agent = floor.agent(event.agent)
    reason = NotReadyReason.JUST_LOGGED_IN
    after = agent.on(AgentTrigger.LOG_IN, at=event.at, reason=reason)
    floor.put_agent(changed(after, handled=0))


def _agent_logged_out(floor: "Floor", event: e.AgentLoggedOut) -> None:
    floor.put_agent(floor.agent(event.agent).on(AgentTrigger.LOG_OUT, at=event.at))


def _agent_ready(floor: "Floor", event: e.AgentReady) -> None:
    agent = floor.agent(event.agent)
    if event.pending:
        floor.put_agent(changed(agent, not_ready_next=None, log_out_next=False, next_by=None))
    else:
        floor.put_agent(agent.on(AgentTrigger.GO_READY, at=event.at, by=event.by))


def _agent_not_ready(floor: "Floor", event: e.AgentNotReady) -> None:
    agent = floor.agent(event.agent)
    if event.pending:
        floor.put_agent(
            changed(agent, not_ready_next=event.reason, log_out_next=False, next_by=event.by)
        )
    else:
        floor.put_agent(
            agent.on(AgentTrigger.GO_NOT_READY, at=event.at, reason=event.reason, by=event.by)
        )


def _log_out_asked(floor: "Floor", event: e.LogOutAsked) -> None:
    agent = floor.agent(event.agent)
    floor.put_agent(changed(agent, not_ready_next=None, log_out_next=True, next_by=event.by))


def _reachable_changed(floor: "Floor", event: e.ReachableChanged) -> None:
    agent = floor.agent(event.agent)
    floor.put_agent(changed(agent, desktop=event.desktop, phone=event.phone))


def _call_started(floor: "Floor", event: e.CallStarted) -> None:
    floor.put_call(
        Call(
            id=event.call,
            ani=event.ani,
            dnis=event.dnis,
            state=CallState.IN_IVR,
            since=event.at,
            started_at=event.at,
        )
    )


def queued(call: Call, event: e.CallQueued) -> Call:
    """Return the call as it waits: for the first time, or again at the head."""
    trigger = CallTrigger.REQUEUE if event.again else CallTrigger.ENQUEUE
    return changed(
        call,
        state=call.target(trigger),
        since=event.at,
        queue=event.queue,
        needs=event.needs,
        priority=event.priority,
        language=event.language,
        queued_at=call.queued_at or event.at,
        at_head=event.again,
        offer=None,
        agent=None,
        connected_at=None,
    )


def _call_queued(floor: "Floor", event: e.CallQueued) -> None:
    floor.put_call(queued(floor.call(event.call), event))


def _call_offered(floor: "Floor", event: e.CallOffered) -> None:
    call, agent = floor.call(event.call), floor.agent(event.agent)
    floor.put_call(
        changed(
            call,
            state=call.target(CallTrigger.OFFER),
            since=event.at,
            offers=call.offers + 1,
            offer=event.offer,
            agent=event.agent,
        )
    )
    reserved = agent.on(AgentTrigger.RESERVE, at=event.at)
    floor.put_agent(changed(reserved, call=call.id, offer=event.offer, queue=event.queue))


def _call_connected(floor: "Floor", event: e.CallConnected) -> None:
    call, agent = floor.call(event.call), floor.agent(event.agent)
    floor.put_call(
        changed(call, state=call.target(CallTrigger.CONNECT), since=event.at, connected_at=event.at)
    )
    talking = agent.on(AgentTrigger.CONNECT, at=event.at)
    floor.put_agent(changed(talking, handled=agent.handled + 1))


def _call_held(floor: "Floor", event: e.CallHeld) -> None:
    call = floor.call(event.call)
    floor.put_call(changed(call, state=call.target(CallTrigger.HOLD), since=event.at))


def _call_retrieved(floor: "Floor", event: e.CallRetrieved) -> None:
    call = floor.call(event.call)
    floor.put_call(
        changed(
            call,
            state=call.target(CallTrigger.RETRIEVE),
            since=event.at,
            held_for=call.held(event.at),
        )
    )


def _call_ended(floor: "Floor", event: e.CallEnded) -> None:
    call = floor.call(event.call)
    floor.put_call(
        changed(
            call,
            state=call.target(CallTrigger.END),
            since=event.at,
            queue=event.queue,
            held_for=event.held,
            ended_at=event.at,
            outcome=event.outcome,
            why=event.why,
        )
    )


def _wrap_up_started(floor: "Floor", event: e.WrapUpStarted) -> None:
    agent = floor.agent(event.agent).on(AgentTrigger.WRAP_UP, at=event.at)
    floor.put_agent(changed(agent, wrap_up_due=event.due))


def _wrap_up_extended(floor: "Floor", event: e.WrapUpExtended) -> None:
    floor.put_agent(changed(floor.agent(event.agent), wrap_up_due=event.due))


def _no_change(floor: "Floor", event: e.OfferEnded | e.WrapUpFinished) -> None:
    """What agent and call do next is told by the next events."""


EVOLUTIONS: Final[Mapping[type[Any], Callable[["Floor", Any], None]]] = {
    e.QueueDefined: _queue_defined,
    e.AgentDefined: _agent_defined,
    e.AgentLoggedIn: _agent_logged_in,
    e.AgentLoggedOut: _agent_logged_out,
    e.AgentReady: _agent_ready,
    e.AgentNotReady: _agent_not_ready,
    e.LogOutAsked: _log_out_asked,
    e.ReachableChanged: _reachable_changed,
    e.CallStarted: _call_started,
    e.CallQueued: _call_queued,
    e.CallOffered: _call_offered,
    e.OfferEnded: _no_change,
    e.CallConnected: _call_connected,
    e.CallHeld: _call_held,
    e.CallRetrieved: _call_retrieved,
    e.CallEnded: _call_ended,
    e.WrapUpStarted: _wrap_up_started,
    e.WrapUpExtended: _wrap_up_extended,
    e.WrapUpFinished: _no_change,
}

"""One call: the caller's whole visit, a value replaced at every step."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.machine import step
from acd.reasons import EndReason, Outcome
from acd.skills import Needs

NOTHING: Final = timedelta(0)


class CallState(StrEnum):
    """Where a call is. It arrives in the IVR: both are one event here."""

    IN_IVR = "in_ivr"
    QUEUED = "queued"
    OFFERED = "offered"
    TALKING = "talking"
    HELD = "held"
    ENDED = "ended"


class CallTrigger(StrEnum):
    """What moves a call on."""

    ENQUEUE = "enqueue"
    OFFER = "offer"
    REQUEUE = "requeue"
    CONNECT = "connect"
    HOLD = "hold"
    RETRIEVE = "retrieve"
    END = "end"


_S, _T = CallState, CallTrigger

CALL_EDGES: Final[Mapping[tuple[CallState, CallTrigger], CallState]] = {
    (_S.IN_IVR, _T.ENQUEUE): _S.QUEUED,
    (_S.QUEUED, _T.OFFER): _S.OFFERED,
    (_S.OFFERED, _T.REQUEUE): _S.QUEUED,  # RONA, refused, failed leg
    (_S.OFFERED, _T.CONNECT): _S.TALKING,
    (_S.TALKING, _T.HOLD): _S.HELD,
    (_S.HELD, _T.RETRIEVE): _S.TALKING,
    (_S.IN_IVR, _T.END): _S.ENDED,
    (_S.QUEUED, _T.END): _S.ENDED,
    (_S.OFFERED, _T.END): _S.ENDED,
    (_S.TALKING, _T.END): _S.ENDED,
    (_S.HELD, _T.END): _S.ENDED,
}

_IVR: Final[Mapping[EndReason, Outcome]] = {
    EndReason.CALLER_HUNG_UP: Outcome.ABANDONED_IN_IVR,
    EndReason.AGENT_HUNG_UP: Outcome.FAILED,
    EndReason.SERVED_BY_IVR: Outcome.SELF_SERVED,
    EndReason.CLOSED: Outcome.CLOSED,
    EndReason.QUEUE_FULL: Outcome.OVERFLOWED,
    EndReason.WAIT_LIMIT: Outcome.OVERFLOWED,
    EndReason.SAFETY_NET: Outcome.OVERFLOWED,
    EndReason.ENGINE_LOST: Outcome.FAILED,
    EndReason.FAILED: Outcome.FAILED,
}
_QUEUE: Final[Mapping[EndReason, Outcome]] = {
    **_IVR,
    EndReason.CALLER_HUNG_UP: Outcome.ABANDONED_IN_QUEUE,
}
_TALK: Final[Mapping[EndReason, Outcome]] = {
    **dict.fromkeys(EndReason, Outcome.COMPLETED),
    EndReason.SAFETY_NET: Outcome.FAILED,
    EndReason.ENGINE_LOST: Outcome.FAILED,
    EndReason.FAILED: Outcome.FAILED,
}
OUTCOMES: Final[Mapping[CallState, Mapping[EndReason, Outcome]]] = {
    CallState.IN_IVR: _IVR,
    CallState.QUEUED: _QUEUE,
    CallState.OFFERED: _QUEUE,
    CallState.TALKING: _TALK,
    CallState.HELD: _TALK,
}
"""How a call counts, from where it was and who or what ended it."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """A caller's visit. ``queued_at`` is the first arrival in the queue and outlives offers.

    ``at_head`` puts a call whose offer failed before all others of its queue. ``offers`` counts
    them and numbers the next. ``connected_at`` is None until an agent talks.
    """

    id: CallId
    ani: str
    dnis: str
    state: CallState
    since: datetime
    started_at: datetime
    queue: QueueId | None = None
    needs: Needs = ()
    priority: float = 0.0
    language: str = ""
    queued_at: datetime | None = None
    at_head: bool = False
    offers: int = 0
    offer: OfferId | None = None
    agent: AgentId | None = None
    connected_at: datetime | None = None
    held_for: timedelta = NOTHING
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    why: EndReason | None = None

    @property
    def with_agent(self) -> bool:
        """Tell whether caller and agent are joined, on hold or not."""
        return self.state in (CallState.TALKING, CallState.HELD)

    @property
    def waits(self) -> bool:
        """Tell whether the caller waits for an agent, rung or not."""
        return self.state in (CallState.QUEUED, CallState.OFFERED)

    def target(self, trigger: CallTrigger) -> CallState:
        """Return the state after ``trigger``, or refuse if no edge allows it."""
        return step(CALL_EDGES, f"call {self.id}", self.state, trigger)

    def waited(self, now: datetime) -> timedelta:
        """Return the time in the queue, ringing included, until an agent or ``now``."""
        if self.queued_at is None:
            return NOTHING
        until = self.connected_at or self.ended_at or now
        return max(until - self.queued_at, NOTHING)

    def held(self, now: datetime) -> timedelta:
        """Return the time on hold so far."""
        running = now - self.since if self.state is CallState.HELD else NOTHING
        return self.held_for + max(running, NOTHING)

    def talked(self, now: datetime) -> timedelta:
        """Return the time with the agent without the time on hold."""
        if self.connected_at is None:
            return NOTHING
        until = self.ended_at or now
        return max(until - self.connected_at - self.held(until), NOTHING)

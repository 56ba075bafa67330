"""One agent: her state, what she wishes next, her reach, and her place in the order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.machine import step
from acd.occupancy import NO_LOAD, Load, Work, micros
from acd.profile import AgentProfile
from acd.ranking import RankKey, Standing
from acd.reasons import NotReadyReason
from acd.values import changed


class AgentState(StrEnum):
    """What an agent is doing. A caller on hold is still ``talking`` here."""

    LOGGED_OUT = "logged_out"
    NOT_READY = "not_ready"
    READY = "ready"
    RESERVED = "reserved"
    TALKING = "talking"
    WRAP_UP = "wrap_up"


class AgentTrigger(StrEnum):
    """What moves an agent on."""

    LOG_IN = "log_in"
    LOG_OUT = "log_out"
    GO_READY = "go_ready"
    GO_NOT_READY = "go_not_ready"
    RESERVE = "reserve"
    CONNECT = "connect"
    WRAP_UP = "wrap_up"


_S, _T = AgentState, AgentTrigger

AGENT_EDGES: Final[Mapping[tuple[AgentState, AgentTrigger], AgentState]] = {
    (_S.LOGGED_OUT, _T.LOG_IN): _S.NOT_READY,
    (_S.NOT_READY, _T.GO_READY): _S.READY,
    (_S.NOT_READY, _T.GO_NOT_READY): _S.NOT_READY,  # another reason
    (_S.NOT_READY, _T.LOG_OUT): _S.LOGGED_OUT,
    (_S.READY, _T.GO_NOT_READY): _S.NOT_READY,
    (_S.READY, _T.LOG_OUT): _S.LOGGED_OUT,
    (_S.READY, _T.RESERVE): _S.RESERVED,
    (_S.RESERVED, _T.CONNECT): _S.TALKING,
    (_S.RESERVED, _T.GO_READY): _S.READY,  # the caller left: nobody's fault
    (_S.RESERVED, _T.GO_NOT_READY): _S.NOT_READY,  # RONA: ring no one twice in a row
    (_S.RESERVED, _T.LOG_OUT): _S.LOGGED_OUT,
    (_S.TALKING, _T.WRAP_UP): _S.WRAP_UP,
    (_S.TALKING, _T.GO_READY): _S.READY,  # a queue without wrap-up
    (_S.TALKING, _T.GO_NOT_READY): _S.NOT_READY,
    (_S.TALKING, _T.LOG_OUT): _S.LOGGED_OUT,
    (_S.WRAP_UP, _T.GO_READY): _S.READY,
    (_S.WRAP_UP, _T.GO_NOT_READY): _S.NOT_READY,
    (_S.WRAP_UP, _T.LOG_OUT): _S.LOGGED_OUT,
}

_WORK: Final[Mapping[AgentState, Work]] = {
    _S.LOGGED_OUT: Work.NONE,
    _S.NOT_READY: Work.NONE,
    _S.READY: Work.READY,
    _S.RESERVED: Work.NONE,
    _S.TALKING: Work.BUSY,
    _S.WRAP_UP: Work.BUSY,
}
_AT_WORK: Final = frozenset({_S.RESERVED, _S.TALKING, _S.WRAP_UP})
_OFF_WORK: Final[Mapping[str, Any]] = {
    "call": None,
    "offer": None,
    "queue": None,
    "wrap_up_due": None,
    "not_ready_next": None,
    "log_out_next": False,
    "next_by": None,
}
_STANDING: Final[Mapping[AgentState, Standing]] = {
    _S.LOGGED_OUT: Standing.OUT,
    _S.NOT_READY: Standing.NOT_READY,
    _S.READY: Standing.AVAILABLE,
    _S.RESERVED: Standing.BUSY,
    _S.TALKING: Standing.BUSY,
    _S.WRAP_UP: Standing.BUSY,
}


@dataclass(frozen=True, kw_only=True)
class Agent:
    """A person who takes calls; a value, replaced on every transition.

    ``not_ready_next`` and ``log_out_next`` are what she asked for during a call; they hold from
    its end. ``by`` and ``next_by`` are the supervisor who set it, or None. ``call`` is the one that
    rings, talks or is wrapped up. ``handled`` counts the calls she answered since she signed in.
    ``idle_since`` survives an offer whose caller left.
    """

    id: AgentId
    profile: AgentProfile
    state: AgentState
    since: datetime
    reason: NotReadyReason | None = None
    by: AgentId | None = None
    desktop: bool = False
    phone: bool = False
    not_ready_next: NotReadyReason | None = None
    log_out_next: bool = False
    next_by: AgentId | None = None
    call: CallId | None = None
    offer: OfferId | None = None
    queue: QueueId | None = None
    wrap_up_due: datetime | None = None
    handled: int = 0
    idle_since: datetime | None = None
    load: Load = NO_LOAD

    @property
    def signed_in(self) -> bool:
        """Tell whether she is signed in."""
        return self.state is not AgentState.LOGGED_OUT

    @property
    def at_work(self) -> bool:
        """Tell whether a call rings her, talks to her or is being wrapped up."""
        return self.state in _AT_WORK

    @property
    def reachable(self) -> bool:
        """Tell whether a call could be shown and rung to her."""
        return self.desktop and self.phone

    @property
    def next_state(self) -> AgentState | None:
        """Return what follows the current call if she asked for it, else None."""
        if self.log_out_next:
            return AgentState.LOGGED_OUT
        return AgentState.NOT_READY if self.not_ready_next is not None else None

    @property
    def occupancy(self) -> float:
        """Return her occupancy as of her last change of state."""
        return self.load.occupancy

    @property
    def standing(self) -> Standing:
        """Return how the ranking sees her."""
        if self.state is AgentState.READY and not self.reachable:
            return Standing.UNREACHABLE
        return _STANDING[self.state]

    @property
    def rank_key(self) -> RankKey:
        """Return her place in the order: least occupied, fewest calls, longest idle, id."""
        idle = 0 if self.idle_since is None else micros(self.idle_since)
        return (self.load.occupancy, self.handled, idle, self.id)

    def serves(self, queue: QueueId) -> bool:
        """Tell whether calls of this queue may come to her."""
        return not self.profile.queues or queue in self.profile.queues

    def target(self, trigger: AgentTrigger) -> AgentState:
        """Return the state after ``trigger``, or refuse if no edge allows it."""
        return step(AGENT_EDGES, f"agent {self.id}", self.state, trigger)

    def on(
        self,
        trigger: AgentTrigger,
        *,
        at: datetime,
        reason: NotReadyReason | None = None,
        by: AgentId | None = None,
    ) -> "Agent":
        """Return the agent after ``trigger``: leaving work also forgets the call and the wishes."""
        state = self.target(trigger)
        return changed(
            self,
            state=state,
            since=at,
            reason=reason,
            by=by,
            load=self.load.turn(_WORK[state], at),
            idle_since=self._idle_from(state, at),
            **({} if state in _AT_WORK else _OFF_WORK),
        )

    def _idle_from(self, state: AgentState, at: datetime) -> datetime | None:
        if state is AgentState.RESERVED:
            return self.idle_since
        if state is not AgentState.READY:
            return None
        return self.idle_since if self.state is AgentState.RESERVED else at

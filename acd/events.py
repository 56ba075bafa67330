"""What happened on the floor: past tense, facts only. Folding them gives back the floor.

Every event carries ``at``, the instant it happened (aware UTC). Events are journalled in this
shape, so a field may be added with a default but never renamed or removed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.profile import AgentProfile, QueueProfile
from acd.reasons import EndReason, NotReadyReason, OfferFailure, Outcome
from acd.skills import Needs


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDefined:
    at: datetime
    queue: QueueProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentDefined:
    at: datetime
    agent: AgentProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLoggedIn:
    at: datetime
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLoggedOut:
    at: datetime
    agent: AgentId
    by: AgentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentReady:
    at: datetime
    agent: AgentId
    by: AgentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentNotReady:
    """The agent takes no calls. While she talks or wraps up it is a wish: ``pending`` is true."""

    at: datetime
    agent: AgentId
    reason: NotReadyReason
    by: AgentId | None = None
    pending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LogOutAsked:
    """She will be signed out when her current work is finished."""

    at: datetime
    agent: AgentId
    by: AgentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachableChanged:
    at: datetime
    agent: AgentId
    desktop: bool
    phone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStarted:
    at: datetime
    call: CallId
    ani: str
    dnis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallQueued:
    """The call waits. ``position`` counts from 1 in its queue. ``again`` after a failed offer."""

    at: datetime
    call: CallId
    queue: QueueId
    needs: Needs
    priority: float
    language: str
    position: int
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One agent looked at for an offer: her ranking key, or why she was passed over.

    ``rank_key`` is (occupancy 0..1, calls handled, idle since as seconds of the epoch, id):
    smaller is better. ``passed_over`` is empty for the chosen one, else one of
    ``busy, not_ready, unreachable, lacks:<skill>, ranked_lower, other_queue``.
    """

    agent: AgentId
    occupancy: float
    handled: int
    idle_since: datetime | None
    passed_over: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Why this agent: stored with every offer (see ``acd.explain`` for the words).

    ``counts`` says how many agents fell out for each cause; ``candidates`` holds the chosen one
    and at most the next nine by rank, so that a record stays small with 10,000 agents.
    """

    needs: Needs
    waited: timedelta
    score: float
    queue_length: int
    counts: Mapping[str, int]
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOffered:
    at: datetime
    call: CallId
    offer: OfferId
    agent: AgentId
    queue: QueueId
    ring_for: timedelta
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEnded:
    """The offer came to nothing: ``reason`` is rona, refused, a failure, or caller_gone."""

    at: datetime
    call: CallId
    offer: OfferId
    agent: AgentId
    reason: OfferFailure | NotReadyReason | EndReason


@dataclass(frozen=True, slots=True, kw_only=True)
class CallConnected:
    at: datetime
    call: CallId
    offer: OfferId
    agent: AgentId
    queue: QueueId
    waited: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class CallHeld:
    at: datetime
    call: CallId
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRetrieved:
    at: datetime
    call: CallId
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded:
    """The call is over. ``agent`` is who talked or was being rung, ``queue`` where it was."""

    at: datetime
    call: CallId
    outcome: Outcome
    why: EndReason
    queue: QueueId | None
    agent: AgentId | None
    offer: OfferId | None
    waited: timedelta
    talked: timedelta
    held: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpStarted:
    at: datetime
    agent: AgentId
    call: CallId
    queue: QueueId
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpExtended:
    at: datetime
    agent: AgentId
    call: CallId
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpFinished:
    at: datetime
    agent: AgentId
    call: CallId
    queue: QueueId
    disposition: str
    lasted: timedelta


Event = (
    QueueDefined
    | AgentDefined
    | AgentLoggedIn
    | AgentLoggedOut
    | AgentReady
    | AgentNotReady
    | LogOutAsked
    | ReachableChanged
    | CallStarted
    | CallQueued
    | CallOffered
    | OfferEnded
    | CallConnected
    | CallHeld
    | CallRetrieved
    | CallEnded
    | WrapUpStarted
    | WrapUpExtended
    | WrapUpFinished
)

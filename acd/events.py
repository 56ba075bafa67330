"""What happened on the floor: past tense, facts only. Folding them gives back the floor.

Every event carries ``at``, the instant it happened (aware UTC). Events are journalled in this
shape, so a field may be added with a default but never renamed or removed. What one command
leads to is one batch, applied and journalled whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.profile import AgentProfile, QueueProfile
from acd.reasons import EndReason, NotReadyReason, OfferEnd, Outcome
from acd.skills import Needs


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDefined:
    """A queue exists, with these settings."""

    at: datetime
    queue: QueueProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentDefined:
    """An agent exists, with this profile."""

    at: datetime
    agent: AgentProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLoggedIn:
    """She has signed in, not ready."""

    at: datetime
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLoggedOut:
    """She has signed out."""

    at: datetime
    agent: AgentId
    by: AgentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentReady:
    """The agent takes calls. ``pending``: while she works, she takes back her wish to stop."""

    at: datetime
    agent: AgentId
    by: AgentId | None = None
    pending: bool = False


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
    """Her desktop or phone came or went."""

    at: datetime
    agent: AgentId
    desktop: bool
    phone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStarted:
    """A caller has rung in and talks to the IVR."""

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
    ``busy, not_ready, unreachable, lacks:<skill>, ranked_lower, other_queue, named_later``: the
    last ranks higher, but the chosen one had been named before (``Floor.next_for``).
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
    """An agent is rung: a lease of ``ring_for``, with the reasons for choosing her."""

    at: datetime
    call: CallId
    offer: OfferId
    agent: AgentId
    queue: QueueId
    ring_for: timedelta
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEnded:
    """The offer came to nothing. What follows for agent and call is told by the next events."""

    at: datetime
    call: CallId
    offer: OfferId
    agent: AgentId
    reason: OfferEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class CallConnected:
    """Caller and agent are joined; ``waited`` is the time in the queue, ringing included."""

    at: datetime
    call: CallId
    offer: OfferId
    agent: AgentId
    queue: QueueId
    waited: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class CallHeld:
    """The caller is on hold."""

    at: datetime
    call: CallId
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRetrieved:
    """The caller is off hold."""

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
    """The agent does her after-call work, until ``due`` at the latest."""

    at: datetime
    agent: AgentId
    call: CallId
    queue: QueueId
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpExtended:
    """The after-call work may last until ``due``."""

    at: datetime
    agent: AgentId
    call: CallId
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpFinished:
    """The after-call work is done; the next event says what the agent does now."""

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

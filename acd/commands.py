"""What may be asked of the floor: imperative, refused with a typed error or answered by events.

Every command is a frozen value. ``by`` is the agent who acts for another (a supervisor's force),
or None when the agent acts for himself or the system does.
"""

from dataclasses import dataclass
from datetime import timedelta

from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.profile import AgentProfile, QueueProfile
from acd.reasons import EndReason, NotReadyReason, OfferFailure
from acd.skills import Needs


@dataclass(frozen=True, slots=True, kw_only=True)
class DefineQueue:
    """Create a queue or replace its settings; calls already waiting stay in it."""

    queue: QueueProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class DefineAgent:
    """Create an agent or replace her name, skills and queues; her state is kept."""

    agent: AgentProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class LogIn:
    """Sign the agent in, not ready. Idempotent for an agent already signed in."""

    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class LogOut:
    """Sign the agent out; asked during a call, it holds from the end of the wrap-up."""

    agent: AgentId
    by: AgentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GoReady:
    """Take calls from now on; from wrap-up it finishes the wrap-up."""

    agent: AgentId
    by: AgentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GoNotReady:
    """Take no further calls; asked during a call, it holds from the end of the wrap-up."""

    agent: AgentId
    reason: NotReadyReason
    by: AgentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetReachable:
    """Tell whether the agent can be rung: her desktop and her phone are both connected."""

    agent: AgentId
    desktop: bool
    phone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StartCall:
    """A caller has rung in. Idempotent: a replay of the same call changes nothing."""

    call: CallId
    ani: str
    dnis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnqueueCall:
    """The IVR is done: put the call in a queue.

    ``needs`` are added to the queue's own. ``priority`` is in minutes of waiting: a call with
    priority 3 counts as if it had already waited three minutes. ``rung`` is whom Asterisk rings for
    the call already, because the floor had named her beforehand (see ``Floor.next_for``).
    """

    call: CallId
    queue: QueueId
    needs: Needs = ()
    priority: float = 0.0
    language: str = ""
    rung: AgentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptOffer:
    """The agent's leg has answered."""

    offer: OfferId


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseOffer:
    """The agent declined: she goes not-ready, the call back to the head of its queue."""

    offer: OfferId


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireOffer:
    """The offer's lease ran out (RONA)."""

    offer: OfferId


@dataclass(frozen=True, slots=True, kw_only=True)
class FailOffer:
    """The agent's leg could not be rung or joined."""

    offer: OfferId
    why: OfferFailure


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldCall:
    """Put the caller on hold."""

    call: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrieveCall:
    """Take the caller off hold."""

    call: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class EndCall:
    """The call is over, whatever state it is in. Idempotent for an ended call."""

    call: CallId
    why: EndReason


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishWrapUp:
    """The agent has finished her after-call work."""

    agent: AgentId
    disposition: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendWrapUp:
    """Give the agent more time for her after-call work."""

    agent: AgentId
    more: timedelta
    by: AgentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireWrapUp:
    """The wrap-up's time is over; ignored unless ``call`` is the one being wrapped up."""

    agent: AgentId
    call: CallId


Command = (
    DefineQueue
    | DefineAgent
    | LogIn
    | LogOut
    | GoReady
    | GoNotReady
    | SetReachable
    | StartCall
    | EnqueueCall
    | AcceptOffer
    | RefuseOffer
    | ExpireOffer
    | FailOffer
    | HoldCall
    | RetrieveCall
    | EndCall
    | FinishWrapUp
    | ExtendWrapUp
    | ExpireWrapUp
)

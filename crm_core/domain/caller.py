"""What is known of a caller: candidates, the facts of one party, and the file an agent sees.

Texts are catalogue keys with parameters, so that each agent reads them in her language.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from crm_core.domain.case import CaseKind, CaseState, Priority
from crm_core.domain.interaction import Channel, Direction
from crm_core.domain.party import PartyKind, Tier
from crm_core.domain.phone import Ani
from crm_core.domain.sales import OrderState, Stage
from crm_core.domain.task import TaskKind

LIKELY: Final = "match.likely"
"""Why a candidate is one whose number is only a likely other writing of the caller's."""


class MatchState(StrEnum):
    """How well the caller is known."""

    NONE = "none"
    ONE = "one"
    LIKELY = "likely"
    """One, whose number is another writing of the caller's: shown, linked when confirmed."""
    MANY = "many"
    MAYBE = "maybe"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyHeader:
    """Who calls."""

    id: str
    kind: PartyKind
    name: str
    number: str
    """Customer number."""
    tier: Tier
    language: str
    city: str
    since: datetime | None
    owner: str
    version: int
    blocked_reason: str = ""
    do_not_sell: bool = False
    phones: Sequence[str] = ()
    emails: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A party that may be the caller, with what the ranking looks at."""

    party_id: str
    name: str
    tier: Tier
    city: str
    number: str
    shared: bool
    verified: bool
    owned: bool
    open_cases: int
    queue_cases: int
    """Open cases that belong to the queue that was called."""
    last_contact: datetime | None
    why: str
    """Catalogue key: match.number, match.likely, match.hint, match.verified."""
    score: float = 0.0

    @property
    def sure(self) -> bool:
        """Whether the number is theirs: it is the caller's, or an agent has confirmed it."""
        return self.why != LIKELY or self.verified


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSummary:
    """An open case."""

    id: str
    number: str
    subject: str
    state: CaseState
    priority: Priority
    kind: CaseKind
    queue: str
    state_since: datetime
    opened_at: datetime
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSummary:
    """A past interaction."""

    id: str
    channel: Channel
    direction: Direction
    at: datetime
    agent: str
    """The agent's name."""
    queue: str
    outcome: str
    disposition: str
    summary: str
    talked: timedelta | None
    case_id: str | None = None
    party_name: str = ""
    """Whose it was, where contacts of several people with one number are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSummary:
    """A recent order."""

    id: str
    number: str
    state: OrderState
    placed_at: datetime
    expected_at: datetime | None
    due_at: datetime | None
    paid_at: datetime | None
    total: Decimal
    currency: str
    item: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpportunitySummary:
    """A sale that may come."""

    id: str
    name: str
    stage: Stage
    product: str
    amount: Decimal
    currency: str
    close_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSummary:
    """Something promised to the caller."""

    id: str
    kind: TaskKind
    subject: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerFacts:
    """Everything stored about one party that a call may be about."""

    party: PartyHeader
    cases: Sequence[CaseSummary] = ()
    contacts: Sequence[ContactSummary] = ()
    orders: Sequence[OrderSummary] = ()
    opportunities: Sequence[OpportunitySummary] = ()
    tasks: Sequence[TaskSummary] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Result of one search: who may be calling, and the facts of the one that was chosen."""

    candidates: Sequence[Candidate] = ()
    hints: Sequence[Candidate] = ()
    facts: CallerFacts | None = None
    earlier: Sequence[ContactSummary] = ()
    """Earlier calls from this number, when nobody was chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something to know before saying hello."""

    kind: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why they may be calling, with the evidence for it."""

    key: str
    score: float
    evidence_key: str
    params: Mapping[str, str] = field(default_factory=dict)
    subject_type: str = ""
    subject_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """What to offer or do, and why."""

    key: str
    reason_key: str
    params: Mapping[str, str] = field(default_factory=dict)
    subject_type: str = ""
    subject_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerFile:
    """What the agent should see while the phone rings."""

    ani: Ani
    state: MatchState
    verified: bool = False
    party: PartyHeader | None = None
    alerts: Sequence[Alert] = ()
    candidates: Sequence[Candidate] = ()
    reasons: Sequence[Reason] = ()
    cases: Sequence[CaseSummary] = ()
    contacts: Sequence[ContactSummary] = ()
    orders: Sequence[OrderSummary] = ()
    suggestions: Sequence[Suggestion] = ()

    @property
    def linked_party_id(self) -> str | None:
        """The party the call may be logged to without asking: only a certain one."""
        return self.party.id if self.party and self.state is MatchState.ONE else None

"""Case: something a customer wants settled, and the moves it may make."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from crm_core.domain.errors import IllegalMove
from crm_core.domain.record import Owned


class CaseState(StrEnum):
    """Where a case stands."""

    NEW = "new"
    OPEN = "open"
    WAITING_CUSTOMER = "waiting_customer"
    ESCALATED = "escalated"
    RESOLVED = "resolved"
    CLOSED = "closed"


class CaseTrigger(StrEnum):
    """What may happen to a case."""

    OPEN = "open"
    WAIT = "wait"
    CUSTOMER_REPLIED = "customer_replied"
    ESCALATE = "escalate"
    TAKE_BACK = "take_back"
    RESOLVE = "resolve"
    CLOSE = "close"
    REOPEN = "reopen"


class CaseKind(StrEnum):
    """What kind of wish it is."""

    ENQUIRY = "enquiry"
    REQUEST = "request"
    COMPLAINT = "complaint"
    RETURN = "return"


class Priority(StrEnum):
    """How much it matters."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


_S, _T = CaseState, CaseTrigger

EDGES: Final[Mapping[tuple[CaseState, CaseTrigger], CaseState]] = {
    (_S.NEW, _T.OPEN): _S.OPEN,
    (_S.OPEN, _T.WAIT): _S.WAITING_CUSTOMER,
    (_S.WAITING_CUSTOMER, _T.CUSTOMER_REPLIED): _S.OPEN,
    (_S.OPEN, _T.ESCALATE): _S.ESCALATED,
    (_S.ESCALATED, _T.TAKE_BACK): _S.OPEN,
    (_S.OPEN, _T.RESOLVE): _S.RESOLVED,
    (_S.RESOLVED, _T.CLOSE): _S.CLOSED,
    (_S.RESOLVED, _T.REOPEN): _S.OPEN,
}
UNSETTLED: Final = frozenset({_S.NEW, _S.OPEN, _S.WAITING_CUSTOMER, _S.ESCALATED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Case(Owned):
    """One case; a value, replaced on every move."""

    number: str = ""
    party_id: str
    subject: str
    kind: CaseKind = CaseKind.ENQUIRY
    state: CaseState = CaseState.NEW
    priority: Priority = Priority.NORMAL
    channel: str = "phone"
    queue: str = ""
    description: str = ""
    order_id: str | None = None
    parent_id: str | None = None
    interaction_id: str | None = None
    state_since: datetime
    opened_at: datetime
    due_at: datetime | None = None
    closed_at: datetime | None = None

    def on(self, trigger: CaseTrigger, *, at: datetime) -> "Case":
        """Return the case after ``trigger``, or refuse if no edge allows it."""
        target = EDGES.get((self.state, trigger))
        if target is None:
            raise IllegalMove("case", self.number, self.state, trigger)
        closed_at = at if target is CaseState.CLOSED else self.closed_at
        return replace(self, state=target, state_since=at, closed_at=closed_at)

    def moves(self) -> list[CaseTrigger]:
        """List what may happen to the case now."""
        return [trigger for state, trigger in EDGES if state is self.state]

"""Why they may be calling: each rule looks at one kind of fact and names its evidence.

Scores are hand-set likelihoods between 0 and 1, comparable among themselves; a rule whose subject
fits the queue that was called gains a little. Keys are listed in ``KEYS`` for the catalogues.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from crm_core.domain.caller import Alert, CallerFacts, OrderSummary, Reason, Suggestion
from crm_core.domain.case import CaseKind, CaseState
from crm_core.domain.party import Tier
from crm_core.domain.sales import UNDERWAY, Stage
from crm_core.domain.task import TaskKind

MOST: Final = 3
FRESH: Final = timedelta(hours=48)
QUIET: Final = timedelta(days=2)
"""An open case nobody moved for this long makes its customer call."""
QUEUE_BONUS: Final = 0.08

TOPICS: Final = {
    "order_late": "support sales delivery orders",
    "order_underway": "support sales delivery orders",
    "case_waiting": "support service",
    "case_quiet": "support service",
    "case_escalated": "support service complaints",
    "complaint_open": "support service complaints",
    "payment_overdue": "billing",
    "quote_open": "sales",
}
KEYS: Final = (
    *(f"reason.{name}" for name in TOPICS),
    "reason.repeat_contact",
    "reason.missed_call",
    "reason.callback_promised",
    "evidence.order_expected_since",
    "evidence.order_expected_on",
    "evidence.case_waits_for_customer",
    "evidence.case_quiet_since",
    "evidence.case_escalated_since",
    "evidence.complaint_since",
    "evidence.unpaid_since",
    "evidence.quote_of",
    "evidence.contact_at",
    "evidence.abandoned_at",
    "evidence.callback_due",
    "alert.vip",
    "alert.blocked",
    "alert.open_complaint",
    "alert.overdue",
    "alert.do_not_sell",
    "suggest.trace_delivery",
    "suggest.settle_case",
    "suggest.apologise",
    "suggest.arrange_payment",
    "suggest.discuss_quote",
    "suggest.keep_callback",
)


def infer(facts: CallerFacts, *, now: datetime, queue: str = "") -> tuple[Reason, ...]:
    """Return the likeliest reasons for a call, at most three, best first."""
    found = [_fitted(reason, queue) for rule in _RULES for reason in rule(facts, now)]
    return tuple(sorted(found, key=lambda r: (-r.score, r.key, r.subject_id))[:MOST])


def alerts(facts: CallerFacts, *, now: datetime) -> tuple[Alert, ...]:
    """Return what to know before saying hello."""
    party = facts.party
    found: list[Alert] = []
    if party.blocked_reason:
        found.append(Alert(kind="blocked", params={"reason": party.blocked_reason}))
    if party.tier is Tier.VIP:
        found.append(Alert(kind="vip"))
    complaints = [case for case in facts.cases if case.kind is CaseKind.COMPLAINT]
    if complaints:
        found.append(Alert(kind="open_complaint", params={"number": complaints[0].number}))
    unpaid = [order for order in facts.orders if _overdue(order, now)]
    if unpaid:
        oldest = min(unpaid, key=lambda order: order.due_at or now)
        params = {
            "number": oldest.number,
            "total": str(oldest.total),
            "currency": oldest.currency,
            "since": _iso(oldest.due_at or now),
        }
        found.append(Alert(kind="overdue", params=params))
    if party.do_not_sell:
        found.append(Alert(kind="do_not_sell"))
    return tuple(found)


def suggestions(
    facts: CallerFacts, why: tuple[Reason, ...], *, now: datetime
) -> tuple[Suggestion, ...]:
    """Return what to do about the reasons; nothing is sold over an open complaint."""
    found = [
        Suggestion(
            key=_REMEDY[reason.key],
            reason_key=reason.evidence_key,
            params=reason.params,
            subject_type=reason.subject_type,
            subject_id=reason.subject_id,
        )
        for reason in why
        if reason.key in _REMEDY
    ]
    may_sell = not facts.party.do_not_sell and not any(
        case.kind is CaseKind.COMPLAINT for case in facts.cases
    )
    if not may_sell:
        found = [suggestion for suggestion in found if suggestion.key != "suggest.discuss_quote"]
    elif not found:
        found = [
            Suggestion(
                key="suggest.discuss_quote",
                reason_key="evidence.quote_of",
                params={"name": sale.name, "amount": str(sale.amount), "currency": sale.currency},
                subject_type="opportunity",
                subject_id=sale.id,
            )
            for sale in facts.opportunities[:1]
        ]
    told: dict[str, Suggestion] = {}
    for suggestion in found:
        about = "" if suggestion.key in _ONCE else suggestion.subject_id
        told.setdefault(suggestion.key + about, suggestion)
    return tuple(told.values())[:MOST]


_ONCE: Final = frozenset({"suggest.apologise"})
"""Said once, whatever number of things it is about."""


_REMEDY: Final = {
    "reason.order_late": "suggest.trace_delivery",
    "reason.case_waiting": "suggest.settle_case",
    "reason.case_quiet": "suggest.settle_case",
    "reason.case_escalated": "suggest.settle_case",
    "reason.complaint_open": "suggest.apologise",
    "reason.payment_overdue": "suggest.arrange_payment",
    "reason.quote_open": "suggest.discuss_quote",
    "reason.callback_promised": "suggest.keep_callback",
    "reason.missed_call": "suggest.apologise",
}


def _orders(facts: CallerFacts, now: datetime) -> Iterator[Reason]:
    for order in facts.orders:
        if order.state not in UNDERWAY or order.expected_at is None:
            continue
        params = {"number": order.number, "item": order.item, "at": _iso(order.expected_at)}
        late = order.expected_at < now
        yield Reason(
            key="reason.order_late" if late else "reason.order_underway",
            score=0.85 if late else 0.45,
            evidence_key=(
                "evidence.order_expected_since" if late else "evidence.order_expected_on"
            ),
            params=params,
            subject_type="order",
            subject_id=order.id,
        )


def _payments(facts: CallerFacts, now: datetime) -> Iterator[Reason]:
    for order in facts.orders:
        if _overdue(order, now):
            yield Reason(
                key="reason.payment_overdue",
                score=0.55,
                evidence_key="evidence.unpaid_since",
                params={
                    "number": order.number,
                    "total": str(order.total),
                    "currency": order.currency,
                    "at": _iso(order.due_at or now),
                },
                subject_type="order",
                subject_id=order.id,
            )


def _cases(facts: CallerFacts, now: datetime) -> Iterator[Reason]:
    for case in facts.cases:
        params = {"number": case.number, "subject": case.subject, "at": _iso(case.state_since)}
        if case.kind is CaseKind.COMPLAINT:
            key, score, evidence = "reason.complaint_open", 0.8, "evidence.complaint_since"
        elif case.state is CaseState.ESCALATED:
            key, score, evidence = "reason.case_escalated", 0.75, "evidence.case_escalated_since"
        elif case.state is CaseState.WAITING_CUSTOMER:
            key, score, evidence = "reason.case_waiting", 0.7, "evidence.case_waits_for_customer"
        elif now - case.state_since >= QUIET:
            key, score, evidence = "reason.case_quiet", 0.6, "evidence.case_quiet_since"
        else:
            continue
        yield Reason(
            key=key,
            score=score,
            evidence_key=evidence,
            params=params,
            subject_type="case",
            subject_id=case.id,
        )


def _contacts(facts: CallerFacts, now: datetime) -> Iterator[Reason]:
    if not facts.contacts or now - facts.contacts[0].at > FRESH:
        return
    last = facts.contacts[0]
    missed = last.outcome.startswith("abandoned")
    params = {"at": _iso(last.at), "queue": last.queue, "disposition": last.disposition}
    yield Reason(
        key="reason.missed_call" if missed else "reason.repeat_contact",
        score=0.72 if missed else 0.65,
        evidence_key="evidence.abandoned_at" if missed else "evidence.contact_at",
        params=params,
        subject_type="interaction",
        subject_id=last.id,
    )


def _tasks(facts: CallerFacts, now: datetime) -> Iterator[Reason]:
    for task in facts.tasks:
        if task.kind is TaskKind.CALLBACK:
            yield Reason(
                key="reason.callback_promised",
                score=0.78 if task.due_at < now else 0.5,
                evidence_key="evidence.callback_due",
                params={"at": _iso(task.due_at), "subject": task.subject},
                subject_type="task",
                subject_id=task.id,
            )


def _sales(facts: CallerFacts, now: datetime) -> Iterator[Reason]:
    for sale in facts.opportunities:
        if sale.stage in {Stage.PROPOSE, Stage.NEGOTIATE}:
            yield Reason(
                key="reason.quote_open",
                score=0.4,
                evidence_key="evidence.quote_of",
                params={
                    "name": sale.name,
                    "amount": str(sale.amount),
                    "currency": sale.currency,
                },
                subject_type="opportunity",
                subject_id=sale.id,
            )


_Rule = Callable[[CallerFacts, datetime], Iterator[Reason]]
_RULES: Final[tuple[_Rule, ...]] = (_orders, _payments, _cases, _contacts, _tasks, _sales)


def _fitted(reason: Reason, queue: str) -> Reason:
    topics = TOPICS.get(reason.key.removeprefix("reason."), "").split()
    fits = reason.params.get("queue") == queue or queue in topics
    if not queue or not fits:
        return reason
    return replace(reason, score=round(min(1.0, reason.score + QUEUE_BONUS), 2))


def _overdue(order: OrderSummary, now: datetime) -> bool:
    return order.paid_at is None and order.due_at is not None and order.due_at < now


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")

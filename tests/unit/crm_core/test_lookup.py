"""The rules of the caller lookup and of the reasons, on values alone."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from crm_core.domain.caller import (
    CallerFacts,
    Candidate,
    CaseSummary,
    ContactSummary,
    Found,
    MatchState,
    OpportunitySummary,
    OrderSummary,
    PartyHeader,
    TaskSummary,
)
from crm_core.domain.case import CaseKind, CaseState, Priority
from crm_core.domain.interaction import Channel, Direction
from crm_core.domain.party import PartyKind, Tier
from crm_core.domain.phone import Ani
from crm_core.domain.sales import OrderState, Stage
from crm_core.domain.task import TaskKind
from crm_core.services import caller_lookup, reasons

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)

PARTY = PartyHeader(
    id="p", kind=PartyKind.PERSON, name="Grace", number="1", tier=Tier.STANDARD, language="en",
    city="", since=None, owner="", version=1,
)  # fmt: skip
CASE = CaseSummary(
    id="c", number="C1", subject="A", state=CaseState.OPEN, priority=Priority.NORMAL,
    kind=CaseKind.REQUEST, queue="support", state_since=NOON, opened_at=NOON, due_at=None,
)  # fmt: skip
ORDER = OrderSummary(
    id="o", number="7", state=OrderState.SHIPPED, placed_at=NOON - 9 * DAY,
    expected_at=NOON - DAY, due_at=None, paid_at=None, total=Decimal(5), currency="USD", item="Mug",
)  # fmt: skip
CONTACT = ContactSummary(
    id="i", channel=Channel.PHONE, direction=Direction.INBOUND, at=NOON - timedelta(hours=3),
    agent="Ana", queue="support", outcome="completed", disposition="resolved", summary="",
    talked=None,
)  # fmt: skip
SALE = OpportunitySummary(
    id="s", name="Grinder", stage=Stage.PROPOSE, product="", amount=Decimal(300), currency="USD",
    close_on=date(2026, 12, 1),
)  # fmt: skip
CALLBACK = TaskSummary(id="t", kind=TaskKind.CALLBACK, subject="Call", due_at=NOON - DAY)
FACTS = CallerFacts(party=PARTY)


@pytest.mark.parametrize(
    ("facts", "key", "evidence"),
    [
        (replace(FACTS, orders=[ORDER]), "order_late", "order_expected_since"),
        (
            replace(FACTS, orders=[replace(ORDER, expected_at=NOON + DAY)]),
            "order_underway",
            "order_expected_on",
        ),
        (
            replace(FACTS, cases=[replace(CASE, kind=CaseKind.COMPLAINT)]),
            "complaint_open",
            "complaint_since",
        ),
        (
            replace(FACTS, cases=[replace(CASE, state=CaseState.ESCALATED)]),
            "case_escalated",
            "case_escalated_since",
        ),
        (
            replace(FACTS, cases=[replace(CASE, state=CaseState.WAITING_CUSTOMER)]),
            "case_waiting",
            "case_waits_for_customer",
        ),
        (
            replace(FACTS, cases=[replace(CASE, state_since=NOON - 3 * DAY)]),
            "case_quiet",
            "case_quiet_since",
        ),
        (replace(FACTS, contacts=[CONTACT]), "repeat_contact", "contact_at"),
        (
            replace(FACTS, contacts=[replace(CONTACT, outcome="abandoned_in_queue")]),
            "missed_call",
            "abandoned_at",
        ),
        (replace(FACTS, tasks=[CALLBACK]), "callback_promised", "callback_due"),
        (replace(FACTS, opportunities=[SALE]), "quote_open", "quote_of"),
        (
            replace(
                FACTS,
                orders=[replace(ORDER, state=OrderState.DELIVERED, due_at=NOON - DAY)],
            ),
            "payment_overdue",
            "unpaid_since",
        ),
    ],
)
def test_each_kind_of_fact_gives_its_reason_with_evidence(
    facts: CallerFacts, key: str, evidence: str
) -> None:
    (reason,) = reasons.infer(facts, now=NOON)
    assert (reason.key, reason.evidence_key) == (f"reason.{key}", f"evidence.{evidence}")
    assert reason.subject_id
    assert reason.params
    assert {reason.key, reason.evidence_key} <= set(reasons.KEYS)


@pytest.mark.parametrize(
    "facts",
    [
        FACTS,
        replace(FACTS, cases=[CASE]),
        replace(FACTS, contacts=[replace(CONTACT, at=NOON - 3 * DAY)]),
        replace(FACTS, orders=[replace(ORDER, state=OrderState.CANCELLED)]),
        replace(FACTS, orders=[replace(ORDER, expected_at=None)]),
        replace(FACTS, opportunities=[replace(SALE, stage=Stage.DISCOVER)]),
        replace(FACTS, tasks=[replace(CALLBACK, kind=TaskKind.CARE)]),
    ],
)
def test_what_explains_nothing_gives_no_reason(facts: CallerFacts) -> None:
    assert reasons.infer(facts, now=NOON) == ()


def test_the_queue_that_was_called_makes_its_subject_likelier() -> None:
    facts = replace(
        FACTS,
        orders=[replace(ORDER, state=OrderState.DELIVERED, due_at=NOON - DAY)],
        cases=[replace(CASE, state_since=NOON - 3 * DAY)],
    )
    assert reasons.infer(facts, now=NOON, queue="support")[0].key == "reason.case_quiet"
    assert reasons.infer(facts, now=NOON, queue="billing")[0].key == "reason.payment_overdue"


def test_at_most_three_reasons_best_first() -> None:
    facts = replace(
        FACTS, orders=[ORDER, replace(ORDER, id="o2")], tasks=[CALLBACK], contacts=[CONTACT]
    )
    found = reasons.infer(facts, now=NOON)
    assert [r.key for r in found] == [
        "reason.order_late",
        "reason.order_late",
        "reason.callback_promised",
    ]
    assert [r.score for r in found] == sorted((r.score for r in found), reverse=True)


def test_alerts_tell_blocked_vip_complaint_and_overdue() -> None:
    facts = CallerFacts(
        party=replace(PARTY, tier=Tier.VIP, blocked_reason="abuse", do_not_sell=True),
        cases=[replace(CASE, kind=CaseKind.COMPLAINT)],
        orders=[replace(ORDER, due_at=NOON - DAY), replace(ORDER, due_at=NOON - 5 * DAY)],
    )
    found = reasons.alerts(facts, now=NOON)
    assert [a.kind for a in found] == ["blocked", "vip", "open_complaint", "overdue", "do_not_sell"]
    assert found[3].params["since"].startswith("2026-11-15")
    assert reasons.alerts(FACTS, now=NOON) == ()


def test_an_apology_is_suggested_once_however_much_there_is_to_apologise_for() -> None:
    complaint = replace(CASE, kind=CaseKind.COMPLAINT)
    facts = replace(
        FACTS,
        cases=[complaint, replace(complaint, id="c2")],
        contacts=[replace(CONTACT, outcome="abandoned_in_queue")],
    )
    why = reasons.infer(facts, now=NOON)
    assert len(why) == 3
    keys = [s.key for s in reasons.suggestions(facts, why, now=NOON)]
    assert keys == ["suggest.apologise"]


def test_nothing_is_sold_over_an_open_complaint() -> None:
    selling = replace(FACTS, opportunities=[SALE])
    angry = replace(selling, cases=[replace(CASE, kind=CaseKind.COMPLAINT)])
    for facts, sold in ((selling, True), (angry, False)):
        why = reasons.infer(facts, now=NOON)
        keys = {s.key for s in reasons.suggestions(facts, why, now=NOON)}
        assert ("suggest.discuss_quote" in keys) is sold
    quiet = replace(FACTS, opportunities=[replace(SALE, stage=Stage.QUALIFY)])
    assert [s.key for s in reasons.suggestions(quiet, (), now=NOON)] == ["suggest.discuss_quote"]


# --- ranking ----------------------------------------------------------------------------------

ONE = Candidate(
    party_id="a", name="A", tier=Tier.STANDARD, city="", number="", shared=False, verified=False,
    owned=False, open_cases=0, queue_cases=0, last_contact=None, why="match.number",
)  # fmt: skip


@pytest.mark.parametrize(
    "better",
    [
        lambda c: replace(c, verified=True),
        lambda c: replace(c, open_cases=1),
        lambda c: replace(c, open_cases=1, queue_cases=1),
        lambda c: replace(c, last_contact=NOON - DAY),
        lambda c: replace(c, owned=True),
        lambda c: replace(c, tier=Tier.VIP),
    ],
)
def test_each_sign_of_being_the_caller_ranks_higher(
    better: Callable[[Candidate], Candidate],
) -> None:
    shared = replace(ONE, shared=True)
    other = better(replace(shared, party_id="b", name="B"))
    ranked = caller_lookup.ranked([shared, other], now=NOON)
    assert [c.party_id for c in ranked] == ["b", "a"]
    assert caller_lookup.ranked([other, replace(ONE, party_id="d")], now=NOON)[0].party_id == "d"


def test_only_a_clear_leader_is_shown_at_once() -> None:
    direct, shared = ONE, replace(ONE, party_id="b", shared=True)

    def leader(*candidates: Candidate) -> str | None:
        return caller_lookup.leader(caller_lookup.ranked(candidates, now=NOON))

    assert leader() is None
    assert leader(shared) == "b"
    assert leader(direct, shared) == "a"
    assert leader(direct, replace(ONE, party_id="c")) is None


class FakeCallers:
    """Answers from memory; remembers what was asked."""

    def __init__(self, found: Found, facts: CallerFacts | None = None) -> None:
        self.found, self.known, self.asked = found, facts, list[str]()

    async def search(
        self, ani: Ani, *, queue: str, choose: Callable[[Sequence[Candidate]], str | None]
    ) -> Found:
        self.asked.append(ani.e164)
        chosen = choose(self.found.candidates)
        return replace(self.found, facts=self.known if chosen else None)

    async def facts(self, party_id: str) -> CallerFacts | None:
        return self.known if self.known and self.known.party.id == party_id else None


class FakeWork:
    """The part of a unit of work the lookup sees."""

    def __init__(self, callers: FakeCallers) -> None:
        self.callers = callers

    def clock(self) -> datetime:
        return NOON


async def test_more_than_twenty_candidates_are_cut() -> None:
    many = [replace(ONE, party_id=str(at)) for at in range(30)]
    work = FakeWork(FakeCallers(Found(candidates=many)))
    file = await caller_lookup.look_up(work, "+12025550143", region="US")
    assert (file.state, len(file.candidates)) == (MatchState.MANY, 20)


async def test_a_proven_party_that_is_gone_falls_back_to_the_number() -> None:
    callers = FakeCallers(Found(candidates=[replace(ONE, party_id="p")]), FACTS)
    file = await caller_lookup.look_up(
        FakeWork(callers), "2025550143", region="US", party_id="gone"
    )
    assert callers.asked == ["+12025550143"]
    assert (file.state, file.verified) == (MatchState.ONE, False)

"""A lively demo without telephony: colleagues work, queues breathe, calls ring whoever is ready."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from acd import commands as c
from acd.ids import CallId, OfferId
from acd.reasons import EndReason
from agent_desktop.server import protocol as p
from agent_desktop.server.hub import Hub
from tests.fakes.backend import QUEUE_NAMES, FakeBackend, FakeCall

FIRST_RING_AFTER = timedelta(seconds=4)
ANSWERS_AFTER = timedelta(seconds=8)
"""There is no telephony here, so the script answers for the agent."""
CALLER_STAYS = timedelta(seconds=90)
COLLEAGUES = (
    ("mei", "Mei Lin"),
    ("omid", "Omid Karimi"),
    ("tom", "Tom Baker"),
    ("yara", "Yara N."),
)


@dataclass(frozen=True)
class Customer:
    """Someone who rings in: a party of the database with its number."""

    party: p.PartyHeader
    cases: tuple[p.CaseLine, ...] = ()
    contacts: tuple[p.ContactLine, ...] = ()
    orders: tuple[p.OrderLine, ...] = ()


class Script:
    """``step`` moves everything on; call it twice a second."""

    def __init__(
        self,
        backend: FakeBackend,
        hub: Hub,
        customers: Sequence[Customer],
        *,
        now: Callable[[], datetime],
        seed: int = 7,
    ) -> None:
        self._backend, self._hub, self._customers, self._now = backend, hub, customers, now
        self._random = random.Random(seed)
        self._calls = 0
        self._waiting: list[FakeCall] = []
        self._counts = {queue: [0, 0, 0] for queue in QUEUE_NAMES}
        self._colleagues: dict[str, datetime] = {}

    async def step(self) -> None:
        """One half second of the floor's life."""
        self._arrivals()
        for agent_id, agent in self._backend.agents.items():
            await self._work(agent_id, agent.state, self._now() - (agent.since or self._now()))
        self._figures()

    def _arrivals(self) -> None:
        if self._random.random() < 0.12 and len(self._waiting) < 9:
            self._waiting.append(self._new_call())
        if self._waiting and self._random.random() < 0.03:
            gone = self._waiting.pop(0)
            self._counts[gone.queue][2] += 1
            self._hub.drop("calls", gone.id)
        for call in self._waiting:
            self._show(call, "queued")

    def _new_call(self) -> FakeCall:
        self._calls += 1
        queue = self._random.choice(list(QUEUE_NAMES))
        self._counts[queue][0] += 1
        call_id = f"fake-{int(self._now().timestamp())}.{self._calls}"
        kind = self._calls % 6
        if kind == 0:
            pop = _pop(call_id, "+12025550143", state="none")
            return FakeCall(call_id, pop.ani, queue, self._now(), pop=pop)
        one = self._random.choice(self._customers)
        ani = one.party.phones[0] if one.party.phones else "anonymous"
        if kind == 3:
            some = self._random.sample(list(self._customers), min(3, len(self._customers)))
            pop = _pop(call_id, ani, state="many", candidates=[_match(other) for other in some])
            return FakeCall(call_id, ani, queue, self._now(), pop=pop)
        pop = _pop(call_id, ani, state="one", customer=one)
        return FakeCall(
            call_id,
            ani,
            queue,
            self._now(),
            language=one.party.language or "en",
            pop=pop,
            party_id=one.party.id,
        )

    async def _work(self, agent_id: str, state: str, since: timedelta) -> None:
        backend, colleague = self._backend, agent_id in dict(COLLEAGUES)
        call = backend.agents[agent_id].call
        if colleague and state == "logged_out":
            await backend.ask(c.LogIn(agent=backend.agents[agent_id].id))  # type: ignore[arg-type]
        elif colleague and state == "not_ready" and since > timedelta(seconds=5):
            await backend.ask(c.GoReady(agent=backend.agents[agent_id].id))  # type: ignore[arg-type]
        elif state == "ready" and since > FIRST_RING_AFTER and self._waiting:
            first = self._waiting.pop(0)
            backend.offer(agent_id, first)
            self._show(first, "offered", agent=agent_id)
        elif state == "reserved" and since > ANSWERS_AFTER and call is not None:
            await backend.ask(c.AcceptOffer(offer=OfferId(backend.offer_of(agent_id))))
            self._counts[call.queue][1] += 1
            self._show(call, "talking", agent=agent_id)
        elif state == "talking" and call is not None and since > self._length(agent_id, colleague):
            await backend.ask(c.EndCall(call=CallId(call.id), why=EndReason.CALLER_HUNG_UP))
            self._hub.drop("calls", call.id)
        elif state == "wrap_up":
            self._hub.drop("calls", call.id if call else "")
            due = backend.agents[agent_id].due
            if (colleague and since > timedelta(seconds=8)) or (due and self._now() > due):
                backend.wrap_up_is_over(agent_id)

    def _length(self, agent_id: str, colleague: bool) -> timedelta:
        return timedelta(seconds=10 + 7 * (len(agent_id) % 4)) if colleague else CALLER_STAYS

    def _show(self, call: FakeCall, state: str, *, agent: str = "") -> None:
        caller = call.pop.party.name if call.pop and call.pop.party else call.ani
        self._hub.put(
            "calls",
            call.id,
            p.CallRow(
                id=call.id,
                state=state,
                ani=call.ani,
                caller=caller,
                queue=call.queue,
                queue_name=QUEUE_NAMES[call.queue],
                agent=agent,
                started_at=call.at,
                state_since=call.at if state == "queued" else self._now(),
                queued_at=call.at if state in ("queued", "offered") else None,
                place=[1, call.at.timestamp() / 60, call.at.timestamp()]
                if state == "queued"
                else [],
                language=call.language,
            ),
        )
        self._backend.calls.setdefault(call.id, call)

    def _figures(self) -> None:
        states = [agent.state for agent in self._backend.agents.values()]
        for queue, (offered, answered, abandoned) in self._counts.items():
            mine = [call for call in self._waiting if call.queue == queue]
            done = answered + abandoned
            self._hub.put(
                "queues",
                queue,
                p.QueueFigures(
                    id=queue,
                    name=QUEUE_NAMES[queue],
                    waiting=len(mine),
                    oldest_since=min((call.at for call in mine), default=None),
                    agents_ready=states.count("ready"),
                    agents_busy=sum(s in ("reserved", "talking", "wrap_up") for s in states),
                    agents_signed_in=sum(s != "logged_out" for s in states),
                    offered=offered,
                    answered=answered,
                    abandoned=abandoned,
                    short_abandoned=0,
                    service_level=round(answered / done, 3) if done else None,
                    answer_within_s=20.0,
                    asa_s=11.5 if answered else None,
                    aht_s=64.0 if answered else None,
                    ewt_s=15.0 * len(mine) if mine else None,
                    open=True,
                ),
            )


def _match(customer: Customer) -> p.Match:
    party = customer.party
    return p.Match(
        party_id=party.id,
        name=party.name,
        tier=party.tier,
        city=party.city,
        number=party.number,
        shared=True,
        open_cases=len(customer.cases),
        last_contact=customer.contacts[0].at if customer.contacts else None,
        why="match.shared_number",
    )


def _pop(
    call: str,
    ani: str,
    *,
    state: str,
    customer: Customer | None = None,
    candidates: Sequence[p.Match] = (),
) -> p.Pop:
    cases = list(customer.cases) if customer else []
    orders = list(customer.orders) if customer else []
    reasons = [
        p.Reason(
            key="reason.open_case",
            score=0.7,
            evidence_key="evidence.open_case",
            params={"number": case.number, "subject": case.subject},
            subject_type="case",
            subject_id=case.id,
        )
        for case in cases[:1]
    ] + [
        p.Reason(
            key="reason.order_underway",
            score=0.5,
            evidence_key="evidence.order_underway",
            params={"number": order.number, "item": order.item},
            subject_type="order",
            subject_id=order.id,
        )
        for order in orders[:1]
    ]
    vip = customer is not None and customer.party.tier in ("vip", "gold")
    return p.Pop(
        call=call,
        ani=ani,
        ani_kind="valid" if ani.startswith("+") else "anonymous",
        region="US",
        state=state,
        verified=vip,
        party=customer.party if customer else None,
        alerts=[p.Alert(kind="vip")] if vip else [],
        candidates=list(candidates),
        reasons=reasons,
        cases=cases,
        contacts=list(customer.contacts) if customer else [],
        orders=orders,
        suggestions=[p.Suggestion(key="suggest.apologise_delay", reason_key="because.case_overdue")]
        if cases
        else [],
        ivr_path=["ivr.welcome", "ivr.menu.service"],
        complete=True,
    )

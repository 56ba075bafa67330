"""Makes the rows of one demo party: who it is, what it ordered, what it called about."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Table

from crm_core.demo.words import NOTES, WORDS
from crm_core.domain.case import Case, CaseKind, CaseState, Priority
from crm_core.domain.ids import seeded
from crm_core.domain.interaction import Direction, Interaction
from crm_core.domain.names import name_key
from crm_core.domain.numbers import with_check_digit
from crm_core.domain.party import ContactPoint, Party, PartyKind, PointKind, Role, Tier
from crm_core.domain.pin import hash_pin
from crm_core.domain.record import Record
from crm_core.domain.sales import Opportunity, OrderItem, OrderState, SalesOrder, Stage
from crm_core.domain.task import Task, TaskKind
from crm_core.storage import schema
from crm_core.storage.repository import as_row

CREATED: Final = datetime.fromisoformat("2026-01-05T08:00:00+00:00")
"""Stamp of demo ids, whenever the demo is made: so that a second run meets the same ids."""
FIRST_NUMBER: Final = 5_000_000
"""Demo customers, orders and cases are numbered from here, far above the live counters."""
PIN_COST: Final = 1
AGENTS: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {
    "en": {"support": ("ana", "sara"), "sales": ("ana", "ben"), "billing": ("ben", "sara")},
    "zh": {"support": ("li", "sara"), "sales": ("li",), "billing": ("sara",)},
    "fa": {"support": ("mina",), "sales": ("omid",), "billing": ("mina",)},
}
"""Who serves each queue in each language."""
ROLE_ADDRESSES: Final = ("info", "office", "orders", "contact")
HOSTS: Final = ("example.com", "example.org", "example.net")
OPENS, CLOSES = 8, 20
"""Local hours between which people call."""
CHANCES: Final = dict(zip(Stage, (10, 25, 50, 75, 100, 0), strict=True))
"""In percent."""
_PREFIX: Final = {"US": "+1", "CN": "+86", "IR": "+98"}

Rows = dict[Table, list[dict[str, Any]]]


@dataclass(slots=True)
class Maker:
    """Collects rows; every id follows from the seed and a running number."""

    seed: int
    now: datetime
    rng: Random
    rows: Rows = field(default_factory=lambda: defaultdict(list))
    phones: dict[str, str] = field(default_factory=dict)
    """The number each party calls from."""

    def id(self, kind: str, key: str) -> str:
        """Return the id of demo record ``key``."""
        return seeded(f"demo-{kind}", f"{self.seed}/{key}", CREATED)

    def put(self, table: Table, value: Record) -> None:
        """Add the row of a record."""
        stamp = {"created_at": self.now, "updated_at": self.now}
        by = {"created_by": "demo", "updated_by": "demo"}
        self.rows[table].append({**as_row(table, value), **stamp, **by})

    def ago(self, *, days: float) -> datetime:
        """Return an instant up to ``days`` back, to the second."""
        return self.now - timedelta(seconds=int(self.rng.random() * days * 86_400))

    def ago_of(self, party: Party, *, days: float) -> datetime:
        """The same, but since the party is a customer."""
        known = self.now - (party.customer_since or self.now)
        return self.ago(days=min(days, known / timedelta(days=1)))

    def call_of(self, party: Party, *, days: float) -> datetime:
        """The same, at an hour at which people call."""
        at = self.ago_of(party, days=days).astimezone(ZoneInfo(party.timezone))
        if not OPENS <= at.hour < CLOSES:
            at = at.replace(hour=self.rng.randrange(OPENS, CLOSES))
        return (at if at <= self.now else at - timedelta(days=1)).astimezone(UTC)

    def agent(self, party: Party, queue: str) -> str:
        """Return who would serve this party."""
        return self.rng.choice(AGENTS[party.language][queue])


def party_of(
    make: Maker, index: int, *, language: str, name: str = "", kind: PartyKind | None = None
) -> Party:
    """Make a party with role, customer number, PIN and search words."""
    rng, words = make.rng, WORDS[language]
    if kind is None:
        kind = PartyKind.ORGANIZATION if rng.random() < 0.15 else PartyKind.PERSON
    given, family, city = map(rng.choice, (words.given, words.family, words.cities))
    tier = rng.choices(list(Tier), (78, 13, 7, 2))[0]
    is_person = kind is PartyKind.PERSON
    shown = name or (
        _person(language, given, family) if is_person else _company(make, language, city)
    )
    return Party(
        id=make.id("party", str(index)),
        kind=kind,
        display_name=shown,
        sort_name=f"{family} {given}" if is_person and not name else shown,
        name_key="",
        given_name=given if is_person and not name else "",
        family_name=family if is_person and not name else "",
        customer_number=with_check_digit(FIRST_NUMBER + index),
        tier=tier,
        language=language,
        timezone=words.timezone,
        city=city,
        country=words.country,
        source="demo",
        customer_since=make.ago(days=2500),
        owner_id=rng.choice(AGENTS[language]["sales"]) if rng.random() < 0.15 else None,
    )


def store_party(make: Maker, party: Party, *, pin: str) -> None:
    """Add the rows of a party itself."""
    party = replace(party, name_key=name_key(party.display_name))
    make.put(schema.party, party)
    make.rows[schema.party_role].append(
        {"party_id": party.id, "role": Role.CUSTOMER, "since": party.customer_since or make.now}
    )
    salt = party.id.replace("-", "")[-32:].encode()[:16]
    make.rows[schema.party_secret].append(
        {
            "party_id": party.id,
            "pin_hash": hash_pin(pin, cost=PIN_COST, salt=lambda: salt),
            "failures": 0,
            "locked_until": None,
            "updated_at": make.now,
        }
    )


def phone_of(
    make: Maker,
    party: Party,
    norm: str,
    *,
    label: str = "mobile",
    shared: bool = False,
    primary: bool = False,
) -> None:
    """Add a phone number, given as E.164."""
    prefix = _PREFIX[party.country]
    make.phones.setdefault(party.id, norm)
    point = ContactPoint(
        id=make.id("phone", f"{party.id}/{norm}"),
        party_id=party.id,
        kind=PointKind.PHONE,
        raw=norm,
        norm=norm,
        national=norm.removeprefix(prefix),
        region=party.country,
        label=label,
        is_primary=primary,
        is_shared=shared,
    )
    make.put(schema.contact_point, point)


def address_of(make: Maker, party: Party, index: int) -> str:
    """Return an e-mail address that this party might have; ``index`` keeps it its own."""
    words, host = WORDS[party.language], make.rng.choice(HOSTS)
    if not party.given_name:
        return f"{make.rng.choice(ROLE_ADDRESSES)}{index}@{host}"
    given, family = party.given_name, party.family_name
    if words.given_latin:
        given = words.given_latin[words.given.index(given)]
        family = words.family_latin[words.family.index(family)]
    return f"{given}.{family}{index}@{host}".lower()


def email_of(make: Maker, party: Party, address: str) -> None:
    """Add an e-mail address."""
    point = ContactPoint(
        id=make.id("email", party.id),
        party_id=party.id,
        kind=PointKind.EMAIL,
        raw=address,
        norm=address,
        label="work" if party.kind is PartyKind.ORGANIZATION else "home",
        is_primary=True,
    )
    make.put(schema.contact_point, point)


def order_of(
    make: Maker,
    party: Party,
    number: int,
    *,
    state: OrderState,
    placed_at: datetime,
    expected_at: datetime | None,
    paid: bool = True,
) -> SalesOrder:
    """Add an order with its lines and its event."""
    rng, words = make.rng, WORDS[party.language]
    lines = tuple(
        OrderItem(
            line=at + 1,
            sku=f"P{100 + which}",
            item=words.products[which][0],
            quantity=rng.choice((1, 1, 1, 2)),
            price=Decimal(words.products[which][1]),
        )
        for at, which in enumerate(rng.sample(range(len(words.products)), rng.choice((1, 1, 2))))
    )
    done = state in {OrderState.DELIVERED, OrderState.RETURNED}
    order = SalesOrder(
        id=make.id("order", str(number)),
        number=with_check_digit(FIRST_NUMBER + number),
        party_id=party.id,
        state=state,
        item=lines[0].item,
        placed_at=placed_at,
        expected_at=expected_at,
        delivered_at=expected_at if done else None,
        due_at=placed_at + timedelta(days=14),
        paid_at=placed_at if paid else None,
        total=sum((line.price * line.quantity for line in lines), Decimal(0)),
        currency=words.currency,
    )
    make.put(schema.sales_order, order)
    make.rows[schema.sales_order_line] += [
        {"order_id": order.id, **as_row(schema.sales_order_line, line)} for line in lines
    ]
    _event(
        make,
        party,
        placed_at,
        "order_placed",
        "order",
        order.id,
        order.item,
        {"number": order.number, "total": str(order.total), "currency": order.currency},
    )
    return order


def case_of(
    make: Maker,
    party: Party,
    number: int,
    *,
    subject: str,
    kind: CaseKind,
    state: CaseState,
    opened_at: datetime,
    queue: str = "support",
) -> Case:
    """Add a case and its event."""
    case = Case(
        id=make.id("case", str(number)),
        number=f"C{FIRST_NUMBER // 10 + number}",
        party_id=party.id,
        subject=subject,
        kind=kind,
        state=state,
        priority=Priority.HIGH if kind is CaseKind.COMPLAINT else Priority.NORMAL,
        queue=queue,
        opened_at=opened_at,
        state_since=opened_at,
        due_at=opened_at + timedelta(days=5),
        closed_at=opened_at + timedelta(days=3) if state is CaseState.CLOSED else None,
        owner_id=make.agent(party, queue),
    )
    make.put(schema.case, case)
    _event(
        make,
        party,
        opened_at,
        "case_opened",
        "case",
        case.id,
        subject,
        {"number": case.number, "from": "", "to": "new"},
    )
    return case


def contact_of(
    make: Maker,
    party: Party,
    key: str,
    *,
    at: datetime,
    answered: bool = True,
    note: str = "",
    queue: str = "",
    case_id: str | None = None,
) -> None:
    """Add a past call with its segment and its event; a ``note`` is what support wrote."""
    rng, words = make.rng, WORDS[party.language]
    waited = timedelta(seconds=rng.randrange(2, 95))
    talked = timedelta(seconds=rng.randrange(40, 720)) if answered else timedelta()
    what = rng.randrange(len(NOTES))
    usual, disposition = ("support", "follow_up") if note else NOTES[what]
    queue = queue or usual
    agent, queued_at = make.agent(party, queue), at + timedelta(seconds=12)
    began = queued_at + waited
    interaction = Interaction(
        id=make.id("interaction", key),
        external_id=f"demo-{make.seed}-{key}",
        direction=Direction.OUTBOUND if answered and rng.random() < 0.1 else Direction.INBOUND,
        party_id=party.id,
        case_id=case_id,
        queue=queue,
        agent_id=agent if answered else "",
        ani=make.phones.get(party.id, ""),
        language=party.language,
        started_at=at,
        queued_at=queued_at,
        answered_at=began if answered else None,
        ended_at=began + talked,
        waited=waited,
        talked=talked,
        held=timedelta(),
        outcome="completed" if answered else "abandoned_in_queue",
        disposition=disposition if answered else "",
        note=(note or words.notes[what]) if answered else "",
    )
    make.put(schema.interaction, interaction)
    if answered:
        make.rows[schema.segment].append(
            {
                "interaction_id": interaction.id,
                "seq": 1,
                "agent_id": agent,
                "queue": queue,
                "offered_at": began - timedelta(seconds=min(4.0, waited.total_seconds())),
                "answered_at": began,
                "ended_at": interaction.ended_at,
                "talked": talked,
                "held": timedelta(),
                "wrapped": timedelta(seconds=25),
                "outcome": "answered",
            }
        )
    _event(
        make,
        party,
        at,
        "interaction",
        "interaction",
        interaction.id,
        interaction.note,
        {
            "channel": "phone",
            "direction": interaction.direction,
            "queue": queue,
            "outcome": interaction.outcome,
            "disposition": interaction.disposition,
            "talked_s": talked.total_seconds(),
        },
    )["actor"] = interaction.agent_id


def opportunity_of(make: Maker, party: Party, key: str, *, stage: Stage) -> None:
    """Add a possible sale."""
    rng, words = make.rng, WORDS[party.language]
    product, price = rng.choice(words.products)
    is_over = stage in {Stage.WON, Stage.LOST}
    units = rng.randrange(2, 12) if party.kind is PartyKind.ORGANIZATION else rng.choice((1, 1, 2))
    ends = -rng.randrange(1, 200) if is_over else rng.randrange(5, 90)
    opportunity = Opportunity(
        id=make.id("opportunity", key),
        party_id=party.id,
        name=f"{words.deal}: {product}",
        stage=stage,
        product=product,
        amount=Decimal(price * units),
        currency=words.currency,
        probability=CHANCES[stage],
        close_on=(make.now + timedelta(days=ends)).date(),
        lost_reason=rng.choice(words.lost) if stage is Stage.LOST else "",
        owner_id=make.agent(party, "sales"),
    )
    make.put(schema.opportunity, opportunity)


def callback_of(make: Maker, party: Party, key: str, *, due_at: datetime, number: str) -> None:
    """Add a promised callback."""
    task = Task(
        id=make.id("task", key),
        kind=TaskKind.CALLBACK,
        subject=WORDS[party.language].callback,
        due_at=due_at,
        assignee_id=make.agent(party, "support"),
        party_id=party.id,
        queue="support",
        number=number,
    )
    make.put(schema.task, task)


def _event(
    make: Maker,
    party: Party,
    at: datetime,
    kind: str,
    subject_type: str,
    subject_id: str,
    summary: str,
    payload: Mapping[str, Any],
) -> dict[str, Any]:
    row = {
        "id": make.id("event", subject_id),
        "party_id": party.id,
        "occurred_at": at,
        "kind": kind,
        "subject_type": subject_type,
        "subject_id": subject_id,
        "actor": "",
        "summary": summary,
        "payload": payload,
    }
    make.rows[schema.timeline_event].append(row)
    return row


def _person(language: str, given: str, family: str) -> str:
    return f"{family}{given}" if language == "zh" else f"{given} {family}"


def _company(make: Maker, language: str, city: str) -> str:
    rng, words = make.rng, WORDS[language]
    name, form = rng.choice(words.company), rng.choice(words.company_forms)
    if language == "zh":
        return f"{city}{name}{form}"
    if language == "fa":
        return f"شرکت {form} {name} {city}"
    one, other = rng.sample(words.family, 2)
    return f"{rng.choice((f'{city} {name}', f'{one} & {other}', f'{one} Bros.'))} {form}"


def spread(rows: Rows) -> Sequence[tuple[Table, list[dict[str, Any]]]]:
    """Return the rows by table, parents before children."""
    return [(table, rows[table]) for table in schema.metadata.sorted_tables if rows.get(table)]

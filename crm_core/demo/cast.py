"""The demo's main characters: callers that show what the screen pop can do, and the staff."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Final

from crm_core.demo.rows import (
    FIRST_NUMBER,
    Maker,
    Rows,
    callback_of,
    case_of,
    contact_of,
    email_of,
    opportunity_of,
    order_of,
    party_of,
    phone_of,
    store_party,
)
from crm_core.domain.case import CaseKind, CaseState
from crm_core.domain.numbers import with_check_digit
from crm_core.domain.party import CallerHint, Party, PartyKind, Tier
from crm_core.domain.sales import OrderState, Stage
from crm_core.domain.user import Team, User, UserRole
from crm_core.storage import schema

PASSWORD: Final = "parley-demo"  # noqa: S105 - shown by `make run`
BASE: Final = 900_000
"""Running numbers of the cast, far above the population's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Showcase:
    """One caller to play. ``key`` is a catalogue key under ``demo.caller.``."""

    key: str
    name: str
    number: str
    language: str
    customer_number: str = ""
    pin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    key: str
    name: str
    email: str
    number: str
    language: str
    pin: str = ""
    kind: PartyKind = PartyKind.PERSON
    tier: Tier = Tier.STANDARD
    shared: bool = False
    blocked: str = ""


_PARTS: Final = (
    _Part(
        key="vip_late_order",
        name="Grace Holloway",
        email="grace.holloway",
        number="+12025550143",
        language="en",
        pin="2468",
        tier=Tier.VIP,
    ),
    _Part(
        key="order_underway",
        name="مینا رضایی",
        email="mina.rezaei",
        number="+989120000143",
        language="fa",
        pin="1357",
    ),
    _Part(
        key="open_quote",
        name="王芳",
        email="wang.fang",
        number="+8619900000143",
        language="zh",
        pin="8642",
        tier=Tier.GOLD,
    ),
    _Part(
        key="household",
        name="陈建国",
        email="chen.jianguo",
        number="+861055500188",
        language="zh",
        pin="1111",
        shared=True,
    ),
    _Part(
        key="household",
        name="林美玲",
        email="lin.meiling",
        number="+861055500188",
        language="zh",
        pin="2222",
        shared=True,
    ),
    _Part(
        key="household",
        name="陈思远",
        email="chen.siyuan",
        number="+861055500188",
        language="zh",
        pin="3333",
        shared=True,
    ),
    _Part(
        key="overdue_company",
        name="Northwind Tooling Inc.",
        email="accounts.northwind",
        number="+12065550177",
        language="en",
        pin="4321",
        kind=PartyKind.ORGANIZATION,
        tier=Tier.SILVER,
    ),
    _Part(
        key="blocked",
        name="Vincent Hobbs",
        email="vincent.hobbs",
        number="+13125550166",
        language="en",
        pin="9999",
        blocked="abusive calls",
    ),
    _Part(
        key="callback_missed",
        name="کاوه شیرازی",
        email="kaveh.shirazi",
        number="+989120000166",
        language="fa",
        pin="7531",
    ),
    _Part(
        key="maybe",
        name="Priya Banerjee",
        email="priya.banerjee",
        number="+14045550155",
        language="en",
        pin="5050",
    ),
)
RESERVED: Final = frozenset(part.number for part in _PARTS)
HINTED: Final = "+14045550199"
"""Priya Banerjee once left this number in a case: known as "maybe"."""
STRANGER: Final = "+17185550199"


def showcase() -> tuple[Showcase, ...]:
    """Return the callers worth playing, with number, customer number and PIN."""
    people = tuple(
        Showcase(
            key=part.key,
            name=part.name,
            number=HINTED if part.key == "maybe" else part.number,
            language=part.language,
            customer_number=with_check_digit(FIRST_NUMBER + BASE + at),
            pin=part.pin,
        )
        for at, part in enumerate(_PARTS)
    )
    return (
        *people,
        Showcase(key="stranger", name="", number=STRANGER, language="en"),
        Showcase(key="anonymous", name="", number="", language="en"),
    )


def cast_rows(seed: int, *, now: datetime) -> Rows:
    """Return the rows of the cast."""
    make = Maker(seed=seed, now=now, rng=Random(f"{seed}/cast"))  # noqa: S311 - demo data
    for at, part in enumerate(_PARTS):
        index = BASE + at
        party = replace(
            party_of(make, index, language=part.language, name=part.name, kind=part.kind),
            tier=part.tier,
            blocked_reason=part.blocked,
            owner_id="ana" if part.tier is Tier.VIP else None,
            customer_since=now - timedelta(days=700 + 130 * at, hours=at),
        )
        store_party(make, party, pin=part.pin)
        phone_of(
            make,
            party,
            part.number,
            label="home" if part.shared else "mobile",
            shared=part.shared,
            primary=True,
        )
        email_of(make, party, f"{part.email}@example.com")
        _STORIES[part.key](make, party, index)
    return make.rows


def _vip(make: Maker, party: Party, index: int) -> None:
    now = make.now
    order_of(
        make,
        party,
        index,
        state=OrderState.SHIPPED,
        placed_at=now - timedelta(days=9),
        expected_at=now - timedelta(days=2, hours=3),
    )
    order_of(
        make,
        party,
        index + 100,
        state=OrderState.DELIVERED,
        placed_at=now - timedelta(days=130),
        expected_at=now - timedelta(days=124),
    )
    case = case_of(
        make,
        party,
        index,
        subject="Third delivery date missed",
        kind=CaseKind.COMPLAINT,
        state=CaseState.OPEN,
        opened_at=now - timedelta(days=1, hours=5),
    )
    contact_of(
        make,
        party,
        str(index),
        at=now - timedelta(hours=26),
        note="Very unhappy about the third delivery date. Promised to trace the parcel.",
        case_id=case.id,
    )
    contact_of(make, party, str(index + 100), at=now - timedelta(days=60))


def _underway(make: Maker, party: Party, index: int) -> None:
    now = make.now
    order_of(
        make,
        party,
        index,
        state=OrderState.SHIPPED,
        placed_at=now - timedelta(days=3),
        expected_at=now + timedelta(days=2),
    )
    contact_of(make, party, str(index), at=now - timedelta(days=12))


def _quote(make: Maker, party: Party, index: int) -> None:
    opportunity_of(make, party, str(index), stage=Stage.NEGOTIATE)
    order_of(
        make,
        party,
        index,
        state=OrderState.DELIVERED,
        placed_at=make.now - timedelta(days=200),
        expected_at=make.now - timedelta(days=193),
    )
    contact_of(make, party, str(index), at=make.now - timedelta(days=8))


def _household(make: Maker, party: Party, index: int) -> None:
    if party.customer_number == with_check_digit(FIRST_NUMBER + BASE + 3):
        case_of(
            make,
            party,
            index,
            subject="配送三次改期",
            kind=CaseKind.REQUEST,
            state=CaseState.WAITING_CUSTOMER,
            opened_at=make.now - timedelta(days=4),
        )
    contact_of(make, party, str(index), at=make.ago(days=90))


def _overdue(make: Maker, party: Party, index: int) -> None:
    now = make.now
    order_of(
        make,
        party,
        index,
        state=OrderState.DELIVERED,
        placed_at=now - timedelta(days=40),
        expected_at=now - timedelta(days=34),
        paid=False,
    )
    contact_of(make, party, str(index), at=now - timedelta(days=20))


def _blocked(make: Maker, party: Party, index: int) -> None:
    contact_of(
        make, party, str(index), at=make.now - timedelta(days=3), note="Shouted, then hung up."
    )


def _missed(make: Maker, party: Party, index: int) -> None:
    at = make.now - timedelta(hours=3)
    contact_of(make, party, str(index), at=at, answered=False, queue="billing")
    callback_of(
        make, party, str(index), due_at=make.now - timedelta(hours=1), number=make.phones[party.id]
    )


def _maybe(make: Maker, party: Party, index: int) -> None:
    case = case_of(
        make,
        party,
        index,
        subject="Change of delivery address",
        kind=CaseKind.REQUEST,
        state=CaseState.OPEN,
        opened_at=make.now - timedelta(days=5),
    )
    hint = CallerHint(
        id=make.id("hint", str(index)),
        norm=HINTED,
        party_id=party.id,
        source_type="case",
        source_id=case.id,
    )
    make.put(schema.caller_hint, hint)
    contact_of(make, party, str(index), at=make.now - timedelta(days=5))


_STORIES: Final[Mapping[str, Callable[[Maker, Party, int], None]]] = {
    "vip_late_order": _vip,
    "order_underway": _underway,
    "open_quote": _quote,
    "household": _household,
    "overdue_company": _overdue,
    "blocked": _blocked,
    "callback_missed": _missed,
    "maybe": _maybe,
}

TEAMS: Final = (Team(id="care", name="Customer care", lead_id="sup"),)
_STAFF: Final[tuple[tuple[str, str, tuple[str, ...], dict[str, int], str], ...]] = (
    ("ana", "Ana Ruiz", ("agent",), {"support": 5, "sales": 3, "lang-en": 5}, "en"),
    ("ben", "Ben Carter", ("agent",), {"sales": 5, "billing": 3, "lang-en": 5}, "en"),
    ("li", "李娜", ("agent",), {"support": 4, "sales": 4, "lang-zh": 5, "lang-en": 3}, "zh"),
    (
        "mina",
        "مینا فرهادی",
        ("agent",),
        {"support": 5, "billing": 4, "lang-fa": 5, "lang-en": 2},
        "fa",
    ),
    ("omid", "امید نوری", ("agent", "sales"), {"sales": 5, "lang-fa": 5, "lang-en": 3}, "fa"),
    (
        "sara",
        "Sara Lindqvist",
        ("agent", "service"),
        {"support": 3, "billing": 5, "lang-en": 5, "lang-zh": 2},
        "en",
    ),
    ("sup", "Susan Prescott", ("supervisor",), {}, "en"),
    ("mark", "Mark Delgado", ("marketer",), {}, "en"),
    ("admin", "Administrator", ("admin", "supervisor"), {}, "en"),
)
_QUEUE_SKILLS: Final = ("sales", "support", "billing")


def users(hash_password: Callable[[str], str]) -> tuple[User, ...]:
    """Return the demo's users, all with ``PASSWORD``; hashing takes a moment each."""
    return tuple(
        User(
            id=key,
            name=name,
            roles=tuple(UserRole(role) for role in roles),
            team_id="care",
            skills=skills,
            queues=tuple(skill for skill in _QUEUE_SKILLS if skill in skills),
            language=language,
            password_hash=hash_password(PASSWORD),
        )
        for key, name, roles, skills, language in _STAFF
    )

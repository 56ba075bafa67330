"""Ten thousand believable parties, chunk by chunk, each chunk a function of seed and number."""

from datetime import datetime, timedelta
from random import Random
from typing import Final

from crm_core.demo.cast import BASE, HINTED, RESERVED, STRANGER
from crm_core.demo.rows import (
    Maker,
    Rows,
    address_of,
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
from crm_core.demo.words import COMPLAINTS, PROBLEMS, SHARES, WORDS
from crm_core.domain.case import CaseKind, CaseState
from crm_core.domain.party import Party, PartyKind
from crm_core.domain.sales import OrderState, Stage

CHUNK: Final = 500
ITEMS: Final = 20
"""Room for this many orders, cases or contacts a party in the numbering."""
CAST_ROOM: Final = 1_000
"""So many numbers from ``BASE`` on are the cast's."""
MOST: Final = BASE
"""Parties there are numbers for."""
SECOND, REPLACED = 1_000_000, 2_000_000
"""How far on the numbers lie that are a party's second, or stand for one of the cast's."""
_AREAS: Final = (
    201,
    202,
    203,
    205,
    206,
    207,
    208,
    209,
    210,
    212,
    213,
    214,
    215,
    216,
    217,
    218,
    219,
    224,
    225,
    228,
    229,
    231,
    234,
    239,
    240,
    248,
    251,
    252,
    253,
    254,
    256,
    260,
    262,
    267,
    269,
    270,
    276,
    281,
    301,
    302,
    303,
    304,
    305,
    307,
    308,
    309,
    310,
    312,
    313,
    314,
    315,
    316,
    317,
    318,
    319,
    320,
    321,
    323,
    330,
    334,
    336,
    337,
    339,
    347,
    351,
    352,
    360,
    361,
    386,
    401,
    402,
    404,
    405,
    406,
    407,
    408,
)
SPOKEN_FOR: Final = frozenset({HINTED, STRANGER})


def chunk_rows(seed: int, first: int, count: int, *, now: datetime) -> Rows:
    """Return the rows of parties ``first`` to ``first + count``."""
    make = Maker(seed=seed, now=now, rng=Random(f"{seed}/{first}"))  # noqa: S311 - demo data
    for index in range(first, first + count):
        language = make.rng.choices(list(SHARES), list(SHARES.values()))[0]
        _one(make, index, language)
    return make.rows


def phone_number(language: str, index: int) -> str:
    """Return the number of party ``index``: for English from the range kept for fiction."""
    if language == "zh":
        return f"+86199{index:08d}"
    if language == "fa":
        return f"+98912{index:07d}"
    block, line = divmod(index, 100)
    exchange, area = divmod(block, len(_AREAS))
    return f"+1{_AREAS[area]}{555 + exchange}01{line:02d}"


def record_number(index: int, at: int) -> int:
    """Return the number of a party's order, case or contact ``at``: none of the cast's."""
    number = index * ITEMS + at
    return number if number < BASE else number + CAST_ROOM


def _one(make: Maker, index: int, language: str) -> None:
    rng = make.rng
    party = party_of(make, index, language=language)
    store_party(make, party, pin=f"{rng.randrange(10_000):04d}")
    number = phone_number(language, index)
    if number in RESERVED or number in SPOKEN_FOR:
        number = phone_number(language, index + REPLACED)
    is_person = party.kind is PartyKind.PERSON
    phone_of(make, party, number, label="mobile" if is_person else "work", primary=True)
    if rng.random() < 0.45:
        second = phone_number(language, index + SECOND)
        phone_of(make, party, second, label="home" if is_person else "mobile")
    if rng.random() < 0.7:
        email_of(make, party, address_of(make, party, index))
    for at in range(rng.choices((0, 1, 2, 3), (35, 35, 20, 10))[0]):
        _order(make, party, record_number(index, at))
    open_case = _cases(make, party, index)
    for at in range(rng.choices((0, 1, 2, 3, 5, 8), (20, 25, 25, 15, 10, 5))[0]):
        contact_of(
            make,
            party,
            str(record_number(index, at)),
            at=make.call_of(party, days=rng.choice((3, 60, 400))),
            answered=rng.random() < 0.93,
            case_id=open_case if at == 0 else None,
        )
    wants = 0.15 if is_person else 0.5
    if rng.random() < wants:
        opportunity_of(make, party, str(index), stage=rng.choice(list(Stage)))
    if rng.random() < 0.04:
        due = make.now + timedelta(hours=rng.randrange(-20, 60))
        callback_of(make, party, str(index), due_at=due, number=number)


def _order(make: Maker, party: Party, number: int) -> None:
    rng = make.rng
    placed = make.ago_of(party, days=rng.choice((12, 90, 700)))
    expected = placed + timedelta(days=rng.randrange(3, 12))
    age = make.now - placed
    if age > timedelta(days=14):
        state = rng.choices(
            (OrderState.DELIVERED, OrderState.RETURNED, OrderState.CANCELLED), (90, 6, 4)
        )[0]
    elif age > timedelta(days=3):
        state = rng.choice((OrderState.PACKED, OrderState.SHIPPED, OrderState.DELIVERED))
    else:
        state = rng.choice((OrderState.PLACED, OrderState.CONFIRMED))
    if state is OrderState.DELIVERED and expected > make.now:
        expected = make.now - timedelta(hours=rng.randrange(1, 48))
    paid = rng.random() < 0.94 or state is OrderState.CANCELLED
    order_of(make, party, number, state=state, placed_at=placed, expected_at=expected, paid=paid)


def _cases(make: Maker, party: Party, index: int) -> str | None:
    rng, words = make.rng, WORDS[party.language]
    open_case: str | None = None
    for at in range(rng.choices((0, 1, 2), (68, 24, 8))[0]):
        if rng.random() < 0.12:
            what = rng.randrange(len(COMPLAINTS))
            subject, kind, queue = words.complaints[what], CaseKind.COMPLAINT, COMPLAINTS[what]
        else:
            what = rng.randrange(len(PROBLEMS))
            subject, (kind, queue) = words.problems[what], PROBLEMS[what]
        opened = make.call_of(party, days=rng.choice((6, 40, 500)))
        recent = make.now - opened < timedelta(days=10)
        state = rng.choice(
            (CaseState.NEW, CaseState.OPEN, CaseState.WAITING_CUSTOMER, CaseState.ESCALATED)
            if recent
            else (CaseState.CLOSED, CaseState.CLOSED, CaseState.CLOSED, CaseState.RESOLVED)
        )
        case = case_of(
            make,
            party,
            record_number(index, at),
            subject=subject,
            kind=kind,
            queue=queue,
            state=state,
            opened_at=opened,
        )
        open_case = case.id if recent else open_case
    return open_case

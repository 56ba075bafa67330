"""The state of a caller's last order, for the phone menu, behind customer number and PIN.

A wrong number, a wrong PIN and a customer without a PIN look and take the same, so that the menu
cannot be used to find customers; a PIN is locked after a few failures in a row.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from crm_core.domain.names import ascii_digits
from crm_core.domain.numbers import is_sound
from crm_core.domain.pin import NOBODY, Secret, check_pin
from crm_core.domain.sales import OrderState
from crm_core.services.ports import Work

ATTEMPTS: Final = 5
LOCKED_FOR: Final = timedelta(minutes=15)
HASH_TIMEOUT: Final = 5.0


class Identity(StrEnum):
    """How the check of number and PIN ended."""

    PROVEN = "proven"
    REFUSED = "refused"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True, kw_only=True)
class LastOrder:
    """What is spoken to the caller."""

    number: str
    state: OrderState
    item: str
    placed_at: datetime
    expected_at: datetime | None
    delivered_at: datetime | None
    total: Decimal
    currency: str
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStatus:
    """The answer: who proved to be whom, and the last order if there is one."""

    identity: Identity
    party_id: str | None = None
    order: LastOrder | None = None


async def of(work: Work, customer_number: str, pin: str) -> OrderStatus:
    """Check number and PIN, then return the caller's last order."""
    identity, party_id = await prove(work, customer_number, pin)
    if identity is not Identity.PROVEN or party_id is None:
        return OrderStatus(identity=identity)
    now = work.clock()
    orders = await work.orders.of_party(party_id, limit=1)
    if not orders:
        return OrderStatus(identity=identity, party_id=party_id)
    order = orders[0]
    overdue = order.expected_at is not None and order.expected_at < now
    return OrderStatus(
        identity=identity,
        party_id=party_id,
        order=LastOrder(
            number=order.number,
            state=order.state,
            item=order.item,
            placed_at=order.placed_at,
            expected_at=order.expected_at,
            delivered_at=order.delivered_at,
            total=order.total,
            currency=order.currency,
            late=overdue and order.delivered_at is None and order.state is not OrderState.CANCELLED,
        ),
    )


async def prove(work: Work, customer_number: str, pin: str) -> tuple[Identity, str | None]:
    """Check a customer number and PIN; an attempt is counted before it is looked at.

    So of many guesses at once no more are looked at than of as many one after the other.
    """
    number = ascii_digits(customer_number).strip()
    secret = await work.parties.secret(number) if is_sound(number) else None
    admitted = secret is not None and await _admitted(work, secret.party_id)
    right = await _matches(pin, secret)
    if secret is None:
        return Identity.REFUSED, None
    if not admitted:
        return Identity.LOCKED, None
    if not right:
        return Identity.REFUSED, None
    await work.parties.forgive_attempts(secret.party_id)
    await work.commit()
    return Identity.PROVEN, secret.party_id


async def _admitted(work: Work, party_id: str) -> bool:
    now = work.clock()
    admitted = await work.parties.admit_attempt(
        party_id, now=now, lock_after=ATTEMPTS, lock_until=now + LOCKED_FOR
    )
    await work.commit()
    return admitted


async def _matches(pin: str, secret: Secret | None) -> bool:
    async with asyncio.timeout(HASH_TIMEOUT):
        digest = NOBODY if secret is None else secret.pin_hash
        return await asyncio.to_thread(check_pin, pin, digest) and secret is not None

"""Sales values: opportunities and orders."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from crm_core.domain.record import Owned


class Stage(StrEnum):
    """Where an opportunity stands."""

    DISCOVER = "discover"
    QUALIFY = "qualify"
    PROPOSE = "propose"
    NEGOTIATE = "negotiate"
    WON = "won"
    LOST = "lost"


class OrderState(StrEnum):
    """Where an order stands."""

    PLACED = "placed"
    CONFIRMED = "confirmed"
    PACKED = "packed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURNED = "returned"


RUNNING_STAGES: Final = frozenset(Stage) - {Stage.WON, Stage.LOST}
UNDERWAY: Final = frozenset(
    {OrderState.PLACED, OrderState.CONFIRMED, OrderState.PACKED, OrderState.SHIPPED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opportunity(Owned):
    """A possible sale."""

    party_id: str
    name: str
    stage: Stage = Stage.DISCOVER
    product: str = ""
    amount: Decimal = Decimal(0)
    currency: str = "USD"
    probability: int = 10
    close_on: date | None = None
    lost_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderItem:
    """One product of an order."""

    line: int
    sku: str = ""
    item: str
    quantity: int = 1
    price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesOrder(Owned):
    """What a party ordered; unpaid and past ``due_at`` is overdue."""

    number: str = ""
    party_id: str
    state: OrderState = OrderState.PLACED
    item: str = ""
    """The first line's product, for lists."""
    placed_at: datetime
    expected_at: datetime | None = None
    delivered_at: datetime | None = None
    due_at: datetime | None = None
    paid_at: datetime | None = None
    total: Decimal = Decimal(0)
    currency: str = "USD"
    lines: Sequence[OrderItem] = field(default=())

"""The IVR's look-up of a caller's last order, answered by the customer base."""

from typing_extensions import override

from crm_core.domain.errors import CrmError
from crm_core.services import order_status
from crm_core.storage.database import Database
from ivr.flow import Money
from ivr.ports import AccountLookup, AccountsUnavailable, NoOrder, OrderStatus


class CrmAccounts(AccountLookup):
    """Implements the IVR's port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def order_status(self, customer_number: str, pin: str) -> OrderStatus | NoOrder | None:
        try:
            async with self._database.work(actor="ivr") as work:
                found = await order_status.of(work, customer_number, pin)
        except (CrmError, TimeoutError) as error:
            raise AccountsUnavailable(type(error).__name__) from error
        if found.party_id is None:
            return None
        if found.order is None:
            return NoOrder(party_id=found.party_id)
        order = found.order
        due = order.delivered_at or order.expected_at
        return OrderStatus(
            party_id=found.party_id,
            order_number=order.number,
            state=str(order.state),
            placed_on=order.placed_at.date(),
            due_on=due.date() if due is not None else None,
            total=Money(order.total, order.currency),
            late=order.late,
        )

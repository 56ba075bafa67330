"""Opportunities and orders."""

from dataclasses import replace

from sqlalchemy import insert, select
from typing_extensions import override

from crm_core.domain.sales import Opportunity, OrderItem, SalesOrder
from crm_core.storage import counters, schema
from crm_core.storage.repository import Repository, as_row

_O = schema.sales_order


class OpportunityRepository(Repository[Opportunity]):
    """Sales that may come."""

    table = schema.opportunity
    value = Opportunity

    async def of_party(self, party_id: str, *, limit: int = 50) -> list[Opportunity]:
        """Return a party's opportunities, latest first."""
        table = schema.opportunity
        query = self._live().where(table.c.party_id == party_id)
        return await self._values(query.order_by(table.c.created_at.desc()).limit(limit))


class OrderRepository(Repository[SalesOrder]):
    """Orders with their lines."""

    table = schema.sales_order
    value = SalesOrder

    @override
    async def add(self, value: SalesOrder) -> SalesOrder:
        """Insert an order and its lines, with the next number when it has none."""
        number = value.number or await self._unit.session.write_now(counters.order_number)
        item = value.item or (value.lines[0].item if value.lines else "")
        stored = await super().add(replace(value, number=number, item=item))
        rows = [
            {"order_id": stored.id, **as_row(schema.sales_order_line, line)} for line in value.lines
        ]
        if rows:
            self._unit.session.write(lambda c: c.execute(insert(schema.sales_order_line), rows))
        return stored

    async def of_party(self, party_id: str, *, limit: int = 20) -> list[SalesOrder]:
        """Return a party's orders without lines, latest first."""
        query = self._live().where(_O.c.party_id == party_id)
        return await self._values(query.order_by(_O.c.placed_at.desc()).limit(limit))

    async def by_number(self, number: str) -> SalesOrder | None:
        """Return the order with this number, lines included."""
        found = await self._values(self._live().where(_O.c.number == number))
        if not found:
            return None
        lines = schema.sales_order_line
        query = select(
            lines.c.line, lines.c.sku, lines.c.item, lines.c.quantity, lines.c.price
        ).where(lines.c.order_id == found[0].id)
        rows = await self._rows(query.order_by(lines.c.line))
        return replace(found[0], lines=tuple(OrderItem(**row._mapping) for row in rows))

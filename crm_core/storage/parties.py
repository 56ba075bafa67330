"""Parties with their roles, relations and PINs; the search index follows with the commit."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from sqlalchemy import (
    bindparam,
    case,
    insert,
    null,
    or_,
    select,
    update,
)
from typing_extensions import override

from crm_core.domain.names import name_key
from crm_core.domain.party import CallerHint, ContactPoint, Party, PartyRelation, Role
from crm_core.domain.pin import Secret
from crm_core.storage import counters, schema
from crm_core.storage.repository import Repository, as_row, as_values
from crm_core.storage.types import Instant
from crm_core.storage.upsert import ignoring, replacing

_T = schema.party
Stamped = TypeVar("Stamped", PartyRelation, CallerHint)


class PartyRepository(Repository[Party]):
    """People and organisations."""

    table = schema.party
    value = Party

    @override
    async def add(self, value: Party, roles: Sequence[Role] = ()) -> Party:
        """Insert a party with its roles; its name key and search words are made here."""
        party = await super().add(_keyed(value))
        self._unit.to_index.add(party.id)
        rows = [{"party_id": party.id, "role": r, "since": party.created_at} for r in roles]
        if rows:
            self._unit.session.write(lambda c: c.execute(insert(schema.party_role), rows))
        return party

    @override
    async def save(self, value: Party) -> Party:
        self._unit.to_index.add(value.id)
        return await super().save(_keyed(value))

    async def roles(self, party_id: str) -> frozenset[Role]:
        """Return what the party is to us."""
        query = select(schema.party_role.c.role).where(schema.party_role.c.party_id == party_id)
        return frozenset(row.role for row in await self._rows(query))

    async def add_role(self, party_id: str, role: Role) -> None:
        """Let the party be ``role`` too."""
        row = {"party_id": party_id, "role": role, "since": self._unit.clock()}
        self._unit.session.write(
            lambda c: c.execute(ignoring(c.dialect.name, schema.party_role), row)
        )

    async def relate(self, relation: PartyRelation) -> PartyRelation:
        """Add a relation between two parties."""
        stored: PartyRelation = self._with_stamp(relation)
        row = as_row(schema.party_relation, stored)
        self._unit.session.write(lambda c: c.execute(insert(schema.party_relation), row))
        return stored

    async def relations(self, party_id: str) -> list[PartyRelation]:
        """Return the relations from and to a party."""
        table = schema.party_relation
        query = select(table).where(
            (table.c.from_id == party_id) | (table.c.to_id == party_id),
            table.c.deleted_at.is_(None),
        )
        return as_values(PartyRelation, await self._rows(query))

    async def by_customer_number(self, number: str) -> Party | None:
        """Return the party with this customer number."""
        found = await self._values(self._live().where(_T.c.customer_number == number))
        return found[0] if found else None

    async def these(self, ids: Sequence[str]) -> list[Party]:
        """Return those of these parties that exist."""
        return await self._values(self._live().where(_T.c.id.in_(ids))) if ids else []

    async def new_customer_number(self) -> str:
        """Take the next free customer number (8 digits, the last one a check digit)."""
        return await self._unit.session.write_now(counters.customer_number)

    async def hint(self, hint: CallerHint) -> None:
        """Remember that a party may be reached on a number."""
        row = as_row(schema.caller_hint, self._with_stamp(hint))
        self._unit.session.write(lambda c: c.execute(insert(schema.caller_hint), row))

    # --- PIN -----------------------------------------------------------------------------------

    async def secret(self, customer_number: str) -> Secret | None:
        """Return what a PIN is checked against."""
        secrets = schema.party_secret
        query = (
            select(
                _T.c.id.label("party_id"),
                secrets.c.pin_hash,
            )
            .join(secrets, secrets.c.party_id == _T.c.id)
            .where(_T.c.customer_number == customer_number, _T.c.deleted_at.is_(None))
        )
        rows = await self._rows(query)
        return Secret(**rows[0]._mapping) if rows else None

    async def set_pin(self, party_id: str, pin_hash: str) -> None:
        """Give the party a new PIN (already hashed) and forget failed attempts."""
        row = {
            "party_id": party_id,
            "pin_hash": pin_hash,
            "failures": 0,
            "locked_until": None,
            "updated_at": self._unit.clock(),
        }
        self._unit.session.write(
            lambda c: c.execute(replacing(c.dialect.name, schema.party_secret, ("party_id",)), row)
        )

    async def admit_attempt(
        self, party_id: str, *, now: datetime, lock_after: int, lock_until: datetime
    ) -> bool:
        """Count an attempt at a PIN before it is looked at; False while the PIN is locked.

        The ``lock_after``-th in a row locks it for all that follow. One statement, so that the
        database counts however many processes ask side by side; durable only with ``commit``.
        """
        table = schema.party_secret
        last = table.c.failures + 1 >= lock_after
        count = (
            update(table)
            .where(
                table.c.party_id == party_id,
                or_(table.c.locked_until.is_(None), table.c.locked_until <= now),
            )
            .values(
                failures=case((last, 0), else_=table.c.failures + 1),
                locked_until=case((last, bindparam("until", lock_until, Instant)), else_=null()),
            )
        )
        return await self._unit.session.write_now(lambda c: c.execute(count).rowcount == 1)

    async def forgive_attempts(self, party_id: str) -> None:
        """Forget the attempts at a PIN: it was given rightly."""
        table = schema.party_secret
        forgiven = update(table).where(table.c.party_id == party_id)
        self._unit.session.write(
            lambda c: c.execute(forgiven.values(failures=0, locked_until=None))
        )

    def _with_stamp(self, value: Stamped) -> Stamped:
        now, actor = self._unit.clock(), self._unit.actor
        return replace(
            value,
            id=value.id or self._unit.new_id(),
            created_at=now,
            created_by=actor,
            updated_at=now,
            updated_by=actor,
        )


class ContactPointRepository(Repository[ContactPoint]):
    """Numbers and addresses."""

    table = schema.contact_point
    value = ContactPoint

    async def of_party(self, party_id: str) -> list[ContactPoint]:
        """Return a party's live contact points, the primary ones first."""
        table = schema.contact_point
        query = self._live().where(table.c.party_id == party_id)
        return await self._values(query.order_by(table.c.is_primary.desc(), table.c.id))

    async def of_parties(self, ids: Sequence[str]) -> dict[str, list[ContactPoint]]:
        """Return the live contact points of these parties: party id -> points."""
        found: dict[str, list[ContactPoint]] = {}
        if ids:
            for point in await self._values(self._live().where(self.table.c.party_id.in_(ids))):
                found.setdefault(point.party_id, []).append(point)
        return found

    @override
    async def add(self, value: ContactPoint) -> ContactPoint:
        self._unit.to_index.add(value.party_id)
        return await super().add(value)

    @override
    async def save(self, value: ContactPoint) -> ContactPoint:
        self._unit.to_index.add(value.party_id)
        return await super().save(value)

    async def owners(self, kind: str, norms: Sequence[str]) -> dict[str, list[str]]:
        """Return which parties use each of these numbers or addresses: norm -> party ids."""
        table = schema.contact_point
        query = select(table.c.norm, table.c.party_id).where(
            table.c.kind == kind, table.c.norm.in_(norms), table.c.deleted_at.is_(None)
        )
        found: dict[str, list[str]] = {}
        for row in await self._rows(query):
            found.setdefault(row.norm, []).append(row.party_id)
        return found


def _keyed(party: Party) -> Party:
    key = name_key(party.display_name)
    return replace(party, name_key=key, sort_name=party.sort_name or party.display_name)

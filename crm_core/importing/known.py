"""What the database has already of the rows of a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from sqlalchemy import Connection

from crm_core.domain.names import name_key
from crm_core.domain.party import PointKind
from crm_core.importing.preparing import Ready
from crm_core.storage import imports
from crm_core.storage.imports import Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Looked up once for a chunk of rows."""

    points: Mapping[tuple[PointKind, str], Sequence[Owner]]
    numbers: Mapping[str, str]
    """Customer number -> party."""
    lines: Mapping[int, str]
    """Line -> the party that an earlier import of this very file made of it."""

    @classmethod
    def of(cls, connection: Connection, digest: str, rows: Sequence[Ready]) -> Self:
        """Look up what ``rows`` have in common with the database."""
        points: dict[tuple[PointKind, str], Sequence[Owner]] = {}
        for kind in (PointKind.PHONE, PointKind.EMAIL):
            norms = sorted({p.norm for row in rows for p in row.points if p.kind is kind})
            found = imports.owners(connection, kind, norms)
            points |= {(kind, norm): owners for norm, owners in found.items()}
        numbers = sorted({row.party.customer_number for row in rows if row.party.customer_number})
        return cls(
            points=points,
            numbers=imports.numbered(connection, numbers),
            lines=imports.by_line(connection, digest, [row.line.number for row in rows]),
        )

    def same_line(self, row: Ready) -> str:
        """Return the party that was made of this row before, or ""."""
        return self.lines.get(row.line.number, "")

    def same_party(self, row: Ready) -> str:
        """Return the party that the row is about, or "": by its number, else by point and name.

        A number that several people share says nothing without the name.
        """
        number = row.party.customer_number
        if number and number in self.numbers:
            return self.numbers[number]
        key = name_key(row.party.display_name)
        found = {
            owner.party_id
            for point in row.points
            for owner in self.points.get((point.kind, point.norm), ())
            if owner.name_key == key
        }
        return found.pop() if len(found) == 1 else ""

    def same_point(self, row: Ready) -> tuple[PointKind, Owner] | None:
        """Return a party that has one of the row's numbers or addresses, and which kind it is."""
        for point in row.points:
            if owners := self.points.get((point.kind, point.norm)):
                return point.kind, owners[0]
        return None

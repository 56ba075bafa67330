"""Completes and corrects parties that are there already with what a file says of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from crm_core.domain.party import ContactPoint, Party, Tier
from crm_core.importing.preparing import Ready
from crm_core.storage.imports import Entry
from crm_core.storage.unit_of_work import UnitOfWork

NAME: Final = ("display_name", "sort_name", "given_name", "family_name")
_SINGLE: Final[Mapping[str, str]] = {
    "tier": "tier", "language": "language", "city": "city", "number": "customer_number",
}  # fmt: skip
"""What a row says -> the party's field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """A party as it shall be, and the points it gains."""

    row: Ready
    before: Party
    after: Party
    points: Sequence[ContactPoint]

    @property
    def changes(self) -> dict[str, Any]:
        """Field -> [before, after]."""
        return {
            name: [getattr(self.before, name), getattr(self.after, name)]
            for name in (*NAME, *_SINGLE.values(), "ext")
            if getattr(self.before, name) != getattr(self.after, name)
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Updates:
    """What is to change, and which rows say nothing new of whom."""

    changed: Sequence[Update]
    needless: Sequence[tuple[Ready, str]]

    async def store(self, work: UnitOfWork, job_id: str) -> list[Entry]:
        """Write the changes; the caller commits."""
        entries: list[Entry] = []
        for each in self.changed:
            changes = each.changes
            if changes:
                await work.parties.save(each.after)
            added = [await work.contact_points.add(point) for point in each.points]
            entries.append(
                Entry(
                    job_id=job_id,
                    line=each.row.line.number,
                    party_id=each.before.id,
                    made=False,
                    changes={**changes, "points": [point.id for point in added]},
                )
            )
        return entries


async def updates_of(
    work: UnitOfWork, again: Sequence[tuple[Ready, str]], *, overwrite: bool
) -> Updates:
    """Tell what rows bring to the parties they are about; nothing is written.

    What somebody has entered since stands, unless ``overwrite``: then only the gaps are filled.
    """
    ids = list(dict.fromkeys(party_id for _, party_id in again))
    parties = {party.id: party for party in await work.parties.these(ids)}
    points = await work.contact_points.of_parties(ids)
    changed: list[Update] = []
    needless: list[tuple[Ready, str]] = []
    for row, party_id in again:
        before = parties.get(party_id)
        if before is None:
            continue
        ours = overwrite or before.updated_by == work.actor
        after = _completed(before, row, overwrite=ours)
        added = list(_added(row, before, points.get(party_id, [])))
        update = Update(row=row, before=before, after=after, points=added)
        if not update.changes and not added:
            needless.append((row, before.display_name))
            continue
        parties[party_id] = replace(after, version=before.version + bool(update.changes))
        points.setdefault(party_id, []).extend(added)
        changed.append(update)
    return Updates(changed=changed, needless=needless)


def _completed(party: Party, row: Ready, *, overwrite: bool) -> Party:
    said = row.line.values
    changes: dict[str, Any] = {}
    for column, field in _SINGLE.items():
        missing = getattr(party, field) in ("", None, Tier.STANDARD)
        if column in said and (missing or (overwrite and field != "customer_number")):
            changes[field] = getattr(row.party, field)
    if overwrite and {"name", "given", "family", "company"} & said.keys():
        changes |= {
            "display_name": row.party.display_name,
            "sort_name": row.party.display_name,
            "given_name": row.party.given_name,
            "family_name": row.party.family_name,
        }
    company = row.party.ext.get("company")
    if company and (overwrite or not party.ext.get("company")):
        changes["ext"] = {**party.ext, "company": company}
    return replace(party, **changes)


def _added(row: Ready, party: Party, has: Sequence[ContactPoint]) -> Iterator[ContactPoint]:
    known = {(point.kind, point.norm) for point in has}
    kinds = {point.kind for point in has}
    for point in row.points:
        if (point.kind, point.norm) not in known:
            primary = point.is_primary and point.kind not in kinds
            yield replace(point, party_id=party.id, is_primary=primary)

"""Turns one row of a file into a party with contact points, or a reason why not."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from crm_core.domain.errors import BadValue
from crm_core.domain.languages import language_named
from crm_core.domain.names import ascii_digits, fold
from crm_core.domain.party import (
    ContactPoint,
    Party,
    PartyKind,
    PointKind,
    Tier,
    email_point,
    phone_points,
)
from crm_core.importing.reading import Line

T = TypeVar("T")

_LONGEST_NAME: Final = 200
_LONGEST: Final = {"given": 100, "family": 100, "city": 100}

_TIERS: Final[Mapping[str, Tier]] = {
    fold(word): tier
    for tier, words in {
        Tier.STANDARD: "standard;normal;普通;عادی;معمولی",
        Tier.SILVER: "silver;银;银卡;نقره‌ای",
        Tier.GOLD: "gold;金;金卡;طلایی",
        Tier.VIP: "vip;贵宾;重要;ویژه",
    }.items()
    for word in words.split(";")
}
_BETWEEN: Final = re.compile(r"\s*(?::::|;|,|\n)\s*")
"""What stands between several addresses in one cell: ":::" of Google, commas of Pipedrive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A row that can be stored, without ids yet."""

    line: Line
    party: Party
    points: tuple[ContactPoint, ...]


def prepare(line: Line, *, region: str) -> Ready:
    """Check one row; ``BadValue`` says which column and what to do."""
    values = line.values
    if line.columns:
        raise BadValue(
            "row",
            f"has {len(line.cells)} values for {line.columns} columns;"
            " one that holds the delimiter needs quotes around it",
        )
    # Phones and addresses of one cell may stand one below the other.
    texts = [*values.items(), *(("phone", _one_line(text)) for _, text in line.phones)]
    for field, text in [*texts, *(("email", _one_line(text)) for _, text in line.emails)]:
        if any(c < " " or c == "\x7f" for c in text):
            raise BadValue(
                field, "holds a line break or a control character; is a quote left open?"
            )
        longest = _LONGEST.get(field, _LONGEST_NAME)
        if len(text) > longest:
            raise BadValue(field, f"is longer than {longest} characters; is a quote left open?")
    points = tuple(_points(line, region))
    name = _name(values) or next((point.raw for point in points), "")
    if not name:
        raise BadValue(
            "name", "is empty; every row needs a person, a company, an e-mail address or a phone"
        )
    is_company = "company" in values and not {"name", "given", "family"} & values.keys()
    party = Party(
        kind=PartyKind.ORGANIZATION if is_company else PartyKind.PERSON,
        display_name=name[:_LONGEST_NAME],
        given_name=values.get("given", ""),
        family_name=values.get("family", ""),
        customer_number=_customer_number(values),
        tier=_one_of(values, "tier", _TIERS, Tier.STANDARD),
        language=language_named(values.get("language", "")),
        city=values.get("city", ""),
        source="import",
        ext={"company": values["company"]} if "company" in values and not is_company else {},
    )
    return Ready(line=line, party=party, points=points)


def _one_line(text: str) -> str:
    return " ".join(text.splitlines())


def _name(values: Mapping[str, str]) -> str:
    if "name" in values:
        return values["name"]
    given, family = values.get("given", ""), values.get("family", "")
    if given or family:
        chinese = any("\u4e00" <= c <= "\u9fff" for c in family + given)
        return f"{family}{given}" if chinese else f"{given} {family}".strip()
    return values.get("company", "")


def _points(line: Line, region: str) -> list[ContactPoint]:
    """Return each number and address once; the first phone and the first address are primary."""
    points: dict[tuple[PointKind, str, str], ContactPoint] = {}
    for label, text in line.phones:
        for point in phone_points(text, region=region, label=label):
            points.setdefault((point.kind, point.norm, point.extension), point)
    for label, text in line.emails:
        for one in filter(None, _BETWEEN.split(text)):
            point = email_point(one, label=label)
            points.setdefault((point.kind, point.norm, ""), point)
    firsts = {
        kind: next((p for p in points.values() if p.kind is kind), None) for kind in PointKind
    }
    return [replace(point, is_primary=point is firsts[point.kind]) for point in points.values()]


def _customer_number(values: Mapping[str, str]) -> str | None:
    number = ascii_digits(values.get("number", ""))
    if len(number) > 20:
        raise BadValue("customer number", "is longer than 20 characters")
    return number or None


def _one_of(values: Mapping[str, str], field: str, known: Mapping[str, T], default: T) -> T:
    text = values.get(field)
    if text is None:
        return default
    if fold(text) not in known:
        raise BadValue(field, f"must be one of {', '.join(sorted(map(str, set(known.values()))))}")
    return known[fold(text)]

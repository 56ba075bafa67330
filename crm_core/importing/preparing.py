"""Turns one row of a file into a party with contact points, or a reason why not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from crm_core.domain.errors import BadValue
from crm_core.domain.names import ascii_digits, fold
from crm_core.domain.party import (
    ContactPoint,
    Party,
    PartyKind,
    PointKind,
    Tier,
    email_point,
    phone_point,
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
_LANGUAGES: Final[Mapping[str, str]] = {
    fold(word): language
    for language, words in {
        "en": "en;eng;english;英语;英文;انگلیسی",
        "zh": "zh;cn;chinese;zh-cn;中文;汉语;普通话;چینی",
        "fa": "fa;per;persian;farsi;波斯语;فارسی",
    }.items()
    for word in words.split(";")
}


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
    for field, text in values.items():
        if any(c < " " or c == "\x7f" for c in text):
            raise BadValue(
                field, "holds a line break or a control character; is a quote left open?"
            )
        longest = _LONGEST.get(field, _LONGEST_NAME)
        if len(text) > longest:
            raise BadValue(field, f"is longer than {longest} characters; is a quote left open?")
    name = _name(values)
    if not name:
        raise BadValue("name", "is empty; every row needs the name of a person or company")
    is_company = "company" in values and not {"name", "given", "family"} & values.keys()
    party = Party(
        kind=PartyKind.ORGANIZATION if is_company else PartyKind.PERSON,
        display_name=name[:_LONGEST_NAME],
        given_name=values.get("given", ""),
        family_name=values.get("family", ""),
        customer_number=_customer_number(values),
        tier=_one_of(values, "tier", _TIERS, Tier.STANDARD),
        language=_one_of(values, "language", _LANGUAGES, ""),
        city=values.get("city", ""),
        source="import",
        ext={"company": values["company"]} if "company" in values and not is_company else {},
    )
    return Ready(line=line, party=party, points=tuple(_points(values, region)))


def _name(values: Mapping[str, str]) -> str:
    if "name" in values:
        return values["name"]
    given, family = values.get("given", ""), values.get("family", "")
    if given or family:
        chinese = any("\u4e00" <= c <= "\u9fff" for c in family + given)
        return f"{family}{given}" if chinese else f"{given} {family}".strip()
    return values.get("company", "")


def _points(values: Mapping[str, str], region: str) -> list[ContactPoint]:
    points: dict[tuple[PointKind, str, str], ContactPoint] = {}
    for field, label in (("phone", "mobile"), ("phone2", "other")):
        if field in values:
            point = phone_point(values[field], region=region, label=label, primary=not points)
            points.setdefault((point.kind, point.norm, point.extension), point)
    if "email" in values:
        point = email_point(values["email"], primary=True)
        points[point.kind, point.norm, ""] = point
    return list(points.values())


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

"""Party: a person or an organisation, whatever it is to us; its roles, numbers and relations."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from crm_core.domain import number_text
from crm_core.domain.errors import BadValue
from crm_core.domain.names import index_tokens
from crm_core.domain.phone import AniKind, classify, length_fault
from crm_core.domain.record import EPOCH, Owned, Record

LONGEST_EMAIL: Final = 200
LONGEST_EXTENSION: Final = 12


class PartyKind(StrEnum):
    """One table for both, so that one lookup finds all."""

    PERSON = "person"
    ORGANIZATION = "org"


class Role(StrEnum):
    """What a party is to us; it may be several things at once."""

    CUSTOMER = "customer"
    PROSPECT = "prospect"
    DEALER = "dealer"
    PARTNER = "partner"
    SUPPLIER = "supplier"
    AGENT = "agent"


class Tier(StrEnum):
    """Class of a customer."""

    STANDARD = "standard"
    SILVER = "silver"
    GOLD = "gold"
    VIP = "vip"


class PointKind(StrEnum):
    """How a contact point is reached."""

    PHONE = "phone"
    EMAIL = "email"
    IM = "im"
    SOCIAL = "social"
    FAX = "fax"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party(Owned):
    """A person or an organisation."""

    kind: PartyKind = PartyKind.PERSON
    display_name: str
    sort_name: str = ""
    name_key: str = ""
    """Derived from the name on every write."""
    given_name: str = ""
    family_name: str = ""
    title: str = ""
    birth_date: date | None = None
    tax_no: str = ""
    industry: str = ""
    customer_number: str | None = None
    lifecycle: str = "active"
    tier: Tier = Tier.STANDARD
    language: str = ""
    timezone: str = ""
    city: str = ""
    country: str = ""
    source: str = ""
    customer_since: datetime | None = None
    blocked_reason: str = ""
    do_not_sell: bool = False
    merged_into_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPoint(Record):
    """One number or address of one party; several parties may share it."""

    party_id: str = ""
    kind: PointKind
    raw: str
    norm: str
    """E.164, or the lower-case address."""
    national: str = ""
    extension: str = ""
    region: str = ""
    label: str = ""
    is_primary: bool = False
    is_shared: bool = False
    verified_at: datetime | None = None
    status: str = "active"
    consent_call: bool = True
    consent_sms: bool = True
    consent_mail: bool = True
    consent_source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyRelation(Record):
    """``from_id`` is ``kind`` of ``to_id``: employee, household, guarantor, decision_maker."""

    from_id: str
    to_id: str
    kind: str
    title: str = ""
    since: datetime = EPOCH


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerHint(Record):
    """Somebody was once reached on this number: shown as "maybe", never linked by itself."""

    norm: str
    party_id: str
    source_type: str
    source_id: str = ""


def renamed(party: Party, name: str) -> Party:
    """Give the party another name; what it was called before no longer finds it."""
    known = set(index_tokens(name).split())

    def still(part: str) -> str:
        return part if known.issuperset(index_tokens(part).split()) else ""

    return replace(
        party,
        display_name=name,
        sort_name=name,
        given_name=still(party.given_name),
        family_name=still(party.family_name),
    )


def phone_point(raw: str, *, region: str, label: str = "", primary: bool = False) -> ContactPoint:
    """Make a contact point of a phone number, or say why it cannot be one."""
    points = phone_points(raw, region=region, label=label, primary=primary)
    if len(points) > 1:
        raise BadValue("phone", f"holds {len(points)} numbers; add them one by one")
    if not points:
        raise BadValue("phone", "holds no number; write it with + and country")
    return points[0]


def phone_points(
    raw: str, *, region: str, label: str = "", primary: bool = False
) -> list[ContactPoint]:
    """Make a contact point of each number in ``raw``, each once; ``primary`` is the first.

    "n/a" and the like hold none. ``BadValue`` says why a number cannot be one.
    """
    parts = number_text.pieces(raw)
    unique: dict[tuple[str, str], ContactPoint] = {}
    for part in parts:
        text = number_text.written(part)
        if text:
            point = _phone_point(part, text, region=region, alone=len(parts) == 1)
            unique.setdefault((point.norm, point.extension), point)
    return [
        replace(point, label=label, is_primary=primary and at == 0)
        for at, point in enumerate(unique.values())
    ]


def _phone_point(raw: str, text: str, *, region: str, alone: bool) -> ContactPoint:
    ani = classify(text, region)
    if ani.kind is not AniKind.VALID and not alone:
        raise BadValue(
            "phone", "is a list in which not each is a whole number; write each with + and country"
        )
    readable = number_text.is_readable(number_text.without_words(text))
    if not (ani.e164 and readable) or len(ani.extension) > LONGEST_EXTENSION:
        raise BadValue(
            "phone", f"cannot be a phone number in {region}; write it with + and country"
        )
    fault = "" if ani.kind is AniKind.VALID else length_fault(ani.e164)
    if fault:
        raise BadValue("phone", f"{fault} to be a phone number in {region}; compare it")
    return ContactPoint(
        kind=PointKind.PHONE,
        raw=raw.strip(),
        norm=ani.e164,
        national=ani.national,
        extension=ani.extension,
        region=ani.region or region,
    )


def email_point(raw: str, *, label: str = "", primary: bool = False) -> ContactPoint:
    """Make a contact point of an e-mail address, or say why it cannot be one."""
    norm = raw.strip().lower()
    user, at, host = norm.rpartition("@")
    if not (at and user and "." in host.strip(".")) or any(c.isspace() for c in norm):
        raise BadValue("email", "is no e-mail address; write it as name@example.org")
    if len(norm) > LONGEST_EMAIL:
        raise BadValue("email", f"is longer than {LONGEST_EMAIL} characters")
    return ContactPoint(
        kind=PointKind.EMAIL, raw=raw.strip(), norm=norm, label=label, is_primary=primary
    )

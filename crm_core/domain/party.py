"""Party: a person or an organisation, whatever it is to us; its roles, numbers and relations."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from crm_core.domain.errors import BadValue
from crm_core.domain.names import index_tokens
from crm_core.domain.phone import classify
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
    ani = classify(raw, region)
    if not ani.e164 or len(ani.extension) > LONGEST_EXTENSION:
        raise BadValue(
            "phone", f"cannot be a phone number in {region}; write it with + and country"
        )
    return ContactPoint(
        kind=PointKind.PHONE,
        raw=raw.strip(),
        norm=ani.e164,
        national=ani.national,
        extension=ani.extension,
        region=ani.region or region,
        label=label,
        is_primary=primary,
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

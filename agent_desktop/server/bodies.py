"""What clients may send to the REST API: every field has limits, unknown fields are refused."""

import unicodedata
from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from crm_core.domain.errors import BadValue
from crm_core.domain.languages import LONGEST_TAG, language_tag

Language = Literal["en", "zh", "fa"]
"""A language that the pages speak."""
Theme = Literal["light", "dark", "system"]
PartyKind = Literal["person", "org"]
Tier = Literal["standard", "silver", "gold", "vip"]
CaseKind = Literal["enquiry", "request", "complaint", "return"]
CasePriority = Literal["low", "normal", "high", "urgent"]
CaseMove = Literal[
    "open", "wait", "customer_replied", "escalate", "take_back", "resolve", "close", "reopen"
]
FollowUp = Literal["", "case", "callback"]


def _on_one_line(text: str) -> str:
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise ValueError("must not hold line breaks or other control characters")
    return text


def _storable(text: str) -> str:
    if "\0" in text:  # PostgreSQL keeps every character but this
        raise ValueError("must not hold a NUL character")
    return text


def _within_years(at: datetime) -> datetime:
    if not _YEARS[0] < at.year < _YEARS[1]:
        raise ValueError(f"must lie between {_YEARS[0]} and {_YEARS[1]}")
    return at


_YEARS: Final = (1900, 2200)
"""What lies outside is a slip of the pen, and at the edge of time no zone can be reckoned with."""
Moment = Annotated[AwareDatetime, AfterValidator(_within_years)]
_OneLine = AfterValidator(_on_one_line)


def _spoken(text: str) -> str:
    try:
        return language_tag(text)
    except BadValue as refused:
        raise ValueError(refused.remedy) from refused


Spoken = Annotated[str, StringConstraints(max_length=LONGEST_TAG), AfterValidator(_spoken)]
"""A language that a customer speaks, as a BCP 47 tag; "" for none."""
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), _OneLine
]
MaybeLine = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), _OneLine]
City = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100), _OneLine]
Number = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)]
"""A phone number as people write it, in any script's digits; "" for none."""
Email = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=254, pattern=r"^$|^[^@\s]+@[^@\s]+$")
]
Text = Annotated[str, StringConstraints(max_length=8000), AfterValidator(_storable)]
Version = Annotated[int, Field(ge=1, description="The version you read; stale ones are refused")]


class Body(BaseModel):
    """Base: unknown fields are mistakes worth telling."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LogInBody(Body):
    """User name and password."""

    user: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
    password: Annotated[str, StringConstraints(min_length=1, max_length=256)]


class NewPasswordBody(Body):
    """The user's password, and the one she wants from now on."""

    current: Annotated[str, StringConstraints(min_length=1, max_length=256)]
    new: Annotated[str, StringConstraints(min_length=1, max_length=256)]


class PreferencesBody(Body):
    """How the user wants her pages; what is left out stays."""

    language: Language | None = None
    theme: Theme | None = None


class NewPartyBody(Body):
    """A person or organisation the agent wants to keep."""

    kind: PartyKind = "person"
    name: Line
    phone: Number = ""
    email: Email = ""
    language: Spoken | None = None
    city: City = ""


class PatchPartyBody(Body):
    """Changes to a party; what is left out stays. Adding a phone or e-mail keeps the others.

    A language or city of "" is none.
    """

    version: Version
    name: Line | None = None
    language: Spoken | None = None
    city: City | None = None
    tier: Tier | None = None
    add_phone: Number = ""
    add_email: Email = ""


class NewCaseBody(Body):
    """A new case of a party."""

    party_id: UUID
    subject: Line
    description: Text = ""
    kind: CaseKind = "enquiry"
    priority: CasePriority = "normal"
    due_at: Moment | None = None


class PatchCaseBody(Body):
    """Changes to a case; what is left out stays. ``move`` must be one of the case's ``moves``."""

    version: Version
    move: CaseMove | None = None
    subject: Line | None = None
    description: Text | None = None
    priority: CasePriority | None = None
    due_at: Moment | None = None


class ChoosePartyBody(Body):
    """Either an existing party or a new one.

    ``keep_number``: add the caller's number to the existing party's.
    """

    party_id: UUID | None = None
    new: NewPartyBody | None = None
    keep_number: bool = False

    @model_validator(mode="after")
    def _one_of_them(self) -> "ChoosePartyBody":
        if (self.party_id is None) == (self.new is None):
            raise ValueError("give either party_id or new, not both and not neither")
        return self


Disposition = Annotated[str, StringConstraints(max_length=64, pattern=r"^[a-z0-9_]*$")]


class DraftBody(Body):
    """The after-call form as far as it is written; nothing in it need be complete."""

    note: Text = ""
    disposition: Disposition = ""
    follow_up: FollowUp = ""
    proposed: Annotated[
        bool, Field(description="The form ticked follow_up itself, with the outcome")
    ] = False
    subject: MaybeLine = ""
    due_at: AwareDatetime | None = None
    case_id: UUID | None = None


class WrapUpBody(Body):
    """The after-call form."""

    disposition: Annotated[Disposition, StringConstraints(min_length=1)]
    note: Text = ""
    follow_up: FollowUp = ""
    subject: MaybeLine = ""
    due_at: Moment | None = None
    case_id: UUID | None = None

    @model_validator(mode="after")
    def _follow_up_is_complete(self) -> "WrapUpBody":
        if self.follow_up == "case" and not self.subject:
            raise ValueError("a follow-up case needs a subject")
        if self.follow_up == "callback" and self.due_at is None:
            raise ValueError("a callback needs due_at")
        return self


class OutcomeBody(WrapUpBody):
    """The form of a call that is over: filed afterwards, or corrected."""

    version: Version


class SeeToBody(Body):
    """``done``: it has been seen to already; else the user will do it."""

    done: bool = False


class PatchTaskBody(Body):
    """Changes to a task; what is left out stays. ``take``: it is the user's from now on."""

    version: Version
    state: Literal["open", "done", "cancelled"] | None = None
    due_at: Moment | None = None
    take: bool = False


class DemoCallerBody(Body):
    """Who to ring in as: a number, or "" to withhold it."""

    number: Number = ""

"""Says before an import what it would leave behind: people without a phone, columns not known."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from crm_core.domain.errors import BadValue
from crm_core.domain.names import fold
from crm_core.domain.party import email_point, phone_points
from crm_core.domain.phone import AniKind, classify
from crm_core.importing.columns import is_others
from crm_core.importing.reading import Layout, Line, lines

LOOKED_AT: Final = 200
"""Values of a column that are looked at to tell what it holds."""
SHORTEST_PHONE: Final = 7
"""Digits; shorter ones are extensions, ages and house numbers."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A column whose header says nothing, and the field that its values look like."""

    header: str
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What an import with this layout would bring."""

    people: int
    without_phone: int
    without_email: int
    notes: int
    guesses: Sequence[Guess]

    @property
    def phones_missed(self) -> Sequence[str]:
        """The columns that look like phones and are not read."""
        return [guess.header for guess in self.guesses if guess.field == "phone"]

    @property
    def emails_missed(self) -> Sequence[str]:
        """The columns that look like e-mail addresses and are not read."""
        return [guess.header for guess in self.guesses if guess.field == "email"]


def foresee(layout: Layout, *, region: str) -> Forecast:
    """Read the file through and count; nothing is stored."""
    unread = {
        at: name
        for at, (name, field) in enumerate(zip(layout.header, layout.fields, strict=True))
        if not (field or fold(name) in layout.unwanted or is_others(name))
    }
    seen: dict[int, list[str]] = {at: [] for at in unread}
    people = without_phone = without_email = notes = 0
    for line in lines(layout):
        if line.is_note:
            notes += 1
            continue
        people += 1
        without_phone += not line.phones
        without_email += not line.emails
        for at, text in _values(line, unread):
            if len(seen[at]) < LOOKED_AT:
                seen[at].append(text)
    looks = {at: _looks_like(values, region) for at, values in seen.items()}
    return Forecast(
        people=people,
        without_phone=without_phone,
        without_email=without_email,
        notes=notes,
        guesses=[Guess(unread[at], field) for at, field in looks.items() if field],
    )


def _values(line: Line, columns: dict[int, str]) -> Iterator[tuple[int, str]]:
    for at in columns:
        if at < len(line.cells) and (text := line.cells[at].strip()):
            yield at, text


def _looks_like(values: Sequence[str], region: str) -> str:
    for field, fits in (("email", _is_email), ("phone", _is_phone)):
        if values and sum(fits(text, region) for text in values) * 2 > len(values):
            return field
    return ""


def _is_email(text: str, _region: str) -> bool:
    try:
        email_point(text)
    except BadValue:
        return False
    return True


def _is_phone(text: str, region: str) -> bool:
    if sum(c.isdigit() for c in text) < SHORTEST_PHONE:
        return False
    try:
        return any(classify(one.norm, region).kind is AniKind.VALID
                   for one in phone_points(text, region=region))  # fmt: skip
    except BadValue:
        return False

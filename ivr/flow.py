"""The flow graph: what the caller hears and where each answer leads. Values only.

A flow is a mapping of named steps. ``say``, ``branch``, ``menu``, ``collect`` and ``order_status``
lead on; ``queue`` and ``hang_up`` end it. ``fallback`` is the way out when anything goes wrong.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from typing import Final, NewType

from acd.ids import QueueId, SkillId
from acd.skills import Needs
from ivr.digits import Number, OneOf

StepName = NewType("StepName", str)

LONGEST_VISIT: Final = timedelta(minutes=10)
LOOK_UP_WITHIN: Final = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency named by its ISO 4217 code."""

    amount: Decimal
    currency: str


Known = str | int | Money | date
"""What a dialogue may know: facts it was started with, keys entered, answers of look-ups."""


class SpokenAs(Enum):
    """How a known value is read out."""

    DIGITS = "digits"
    NUMBER = "number"
    COUNT = "count"
    MONEY = "money"
    DATE = "date"
    ORDER_STATE = "order_state"


@dataclass(frozen=True, slots=True)
class Prompt:
    """A recorded prompt; ``language`` only where it is not the caller's."""

    key: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A known value, read out."""

    name: str
    spoken_as: SpokenAs


Phrase = Prompt | Spoken
Phrases = tuple[Phrase, ...]
Ways = Mapping[str, StepName]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait: for sound to start, the first key, each further key, and in all."""

    start: timedelta = timedelta(seconds=2)
    first_digit: timedelta = timedelta(seconds=5)
    inter_digit: timedelta = timedelta(seconds=3)
    overall: timedelta = timedelta(seconds=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Play, then go on. A key ends it early and counts as typed ahead, if barge-in is on."""

    name: StepName
    phrases: Phrases
    next: StepName
    barge_in: bool = True

    def ways(self) -> Ways:
        """Every way out, named: what leads there, and the next step."""
        return {"next": self.next}


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """Go where a fact says, silently."""

    name: StepName
    fact: str
    cases: Mapping[str, StepName]
    otherwise: StepName

    def ways(self) -> Ways:
        """Every way out."""
        cases = {f"cases.{case}": target for case, target in self.cases.items()}
        return {**cases, "otherwise": self.otherwise}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One key of a menu; it may add a label to the caller's path and set his language."""

    next: StepName
    label: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """What happens after no or wrong input: say so, at most ``tries`` times, then give up."""

    invalid: Phrases
    silent: Phrases
    gave_up: StepName
    tries: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """Ask for one of some keys. ``repeat`` says it all again and costs no try."""

    name: StepName
    phrases: Phrases
    choices: Mapping[str, Choice]
    retry: Retry
    repeat: str = ""
    patience: Patience = Patience()
    barge_in: bool = True

    @property
    def pattern(self) -> OneOf:
        """The keys that mean something here."""
        return OneOf(frozenset({*self.choices, *filter(None, [self.repeat])}))

    def ways(self) -> Ways:
        """Every way out."""
        choices = {f"choices.{key}": choice.next for key, choice in self.choices.items()}
        return {**choices, "gave_up": self.retry.gave_up}


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect:
    """Ask for a number and remember it as ``into``."""

    name: StepName
    phrases: Phrases
    into: str
    pattern: Number
    next: StepName
    retry: Retry
    patience: Patience = Patience()
    barge_in: bool = True

    def ways(self) -> Ways:
        """Every way out."""
        return {"next": self.next, "gave_up": self.retry.gave_up}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStatusCheck:
    """Ask the accounts for the caller's last order by customer number and PIN.

    ``tries`` wrong pairs lead to ``gave_up``, so that nobody guesses PINs on one call.
    """

    name: StepName
    number: str
    pin: str
    found: StepName
    no_order: StepName
    not_found: StepName
    failed: StepName
    gave_up: StepName
    tries: int = 3
    within: timedelta = LOOK_UP_WITHIN

    def ways(self) -> Ways:
        """Every way out."""
        return {
            "found": self.found,
            "no_order": self.no_order,
            "not_found": self.not_found,
            "failed": self.failed,
            "gave_up": self.gave_up,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueStep:
    """The way to an agent."""

    name: StepName
    queue: QueueId
    needs: Needs = ()
    priority: float = 0.0
    label: str = ""
    needs_language: bool = True

    def ways(self) -> Ways:
        """No way leads on from here."""
        return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp:
    """Say good-bye and end the call."""

    name: StepName
    phrases: Phrases = ()
    label: str = ""

    def ways(self) -> Ways:
        """No way leads on from here."""
        return {}


Step = Say | Branch | Menu | Collect | OrderStatusCheck | QueueStep | HangUp


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A whole flow. ``lines`` remembers where each step stands in its file, for complaints."""

    name: str
    file: str
    version: int
    languages: tuple[str, ...]
    start: StepName
    fallback: StepName
    steps: Mapping[StepName, Step]
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    language_skills: Mapping[str, SkillId] = field(default_factory=dict)
    longest: timedelta = LONGEST_VISIT
    lines: Mapping[str, int] = field(default_factory=dict)

    def line_of(self, place: str) -> int:
        """The line of a step or top-level key in the flow's file; 1 when unknown."""
        return self.lines.get(place, 1)


def phrases_of(step: Step) -> Iterator[Phrase]:
    """Everything a step may say."""
    match step:
        case Say() | HangUp():
            yield from step.phrases
        case Menu() | Collect():
            yield from step.phrases
            yield from step.retry.invalid
            yield from step.retry.silent
        case Branch() | OrderStatusCheck() | QueueStep():
            return

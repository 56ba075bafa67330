"""What made-up callers and agents will do, decided from a seed before anything rings.

Pure: the same seed gives the same calls and the same habits. The keys fit the flow that the demo's
numbers lead to; with another flow some callers are simply told that they pressed a wrong one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

SALES, SUPPORT, BILLING, ORDER_STATUS, AGENT = "1", "2", "3", "4", "0"
_MENU: Final = {SALES: 5, SUPPORT: 8, BILLING: 4, ORDER_STATUS: 3, AGENT: 2}
"""How often each is wanted, compared with the others."""
KNOWN_SHARE: Final = 0.75
HASTY_SHARE: Final = 0.12
SPREAD: Final = 4
"""A call begins up to this many intervals late, so that calls come as they do in life."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who may ring in; without a number he withholds it."""

    number: str
    name: str = ""
    language: str = "en"
    customer_number: str = ""
    pin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A number of the site; ``menu`` tells whether keys are wanted there."""

    dialled: str
    language: str
    menu: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCall:
    """One call to come. ``keys`` are (milliseconds to wait, key)."""

    person: Person
    dialled: str
    late_ms: int
    keys: tuple[tuple[int, str], ...]
    stay_ms: int
    """How long after the last key he hangs up by himself."""

    def row(self) -> tuple[str, ...]:
        """The call as a line of the injection file of ``caller.xml``."""
        keys = "".join(f"{wait}:{key}," for wait, key in self.keys)
        number = self.person.number or "anonymous"
        return (
            number, self.person.name, self.dialled, str(self.late_ms), keys, str(self.stay_ms),
        )  # fmt: skip


def calls(
    rng: Random, people: Sequence[Person], lines: Sequence[Line], *, every_ms: float
) -> Iterator[PlannedCall]:
    """Calls without end, one ``every_ms`` on average."""
    while True:
        person = _who(rng, people)
        line = _where(rng, person, lines)
        hasty = rng.random() < HASTY_SHARE
        yield PlannedCall(
            person=person,
            dialled=line.dialled,
            late_ms=int(rng.random() * SPREAD * every_ms),
            keys=_keys(rng, person) if line.menu and not (hasty and rng.random() < 0.5) else (),
            stay_ms=rng.randint(1_500, 9_000) if hasty else rng.randint(45_000, 100_000),
        )


def _who(rng: Random, people: Sequence[Person]) -> Person:
    if people and rng.random() < KNOWN_SHARE:
        return rng.choice(people)
    return Person(number="" if rng.random() < 0.1 else f"+1718555{rng.randint(100, 199):04d}")


def _where(rng: Random, person: Person, lines: Sequence[Line]) -> Line:
    own = [line for line in lines if line.language == person.language]
    return rng.choice(own or lines)


def _keys(rng: Random, person: Person) -> tuple[tuple[int, str], ...]:
    choice = rng.choices(list(_MENU), list(_MENU.values()))[0]
    if choice == ORDER_STATUS and not person.pin:
        choice = SUPPORT
    pressed = [(rng.randint(2_500, 8_000), choice)]
    if choice == ORDER_STATUS:
        pressed += _typed(rng, person.customer_number + "#")
        pressed += _typed(rng, person.pin + "#")
    return tuple(pressed)


def _typed(rng: Random, digits: str) -> list[tuple[int, str]]:
    """Wait for the question, then type."""
    waits = [rng.randint(2_500, 4_500), *(rng.randint(180, 450) for _ in digits[1:])]
    return list(zip(waits, digits, strict=True))


ANSWERS, REFUSES, MISSES = "1", "2", "3"


def phone_rows(rng: Random) -> Iterator[tuple[str, str]]:
    """What the agent does when her phone rings, and after how many milliseconds, without end."""
    while True:
        manner = rng.choices((ANSWERS, REFUSES, MISSES), (92, 4, 4))[0]
        yield manner, str(int(rng.triangular(900, 6_000, 2_000)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """A made-up agent."""

    user: str
    name: str
    language: str
    skills: dict[str, int]


_NAMES: Final = {
    "en": ("Robin Ashby", "Casey Monroe", "Jordan Pike", "Taylor Quinn", "Morgan Vale"),
    "zh": ("机器人 小雅", "机器人 小杰", "机器人 小楠"),
    "fa": ("ربات نگار", "ربات سامان", "ربات ترانه"),
}


def bots(
    rng: Random, count: int, *, needs: Sequence[Sequence[str]], languages: Sequence[str],
    known: Sequence[str],
) -> list[Bot]:  # fmt: skip
    """Agents whose skills cover every queue and language between them, as far as they go round.

    ``needs`` are the skills each queue asks for, ``known`` all skills of the site.
    """
    made, queues = [], needs or [()]
    for at in range(count):
        language = languages[at % len(languages)] if languages else "en"
        of_tongue = at // max(1, len(languages))  # so that every language meets every queue
        wanted = {*queues[of_tongue % len(queues)], *queues[(of_tongue + 1) % len(queues)]}
        wanted |= {f"lang-{language}", f"lang-{languages[0]}" if languages else "lang-en"}
        names = _NAMES.get(language, _NAMES["en"])
        made.append(
            Bot(
                user=f"bot{at + 1:02d}",
                name=names[of_tongue % len(names)],
                language=language,
                skills={s: rng.randint(2, 5) for s in sorted(wanted & set(known))},
            )
        )
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How one agent works; each answer is drawn anew."""

    rng: Random

    def talks_for(self) -> float:
        """Seconds of one talk, if the caller does not hang up first."""
        return min(60.0, self.rng.lognormvariate(2.4, 0.5))

    def writes_for(self) -> float:
        """Seconds of after-call work."""
        return self.rng.uniform(1.5, 7.0)

    def wants_a_break(self) -> bool:
        """Whether she takes a break after this call."""
        return self.rng.random() < 0.05

    def rests_for(self) -> float:
        """Seconds of a break, or until she comes back from a missed call."""
        return self.rng.uniform(4.0, 15.0)

    def disposition(self, codes: Sequence[str]) -> str:
        """How the call came out."""
        return self.rng.choice(codes)

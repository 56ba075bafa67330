"""Runs a flow without telephony: flow tests, a transcript for its author, branch coverage.

``visit`` walks one caller by a script. ``explore`` tries every answer at every step and tells
which ways out of which steps a caller can take, and with which keys he gets to each end.
"""

import itertools
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from ivr.dialogue import begin, step, through_branches
from ivr.flow import (
    Branch,
    Collect,
    Flow,
    Known,
    Menu,
    Money,
    OrderStatusCheck,
    Say,
    Step,
    StepName,
)
from ivr.ports import OrderStatus
from ivr.prompt_book import PromptBook
from ivr.turns import (
    Abandoned,
    Action,
    Ask,
    CallerGone,
    Exit,
    Finished,
    Heard,
    Keyed,
    Leave,
    LookUpFailed,
    LookUpOrder,
    Misdialled,
    NothingFound,
    NothingOrdered,
    OrderFound,
    Place,
    Said,
    Silent,
    Speak,
    ToQueue,
    Turn,
)

Way = tuple[StepName, str]
"""One edge of the graph: a step and the name of a way out of it."""
ORDER_STATES: Final = (
    "placed",
    "confirmed",
    "packed",
    "shipped",
    "delivered",
    "cancelled",
    "returned",
)
MOST_PLACES: Final = 20_000
GONE: Final = CallerGone()


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What one scripted caller went through."""

    steps: tuple[StepName, ...]
    actions: tuple[tuple[Place, Action], ...]
    exit: Exit

    def transcript(
        self, book: PromptBook, texts: Mapping[str, Mapping[str, str]], *, today: date
    ) -> list[str]:
        """What the caller heard, in words, one line for each time Parley spoke."""
        lines = []
        for place, action in self.actions:
            if isinstance(action, Speak | Ask):
                sounds = book.sounds(action.phrases, place.language, known=place.known, today=today)
                spoken = (texts[sound.language].get(sound.key, "?") for sound in sounds)
                lines.append(f"{place.step}: {' '.join(spoken)}")
        return lines


class ScriptTooShort(Exception):
    """The script ended before the flow did; the message names the step that was waiting."""


def visit(flow: Flow, script: Iterable[Heard], *, facts: Mapping[str, Known]) -> Visit:
    """Walk one caller through; what Parley says needs no entry in the script."""
    answers = iter(script)
    place, action = begin(flow, facts)
    steps, actions = [place.step], [(place, action)]
    while not isinstance(action, Leave):
        heard = Said() if isinstance(action, Speak) else next(answers, None)
        if heard is None:
            raise ScriptTooShort(f"step {place.step!r} waits for an answer; add one to the script")
        place, action = step(flow, place, heard)
        steps.append(place.step)
        actions.append((place, action))
    return Visit(steps=tuple(steps), actions=tuple(actions), exit=action.exit)


@dataclass(slots=True, kw_only=True)
class Coverage:
    """What ``explore`` found."""

    ways: frozenset[Way]
    taken: set[Way] = field(default_factory=set)
    ends: dict[tuple[str, str, str], tuple[Heard, ...]] = field(default_factory=dict)
    """Kind of exit, queue, last label of the path -> the shortest script that leads there."""

    @property
    def missed(self) -> frozenset[Way]:
        """The ways that no caller can take."""
        return self.ways - self.taken


def ways_of(flow: Flow) -> frozenset[Way]:
    """Every edge of the graph."""
    return frozenset((name, way) for name, here in flow.steps.items() for way in here.ways())


def explore(flow: Flow) -> Coverage:
    """Try every answer at every place, each place once, nearest first."""
    coverage = Coverage(ways=ways_of(flow))
    seen: set[object] = set()
    frontier: deque[tuple[Place, Action, tuple[Heard, ...]]] = deque()
    for facts in _beginnings(flow):
        trail = through_branches(flow, facts, flow.start)
        coverage.taken.update(_edges(flow, trail, facts))
        frontier.append((*begin(flow, facts), ()))
    while frontier and len(seen) < MOST_PLACES:
        place, action, script = frontier.popleft()
        if isinstance(action, Leave):
            coverage.ends.setdefault(_end(action.exit), script)
            continue
        mark = _mark(flow, place)
        if mark in seen:
            continue
        seen.add(mark)
        for heard in _answers(flow.steps[place.step], action):
            after, reply = _try(flow, place, heard, coverage)
            frontier.append((after, reply, (*script, heard)))
    return coverage


def _try(flow: Flow, place: Place, heard: Heard, coverage: Coverage) -> Turn:
    after, reply = step(flow, place, heard)
    here = flow.steps[place.step]
    way = _way(here, place, heard)
    if way is not None:
        coverage.taken.add((place.step, way))
        trail = through_branches(flow, after.known, here.ways()[way])
        coverage.taken.update(_edges(flow, trail, after.known))
    return after, reply


def _edges(flow: Flow, trail: Sequence[StepName], known: Mapping[str, Known]) -> Iterator[Way]:
    for name in trail[:-1]:
        here = flow.steps[name]
        if isinstance(here, Branch):
            case = str(known.get(here.fact, ""))
            yield name, f"cases.{case}" if case in here.cases else "otherwise"


def _way(here: Step, before: Place, heard: Heard) -> str | None:
    """Which way out of a step this answer takes; None if the caller stays or leaves."""
    match here:
        case Say():
            return "next"
        case Menu() | Collect() if isinstance(heard, Misdialled | Silent):
            return "gave_up" if before.failures + 1 >= here.retry.tries else None
        case Menu() if isinstance(heard, Keyed):
            return f"choices.{heard.keys}" if heard.keys in here.choices else None
        case Collect() if isinstance(heard, Keyed):
            return "next"
        case OrderStatusCheck():
            return _way_of_check(here, before, heard)
        case _:
            return None


def _way_of_check(here: OrderStatusCheck, before: Place, heard: Heard) -> str | None:
    match heard:
        case OrderFound():
            return "found"
        case NothingOrdered():
            return "no_order"
        case LookUpFailed():
            return "failed"
        case NothingFound():
            return "gave_up" if before.look_ups + 1 >= here.tries else "not_found"
        case _:
            return None


def _answers(here: Step, action: Action) -> list[Heard]:
    match action:
        case Speak():
            return [Said(), GONE]
        case Ask() if isinstance(here, Menu):
            keys = sorted(here.pattern.choices)
            return [*(Keyed(key) for key in keys), Misdialled(), Silent(), GONE]
        case Ask() if isinstance(here, Collect):
            return [Keyed("1" * here.pattern.least), Misdialled(), Silent(), GONE]
        case LookUpOrder():
            nothing: list[Heard] = [NothingOrdered("p1"), NothingFound(), LookUpFailed(), GONE]
            return [*(OrderFound(order) for order in ORDERS), *nothing]
        case _:
            return [GONE]


def _orders() -> Iterator[OrderStatus]:
    due_dates, totals = (None, date(2026, 3, 21)), (None, Money(Decimal("12.50"), "USD"))
    kinds = itertools.product(ORDER_STATES, due_dates, totals, (False, True))
    for state, due, total, late in kinds:
        yield OrderStatus(
            party_id="p1",
            order_number="1024",
            state=state,
            placed_on=due,
            due_on=due,
            total=total,
            late=late,
        )


ORDERS: Final = tuple(_orders())
"""Orders in every state, with and without what may be missing of one."""


def _beginnings(flow: Flow) -> Iterator[dict[str, Known]]:
    for values in itertools.product(*flow.facts.values()):
        yield dict(zip(flow.facts, values, strict=True))


def _mark(flow: Flow, place: Place) -> object:
    """What of a place can still make a difference."""
    asked = {here.fact for here in flow.steps.values() if isinstance(here, Branch)}
    known = tuple(sorted((fact, str(place.known.get(fact, ""))) for fact in asked))
    return place.step, place.failures, place.look_ups, known, place.path[-1:]


def _end(way_out: Exit) -> tuple[str, str, str]:
    last = way_out.path[-1] if way_out.path else ""
    match way_out:
        case ToQueue(queue=queue):
            return "to_queue", queue, last
        case Finished():
            return "finished", "", last
        case Abandoned():
            return "abandoned", "", last

"""The dialogue as a pure step: (flow, place, what was heard) -> (new place, what to do next).

No sound, no clock and no waiting here: the runner performs the action and comes back with what it
heard. So a whole flow can be walked in a test in microseconds, and every branch counted.
"""

from collections.abc import Mapping
from dataclasses import replace

from acd.skills import Need
from ivr.errors import IvrError
from ivr.flow import (
    Branch,
    Collect,
    Flow,
    HangUp,
    Known,
    Menu,
    OrderStatusCheck,
    Phrases,
    QueueStep,
    Retry,
    Say,
    StepName,
)
from ivr.ports import OrderStatus
from ivr.turns import (
    Abandoned,
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
    TookTooLong,
    ToQueue,
    Turn,
)

__all__ = [
    "Abandoned",
    "Exit",
    "Finished",
    "OutOfPlace",
    "ToQueue",
    "begin",
    "step",
    "through_branches",
]


ProperStep = Say | Menu | Collect | OrderStatusCheck | QueueStep | HangUp
"""A step that takes time; a branch does not."""


class OutOfPlace(IvrError):
    """Something was reported that the step did not ask for: a fault in the runner."""


def begin(flow: Flow, facts: Mapping[str, Known]) -> Turn:
    """Enter the flow with the facts known at the start (``language`` fixes the language)."""
    asked = facts.get("language")
    language = asked if isinstance(asked, str) and asked in flow.languages else flow.languages[0]
    return _enter(flow, Place(step=flow.start, language=language, known=dict(facts)), flow.start)


def step(flow: Flow, place: Place, heard: Heard) -> Turn:
    """Take one step: what was heard at ``place`` leads to a new place and a next action."""
    if isinstance(heard, CallerGone):
        ended = isinstance(flow.steps[place.step], HangUp)  # he need not hear the good-bye out
        return _leave(place, _finished(place) if ended else _abandoned(place))
    if isinstance(heard, TookTooLong):
        return _enter(flow, place, flow.fallback)
    here = flow.steps[place.step]
    match here:
        case Menu() | Collect():
            return _answered(flow, place, here, heard)
        case OrderStatusCheck():
            return _looked_up(flow, place, here, heard)
        case Say() if isinstance(heard, Said):
            return _enter(flow, place, here.next)
        case HangUp() if isinstance(heard, Said):
            return _leave(place, _finished(place))
        case _:
            raise _out_of_place(place, heard)


def _answered(flow: Flow, place: Place, here: Menu | Collect, heard: Heard) -> Turn:
    match heard:
        case Keyed(keys=keys) if isinstance(here, Menu):
            return _choose(flow, place, here, keys)
        case Keyed(keys=keys) if isinstance(here, Collect):
            place = replace(place, known={**place.known, here.into: keys})
            return _enter(flow, place, here.next)
        case Misdialled():
            return _again(flow, place, here, here.retry.invalid)
        case Silent():
            return _again(flow, place, here, here.retry.silent)
        case _:
            raise _out_of_place(place, heard)


def _out_of_place(place: Place, heard: Heard) -> OutOfPlace:
    return OutOfPlace(f"{type(heard).__name__} was not asked for at step {place.step!r}")


def _enter(flow: Flow, place: Place, target: StepName) -> Turn:
    """Come to ``target``, through branches, which take no time."""
    *_, target = through_branches(flow, place.known, target)
    here = flow.steps[target]
    if isinstance(here, Branch):
        raise OutOfPlace(f"branches run in a circle at step {target!r}; structure() refuses this")
    return _arrive(flow, replace(place, step=target, failures=0), here)


def through_branches(flow: Flow, known: Mapping[str, Known], target: StepName) -> list[StepName]:
    """The steps from ``target`` through branches to the first step that takes time."""
    trail = [target]
    while isinstance(here := flow.steps[trail[-1]], Branch) and len(trail) <= len(flow.steps):
        trail.append(here.cases.get(_as_case(known.get(here.fact)), here.otherwise))
    return trail


def _arrive(flow: Flow, place: Place, here: ProperStep) -> Turn:
    match here:
        case Say():
            return place, Speak(phrases=here.phrases, barge_in=here.barge_in)
        case Menu() | Collect():
            return place, _ask(here, ())
        case OrderStatusCheck():
            return place, _look_up(place, here)
        case QueueStep():
            place = _labelled(place, here.label)
            return _leave(place, _to_queue(flow, place, here))
        case HangUp():
            place = _labelled(place, here.label)
            if here.phrases:
                return place, Speak(phrases=here.phrases, barge_in=False)
            return _leave(place, _finished(place))


def _look_up(place: Place, here: OrderStatusCheck) -> LookUpOrder:
    return LookUpOrder(
        customer_number=_as_case(place.known.get(here.number)),
        pin=_as_case(place.known.get(here.pin)),
        within=here.within,
    )


def _choose(flow: Flow, place: Place, menu: Menu, key: str) -> Turn:
    if key == menu.repeat and key not in menu.choices:
        return place, _ask(menu, ())
    choice = menu.choices.get(key)
    if choice is None:
        return _again(flow, place, menu, menu.retry.invalid)
    place = _labelled(place, choice.label)
    if choice.language:
        place = replace(place, language=choice.language)
    return _enter(flow, place, choice.next)


def _again(flow: Flow, place: Place, here: Menu | Collect, complaint: Phrases) -> Turn:
    retry: Retry = here.retry
    place = replace(place, failures=place.failures + 1)
    if place.failures >= retry.tries:
        return _enter(flow, place, retry.gave_up)
    return place, _ask(here, complaint)


def _ask(here: Menu | Collect, first: Phrases) -> Ask:
    return Ask(
        phrases=first + here.phrases,
        pattern=here.pattern,
        patience=here.patience,
        barge_in=here.barge_in,
    )


def _looked_up(
    flow: Flow,
    place: Place,
    here: OrderStatusCheck,
    heard: Heard,
) -> Turn:
    known = {name: value for name, value in place.known.items() if name != here.pin}
    place = replace(place, known=known)
    match heard:
        case OrderFound(status=status):
            place = replace(
                place,
                known={**known, **facts_of(status)},
                party_id=status.party_id,
                verified=True,
            )
            return _enter(flow, place, here.found)
        case NothingOrdered(party_id=party_id):
            place = replace(place, party_id=party_id, verified=True)
            return _enter(flow, place, here.no_order)
        case LookUpFailed():
            return _enter(flow, place, here.failed)
        case NothingFound():
            place = replace(place, look_ups=place.look_ups + 1)
            worn_out = place.look_ups >= here.tries
            return _enter(flow, place, here.gave_up if worn_out else here.not_found)
        case _:
            raise _out_of_place(place, heard)


def facts_of(status: OrderStatus) -> dict[str, Known]:
    """The names under which a flow may branch on and speak of an order."""
    optional: dict[str, Known | None] = {
        "due": status.due_on,
        "total": status.total,
        "placed": status.placed_on,
    }
    facts: dict[str, Known] = {
        "order.number": status.order_number,
        "order.state": status.state,
        "order.late": "yes" if status.late else "no",
    }
    facts |= {
        f"order.has_{name}": "no" if value is None else "yes" for name, value in optional.items()
    }
    return facts | {f"order.{name}": value for name, value in optional.items() if value is not None}


def _to_queue(flow: Flow, place: Place, here: QueueStep) -> ToQueue:
    needs = list(here.needs)
    skill = flow.language_skills.get(place.language)
    if here.needs_language and skill and all(need.skill != skill for need in needs):
        needs.append(Need(skill=skill))
    return ToQueue(
        queue=here.queue,
        needs=tuple(sorted(needs)),
        priority=here.priority,
        language=place.language,
        path=place.path,
        party_id=place.party_id,
        verified=place.verified,
    )


def _finished(place: Place) -> Finished:
    return Finished(
        language=place.language,
        path=place.path,
        party_id=place.party_id,
        verified=place.verified,
    )


def _abandoned(place: Place) -> Abandoned:
    return Abandoned(
        language=place.language,
        path=place.path,
        party_id=place.party_id,
        verified=place.verified,
    )


def _leave(place: Place, way: Exit) -> Turn:
    return replace(place, over=True), Leave(exit=way)


def _labelled(place: Place, label: str) -> Place:
    if not label or place.path[-1:] == (label,):
        return place
    return replace(place, path=(*place.path, label))


def _as_case(value: Known | None) -> str:
    return "" if value is None else str(value)

"""Lint: what is wrong with a flow that reads well. Pure.

``structure`` needs the flow alone and is part of loading; ``lint`` also looks at the prompts, the
queues, skills and languages of the site, and is run at start-up, by ``parley doctor`` and by tests.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from acd.ids import QueueId, SkillId
from ivr.errors import Complaint
from ivr.flow import (
    Branch,
    Collect,
    Flow,
    HangUp,
    Menu,
    OrderStatusCheck,
    Prompt,
    QueueStep,
    Say,
    Spoken,
    Step,
    StepName,
    phrases_of,
)

ORDER_FACTS = frozenset(
    f"order.{name}"
    for name in (
        "number",
        "state",
        "due",
        "total",
        "placed",
        "late",
        "has_due",
        "has_total",
        "has_placed",
    )
)


def structure(flow: Flow) -> list[Complaint]:
    """Faults that need no knowledge of the site."""
    complaints = [*_top(flow), *_references(flow), *_languages(flow)]
    if complaints:  # the walks below need every reference to lead somewhere
        return complaints
    return [*_unreachable(flow), *_dead_ends(flow), *_circles(flow), *_facts(flow), *_menus(flow)]


def lint(
    flow: Flow,
    prompts: Mapping[str, Collection[str]],
    *,
    queues: Collection[QueueId] | None = None,
    skills: Collection[SkillId] | None = None,
    languages: Collection[str] | None = None,
) -> list[Complaint]:
    """Every fault. ``prompts``: the recorded keys of each language. None means: not checked."""
    complaints = [*structure(flow), *_prompts(flow, prompts)]
    if queues is not None:
        complaints += _queues(flow, queues)
    if skills is not None:
        complaints += _skills(flow, skills)
    if languages is not None:
        complaints += [
            _at(
                flow,
                "languages",
                f"the site does not speak {language!r}",
                f"Use some of {_list(languages)}, or add it to the site",
            )
            for language in flow.languages
            if language not in languages
        ]
    return complaints


def _at(flow: Flow, place: str, message: str, remedy: str) -> Complaint:
    step = ".".join(place.split(".")[:2])
    return Complaint(
        file=flow.file, line=flow.line_of(step), key=place, message=message, remedy=remedy
    )


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _top(flow: Flow) -> Iterator[Complaint]:
    if not flow.languages:
        yield _at(flow, "languages", "no language is given", "Name at least one, such as en")
    for place, name in (("start", flow.start), ("fallback", flow.fallback)):
        if name not in flow.steps:
            yield _at(flow, place, f"there is no step {name!r}", _nearest(flow))
    way_out = flow.steps.get(flow.fallback)
    if way_out is not None and not isinstance(way_out, QueueStep | HangUp):
        yield _at(flow, "fallback", "does not end the flow", "Name a queue or hang_up step")


def _nearest(flow: Flow) -> str:
    return f"Use one of {_list(flow.steps)}"


def _references(flow: Flow) -> Iterator[Complaint]:
    for name, step in flow.steps.items():
        for way, target in step.ways().items():
            if target not in flow.steps:
                place = f"steps.{name}.{way}"
                yield _at(flow, place, f"there is no step {target!r}", _nearest(flow))


def _languages(flow: Flow) -> Iterator[Complaint]:
    remedy = f"Use one of {_list(flow.languages)}, or add it to languages"
    for name, step in flow.steps.items():
        used = [phrase.language for phrase in phrases_of(step) if isinstance(phrase, Prompt)]
        if isinstance(step, Menu):
            used += [choice.language for choice in step.choices.values()]
        for language in sorted({*used} - {"", *flow.languages}):
            yield _at(flow, f"steps.{name}", f"{language!r} is not a language of the flow", remedy)
    for language in flow.language_skills:
        if language not in flow.languages:
            place = f"language_skills.{language}"
            yield _at(flow, place, f"{language!r} is not a language of the flow", remedy)


def reachable(flow: Flow) -> frozenset[StepName]:
    """The steps a caller can come to, the fallback included."""
    seen: set[StepName] = set()
    open_ends = [flow.start, flow.fallback]
    while open_ends:
        name = open_ends.pop()
        if name not in seen:
            seen.add(name)
            open_ends += flow.steps[name].ways().values()
    return frozenset(seen)


def _unreachable(flow: Flow) -> Iterator[Complaint]:
    for name in sorted(set(flow.steps) - reachable(flow)):
        yield _at(
            flow, f"steps.{name}", "no way leads here", "Lead to it from a step, or remove it"
        )


def _dead_ends(flow: Flow) -> Iterator[Complaint]:
    """Steps from which no way leads out of the flow."""
    ends = {name for name, step in flow.steps.items() if isinstance(step, QueueStep | HangUp)}
    grown = True
    while grown:
        more = {
            name
            for name, step in flow.steps.items()
            if name not in ends and any(target in ends for target in step.ways().values())
        }
        ends |= more
        grown = bool(more)
    for name in sorted(reachable(flow) - ends):
        yield _at(
            flow,
            f"steps.{name}",
            "no way from here ends the call or reaches a queue",
            "Lead to a queue or hang_up step",
        )


def _circles(flow: Flow) -> Iterator[Complaint]:
    """Ways that come back to a step without ever asking the caller for anything."""
    silent = {
        name: list(step.ways().values())
        for name, step in flow.steps.items()
        if isinstance(step, Say | Branch | OrderStatusCheck)
    }
    for name in sorted(silent):
        seen: set[StepName] = set()
        open_ends = list(silent[name])
        while open_ends:
            target = open_ends.pop()
            if target == name:
                yield _at(
                    flow,
                    f"steps.{name}",
                    "comes back to itself without asking the caller",
                    "Put a menu or collect step, or an end, on the way",
                )
                break
            if target not in seen:
                seen.add(target)
                open_ends += silent.get(target, [])


def _facts(flow: Flow) -> Iterator[Complaint]:
    known = {"language", *flow.facts}
    for step in flow.steps.values():
        known |= _facts_set(step)
    remedy = f"Use one of {_list(known)}, or declare it under facts"
    for name, step in flow.steps.items():
        for place, fact in _facts_used(step):
            if fact not in known:
                yield _at(flow, f"steps.{name}{place}", f"nothing sets {fact!r}", remedy)
        if isinstance(step, Branch) and step.fact in flow.facts:
            yield from _cases(flow, step, flow.facts[step.fact])


def _cases(flow: Flow, step: Branch, declared: Collection[str]) -> Iterator[Complaint]:
    for case in sorted(set(step.cases) - set(declared)):
        place = f"steps.{step.name}.cases.{case}"
        remedy = f"It is declared as {_list(declared)}"
        yield _at(flow, place, f"{step.fact!r} is never {case!r}", remedy)


def _facts_set(step: Step) -> frozenset[str]:
    match step:
        case Collect(into=into):
            return frozenset({into})
        case OrderStatusCheck():
            return ORDER_FACTS
        case _:
            return frozenset()


def _facts_used(step: Step) -> Iterator[tuple[str, str]]:
    match step:
        case Branch(fact=fact):
            yield ".on", fact
        case OrderStatusCheck(number=number, pin=pin):
            yield ".number", number
            yield ".pin", pin
        case Say() | Menu() | Collect() | HangUp():
            for phrase in phrases_of(step):
                if isinstance(phrase, Spoken):
                    yield ".say", phrase.name
        case _:
            return


def _menus(flow: Flow) -> Iterator[Complaint]:
    for name, step in flow.steps.items():
        if not isinstance(step, Menu):
            continue
        if not step.choices:
            yield _at(flow, f"steps.{name}.choices", "there is nothing to choose", "Add a choice")
        if step.repeat and step.repeat in step.choices:
            yield _at(
                flow,
                f"steps.{name}.repeat",
                f"key {step.repeat} is a choice as well",
                "Use another key",
            )


def _prompts(flow: Flow, prompts: Mapping[str, Collection[str]]) -> Iterator[Complaint]:
    for name, step in flow.steps.items():
        missing: dict[str, list[str]] = {}
        for phrase in phrases_of(step):
            if isinstance(phrase, Prompt):
                for language in [phrase.language] if phrase.language else flow.languages:
                    if phrase.key not in prompts.get(language, ()):
                        missing.setdefault(phrase.key, []).append(language)
        for key, languages in missing.items():
            yield _at(
                flow,
                f"steps.{name}",
                f"prompt {key!r} is not recorded in {_list(languages)}",
                "Add it to prompts/catalogue.toml and run prompts.synth",
            )


def _queues(flow: Flow, queues: Collection[QueueId]) -> Iterator[Complaint]:
    for name, step in flow.steps.items():
        if isinstance(step, QueueStep) and step.queue not in queues:
            yield _at(
                flow,
                f"steps.{name}.queue",
                f"the site has no queue {step.queue!r}",
                f"Use one of {_list(queues)}, or add it to the site",
            )


def _skills(flow: Flow, skills: Collection[SkillId]) -> Iterator[Complaint]:
    used = {f"language_skills.{lang}": skill for lang, skill in flow.language_skills.items()}
    for name, step in flow.steps.items():
        if isinstance(step, QueueStep):
            used |= {f"steps.{name}.needs.{need.skill}": need.skill for need in step.needs}
    for place, skill in used.items():
        if skill not in skills:
            yield _at(
                flow,
                place,
                f"the site has no skill {skill!r}",
                f"Use one of {_list(skills)}, or add it to the site",
            )

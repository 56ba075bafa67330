"""Why this agent, in words: a decision record as one sentence and one cause per agent.

A cause is a catalogue key with parameters, for screens in any language; the sentence is plain
English for readers of the API. All keys are in ``KEYS``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from acd.events import Candidate, Decision
from acd.ids import AgentId

KEYS: Final = (
    "why.chosen_only",
    "why.chosen_occupancy",
    "why.chosen_handled",
    "why.chosen_idle",
    "why.chosen_name",
    "why.chosen_named",
    "why.lower_occupancy",
    "why.lower_handled",
    "why.lower_idle",
    "why.lower_name",
    "why.busy",
    "why.not_ready",
    "why.unreachable",
    "why.lacks",
    "why.other_queue",
    "why.named_later",
)

_CHOSEN: Final = {
    "only": "the only agent who was free for it",
    "occupancy": "the least busy of those free for it, {occupancy} % of the last hour",
    "handled": "as little busy as the next, with fewer calls ({handled})",
    "idle": "as little busy as the next, and free for longer",
    "name": "level with the next in everything, and first by name",
    "named": "next in turn just before the call came",
}
_COUNTED: Final = {
    "ranked_lower": "{n} {were} free but ranked lower",
    "busy": "{n} {were} busy",
    "not_ready": "{n} {were} not ready",
    "unreachable": "{n} could not be reached",
    "lacks": "{n} {lack} {skill}",
    "other_queue": "{n} {do} not serve this queue",
    "named_later": "{n} became less busy only after the choice had been made",
}
_ONE: Final = {"were": "was", "lack": "lacks", "do": "does"}
_SEVERAL: Final = {verb: verb for verb in _ONE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why one agent was or was not chosen."""

    agent: AgentId
    chosen: bool
    key: str
    params: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A decision in words."""

    sentence: str
    causes: tuple[Cause, ...]


def explain(decision: Decision, name: Callable[[AgentId], str]) -> Explanation:
    """Put a decision record in words; ``name`` gives an agent's display name."""
    chosen = decision.candidates[0]
    ahead = _ahead(chosen, decision)
    parts = [
        f"{name(chosen.agent)} was chosen: "
        + _CHOSEN[ahead].format(occupancy=_percent(chosen.occupancy), handled=chosen.handled)
    ]
    parts += [_counted(cause, count) for cause, count in reversed(list(decision.counts.items()))]
    skills = ", ".join(f"{need.skill} {need.level}" for need in decision.needs) or "no skill"
    sentence = (
        f"{'; '.join(parts)}. Asked for: {skills}; the caller had waited "
        f"{_seconds(decision.waited)} s among {decision.queue_length} waiting."
    )
    first = Cause(agent=chosen.agent, chosen=True, key=f"why.chosen_{ahead}", params=_facts(chosen))
    others = [_passed_over(one, chosen) for one in decision.candidates[1:]]
    return Explanation(sentence=sentence, causes=(first, *others))


def _ahead(chosen: Candidate, decision: Decision) -> str:
    """Return in what the chosen one was ahead of all others."""
    if "named_later" in decision.counts:
        return "named"
    ranked = [one for one in decision.candidates if one.passed_over == "ranked_lower"]
    return _difference(chosen, ranked[0]) if ranked else "only"


def _difference(chosen: Candidate, other: Candidate) -> str:
    """Return the first part of the rank in which the two differ."""
    if chosen.occupancy != other.occupancy:
        return "occupancy"
    if chosen.handled != other.handled:
        return "handled"
    return "idle" if chosen.idle_since != other.idle_since else "name"


def _passed_over(one: Candidate, chosen: Candidate) -> Cause:
    key, params = f"why.{one.passed_over}", _facts(one)
    if one.passed_over == "ranked_lower":
        key = f"why.lower_{_difference(chosen, one)}"
        params |= {f"chosen_{fact}": value for fact, value in _facts(chosen).items()}
    elif one.passed_over.startswith("lacks:"):
        key, params = "why.lacks", {"skill": one.passed_over.removeprefix("lacks:")}
    return Cause(agent=one.agent, chosen=False, key=key, params=params)


def _facts(one: Candidate) -> dict[str, str]:
    return {
        "occupancy": _percent(one.occupancy),
        "handled": str(one.handled),
        "idle_since": _instant(one.idle_since),
    }


def _counted(cause: str, count: int) -> str:
    kind, _, skill = cause.partition(":")
    return _COUNTED[kind].format(n=count, skill=skill, **(_ONE if count == 1 else _SEVERAL))


def _percent(share: float) -> str:
    return f"{share * 100:.1f}"


def _seconds(span: timedelta) -> str:
    return f"{span.total_seconds():.0f}"


def _instant(at: datetime | None) -> str:
    return "" if at is None else at.isoformat()

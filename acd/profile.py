"""The settings of queues and agents, as the floor sees them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from acd.hours import ALWAYS_OPEN, OpeningHours
from acd.ids import AgentId, QueueId, SkillId
from acd.skills import Needs


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueProfile:
    """One queue's settings.

    ``ageing`` is how many minutes of precedence a call gains per minute of waiting (1.0 is plain
    first come, first served between queues). ``ring_for`` is the lease of an offer.
    ``wrap_up_for`` may be extended by the agent until ``wrap_up_at_most`` in all.
    ``answer_within`` is the T of the service level; abandons before ``short_abandon`` count
    against nobody.
    """

    id: QueueId
    name: str
    needs: Needs = ()
    priority: float = 0.0
    ageing: float = 1.0
    ring_for: timedelta = timedelta(seconds=20)
    wrap_up_for: timedelta = timedelta(seconds=60)
    wrap_up_at_most: timedelta = timedelta(minutes=10)
    answer_within: timedelta = timedelta(seconds=20)
    short_abandon: timedelta = timedelta(seconds=5)
    max_waiting: int | None = None
    hours: OpeningHours = ALWAYS_OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentProfile:
    """One agent's name, skills with levels 1 to 5, and the queues she serves (empty: all)."""

    id: AgentId
    name: str
    skills: Mapping[SkillId, int] = field(default_factory=dict)
    queues: frozenset[QueueId] = frozenset()

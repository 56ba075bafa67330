"""Skills, levels and needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from acd.ids import SkillId

LOWEST_LEVEL: Final = 1
HIGHEST_LEVEL: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Need:
    """A skill and the lowest level, 1 to 5, that will do."""

    skill: SkillId
    level: int = 1


Needs = tuple[Need, ...]
"""All of them must be met. Kept sorted by skill with the highest level of each, see ``merged``."""


def merged(*needs: Needs) -> Needs:
    """Join several needs into one: sorted by skill, each with its highest level."""
    levels: dict[SkillId, int] = {}
    for group in needs:
        for need in group:
            levels[need.skill] = max(need.level, levels.get(need.skill, LOWEST_LEVEL))
    return tuple(Need(skill=skill, level=levels[skill]) for skill in sorted(levels))


def lacking(skills: Mapping[SkillId, int], needs: Needs) -> SkillId | None:
    """Return the first needed skill that is missing or too low, or None if all needs are met."""
    for need in needs:
        if skills.get(need.skill, 0) < need.level:
            return need.skill
    return None


def holds(skills: Mapping[SkillId, int], needs: Needs) -> bool:
    """Tell whether someone with these skills meets all of the needs."""
    return lacking(skills, needs) is None

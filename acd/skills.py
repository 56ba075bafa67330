"""Skills, levels and needs."""

from dataclasses import dataclass

from acd.ids import SkillId


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Need:
    """A skill and the lowest level, 1 to 5, that will do."""

    skill: SkillId
    level: int = 1


Needs = tuple[Need, ...]
"""All of them must be met. Kept sorted by skill with the highest level of each, see ``merged``."""

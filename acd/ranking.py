"""Who is the least busy agent that can take this call: an index, exact and never re-sorted.

Two facts make it quick. An agent's rank key is fixed at her last change of state (see
``acd.occupancy``), so the order of the available agents changes only where one comes or goes. And
her skills hardly ever change, so they need not follow her through the order.

So each agent has a number for good. Skills, queues and standings are bitsets over the numbers; a
pick ANDs the wanted ones and meets what is left with stretches of ``acd.rank_order``, best first:
pages for a common skill, chapters for rarer ones, all available agents where hardly one is left. A
change of state flips a bit of two standings and moves one place; the skills are not touched.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice
from typing import Final

from acd.ids import AgentId, QueueId, SkillId
from acd.profile import AgentProfile
from acd.rank_order import END, Place, RankOrder, numbers_in
from acd.skills import HIGHEST_LEVEL, Needs

RankKey = tuple[float, int, int, AgentId]
"""Occupancy, calls handled, idle since (microseconds of the epoch), id: smaller comes first."""

Share = tuple[int, float]
"""Some agents as a bitset, and about how much of all agents they are."""

_DENSE: Final = 0.01
"""A pool of a greater share is looked for on the first pages: one of them has somebody."""

_SPARSE: Final = 3.0
"""A pool with fewer available agents than this, by its share, is looked for among all at once."""


class Standing(IntEnum):
    """How the ranking sees an agent."""

    OUT = 0
    NOT_READY = 1
    BUSY = 2
    UNREACHABLE = 3
    AVAILABLE = 4


@dataclass(frozen=True, slots=True)
class Group:
    """Agents passed over for one cause, as a bitset over their numbers."""

    bits: int

    def __len__(self) -> int:
        return self.bits.bit_count()


class Ranking:
    """All agents by standing, skill and queue, and the available ones in rank order."""

    def __init__(self) -> None:
        self._numbers: dict[AgentId, int] = {}
        self._ids: list[AgentId] = []
        self._profiles: list[AgentProfile] = []
        self._standing: list[Standing] = []
        self._places: list[Place] = []
        self._by_standing: list[int] = [0] * len(Standing)
        self._at_level: dict[tuple[SkillId, int], int] = {}
        self._holding: dict[SkillId, list[Share]] = {}
        self._only: dict[QueueId, int] = {}
        self._serving: dict[QueueId, Share] = {}
        self._serve_all = 0
        self._order = RankOrder()

    # --- changes --------------------------------------------------------------------------------

    def define(self, profile: AgentProfile) -> None:
        """Enter an agent, signed out, or give one new skills and queues."""
        number = self._numbers.get(profile.id)
        if number is None:
            number = self._numbers[profile.id] = len(self._profiles)
            self._ids.append(profile.id)
            self._profiles.append(profile)
            self._standing.append(Standing.OUT)
            self._places.append(END)
            self._by_standing[Standing.OUT] |= 1 << number
            self._holding.clear()  # a share is of all agents, who are now one more
        else:
            self._flip_profile(self._profiles[number], 1 << number)
            self._profiles[number] = profile
        self._flip_profile(profile, 1 << number)
        self._serving.clear()

    def place(self, agent: AgentId, standing: Standing, key: RankKey) -> None:
        """Say how the agent stands now; ``key`` is her rank among the available."""
        number = self._numbers[agent]
        bit = 1 << number
        by_standing = self._by_standing
        was = self._standing[number]
        if was is not standing:
            by_standing[was] ^= bit
            by_standing[standing] ^= bit
            self._standing[number] = standing
        old = self._places[number]
        if standing is Standing.AVAILABLE:
            new = (*key, number)
            if old == new:
                return
            if old is not END:
                self._order.remove(old, bit)
            self._order.add(new, bit)
            self._places[number] = new
        elif old is not END:
            self._order.remove(old, bit)
            self._places[number] = END

    # --- questions ------------------------------------------------------------------------------

    def pick(self, queue: QueueId, needs: Needs) -> AgentId | None:
        """Return the available agent of lowest rank who serves the queue and meets the needs."""
        available = self._by_standing[Standing.AVAILABLE]
        pool, share = self._serve(queue) if self._only else (None, 1.0)
        holding = self._holding
        for need in needs:
            levels = holding.get(need.skill) or self._levels(need.skill)
            holders, part = levels[need.level]
            pool = holders if pool is None else pool & holders
            share *= part
        if pool is None:
            pool = available
        order, places = self._order, self._places
        if share > _DENSE:
            near = order.near_top(pool, places)
            if near is not None:
                return self._ids[near]
        for stretch in (available,) if share * order.count < _SPARSE else order.bitsets:
            hit = stretch & pool
            if hit:
                number = hit.bit_length() - 1
                if hit != 1 << number:
                    number = order.first_of(hit, places)
                return self._ids[number]
        return None

    def ranked(self, queue: QueueId, needs: Needs, limit: int) -> list[AgentId]:
        """Return the first ``limit`` agents that ``pick`` would choose one after the other."""
        pool = self._by_standing[Standing.AVAILABLE] & self._able(queue, needs)
        return [place[3] for place in self._order.leading(pool, limit, self._places)]

    def passed_over(self, queue: QueueId, needs: Needs, chosen: AgentId) -> dict[str, Group]:
        """Sort the signed-in agents except the chosen one by why they did not get the call.

        One cause each: the first that applies, in the order of the mapping.
        """
        by_standing = self._by_standing
        everyone = by_standing[1] | by_standing[2] | by_standing[3] | by_standing[4]
        everyone &= ~(1 << self._numbers[chosen])
        groups: dict[str, int] = {}
        able = everyone & self._serve(queue)[0]
        groups["other_queue"] = everyone ^ able
        for need in needs:
            rest = able & self._levels(need.skill)[need.level][0]
            groups[f"lacks:{need.skill}"] = able ^ rest
            able = rest
        groups["busy"] = able & by_standing[Standing.BUSY]
        groups["not_ready"] = able & by_standing[Standing.NOT_READY]
        groups["unreachable"] = able & by_standing[Standing.UNREACHABLE]
        groups["ranked_lower"] = able & by_standing[Standing.AVAILABLE]
        return {cause: Group(bits) for cause, bits in groups.items() if bits}

    def some_of(self, group: Group, limit: int) -> list[AgentId]:
        """Name at most ``limit`` agents of a group, those defined last first."""
        return [self._ids[number] for number in islice(numbers_in(group.bits), limit)]

    def signed_in(self, queue: QueueId, needs: Needs) -> Mapping[Standing, int]:
        """Count the signed-in agents who serve the queue and meet the needs, by standing."""
        able = self._able(queue, needs)
        return {
            standing: (self._by_standing[standing] & able).bit_count()
            for standing in Standing
            if standing is not Standing.OUT
        }

    # --- within ---------------------------------------------------------------------------------

    def _flip_profile(self, profile: AgentProfile, bit: int) -> None:
        for skill, level in profile.skills.items():
            self._at_level[skill, level] = self._at_level.get((skill, level), 0) ^ bit
            self._holding.pop(skill, None)
        if not profile.queues:
            self._serve_all ^= bit
        for queue in profile.queues:
            self._only[queue] = self._only.get(queue, 0) ^ bit

    def _levels(self, skill: SkillId) -> list[Share]:
        """Return who holds the skill at which level or above; at 0 and 1 it is all who hold it."""
        levels = self._holding.get(skill)
        if levels is None:
            bits, levels = 0, []
            for level in range(HIGHEST_LEVEL, -1, -1):
                bits |= self._at_level.get((skill, level), 0)
                levels.append(self._share(bits))
            levels.reverse()
            self._holding[skill] = levels
        return levels

    def _serve(self, queue: QueueId) -> Share:
        serving = self._serving.get(queue)
        if serving is None:
            bits = self._serve_all | self._only.get(queue, 0)
            serving = self._serving[queue] = self._share(bits)
        return serving

    def _share(self, bits: int) -> Share:
        return bits, bits.bit_count() / (len(self._ids) or 1)

    def _able(self, queue: QueueId, needs: Needs) -> int:
        able, _ = self._serve(queue)
        for need in needs:
            able &= self._levels(need.skill)[need.level][0]
        return able

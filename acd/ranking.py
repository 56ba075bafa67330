"""Who is the least busy agent that can take this call: an index, exact and never re-sorted.

Two facts make it quick. An agent's rank key is fixed at her last change of state (see
``acd.occupancy``), so the order of the available agents changes only where one comes or goes. And
her skills hardly ever change, so they need not follow her through the order.

So each agent has a number for good. Skills, queues and standings are bitsets over the numbers; a
pick ANDs the wanted ones and asks ``acd.rank_order`` for the first place in what is left. A change
of state flips a bit of two standings and moves one place; the skills are not touched.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice

from acd.ids import AgentId, QueueId, SkillId
from acd.profile import AgentProfile
from acd.rank_order import END, Place, RankOrder, numbers_in
from acd.skills import HIGHEST_LEVEL, Needs

RankKey = tuple[float, int, int, AgentId]
"""Occupancy, calls handled, idle since (microseconds of the epoch), id: smaller comes first."""


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
        self._profiles: list[AgentProfile] = []
        self._standing: list[Standing] = []
        self._places: list[Place] = []
        self._by_standing: list[int] = [0] * len(Standing)
        self._available = 0
        self._at_level: dict[tuple[SkillId, int], int] = {}
        self._holding: dict[tuple[SkillId, int], int] = {}
        self._only: dict[QueueId, int] = {}
        self._serving: dict[QueueId, int] = {}
        self._serve_all = 0
        self._order = RankOrder()

    # --- changes --------------------------------------------------------------------------------

    def define(self, profile: AgentProfile) -> None:
        """Enter an agent, signed out, or give one new skills and queues."""
        number = self._numbers.get(profile.id)
        if number is None:
            number = self._numbers[profile.id] = len(self._profiles)
            self._profiles.append(profile)
            self._standing.append(Standing.OUT)
            self._places.append(END)
            self._by_standing[Standing.OUT] |= 1 << number
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
            self._available = by_standing[Standing.AVAILABLE]
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
        pool, holding = self._available, self._holding
        if self._only:
            pool &= self._serve(queue)
        for need in needs:
            holders = holding.get((need.skill, need.level))
            pool &= self._hold(need.skill, need.level) if holders is None else holders
        if not pool:
            return None
        for everyone in self._order.bitsets:
            hit = everyone & pool
            if hit:
                number = hit.bit_length() - 1
                if hit == 1 << number:
                    return self._places[number][3]
                return self._order.first_of(hit, everyone, self._places)[3]
        raise AssertionError("an available agent is nowhere in the order")

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
        able = everyone & self._serve(queue)
        groups["other_queue"] = everyone ^ able
        for need in needs:
            rest = able & self._hold(need.skill, need.level)
            groups[f"lacks:{need.skill}"] = able ^ rest
            able = rest
        groups["busy"] = able & by_standing[Standing.BUSY]
        groups["not_ready"] = able & by_standing[Standing.NOT_READY]
        groups["unreachable"] = able & by_standing[Standing.UNREACHABLE]
        groups["ranked_lower"] = able & by_standing[Standing.AVAILABLE]
        return {cause: Group(bits) for cause, bits in groups.items() if bits}

    def some_of(self, group: Group, limit: int) -> list[AgentId]:
        """Name at most ``limit`` agents of a group, those defined last first."""
        return [self._profiles[number].id for number in islice(numbers_in(group.bits), limit)]

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
            for asked in range(1, HIGHEST_LEVEL + 1):
                self._holding.pop((skill, asked), None)
        if not profile.queues:
            self._serve_all ^= bit
        for queue in profile.queues:
            self._only[queue] = self._only.get(queue, 0) ^ bit

    def _hold(self, skill: SkillId, level: int) -> int:
        held = self._holding.get((skill, level))
        if held is None:
            held = 0
            for high in range(level, HIGHEST_LEVEL + 1):
                held |= self._at_level.get((skill, high), 0)
            self._holding[skill, level] = held
        return held

    def _serve(self, queue: QueueId) -> int:
        serving = self._serving.get(queue)
        if serving is None:
            serving = self._serving[queue] = self._serve_all | self._only.get(queue, 0)
        return serving

    def _able(self, queue: QueueId, needs: Needs) -> int:
        able = self._serve(queue)
        for need in needs:
            able &= self._hold(need.skill, need.level)
        return able

"""Who is the least busy agent that can take this call: an index, exact and never re-sorted.

Two facts make it quick. An agent's rank key is fixed at her last change of state (see
``acd.occupancy``), so the order of the available agents changes only where one comes or goes. And
her skills hardly ever change, so they need not follow her through the order.

Each agent has a number. Skills and queues are bitsets over numbers, written when a profile
changes. The order is a list of blocks of about a hundred keys, each with the bitset of its
members. A pick ANDs the wanted bitsets once, then meets the blocks from the best down; the first
that shares a bit holds the answer. A change of state moves one key in one block and flips a bit.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice
from typing import Final

from acd.ids import AgentId, QueueId, SkillId
from acd.profile import AgentProfile
from acd.skills import HIGHEST_LEVEL, Needs

RankKey = tuple[float, int, int, AgentId]
"""Occupancy, calls handled, idle since (microseconds of the epoch), id: smaller comes first."""

_Place = tuple[RankKey, int]

_NOWHERE: Final[_Place] = ((2.0, 0, 0, AgentId("")), -1)
"""After every real place, since no occupancy is above 1."""

_FULL: Final = 256
_THIN: Final = 32
_FEW: Final = 5
"""So many members of a block are compared one by one; with more, the block's order is walked."""


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


class _Block:
    """A stretch of the order: places sorted, and their numbers as a bitset."""

    __slots__ = ("members", "places")

    def __init__(self, places: list[_Place], members: int) -> None:
        self.places = places
        self.members = members


class Ranking:
    """All agents by standing, skill and queue, and the available ones in rank order."""

    def __init__(self) -> None:
        self._numbers: dict[AgentId, int] = {}
        self._profiles: list[AgentProfile] = []
        self._bits: list[int] = []
        self._standing: list[Standing] = []
        self._places: list[_Place] = []
        self._by_standing: list[int] = [0] * len(Standing)
        self._at_level: dict[tuple[SkillId, int], int] = {}
        self._holding: dict[tuple[SkillId, int], int] = {}
        self._only: dict[QueueId, int] = {}
        self._serving: dict[QueueId, int] = {}
        self._serve_all = 0
        self._blocks: list[_Block] = [_Block([], 0)]
        self._last: list[_Place] = [_NOWHERE]

    # --- changes --------------------------------------------------------------------------------

    def define(self, profile: AgentProfile) -> None:
        """Enter an agent, signed out, or give one new skills and queues."""
        number = self._numbers.get(profile.id)
        if number is None:
            number = self._numbers[profile.id] = len(self._profiles)
            self._profiles.append(profile)
            self._bits.append(1 << number)
            self._standing.append(Standing.OUT)
            self._places.append(_NOWHERE)
            self._by_standing[Standing.OUT] |= self._bits[number]
        else:
            self._flip_profile(self._profiles[number], self._bits[number])
            self._profiles[number] = profile
        self._flip_profile(profile, self._bits[number])
        self._serving.clear()

    def place(self, agent: AgentId, standing: Standing, key: RankKey) -> None:
        """Say how the agent stands now; ``key`` is her rank among the available."""
        number = self._numbers[agent]
        bit = self._bits[number]
        by_standing = self._by_standing
        was = self._standing[number]
        if was is not standing:
            by_standing[was] ^= bit
            by_standing[standing] ^= bit
            self._standing[number] = standing
        old = self._places[number]
        if standing is Standing.AVAILABLE:
            new = (key, number)
            if old == new:
                return
            if old is not _NOWHERE:
                self._take_out(old, bit)
            self._put_in(new, bit)
            self._places[number] = new
        elif old is not _NOWHERE:
            self._take_out(old, bit)
            self._places[number] = _NOWHERE

    # --- questions ------------------------------------------------------------------------------

    def pick(self, queue: QueueId, needs: Needs) -> AgentId | None:
        """Return the available agent of lowest rank who serves the queue and meets the needs."""
        serving = self._serving.get(queue)
        pool = self._by_standing[4] & (self._serve(queue) if serving is None else serving)
        holding = self._holding
        for need in needs:
            holders = holding.get((need.skill, need.level))
            pool &= self._hold(need.skill, need.level) if holders is None else holders
        if not pool:
            return None
        for block in self._blocks:
            hit = block.members & pool
            if hit:
                return self._least(block, hit)
        raise AssertionError("an available agent is in no block")  # pragma: no cover

    def ranked(self, queue: QueueId, needs: Needs, limit: int) -> list[AgentId]:
        """Return the first ``limit`` agents that ``pick`` would choose one after the other."""
        pool = self._by_standing[Standing.AVAILABLE] & self._able(queue, needs)
        found: list[AgentId] = []
        for block in self._blocks:
            hit = block.members & pool
            if hit:
                found += self._in_order(block, hit, limit - len(found))
                pool ^= hit
            if not pool or len(found) == limit:
                break
        return found

    def passed_over(self, queue: QueueId, needs: Needs, chosen: AgentId) -> dict[str, Group]:
        """Sort the signed-in agents except the chosen one by why they did not get the call.

        One cause each: the first that applies, in the order of the mapping.
        """
        by_standing = self._by_standing
        everyone = by_standing[1] | by_standing[2] | by_standing[3] | by_standing[4]
        everyone &= ~self._bits[self._numbers[chosen]]
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
        return [self._profiles[number].id for number in _numbers_in(group.bits, self._bits, limit)]

    def signed_in(self, queue: QueueId) -> Mapping[Standing, int]:
        """Count the signed-in agents who serve the queue, by standing."""
        serving = self._serve(queue)
        return {
            standing: (self._by_standing[standing] & serving).bit_count()
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

    def _least(self, block: _Block, hit: int) -> AgentId:
        places, bits = self._places, self._bits
        number = hit.bit_length() - 1
        rest = hit ^ bits[number]
        best = places[number]
        for _ in range(_FEW):
            if not rest:
                return best[0][3]
            number = rest.bit_length() - 1
            rest ^= bits[number]
            best = min(best, places[number])
        return best[0][3] if not rest else self._in_order(block, hit, 1)[0]

    def _in_order(self, block: _Block, hit: int, limit: int) -> list[AgentId]:
        bits = self._bits
        if hit.bit_count() <= _FEW:
            mine = sorted(self._places[number] for number in _numbers_in(hit, bits, _FEW))
            return [key[3] for key, _ in mine[:limit]]
        walk = (key[3] for key, number in block.places if hit & bits[number])
        return list(islice(walk, limit))

    def _put_in(self, place: _Place, bit: int) -> None:
        index = bisect_left(self._last, place)
        block = self._blocks[index]
        insort(block.places, place)
        block.members |= bit
        if len(block.places) > _FULL:
            self._split(index)

    def _take_out(self, place: _Place, bit: int) -> None:
        index = bisect_left(self._last, place)
        block = self._blocks[index]
        del block.places[bisect_left(block.places, place)]
        block.members ^= bit
        if len(block.places) < _THIN and len(self._blocks) > 1:
            self._merge(min(index, len(self._blocks) - 2))

    def _split(self, index: int) -> None:
        right = self._blocks[index]
        half = len(right.places) // 2
        left = _Block(right.places[:half], 0)
        for _, number in left.places:
            left.members |= self._bits[number]
        right.places = right.places[half:]
        right.members ^= left.members
        self._blocks.insert(index, left)
        self._last.insert(index, left.places[-1])

    def _merge(self, index: int) -> None:
        left, right = self._blocks[index], self._blocks[index + 1]
        if len(left.places) + len(right.places) <= _FULL // 2:
            right.places = left.places + right.places
            right.members |= left.members
            del self._blocks[index], self._last[index]


def _numbers_in(bits: int, single: list[int], limit: int) -> Iterator[int]:
    """Yield at most ``limit`` of the numbers in a bitset, highest first."""
    for _ in range(limit):
        if not bits:
            return
        number = bits.bit_length() - 1
        yield number
        bits ^= single[number]

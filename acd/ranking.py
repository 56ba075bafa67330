"""Who is the least busy agent that can take this call: an index, exact and never re-sorted.

An agent's rank key is fixed at her last change of state (see ``acd.occupancy``), so the order of
the available agents changes only where one comes or goes. ``acd.rank_order`` keeps them so that the
best who fits is mostly found at the front by one AND for each need, whatever the number of agents.
A change moves one place; at the front it also flips a bit for each level, of those ever asked for,
of each skill she holds.

Those questions that are not about the order, how many there are and why, are asked of all agents:
for them each has a number for good, and skills, queues and standings are bitsets over the numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from itertools import chain, islice
from typing import Final

from acd.ids import AgentId, QueueId, SkillId
from acd.profile import AgentProfile
from acd.rank_order import RankOrder
from acd.rank_places import Entry, numbers_in
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


_BUSY: Final = Standing.BUSY
_AVAILABLE: Final = Standing.AVAILABLE

_MANY: Final = 3
"""So many needs are mostly met by nobody or one: all who are available are tried at once."""


@dataclass(frozen=True, slots=True)
class Group:
    """Agents passed over for one cause, as a bitset over their numbers."""

    bits: int

    def __len__(self) -> int:
        return self.bits.bit_count()


class Ranking:
    """All agents by standing, skill and queue, and the available ones in rank order."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._by_id: dict[AgentId, Entry] = {}
        self._profiles: list[AgentProfile] = []
        self._everyone = 0
        self._by_standing: list[int] = [0] * len(Standing)  # BUSY is not kept: it is all others
        self._at_level: dict[tuple[SkillId, int], int] = {}
        self._holding: dict[SkillId, list[int]] = {}
        self._only: dict[QueueId, int] = {}
        self._serve_all = 0
        self._order = RankOrder()
        self._front, self._chapters = self._order.front, self._order.chapters
        self._all_queues = self._front.new_column()
        self._rows, self._front_ids = self._front.rows, self._front.ids
        self._queue_column: dict[QueueId, int] = {}
        self._skill_column: dict[SkillId, dict[int, int]] = {}

    # --- changes --------------------------------------------------------------------------------

    def define(self, profile: AgentProfile) -> None:
        """Enter an agent, signed out, or give one new skills and queues."""
        entry = self._by_id.get(profile.id)
        if entry is None:
            entry = self._by_id[profile.id] = Entry(profile.id, len(self._entries), Standing.OUT)
            bit = 1 << entry.number
            self._entries.append(entry)
            self._profiles.append(profile)
            self._everyone |= bit
            self._by_standing[Standing.OUT] |= bit
        else:
            bit = 1 << entry.number
            self._flip_profile(self._profiles[entry.number], bit)
            self._profiles[entry.number] = profile
        self._flip_profile(profile, bit)
        place = entry.place
        if place is not None:
            self._order.remove(place, bit)
        entry.columns = self._columns_of(profile)
        if place is not None:
            self._order.add(place, bit)

    def place(self, agent: AgentId, standing: Standing, key: RankKey) -> None:
        """Say how the agent stands now; ``key`` is her rank among the available."""
        entry = self._by_id[agent]
        bit, was, old = 1 << entry.number, entry.standing, entry.place
        if was is not standing:
            if was is not _BUSY:
                self._by_standing[was] ^= bit
            if standing is not _BUSY:
                self._by_standing[standing] ^= bit
            entry.standing = standing
        if standing is _AVAILABLE:
            new = (*key, entry)
            if old is not None:
                if old == new:
                    return
                self._order.remove(old, bit)
            self._order.add(new, bit)
            entry.place = new
        elif old is not None:
            self._order.remove(old, bit)
            entry.place = None

    # --- questions ------------------------------------------------------------------------------

    def pick(self, queue: QueueId, needs: Needs) -> AgentId | None:
        """Return the available agent of lowest rank who serves the queue and meets the needs.

        The loop is written out twice, here and in ``_able_at_front``: a call would cost a tenth.
        If nobody at the front fits, few or none are left among all who are available.
        """
        if self._chapters and len(needs) >= _MANY:
            return self._pick_of_all(queue, needs)
        columns, rows = self._skill_column, self._rows
        hit = rows[0]
        if queue in self._queue_column:
            hit |= rows[self._queue_column[queue]]
        try:
            for need in needs:
                hit &= rows[columns[need.skill][need.level]]
        except KeyError:
            self._ask_for(needs)
            return self.pick(queue, needs)
        if hit:
            return self._front_ids[hit.bit_length() - 1]
        return self._pick_of_all(queue, needs) if self._chapters else None

    def _pick_of_all(self, queue: QueueId, needs: Needs) -> AgentId | None:
        """Pick by who is able among all agents first, and only then by rank."""
        pool, holding = self._by_standing[_AVAILABLE], self._holding
        if self._only:
            pool &= self._serve(queue)
        for need in needs:
            levels = holding.get(need.skill) or self._levels(need.skill)
            pool &= levels[need.level]
        if not pool:
            return None
        number = pool.bit_length() - 1
        if pool == 1 << number:
            return self._entries[number].id
        if len(needs) >= _MANY:  # otherwise the front has been looked at
            hit = self._able_at_front(queue, needs)
            if hit:
                return self._front_ids[hit.bit_length() - 1]
        return self._order.first_of(pool, self._entries)

    def ranked(self, queue: QueueId, needs: Needs, limit: int) -> list[AgentId]:
        """Return the first ``limit`` agents that ``pick`` would choose one after the other."""
        best = self._front.named(self._able_at_front(queue, needs))
        pool = self._by_standing[_AVAILABLE] & self._able(queue, needs)
        behind = (place[3] for place in self._order.behind(pool, self._entries))
        return list(islice(chain(best, behind), limit))

    def passed_over(
        self, queue: QueueId, needs: Needs, chosen: AgentId, resting: AgentId | None = None
    ) -> dict[str, Group]:
        """Sort the signed-in agents except the chosen one by why they did not get the call.

        One cause each: the first that applies, in the order of the mapping. ``resting`` was rung
        for this call until now, and takes none for the time being.
        """
        by_standing = self._by_standing
        everyone = self._everyone ^ by_standing[Standing.OUT]
        everyone &= ~(1 << self._by_id[chosen].number)
        groups: dict[str, int] = {}
        able = everyone & self._serve(queue)
        groups["other_queue"] = everyone ^ able
        for need in needs:
            rest = able & self._levels(need.skill)[need.level]
            groups[f"lacks:{need.skill}"] = able ^ rest
            able = rest
        rests = 0 if resting is None else 1 << self._by_id[resting].number
        groups["busy"] = able & self._busy() & ~rests
        groups["not_ready"] = able & (by_standing[Standing.NOT_READY] | rests)
        groups["unreachable"] = able & by_standing[Standing.UNREACHABLE]
        groups["ranked_lower"] = able & by_standing[Standing.AVAILABLE]
        return {cause: Group(bits) for cause, bits in groups.items() if bits}

    def some_of(self, group: Group, limit: int) -> list[AgentId]:
        """Name at most ``limit`` agents of a group, those defined last first."""
        return [self._entries[number].id for number in islice(numbers_in(group.bits), limit)]

    def signed_in(self, queue: QueueId, needs: Needs) -> Mapping[Standing, int]:
        """Count the signed-in agents who serve the queue and meet the needs, by standing."""
        able = self._able(queue, needs)
        return {
            standing: (
                (self._busy() if standing is _BUSY else self._by_standing[standing]) & able
            ).bit_count()
            for standing in Standing
            if standing is not Standing.OUT
        }

    # --- within ---------------------------------------------------------------------------------

    def _able_at_front(self, queue: QueueId, needs: Needs) -> int:
        """Return the bits of those at the front who serve the queue and meet the needs."""
        rows, columns = self._rows, self._skill_column
        hit = rows[0]
        if queue in self._queue_column:
            hit |= rows[self._queue_column[queue]]
        try:
            for need in needs:
                hit &= rows[columns[need.skill][need.level]]
        except KeyError:
            self._ask_for(needs)
            return self._able_at_front(queue, needs)
        return hit

    def _ask_for(self, needs: Needs) -> None:
        """Give a column to each need that had not been asked for."""
        for need in needs:
            levels = self._skill_column.setdefault(need.skill, {})
            if need.level not in levels:
                holders = self._levels(need.skill)[need.level]
                levels[need.level] = self._front.new_column(
                    self._entries[n] for n in numbers_in(holders)
                )

    def _columns_of(self, profile: AgentProfile) -> tuple[int, ...]:
        """Return the columns that hold for an agent, new ones for new queues."""
        found = [] if profile.queues else [self._all_queues]
        for queue in profile.queues:
            if queue not in self._queue_column:
                self._queue_column[queue] = self._front.new_column()
            found.append(self._queue_column[queue])
        for skill, held in profile.skills.items():
            columns = self._skill_column.get(skill, {})
            found += (column for level, column in columns.items() if level <= held)
        return tuple(found)

    def _flip_profile(self, profile: AgentProfile, bit: int) -> None:
        for skill, level in profile.skills.items():
            self._at_level[skill, level] = self._at_level.get((skill, level), 0) ^ bit
            self._holding.pop(skill, None)
        if not profile.queues:
            self._serve_all ^= bit
        for queue in profile.queues:
            self._only[queue] = self._only.get(queue, 0) ^ bit

    def _levels(self, skill: SkillId) -> list[int]:
        """Return who holds the skill at which level or above; at 0 and 1 it is all who hold it."""
        levels = self._holding.get(skill)
        if levels is None:
            bits, levels = 0, []
            for level in range(HIGHEST_LEVEL, -1, -1):
                bits |= self._at_level.get((skill, level), 0)
                levels.append(bits)
            levels.reverse()
            self._holding[skill] = levels
        return levels

    def _busy(self) -> int:
        out, not_ready, _, unreachable, available = self._by_standing
        return self._everyone ^ out ^ not_ready ^ unreachable ^ available

    def _serve(self, queue: QueueId) -> int:
        return self._serve_all | self._only.get(queue, 0)

    def _able(self, queue: QueueId, needs: Needs) -> int:
        able = self._serve(queue)
        for need in needs:
            able &= self._levels(need.skill)[need.level]
        return able

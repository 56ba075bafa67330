"""The index never gives another answer than looking at every agent."""

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acd import rank_front, rank_order
from acd.ids import AgentId, QueueId, SkillId
from acd.occupancy import NO_LOAD, WINDOW, Work
from acd.profile import AgentProfile
from acd.ranking import Ranking, RankKey, Standing
from acd.skills import Need, Needs, holds, merged
from tests.unit.acd.house import at

pytestmark = pytest.mark.property

QUEUES = [QueueId("q"), QueueId("sales"), QueueId("nobody's")]
SKILLS = [SkillId(name) for name in ("de", "en", "fa", "fr", "zh")]


class Everyone:
    """The oracle: all agents in a list, looked at one by one."""

    def __init__(self) -> None:
        self.profiles: dict[AgentId, AgentProfile] = {}
        self.standing: dict[AgentId, Standing] = {}
        self.keys: dict[AgentId, RankKey] = {}

    def ranked(self, queue: QueueId, needs: Needs) -> list[AgentId]:
        fit = [
            self.keys[agent]
            for agent, profile in self.profiles.items()
            if self.standing[agent] is Standing.AVAILABLE
            and (not profile.queues or queue in profile.queues)
            and holds(profile.skills, needs)
        ]
        return [key[3] for key in sorted(fit)]

    def passed_over(self, queue: QueueId, needs: Needs, chosen: AgentId) -> dict[str, int]:
        counts: dict[str, int] = {}
        for agent, profile in self.profiles.items():
            standing = self.standing[agent]
            if standing is Standing.OUT or agent == chosen:
                continue
            low = [n.skill for n in needs if profile.skills.get(n.skill, 0) < n.level]
            cause = standing.name.lower()
            if standing is Standing.AVAILABLE:
                cause = "ranked_lower"
            if low:
                cause = f"lacks:{low[0]}"
            if profile.queues and queue not in profile.queues:
                cause = "other_queue"
            counts[cause] = counts.get(cause, 0) + 1
        return counts


def change(rng: random.Random, crowd: int, index: Ranking, oracle: Everyone) -> None:
    """Do one thing to both: define an agent anew, or change how she stands."""
    agent = AgentId(f"a{rng.randrange(crowd):03}")
    if agent not in oracle.profiles or rng.random() < 0.05:
        held = {s: rng.randint(1, 5) for s in rng.sample(SKILLS, rng.randint(0, 4))}
        served = frozenset(rng.sample(QUEUES[:2], rng.choice([0, 0, 1, 2])))
        profile = AgentProfile(id=agent, name=agent, skills=held, queues=served)
        oracle.profiles[agent] = profile
        oracle.standing.setdefault(agent, Standing.OUT)
        index.define(profile)
        return
    standing = rng.choice([Standing.AVAILABLE] * 3 + list(Standing))
    key = (rng.choice([0.0, 0.25, 0.5, 1.0]), rng.randrange(3), rng.randrange(4), agent)
    oracle.standing[agent], oracle.keys[agent] = standing, key
    index.place(agent, standing, key)


def question(rng: random.Random) -> tuple[QueueId, Needs]:
    wanted = rng.sample(SKILLS, rng.choice([0, 1, 1, 2, 3]))
    needs = merged(tuple(Need(skill=skill, level=rng.randint(1, 5)) for skill in wanted))
    return rng.choice(QUEUES), needs


@given(st.integers(0, 2**32), st.integers(1, 12), st.integers(1, 60))
@settings(max_examples=300, deadline=None)
def test_a_small_crowd_is_ranked_as_the_oracle_says(seed: int, crowd: int, changes: int) -> None:
    compare(random.Random(seed), crowd, changes, every=1)


@given(st.integers(0, 2**32))
@settings(max_examples=5, deadline=None)
def test_a_large_crowd_is_ranked_as_the_oracle_says(seed: int) -> None:
    compare(random.Random(seed), 2500, 5000, every=100)


@given(st.integers(0, 2**32), st.integers(20, 90))
@settings(max_examples=100, deadline=None)
def test_a_crowd_beyond_a_short_front_is_ranked_as_the_oracle_says(seed: int, crowd: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rank_order, "_MOST", 12)
        patch.setattr(rank_order, "_LEAST", 4)
        patch.setattr(rank_order, "_CHAPTER", 8)
        patch.setattr(rank_front, "_BITS", 26)
        compare(random.Random(seed), crowd, 300, every=2)


def compare(rng: random.Random, crowd: int, changes: int, every: int) -> None:
    index, oracle = Ranking(), Everyone()
    for number in range(changes):
        change(rng, crowd, index, oracle)
        if number % every:
            continue
        queue, needs = question(rng)
        ranked = oracle.ranked(queue, needs)
        assert index.pick(queue, needs) == (ranked[0] if ranked else None)
        assert index.ranked(queue, needs, 10) == ranked[:10]
        check_first(index, oracle, queue, needs)
        chosen = rng.choice(sorted(oracle.profiles))
        groups = index.passed_over(queue, needs, chosen)
        counts = {cause: len(group) for cause, group in groups.items()}
        assert counts == oracle.passed_over(queue, needs, chosen)


def check_first(index: Ranking, oracle: Everyone, queue: QueueId, needs: Needs) -> None:
    """Compare those named beforehand with the oracle, and with picking one after the other."""
    ranked = oracle.ranked(queue, needs)
    named = index.ranked(queue, needs, 8)
    assert named == ranked[:8]
    for agent in named:
        assert index.pick(queue, needs) == agent
        index.place(agent, Standing.BUSY, oracle.keys[agent])
    for agent in named:
        index.place(agent, Standing.AVAILABLE, oracle.keys[agent])


@given(st.lists(st.tuples(st.sampled_from(Work), st.floats(0, 4000)), min_size=1, max_size=60))
@settings(max_examples=200, deadline=None)
def test_occupancy_equals_a_recount_of_the_window(turns: list[tuple[Work, float]]) -> None:
    load, now, history = NO_LOAD, at(0), []
    for work, gap in turns:
        now += at(gap) - at(0)
        load = load.turn(work, now)
        history.append((now, work))
    edge = now - WINDOW
    sums = dict.fromkeys(Work, at(0) - at(0))
    for (start, work), (end, _) in pairwise(history):
        sums[work] += max(end, edge) - max(start, edge)
    total = sums[Work.BUSY] + sums[Work.READY]

    assert load.occupancy == (sums[Work.BUSY] / total if total else 0.0)

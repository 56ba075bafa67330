import random

import pytest

from acd import rank_front, rank_order
from acd.ids import AgentId, QueueId, SkillId
from acd.machine import sure
from acd.rank_order import RankOrder
from acd.rank_places import Entry, Place
from acd.ranking import Ranking, Standing
from acd.skills import Need
from tests.unit.acd.house import agent_profile, need

pytestmark = pytest.mark.unit

Q = QueueId("q")


def ready(ranking: Ranking, name: str, occupancy: float = 0.0, handled: int = 0) -> None:
    agent = AgentId(name)
    ranking.place(agent, Standing.AVAILABLE, (occupancy, handled, 0, agent))


def crowd(count: int, *queues: str, **skills: int) -> Ranking:
    ranking = Ranking()
    for number in range(count):
        ranking.define(agent_profile(f"a{number:04}", *queues, **skills))
    return ranking


def test_nobody_is_picked_from_nobody() -> None:
    assert Ranking().pick(Q, ()) is None
    assert crowd(3).pick(Q, (need("english"),)) is None


def test_the_order_is_occupancy_then_calls_then_idle_then_id() -> None:
    ranking = crowd(5)
    for name, key in {
        "a0000": (0.2, 0, 0),
        "a0001": (0.1, 1, 0),
        "a0002": (0.1, 0, 9),
        "a0003": (0.1, 0, 5),
        "a0004": (0.1, 0, 5),
    }.items():
        ranking.place(AgentId(name), Standing.AVAILABLE, (*key, AgentId(name)))

    assert ranking.ranked(Q, (), 9) == ["a0003", "a0004", "a0002", "a0001", "a0000"]
    assert ranking.ranked(Q, (), 2) == ["a0003", "a0004"]
    assert ranking.pick(Q, ()) == "a0003"


def test_skills_levels_and_queues_are_respected_and_may_change() -> None:
    ranking = Ranking()
    ranking.define(agent_profile("ana", "q", english=2))
    ranking.define(agent_profile("bob", english=4))
    ready(ranking, "ana")
    ready(ranking, "bob", 0.5)

    assert ranking.pick(Q, (need("english", 2),)) == "ana"
    assert ranking.pick(Q, (need("english", 3),)) == "bob"
    assert ranking.pick(QueueId("other"), ()) == "bob"
    assert ranking.pick(Q, (need("english"), need("french"))) is None

    ranking.define(agent_profile("ana", "other", english=5))

    assert ranking.pick(Q, ()) == "bob"
    assert ranking.pick(QueueId("other"), (need("english", 5),)) == "ana"


def test_who_is_not_available_is_not_picked() -> None:
    ranking = crowd(2)
    ready(ranking, "a0000")
    ready(ranking, "a0001", 0.5)
    for standing in (Standing.BUSY, Standing.UNREACHABLE, Standing.NOT_READY, Standing.OUT):
        ranking.place(AgentId("a0000"), standing, (0.0, 0, 0, AgentId("a0000")))
        assert ranking.pick(Q, ()) == "a0001"


def test_a_place_may_be_changed_or_confirmed_while_available() -> None:
    ranking = crowd(2)
    ready(ranking, "a0000", 0.1)
    ready(ranking, "a0001", 0.2)
    ready(ranking, "a0001", 0.2)
    assert ranking.ranked(Q, (), 5) == ["a0000", "a0001"]

    ready(ranking, "a0001", 0.05)

    assert ranking.ranked(Q, (), 5) == ["a0001", "a0000"]


def test_among_many_equals_on_one_page_the_first_by_id_is_picked() -> None:
    ranking = crowd(20, english=1)
    for number in reversed(range(20)):
        ready(ranking, f"a{number:04}")

    assert ranking.pick(Q, (need("english"),)) == "a0000"


def test_causes_are_counted_once_each_and_leave_out_the_chosen_and_the_signed_out() -> None:
    ranking = Ranking()
    for name in ("ana", "busy", "resting", "away", "lower", "gone"):
        ranking.define(agent_profile(name, english=3))
    ranking.define(agent_profile("low", english=1))
    ranking.define(agent_profile("elsewhere", "other", english=3))
    ranking.define(agent_profile("both", "other"))
    for name, standing in {
        "ana": Standing.AVAILABLE,
        "busy": Standing.BUSY,
        "resting": Standing.NOT_READY,
        "away": Standing.UNREACHABLE,
        "lower": Standing.AVAILABLE,
        "low": Standing.BUSY,
        "elsewhere": Standing.BUSY,
        "both": Standing.NOT_READY,
    }.items():
        ranking.place(AgentId(name), standing, (0.0, 0, 0, AgentId(name)))

    groups = ranking.passed_over(Q, (need("english", 2),), AgentId("ana"))

    assert {cause: len(group) for cause, group in groups.items()} == {
        "other_queue": 2,
        "lacks:english": 1,
        "busy": 1,
        "not_ready": 1,
        "unreachable": 1,
        "ranked_lower": 1,
    }
    assert ranking.some_of(groups["other_queue"], 1) == ["both"]
    assert ranking.some_of(groups["other_queue"], 9) == ["both", "elsewhere"]


def test_the_signed_in_who_can_take_a_queues_calls_are_counted_by_standing() -> None:
    ranking = crowd(3)
    ranking.define(agent_profile("elsewhere", "other"))
    ready(ranking, "a0000")
    ready(ranking, "elsewhere")

    assert ranking.signed_in(Q, (Need(skill=SkillId("nobody"), level=5),))[Standing.AVAILABLE] == 0
    assert ranking.signed_in(Q, ()) == {
        Standing.NOT_READY: 0,
        Standing.BUSY: 0,
        Standing.UNREACHABLE: 0,
        Standing.AVAILABLE: 1,
    }


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A front of a few and chapters of a few, so that a hundred agents fill many."""
    monkeypatch.setattr(rank_order, "_MOST", 12)
    monkeypatch.setattr(rank_order, "_LEAST", 4)
    monkeypatch.setattr(rank_order, "_CHAPTER", 8)
    monkeypatch.setattr(rank_front, "_BITS", 26)


def entries(count: int) -> list[Entry]:
    """Make agents whose places follow each other, number by number."""
    made = [Entry(AgentId(f"a{number:04}"), number) for number in range(count)]
    for one in made:
        one.place = (one.number / 10_000, 0, 0, one.id, one)
    return made


def place_of(one: Entry) -> Place:
    return sure(one.place)


def add(order: RankOrder, *some: Entry) -> None:
    for one in some:
        order.add(place_of(one), 1 << one.number)


def remove(order: RankOrder, *some: Entry) -> None:
    for one in some:
        order.remove(place_of(one), 1 << one.number)


def numbers(order: RankOrder) -> list[int]:
    return [place[4].number for place in order]


def check_front(order: RankOrder) -> None:
    """Compare the rows with a recount: the higher the bit, the better the rank."""
    front = order.front
    assert len(front) <= rank_order._MOST
    for column, row in enumerate(front.rows):
        held = [place[3] for place in front.places if column in place[4].columns]
        assert list(front.named(row)) == held


def test_an_order_grown_to_thousands_and_emptied_again_stays_sorted() -> None:
    order, some = RankOrder(), entries(6000)
    everyone = order.front.new_column(some)
    third = order.front.new_column(some[::3])
    assert (everyone, third) == (0, 1)

    add(order, *some[::2], *reversed(some[1::2]))

    assert numbers(order) == list(range(6000))
    check_front(order)
    assert [place[4] for place in order.behind(1 << 5999 | 1 << 5990, some)] == [
        some[5990],
        some[5999],
    ]
    assert order.first_of(1 << 5999 | 1 << 5990 | 1 << 5995, some) == "a5990"
    assert order.first_of((1 << 6000) - (1 << 5900), some) == "a5900"

    remove(order, *some[5:3000], *reversed(some[3000:5995]))

    assert numbers(order) == [*range(5), *range(5995, 6000)]
    check_front(order)
    remove(order, *some[:5], *some[5995:])
    assert numbers(order) == []


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("seed", range(20))
def test_places_that_come_and_go_stay_sorted_on_both_sides_of_the_border(seed: int) -> None:
    rng, order, some = random.Random(seed), RankOrder(), entries(150)
    for _ in range(3):
        order.front.new_column(rng.sample(some, 75))
    here: set[int] = set()
    for step in range(1200):
        wanted = 100 if step // 300 % 2 == 0 else 10
        number = rng.randrange(150) if rng.random() < 0.3 or not here else min(here)
        if number in here and (len(here) > wanted or rng.random() < 0.5):
            here.remove(number)
            remove(order, some[number])
        elif number not in here and len(here) < wanted + 10:
            here.add(number)
            add(order, some[number])
        assert numbers(order) == sorted(here)
        check_front(order)
        assert all(chapter.places for chapter in order.chapters)
        behind = [one for chapter in order.chapters for one in chapter.places]
        pool = sum(1 << one[4].number for one in behind if one[4].number % 3)
        assert list(order.behind(pool, some)) == [one for one in behind if one[4].number % 3]
        if pool:
            assert order.first_of(pool, some) == next(order.behind(pool, some))[3]


@pytest.mark.usefixtures("short")
def test_a_chapter_emptied_beside_a_thick_one_is_dropped() -> None:
    order, some = RankOrder(), entries(60)
    add(order, *some)
    counts = [len(chapter) for chapter in order.chapters]
    assert len(counts) > 3
    last = [place[4] for place in order.chapters[-1].places]
    before = [place[4] for place in order.chapters[-2].places]
    while len(order.chapters[-2]) < 8:  # the one before the last becomes thick
        extra = Entry(AgentId(f"x{len(some)}"), len(some))
        extra.place = (place_of(before[0])[0], 0, len(some), extra.id, extra)
        some.append(extra)
        add(order, extra)

    remove(order, *last)

    assert len(order.chapters) == len(counts) - 1
    add(order, last[-1])
    assert place_of(last[-1]) in order.chapters[-1].places
    remove(order, last[-1])
    for chapter in list(order.chapters)[::-1]:
        remove(order, *[place[4] for place in chapter.places])
    assert order.chapters == []
    add(order, last[-1])
    assert numbers(order)[-1] == last[-1].number


def test_the_front_makes_room_where_many_come_to_the_same_spot() -> None:
    order, some = RankOrder(), entries(1700)
    order.front.new_column(some[::2])
    add(order, *some[:400], *some[1300:], *some[400:1300])

    assert numbers(order) == list(range(1700))
    assert order.chapters == []
    check_front(order)


def test_the_places_behind_move_up_when_the_best_have_left_and_when_others_have() -> None:
    order, some = RankOrder(), entries(4000)
    order.front.new_column(some[::2])
    add(order, *some)

    remove(order, *some[:700])  # the best
    check_front(order)
    remove(order, *some[701:2500:2])  # every other
    check_front(order)

    assert numbers(order) == [*range(700, 2500, 2), *range(2500, 4000)]


def test_the_first_of_a_common_skill_is_found_behind_pages_that_lack_it() -> None:
    ranking = Ranking()
    for number in range(3000):
        skills = {"english": 1} if number >= 2990 or number % 2 else {"french": 1}
        ranking.define(agent_profile(f"a{number:04}", **skills))
        if not number % 2:
            ready(ranking, f"a{number:04}", number / 10_000)

    assert ranking.pick(Q, (need("english"),)) == "a2990"
    assert ranking.pick(Q, (need("english"), need("french"))) is None


def test_skill_sets_asked_for_before_an_agent_is_defined_include_her_later() -> None:
    ranking = Ranking()
    wanted = (need("english"),)
    assert ranking.pick(Q, wanted) is None
    ranking.define(agent_profile("ana", english=1))
    ready(ranking, "ana")

    assert ranking.pick(Q, wanted) == "ana"
    assert SkillId("english") in agent_profile("ana", english=1).skills


def test_where_three_are_needed_the_whole_is_tried_before_the_front() -> None:
    ranking, wanted = Ranking(), (need("english"), need("french"), need("german"))
    for number in range(2200):
        skills = {"english": 1, "french": 1}
        if number in {3, 40, 2100, 2150}:
            skills["german"] = 1
        ranking.define(agent_profile(f"a{number:04}", **skills))
        ready(ranking, f"a{number:04}", number / 10_000)

    assert ranking.pick(Q, wanted) == "a0003"
    for name in ("a0003", "a0040"):
        ranking.place(AgentId(name), Standing.BUSY, (0.0, 0, 0, AgentId(name)))
    assert ranking.pick(Q, wanted) == "a2100"
    assert ranking.ranked(Q, wanted, 9) == ["a2100", "a2150"]
    ranking.place(AgentId("a2100"), Standing.BUSY, (0.0, 0, 0, AgentId("a2100")))
    assert ranking.pick(Q, wanted) == "a2150"
    ranking.place(AgentId("a2150"), Standing.BUSY, (0.0, 0, 0, AgentId("a2150")))
    assert ranking.pick(Q, wanted) is None


def test_the_first_few_are_named_in_order_as_far_as_they_are_asked_for() -> None:
    ranking = crowd(5, english=1)
    assert ranking.ranked(Q, (), 3) == []
    for number in range(5):
        ready(ranking, f"a{number:04}", 0.5 - number / 10)

    assert ranking.ranked(Q, (need("english"),), 3) == ["a0004", "a0003", "a0002"]
    assert ranking.ranked(Q, (), 9) == ["a0004", "a0003", "a0002", "a0001", "a0000"]
    assert ranking.ranked(Q, (need("english", 2),), 3) == []


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("skills", [("french",), ("french", "german", "zh")])
def test_those_behind_the_front_are_named_after_it(skills: tuple[str, ...]) -> None:
    ranking, wanted = Ranking(), tuple(need(skill) for skill in skills)
    for number in range(40):
        held = dict.fromkeys(skills, 1) if number in {2, 30, 35} else {}
        ranking.define(agent_profile(f"a{number:04}", **held))
        ready(ranking, f"a{number:04}", number / 100)
    assert ranking.ranked(Q, wanted, 8) == ["a0002", "a0030", "a0035"]
    ranking.place(AgentId("a0002"), Standing.BUSY, (0.0, 0, 0, AgentId("a0002")))
    assert ranking.ranked(Q, wanted, 8) == ["a0030", "a0035"]


def test_new_skills_count_for_an_agent_who_is_available() -> None:
    ranking = crowd(3, english=1)
    for number in range(3):
        ready(ranking, f"a{number:04}", number / 10)
    assert ranking.pick(Q, (need("french", 2),)) is None

    ranking.define(agent_profile("a0001", french=3))

    assert ranking.pick(Q, (need("french", 2),)) == "a0001"
    assert ranking.ranked(Q, (need("english"),), 9) == ["a0000", "a0002"]

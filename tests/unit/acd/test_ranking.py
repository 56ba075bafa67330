import pytest

from acd.ids import AgentId, QueueId, SkillId
from acd.rank_order import Place, RankOrder
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


def place(number: int, occupancy: float = 0.0) -> Place:
    return (occupancy, number, 0, AgentId(f"a{number}"), number)


def test_an_order_grown_to_thousands_and_emptied_again_stays_sorted() -> None:
    order = RankOrder()
    places = [place(number) for number in range(3000)]
    for one in (*places[::2], *reversed(places[1::2])):
        order.add(one, 1 << one[4])

    assert list(order) == places
    assert order.count == 3000
    assert order.leading((1 << 3000) - 1, 40, places) == places[:40]
    assert order.leading(1 << 2999 | 1 << 7, 5, places) == [places[7], places[2999]]
    assert order.first_of(1 << 2999 | 1 << 2990 | 1 << 2995, places) == 2990
    assert order.first_of((1 << 3000) - (1 << 2900), places) == 2900

    for one in (*places[5:1500], *reversed(places[1500:2995])):
        order.remove(one, 1 << one[4])

    assert list(order) == [*places[:5], *places[2995:]]
    for one in list(order):
        order.remove(one, 1 << one[4])
    assert list(order) == []


def test_a_chapter_emptied_beside_a_thick_one_stays_usable() -> None:
    order, places = RankOrder(), list[Place]()
    while len(order._chapters) < 3 or len(order._chapters[-1].pages) < 64:
        places.append(place(len(places)))
        order.add(places[-1], 1 << places[-1][4])
    gone = {one for page in order._chapters[-2].pages for one in page}

    for one in gone:
        order.remove(one, 1 << one[4])
    order.add(min(gone), 1 << min(gone)[4])

    left = [one for one in places if one not in gone or one == min(gone)]
    assert list(order) == left
    assert order.leading((1 << len(places)) - 1, len(places), places) == left


def test_a_bitset_that_belies_its_pages_is_noticed() -> None:
    order, places = RankOrder(), [place(number) for number in range(5)]
    for one in places:
        order.add(one, 1 << one[4])
    order._chapters[0].members[0] = 0

    with pytest.raises(AssertionError, match="no page holds any"):
        order.first_of(0b11111, places)


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

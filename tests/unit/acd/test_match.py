import pytest

from acd import commands as c
from acd.explain import KEYS, explain
from acd.ids import AgentId, OfferId
from acd.reasons import NotReadyReason
from tests.unit.acd.house import House, need, offered

pytestmark = pytest.mark.unit


@pytest.fixture
def house() -> House:
    house = House()
    house.queue()
    return house


def title(agent: AgentId) -> str:
    return agent.title()


def test_a_decision_record_names_the_chosen_the_next_and_why_others_fell_out(
    house: House,
) -> None:
    house.agent("ana", english=3, seconds=0)
    house.agent("bob", english=3, seconds=1)
    house.agent("busy", english=5, seconds=-5)
    house.ring("c0", seconds=2)
    house.agent("resting", english=3, seconds=3)
    house.do(c.GoNotReady(agent=AgentId("resting"), reason=NotReadyReason.BREAK), 3)
    house.agent("away", english=3, seconds=3)
    house.do(c.SetReachable(agent=AgentId("away"), desktop=False, phone=True), 3)
    house.agent("novice", english=1, seconds=3)
    house.agent("elsewhere", "other", english=3, seconds=3)
    house.signed_in("gone", english=3)
    house.do(c.LogOut(agent=AgentId("gone")))

    decision = offered(house.ring("c1", seconds=10, needs=(need("english", 2),))).decision

    assert decision.counts == {
        "other_queue": 1,
        "lacks:english": 1,
        "busy": 1,
        "not_ready": 1,
        "unreachable": 1,
        "ranked_lower": 1,
    }
    assert [(one.agent, one.passed_over) for one in decision.candidates] == [
        ("ana", ""),
        ("bob", "ranked_lower"),
        ("away", "unreachable"),
        ("resting", "not_ready"),
        ("busy", "busy"),
        ("novice", "lacks:english"),
        ("elsewhere", "other_queue"),
    ]
    assert decision.queue_length == 1


def test_a_record_stays_small_with_a_crowd(house: House) -> None:
    for number in range(15):
        house.agent(f"a{number:02}", seconds=number)
    for number in range(15):
        house.signed_in(f"b{number:02}")

    decision = offered(house.ring("c1", seconds=99)).decision

    assert [one.agent for one in decision.candidates] == [f"a{number:02}" for number in range(10)]
    assert decision.counts == {"not_ready": 15, "ranked_lower": 14}


def test_who_was_named_beforehand_goes_before_those_who_rank_above_her_by_now(
    house: House,
) -> None:
    for seconds, name in enumerate(("ana", "bob", "eve", "fay")):
        house.agent(name, seconds=seconds)
    house.signed_in("gus")

    decision = offered(house.ring("c1", seconds=9, rung="eve")).decision

    assert [(one.agent, one.passed_over) for one in decision.candidates] == [
        ("eve", ""),
        ("ana", "named_later"),
        ("bob", "named_later"),
        ("fay", "ranked_lower"),
        ("gus", "not_ready"),
    ]
    assert decision.counts == {"not_ready": 1, "ranked_lower": 1, "named_later": 2}


@pytest.mark.parametrize(("rung", "better"), [(0, 0), (9, 9), (10, 10), (12, 12), (14, 14)])
def test_all_who_rank_above_by_now_are_counted_and_some_are_shown(
    house: House, rung: int, better: int
) -> None:
    for number in range(15):
        house.agent(f"a{number:02}", seconds=number)

    decision = offered(house.ring("c1", seconds=99, rung=f"a{rung:02}")).decision

    counts = {"ranked_lower": 14 - better, "named_later": better}
    assert decision.counts == {cause: count for cause, count in counts.items() if count}
    others = [number for number in range(15) if number != rung]
    assert [one.agent for one in decision.candidates] == [
        f"a{number:02}" for number in (rung, *others[:9])
    ]
    assert [one.passed_over for one in decision.candidates[1:]] == [
        "named_later" if number < rung else "ranked_lower" for number in others[:9]
    ]


def test_an_agent_just_freed_is_not_counted_as_passed_over(house: House) -> None:
    house.agent("ana")
    house.ring("c1")
    house.ring("c2", seconds=1)
    house.accept("c1~1", 2)
    house.end("c1", 3)

    decision = offered(house.do(c.FinishWrapUp(agent=AgentId("ana")), 4)).decision

    assert decision.counts == {}
    assert [one.agent for one in decision.candidates] == ["ana"]
    assert decision.candidates[0].occupancy == 1.0
    assert decision.candidates[0].handled == 1


def test_who_has_just_declined_is_not_called_busy_in_the_record_of_the_next_offer(
    house: House,
) -> None:
    house.agent("ana")
    house.agent("bob", seconds=1)
    house.ring("c1", seconds=9)

    house.do(c.RefuseOffer(offer=OfferId("c1~1")), 10)

    decision = house.log[-1].decision  # type: ignore[union-attr]
    assert decision.counts == {"not_ready": 1}
    assert [(one.agent, one.passed_over) for one in decision.candidates] == [
        ("bob", ""),
        ("ana", "not_ready"),
    ]


def test_the_only_free_agent_needs_no_further_reason(house: House) -> None:
    house.agent("ana")

    words = explain(offered(house.ring("c1", seconds=9)).decision, title)

    assert [cause.key for cause in words.causes] == ["why.chosen_only"]
    assert words.sentence == (
        "Ana was chosen: the only agent who was free for it. "
        "Asked for: no skill; the caller had waited 0 s among 1 waiting."
    )


def test_every_cause_has_its_words(house: House) -> None:
    house.agent("ana", english=3)
    house.signed_in("bob", english=3)
    house.signed_in("novice", english=1)
    house.signed_in("elsewhere", "other")
    house.agent("away", english=3)
    house.do(c.SetReachable(agent=AgentId("away"), desktop=True, phone=False))
    house.agent("eve", english=2, seconds=1)
    house.ring("c0", seconds=1, needs=(need("english", 2),))
    house.ring("c1", seconds=5, needs=(need("english", 2),))

    words = explain(house.log[-1].decision, title)  # type: ignore[union-attr]

    causes = {cause.agent: (cause.key, cause.chosen) for cause in words.causes}
    assert causes == {
        "eve": ("why.chosen_only", True),
        "away": ("why.unreachable", False),
        "bob": ("why.not_ready", False),
        "ana": ("why.busy", False),
        "novice": ("why.lacks", False),
        "elsewhere": ("why.other_queue", False),
    }
    lacks = next(cause for cause in words.causes if cause.key == "why.lacks")
    assert lacks.params == {"skill": "english"}
    assert "1 could not be reached; 1 was not ready; 1 was busy" in words.sentence
    assert "1 lacks english; 1 does not serve this queue. Asked for: english 2" in words.sentence


@pytest.mark.parametrize(
    ("difference", "chosen", "lower"),
    [
        ("occupancy", "the least busy of those free for it, 0.0 %", "why.lower_occupancy"),
        ("handled", "as little busy as the next, with fewer calls (0)", "why.lower_handled"),
        ("idle", "and free for longer", "why.lower_idle"),
        ("name", "and first by name", "why.lower_name"),
    ],
)
def test_the_first_difference_in_rank_is_the_reason(
    house: House, difference: str, chosen: str, lower: str
) -> None:
    bob = AgentId("bob")
    house.agent("bob", seconds=0)
    if difference in ("occupancy", "handled"):
        house.ring("c0")
        house.accept("c0~1")
        house.end("c0")
        house.do(c.FinishWrapUp(agent=bob), 10 if difference == "occupancy" else 0)
        house.agent("ana", seconds=20)
    else:
        house.do(c.GoNotReady(agent=bob, reason=NotReadyReason.BREAK))
        house.agent("ana", seconds=20)
        house.do(c.GoReady(agent=bob), 30 if difference == "idle" else 20)

    words = explain(offered(house.ring("c1", seconds=40)).decision, title)

    assert words.causes[0].agent == "ana"
    assert words.causes[0].key == f"why.chosen_{difference}"
    assert chosen in words.sentence
    assert words.causes[1].key == lower
    assert words.causes[1].params["chosen_occupancy"] == "0.0"
    assert {cause.key for cause in words.causes} <= set(KEYS)
    assert "1 was free but ranked lower" in words.sentence


def test_the_words_for_one_who_was_named_beforehand(house: House) -> None:
    for seconds, name in enumerate(("ana", "eve", "fay")):
        house.agent(name, seconds=seconds)

    words = explain(offered(house.ring("c1", seconds=9, rung="eve")).decision, title)

    assert [(cause.agent, cause.key) for cause in words.causes] == [
        ("eve", "why.chosen_named"),
        ("ana", "why.named_later"),
        ("fay", "why.lower_idle"),
    ]
    assert {cause.key for cause in words.causes} <= set(KEYS)
    assert words.sentence.startswith(
        "Eve was chosen: next in turn just before the call came; "
        "1 became less busy only after the choice had been made; 1 was free but ranked lower. "
    )


def test_who_is_still_the_first_needs_no_word_of_having_been_named(house: House) -> None:
    house.agent("ana")
    house.agent("bob", seconds=1)

    named = offered(house.ring("c1", seconds=9, rung="ana")).decision
    house.end("c1", 9)

    assert named == offered(house.ring("c2", seconds=9)).decision
    assert explain(named, title).causes[0].key == "why.chosen_idle"


def test_idle_since_is_given_as_an_instant_or_as_nothing(house: House) -> None:
    house.agent("ana")
    house.signed_in("bob")

    words = explain(offered(house.ring("c1", seconds=5)).decision, title)

    assert words.causes[0].params["idle_since"] == "2026-01-05T09:00:00+00:00"
    assert words.causes[1].params["idle_since"] == ""

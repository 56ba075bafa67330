from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest

from acd import commands as c
from acd import events as e
from acd.agent import AgentState
from acd.decisions import DECISIONS
from acd.evolution import EVOLUTIONS
from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.machine import BadValue, IllegalTransition, UnknownAgent, WrapUpTooLong
from acd.ranking import Standing
from acd.reasons import NotReadyReason
from tests.unit.acd.house import House, at, names

pytestmark = pytest.mark.unit

ANA, BOB = AgentId("ana"), AgentId("bob")
BREAK = NotReadyReason.BREAK


@pytest.fixture
def house() -> House:
    house = House()
    house.queue(wrap_up_for=timedelta(seconds=60))
    return house


@pytest.fixture
def talking(house: House) -> House:
    """Ana talks to c1 since second 5."""
    house.agent("ana")
    house.ring("c1")
    house.accept("c1~1", 5)
    return house


def test_every_command_has_a_decision_and_every_event_an_evolution() -> None:
    assert set(DECISIONS) == set(get_args(c.Command))
    assert set(EVOLUTIONS) == set(get_args(e.Event))


def test_an_agent_signs_in_not_ready_and_signing_in_again_changes_nothing(house: House) -> None:
    house.signed_in("ana", seconds=3)

    assert house.ana().state is AgentState.NOT_READY
    assert house.ana().reason is NotReadyReason.JUST_LOGGED_IN
    assert house.ana().since == at(3)
    assert house.do(c.LogIn(agent=ANA), 9) == []


def test_an_unknown_agent_is_refused(house: House) -> None:
    with pytest.raises(UnknownAgent, match="there is no agent eve") as refusal:
        house.do(c.LogIn(agent=AgentId("eve")))
    assert refusal.value.params == {"agent": "eve"}


def test_a_level_above_five_is_refused(house: House) -> None:
    with pytest.raises(BadValue, match="agent ana: level 6 of skill english"):
        house.signed_in("ana", english=6)


def test_a_signed_out_agent_can_be_neither_ready_nor_not_ready(house: House) -> None:
    house.signed_in("ana")
    house.do(c.LogOut(agent=ANA))

    with pytest.raises(IllegalTransition, match="ana is logged_out: go_ready"):
        house.do(c.GoReady(agent=ANA))
    with pytest.raises(IllegalTransition, match="go_not_ready"):
        house.do(c.GoNotReady(agent=ANA, reason=BREAK))
    assert house.do(c.LogOut(agent=ANA)) == []


def test_ready_and_not_ready_are_idempotent_and_a_reason_may_change(house: House) -> None:
    house.agent("ana")

    assert house.do(c.GoReady(agent=ANA)) == []
    assert house.kinds(c.GoNotReady(agent=ANA, reason=BREAK, by=BOB)) == ["AgentNotReady"]
    assert house.do(c.GoNotReady(agent=ANA, reason=BREAK)) == []
    (event,) = house.do(c.GoNotReady(agent=ANA, reason=NotReadyReason.LUNCH, by=BOB))
    assert isinstance(event, e.AgentNotReady)
    assert (event.reason, event.by, event.pending) == (NotReadyReason.LUNCH, BOB, False)
    assert house.ana().reason is NotReadyReason.LUNCH


def test_a_ready_agent_may_sign_out_at_once(house: House) -> None:
    house.agent("ana")

    (event,) = house.do(c.LogOut(agent=ANA, by=BOB))

    assert isinstance(event, e.AgentLoggedOut)
    assert event.by == BOB
    assert house.ring("c1", seconds=1)[-1] == house.log[-1]
    assert names(house.log[-1:]) == ["CallQueued"]


def test_not_ready_asked_in_a_call_holds_from_the_end_of_its_wrap_up(talking: House) -> None:
    (wish,) = talking.do(c.GoNotReady(agent=ANA, reason=BREAK), 6)
    assert isinstance(wish, e.AgentNotReady)
    assert wish.pending
    assert talking.do(c.GoNotReady(agent=ANA, reason=BREAK), 7) == []
    assert talking.ana().state is AgentState.TALKING
    assert talking.ana().next_state is AgentState.NOT_READY

    talking.end("c1", 9)
    assert talking.ana().state is AgentState.WRAP_UP
    assert talking.kinds(c.FinishWrapUp(agent=ANA), 12) == ["WrapUpFinished", "AgentNotReady"]
    assert (talking.ana().reason, talking.ana().next_state) == (BREAK, None)


def test_log_out_asked_in_a_call_is_done_at_the_wrap_ups_end(talking: House) -> None:
    assert talking.kinds(c.LogOut(agent=ANA), 6) == ["LogOutAsked"]
    assert talking.do(c.LogOut(agent=ANA), 7) == []
    assert talking.ana().next_state is AgentState.LOGGED_OUT

    talking.end("c1", 9)
    expire = c.ExpireWrapUp(agent=ANA, call=CallId("c1"))
    assert talking.kinds(expire, 69) == ["WrapUpFinished", "AgentLoggedOut"]
    assert not talking.ana().signed_in


def test_a_wish_can_be_taken_back(talking: House) -> None:
    assert talking.do(c.GoReady(agent=ANA), 6) == []
    talking.do(c.GoNotReady(agent=ANA, reason=BREAK), 6)

    (event,) = talking.do(c.GoReady(agent=ANA), 7)

    assert isinstance(event, e.AgentReady)
    assert event.pending
    assert talking.ana().state is AgentState.TALKING
    assert talking.ana().next_state is None


def test_signing_in_again_takes_back_a_log_out_but_not_into_readiness(talking: House) -> None:
    talking.do(c.LogOut(agent=ANA), 6)

    (event,) = talking.do(c.LogIn(agent=ANA), 7)

    assert isinstance(event, e.AgentNotReady)
    assert event.pending
    assert talking.ana().next_state is AgentState.NOT_READY


def test_a_wish_made_while_the_phone_rings_holds_however_the_offer_ends(house: House) -> None:
    for name, command in {"ana": c.GoNotReady(agent=ANA, reason=BREAK), "bob": None}.items():
        house.agent(name)
        house.ring(f"for-{name}")
        house.do(command or c.LogOut(agent=BOB), 1)

    assert house.kinds(c.ExpireOffer(offer=OfferId("for-ana~1")), 20)[1] == "AgentNotReady"
    assert house.ana().reason is BREAK
    house.end("for-ana", 21)
    assert house.kinds(c.ExpireOffer(offer=OfferId("for-bob~1")), 22)[1] == "AgentLoggedOut"
    assert not house.ana("bob").signed_in


def test_a_wish_holds_when_the_caller_leaves(house: House) -> None:
    house.agent("ana")
    house.ring("c1")
    house.do(c.GoNotReady(agent=ANA, reason=BREAK), 1)

    assert names(house.end("c1", 2)) == ["OfferEnded", "CallEnded", "AgentNotReady"]


def test_going_ready_finishes_the_wrap_up_even_against_a_wish(talking: House) -> None:
    talking.do(c.GoNotReady(agent=ANA, reason=BREAK), 6)
    talking.end("c1", 9)

    wrapped, ready = talking.do(c.GoReady(agent=ANA, by=BOB), 12)

    assert isinstance(wrapped, e.WrapUpFinished)
    assert isinstance(ready, e.AgentReady)
    assert (ready.by, ready.pending) == (BOB, False)
    assert talking.ana().state is AgentState.READY


def test_wrap_up_ends_by_itself_when_due_and_not_before(talking: House) -> None:
    talking.end("c1", 10)
    expire = c.ExpireWrapUp(agent=ANA, call=CallId("c1"))

    assert talking.do(expire, 69) == []
    assert talking.do(c.ExpireWrapUp(agent=ANA, call=CallId("c0")), 70) == []
    assert talking.kinds(expire, 70) == ["WrapUpFinished", "AgentReady"]
    assert talking.do(expire, 70) == []


def test_a_wrap_up_that_ran_out_while_nobody_looked_ended_when_it_was_due(talking: House) -> None:
    talking.end("c1", 10)

    wrapped, ready = talking.do(c.ExpireWrapUp(agent=ANA, call=CallId("c1")), 3_600)

    assert isinstance(wrapped, e.WrapUpFinished)
    assert (wrapped.at, wrapped.lasted) == (at(70), timedelta(seconds=60))
    assert ready.at == at(3_600)


def test_an_extended_wrap_up_outlives_its_first_timer(talking: House) -> None:
    talking.end("c1", 10)

    (extended,) = talking.do(c.ExtendWrapUp(agent=ANA, more=timedelta(seconds=30)), 20)

    assert isinstance(extended, e.WrapUpExtended)
    assert extended.due == at(100)
    assert talking.do(c.ExpireWrapUp(agent=ANA, call=CallId("c1")), 70) == []
    assert talking.ana().wrap_up_due == at(100)
    with pytest.raises(BadValue, match="positive"):
        talking.do(c.ExtendWrapUp(agent=ANA, more=timedelta(0)), 71)


def test_a_wrap_up_can_be_extended_up_to_its_queues_limit_and_no_further(house: House) -> None:
    house.queue(wrap_up_for=timedelta(seconds=60), wrap_up_at_most=timedelta(seconds=90))
    house.agent("ana")
    house.ring("c1")
    house.accept("c1~1", 5)
    house.end("c1", 10)
    more = c.ExtendWrapUp(agent=ANA, more=timedelta(seconds=60))

    (extended,) = house.do(more, 20)

    assert isinstance(extended, e.WrapUpExtended)
    assert extended.due == at(100) == house.floor.wrap_up_limit(house.ana())
    with pytest.raises(WrapUpTooLong, match="whole time"):
        house.do(more, 30)


def test_a_limit_shorter_than_the_wrap_up_itself_takes_nothing_away(house: House) -> None:
    house.queue(wrap_up_for=timedelta(seconds=60), wrap_up_at_most=timedelta(0))
    house.agent("ana")
    house.ring("c1")
    house.accept("c1~1", 5)
    house.end("c1", 10)

    assert house.ana().wrap_up_due == at(70)
    with pytest.raises(WrapUpTooLong):
        house.do(c.ExtendWrapUp(agent=ANA, more=timedelta(seconds=1)), 20)


def test_who_set_an_agents_state_is_known_until_the_next_change(house: House) -> None:
    house.agent("ana")
    house.do(c.GoNotReady(agent=ANA, reason=NotReadyReason.FORCED, by=BOB))
    assert (house.ana().reason, house.ana().by) == (NotReadyReason.FORCED, BOB)
    house.do(c.GoReady(agent=ANA, by=BOB))
    assert (house.ana().state, house.ana().by) == (AgentState.READY, BOB)
    house.do(c.GoNotReady(agent=ANA, reason=BREAK))
    assert house.ana().by is None


def test_who_asked_for_a_state_after_the_call_is_known_then_too(talking: House) -> None:
    talking.do(c.GoNotReady(agent=ANA, reason=NotReadyReason.FORCED, by=BOB), 6)
    assert (talking.ana().by, talking.ana().next_by) == (None, BOB)
    talking.end("c1", 10)
    talking.do(c.FinishWrapUp(agent=ANA), 12)
    assert (talking.ana().by, talking.ana().next_by) == (BOB, None)


def test_a_forced_log_out_after_the_call_tells_who_forced_it(talking: House) -> None:
    talking.do(c.LogOut(agent=ANA, by=BOB), 6)
    talking.end("c1", 10)
    *_, gone = talking.do(c.FinishWrapUp(agent=ANA), 12)
    assert gone == e.AgentLoggedOut(at=at(12), agent=ANA, by=BOB)


def test_without_wrap_up_there_is_nothing_to_finish_or_extend(house: House) -> None:
    house.agent("ana")

    with pytest.raises(IllegalTransition, match="ana is ready: finish_wrap_up"):
        house.do(c.FinishWrapUp(agent=ANA))
    with pytest.raises(IllegalTransition, match="extend_wrap_up"):
        house.do(c.ExtendWrapUp(agent=ANA, more=timedelta(seconds=1)))


@pytest.mark.parametrize(("desktop", "phone"), [(False, True), (True, False)])
def test_an_unreachable_agent_is_not_rung_but_keeps_her_state(
    house: House, desktop: bool, phone: bool
) -> None:
    house.agent("ana")
    house.do(c.SetReachable(agent=ANA, desktop=desktop, phone=phone), 1)

    assert names(house.ring("c1", seconds=2)) == ["CallQueued"]
    assert house.ana().state is AgentState.READY
    assert house.floor.standings(QueueId("q"))[Standing.UNREACHABLE] == 1
    back = c.SetReachable(agent=ANA, desktop=True, phone=True)
    assert house.kinds(back, 3) == ["ReachableChanged", "CallOffered"]
    assert house.do(back, 4) == []


def test_a_phone_that_dies_while_it_rings_gives_the_call_back(house: House) -> None:
    house.agent("ana")
    house.agent("bob", seconds=1)
    house.ring("c1", seconds=2)

    gone = c.SetReachable(agent=ANA, desktop=True, phone=False)

    assert house.kinds(gone, 3) == [
        "ReachableChanged",
        "OfferEnded",
        "AgentNotReady",
        "CallQueued",
        "CallOffered",
    ]
    assert house.ana().reason is NotReadyReason.UNREACHABLE
    assert house.ana("bob").call == "c1"


def test_who_was_set_aside_for_her_phone_alone_is_ready_again_when_it_is_back(
    house: House,
) -> None:
    house.agent("ana")
    house.ring("c1", seconds=2)
    house.do(c.SetReachable(agent=ANA, desktop=True, phone=False), 3)
    assert house.ana().reason is NotReadyReason.UNREACHABLE

    back = c.SetReachable(agent=ANA, desktop=True, phone=True)

    assert house.kinds(back, 4) == ["ReachableChanged", "AgentReady", "CallOffered"]
    assert house.ana().call == "c1"


def test_who_wanted_a_break_has_it_though_her_phone_was_lost_meanwhile(house: House) -> None:
    house.agent("ana")
    house.ring("c1", seconds=2)
    house.do(c.GoNotReady(agent=ANA, reason=NotReadyReason.BREAK), 2)
    house.do(c.SetReachable(agent=ANA, desktop=True, phone=False), 3)

    house.do(c.SetReachable(agent=ANA, desktop=True, phone=True), 4)

    assert house.ana().reason is NotReadyReason.BREAK


def test_a_desktop_that_closes_while_the_phone_rings_lets_it_ring(house: House) -> None:
    house.agent("ana")
    house.ring("c1")

    gone = c.SetReachable(agent=ANA, desktop=False, phone=True)

    assert house.kinds(gone, 1) == ["ReachableChanged"]
    assert house.ana().state is AgentState.RESERVED
    assert names(house.accept("c1~1", 2)) == ["CallConnected"]


def test_the_least_busy_agent_is_rung_not_the_longest_idle(house: House) -> None:
    house.agent("ana", seconds=0)
    house.ring("c1", seconds=100)
    house.accept("c1~1", 100)
    house.end("c1", 400)
    house.do(c.GoReady(agent=ANA), 400)
    house.agent("bob", seconds=450)

    assert house.ana().occupancy == 0.75
    assert house.ring("c2", seconds=500)[-1] == house.log[-1]
    assert house.ana("bob").call == "c2"


def test_between_equals_fewest_calls_and_then_longest_idle_decide(house: House) -> None:
    house.agent("ana", seconds=10)
    house.agent("bob", seconds=5)
    house.ring("c1", seconds=20)
    assert house.ana("bob").call == "c1"
    house.accept("c1~1", 20)
    house.end("c1", 20)
    house.do(c.GoReady(agent=BOB), 20)

    assert house.ana("bob").rank_key[:2] == (0.0, 1)
    house.ring("c2", seconds=21)

    assert house.ana().call == "c2"


def test_who_signs_in_again_counts_her_calls_anew(talking: House) -> None:
    talking.end("c1", 9)
    talking.do(c.GoReady(agent=ANA), 10)
    assert talking.ana().handled == 1
    talking.do(c.LogOut(agent=ANA), 11)
    talking.do(c.LogIn(agent=ANA), 12)

    assert talking.ana().handled == 0


def test_a_profile_may_change_in_mid_call(talking: House) -> None:
    profile = replace(talking.ana().profile, name="Ana B.")

    assert talking.kinds(c.DefineAgent(agent=profile), 6) == ["AgentDefined"]
    assert talking.ana().state is AgentState.TALKING
    assert talking.ana().profile.name == "Ana B."
    assert [agent.id for agent in talking.floor.agents()] == ["ana"]
    assert [queue.id for queue in talking.floor.queues()] == ["q"]

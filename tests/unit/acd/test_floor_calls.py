from datetime import time, timedelta
from typing import Any

import pytest

from acd import commands as c
from acd import events as e
from acd.agent import AgentState
from acd.call import CallState
from acd.hours import OpeningHours, WeeklyRange
from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.machine import BadValue, IllegalTransition, OfferGone, UnknownCall, UnknownQueue
from acd.reasons import EndReason, NotReadyReason, OfferEnd, OfferFailure, Outcome
from tests.unit.acd.house import House, agent_profile, at, names, need, offered, queue_profile

pytestmark = pytest.mark.unit

ANA, BOB = AgentId("ana"), AgentId("bob")


@pytest.fixture
def house() -> House:
    house = House()
    house.queue(ring_for=timedelta(seconds=20), wrap_up_for=timedelta(seconds=60))
    return house


def test_a_call_from_ring_to_wrap_up(house: House) -> None:
    house.agent("ana", seconds=0)
    assert names(house.start("c1", 10)) == ["CallStarted"]
    queued, offer = house.ring("c1", seconds=15)
    assert isinstance(queued, e.CallQueued)
    assert (queued.position, queued.again) == (1, False)
    assert isinstance(offer, e.CallOffered)
    assert (offer.offer, offer.agent, offer.ring_for) == ("c1~1", ANA, timedelta(seconds=20))

    (connected,) = house.accept("c1~1", 20)
    assert isinstance(connected, e.CallConnected)
    assert connected.waited == timedelta(seconds=5)
    assert house.ana().state is AgentState.TALKING

    house.do(c.HoldCall(call=CallId("c1")), 30)
    house.do(c.RetrieveCall(call=CallId("c1")), 34)
    ended, wrap_up = house.end("c1", 50)
    assert isinstance(ended, e.CallEnded)
    assert (ended.outcome, ended.agent, ended.offer) == (Outcome.COMPLETED, ANA, "c1~1")
    assert (ended.waited, ended.talked, ended.held) == (
        timedelta(seconds=5),
        timedelta(seconds=26),
        timedelta(seconds=4),
    )
    assert isinstance(wrap_up, e.WrapUpStarted)
    assert wrap_up.due == at(110)

    finished, ready = house.do(c.FinishWrapUp(agent=ANA, disposition="sold"), 60)
    assert isinstance(finished, e.WrapUpFinished)
    assert (finished.disposition, finished.lasted) == ("sold", timedelta(seconds=10))
    assert isinstance(ready, e.AgentReady)
    assert (house.ana().state, house.ana().handled) == (AgentState.READY, 1)
    assert list(house.floor.live_calls()) == []
    assert house.call("c1").waited(at(999)) == timedelta(seconds=5)


def test_the_same_start_or_enqueue_again_changes_nothing(house: House) -> None:
    house.ring("c1")

    assert house.start("c1", 5) == []
    assert house.ring("c1", seconds=5) == []
    house.end("c1", 6)
    assert house.start("c1", 7) == []
    assert house.end("c1", 8) == []


def test_a_call_or_queue_nobody_knows_is_refused(house: House) -> None:
    house.start("c1")

    with pytest.raises(UnknownQueue, match="there is no queue sales"):
        house.ring("c1", "sales")
    with pytest.raises(UnknownCall, match="there is no call c9"):
        house.end("c9")


@pytest.mark.parametrize(("level", "priority"), [(0, 0.0), (6, 0.0), (3, float("nan"))])
def test_a_call_with_senseless_wishes_is_refused(house: House, level: int, priority: float) -> None:
    with pytest.raises(BadValue, match="call c1"):
        house.ring("c1", needs=(need("english", level),), priority=priority)
    assert house.call("c1").state is CallState.IN_IVR


def test_a_talking_call_cannot_be_queued_again(house: House) -> None:
    house.agent("ana")
    house.ring("c1")
    house.accept("c1~1")

    with pytest.raises(IllegalTransition, match="enqueue"):
        house.ring("c1")


def test_a_call_gets_the_agent_with_the_skills_of_queue_and_call(house: House) -> None:
    house.queue("sales", needs=(need("sales", 2),))
    house.agent("ana", sales=5)
    house.agent("bob", sales=2, french=3)

    offer = offered(house.ring("c1", "sales", needs=(need("french", 2),)))

    assert offer.agent == BOB
    assert offer.decision.needs == (need("french", 2), need("sales", 2))
    assert house.call("c1").needs == offer.decision.needs


def test_rona_rests_the_agent_and_rings_the_next_with_the_first_arrival_time(
    house: House,
) -> None:
    house.agent("ana")
    house.agent("bob", seconds=1)
    house.ring("c1", seconds=10)

    events = house.do(c.ExpireOffer(offer=OfferId("c1~1")), 30)

    assert names(events) == ["OfferEnded", "AgentNotReady", "CallQueued", "CallOffered"]
    assert isinstance(events[0], e.OfferEnded)
    assert events[0].reason is OfferEnd.RONA
    assert isinstance(events[2], e.CallQueued)
    assert events[2].again
    assert (offered(events).offer, offered(events).agent) == ("c1~2", BOB)
    assert offered(events).decision.waited == timedelta(seconds=20)
    assert (house.ana().state, house.ana().reason) == (AgentState.NOT_READY, NotReadyReason.RONA)
    (connected,) = house.accept("c1~2", 31)
    assert isinstance(connected, e.CallConnected)
    assert connected.waited == timedelta(seconds=21)


def test_after_rona_the_caller_stands_before_all_others(house: House) -> None:
    house.agent("ana")
    house.ring("c1", seconds=1)
    house.ring("c2", seconds=2, priority=99)

    house.do(c.ExpireOffer(offer=OfferId("c1~1")), 21)

    assert [call.id for call in house.floor.waiting(QueueId("q"))] == ["c1", "c2"]
    assert house.floor.position(CallId("c1")) == 1
    assert offered(house.do(c.GoReady(agent=ANA), 22)).call == "c1"


@pytest.mark.parametrize(
    ("command", "ended", "reason"),
    [
        (c.RefuseOffer, OfferEnd.REFUSED, NotReadyReason.REFUSED),
        (OfferFailure.LEG_LOST, OfferEnd.LEG_LOST, NotReadyReason.PHONE_FAILED),
        (
            OfferFailure.PHONE_UNREACHABLE,
            OfferEnd.PHONE_UNREACHABLE,
            NotReadyReason.UNREACHABLE,
        ),
        (
            OfferFailure.PHONE_FORWARDED,
            OfferEnd.PHONE_FORWARDED,
            NotReadyReason.PHONE_FORWARDED,
        ),
    ],
)
def test_a_refused_or_failed_offer_rests_the_agent_and_the_caller_waits_on(
    house: House, command: Any, ended: OfferEnd, reason: NotReadyReason
) -> None:
    house.agent("ana")
    house.ring("c1")
    offer = OfferId("c1~1")

    events = house.do(
        c.FailOffer(offer=offer, why=command)
        if isinstance(command, OfferFailure)
        else command(offer=offer),
        5,
    )

    assert names(events) == ["OfferEnded", "AgentNotReady", "CallQueued"]
    assert isinstance(events[0], e.OfferEnded)
    assert events[0].reason is ended
    assert house.ana().reason is reason
    assert house.call("c1").state is CallState.QUEUED


def test_a_phone_that_fails_after_it_was_answered_changes_nothing(house: House) -> None:
    house.agent("ana")
    house.ring("c1")
    house.accept("c1~1", 5)

    assert house.do(c.FailOffer(offer=OfferId("c1~1"), why=OfferFailure.LEG_LOST), 6) == []


def test_an_offer_that_is_gone_cannot_be_taken_or_refused_and_fails_in_silence(
    house: House,
) -> None:
    house.agent("ana")
    house.ring("c1")
    house.do(c.ExpireOffer(offer=OfferId("c1~1")), 20)
    offer = OfferId("c1~1")

    with pytest.raises(OfferGone, match="c1~1 has ended"):
        house.accept(offer)
    with pytest.raises(OfferGone):
        house.do(c.RefuseOffer(offer=offer))
    assert house.do(c.ExpireOffer(offer=offer)) == []
    assert house.do(c.FailOffer(offer=offer, why=OfferFailure.LEG_LOST)) == []
    with pytest.raises(OfferGone):
        house.accept("never~1")


def test_the_offer_of_an_ended_call_is_gone(house: House) -> None:
    house.agent("ana")
    house.ring("c1")
    house.accept("c1~1", 1)
    assert house.accept("c1~1", 2) == []
    with pytest.raises(OfferGone):
        house.do(c.RefuseOffer(offer=OfferId("c1~1")), 2)
    assert house.do(c.ExpireOffer(offer=OfferId("c1~1")), 2) == []
    house.end("c1", 3)

    with pytest.raises(OfferGone):
        house.accept("c1~1", 4)


def test_a_caller_who_leaves_while_the_phone_rings_costs_the_agent_nothing(house: House) -> None:
    house.agent("ana")
    house.ring("c1", seconds=10)
    before = house.ana().idle_since

    events = house.end("c1", 15)

    assert names(events) == ["OfferEnded", "CallEnded", "AgentReady"]
    assert isinstance(events[0], e.OfferEnded)
    assert events[0].reason is OfferEnd.CALLER_GONE
    assert isinstance(events[1], e.CallEnded)
    assert (events[1].outcome, events[1].agent) == (Outcome.ABANDONED_IN_QUEUE, ANA)
    assert house.ana().state is AgentState.READY
    assert house.ana().idle_since == before
    assert house.ana().call is None


def test_the_agent_freed_by_a_caller_who_left_gets_the_next_one(house: House) -> None:
    house.agent("ana")
    house.ring("c1")
    house.ring("c2", seconds=1)

    assert names(house.end("c1", 5)) == ["OfferEnded", "CallEnded", "AgentReady", "CallOffered"]
    assert house.ana().call == "c2"


def test_a_caller_who_leaves_the_queue_makes_room(house: House) -> None:
    for number in range(3):
        house.ring(f"c{number}", seconds=number)

    (ended,) = house.end("c1", 10)

    assert isinstance(ended, e.CallEnded)
    assert (ended.outcome, ended.waited) == (Outcome.ABANDONED_IN_QUEUE, timedelta(seconds=9))
    assert [house.floor.position(CallId(f"c{n}")) for n in range(3)] == [1, None, 2]
    assert house.floor.oldest_since(QueueId("q")) == at(0)


@pytest.mark.parametrize(
    ("why", "outcome"),
    [
        (EndReason.CALLER_HUNG_UP, Outcome.ABANDONED_IN_IVR),
        (EndReason.SERVED_BY_IVR, Outcome.SELF_SERVED),
        (EndReason.ENGINE_LOST, Outcome.FAILED),
        (EndReason.SAFETY_NET, Outcome.OVERFLOWED),
    ],
)
def test_a_call_that_ends_in_the_ivr(house: House, why: EndReason, outcome: Outcome) -> None:
    house.start("c1")

    (ended,) = house.end("c1", 9, why)

    assert isinstance(ended, e.CallEnded)
    assert (ended.outcome, ended.queue, ended.waited) == (outcome, None, timedelta(0))
    assert house.floor.position(CallId("c1")) is None


@pytest.mark.parametrize("why", [EndReason.ENGINE_LOST, EndReason.SAFETY_NET])
def test_a_talk_that_the_engine_lost_fails_but_is_wrapped_up(house: House, why: EndReason) -> None:
    house.agent("ana")
    house.ring("c1")
    house.accept("c1~1")
    house.do(c.HoldCall(call=CallId("c1")), 5)

    ended, wrap_up = house.end("c1", 9, why)

    assert isinstance(ended, e.CallEnded)
    assert (ended.outcome, ended.held) == (Outcome.FAILED, timedelta(seconds=4))
    assert isinstance(wrap_up, e.WrapUpStarted)


def test_a_queue_without_wrap_up_frees_its_agent_at_once(house: House) -> None:
    house.queue("quick", wrap_up_for=timedelta(0))
    house.agent("ana")
    house.ring("c1", "quick")
    house.ring("c2", "quick")
    house.accept("c1~1", 1)

    assert names(house.end("c1", 9)) == ["CallEnded", "AgentReady", "CallOffered"]
    assert house.ana().call == "c2"


def test_hold_and_retrieve_may_come_twice_but_not_out_of_place(house: House) -> None:
    house.agent("ana")
    house.ring("c1")
    call = CallId("c1")
    with pytest.raises(IllegalTransition, match="hold"):
        house.do(c.HoldCall(call=call))
    with pytest.raises(IllegalTransition, match="retrieve"):
        house.do(c.RetrieveCall(call=call))
    house.accept("c1~1")

    assert house.kinds(c.HoldCall(call=call)) == ["CallHeld"]
    assert house.kinds(c.HoldCall(call=call)) == []
    assert house.kinds(c.RetrieveCall(call=call)) == ["CallRetrieved"]
    assert house.kinds(c.RetrieveCall(call=call)) == []


def test_a_closed_queue_takes_no_call(house: House) -> None:
    morning = OpeningHours(weekly=(WeeklyRange(day=0, opens=time(8), closes=time(9)),))
    house.queue("early", hours=morning)
    house.agent("ana")

    (_, ended) = (*house.start("c1"), *house.ring("c1", "early"))

    assert isinstance(ended, e.CallEnded)
    assert (ended.outcome, ended.why, ended.queue) == (Outcome.CLOSED, EndReason.CLOSED, "early")


def test_a_full_queue_sends_the_caller_on_unless_an_agent_is_free(house: House) -> None:
    house.queue("small", max_waiting=1, needs=(need("english"),))
    assert names(house.ring("c1", "small")) == ["CallQueued"]

    (ended,) = house.ring("c2", "small")
    assert isinstance(ended, e.CallEnded)
    assert (ended.outcome, ended.why) == (Outcome.OVERFLOWED, EndReason.QUEUE_FULL)

    house.agent("fay", english=1)
    house.agent("bob", english=1, french=1)
    house.ring("c3", "small", needs=(need("german"),))
    taken = house.ring("c4", "small", needs=(need("french"),))
    assert names(taken) == ["CallQueued", "CallOffered"]


def test_an_agent_who_frees_gets_the_call_with_the_highest_score(house: House) -> None:
    house.queue("sales", priority=2.0)
    house.queue("slow", ageing=0.5)
    house.signed_in("ana")
    house.ring("old", "slow", seconds=0)
    house.ring("plain", seconds=10)
    house.ring("sold", "sales", seconds=20)

    offer = offered(house.do(c.GoReady(agent=ANA), 60))

    assert offer.call == "sold"
    assert offer.decision.score == pytest.approx(2 + 40 / 60)


def test_ageing_lets_an_old_call_overtake_a_call_of_higher_priority(house: House) -> None:
    house.queue("sales", priority=2.0)
    house.signed_in("ana")
    house.ring("old", seconds=0)
    house.ring("new", "sales", seconds=180)

    assert offered(house.do(c.GoReady(agent=ANA), 181)).call == "old"


def test_equal_scores_go_to_the_earlier_arrival_and_then_to_the_lower_id(house: House) -> None:
    house.queue("other", ageing=0.0)
    house.queue("third", ageing=0.0)
    house.signed_in("ana")
    house.ring("b", "other", seconds=2)
    house.ring("a", "third", seconds=3)
    house.ring("0", "third", seconds=3)

    assert offered(house.do(c.GoReady(agent=ANA), 9)).call == "b"


def test_an_agent_passes_over_calls_and_queues_she_cannot_serve(house: House) -> None:
    house.queue("other")
    house.signed_in("ana", "q", english=2)
    house.ring("c1", "other")
    house.ring("c2", needs=(need("english", 3),))
    house.ring("c3", seconds=5, needs=(need("english", 2),))

    assert offered(house.do(c.GoReady(agent=ANA), 9)).call == "c3"


def test_new_skills_bring_a_free_agent_a_waiting_call(house: House) -> None:
    house.agent("ana")
    house.ring("c1", needs=(need("french"),))

    events = house.do(c.DefineAgent(agent=agent_profile("ana", french=2)), 5)

    assert names(events) == ["AgentDefined", "CallOffered"]
    assert house.do(c.DefineAgent(agent=agent_profile("ana", french=2)), 6) == []


def test_a_queue_may_change_while_calls_wait(house: House) -> None:
    house.ring("c1", seconds=0)
    house.ring("c2", seconds=60, priority=0.9)
    waiting = [call.id for call in house.floor.waiting(QueueId("q"))]
    assert waiting == ["c1", "c2"]

    house.queue(ageing=0.5)

    assert [call.id for call in house.floor.waiting(QueueId("q"))] == ["c2", "c1"]
    assert house.do(c.DefineQueue(queue=queue_profile(ageing=0.5))) == []


@pytest.mark.parametrize(
    "settings",
    [
        {"ring_for": timedelta(0)},
        {"wrap_up_for": timedelta(seconds=-1)},
        {"ageing": -1.0},
        {"priority": float("inf")},
        {"needs": (need("english", 9),)},
    ],
)
def test_senseless_queue_settings_are_refused(house: House, settings: dict[str, Any]) -> None:
    with pytest.raises(BadValue, match="queue bad"):
        house.queue("bad", **settings)
    assert not house.floor.has_queue(QueueId("bad"))


def test_only_the_last_thousand_ended_calls_are_remembered(house: House) -> None:
    for number in range(1001):
        house.start(f"c{number}")
        house.end(f"c{number}")

    assert not house.floor.has_call(CallId("c0"))
    assert house.call("c1").outcome is Outcome.ABANDONED_IN_IVR

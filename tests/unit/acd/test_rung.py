"""Callers for whom Asterisk rings a phone already, because the floor had named it beforehand."""

from collections.abc import Callable
from datetime import time, timedelta

import pytest

from acd import commands as c
from acd import events as e
from acd.agent import AgentState
from acd.call import CallState
from acd.hours import OpeningHours, WeeklyRange
from acd.ids import AgentId, OfferId, QueueId
from acd.machine import BadValue, OfferGone, UnknownQueue
from acd.reasons import EndReason, NotReadyReason, OfferEnd, OfferFailure, Outcome
from tests.unit.acd.house import House, at, names, need, offered

pytestmark = pytest.mark.unit

ANA, BOB, Q = AgentId("ana"), AgentId("bob"), QueueId("q")
RUNG = OfferId("c1~0")
MORNING = OpeningHours(weekly=(WeeklyRange(day=0, opens=time(8), closes=time(9)),))


@pytest.fixture
def house() -> House:
    house = House()
    house.queue(ring_for=timedelta(seconds=20), wrap_up_for=timedelta(seconds=60))
    return house


def too_late(events: list[e.Event]) -> e.OfferEnded:
    """Return the word that her phone must not ring, which comes before all others."""
    first, *others = events
    assert isinstance(first, e.OfferEnded)
    assert first.reason is OfferEnd.TOO_LATE
    assert not [event for event in others if isinstance(event, e.OfferEnded)]
    return first


# --- whom the floor names -------------------------------------------------------------------------


def test_the_next_are_named_in_the_order_in_which_they_would_be_picked(house: House) -> None:
    house.queue("sales", needs=(need("sales", 2),))
    house.agent("eve", seconds=2, sales=1)
    house.agent("bob", seconds=1, sales=2)
    house.agent("ana", seconds=0, sales=5)
    house.agent("fay", "other", seconds=0, sales=5)
    house.signed_in("gus")

    assert house.floor.next_for(Q, at(5), 9) == ["ana", "bob", "eve"]
    assert house.floor.next_for(Q, at(5), 2) == ["ana", "bob"]
    assert house.floor.next_for(QueueId("sales"), at(5), 9) == ["ana", "bob"]
    assert [offered(house.ring(f"c{n}", seconds=5)).agent for n in range(3)] == [
        "ana",
        "bob",
        "eve",
    ]
    assert house.floor.next_for(Q, at(5), 9) == []


def test_nobody_is_named_while_the_queue_is_closed(house: House) -> None:
    house.queue("early", hours=MORNING)
    house.agent("ana")

    assert house.floor.next_for(QueueId("early"), at(-1), 9) == ["ana"]
    assert house.floor.next_for(QueueId("early"), at(0), 9) == []
    with pytest.raises(UnknownQueue, match="there is no queue sales"):
        house.floor.next_for(QueueId("sales"), at(0), 9)


# --- she is free still ----------------------------------------------------------------------------


def test_who_is_rung_already_and_free_has_the_call(house: House) -> None:
    house.agent("ana")

    queued, offer = house.ring("c1", seconds=5, rung="ana")

    assert isinstance(queued, e.CallQueued)
    assert (queued.position, queued.again) == (1, False)
    assert isinstance(offer, e.CallOffered)
    assert (offer.offer, offer.agent, offer.queue) == (RUNG, ANA, Q)
    assert offer.ring_for == timedelta(seconds=20)
    assert (offer.decision.counts, offer.decision.queue_length) == ({}, 1)
    assert (house.ana().state, house.ana().call, house.ana().offer) == (
        AgentState.RESERVED,
        "c1",
        RUNG,
    )


def test_the_word_given_is_held_though_another_ranks_above_her_by_now(house: House) -> None:
    house.agent("ana", seconds=0)
    house.agent("bob", seconds=1)

    assert offered(house.ring("c1", seconds=5, rung="bob")).agent == BOB
    assert offered(house.ring("c2", seconds=5, rung="ana")).offer == "c2~0"


def test_she_may_have_what_the_caller_asks_for_beyond_the_queue(house: House) -> None:
    house.agent("ana", french=2)
    house.agent("bob", french=5)

    offer = offered(house.ring("c1", needs=(need("french", 2),), rung="ana"))

    assert (offer.agent, offer.decision.needs) == (ANA, (need("french", 2),))


def test_a_full_queue_lets_through_whom_a_free_agent_is_rung_for(house: House) -> None:
    house.queue("small", max_waiting=1)
    house.agent("ana")
    house.ring("c0", "small", needs=(need("german"),))

    offer = offered(house.ring("c1", "small", rung="ana"))

    assert (offer.offer, offer.decision.queue_length) == (RUNG, 2)


def test_the_talk_goes_on_as_any_other(house: House) -> None:
    house.agent("ana")
    house.ring("c1", seconds=5, rung="ana")

    (connected,) = house.accept(RUNG, 7)
    assert isinstance(connected, e.CallConnected)
    assert (connected.offer, connected.waited) == (RUNG, timedelta(seconds=2))
    ended, wrap_up = house.end("c1", 20)
    assert isinstance(ended, e.CallEnded)
    assert (ended.outcome, ended.offer) == (Outcome.COMPLETED, RUNG)
    assert isinstance(wrap_up, e.WrapUpStarted)
    assert house.ana().handled == 1


@pytest.mark.parametrize(
    ("command", "ended", "reason"),
    [
        (c.ExpireOffer(offer=RUNG), OfferEnd.RONA, NotReadyReason.RONA),
        (c.RefuseOffer(offer=RUNG), OfferEnd.REFUSED, NotReadyReason.REFUSED),
        (
            c.FailOffer(offer=RUNG, why=OfferFailure.LEG_LOST),
            OfferEnd.LEG_LOST,
            NotReadyReason.PHONE_FAILED,
        ),
        (
            c.SetReachable(agent=ANA, desktop=True, phone=False),
            OfferEnd.PHONE_UNREACHABLE,
            NotReadyReason.UNREACHABLE,
        ),
    ],
)
def test_what_she_does_not_take_rings_the_next_under_a_number_of_its_own(
    house: House, command: c.Command, ended: OfferEnd, reason: NotReadyReason
) -> None:
    house.agent("ana")
    house.agent("bob", seconds=1)
    house.ring("c1", seconds=5, rung="ana")

    events = house.do(command, 25)

    (end,) = (event for event in events if isinstance(event, e.OfferEnded))
    assert (end.offer, end.reason, house.ana().reason) == (RUNG, ended, reason)
    assert offered(events).agent == BOB
    house.do(c.SetReachable(agent=ANA, desktop=True, phone=True), 26)
    house.do(c.GoReady(agent=ANA), 26)
    again = offered(house.do(c.RefuseOffer(offer=offered(events).offer), 27))
    assert len({RUNG, offered(events).offer, again.offer}) == 3


def test_a_caller_who_leaves_while_it_rings_costs_her_nothing(house: House) -> None:
    house.agent("ana")
    before = house.ana()
    house.ring("c1", seconds=5, rung="ana")

    assert names(house.end("c1", 7)) == ["OfferEnded", "CallEnded", "AgentReady"]
    assert (house.ana().state, house.ana().handled) == (AgentState.READY, 0)
    assert house.ana().idle_since == before.idle_since


# --- she is not -----------------------------------------------------------------------------------


def rings(house: House) -> None:
    house.ring("c0")


def talks(house: House) -> None:
    house.ring("c0")
    house.accept("c0~1", 1)


def wraps_up(house: House) -> None:
    talks(house)
    house.end("c0", 2)


def rests(house: House) -> None:
    house.do(c.GoNotReady(agent=ANA, reason=NotReadyReason.BREAK), 2)


def is_away(house: House) -> None:
    house.do(c.SetReachable(agent=ANA, desktop=True, phone=False), 2)


def has_gone(house: House) -> None:
    house.do(c.LogOut(agent=ANA), 2)


@pytest.mark.parametrize("happens", [rings, talks, wraps_up, rests, is_away, has_gone])
def test_who_is_not_free_any_more_is_too_late_and_another_has_the_call(
    house: House, happens: Callable[[House], None]
) -> None:
    house.agent("ana")
    happens(house)
    house.agent("bob", seconds=3)
    before = house.ana()

    events = house.ring("c1", seconds=5, rung="ana")

    assert names(events) == ["OfferEnded", "CallQueued", "CallOffered"]
    ended = too_late(events)
    assert (ended.call, ended.offer, ended.agent, ended.at) == ("c1", RUNG, ANA, at(5))
    assert (offered(events).agent, offered(events).offer) == (BOB, "c1~1")
    assert house.ana() == before
    assert house.floor.ranking.ranked(Q, (), 9) == []


@pytest.mark.parametrize(
    "other",
    [
        lambda house: house.agent("ana", english=2),
        lambda house: house.agent("ana", "other", english=3),
        lambda _house: None,
    ],
    ids=["lacks a skill", "serves another queue", "unknown"],
)
def test_who_cannot_have_the_call_is_too_late(house: House, other: Callable[[House], None]) -> None:
    other(house)
    house.agent("bob", seconds=1, english=3)
    before = list(house.floor.agents())

    events = house.ring("c1", seconds=5, needs=(need("english", 3),), rung="ana")

    assert too_late(events).agent == ANA
    assert offered(events).agent == BOB
    assert [one for one in house.floor.agents() if one.id != BOB] == [
        one for one in before if one.id != BOB
    ]


def test_the_caller_waits_if_nobody_else_is_free(house: House) -> None:
    house.signed_in("ana")

    events = house.ring("c1", seconds=5, rung="ana")

    too_late(events)
    assert names(events) == ["OfferEnded", "CallQueued"]
    assert house.call("c1").state is CallState.QUEUED
    assert [call.id for call in house.floor.waiting(Q)] == ["c1"]
    offer = offered(house.do(c.GoReady(agent=ANA), 9))
    assert (offer.agent, offer.decision.waited) == (ANA, timedelta(seconds=4))
    assert offer.offer != RUNG


def test_the_offer_that_came_too_late_is_gone(house: House) -> None:
    house.signed_in("ana")
    house.agent("bob")
    house.ring("c1", rung="ana")

    with pytest.raises(OfferGone, match="c1~0 has ended"):
        house.accept(RUNG)
    with pytest.raises(OfferGone):
        house.do(c.RefuseOffer(offer=RUNG))
    assert house.do(c.ExpireOffer(offer=RUNG), 20) == []
    assert house.do(c.FailOffer(offer=RUNG, why=OfferFailure.LEG_LOST), 20) == []
    assert house.ana("bob").call == "c1"


def test_two_callers_cannot_have_the_same_agent(house: House) -> None:
    house.agent("ana")
    house.agent("bob", seconds=1)
    house.ring("c1", seconds=5, rung="ana")

    events = house.ring("c2", seconds=5, rung="ana")

    assert too_late(events).offer == "c2~0"
    assert (offered(events).agent, house.ana().call) == (BOB, "c1")


@pytest.mark.parametrize("ready", [True, False])
def test_the_same_enqueue_again_changes_nothing(house: House, ready: bool) -> None:
    (house.agent if ready else house.signed_in)("ana")
    house.ring("c1", rung="ana")

    assert house.ring("c1", seconds=1, rung="ana") == []


# --- the call cannot wait -------------------------------------------------------------------------


def test_a_closed_queue_takes_no_call_though_a_phone_rings(house: House) -> None:
    house.queue("early", hours=MORNING)
    house.agent("ana")
    before = house.ana()

    (ended,) = house.ring("c1", "early", rung="ana")

    assert isinstance(ended, e.CallEnded)
    assert (ended.outcome, ended.why, ended.agent) == (Outcome.CLOSED, EndReason.CLOSED, None)
    assert house.ana() == before


def test_a_full_queue_takes_no_call_though_the_phone_of_one_who_is_busy_rings(house: House) -> None:
    house.queue("small", max_waiting=1)
    house.signed_in("ana")
    house.ring("c0", "small")

    (ended,) = house.ring("c1", "small", rung="ana")

    assert isinstance(ended, e.CallEnded)
    assert (ended.outcome, ended.why) == (Outcome.OVERFLOWED, EndReason.QUEUE_FULL)


def test_senseless_wishes_are_refused_though_a_phone_rings(house: House) -> None:
    house.agent("ana")

    with pytest.raises(BadValue, match="call c1"):
        house.ring("c1", needs=(need("english", 9),), rung="ana")
    assert house.ana().state is AgentState.READY
    assert house.call("c1").state is CallState.IN_IVR

from datetime import timedelta

import pytest

from acd import commands as c
from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.metrics import AgentDay, Metrics, QueueDay
from acd.reasons import EndReason, NotReadyReason
from tests.unit.acd.house import House, at

pytestmark = pytest.mark.unit

ANA, Q = AgentId("ana"), QueueId("q")


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def counted(house: House) -> Metrics:
    metrics = Metrics()
    for event in house.log:
        metrics.fold(event)
    return metrics


@pytest.fixture
def house() -> House:
    house = House()
    house.queue(answer_within=seconds(20), short_abandon=seconds(5), wrap_up_for=seconds(60))
    return house


def serve(house: House, call: str, arrived: float, answered: float, ended: float) -> None:
    """Let ana serve a call and finish her wrap-up ten seconds later."""
    house.ring(call, seconds=arrived)
    offer = house.call(call).offer
    if offer is None:
        offer = OfferId(f"{call}~1")
        house.do(c.GoReady(agent=ANA), answered)
    house.accept(offer, answered)
    house.end(call, ended)
    house.do(c.FinishWrapUp(agent=ANA), ended + 10)


def test_an_empty_day_divides_by_nothing() -> None:
    day, metrics = QueueDay(), Metrics()

    assert (day.service_level, day.asa, day.aht) == (None,) * 3
    assert AgentDay().occupancy is None
    assert metrics.queue(Q) == day
    assert metrics.agent(ANA, at(0)) == AgentDay()
    assert metrics.handled(ANA) == 0


def test_the_days_figures_of_a_queue(house: House) -> None:
    house.agent("ana")
    serve(house, "in time", 0, 20, 50)
    serve(house, "too late", 100, 130, 200)
    house.do(c.GoNotReady(agent=ANA, reason=NotReadyReason.LUNCH), 210)
    house.ring("short", seconds=300)
    house.end("short", 304.9)
    house.ring("gave up", seconds=300)
    house.end("gave up", 305)
    house.ring("net", seconds=310)
    house.end("net", 311, EndReason.SAFETY_NET)
    house.ring("lost", seconds=310)
    house.end("lost", 312, EndReason.ENGINE_LOST)
    house.ring("self", seconds=310)
    house.end("self", 312, EndReason.SERVED_BY_IVR)
    house.ring("late", seconds=310)
    house.end("late", 312, EndReason.CLOSED)
    house.start("in ivr", 320)
    house.end("in ivr", 321)

    day = counted(house).queue(Q)

    assert (day.offered, day.answered, day.answered_within, day.handled) == (8, 2, 1, 2)
    assert (day.abandoned, day.short_abandoned) == (1, 1)
    assert (day.overflowed, day.failed, day.self_served, day.closed) == (1, 1, 1, 1)
    assert day.service_level == 1 / 3
    assert day.asa == seconds(25)
    assert day.aht == seconds((30 + 70 + 20) / 2)
    assert day.longest_wait == seconds(30)


def test_the_days_figures_of_an_agent_and_what_is_going_on(house: House) -> None:
    house.agent("ana", seconds=0)
    house.ring("c1", seconds=10)
    house.accept("c1~1", 15)
    house.do(c.HoldCall(call=CallId("c1")), 25)
    house.do(c.RetrieveCall(call=CallId("c1")), 28)
    house.do(c.GoNotReady(agent=ANA, reason=NotReadyReason.BREAK), 29)
    house.do(c.GoReady(agent=ANA), 29)
    house.end("c1", 35)
    house.do(c.GoReady(agent=ANA), 45)

    day = counted(house).agent(ANA, at(50))

    assert (day.talk, day.hold, day.wrap_up, day.ready) == (
        seconds(17),
        seconds(3),
        seconds(10),
        seconds(15),
    )
    assert day.occupancy == 30 / 45
    assert (day.handled, day.missed) == (1, 0)


def test_missed_offers_are_the_agents_but_a_caller_who_left_is_not(house: House) -> None:
    house.agent("ana")
    house.ring("c1")
    house.end("c1", 5)
    house.ring("c2", seconds=10)
    house.do(c.ExpireOffer(offer=OfferId("c2~1")), 30)
    house.do(c.LogOut(agent=ANA), 31)

    metrics = counted(house)

    assert metrics.agent(ANA, at(60)).missed == 1
    assert metrics.agent(ANA, at(60)).ready == seconds(5)
    assert metrics.queue(Q).offered == 2


@pytest.mark.parametrize("rung", ["ana", "nobody"])
def test_who_was_rung_too_late_has_missed_nothing(house: House, rung: str) -> None:
    house.agent("ana")
    house.do(c.GoNotReady(agent=ANA, reason=NotReadyReason.BREAK), 5)
    before = counted(house).agent(ANA, at(20))
    house.ring("c1", seconds=10, rung=rung)

    metrics = counted(house)

    assert metrics.agent(ANA, at(20)) == before
    assert (metrics.agent(AgentId("nobody"), at(20)), before.missed) == (AgentDay(), 0)
    assert metrics.queue(Q).offered == 1


def test_an_offer_rung_beforehand_counts_as_any_other(house: House) -> None:
    house.agent("ana")
    house.ring("c1", seconds=10, rung="ana")
    house.do(c.ExpireOffer(offer=OfferId("c1~0")), 30)
    house.do(c.GoReady(agent=ANA), 40)
    house.accept("c1~2", 45)

    metrics = counted(house)

    assert (metrics.agent(ANA, at(50)).missed, metrics.agent(ANA, at(50)).ready) == (1, seconds(10))
    assert (metrics.queue(Q).offered, metrics.queue(Q).answered) == (1, 1)
    assert metrics.queue(Q).waited == seconds(35)


def test_a_new_day_starts_at_zero_and_goes_on_with_what_is_going_on(house: House) -> None:
    house.agent("ana")
    house.ring("c1")
    house.accept("c1~1", 5)
    house.log, before = [], counted(house)

    before.reset(at(100))
    house.end("c1", 130)
    for event in house.log:
        before.fold(event)

    day = before.queue(Q)
    assert (day.offered, day.answered, day.handled) == (0, 0, 1)
    assert before.agent(ANA, at(140)).talk == seconds(30)
    assert before.agent(ANA, at(140)).wrap_up == seconds(10)

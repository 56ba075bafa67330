"""Callers for whom Asterisk rings the agent named beforehand: the whole daemon on a fake."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from acd import commands as ask
from acd.agent import AgentState
from acd.call import CallState
from acd.ids import AgentId, CallId
from acd.reasons import EndReason, NotReadyReason, OfferEnd, Outcome
from tests.fakes.asterisk import FakeAsterisk, PhoneManner
from tests.fakes.house import SITE, House, house

pytestmark = pytest.mark.unit

ANA, BEN = AgentId("ana"), AgentId("ben")


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as made:
        await made.sign_in("ana", PhoneManner.RINGS)
        await made.named("ana")
        yield made


async def take_a_break(place: House) -> None:
    """Ana stops taking calls; Asterisk has not been told yet."""
    await place.daemon.engine.ask(ask.GoNotReady(agent=ANA, reason=NotReadyReason.BREAK))


def handed_over(place: House) -> list[str]:
    return [r.path for r in place.asterisk.requests if r.path.endswith("/continue")]


async def calm(place: House) -> None:
    await place.settle()
    assert place.asterisk.leftovers() == []
    assert place.live() == []
    assert len(place.daemon.visits) == 0


async def test_a_whole_call_to_whom_was_named(place: House) -> None:
    caller = place.asterisk.caller_rings("+12025550100", name="Grace")
    await place.settle()
    call = place.call(caller)
    assert (call.state, call.agent, call.offer) == (CallState.OFFERED, "ana", f"{caller}~0")
    assert (call.ani, call.dnis) == ("+12025550100", "100")
    assert place.shown("ana", "offer").offer == f"{caller}~0"
    assert handed_over(place) == []

    place.asterisk.answer(place.asterisk.agents_leg(caller))
    await place.settle()
    assert place.call(caller).state is CallState.TALKING
    place.asterisk.hang_up(caller)

    await calm(place)
    record = await place.record(caller)
    assert record.outcome == Outcome.COMPLETED
    assert [segment.agent_id for segment in record.segments] == ["ana"]
    (why,) = await place.daemon.decisions.of(call.id)
    assert why.ended == "answered"


async def test_the_number_is_the_one_that_was_dialled_whatever_the_leg_shows_later(
    place: House,
) -> None:
    place.asterisk.hold_events()
    caller = place.asterisk.caller_rings()
    for event in place.asterisk._held or ():
        if event["type"] == "ChannelStateChange":
            event["channel"]["caller"]["number"] = "unknown"
    place.asterisk.release_events()
    await place.settle()

    assert place.call(caller).dnis == "100"


async def test_a_leg_that_shows_a_number_of_its_own_tells_by_its_place_what_was_rung(
    place: House,
) -> None:
    place.asterisk.hold_events()
    caller = place.asterisk.caller_rings()
    for event in place.asterisk._held or ():
        event["channel"]["caller"]["number"] = "unknown"
    place.asterisk.release_events()
    await place.settle()

    assert place.call(caller).dnis == "100"
    assert place.call(caller).agent == "ana"


async def test_her_name_is_told_again_when_the_caller_is_gone(place: House) -> None:
    caller = place.asterisk.caller_rings()
    await place.settle()
    await place.named()

    place.asterisk.hang_up(caller)

    await calm(place)
    assert place.call(caller).outcome is Outcome.ABANDONED_IN_QUEUE
    assert place.agent("ana").state is AgentState.READY
    await place.named("ana")


async def test_two_callers_at_once_reach_the_two_who_are_next(place: House) -> None:
    await place.sign_in("ben", PhoneManner.RINGS)
    await place.named("ana", "ben")

    one, two = place.asterisk.caller_rings(), place.asterisk.caller_rings()
    await place.settle()

    assert [place.call(one).agent, place.call(two).agent] == ["ana", "ben"]
    assert [place.call(one).offer, place.call(two).offer] == [f"{one}~0", f"{two}~0"]


async def test_who_is_not_free_any_more_stops_ringing_and_the_caller_waits(place: House) -> None:
    await take_a_break(place)
    caller = place.asterisk.caller_rings()
    assert len(place.asterisk.ringing()) == 1

    await place.settle()

    assert place.asterisk.ringing() == []
    assert place.call(caller).state is CallState.QUEUED
    assert place.agent("ana").reason is NotReadyReason.BREAK
    assert place.daemon.day.today(ANA, place.daemon.clock.now()).missed == 0
    await place.until(lambda: place.asterisk.channels[caller].moh)


async def test_who_is_not_free_any_more_stops_ringing_and_another_is_rung(place: House) -> None:
    await take_a_break(place)
    caller = place.asterisk.caller_rings()
    await place.sign_in("ben", PhoneManner.ANSWERS)

    await place.until(lambda: place.call(caller).state is CallState.TALKING)

    assert (place.call(caller).agent, place.call(caller).offer) == ("ben", f"{caller}~1")
    place.asterisk.hang_up(caller)
    await calm(place)
    assert [s.agent_id for s in (await place.record(caller)).segments] == ["ben"]


async def test_who_answers_too_late_loses_the_caller(place: House) -> None:
    place.asterisk.hold_events()
    await take_a_break(place)
    caller = place.asterisk.caller_rings()
    place.asterisk.answer(place.asterisk.agents_leg(caller))
    place.asterisk.release_events()

    await place.settle()

    assert place.call(caller).state is CallState.QUEUED
    assert place.asterisk.talks() == {}


async def test_an_answer_that_is_heard_with_the_ringing_counts(place: House) -> None:
    place.asterisk.hold_events()
    caller = place.asterisk.caller_rings()
    place.asterisk.answer(place.asterisk.agents_leg(caller))
    place.asterisk.release_events()

    await place.settle()

    assert place.call(caller).state is CallState.TALKING


async def test_a_caller_who_is_gone_when_we_hear_of_her_has_a_record(place: House) -> None:
    place.asterisk.hold_events()
    caller = place.asterisk.caller_rings()
    place.asterisk.hang_up(caller)
    place.asterisk.release_events()

    await place.until(lambda: place.daemon.floor.has_call(CallId(caller)))
    await place.until(lambda: place.call(caller).state is CallState.ENDED)

    assert place.call(caller).why is EndReason.CALLER_HUNG_UP
    await calm(place)


async def test_nobody_answers(place: House) -> None:
    caller = place.asterisk.caller_rings()
    await place.settle()

    place.asterisk.advance(timedelta(seconds=21))
    await place.settle()

    assert place.agent("ana").reason is NotReadyReason.RONA
    assert place.call(caller).state is CallState.QUEUED


async def test_she_declines_and_the_next_offer_has_a_number_of_its_own(place: House) -> None:
    await place.sign_in("ben", PhoneManner.RINGS)
    caller = place.asterisk.caller_rings()
    await place.settle()

    place.asterisk.hang_up(place.asterisk.agents_leg(caller), 21)
    await place.settle()

    assert place.agent("ana").reason is NotReadyReason.REFUSED
    call = place.call(caller)
    assert (call.state, call.agent) == (CallState.OFFERED, "ben")
    assert call.offer != f"{caller}~0"


async def test_a_phone_that_is_not_there_makes_her_unreachable(place: House) -> None:
    place.asterisk.phone("agent-ana", PhoneManner.UNREACHABLE)

    caller = place.asterisk.caller_rings()
    await place.settle()

    assert place.call(caller).state is CallState.QUEUED
    assert place.agent("ana").reason is NotReadyReason.UNREACHABLE


async def test_a_caller_whose_ringing_nobody_told_us_of_is_found(place: House) -> None:
    place.asterisk.lose("ChannelCallerId", "ChannelStateChange")
    caller = place.asterisk.caller_rings()
    await place.settle()

    await place.daemon.reconciler.sweep()
    await place.settle()

    assert place.call(caller).offer == f"{caller}~0"
    assert len(place.asterisk.ringing()) == 1


async def test_a_caller_is_found_who_came_while_we_were_away(place: House) -> None:
    place.asterisk.drop_socket()
    caller = place.asterisk.caller_rings()

    await place.asterisk.come_back()
    await place.settle()

    assert place.call(caller).state is CallState.OFFERED
    place.asterisk.answer(place.asterisk.agents_leg(caller))
    await place.settle()
    assert place.call(caller).state is CallState.TALKING


async def test_a_talk_is_found_that_began_while_we_were_away(place: House) -> None:
    place.asterisk.drop_socket()
    caller = place.asterisk.caller_rings()
    place.asterisk.answer(place.asterisk.agents_leg(caller))

    await place.asterisk.come_back()
    await place.settle()

    assert place.call(caller).state is CallState.TALKING
    assert place.agent("ana").state is AgentState.TALKING
    place.asterisk.hang_up(caller)
    await calm(place)


async def test_a_caller_whom_nobody_answered_while_we_were_away_is_taken_from_the_safety_net(
    place: House,
) -> None:
    place.asterisk.drop_socket()
    caller = place.asterisk.caller_rings()
    place.asterisk.hang_up(place.asterisk.agents_leg(caller))
    assert place.asterisk.channels[caller].context == "parley-safety-net"

    await place.asterisk.come_back()
    await place.settle()

    assert place.call(caller).state is CallState.OFFERED
    assert place.asterisk.ringing() == [place.asterisk.agents_leg(caller)]
    place.asterisk.hang_up(caller)
    await calm(place)


async def test_the_next_daemon_goes_on_with_who_was_rung(tmp_path: Path) -> None:
    asterisk = FakeAsterisk()
    async with house(tmp_path, asterisk=asterisk) as place:
        await place.sign_in("ana", PhoneManner.RINGS)
        await place.named("ana")
        known = asterisk.caller_rings()
        await place.settle()
        asterisk.drop_socket()
    async with house(tmp_path, asterisk=asterisk) as place:
        await asterisk.come_back()
        await place.settle()
        assert place.call(known).offer == f"{known}~0"
        asterisk.answer(asterisk.agents_leg(known))
        await place.settle()
        assert place.call(known).state is CallState.TALKING
        asterisk.hang_up(known)
        await calm(place)


async def test_one_who_was_to_be_taken_from_her_is_taken_by_the_next_daemon(
    tmp_path: Path,
) -> None:
    asterisk = FakeAsterisk()
    async with house(tmp_path, asterisk=asterisk) as place:
        await place.sign_in("ana", PhoneManner.RINGS)
        await place.named("ana")
        await take_a_break(place)
        asterisk.fail("POST channels$", status=500)
        caller = asterisk.caller_rings()
        await place.settle()
        assert len(asterisk.ringing()) == 1
        asterisk.drop_socket()
    async with house(tmp_path, asterisk=asterisk) as place:
        await asterisk.come_back()
        await place.settle()
        assert place.call(caller).state is CallState.QUEUED
        assert asterisk.ringing() == []


async def test_a_daemon_that_ends_names_nobody_and_turns_callers_away(place: House) -> None:
    place.daemon.ingress.refuse_calls()
    place.daemon.next_phones.stop()
    caller = place.asterisk.caller_rings()  # before Asterisk has been told

    await place.settle()

    await place.named()
    assert caller not in place.asterisk.channels
    assert not place.daemon.floor.has_call(CallId(caller))


async def test_a_queue_that_is_full_by_now_lets_go_of_caller_and_phone(tmp_path: Path) -> None:
    full = replace(SITE, queues=(replace(SITE.queues[0], max_waiting=0),))
    async with house(tmp_path, site=full) as place:
        await place.sign_in("ana", PhoneManner.RINGS)
        await place.named("ana")
        await take_a_break(place)

        caller = place.asterisk.caller_rings()
        await calm(place)

        assert place.call(caller).why is EndReason.QUEUE_FULL


async def test_what_was_too_late_is_counted_as_that(place: House) -> None:
    await take_a_break(place)
    place.asterisk.caller_rings()
    await place.settle()

    assert f'parley_offers_total{{end="{OfferEnd.TOO_LATE}"}} 1' in place.daemon.backend.figures()

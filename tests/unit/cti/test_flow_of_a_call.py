"""One call through the whole daemon on a fake Asterisk: from ringing in to the stored record."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from acd import commands as ask
from acd.agent import AgentState
from acd.call import CallState
from acd.hours import OpeningHours
from acd.ids import AgentId, CallId, OfferId, QueueId, SkillId
from acd.profile import QueueProfile
from acd.reasons import EndReason, NotReadyReason, Outcome
from agent_desktop.server.ports import WrapUp
from cti.ari.errors import TimedOut
from telephony_config.model import Number, Skill, ToFlow
from tests.fakes.asterisk import PhoneManner
from tests.fakes.house import SITE, SUPPORT, House, house

pytestmark = pytest.mark.unit

MENU_SITE = replace(
    SITE,
    queues=(
        *SITE.queues,
        QueueProfile(id=QueueId("sales"), name="Sales"),
        QueueProfile(id=QueueId("billing"), name="Billing"),
    ),
    skills=tuple(
        Skill(id=SkillId(name), name=name) for name in ("support", "lang-en", "lang-zh", "lang-fa")
    ),
    numbers=(
        *SITE.numbers,
        Number(dnis="200", label="Main", language="en", target=ToFlow(flow="demo", queue=SUPPORT)),
    ),
)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as made:
        yield made


async def test_the_caller_chooses_by_keys_and_reaches_the_agent_of_that_queue(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, site=MENU_SITE) as place:
        await place.sign_in("ana")
        caller = place.asterisk.caller_rings("+12025550100", dnis="200")
        await place.settle()
        assert place.call(caller).state is CallState.IN_IVR
        await place.until(lambda: place.asterisk.playbacks)
        for key in ("1", "2"):  # English, support
            place.asterisk.press(caller, key)
            await place.settle()

        await place.until(lambda: place.call(caller).state is CallState.TALKING)

        call = place.call(caller)
        assert (call.queue, call.agent, call.language) == (SUPPORT, "ana", "en")
        visit = place.daemon.visits.get(CallId(caller))
        assert visit is not None
        assert visit.path == ("ivr.language.en", "ivr.menu.support", "ivr.queue.support")
        assert place.shown("ana", "pop").ivr_path == list(visit.path)
        place.asterisk.hang_up(caller)
        await place.settle()
        assert (await place.record(caller)).ivr_path == visit.path


async def test_a_whole_call_leaves_one_record_and_nothing_else(place: House) -> None:
    caller = await place.talking()
    leg = place.asterisk.talks()[caller]

    place.asterisk.hang_up(caller)
    await place.settle()

    assert place.asterisk.leftovers() == []
    assert leg in place.asterisk.hung_up
    assert len(place.daemon.visits) == 0
    assert place.agent("ana").state is AgentState.WRAP_UP
    await place.daemon.backend.finish_wrap_up(
        AgentId("ana"),
        WrapUp(call=CallId(caller), disposition="information", note="All well."),
    )
    record = await place.record(caller)
    assert record.outcome == Outcome.COMPLETED
    assert record.cause == EndReason.CALLER_HUNG_UP
    assert record.disposition == "information"
    assert [segment.agent_id for segment in record.segments] == ["ana"]
    assert record.segments[0].wrapped is not None
    assert place.agent("ana").state is AgentState.READY


async def test_an_agent_who_does_not_answer_rests_and_the_next_one_is_rung(place: House) -> None:
    caller = await place.ringing()
    await place.sign_in("ben", PhoneManner.ANSWERS)

    place.asterisk.advance(timedelta(seconds=21))
    await place.settle()

    assert place.agent("ana").reason is NotReadyReason.RONA
    assert place.call(caller).agent == "ben"
    assert place.call(caller).state is CallState.TALKING


@pytest.mark.parametrize("cause", [17, 21])
async def test_an_agent_who_declines_rests_and_the_caller_waits_on(
    place: House, cause: int
) -> None:
    caller = await place.ringing()

    place.asterisk.hang_up(place.asterisk.agents_leg(caller), cause)
    await place.settle()

    assert place.agent("ana").reason is NotReadyReason.REFUSED
    assert place.call(caller).state is CallState.QUEUED


async def test_a_leg_that_ends_for_an_odd_cause_counts_as_a_phone_out_of_reach(
    place: House,
) -> None:
    caller = await place.ringing()

    place.asterisk.hang_up(place.asterisk.agents_leg(caller), 34)
    await place.settle()

    assert place.agent("ana").reason is NotReadyReason.UNREACHABLE


async def test_hold_gives_the_caller_music_and_retrieve_brings_her_back(place: House) -> None:
    caller = await place.talking()

    await place.daemon.backend.ask(ask.HoldCall(call=CallId(caller)))
    await place.settle()
    leg = place.asterisk.agents_leg(caller)
    assert place.asterisk.channels[caller].moh == "default"
    assert place.asterisk.bridges[f"{caller}~b"] == [leg]
    assert place.shown("ana", "call").state == "held"

    await place.daemon.backend.ask(ask.RetrieveCall(call=CallId(caller)))
    await place.settle()
    assert place.asterisk.channels[caller].moh == ""
    assert place.asterisk.talks() == {caller: leg}


async def test_the_hold_key_of_a_desk_phone_is_obeyed(place: House) -> None:
    caller = await place.talking()

    place.asterisk.press_hold(place.asterisk.agents_leg(caller))
    await place.settle()
    assert place.call(caller).state is CallState.HELD
    place.asterisk.press_unhold(place.asterisk.agents_leg(caller))
    await place.settle()
    assert place.call(caller).state is CallState.TALKING
    place.asterisk.press_hold(caller)  # the caller's own hold is her affair
    await place.settle()
    assert place.call(caller).state is CallState.TALKING


async def test_the_hold_key_pressed_twice_at_once_leaves_them_talking(place: House) -> None:
    caller = await place.talking()
    leg = place.asterisk.agents_leg(caller)

    place.asterisk.press_hold(leg)
    place.asterisk.press_unhold(leg)
    await place.settle()

    assert place.call(caller).state is CallState.TALKING
    assert place.asterisk.talks() == {caller: leg}


async def test_a_hold_that_fails_is_taken_back(place: House) -> None:
    caller = await place.talking()
    place.asterisk.fail(r"POST channels/.*/moh", status=500)

    await place.daemon.backend.ask(ask.HoldCall(call=CallId(caller)))
    await place.settle()

    assert place.call(caller).state is CallState.TALKING
    assert caller in place.asterisk.bridges[f"{caller}~b"]


async def test_the_agent_hangs_up_and_the_caller_is_let_go(place: House) -> None:
    caller = await place.talking()

    place.asterisk.hang_up(place.asterisk.agents_leg(caller))
    await place.settle()

    assert place.asterisk.leftovers() == []
    assert place.call(caller).why is EndReason.AGENT_HUNG_UP


@pytest.mark.parametrize("held_before", [False, True])
async def test_hanging_up_on_the_page_ends_both_legs(place: House, held_before: bool) -> None:
    caller = await place.talking()
    if held_before:
        await place.daemon.backend.ask(ask.HoldCall(call=CallId(caller)))
        await place.settle()

    await place.daemon.backend.ask(ask.EndCall(call=CallId(caller), why=EndReason.AGENT_HUNG_UP))
    await place.settle()

    assert place.asterisk.leftovers() == []
    assert place.call(caller).why is EndReason.AGENT_HUNG_UP


async def test_a_caller_who_hangs_up_in_the_same_moment_as_she_rings_leaves_nothing(
    place: House,
) -> None:
    caller = place.asterisk.caller_rings()
    place.asterisk.hang_up(caller)
    await place.settle()

    assert place.live() == []
    assert len(place.daemon.visits) == 0
    assert place.call(caller).outcome is Outcome.ABANDONED_IN_QUEUE


async def test_a_caller_who_hangs_up_while_waiting_has_abandoned(place: House) -> None:
    caller = place.asterisk.caller_rings()
    await place.settle()
    assert place.call(caller).state is CallState.QUEUED

    place.asterisk.hang_up(caller)
    await place.settle()

    assert place.call(caller).outcome is Outcome.ABANDONED_IN_QUEUE
    assert place.asterisk.leftovers() == []


async def test_a_caller_who_hangs_up_while_it_rings_ends_the_ringing_and_blames_nobody(
    place: House,
) -> None:
    caller = await place.ringing()

    place.asterisk.hang_up(caller)
    await place.settle()

    assert place.asterisk.leftovers() == []
    assert place.agent("ana").state is AgentState.READY
    assert place.shown("ana", "offer") is None
    assert place.shown("ana", "pop") is None


async def test_a_caller_who_hangs_up_before_the_phone_rings_costs_the_agent_nothing(
    place: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cti.handovers.SILENT_FOR", timedelta(milliseconds=1))
    await place.sign_in("ana", PhoneManner.RINGS)
    place.asterisk.lose("ChannelStateChange", "ChannelDestroyed")  # as if there had been no leg
    caller = place.asterisk.caller_rings()
    await place.settle()
    place.asterisk.hang_up(caller)

    await place.until(lambda: not place.live())
    assert place.call(caller).why is EndReason.CALLER_HUNG_UP
    assert place.agent("ana").state is AgentState.READY
    assert place.asterisk.leftovers() == []


async def test_an_offer_that_is_withdrawn_brings_the_caller_home_to_wait(place: House) -> None:
    caller = await place.ringing()

    await place.daemon.backend.ask(ask.ExpireOffer(offer=OfferId(f"{caller}~1")))
    await place.settle()

    assert place.call(caller).state is CallState.QUEUED
    assert place.asterisk.ringing() == []
    assert place.asterisk.channels[caller].in_stasis
    await place.until(lambda: place.asterisk.channels[caller].moh)


async def test_a_caller_who_comes_back_as_her_offer_is_withdrawn_has_not_hung_up(
    place: House,
) -> None:
    caller = await place.ringing()
    place.asterisk.hold_events()
    place.asterisk.hang_up(place.asterisk.agents_leg(caller), 0)  # the ringing's time is over
    await place.daemon.engine.ask(ask.ExpireOffer(offer=OfferId(f"{caller}~1")))
    await place.until(lambda: place.asterisk.channels[caller].args == ("hand", "100"))

    place.asterisk.release_events()
    await place.settle()

    assert place.call(caller).state is CallState.QUEUED


async def test_an_answer_that_comes_after_the_offer_ended_takes_the_caller_from_nobody(
    place: House,
) -> None:
    caller = await place.ringing()
    late = place.asterisk.agents_leg(caller)
    place.daemon.engine.submit(ask.ExpireOffer(offer=OfferId(f"{caller}~1")))
    place.asterisk.answer(late)
    await place.settle()

    assert place.call(caller).state is CallState.QUEUED
    assert place.asterisk.talks() == {}
    assert late not in place.asterisk.channels
    await place.sign_in("ben")
    await place.settle()
    assert place.call(caller).agent == "ben"
    assert caller in place.asterisk.talks()


async def test_who_waited_with_music_hears_it_while_the_phone_rings(place: House) -> None:
    caller = place.asterisk.caller_rings()
    await place.until(lambda: place.asterisk.channels[caller].moh)

    await place.sign_in("ana", PhoneManner.RINGS)
    await place.settle()

    assert place.asterisk.ringing()
    assert place.asterisk.channels[caller].moh == "default"


async def test_every_event_may_come_twice(place: House) -> None:
    place.asterisk.duplicate(
        "StasisStart", "StasisEnd", "ChannelDestroyed", "ChannelStateChange", "PlaybackFinished"
    )
    caller = await place.talking()

    place.asterisk.hang_up(caller)
    await place.settle()

    assert place.asterisk.leftovers() == []
    assert len(place.daemon.visits) == 0
    assert (await place.record(caller)).outcome == Outcome.COMPLETED


async def test_a_phone_that_cannot_be_rung_sends_the_call_to_the_next_agent(place: House) -> None:
    await place.sign_in("ana")
    place.asterisk.fail(r"POST channels/.*/continue", status=500)

    caller = place.asterisk.caller_rings()
    await place.settle()
    assert place.agent("ana").reason is NotReadyReason.UNREACHABLE
    await place.sign_in("ben")
    await place.settle()

    assert place.call(caller).agent == "ben"


async def test_legs_that_cannot_be_taken_in_hand_go_on_talking(place: House) -> None:
    caller = await place.talking()
    place.asterisk.fail("POST channels$", status=500)

    await place.daemon.backend.ask(ask.HoldCall(call=CallId(caller)))
    await place.settle()

    assert caller in place.asterisk.talks()
    await place.until(lambda: place.call(caller).state is CallState.TALKING)


async def test_a_caller_whose_answering_fails_still_waits_for_an_agent(place: House) -> None:
    place.asterisk.fail(r"POST channels/.*/answer", error=TimedOut)

    caller = place.asterisk.caller_rings()
    await place.settle()

    assert place.call(caller).state is CallState.QUEUED


async def test_a_number_nothing_is_behind_ends_the_call(place: House) -> None:
    caller = place.asterisk.caller_rings(dnis="999")
    await place.settle()

    assert place.call(caller).why is EndReason.FAILED
    assert place.asterisk.farewells == {caller: "apology~en"}
    assert place.asterisk.leftovers() == []


async def test_who_chooses_a_closed_queue_is_told_so_in_her_language(tmp_path: Path) -> None:
    never = OpeningHours(weekly=())
    queues = [replace(q, hours=never) if q.id == "sales" else q for q in MENU_SITE.queues]
    async with house(tmp_path, site=replace(MENU_SITE, queues=tuple(queues))) as place:
        caller = place.asterisk.caller_rings(dnis="200")
        await place.settle()
        await place.until(lambda: place.asterisk.playbacks)
        for key in ("3", "1"):  # Persian, sales
            place.asterisk.press(caller, key)
            await place.settle()

        await place.until(lambda: place.asterisk.farewells)

        assert place.asterisk.farewells == {caller: "closed~fa"}
        assert place.call(caller).why is EndReason.CLOSED
        assert place.asterisk.leftovers() == []


async def test_who_finds_the_line_full_hears_an_apology(tmp_path: Path) -> None:
    queues = tuple(replace(queue, max_waiting=0) for queue in SITE.queues)
    async with house(tmp_path, site=replace(SITE, queues=queues)) as place:
        caller = place.asterisk.caller_rings()
        await place.settle()

        assert place.call(caller).why is EndReason.QUEUE_FULL
        assert place.asterisk.farewells == {caller: "apology~en"}


def clock(place: House, caller: str) -> str:
    """How many seconds the dialplan gives the caller until it takes her back; 0: for ever."""
    return place.asterisk.channels[caller].variables.get("TIMEOUT(absolute)", "")


async def test_the_dialplans_clock_is_set_anew_as_long_as_a_caller_is_with_us(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cti.visits.RENEWED_EVERY", timedelta(milliseconds=1))
    async with house(tmp_path) as place:
        caller = place.asterisk.caller_rings()
        for _ in range(3):
            await place.until(lambda: clock(place, caller) == "6")
            place.asterisk.channels[caller].variables.clear()

        await place.sign_in("ana")
        await place.until(lambda: place.call(caller).state is CallState.TALKING)
        place.asterisk.channels[caller].variables.pop("TIMEOUT(absolute)", None)
        await asyncio.sleep(0.02)
        assert clock(place, caller) == "", "Asterisk has her"


async def test_the_clock_runs_for_a_held_caller_and_never_in_a_talk(place: House) -> None:
    caller = await place.talking()
    for _ in range(2):
        await place.daemon.backend.ask(ask.HoldCall(call=CallId(caller)))
        await place.until(lambda: clock(place, caller) == "6")
        await place.daemon.backend.ask(ask.RetrieveCall(call=CallId(caller)))
        await place.until(lambda: place.asterisk.channels[caller].bridge)
        assert clock(place, caller) == "0"


async def test_a_caller_whom_the_clock_took_from_a_slow_daemon_is_brought_back(
    place: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = place.asterisk.caller_rings()
    await place.until(lambda: place.asterisk.channels[caller].moh)
    monkeypatch.setattr("cti.line.IN_TIME", timedelta(seconds=9))  # it has run out

    place.asterisk.lapse(caller)
    await place.until(lambda: place.asterisk.channels[caller].moh)

    assert place.call(caller).state is CallState.QUEUED
    assert place.asterisk.channels[caller].in_stasis


async def test_a_caller_who_hung_up_on_a_slow_daemon_has_abandoned(
    place: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = place.asterisk.caller_rings()
    await place.until(lambda: place.asterisk.channels[caller].moh)
    monkeypatch.setattr("cti.line.IN_TIME", timedelta(seconds=9))

    place.asterisk.hang_up(caller)
    await place.until(lambda: not place.live())

    assert (await place.record(caller)).cause == EndReason.CALLER_HUNG_UP


async def test_nobody_stops_the_clock_of_a_caller_who_has_left(place: House) -> None:
    caller = place.asterisk.caller_rings()
    await place.settle()
    place.asterisk.hang_up(caller)
    await place.settle()

    place.daemon.visits.claim(CallId(caller))
    await place.settle()

    asked = [r.path for r in place.asterisk.requests]
    assert f"channels/{caller}/variable" not in asked


async def test_the_phone_shows_the_caller_freed_of_what_is_absurd(place: House) -> None:
    await place.sign_in("ana", PhoneManner.RINGS)
    for number, name in (("+12025550100", "Grace"), ("9" * 400, 'x"\r\nX-Evil: <y>')):
        caller = place.asterisk.caller_rings(number, name=name)
        await place.settle()
        told = place.asterisk.channels[caller].variables.get("CALLERID(all)")
        assert told == (None if name == "Grace" else f'"xX-Evil: y" <{"9" * 32}>')
        place.asterisk.hang_up(caller)
        await place.settle()


@pytest.mark.parametrize(
    ("number", "region", "ani"),
    [
        ("13900000143", "CN", "+8613900000143"),
        ("+12025550143", "CN", "+12025550143"),
        ("2025550143", "", "2025550143"),
        ("4711", "CN", "4711"),
    ],
)
@pytest.mark.parametrize("free", [True, False], ids=["rung beforehand", "queued"])
async def test_a_number_without_country_is_of_its_trunks_region(
    place: House, number: str, region: str, ani: str, free: bool
) -> None:
    if free:
        await place.sign_in("ana")
    caller = place.asterisk.caller_rings(number, region=region)
    await place.settle()
    assert place.call(caller).ani == ani


async def test_a_stranger_who_rings_again_shows_his_earlier_call_though_his_trunk_gives_no_country(
    place: House,
) -> None:
    await place.sign_in("ana", PhoneManner.RINGS)
    for earlier in range(2):
        caller = place.asterisk.caller_rings("2025550199")
        await place.settle()
        await place.until(lambda: place.shown("ana", "pop").complete)
        assert len(place.shown("ana", "pop").contacts) == earlier
        place.asterisk.hang_up(caller)
        await place.settle()
        assert (await place.record(caller)).ani == "+12025550199"


async def test_absurd_caller_ids_do_no_harm(place: House) -> None:
    for number in ("", "anonymous", "+" + "9" * 400, "';drop table party;--", "\u202e٣٤٥"):
        caller = place.asterisk.caller_rings(number)
        await place.settle()
        place.asterisk.hang_up(caller)
        await place.settle()
        assert (await place.record(caller)).ended_at is not None


async def test_a_hang_up_that_fails_is_done_by_the_sweep(place: House) -> None:
    caller = await place.talking()
    place.asterisk.fail("DELETE channels", error=TimedOut)
    await place.daemon.engine.ask(ask.EndCall(call=CallId(caller), why=EndReason.FAILED))
    await place.settle()
    assert len(place.asterisk.channels) == 2

    assert await place.daemon.reconciler.sweep() >= 1
    await place.settle()

    assert place.asterisk.leftovers() == []
    assert await place.daemon.reconciler.sweep() == 0


async def test_a_lost_event_is_made_good_by_the_sweep(place: House) -> None:
    caller = await place.talking()
    waiting = place.asterisk.caller_rings("+12025550101")
    await place.settle()
    place.asterisk.lose("ChannelDestroyed", "StasisEnd")
    place.asterisk.hang_up(place.asterisk.agents_leg(caller))
    place.asterisk.hang_up(waiting)

    assert await place.daemon.reconciler.sweep() >= 2
    await place.settle()

    assert place.live() == []
    assert place.asterisk.leftovers() == []


async def test_an_answer_that_was_not_heard_is_found_by_the_sweep(
    place: House, caplog: pytest.LogCaptureFixture
) -> None:
    caller = await place.ringing()
    place.asterisk.lose("ChannelStateChange")
    place.asterisk.answer(place.asterisk.agents_leg(caller))
    await place.settle()
    assert place.call(caller).state is CallState.OFFERED

    await place.daemon.reconciler.sweep()
    await place.settle()

    assert place.call(caller).state is CallState.TALKING
    assert "ringing did not end by itself" not in caplog.messages


async def test_a_lease_that_ends_before_the_ringing_does_is_told_in_the_log(
    place: House, caplog: pytest.LogCaptureFixture
) -> None:
    caller = await place.ringing()
    await place.daemon.engine.ask(ask.ExpireOffer(offer=OfferId(f"{caller}~1")))
    await place.settle()
    assert "ringing did not end by itself" in caplog.messages


async def test_a_closing_house_turns_callers_away_and_keeps_those_it_has(place: House) -> None:
    caller = await place.talking()
    place.daemon.ingress.refuse_calls()

    late = place.asterisk.caller_rings("+12025550199")
    await place.settle()

    assert place.asterisk.hung_up[late] == 34
    assert place.live() == [caller]


async def test_waiting_callers_are_told_when_they_move_up(place: House) -> None:
    await place.sign_in("ana", PhoneManner.RINGS)
    first = place.asterisk.caller_rings("+12025550101")
    await place.settle()
    second = place.asterisk.caller_rings("+12025550102")
    third = place.asterisk.caller_rings("+12025550103")
    await place.settle()
    visits = [place.daemon.visits.get(CallId(leg)) for leg in (second, third)]
    assert [visit.position for visit in visits if visit] == [1, 2]

    place.asterisk.hang_up(second)
    await place.settle()

    assert visits[1] is not None
    assert visits[1].position == 1
    assert place.call(first).state is CallState.OFFERED


async def test_positions_in_a_queue_are_true_after_a_caller_has_left_it(place: House) -> None:
    hub, floor = place.daemon.hub, place.daemon.floor
    callers = [place.asterisk.caller_rings(f"+1202555010{number}") for number in range(4)]

    def shown() -> list[str]:
        rows = [hub.current("calls", caller) for caller in callers]
        waiting = [row for row in rows if row is not None and row.place]
        return [row.id for row in sorted(waiting, key=lambda row: (row.place, row.id))]

    await place.until(lambda: len(shown()) == 4)
    assert shown() == list(floor.line(SUPPORT)) == callers
    place.asterisk.hang_up(callers[0])
    await place.until(lambda: len(shown()) == 3)
    assert shown() == list(floor.line(SUPPORT)) == callers[1:]
    await place.sign_in("ana")
    await place.until(lambda: len(shown()) == 2)
    assert shown() == list(floor.line(SUPPORT)) == callers[2:]

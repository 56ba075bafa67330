"""The connection falls, Asterisk restarts, the daemon restarts: what must not matter, does not."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from acd import commands as ask
from acd.agent import AgentState
from acd.call import CallState
from acd.ids import AgentId, CallId, OfferId
from acd.machine import Refused
from acd.reasons import EndReason, Outcome
from crm_core.domain.errors import StorageUnavailable
from crm_core.storage.database import Database
from cti.ari.errors import Disconnected
from cti.phones import phone_id
from tests.fakes.asterisk import FakeAsterisk, PhoneManner
from tests.fakes.house import SUPPORT, HandClock, House, house, user
from tests.unit.cti.test_flow_of_a_call import MENU_SITE

pytestmark = pytest.mark.unit


# --- the connection falls -------------------------------------------------------------------------


async def test_who_talks_hears_nothing_of_a_lost_connection(tmp_path: Path) -> None:
    async with house(tmp_path) as place:
        caller = await place.talking()
        before = place.asterisk.talks()

        place.asterisk.drop_socket()
        await place.settle()
        await place.asterisk.come_back()
        await place.settle()

        assert place.asterisk.talks() == before != {}
        assert place.call(caller).state is CallState.TALKING
        place.asterisk.hang_up(caller)
        await place.settle()
        assert place.asterisk.leftovers() == []


async def test_who_hung_up_while_we_were_away_is_ended(tmp_path: Path) -> None:
    async with house(tmp_path) as place:
        caller = await place.talking()
        place.asterisk.drop_socket()
        place.asterisk.hang_up(caller)

        await place.asterisk.come_back()
        await place.settle()

        assert place.call(caller).why is EndReason.CALLER_HUNG_UP
        assert place.asterisk.leftovers() == []


async def test_a_talk_that_ended_while_we_were_away_is_ended(tmp_path: Path) -> None:
    async with house(tmp_path) as place:
        caller = await place.talking()
        place.asterisk.drop_socket()
        place.asterisk.hang_up(place.asterisk.agents_leg(caller))

        await place.asterisk.come_back()
        await place.settle()

        assert place.call(caller).outcome is Outcome.COMPLETED
        assert place.asterisk.leftovers() == []


async def test_an_agent_who_left_a_held_caller_while_we_were_away_ends_the_call(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as place:
        caller = await place.talking()
        await place.daemon.backend.ask(ask.HoldCall(call=CallId(caller)))
        await place.settle()
        place.asterisk.drop_socket()
        place.asterisk.hang_up(place.asterisk.agents_leg(caller))

        await place.asterisk.come_back()
        await place.settle()

        assert place.call(caller).why is EndReason.AGENT_HUNG_UP
        assert place.asterisk.leftovers() == []


async def test_an_offer_answered_while_we_were_away_is_a_talk(tmp_path: Path) -> None:
    async with house(tmp_path) as place:
        caller = await place.ringing()
        place.asterisk.drop_socket()
        place.asterisk.answer(place.asterisk.agents_leg(caller))

        await place.asterisk.come_back()
        await place.settle()

        assert place.call(caller).state is CallState.TALKING
        assert caller in place.asterisk.talks()


async def test_an_offer_that_failed_while_we_were_away_is_made_good_from_the_safety_net(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as place:
        caller = await place.ringing()
        place.asterisk.drop_socket()
        place.asterisk.hang_up(place.asterisk.agents_leg(caller))
        assert place.asterisk.channels[caller].context == "parley-safety-net"

        await place.asterisk.come_back()
        await place.settle()

        assert place.call(caller).state is CallState.OFFERED
        assert place.asterisk.ringing() == [place.asterisk.agents_leg(caller)]


async def test_a_caller_whom_the_safety_net_has_joined_with_somebody_stays_there(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as place:
        caller = await place.ringing()
        place.asterisk.drop_socket()
        place.asterisk.hang_up(place.asterisk.agents_leg(caller))
        stranger = place.asterisk.caller_rings("+12025550199")
        place.asterisk.bridges["a queue's"] = [caller, stranger]

        await place.asterisk.come_back()
        await place.settle()

        for call in (caller, stranger):
            assert call in place.asterisk.channels
            assert place.call(call).why is EndReason.SAFETY_NET
            assert (await place.record(call)).dnis == "100"


async def test_who_could_not_be_taken_from_the_safety_net_keeps_nobody_waiting_and_is_taken_later(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as place:
        place.asterisk.drop_socket()
        first = place.asterisk.caller_rings("+12025550101")
        second = place.asterisk.caller_rings("+12025550102")
        place.asterisk.fail("POST channels$", status=500)

        await place.asterisk.come_back()
        await place.settle()
        assert place.live() == [second]
        await place.daemon.reconciler.sweep()
        await place.settle()

        assert place.live() == [second, first]


async def test_callers_in_the_safety_net_are_taken_in_their_order(tmp_path: Path) -> None:
    async with house(tmp_path) as place:
        place.asterisk.drop_socket()
        callers: list[str] = []
        for number in range(3):
            place.asterisk.advance(timedelta(seconds=1))
            callers.insert(0, place.asterisk.caller_rings(f"+1202555010{number}"))
        place.asterisk.channels = {call: place.asterisk.channels[call] for call in callers}

        await place.asterisk.come_back()
        await place.settle()

        waiting = [call.id for call in place.daemon.floor.waiting(SUPPORT)]
        assert waiting == callers[::-1]
        for caller in callers:
            place.asterisk.hang_up(caller)
        await place.settle()
        assert place.asterisk.leftovers() == []
        assert [(await place.record(caller)).outcome for caller in callers] == [
            "abandoned_in_queue"
        ] * 3


async def test_callers_whose_lease_ran_out_while_we_were_away_go_on_where_they_were(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, site=MENU_SITE) as place:
        held, waits = await place.talking(), place.asterisk.caller_rings("+12025550101")
        await place.daemon.backend.ask(ask.HoldCall(call=CallId(held)))
        chooses = place.asterisk.caller_rings("+12025550102", dnis="200")
        await place.settle()
        callers = {
            held: CallState.HELD, waits: CallState.QUEUED, chooses: CallState.IN_IVR
        }  # fmt: skip
        place.asterisk.drop_socket()
        for caller in callers:
            place.asterisk.lapse(caller)

        await place.asterisk.come_back()
        await place.settle()

        assert {caller: place.call(caller).state for caller in callers} == callers
        assert place.asterisk.channels[held].moh
        await place.until(lambda: place.asterisk.channels[waits].moh)
        await place.until(
            lambda: any(p.channel == chooses for p in place.asterisk.playbacks.values())
        )
        await place.daemon.backend.ask(ask.RetrieveCall(call=CallId(held)))
        await place.until(lambda: place.asterisk.channels[held].bridge)


async def test_a_held_caller_in_the_safety_net_whose_agent_has_left_is_let_go(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as place:
        held = await place.talking()
        await place.daemon.backend.ask(ask.HoldCall(call=CallId(held)))
        await place.settle()
        place.asterisk.drop_socket()
        place.asterisk.lapse(held)
        place.asterisk.hang_up(place.asterisk.agents_leg(held))

        await place.asterisk.come_back()
        await place.settle()

        assert place.call(held).why is EndReason.AGENT_HUNG_UP
        assert place.asterisk.leftovers() == []


async def test_an_offer_that_cannot_be_rung_again_goes_back_to_the_queue(tmp_path: Path) -> None:
    async with house(tmp_path) as place:
        caller = await place.ringing()
        place.asterisk.drop_socket()
        place.asterisk.hang_up(place.asterisk.agents_leg(caller))
        place.asterisk.fail(r"POST channels/.*/continue", status=500)

        await place.asterisk.come_back()
        await place.settle()

        assert place.call(caller).state is CallState.QUEUED


async def test_a_caller_whose_offer_ended_as_the_daemon_died_comes_home(tmp_path: Path) -> None:
    async with house(tmp_path) as place:
        caller = await place.ringing()
        place.asterisk.drop_socket()
        await place.daemon.engine.ask(ask.ExpireOffer(offer=OfferId(f"{caller}~1")))
        await place.settle()
        assert place.asterisk.ringing()

        await place.asterisk.come_back()
        await place.settle()

        assert place.asterisk.ringing() == []
        assert place.call(caller).state is CallState.QUEUED
        await place.until(lambda: place.asterisk.channels[caller].moh)


async def test_a_waiting_caller_who_is_leaving_just_then_is_not_brought_home(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as place:
        caller = place.asterisk.caller_rings()
        await place.settle()
        place.asterisk.channels[caller].in_stasis = False  # her channel is about to go

        await place.asterisk.come_back()
        await place.settle()

        assert not any(r.path == "channels" for r in place.asterisk.requests if r.method == "POST")
        assert not any(r.path == "channels/None" for r in place.asterisk.requests)


async def test_legs_taken_in_hand_but_not_joined_are_joined(tmp_path: Path) -> None:
    async with house(tmp_path) as place:
        caller = await place.talking()
        place.asterisk.fail("POST bridges", error=Disconnected, times=9)
        await place.daemon.backend.ask(ask.HoldCall(call=CallId(caller)))
        await place.settle()
        assert place.asterisk.talks() == {}
        place.asterisk.drop_socket()
        place.asterisk._faults.clear()

        await place.asterisk.come_back()
        await place.settle()

        assert place.asterisk.bridges[f"{caller}~b"] == [place.asterisk.agents_leg(caller)]
        assert place.asterisk.channels[caller].moh == "default"


async def test_a_hold_that_fell_into_the_gap_is_made_good(tmp_path: Path) -> None:
    async with house(tmp_path) as place:
        caller = await place.talking()
        place.asterisk.drop_socket()
        await place.daemon.engine.ask(ask.HoldCall(call=CallId(caller)))
        await place.settle()
        assert caller in place.asterisk.talks()

        await place.asterisk.come_back()
        await place.until(lambda: place.asterisk.channels[caller].moh == "default")

        place.asterisk.drop_socket()
        await place.daemon.engine.ask(ask.RetrieveCall(call=CallId(caller)))
        await place.settle()
        await place.asterisk.come_back()
        assert caller in place.asterisk.bridges[f"{caller}~b"]


async def test_one_call_that_cannot_be_resumed_does_not_keep_the_others_waiting(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as place:
        first = await place.talking()
        await place.sign_in("ben")
        second = place.asterisk.caller_rings("+12025550101")
        await place.settle()
        place.asterisk.drop_socket()
        for caller in (first, second):
            await place.daemon.engine.ask(ask.HoldCall(call=CallId(caller)))
        await place.settle()
        place.asterisk.fail(f"POST channels/{first}/moh", status=404)

        await place.asterisk.come_back()

        await place.until(lambda: place.asterisk.channels[second].moh == "default")
        assert place.asterisk.channels[first].moh == ""


async def test_callers_who_came_while_we_were_away_are_taken(tmp_path: Path) -> None:
    async with house(tmp_path) as place:
        asterisk = place.asterisk
        asterisk.lose("StasisStart")
        caller = asterisk.caller_rings("+12025550100")
        asterisk._lost.clear()

        await asterisk.come_back()
        await place.settle()

        assert place.call(caller).state is CallState.QUEUED
        assert place.call(caller).dnis == "100"


async def test_the_music_of_the_wait_begins_again_after_a_gap(tmp_path: Path) -> None:
    async with house(tmp_path) as place:
        caller = place.asterisk.caller_rings()
        await place.settle()
        place.asterisk.drop_socket()
        visit = place.daemon.visits.get(CallId(caller))
        assert visit is not None
        await place.until(lambda: not visit.busy)  # its first sound could not be played

        await place.asterisk.come_back()

        assert visit.busy
        await place.until(lambda: place.asterisk.channels[caller].moh)


async def test_the_music_of_the_wait_is_tried_again_when_asterisk_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cti.visits.SOUND_AGAIN", timedelta(milliseconds=1))
    async with house(tmp_path) as place:
        place.asterisk.fail("POST channels/.*/moh", status=500, times=3)
        caller = place.asterisk.caller_rings()
        await place.settle()

        await place.until(lambda: place.asterisk.channels[caller].moh)


# --- Asterisk restarts ----------------------------------------------------------------------------


async def test_after_an_asterisk_restart_records_tell_the_cause_and_phones_are_back(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as place:
        await place.asterisk.come_back()  # so that this Asterisk's start is known
        caller = await place.talking()
        place.asterisk.restart()

        await place.asterisk.come_back()
        await place.settle()

        record = await place.record(caller)
        assert record.cause == EndReason.ENGINE_LOST
        assert record.outcome == Outcome.FAILED
        assert phone_id(AgentId("ana")) in place.asterisk.phones
        assert place.agent("ana").state is AgentState.WRAP_UP


async def test_after_an_asterisk_restart_an_agent_is_rung_only_when_her_phone_is_back(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as place:
        await place.asterisk.come_back()
        await place.sign_in("ana")
        place.asterisk.restart()
        place.asterisk.phone(phone_id(AgentId("ana")), PhoneManner.UNREACHABLE)

        await place.asterisk.come_back()
        await place.settle()
        assert not place.agent("ana").phone
        caller = place.asterisk.caller_rings()
        await place.settle()
        assert place.call(caller).state is CallState.QUEUED
        place.asterisk.phone_comes(phone_id(AgentId("ana")))
        await place.settle()

        assert place.agent("ana").phone
        assert place.call(caller).state is CallState.OFFERED


async def test_a_desk_phone_of_a_signed_in_agent_is_pushed_again(tmp_path: Path) -> None:
    ana = user("ana", phone="sip", preferences={"sip_uri": "sip:ana@10.0.0.9"})
    async with house(tmp_path, [ana, "ben"]) as place:
        await place.asterisk.come_back()
        await place.daemon.backend.ask(ask.LogIn(agent=AgentId("ana")))
        place.asterisk.restart()
        place.asterisk.fail("PUT .*aor/agent-ana", status=500)
        await place.asterisk.come_back()
        assert "agent-ana" not in place.asterisk.phones or not place.asterisk.phones[
            "agent-ana"
        ].fields.get("aor.contact")  # refused once, and the others were served all the same

        await place.asterisk.come_back()

        assert place.asterisk.phones["agent-ana"].fields["aor.contact"] == "sip:ana@10.0.0.9"
        assert place.agent("ana").phone


# --- the daemon restarts --------------------------------------------------------------------------


async def test_a_killed_daemon_finds_talkers_ringers_and_waiters_again(tmp_path: Path) -> None:
    asterisk = FakeAsterisk()
    async with house(tmp_path, asterisk=asterisk) as place:
        await asterisk.come_back()
        await place.sign_in("ana")
        await place.sign_in("ben", PhoneManner.RINGS)
        callers = []
        for number in range(4):
            callers.append(asterisk.caller_rings(f"+1202555010{number}"))
            await place.settle()
    talks = asterisk.talks()

    async with house(tmp_path, asterisk=asterisk) as place:
        await asterisk.come_back()
        await place.settle()

        states = [place.call(caller).state for caller in callers]
        assert sorted(states[:2]) == [CallState.OFFERED, CallState.TALKING]
        assert [place.daemon.floor.position(CallId(c)) for c in callers[2:]] == [1, 2]
        assert asterisk.talks() == talks != {}
        assert len(asterisk.ringing()) == 1
        await place.until(lambda: place.daemon.callers.get(CallId(callers[0])))
        talker = str(place.call(callers[0]).agent)
        assert place.shown(talker, "pop") is not None
        asterisk.answer(asterisk.ringing()[0])
        await place.settle()
        assert [place.call(caller).state for caller in callers[:2]] == [CallState.TALKING] * 2
        for caller in callers:
            asterisk.hang_up(caller)
        await place.settle()
        assert asterisk.leftovers() == []
        for caller in callers:
            assert (await place.record(caller)).ended_at is not None


async def test_what_a_dead_daemon_left_playing_is_ended_before_all_else(tmp_path: Path) -> None:
    """Asterisk does nothing else for a channel that plays, and keeps others waiting meanwhile."""
    asterisk = FakeAsterisk()
    async with house(tmp_path, asterisk=asterisk) as place:
        await asterisk.come_back()
        caller = asterisk.caller_rings()
        await place.settle()
        await place.daemon.control.play(caller, f"{caller}~p3", ["sound:announcement"])

    async with house(tmp_path, asterisk=asterisk) as place:
        done = len(asterisk.requests)
        await asterisk.come_back()
        await place.settle()

        assert not asterisk.playbacks
        about_her = [r for r in asterisk.requests[done:] if caller in r.path and r.method != "GET"]
        names = [f"playbacks/{caller}~p{number}" for number in (1, 2, 3, 4)]
        assert [r.path for r in about_her[:4]] == names
        visit = place.daemon.visits.get(CallId(caller))
        assert visit is not None
        assert await visit.line.play(["sound:more"], "en") == f"{caller}~p4"


async def test_a_wrap_up_under_way_still_ends_after_a_restart(tmp_path: Path) -> None:
    asterisk = FakeAsterisk()
    async with house(tmp_path, asterisk=asterisk) as place:
        caller = await place.talking()
        asterisk.hang_up(caller)
        await place.settle()
        due = place.agent("ana").wrap_up_due

    async with house(tmp_path, asterisk=asterisk) as place:
        assert place.agent("ana").state is AgentState.WRAP_UP
        assert place.agent("ana").wrap_up_due == due
        assert len(place.daemon.timers) == 1
        assert place.shown("ana", "wrap_up").due == due


async def test_an_offer_under_way_keeps_its_lease_after_a_restart(tmp_path: Path) -> None:
    asterisk = FakeAsterisk()
    async with house(tmp_path, asterisk=asterisk) as place:
        await place.sign_in("ana", PhoneManner.RINGS)
        asterisk.caller_rings()
        await place.settle()

    async with house(tmp_path, asterisk=asterisk) as place:
        assert len(place.daemon.timers) == 1
        assert place.agent("ana").state is AgentState.RESERVED


async def test_todays_figures_are_the_same_after_a_restart(tmp_path: Path) -> None:
    asterisk = FakeAsterisk()

    def figures(place: House) -> Any:
        today = place.daemon.day.today(AgentId("ana"), place.daemon.clock.now())
        place.daemon.wallboard.show_queues()
        queue = place.daemon.hub.current("queues", "support")
        return today.handled, today.talk_s, [r.call for r in today.recent], queue.answered

    async with house(tmp_path, asterisk=asterisk) as place:
        caller = await place.talking()
        asterisk.hang_up(caller)
        await place.settle()
        before = figures(place)
        offers = await place.daemon.backend.why(CallId(caller))

    async with house(tmp_path, asterisk=asterisk) as place:
        assert figures(place) == before
        assert before[0] == before[3] == 1
        assert await place.daemon.backend.why(CallId(caller)) == offers


async def test_on_the_day_after_its_first_start_a_restarted_daemon_still_counts(
    tmp_path: Path,
) -> None:
    asterisk, clock = FakeAsterisk(), HandClock()
    async with house(tmp_path, asterisk=asterisk, clock=clock) as place:
        await place.daemon.engine.store_snapshot()  # the queues are defined, on this day

    clock.advance(timedelta(days=1))
    for calls in (1, 2):
        async with house(tmp_path, asterisk=asterisk, clock=clock) as place:
            caller = await place.talking()
            asterisk.hang_up(caller)
            await place.settle()
            await place.daemon.engine.ask(ask.FinishWrapUp(agent=AgentId("ana")))
            assert place.daemon.day.today(AgentId("ana"), clock.now()).handled == calls


async def test_a_snapshot_and_the_events_since_give_the_same_floor(tmp_path: Path) -> None:
    asterisk = FakeAsterisk()
    async with house(tmp_path, asterisk=asterisk) as place:
        await place.sign_in("ana")
        await place.daemon.engine.store_snapshot()
        caller = asterisk.caller_rings()
        await place.settle()
        before = place.daemon.floor.snapshot()

    async with house(tmp_path, asterisk=asterisk) as place:
        assert place.daemon.floor.snapshot() == before
        assert place.call(caller).state is CallState.TALKING


async def test_an_agent_who_does_not_come_back_after_a_restart_is_not_rung(tmp_path: Path) -> None:
    asterisk = FakeAsterisk()
    async with house(tmp_path, asterisk=asterisk) as place:
        await place.sign_in("ana")
        await place.sign_in("ben")
        await place.settle()

    async with house(tmp_path, asterisk=asterisk, back_within=timedelta(seconds=0.3)) as place:
        assert place.agent("ana").reachable
        await asterisk.come_back()
        await place.daemon.backend.desktop_connected(AgentId("ben"))
        await place.until(lambda: not place.agent("ana").reachable)

        assert place.agent("ana").phone  # it is registered, but nobody looks at the page
        assert not place.agent("ana").desktop
        assert place.agent("ben").reachable
        caller = asterisk.caller_rings()
        await place.settle()
        assert place.call(caller).agent == "ben"


async def test_orphans_of_an_earlier_life_are_swept(tmp_path: Path) -> None:
    asterisk = FakeAsterisk()
    await asterisk.request("POST", "bridges/parley-1.9~b", query={"type": "mixing"})
    await asterisk.request("POST", "bridges/somebody-elses", query={"type": "mixing"})
    asterisk.phone("agent-ana")
    await asterisk.request(
        "POST", "channels/parley-1.9~1", query={"endpoint": "PJSIP/agent-ana", "app": "parley"}
    )
    async with house(tmp_path, asterisk=asterisk) as place:
        await asterisk.come_back()
        await place.settle()

        assert asterisk.leftovers() == ["somebody-elses"]


# --- records --------------------------------------------------------------------------------------


async def test_a_database_that_is_away_costs_no_record_even_if_the_daemon_dies_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asterisk = FakeAsterisk()
    real = Database.work

    def away(self: Database, *_: object, **__: object) -> None:
        raise StorageUnavailable("the database is away")

    async with house(tmp_path, asterisk=asterisk) as place:
        await place.sign_in("ana")
        first = asterisk.caller_rings()
        await place.settle()
        monkeypatch.setattr(Database, "work", away)
        asterisk.hang_up(first)
        second = asterisk.caller_rings("+12025550102")
        await place.settle()
        asterisk.hang_up(second)
        await place.until(lambda: not place.daemon.recorder.healthy)
        assert (await place.daemon.backend.health())["recorder"] == "waiting for the database"
        assert (await place.daemon.backend.health())["database"] == "storage_unavailable"
    monkeypatch.setattr(Database, "work", real)

    async with house(tmp_path, asterisk=asterisk) as place:
        assert (await place.record(first)).outcome == Outcome.COMPLETED
        assert (await place.record(second)).outcome == Outcome.ABANDONED_IN_QUEUE
        async with place.database.work() as work:
            records = await work.interactions.everything()
        assert sorted(r.external_id for r in records) == sorted([first, second])
        assert set((await place.daemon.backend.health()).values()) == {"ok"}


# --- a reloaded page ------------------------------------------------------------------------------


async def test_a_reloaded_page_gets_its_call_back_on_a_fresh_leg(tmp_path: Path) -> None:
    async with house(tmp_path) as place:
        caller = await place.talking()
        await place.daemon.backend.rejoin(AgentId("ana"), CallId(caller))
        await place.settle()

        assert set(place.asterisk.bridges[f"{caller}~b"]) == {caller, f"{caller}~1r1"}
        assert len(place.asterisk.channels) == 2
        assert place.call(caller).state is CallState.TALKING
        place.asterisk.hang_up(f"{caller}~1r1")
        await place.settle()
        assert place.call(caller).why is EndReason.AGENT_HUNG_UP


async def test_a_fresh_leg_told_of_twice_takes_over_once(tmp_path: Path) -> None:
    async with house(tmp_path) as place:
        caller = await place.talking()
        place.asterisk.duplicate("StasisStart")

        await place.daemon.backend.rejoin(AgentId("ana"), CallId(caller))
        await place.settle()
        place.daemon.talks.leg_came(f"{caller}~1r1", OfferId(f"{caller}~1"))  # and once more, later
        await place.settle()

        assert set(place.asterisk.bridges[f"{caller}~b"]) == {caller, f"{caller}~1r1"}


async def test_a_fresh_leg_that_cannot_be_joined_leaves_the_old_one(tmp_path: Path) -> None:
    async with house(tmp_path) as place:
        caller = await place.talking()
        leg = place.asterisk.agents_leg(caller)
        await place.daemon.talks.retrieve(CallId(caller))  # takes both in hand
        place.asterisk.fail("addChannel", status=422)

        await place.daemon.backend.rejoin(AgentId("ana"), CallId(caller))
        await place.settle()

        assert set(place.asterisk.bridges[f"{caller}~b"]) == {caller, leg}
        place.asterisk.hang_up(leg)
        await place.settle()
        assert place.live() == []


async def test_a_fresh_leg_nobody_answers_changes_nothing(tmp_path: Path) -> None:
    async with house(tmp_path) as place:
        caller = await place.talking()
        place.asterisk.phone("agent-ana", PhoneManner.RINGS)
        await place.daemon.backend.rejoin(AgentId("ana"), CallId(caller))

        place.asterisk.advance(timedelta(seconds=11))
        await place.settle()

        assert place.call(caller).state is CallState.TALKING


async def test_a_fresh_leg_answered_after_the_call_is_let_go(tmp_path: Path) -> None:
    async with house(tmp_path) as place:
        caller = await place.talking()
        place.asterisk.phone("agent-ana", PhoneManner.RINGS)
        await place.daemon.backend.rejoin(AgentId("ana"), CallId(caller))
        place.asterisk.hang_up(caller)
        await place.settle()

        place.asterisk.answer(f"{caller}~1r1")
        await place.settle()

        assert place.asterisk.leftovers() == []


async def test_a_rejoined_call_is_found_again_after_a_restart(tmp_path: Path) -> None:
    asterisk = FakeAsterisk()
    async with house(tmp_path, asterisk=asterisk) as place:
        caller = await place.talking()
        await place.daemon.backend.rejoin(AgentId("ana"), CallId(caller))
        await place.settle()

    async with house(tmp_path, asterisk=asterisk) as place:
        await asterisk.come_back()
        await place.settle()
        assert place.call(caller).state is CallState.TALKING
        asterisk.hang_up(f"{caller}~1r1")
        await place.settle()
        assert place.call(caller).why is EndReason.AGENT_HUNG_UP


async def test_nobody_can_be_rung_into_a_call_that_is_not_hers(tmp_path: Path) -> None:
    async with house(tmp_path) as place:
        caller = await place.talking()
        with pytest.raises(Refused, match="not with agent ben"):
            await place.daemon.backend.rejoin(AgentId("ben"), CallId(caller))

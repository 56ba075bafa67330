"""What the desktop may ask of the daemon."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from acd import commands as ask
from acd.agent import AgentState
from acd.call import CallState
from acd.ids import AgentId, CallId, SkillId
from acd.machine import Refused
from agent_desktop.server.ports import Unavailable, WrapUp
from crm_core.domain.errors import StorageUnavailable
from crm_core.storage.database import Database
from cti.ari.errors import Disconnected
from telephony_config.model import Desktop, Number, Skill, ToEcho
from tests.fakes.asterisk import FakeAsterisk, PhoneManner
from tests.fakes.house import SITE, SUPPORT, HandClock, House, house, user
from tests.unit.cti.people_who_call import GRACE, STRANGER, add_grace

pytestmark = pytest.mark.unit

ANA, BEN = AgentId("ana"), AgentId("ben")


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as made:
        yield made


async def wraps_up(place: House) -> CallId:
    """Ana has talked and does her after-call work."""
    await place.sign_in("ana")
    call = CallId(place.asterisk.caller_rings(STRANGER))
    await place.settle()
    place.asterisk.hang_up(call)
    await place.settle()
    assert place.agent("ana").state is AgentState.WRAP_UP
    return call


def away(self: Database, *_: object, **__: object) -> None:
    raise StorageUnavailable("away")


async def test_logging_in_reads_the_agent_anew(place: House) -> None:
    async with place.database.work() as work:
        ana = await work.users.get("ana")
        await work.users.save(replace(ana, skills={"support": 5}))
        await work.commit()

    await place.daemon.backend.ask(ask.LogIn(agent=ANA))

    assert place.agent("ana").profile.skills == {"support": 5}


async def test_logging_in_while_the_customer_base_is_away_says_so(
    place: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Database, "work", away)
    with pytest.raises(Unavailable, match="customer base"):
        await place.daemon.backend.ask(ask.LogIn(agent=ANA))


async def test_a_refusal_of_the_floor_is_passed_on_as_it_is(place: House) -> None:
    with pytest.raises(Refused):
        await place.daemon.backend.ask(ask.GoReady(agent=ANA))


async def test_a_page_that_opens_shows_the_agent_and_her_day(place: House) -> None:
    await place.daemon.backend.desktop_connected(ANA)

    assert place.shown("ana", "me").desktop
    assert place.shown("ana", "today").handled == 0
    await place.daemon.backend.desktop_lost(ANA)
    assert not place.shown("ana", "me").desktop


async def test_a_closed_laptop_in_mid_ring_sends_the_call_to_somebody_else(place: House) -> None:
    await place.sign_in("ana", PhoneManner.RINGS)
    call = place.asterisk.caller_rings()
    await place.settle()
    await place.sign_in("ben")

    place.asterisk.phone_goes("agent-ana")
    await place.settle()

    assert place.call(call).agent == "ben"
    assert place.asterisk.ringing() == []


async def test_who_stays_without_her_page_is_signed_out_also_by_the_next_daemon(
    tmp_path: Path,
) -> None:
    clock, asterisk = HandClock(), FakeAsterisk()

    async def pass_by(place: House, minutes: int) -> None:
        clock.advance(timedelta(minutes=minutes))
        place.daemon.timers.fire_due()
        await place.settle()

    async with house(tmp_path, ["ana", "ben", "eve"], clock=clock, asterisk=asterisk) as place:
        for name in ("ana", "ben", "eve"):
            await place.sign_in(name)
            await place.daemon.backend.desktop_lost(AgentId(name))
        await pass_by(place, 14)
        await place.daemon.backend.desktop_connected(AgentId("ben"))
        await place.daemon.backend.desktop_connected(AgentId("eve"))
        await pass_by(place, 2)
        assert place.agent("ana").state is AgentState.LOGGED_OUT
        assert place.agent("ben").state is AgentState.READY
        await place.daemon.backend.desktop_lost(AgentId("eve"))
        await place.settle()

    async with house(tmp_path, clock=clock, asterisk=asterisk) as place:
        await asterisk.come_back()
        await pass_by(place, 14)
        assert place.agent("eve").state is AgentState.READY
        await pass_by(place, 2)
        assert place.agent("eve").state is AgentState.LOGGED_OUT
        assert place.agent("ben").state is AgentState.READY


async def test_a_second_log_in_of_one_agent_changes_nothing(place: House) -> None:
    await place.sign_in("ana")
    before = place.agent("ana")
    await place.daemon.backend.ask(ask.LogIn(agent=ANA))
    assert place.agent("ana") == before


async def test_a_phone_is_issued_with_a_secret_of_its_own(place: House) -> None:
    first = await place.daemon.backend.issue_phone(ANA)
    second = await place.daemon.backend.issue_phone(ANA)
    assert first.sip_user == second.sip_user == "agent-ana"
    assert first.password != second.password
    assert place.asterisk.phones["agent-ana"].fields["auth.password"] == second.password
    assert first.display_name == "Ana"


async def test_logging_out_takes_the_phone_away(place: House) -> None:
    await place.sign_in("ana")
    await place.daemon.backend.ask(ask.LogOut(agent=ANA))
    await place.until(lambda: "agent-ana" not in place.asterisk.phones)
    await place.until(lambda: not place.agent("ana").phone)

    await place.sign_in("ana")
    assert place.agent("ana").reachable


async def test_a_phone_that_cannot_be_taken_away_is_only_logged(
    place: House, caplog: pytest.LogCaptureFixture
) -> None:
    await place.sign_in("ana")
    place.asterisk.fail("DELETE .*endpoint/agent-ana", error=Disconnected)
    await place.daemon.backend.ask(ask.LogOut(agent=ANA))
    await place.until(lambda: "phone not removed" in caplog.messages)


async def test_a_phone_whose_session_is_over_is_taken_away_while_the_shift_goes_on(
    place: House,
) -> None:
    await place.sign_in("ana")
    await place.daemon.backend.issue_phone(ANA)
    await place.daemon.backend.revoke_phone(ANA)
    assert "agent-ana" not in place.asterisk.phones
    await place.until(lambda: not place.agent("ana").phone)
    assert place.agent("ana").signed_in
    await place.daemon.backend.revoke_phone(ANA)  # gone already: fine


async def test_a_phone_that_asterisk_does_not_give_up_is_asked_for_again(place: House) -> None:
    await place.sign_in("ana")
    place.asterisk.fail("DELETE .*endpoint/agent-ana", error=Disconnected)
    with pytest.raises(Unavailable):
        await place.daemon.backend.revoke_phone(ANA)


async def test_a_browser_says_nothing_of_a_desk_phone(tmp_path: Path) -> None:
    ana = user("ana", phone="sip", preferences={"sip_uri": "sip:ana@10.0.0.9"})
    async with house(tmp_path, [ana]) as place:
        await place.daemon.backend.ask(ask.LogIn(agent=ANA))
        assert place.agent("ana").phone
        await place.daemon.backend.revoke_phone(ANA)  # no browser ever had it
        await place.daemon.backend.phone_is(ANA, registered=False)
        place.asterisk.phone_goes("agent-ana")
        await place.settle()
        assert place.agent("ana").phone


async def test_a_demo_caller_gets_a_phone_of_her_own(place: House) -> None:
    phone = await place.daemon.backend.issue_demo_caller(GRACE)
    fields = place.asterisk.phones[phone.sip_user].fields
    assert phone.sip_user.startswith("caller-")
    assert fields["endpoint.context"] == "from-demo"
    anonymous = await place.daemon.backend.issue_demo_caller("")
    assert anonymous.sip_user != phone.sip_user


async def test_agents_and_demo_callers_are_told_of_the_sites_stun_servers(tmp_path: Path) -> None:
    stun = "stun:stun.example.org:3478"
    site = replace(SITE, desktop=Desktop(ice_servers=(stun,)))
    async with house(tmp_path, site=site) as place:
        for phone in (
            await place.daemon.backend.issue_phone(ANA),
            await place.daemon.backend.issue_demo_caller(GRACE),
        ):
            assert [tuple(one.urls) for one in phone.ice_servers] == [(stun,)]


async def test_only_a_demo_site_has_demo_callers_and_numbers(tmp_path: Path) -> None:
    echo = Number(dnis="190", label="Echo", language="en", target=ToEcho())
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    async with house(tmp_path / "a", site=replace(SITE, numbers=(*SITE.numbers, echo))) as place:
        assert [number.number for number in place.daemon.backend.demo_numbers()] == ["100"]
    async with house(tmp_path / "b", site=replace(SITE, demo=False)) as place:
        assert place.daemon.backend.demo_numbers() == []
        with pytest.raises(Unavailable, match="demo = true"):
            await place.daemon.backend.issue_demo_caller("")


async def test_pages_are_told_what_things_are_called_in_each_language(tmp_path: Path) -> None:
    (number,) = SITE.numbers
    site = replace(
        SITE,
        queue_names={SUPPORT: {"en": "Support", "zh": "技术支持"}},
        skills=(Skill(id=SkillId("support"), name="Support", names={"fa": "پشتیبانی"}),),
        numbers=(replace(number, labels={"zh": "总机"}),),
    )
    async with house(tmp_path, site=site) as place:
        names = place.daemon.backend.names()
        assert names.queues == {"support": {"en": "Support", "zh": "技术支持", "fa": "Support"}}
        assert names.skills == {"support": {"en": "Support", "zh": "Support", "fa": "پشتیبانی"}}
        assert names.numbers == {"100": {"en": "Support", "zh": "总机", "fa": "Support"}}
        assert place.daemon.backend.demo_numbers()[0].labels == names.numbers["100"]


async def test_facts_of_a_call_can_be_asked(place: House) -> None:
    assert place.daemon.backend.call(CallId("nobody")) is None
    call = await wraps_up(place)
    facts = place.daemon.backend.call(call)
    assert facts is not None
    assert (facts.state, facts.ani, facts.dnis) == ("ended", STRANGER, "100")
    assert (facts.queue, facts.agent, facts.party_id) == ("support", "ana", None)
    assert facts.interaction_id == (await place.record(call)).id


async def test_a_note_typed_in_the_call_is_there_after_a_reload_and_gone_after_the_wrap_up(
    place: House,
) -> None:
    call = await wraps_up(place)
    await place.daemon.backend.save_note(call, "wants a call back")
    assert place.shown("ana", "wrap_up").note == "wants a call back"

    await place.daemon.backend.finish_wrap_up(
        ANA, WrapUp(call=call, disposition="resolved", note="wants a call back")
    )

    assert place.daemon.desk._notes.of(call) == ""
    assert (await place.record(call)).note == "wants a call back"
    assert place.shown("ana", "today").recent[0].disposition == "resolved"


async def test_a_note_is_kept_when_her_time_is_over_before_she_sent_the_form(
    place: House,
) -> None:
    call = await wraps_up(place)
    await place.daemon.backend.save_note(call, "wants a call back")
    await place.daemon.engine.ask(ask.GoReady(agent=ANA))
    assert (await place.record(call)).note == "wants a call back"
    assert place.daemon.desk._notes.of(call) == ""


async def test_page_and_phone_that_come_in_the_same_moment_are_both_known(place: House) -> None:
    await place.daemon.backend.ask(ask.LogIn(agent=ANA))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(place.daemon.backend.desktop_connected(ANA))
        await asyncio.sleep(0)  # the floor has not heard of the page yet
        await place.daemon.backend.phone_is(ANA, registered=True)
    await place.settle()
    assert place.agent("ana").reachable

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(place.daemon.backend.desktop_lost(ANA))
        await asyncio.sleep(0)
        await place.daemon.backend.phone_is(ANA, registered=False)
    await place.settle()
    assert not place.agent("ana").desktop
    assert not place.agent("ana").phone


async def test_a_note_of_a_call_without_an_agent_is_kept_too(place: House) -> None:
    call = CallId(place.asterisk.caller_rings())
    await place.settle()
    await place.daemon.backend.save_note(call, "draft")
    assert place.daemon.desk._notes.of(call) == "draft"


async def test_a_form_that_comes_after_the_time_is_over_is_stored_and_ends_no_other_wrap_up(
    place: House,
) -> None:
    first = await wraps_up(place)
    await place.daemon.engine.ask(ask.GoReady(agent=ANA))
    second = CallId(place.asterisk.caller_rings("+12025550101"))
    await place.settle()
    place.asterisk.hang_up(second)
    await place.settle()
    assert place.agent("ana").call == second

    await place.daemon.backend.finish_wrap_up(
        ANA, WrapUp(call=first, disposition="resolved", note="late")
    )

    assert (await place.record(first)).disposition == "resolved"
    assert place.agent("ana").state is AgentState.WRAP_UP


async def test_a_party_chosen_late_is_written_into_the_record(place: House) -> None:
    grace = await add_grace(place.database)
    call = await wraps_up(place)
    assert (await place.record(call)).party_id is None

    await place.daemon.backend.choose_party(call, grace.id)

    assert (await place.record(call)).party_id == grace.id
    assert place.shown("ana", "wrap_up").party_id == grace.id


async def test_a_party_chosen_while_it_rings_is_recorded_with_the_call(place: House) -> None:
    grace = await add_grace(place.database)
    await place.sign_in("ana", PhoneManner.RINGS)
    call = CallId(place.asterisk.caller_rings(STRANGER))
    await place.settle()
    await place.daemon.backend.choose_party(call, grace.id)
    place.asterisk.hang_up(call)
    await place.settle()
    assert (await place.record(call)).party_id == grace.id


async def test_rejoining_without_a_connection_says_so(place: House) -> None:
    await place.sign_in("ana")
    call = CallId(place.asterisk.caller_rings())
    await place.settle()
    assert place.call(call).state is CallState.TALKING
    place.asterisk.drop_socket()
    with pytest.raises(Unavailable, match="telephony"):
        await place.daemon.backend.rejoin(ANA, call)


async def test_health_names_each_component(place: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert set((await place.daemon.backend.health()).items()) == {
        ("asterisk", "ok"), ("database", "ok"), ("journal", "ok"), ("recorder", "ok"),
        ("trunks", "ok"),
    }  # fmt: skip
    place.asterisk.drop_socket()
    place.daemon.journal.healthy = False
    health = await place.daemon.backend.health()
    assert health["asterisk"] == "not connected"
    assert health["journal"] == "cannot be written: is the disk full?"
    place.daemon.journal.healthy = True


async def test_health_does_not_wait_for_a_component_that_hangs(place: House) -> None:
    async def hangs() -> str:
        await asyncio.Event().wait()
        return ""

    parts = place.daemon.backend._parts
    backend = type(place.daemon.backend)(
        replace(parts, patience=timedelta(0), checks={"asterisk": hangs})
    )
    assert await backend.health() == {"asterisk": "does not answer in time"}


async def test_why_is_answered_while_it_rings_and_long_after(place: House) -> None:
    await place.sign_in("ana", PhoneManner.RINGS)
    call = CallId(place.asterisk.caller_rings())
    await place.settle()
    (ringing,) = await place.daemon.backend.why(call)
    assert (ringing.agent_name, ringing.ended) == ("Ana", "ringing")
    assert "Ana" in ringing.sentence
    place.asterisk.advance(timedelta(seconds=30))
    await place.settle()
    place.asterisk.hang_up(call)
    await place.settle()
    await place.record(call)

    (recent,) = await place.daemon.backend.why(call)
    place.daemon.decisions._offers.clear()  # as after many more calls
    (stored,) = await place.daemon.backend.why(call)

    assert recent.ended == stored.ended == "rona"
    assert stored == recent
    assert await place.daemon.backend.why(CallId("nobody")) == []


async def test_an_offer_that_was_answered_is_so_long_after(place: House) -> None:
    call = CallId(await place.talking())
    place.asterisk.hang_up(call)
    await place.settle()
    await place.record(call)
    place.daemon.decisions._offers.clear()

    (stored,) = await place.daemon.backend.why(call)

    assert stored.ended == "answered"

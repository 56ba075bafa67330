"""Callers in our hands: through the menus, into the wait, and found again."""

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
from acd.ids import CallId
from acd.reasons import EndReason, NotReadyReason, Outcome
from agent_desktop.server.ports import Unavailable
from crm_core.domain.party import Party
from tests.fakes.asterisk import FakeAsterisk, PhoneManner
from tests.fakes.house import SUPPORT, House, house
from tests.unit.cti.people_who_call import PIN, STRANGER, add_grace
from tests.unit.cti.test_flow_of_a_call import MENU_SITE

pytestmark = pytest.mark.unit

MAIN = "200"


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, site=MENU_SITE) as made:
        yield made


async def listens(place: House) -> None:
    """Something is being said to the caller."""
    await place.until(lambda: place.asterisk.playbacks)


async def hears(place: House, prompt: str) -> None:
    """The caller hears what is said until ``prompt`` is."""
    async with asyncio.timeout(10):
        while not any(
            media.endswith(prompt)
            for playback in place.asterisk.playbacks.values()
            for media in playback.media
        ):
            place.asterisk.advance(timedelta(seconds=60))
            await asyncio.sleep(0.001)


async def proves_to_be(place: House, party: Party) -> str:
    """A caller hears his order by number and PIN and asks for an agent."""
    caller = place.asterisk.caller_rings(STRANGER, dnis=MAIN)
    for prompt, keys in (
        ("language-choice", "1"),
        ("menu-main", "4"),
        ("ask-customer-number", f"{party.customer_number}#"),
        ("ask-pin", f"{PIN}#"),
        ("menu-after-order", "0"),
    ):
        await hears(place, prompt)
        place.asterisk.press(caller, keys)
        await place.settle()
    await place.until(lambda: place.call(caller).queue)
    return caller


async def test_who_hears_his_order_by_number_and_pin_is_known_for_certain(place: House) -> None:
    grace = await add_grace(place.database)
    await place.sign_in("ana", PhoneManner.RINGS)
    caller = await proves_to_be(place, grace)
    await place.until(lambda: place.call(caller).state is CallState.OFFERED)

    visit = place.daemon.visits.get(CallId(caller))
    assert visit is not None
    assert (visit.party_id, visit.verified) == (grace.id, True)
    await place.until(lambda: place.shown("ana", "pop").party is not None)
    assert place.shown("ana", "pop").verified
    place.asterisk.hang_up(caller)
    await place.settle()
    record = await place.record(caller)
    assert (record.party_id, record.verified) == (grace.id, True)


async def test_a_caller_at_night_is_told_so_and_let_go(tmp_path: Path) -> None:
    closed = tuple(replace(queue, hours=OpeningHours()) for queue in MENU_SITE.queues)
    async with house(tmp_path, site=replace(MENU_SITE, queues=closed)) as place:
        caller = place.asterisk.caller_rings(dnis=MAIN)
        await hears(place, "closed")
        place.asterisk.advance(timedelta(minutes=1))
        await place.until(lambda: place.call(caller).state is CallState.ENDED)
        await place.settle()

        assert place.call(caller).why is EndReason.SERVED_BY_IVR
        assert place.asterisk.leftovers() == []
        assert (await place.record(caller)).ivr_path == ("ivr.closed",)


async def test_who_hangs_up_in_the_menus_has_abandoned_them(place: House) -> None:
    caller = place.asterisk.caller_rings(dnis=MAIN)
    await listens(place)
    place.asterisk.hang_up(caller)
    await place.settle()
    assert place.call(caller).outcome is Outcome.ABANDONED_IN_IVR
    assert place.asterisk.leftovers() == []


async def test_who_was_in_the_menus_when_the_daemon_died_is_greeted_again(tmp_path: Path) -> None:
    asterisk = FakeAsterisk()
    async with house(tmp_path, site=MENU_SITE, asterisk=asterisk) as place:
        caller = asterisk.caller_rings(dnis=MAIN)
        await listens(place)
    asterisk.advance(timedelta(minutes=5))

    async with house(tmp_path, site=MENU_SITE, asterisk=asterisk) as place:
        await asterisk.come_back()
        await listens(place)
        assert place.call(caller).state is CallState.IN_IVR
        visit = place.daemon.visits.get(CallId(caller))
        assert visit is not None
        assert visit.busy
        await asterisk.come_back()  # once more: the dialogue goes on
        assert visit.busy


async def test_who_had_only_just_come_in_when_the_connection_fell_is_queued(place: House) -> None:
    place.asterisk.lose("StasisStart")
    caller = CallId(place.asterisk.caller_rings(dnis="100"))
    await place.daemon.engine.ask(ask.StartCall(call=caller, ani="", dnis="100"))

    await place.asterisk.come_back()
    await place.settle()

    assert place.call(caller).state is CallState.QUEUED


async def test_nothing_is_done_for_callers_who_are_not_here(place: House) -> None:
    visits, nobody = place.daemon.visits, CallId("nobody")
    visits.begin_dialogue(nobody)
    visits.begin_waiting(nobody, SUPPORT, 1)
    visits.end_waiting(nobody)
    visits.moved(nobody, 1, None)
    visits.hung_up(nobody)
    visits.close(nobody)
    assert len(visits) == 0


async def test_the_same_caller_is_opened_once(place: House) -> None:
    first = place.daemon.visits.open(CallId("c1"), ani="", dnis="100")
    assert place.daemon.visits.open(CallId("c1"), ani="", dnis="100") is first
    place.daemon.visits.end_waiting(CallId("c1"))  # nothing was under way
    place.daemon.visits.close(CallId("c1"))


async def test_a_caller_who_cannot_be_handed_over_waits_on(place: House) -> None:
    await place.sign_in("ana", PhoneManner.RINGS)
    place.asterisk.fail(r"POST channels/.*/continue", status=409)
    caller = place.asterisk.caller_rings(dnis="100")
    await place.until(lambda: place.agent("ana").reason is NotReadyReason.PHONE_FAILED)
    assert place.call(caller).state is CallState.QUEUED


async def test_a_caller_who_hangs_up_as_she_is_handed_over_blames_nobody(place: House) -> None:
    await place.sign_in("ana", PhoneManner.RINGS)
    place.asterisk.fail(r"POST channels/.*/continue", status=404)
    place.asterisk.lose("StasisEnd")
    caller = place.asterisk.caller_rings(dnis="100")
    place.asterisk.hang_up(caller)
    await place.settle()
    await place.until(lambda: not place.live())
    assert place.call(caller).why is EndReason.CALLER_HUNG_UP
    assert place.agent("ana").state is AgentState.READY


async def test_a_fresh_leg_for_a_call_nobody_knows_is_let_go(place: House) -> None:
    place.daemon.talks._rejoining.add("nobody~1r1")
    place.daemon.talks.leg_came("nobody~1r1", None)
    await place.settle()
    assert place.asterisk.requests[-1].method == "DELETE"


async def test_a_rejoin_that_cannot_be_rung_is_forgotten(place: House) -> None:
    await place.sign_in("ana")
    caller = CallId(place.asterisk.caller_rings(dnis="100"))
    await place.settle()
    place.asterisk.fail(r"POST channels/[^/]*r1$", status=500)
    agent = place.call(caller).agent
    assert agent is not None
    with pytest.raises(Unavailable):
        await place.daemon.backend.rejoin(agent, caller)
    assert place.daemon.talks._rejoining == set()

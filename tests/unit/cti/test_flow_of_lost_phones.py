"""Phones that are lost while they ring, by our fault or their own: nobody is stuck for it."""

from pathlib import Path

import pytest

from acd.agent import AgentState
from acd.call import CallState
from acd.ids import AgentId
from acd.reasons import EndReason, NotReadyReason
from cti.phones import phone_id
from tests.fakes.asterisk import FakeAsterisk, PhoneManner
from tests.fakes.house import house

pytestmark = pytest.mark.unit


async def test_after_an_asterisk_restart_an_agent_whose_browser_rang_is_ready_as_before(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as place:
        await place.asterisk.come_back()
        caller = await place.ringing()
        place.asterisk.restart()
        await place.daemon.backend.phone_is(AgentId("ana"), registered=False)  # her page says so
        await place.asterisk.come_back()
        await place.settle()
        assert place.call(caller).why is EndReason.ENGINE_LOST

        await place.daemon.backend.phone_is(AgentId("ana"), registered=True)
        await place.settle()

        assert place.agent("ana").state is AgentState.READY


async def test_browser_phones_lost_with_the_daemon_ring_and_are_ready_again_when_they_are_back(
    tmp_path: Path,
) -> None:
    """Their signalling goes through the daemon's web server."""
    asterisk = FakeAsterisk()
    async with house(tmp_path, asterisk=asterisk) as place:
        await asterisk.come_back()
        caller = await place.ringing()
        await place.sign_in("ben", PhoneManner.RINGS)
    for agent in ("ana", "ben"):
        asterisk.phone(phone_id(AgentId(agent)), PhoneManner.UNREACHABLE)

    async with house(tmp_path, asterisk=asterisk) as place:
        await asterisk.come_back()
        await place.settle()
        assert place.call(caller).state is CallState.QUEUED
        assert asterisk.ringing() == []
        assert place.agent("ben").state is AgentState.READY  # but nobody is sent to her

        asterisk.phone_comes("agent-ana")
        asterisk.phone_comes("agent-ben")
        await place.settle()

        assert asterisk.ringing() == [asterisk.agents_leg(caller)]
        assert place.call(caller).agent == "ana"
        assert place.agent("ben").state is AgentState.READY
        asterisk.hang_up(caller)
        await place.settle()
        assert place.agent("ana").state is AgentState.READY
        assert asterisk.leftovers() == []


async def test_the_earlier_pages_address_that_goes_late_does_not_make_the_agent_unreachable(
    tmp_path: Path,
) -> None:
    """A page that takes the phone over registers it from another address."""
    async with house(tmp_path) as place:
        await place.asterisk.come_back()
        await place.sign_in("ana", PhoneManner.RINGS)
        place.asterisk.phone_comes("agent-ana")
        place.asterisk.phone_moves("agent-ana", "sip:two@127.0.0.1")
        await place.settle()
        assert place.agent("ana").phone

        place.asterisk.phone_goes("agent-ana")
        await place.settle()
        assert not place.agent("ana").phone


@pytest.mark.parametrize("named", [False, True])
async def test_a_phone_that_forwards_its_calls_is_set_aside_and_the_next_agent_is_rung(
    tmp_path: Path, named: bool
) -> None:
    async with house(tmp_path) as place:
        if named:
            await place.sign_in("ana", PhoneManner.FORWARDS)
            await place.named("ana")
            caller = place.asterisk.caller_rings()
        else:
            caller = place.asterisk.caller_rings()
            await place.settle()
            await place.sign_in("ana", PhoneManner.FORWARDS)
        await place.settle()
        assert place.call(caller).state is CallState.QUEUED
        assert place.agent("ana").reason is NotReadyReason.PHONE_FORWARDED

        await place.sign_in("ben")
        await place.settle()
        assert place.call(caller).agent == "ben"
        assert place.call(caller).state is CallState.TALKING

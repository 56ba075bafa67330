"""Desk phones register with secrets of their own; one that is silent is not rung for long."""

import asyncio
import hashlib
from pathlib import Path

import pytest

from acd import commands as ask
from acd.agent import AgentState
from acd.call import CallState
from acd.ids import AgentId
from acd.reasons import NotReadyReason
from crm_core.domain.errors import BadValue
from crm_core.services.users import give_desk_phone, remove_desk_phone
from cti.phones import phone_id, sip_digest
from tests.fakes.asterisk import PhoneManner
from tests.fakes.house import House, house

pytestmark = pytest.mark.unit

ANA = AgentId("ana")
DIGEST = sip_digest(ANA, "secret")


async def given(place: House, digest: str = DIGEST, *, anew: bool = False) -> None:
    async with place.database.work(actor="command line") as work:
        await give_desk_phone(work, "ana", digest, anew=anew)
    await look(place)


async def look(place: House) -> None:
    await place.daemon.people.look_at_phones()
    await place.daemon.phones.push_registering()
    await place.settle()


def test_what_is_kept_of_a_secret_is_the_digest_that_sip_proves() -> None:
    assert hashlib.md5(b"agent-ana:parley:secret").hexdigest() == DIGEST


async def test_a_phone_can_register_before_anybody_signs_in(tmp_path: Path) -> None:
    async with house(tmp_path) as place:
        await given(place)

        fields = place.asterisk.phones["agent-ana"].fields
        assert (fields["auth.auth_type"], fields["auth.md5_cred"]) == ("md5", DIGEST)
        assert "aor.contact" not in fields
        assert fields["aor.qualify_frequency"] != "0", "so that one that is unplugged is noticed"
        assert fields["endpoint.context"] == "from-desk-phones"


async def test_it_stays_when_the_agent_signs_out_and_rings_when_she_is_back(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as place:
        await given(place)
        place.asterisk.phone("agent-ana", PhoneManner.UNREACHABLE)
        place.asterisk.phone_comes("agent-ana")
        for _ in range(2):
            await place.daemon.backend.ask(ask.LogIn(agent=ANA))
            await place.daemon.backend.desktop_connected(ANA)
            await place.daemon.backend.ask(ask.GoReady(agent=ANA))
            assert place.agent("ana").phone
            await place.daemon.backend.ask(ask.LogOut(agent=ANA))
            await place.settle()
            assert "agent-ana" in place.asterisk.phones


async def test_a_phone_that_is_unplugged_is_shown_and_not_rung(tmp_path: Path) -> None:
    async with house(tmp_path) as place:
        await given(place)
        place.asterisk.phone("agent-ana", PhoneManner.UNREACHABLE)
        place.asterisk.phone_comes("agent-ana")
        await place.daemon.backend.ask(ask.LogIn(agent=ANA))
        await place.daemon.backend.desktop_connected(ANA)
        await place.daemon.backend.ask(ask.GoReady(agent=ANA))
        place.daemon.phones.reported(ANA, reachable=False)
        await place.settle()
        caller = place.asterisk.caller_rings()
        await place.settle()

        assert place.shown("ana", "me").phone is False
        assert place.call(caller).state is CallState.QUEUED


async def test_a_new_secret_takes_the_place_of_the_old_and_a_removed_phone_is_gone(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as place:
        await given(place)
        other = sip_digest(ANA, "another")
        await given(place, other, anew=True)
        assert place.asterisk.phones["agent-ana"].fields["auth.md5_cred"] == other

        async with place.database.work() as work:
            assert await remove_desk_phone(work, "ana")
            assert not await remove_desk_phone(work, "ana")
        await look(place)
        assert "agent-ana" not in place.asterisk.phones
        assert not place.daemon.phones.has_desk_phone(ANA)


async def test_a_second_phone_and_a_new_secret_of_none_are_refused(tmp_path: Path) -> None:
    async with house(tmp_path) as place, place.database.work() as work:
        with pytest.raises(BadValue, match="no desk phone yet"):
            await give_desk_phone(work, "ana", DIGEST, anew=True)
        await give_desk_phone(work, "ana", DIGEST, anew=False)
        with pytest.raises(BadValue, match="parley phone secret"):
            await give_desk_phone(work, "ana", DIGEST, anew=False)


async def test_who_is_at_work_with_her_browser_keeps_it_until_the_next_log_in(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as place:
        await place.sign_in("ana")
        await given(place)

        assert not place.daemon.phones.has_desk_phone(ANA)
        await place.daemon.backend.ask(ask.LogOut(agent=ANA))
        await look(place)
        assert place.asterisk.phones["agent-ana"].fields["auth.md5_cred"] == DIGEST


async def test_the_phones_are_known_again_after_asterisk_or_the_daemon_was_restarted(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as place:
        await place.asterisk.come_back()
        await given(place)
        place.asterisk.restart()
        await place.asterisk.come_back()
        await place.settle()
        assert "agent-ana" in place.asterisk.phones
    async with house(tmp_path) as place:
        await place.asterisk.come_back()
        await place.settle()
        assert place.asterisk.phones[phone_id(ANA)].fields["auth.md5_cred"] == DIGEST


async def test_a_phone_that_never_says_it_rings_is_unreachable_and_no_missed_call(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as place:
        await place.sign_in("ana", PhoneManner.DEAF)
        caller = place.asterisk.caller_rings()
        await place.settle()
        offer = place.call(caller).offer
        assert offer is not None
        place.daemon.ingress._still_silent(offer)
        await place.settle()

        assert place.agent("ana").state is AgentState.NOT_READY
        assert place.agent("ana").reason is NotReadyReason.UNREACHABLE
        assert place.call(caller).state is CallState.QUEUED


async def test_a_phone_that_rings_is_left_ringing(tmp_path: Path) -> None:
    async with house(tmp_path) as place:
        caller = await place.ringing()
        offer = place.call(caller).offer
        assert offer is not None
        place.daemon.ingress._still_silent(offer)
        await asyncio.sleep(0)
        await place.settle()

        assert place.call(caller).state is CallState.OFFERED

"""How many calls may come in: on a real Asterisk, before any of them costs more than a look."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import pytest

from cti.asterisk_logs import AsteriskLogs
from cti.call_control import CallControl
from cti.floods import FIRST, Floods
from telephony_config.embedded import EmbeddedAsterisk
from telephony_config.model import Trunk, TrunkByAddress
from tests.ari_http import ari_http
from tests.asterisk_fixture import running_asterisk, site
from tests.contract.ari.conftest import connected
from tests.contract.ari.test_real_connection import settings_of
from tests.fakes.sip_phone import SipMessage, SipPhone

pytestmark = pytest.mark.integration

ECHO = "5090"
TRUNK = Trunk(id="carrier", identify=TrunkByAddress(addresses=(ip_network("127.0.0.0/8"),)))


@contextlib.asynccontextmanager
async def asterisk_with(folder: Path, trunk: Trunk) -> AsyncIterator[EmbeddedAsterisk]:
    async with running_asterisk(folder / "asterisk", of=site(trunks=(trunk,))) as server:
        yield server


@contextlib.asynccontextmanager
async def phone(
    server: EmbeddedAsterisk, name: str, address: str = "127.0.0.1"
) -> AsyncIterator[SipPhone]:
    port = server.runtime.ports.sip_udp
    found = await SipPhone.open(("127.0.0.1", port), name, address=address)
    try:
        yield found
    finally:
        found.close()


async def outcomes(caller: SipPhone, calls: int) -> list[int]:
    """Ring so often in one moment; the final status of each call, the lowest first."""
    dialogs = [await caller.dial(ECHO) for _ in range(calls)]
    async with asyncio.timeout(10):
        while not all(each.final_status for each in dialogs):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return sorted(each.final_status for each in dialogs)


def answer_to(caller: SipPhone, method: str, status: int) -> SipMessage:
    """The answer to the latest of its calls that was answered so."""
    calls = {each.call_id: number for number, each in enumerate(caller.dialogs)}
    found = [each for each in caller.heard if (each.method, each.status) == (method, status)]
    assert found, f"nothing was answered with {status}"
    return max(found, key=lambda each: calls[each["Call-ID"]])


async def test_a_flood_from_one_address_takes_nothing_from_callers_at_another(
    tmp_path: Path,
) -> None:
    trunk = replace(TRUNK, max_rate=10, max_calls=40)
    async with (
        asterisk_with(tmp_path, trunk) as server,
        phone(server, "flood", "127.0.0.2") as flood,
        phone(server, "caller") as caller,
    ):
        flooded = await outcomes(flood, 60)
        real = await outcomes(caller, 3)

        assert flooded.count(503) >= 45, "five a second are let in, the rest is refused"
        assert real == [200, 200, 200]
        assert "PARLEY_REFUSED_full_carrier=" in await server.cli("dialplan show globals")


async def test_a_trunk_has_as_many_calls_at_once_as_it_may(tmp_path: Path) -> None:
    trunk = replace(TRUNK, max_calls=4, max_rate=1000, max_calls_per_address=3)
    async with (
        asterisk_with(tmp_path, trunk) as server,
        phone(server, "one") as one,
        phone(server, "two", "127.0.0.2") as two,
    ):
        assert await outcomes(one, 5) == [200, 200, 200, 503, 503]
        assert await outcomes(two, 2) == [200, 503], "the trunk is full, though its address is not"

        for each in one.dialogs:
            if each.final_status == 200:
                one.hang_up(each)
        await asyncio.sleep(0.5)
        assert await outcomes(one, 1) == [200]


async def test_a_phone_that_rings_in_by_itself_has_a_few_calls_at_once(tmp_path: Path) -> None:
    async with asterisk_with(tmp_path, TRUNK) as server, phone(server, "caller-x") as mine:
        async with ari_http(server.runtime) as ari:
            await ari.push_phone("caller-x", context="from-demo", contact=mine.contact)

        assert await outcomes(mine, 5) == [200, 200, 200, 503, 503]


async def test_hashed_addresses_are_all_that_is_kept_of_those_who_flood(tmp_path: Path) -> None:
    """As many variables as there are addresses would fill Asterisk's memory."""
    trunk = replace(TRUNK, max_calls=10, max_rate=10)
    async with asterisk_with(tmp_path, trunk) as server, contextlib.AsyncExitStack() as stack:
        for last in range(2, 14):
            one = await stack.enter_async_context(phone(server, "x", f"127.0.0.{last}"))
            await outcomes(one, 1)

        said = await server.cli("dialplan show globals")
        kept = [line for line in said.splitlines() if "PARLEY_SECOND_~" in line]
        assert 0 < len(kept) <= 12
        assert "127.0.0." not in said


async def test_who_floods_us_is_answered_with_retry_after_and_costs_no_session(
    tmp_path: Path,
) -> None:
    """A refused call that nobody acknowledges has two ports and 80 kB for half a minute."""
    trunk = replace(TRUNK, max_rate=10, max_calls=40)
    async with (
        asterisk_with(tmp_path, trunk) as server,
        connected(settings_of(server)) as client,
        phone(server, "flood", "127.0.0.2") as flood,
        phone(server, "caller") as caller,
    ):
        now = [datetime(2026, 12, 1, tzinfo=UTC)]
        floods = Floods(CallControl(client), server.cli, now=lambda: now[0])
        await outcomes(flood, 3)
        await floods.look()
        assert floods.shut_out == [], "a few calls are no flood"
        talking = flood.last

        await outcomes(flood, 100)
        await floods.look()
        assert floods.shut_out == ["127.0.0.2"]
        assert await outcomes(flood, 1) == [503]
        assert int(answer_to(flood, "INVITE", 503)["Retry-After"]) > 0
        assert await outcomes(caller, 3) == [200, 200, 200]
        flood.hang_up(talking)
        await asyncio.sleep(0.3)
        assert answer_to(flood, "BYE", 200)["Call-ID"] == talking.call_id, "it goes on meanwhile"

        now[0] += FIRST
        await asyncio.sleep(1.1)  # the second of the flood is over for the door too
        await floods.look()
        assert floods.shut_out == []
        assert await outcomes(flood, 1) == [200]


async def test_no_number_of_a_strangers_stays_in_asterisks_logs(tmp_path: Path) -> None:
    trunk = replace(TRUNK, identify=TrunkByAddress(addresses=(ip_network("127.0.0.3/32"),)))
    async with (
        asterisk_with(tmp_path, trunk) as server,
        phone(server, "stranger") as stranger,
        phone(server, "carrier", "127.0.0.3") as carrier,
    ):
        for _ in range(8):  # of so many, Asterisk writes who they say they are
            await stranger.dial(ECHO, caller="+12025550123")
        await carrier.dial(ECHO, caller="+12025550123", name="\udcff Ana Ruiz")
        await asyncio.sleep(1)

        await AsteriskLogs(OwnLine(server)).look()

        logs = await asyncio.to_thread(read_all, server.runtime.log)
        assert "SecurityEvent" in logs
        assert "2025550123" not in logs
        assert "Ana Ruiz" not in logs


class OwnLine:
    """The command line of this Asterisk."""

    def __init__(self, server: EmbeddedAsterisk) -> None:
        self.log_dir: Path | None = server.runtime.log
        self.cli = server.cli


def read_all(folder: Path) -> str:
    return "\n".join(path.read_text(errors="replace") for path in folder.iterdir())

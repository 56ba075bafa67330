"""What only a real Asterisk can show about the connection: replacing, restarting, outbound."""

import asyncio
import socket
from pathlib import Path
from random import Random

import pytest

from cti.ari.client import AriClient
from cti.ari.errors import SteppedDown
from cti.ari.events import StasisStart
from cti.ari.settings import AriSettings
from cti.call_control import CallControl
from telephony_config.embedded import EmbeddedAsterisk
from telephony_config.render import DialDaemon
from tests.asterisk_fixture import asterisk, free_port, running_asterisk
from tests.contract.ari.conftest import connected, listening
from tests.contract.ari.stage import RealStage
from tests.fakes.asterisk_server import eventually

__all__ = ["asterisk"]

pytestmark = pytest.mark.integration


def settings_of(server: EmbeddedAsterisk, **changes: object) -> AriSettings:
    run = server.runtime
    base: dict[str, object] = {
        "url": run.ari_url,
        "user": run.ari_user,
        "password": run.ari_password,
    }
    return AriSettings(**(base | changes))  # type: ignore[arg-type]


async def test_a_second_daemon_makes_the_first_step_down(asterisk: EmbeddedAsterisk) -> None:
    first = AriClient(settings_of(asterisk), chance=Random(1))
    running = asyncio.get_running_loop().create_task(first.run())
    async with asyncio.timeout(5):
        await first.wait_connected()

    async with connected(settings_of(asterisk)) as second:
        async with asyncio.timeout(5):
            with pytest.raises(SteppedDown):
                await running

        assert not first.connected
        assert second.connected
        assert await second.request("GET", "channels") == []


async def test_a_waiting_caller_outlives_the_daemon_and_is_found_by_the_next(
    asterisk: EmbeddedAsterisk,
) -> None:
    async with connected(settings_of(asterisk)) as client:
        stage = RealStage(client, asterisk.runtime.ports.sip_udp)
        async with listening(stage, client.events()):
            call = await stage.caller()
            await stage.control.answer(call)
            await stage.control.set_variables(call, {"PARLEY_STATE": "queued:support"})

    try:
        async with connected(settings_of(asterisk)) as successor:
            control = CallControl(successor)
            assert await control.owned_channels() == {call}
            assert await control.variable(call, "PARLEY_STATE") == "queued:support"
            await control.hang_up(call)
    finally:
        stage.close()


async def test_it_finds_back_to_a_restarted_asterisk_with_its_new_password(
    asterisk: EmbeddedAsterisk,
) -> None:
    async with connected(settings_of(asterisk)) as client:
        await asterisk.restart()
        assert not client.connected
        client.use(settings_of(asterisk))
        await eventually(lambda: client.connected)

        assert await client.request("GET", "channels") == []


async def test_asterisk_can_dial_the_daemon_and_calls_are_served(tmp_path: Path) -> None:
    port = free_port(socket.SOCK_STREAM)
    dial = DialDaemon(uri=f"ws://127.0.0.1:{port}/ari", user="asterisk", password="knock")
    async with running_asterisk(tmp_path / "asterisk", dial_daemon=dial) as server:
        settings = settings_of(
            server,
            mode="outbound",
            listen_port=port,
            listen_user="asterisk",
            listen_password="knock",
        )
        for _ in range(2):
            async with connected(settings) as client:
                stage = RealStage(client, server.runtime.ports.sip_udp)
                try:
                    async with listening(stage, client.events()):
                        call = await stage.caller()
                        await stage.control.answer(call)
                        await stage.control.hang_up(call)
                finally:
                    stage.close()
                assert len(stage.log.all(StasisStart)) == 1

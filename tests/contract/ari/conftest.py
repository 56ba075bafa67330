"""The three stages of the ARI contract."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest

from cti.ari.client import AriClient
from cti.ari.settings import AriSettings
from tests.asterisk_fixture import free_port, running_asterisk
from tests.contract.ari.stage import FakeStage, RealStage, Stage
from tests.fakes.asterisk import FakeAsterisk
from tests.fakes.asterisk_server import PASSWORD, USER, FakeAriServer


@asynccontextmanager
async def connected(settings: AriSettings) -> AsyncIterator[AriClient]:
    client = AriClient(settings, chance=Random(7))
    running = asyncio.get_running_loop().create_task(client.run())
    try:
        async with asyncio.timeout(5):
            await client.wait_connected()
        yield client
    finally:
        running.cancel()
        await asyncio.wait([running])


@asynccontextmanager
async def listening(stage: Stage, events: object) -> AsyncIterator[Stage]:
    task = asyncio.get_running_loop().create_task(stage.log.listen(events))
    try:
        yield stage
    finally:
        task.cancel()
        await asyncio.wait([task])


@pytest.fixture(params=["fake", "socket", "real"])
async def stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stage]:
    if request.param == "real":
        async with running_asterisk(tmp_path / "asterisk") as server:
            run = server.runtime
            settings = AriSettings(url=run.ari_url, user=run.ari_user, password=run.ari_password)
            async with connected(settings) as client:
                real = RealStage(client, run.ports.sip_udp)
                try:
                    async with listening(real, client.events()):
                        yield real
                finally:
                    real.close()
        return
    fake = FakeAsterisk()
    if request.param == "fake":
        async with listening(FakeStage(fake), fake.events()) as stage:
            yield stage
        return
    async with FakeAriServer(fake).serving() as served:
        settings = AriSettings(url=served.url, user=USER, password=PASSWORD)
        async with (
            connected(settings) as client,
            listening(FakeStage(fake, client), client.events()) as stage,
        ):
            yield stage


@pytest.fixture
def unused_tcp_port() -> int:
    return free_port(socket.SOCK_STREAM)

"""The daemon as ``parley up`` runs it, with Asterisk's API served by the fake."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from agent_desktop.server.serve import PortTaken
from crm_core.storage import migrate
from cti import app
from cti.announcing import Ready
from cti.ari.errors import Disconnected
from cti.journal import Journal
from cti.settings import Asterisk, Desktop, Settings, Tls
from cti.sites import DEMO_SITE
from tests.fakes.asterisk import FakeAsterisk
from tests.fakes.asterisk_server import PASSWORD, USER, FakeAriServer
from tests.fakes.house import until

pytestmark = pytest.mark.integration


@pytest.fixture
async def server() -> AsyncIterator[FakeAriServer]:
    async with FakeAriServer(FakeAsterisk()).serving() as made:
        yield made


@pytest.fixture
async def settings(tmp_path: Path, server: FakeAriServer) -> Settings:
    made = Settings(
        data_dir=tmp_path,
        cache_dir=tmp_path,
        desktop=Desktop(host="127.0.0.1", port=0),
        asterisk=Asterisk(url=server.url, user=USER, password=PASSWORD),
    )
    await migrate.upgrade(made.database_url)
    return made


async def test_it_starts_serves_and_ends_in_order(
    settings: Settings, server: FakeAriServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "cti")
    told: list[Ready] = []
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(app.run(settings, announce=told.append))
        await until(lambda: told or running.done())
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{told[0].url}api/health") as answer,
        ):
            assert answer.status == 200
            assert (await answer.json())["components"]["asterisk"] == "ok"
        caller = server.asterisk.caller_rings("+12025550100", dnis="5004")
        await until(lambda: server.asterisk.channels[caller].state == "Up")

        os.kill(os.getpid(), signal.SIGTERM)
        await until(lambda: any("waiting for calls to end" in said for said in caplog.messages))
        late = server.asterisk.caller_rings("+12025550101", dnis="5004")
        await until(lambda: server.asterisk.hung_up.get(late) == 34)
        assert not running.done(), "a call is waited for"
        server.asterisk.hang_up(caller)
        assert await running == 0

    journal = Journal(settings.journal_file)
    await journal.open()
    assert await journal.snapshot() is not None
    await journal.close()


async def test_asked_twice_it_drops_the_calls(settings: Settings, server: FakeAriServer) -> None:
    told: list[Ready] = []
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(app.run(settings, announce=told.append))
        await until(lambda: told or running.done())
        caller = server.asterisk.caller_rings("+12025550100", dnis="5004")
        await until(lambda: server.asterisk.channels[caller].state == "Up")

        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)
        assert await running == 0


async def test_it_serves_https_with_a_certificate_of_its_own(settings: Settings) -> None:
    told: list[Ready] = []
    settings = replace(settings, tls=Tls(enabled=True))
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(app.run(settings, announce=told.append))
        await until(lambda: told or running.done())
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{told[0].url}api/health", ssl=False) as answer,
        ):
            assert answer.status == 200
        os.kill(os.getpid(), signal.SIGTERM)
        assert await running == 0


async def test_hang_up_reads_again_what_can_be_and_ends_nothing(
    settings: Settings, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level("INFO", "cti")
    told: list[Ready] = []
    file = tmp_path / "site.toml"
    await asyncio.to_thread(file.write_text, DEMO_SITE.read_text("utf-8"), "utf-8")
    settings = replace(settings, tls=Tls(enabled=True), site=file)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(app.run(settings, announce=told.append))
        await until(lambda: told or running.done())
        text = file.read_text("utf-8").replace('number = "5004"', 'number = "5005"')
        await asyncio.to_thread(file.write_text, text, "utf-8")
        os.kill(os.getpid(), signal.SIGHUP)
        await until(lambda: "site file has changed" in caplog.messages)
        assert "certificate read again" in caplog.messages
        await asyncio.to_thread(file.write_text, "[site", "utf-8")
        os.kill(os.getpid(), signal.SIGHUP)
        await until(lambda: any("has faults" in said for said in caplog.messages))
        assert not running.done()
        os.kill(os.getpid(), signal.SIGTERM)
        assert await running == 0


def _nobody_is_told(_: Ready) -> None:
    raise AssertionError("it did not get ready")


async def test_a_taken_port_is_told_with_the_remedy(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        taken = replace(settings, desktop=Desktop(host="127.0.0.1", port=port))
        with pytest.raises(BaseExceptionGroup) as caught:
            await app.run(taken, announce=_nobody_is_told)
    assert caught.group_contains(PortTaken, match="choose another port")


async def test_an_asterisk_that_does_not_take_us_is_told_with_the_remedy(
    settings: Settings,
) -> None:
    wrong = replace(
        settings,
        asterisk=replace(settings.asterisk, password="wrong"),
        timeouts=replace(settings.timeouts, asterisk_start=timedelta(seconds=0.5)),
    )
    with pytest.raises(BaseExceptionGroup) as caught:
        await app.run(wrong, announce=_nobody_is_told)
    assert caught.group_contains(Disconnected, match="are user and password right")

"""What surrounds the server breaks: disk, port, database, floor."""

import asyncio
import logging
from pathlib import Path

import pytest

from acd import commands as c
from acd.machine import UnknownAgent
from agent_desktop.server.app import create_app
from agent_desktop.server.config import DesktopConfig
from agent_desktop.server.hub import Hub
from agent_desktop.server.serve import PortTaken, serve
from tests.integration.agent_desktop.conftest import Start

pytestmark = pytest.mark.integration


async def test_a_taken_port_is_told_with_the_remedy(start: Start) -> None:
    async with start() as desk:
        app = create_app(DesktopConfig(), desk.backend, desk.database, Hub(epoch="x"))
        with pytest.raises(PortTaken) as taken:
            await serve(app, host="127.0.0.1", port=desk.port)
        assert f"port {desk.port} on 127.0.0.1 is taken" in str(taken.value)
        assert "choose another port" in str(taken.value)


async def test_a_full_disk_costs_the_kept_session_not_the_log_in(
    start: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "no_folder").write_text("a file where a folder should be")
    with caplog.at_level(logging.WARNING):
        async with start(sessions_file=tmp_path / "no_folder" / "sessions.jsonl") as desk:
            ana = await desk.signed_in("ana")
            assert (await ana.ask("GET", "/api/session")).status == 200
    ours = [record for record in caplog.records if record.name.startswith("agent_desktop")]
    said = [record.message for record in ours]  # asyncio's debug mode has its own on a busy machine
    assert said == ["sessions not restored", "session not kept on disk"]


async def test_a_database_that_is_away_is_a_503_and_the_rest_goes_on(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        await desk.database.close()
        answer = await ana.ask("GET", "/api/parties?q=nancy")
        assert (answer.status, answer.code) == (503, "storage_unavailable")
        async with ana.window() as window:
            assert (await window.ask("go_ready"))["ok"]


@pytest.mark.parametrize("error", [UnknownAgent("no agent ana"), ZeroDivisionError()])
async def test_a_floor_that_does_not_know_the_agent_still_lets_her_page_come_up(
    start: Start, error: Exception
) -> None:
    async with start() as desk:
        desk.backend.refusals[c.LogIn] = error
        ana = await desk.signed_in("ana")
        async with ana.window() as window:
            assert (await window.next())["type"] == "welcome"


async def test_forty_browsers_that_return_at_once_are_all_resumed(start: Start) -> None:
    async with start(sockets_per_session=50) as desk:
        sam = await desk.signed_in("sam")
        for number in range(200):
            desk.hub.put("agents", f"a{number}", {"n": number})
        async with sam.window() as window:
            epoch = (await window.next())["epoch"]
            frames = [await window.next() for _ in range(4)]
            seqs = {frame["topic"]: frame["seq"] for frame in frames}
        desk.hub.put("agents", "a7", {"n": 1000})
        desk.hub.drop("agents", "a8")

        async def come_back() -> None:
            async with sam.window(epoch=epoch, seqs=seqs) as window:
                missed = await window.until("delta", topic="agents")
                assert missed["put"] == {"a7": {"n": 1000}}
                assert missed["drop"] == ["a8"]

        async with asyncio.TaskGroup() as tasks:
            for _ in range(40):
                tasks.create_task(come_back())

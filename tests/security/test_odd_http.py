"""Nothing that can be written to the desktop's port makes it stumble or tell of itself."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import pytest

from agent_desktop.server.security import HEADERS
from tests.integration.agent_desktop.desk import Desk, desk
from tests.security.odd_http import EDGES_OF_TIME, FRAMES, ROUTES, requests

pytestmark = [pytest.mark.integration, pytest.mark.security]

AT_ONCE = 20


@asynccontextmanager
async def running(folder: Path, template: Path) -> AsyncIterator[Desk]:
    def lay_out() -> None:
        (folder / "dist" / "assets").mkdir(parents=True)
        (folder / "dist" / "index.html").write_text("<!doctype html>")

    await asyncio.to_thread(lay_out)
    limits = {"failures_per_address": 9_999, "failures_per_user": 9_999}
    async with desk(folder, template, web_dist=folder / "dist", **limits) as one:
        yield one


async def told(port: int, raw: bytes) -> bytes:
    """The head of what the server answers to ``raw``; empty when it just closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
    try:
        with suppress(ConnectionError):
            writer.write(raw)
            writer.write_eof()
            async with asyncio.timeout(10):
                return (await reader.readuntil(b"\r\n\r\n")).partition(b"\r\n\r\n")[0]
    except asyncio.IncompleteReadError as cut:
        return cut.partial
    finally:
        writer.close()
    return b""


def faults_of(head: bytes) -> list[str]:
    """What is wrong with an answer, whatever it answers."""
    first, _, rest = head.decode("latin-1").partition("\r\n")
    headers = {line.partition(":")[0].lower() for line in rest.split("\r\n")}
    status = first.split(" ")[1] if " " in first else ""
    wrong = [f"lacks {name}" for name in HEADERS if name.lower() not in headers]
    if not status.startswith(("2", "3", "4")):
        wrong.append(f"says {first!r}")
    if "server" in headers:
        wrong.append("tells the version")
    if status == "405" and "allow" not in headers:
        wrong.append("does not say what is allowed")
    return wrong


async def test_no_odd_request_makes_the_server_stumble(
    tmp_path: Path, template: Path, caplog: pytest.LogCaptureFixture
) -> None:
    wrong: dict[str, list[str]] = {}
    at_once = asyncio.Semaphore(AT_ONCE)

    async def ask(port: int, name: str, raw: bytes) -> None:
        async with at_once:
            head = await told(port, raw)
        if head and (found := faults_of(head)):
            wrong[name] = found

    with caplog.at_level(logging.WARNING):
        async with running(tmp_path, template) as one, asyncio.TaskGroup() as tasks:
            for name, raw in requests():
                tasks.create_task(ask(one.port, name, raw))
    assert not wrong
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.parametrize("user", ["ana", "sam", "max", "root"])
async def test_no_odd_value_makes_a_route_stumble(
    tmp_path: Path, template: Path, user: str
) -> None:
    wrong: dict[str, int] = {}
    async with running(tmp_path, template) as one:
        browser = await one.signed_in(user)
        for method, path, body in ROUTES:
            answer = await browser.ask(method, path, body)
            if answer.status >= 500:
                wrong[f"{method} {path} {str(body)[:60]}"] = answer.status
    assert not wrong


@pytest.mark.parametrize("at", EDGES_OF_TIME)
async def test_a_cursor_at_the_edge_of_time_is_refused_or_finds_nothing(
    tmp_path: Path, template: Path, at: str
) -> None:
    async with running(tmp_path, template) as one:
        browser = await one.signed_in("ana")
        made = (await browser.ask("POST", "/api/parties", {"name": "Edge"})).json
        cursor = quote(f"{at}~{made['id']}")
        answer = await browser.ask("GET", f"/api/parties/{made['id']}/timeline?before={cursor}")
        assert answer.status in (200, 422)


@pytest.mark.parametrize("frame", FRAMES.values(), ids=list(FRAMES))
async def test_an_odd_frame_is_told_to_be_one_and_the_next_is_answered(
    tmp_path: Path, template: Path, frame: str | bytes
) -> None:
    async with running(tmp_path, template) as one:
        browser = await one.signed_in("ana")
        async with browser.window() as window:
            await window.until("welcome")
            if isinstance(frame, str):
                await window.socket.send_str(frame)
            else:
                await window.socket.send_bytes(frame)
            reply = await window.until("reply")
            assert (reply["ok"], reply["code"]) == (False, "malformed")
            assert (await window.ask("go_ready"))["id"] == 1

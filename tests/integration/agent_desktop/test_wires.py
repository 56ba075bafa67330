"""Connections that send nothing, or nothing whole, or do not read: each ends by itself."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent_desktop.server.serve import PortTaken, _listen
from cti.settings import Tls
from cti.tls import pair, server_context, wanted_names
from tests.integration.agent_desktop.conftest import Start
from tests.integration.agent_desktop.desk import Desk

pytestmark = pytest.mark.integration

SHORT: dict[str, Any] = {
    "header_within": timedelta(seconds=0.3),
    "body_within": timedelta(seconds=0.3),
    "keep_alive": timedelta(seconds=0.3),
    "hello_within": timedelta(seconds=0.3),
}
HEAD = b"Host: localhost\r\n"
POST = b"POST /api/session HTTP/1.1\r\n" + HEAD + b"Content-Type: application/json\r\n"
UPGRADE = (
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nOrigin: http://localhost\r\n"
)


@asynccontextmanager
async def wire(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def told(port: int, *parts: bytes, every: float = 0.1) -> bytes:
    """Say ``parts`` slowly; all that came until the server closed."""
    got = b""

    async def say(writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(every)

    async with wire(port) as (reader, writer), asyncio.timeout(9), asyncio.TaskGroup() as tasks:
        saying = tasks.create_task(say(writer))
        with suppress(ConnectionError):
            while piece := await reader.read(1000):
                got += piece
        saying.cancel()
    return got


async def test_whoever_keeps_the_server_waiting_is_let_go(start: Start) -> None:
    async with start(**SHORT) as desk, asyncio.TaskGroup() as tasks:
        said = {
            "silent": (b"",),
            "no whole line": (b"G", b"E", b"T", b" ", b"/") + (b"x",) * 30,
            "slow headers": (b"GET / HTTP/1.1\r\n", *[b"X-Header: y\r\n"] * 30),
            "slow second headers": (
                b"GET /api/health HTTP/1.1\r\n" + HEAD + b"\r\n",
                *[b"G"] * 30,
            ),
            "idle keep-alive": (b"GET /api/health HTTP/1.1\r\n" + HEAD + b"\r\n",),
            "slow body": (POST + b"Content-Length: 99\r\n\r\n", *[b"{"] * 40),
            "slow chunks": (POST + b"Transfer-Encoding: chunked\r\n\r\n", *[b"1\r\n{\r\n"] * 40),
            "a body nobody reads": (
                b"GET /api/health HTTP/1.1\r\n" + HEAD + b"Content-Length: 99\r\n\r\n",
                *[b"{"] * 40,
            ),
            "a websocket of nobody": (b"GET /ws HTTP/1.1\r\n" + HEAD + UPGRADE + b"\r\n",),
            "a telephone of nobody": (b"GET /sip HTTP/1.1\r\n" + HEAD + UPGRADE + b"\r\n",),
        }
        running = {name: tasks.create_task(told(desk.port, *parts)) for name, parts in said.items()}
    got = {name: task.result() for name, task in running.items()}
    assert got["silent"] == b""
    assert b" 408 " in got["slow body"].partition(b"\r\n")[0]
    assert b" 408 " in got["slow chunks"].partition(b"\r\n")[0]
    assert got["idle keep-alive"].startswith(b"HTTP/1.1 200")


async def test_silent_websockets_of_who_is_signed_in_end_too(start: Start) -> None:
    async with start(**SHORT) as desk:
        browser = await desk.signed_in("ana")
        async with browser.window(hello=False) as window:
            assert await window.closed() is not None


async def test_a_page_that_speaks_stays_longer_than_any_request_may(start: Start) -> None:
    limits = {**SHORT, "request_within": timedelta(seconds=0.3), "hello_within": timedelta(9)}
    async with start(**limits) as desk:
        browser = await desk.signed_in("ana")
        async with browser.window() as window:
            await window.until("welcome")
            await asyncio.sleep(2.5)
            assert (await window.ask("go_ready"))["type"] == "reply"


async def test_who_does_not_read_the_answer_is_let_go(start: Start, tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "big.js").write_bytes(b"x" * 30_000_000)
    async with start(**SHORT, request_within=timedelta(seconds=0.5), web_dist=tmp_path) as desk:
        reader, writer = await asyncio.open_connection("127.0.0.1", desk.port, limit=1000)
        writer.write(b"GET /assets/big.js HTTP/1.1\r\n" + HEAD + b"\r\n")
        assert (await reader.readline()).split()[1] == b"200"
        async with asyncio.timeout(8):
            while await open_to(desk):  # noqa: ASYNC110 - the kernel tells nobody
                await asyncio.sleep(0.1)
        writer.close()


async def open_to(desk: Desk) -> int:
    """How many connections the kernel has established to the desk's port, seen from it."""
    lines = await asyncio.to_thread(lambda: Path("/proc/net/tcp").read_text().splitlines()[1:])
    local = f":{desk.port:04X}"
    return sum(1 for line in lines if line.split()[1].endswith(local) and line.split()[3] == "01")


def connections(port: int, many: int) -> list[socket.socket]:
    return [socket.create_connection(("127.0.0.1", port)) for _ in range(many)]


async def test_six_hundred_silent_sockets_keep_nobody_from_signing_in(start: Start) -> None:
    few: dict[str, Any] = {"strangers": 60, "strangers_per_address": 50}
    async with start(**few) as desk:
        ana = await desk.signed_in("ana")
        async with ana.window() as window:
            await window.until("welcome")
            silent = await asyncio.to_thread(connections, desk.port, 600)
            try:
                assert (await desk.browser().log_in("ben")).status == 201
                assert (await ana.ask("GET", "/api/session")).status == 200
                assert (await window.ask("go_ready"))["type"] == "reply"
                assert await open_to(desk) < 80
            finally:
                for each in silent:
                    each.close()


async def test_who_never_shakes_hands_over_tls_is_let_go(tmp_path: Path, start: Start) -> None:
    names = await asyncio.to_thread(wanted_names, [])
    own = await asyncio.to_thread(pair, Tls(), tmp_path / "tls", names, now=datetime.now(UTC))
    context = await asyncio.to_thread(server_context, own)
    async with start(**SHORT, tls=True, server_tls=context) as desk:
        assert await told(desk.port) == b""
        trusting = await asyncio.to_thread(ssl.create_default_context, cafile=str(own.certificate))
        reader, writer = await asyncio.open_connection("localhost", desk.port, ssl=trusting)
        writer.write(b"GET /api/health HTTP/1.1\r\n" + HEAD + b"\r\n")
        assert (await reader.readline()).split()[1] == b"200"
        writer.close()


async def test_a_taken_port_is_told_with_the_remedy() -> None:
    (first,) = await _listen("127.0.0.1", 0)
    with first, pytest.raises(PortTaken, match="choose another port"):
        await _listen("127.0.0.1", first.getsockname()[1])


async def test_what_is_no_http_is_refused_with_the_headers_of_every_answer(start: Start) -> None:
    async with start(tls=True) as desk:
        said = (await told(desk.port, b"G@T / HTTP/1.1\r\n\r\n")).lower()
        assert said.startswith(b"http/1.0 400") or said.startswith(b"http/1.1 400")
        for name in (b"strict-transport-security", b"content-security-policy", b"x-frame-options"):
            assert name in said
        assert b"\nserver:" not in said
        assert b'"code":"malformed"' in said

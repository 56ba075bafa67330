"""The SIP websocket through the desktop server to a stand-in for Asterisk's."""

import asyncio
import contextlib
import pathlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
import websockets
from websockets.asyncio.server import ServerConnection

from agent_desktop.server import sip_proxy
from tests.fakes.sip_frames import request
from tests.integration.agent_desktop.conftest import Start
from tests.integration.agent_desktop.desk import Browser, Desk

pytestmark = pytest.mark.integration


def register(user: str) -> str:
    address = f"<sip:{user}@parley.invalid>"
    return request(From=f"{address};tag=1", To=address)


class Upstream:
    """Echoes with a 200, like a registrar that likes everybody."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.open: set[ServerConnection] = set()
        self.url = ""

    async def serve(self, connection: ServerConnection) -> None:
        self.open.add(connection)
        try:
            async for message in connection:
                self.got.append(str(message))
                await connection.send("SIP/2.0 200 OK\r\n\r\n")
        finally:
            self.open.discard(connection)


@asynccontextmanager
async def upstream() -> AsyncIterator[Upstream]:
    one = Upstream()
    async with websockets.serve(
        one.serve,
        "127.0.0.1",
        0,
        subprotocols=["sip"],  # type: ignore[list-item]
    ) as server:
        one.url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/ws"
        yield one


@asynccontextmanager
async def line(browser: Browser, desk: Desk) -> AsyncIterator[Any]:
    async with browser.http.ws_connect(
        f"{desk.origin}/sip", protocols=("sip",), headers={"Origin": desk.origin}
    ) as socket:
        yield socket


async def received(socket: aiohttp.ClientWebSocketResponse[bool]) -> Any:
    async with asyncio.timeout(5):
        return await socket.receive()


async def emptied(open_: set[ServerConnection]) -> None:
    async with asyncio.timeout(5):
        while open_:  # noqa: ASYNC110 -- another task empties it
            await asyncio.sleep(0.01)


async def test_an_agents_phone_speaks_with_asterisk_both_ways(start: Start) -> None:
    async with upstream() as asterisk, start(sip_upstream=asterisk.url) as desk:
        ana = await desk.signed_in("ana")
        await ana.ask("POST", "/api/phone", {})
        async with line(ana, desk) as socket:
            assert socket.protocol == "sip"
            await socket.send_str(register("agent-ana"))
            assert (await received(socket)).data.startswith("SIP/2.0 200")
        assert asterisk.got == [register("agent-ana")]
        await emptied(asterisk.open)


async def test_a_demo_caller_speaks_with_asterisk_without_a_session(start: Start) -> None:
    async with upstream() as asterisk, start(sip_upstream=asterisk.url) as desk:
        guest = desk.browser()
        phone = (await guest.ask("POST", "/api/demo/caller", {})).json
        async with line(guest, desk) as socket:
            await socket.send_str(register(phone["sip_user"]))
            assert (await received(socket)).data.startswith("SIP/2.0 200")


@pytest.mark.parametrize(
    "message",
    [
        register("agent-ben"),
        register("agent-ana") + register("agent-ben"),
        "MESSAGE sip:x SIP/2.0\r\n\r\n",
        "hi",
        register("agent-ana").encode(),
    ],
)
async def test_speaking_for_another_phone_ends_the_line(start: Start, message: str | bytes) -> None:
    async with upstream() as asterisk, start(sip_upstream=asterisk.url) as desk:
        ana = await desk.signed_in("ana")
        await ana.ask("POST", "/api/phone", {})
        async with line(ana, desk) as socket:
            await (socket.send_str if isinstance(message, str) else socket.send_bytes)(message)
            assert (await received(socket)).type is aiohttp.WSMsgType.CLOSE
            assert socket.close_code == 4403
        assert asterisk.got == []
        await emptied(asterisk.open)


async def test_without_an_issued_phone_there_is_no_line(start: Start) -> None:
    async with upstream() as asterisk, start(sip_upstream=asterisk.url) as desk:
        for browser in (desk.browser(), await desk.signed_in("ana")):
            async with line(browser, desk) as socket:
                assert (await received(socket)).type is aiohttp.WSMsgType.CLOSE
                assert socket.close_code == 4401
        assert asterisk.got == []


async def test_signing_out_ends_the_line(start: Start) -> None:
    async with upstream() as asterisk, start(sip_upstream=asterisk.url) as desk:
        ana = await desk.signed_in("ana")
        await ana.ask("POST", "/api/phone", {})
        async with line(ana, desk) as socket:
            await socket.send_str(register("agent-ana"))
            await received(socket)
            assert (await ana.ask("DELETE", "/api/session")).status == 204
            closing = await received(socket)
            assert (closing.type, closing.data) == (aiohttp.WSMsgType.CLOSE, 4401)
        await emptied(asterisk.open)


async def test_asterisk_hanging_up_closes_the_browsers_side(start: Start) -> None:
    async with upstream() as asterisk, start(sip_upstream=asterisk.url) as desk:
        ana = await desk.signed_in("ana")
        await ana.ask("POST", "/api/phone", {})
        async with line(ana, desk) as socket:
            await socket.send_str(register("agent-ana"))
            await received(socket)
            for connection in list(asterisk.open):
                await connection.close()
            assert (await received(socket)).type is aiohttp.WSMsgType.CLOSE


@pytest.mark.parametrize("url", ["", "ws://127.0.0.1:9/ws"])
async def test_telephony_away_is_try_again_later(start: Start, url: str) -> None:
    async with start(sip_upstream=url) as desk:
        ana = await desk.signed_in("ana")
        await ana.ask("POST", "/api/phone", {})
        async with line(ana, desk) as socket:
            assert (await received(socket)).type is aiohttp.WSMsgType.CLOSE
            assert socket.close_code == 1013


async def test_more_lines_than_allowed_are_refused(start: Start) -> None:
    async with upstream() as asterisk, start(sip_upstream=asterisk.url) as desk:
        ana = await desk.signed_in("ana")
        await ana.ask("POST", "/api/phone", {})
        async with (
            line(ana, desk),
            line(ana, desk),
            line(ana, desk),
            line(ana, desk),
            line(ana, desk) as fifth,
        ):
            assert (await received(fifth)).type is aiohttp.WSMsgType.CLOSE
            assert fifth.close_code == 4429


async def test_a_page_that_does_not_read_its_calls_is_cut_off(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sip_proxy, "SEND_WITHIN", 0.2)
    monkeypatch.setattr(sip_proxy, "CLOSE_WITHIN", 0.2)
    ended = asyncio.Event()

    async def talkative(connection: ServerConnection) -> None:
        with contextlib.suppress(websockets.ConnectionClosed):
            while True:
                await connection.send("SIP/2.0 200 " + "x" * 60_000 + "\r\n\r\n")
        ended.set()

    async with (
        websockets.serve(
            talkative,
            "127.0.0.1",
            0,
            subprotocols=["sip"],  # type: ignore[list-item]
        ) as server,
        start(
            sip_upstream=f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/ws",
            header_within=timedelta(seconds=0.5),
        ) as desk,
    ):
        browser = await desk.signed_in("ana")
        assert (await browser.ask("POST", "/api/phone", {})).status == 201
        cookie = "; ".join(f"{one.key}={one.value}" for one in browser.http.cookie_jar)
        reader, writer = await asyncio.open_connection("127.0.0.1", desk.port, limit=1_000)
        writer.write(
            f"GET /sip HTTP/1.1\r\nHost: 127.0.0.1:{desk.port}\r\nOrigin: {desk.origin}\r\n"
            f"Cookie: {cookie}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            "Sec-WebSocket-Protocol: sip\r\n\r\n".encode()
        )
        assert (await reader.readline()).split()[1] == b"101"
        async with asyncio.timeout(10):
            await ended.wait()
            while not server_sees_the_end(desk.port, writer):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        writer.close()


def server_sees_the_end(port: int, writer: asyncio.StreamWriter) -> bool:
    """Whether the kernel knows of no established connection of the server's to this client."""
    mine = int(writer.get_extra_info("sockname")[1])
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, state, *_ = line.split()
        if local.endswith(f":{port:04X}") and remote.endswith(f":{mine:04X}") and state == "01":
            return False
    return True

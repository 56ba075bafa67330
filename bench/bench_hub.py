"""B8: live figures to 500 sockets at 1,000 state changes a second, against a bare broadcast.

Capacity: the same frames as fast as the sockets drain, ours through hub and gateway (changes put,
compared, encoded once, fanned out) and the same bytes by ``websockets.broadcast`` and by a bare
aiohttp loop, interleaved in one run. Staleness: 1,000 changes a second in real time, from the
change to its arrival in the browsers' process. The browsers live in a process of their own.
"""

import asyncio
import base64
import json
import multiprocessing
import os
import socket
import statistics
import struct
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection as Pipe
from typing import Any

import uvloop
import websockets
from aiohttp import web
from typing_extensions import override
from websockets.asyncio.server import ServerConnection, broadcast

from agent_desktop.server.config import DesktopConfig
from agent_desktop.server.gateway import Gateway
from agent_desktop.server.hub import Hub
from agent_desktop.server.protocol import AgentRow
from agent_desktop.server.sessions import Sessions
from tests.fakes.backend import FakeBackend

SOCKETS = 500
CHANGES_PER_SECOND = 1000
AGENTS = 500
INTERVAL = 0.05
PER_FRAME = int(CHANGES_PER_SECOND * INTERVAL)
DRAINED = 64 * 1024
NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


# --- the browsers' process ------------------------------------------------------------------


class _Browser(asyncio.Protocol):
    """Shakes hands, says hello, then counts frames; looks for time stamps when asked to."""

    def __init__(self, hello: bytes, tally: "_Tally") -> None:
        self._hello, self._tally = hello, tally
        self._buffer = bytearray()
        self._open = False

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        wire = transport.get_extra_info("socket")  # a window as over a network, not of loopback
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        transport.write(  # type: ignore[attr-defined]
            b"GET /ws HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: " + base64.b64encode(os.urandom(16)) + b"\r\n"
            b"Sec-WebSocket-Version: 13\r\n\r\n"
        )

    @override
    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._open:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            assert b" 101 " in head.split(b"\r\n")[0], head
            self._buffer, self._open = bytearray(rest), True
            self._transport.write(self._hello)  # type: ignore[attr-defined]
        self._frames()

    def _frames(self) -> None:
        at, buffer = 0, self._buffer
        while len(buffer) - at >= 2:
            size, head = buffer[at + 1], 2
            if size == 126:
                head = 4
            elif size == 127:
                head = 10
            if len(buffer) - at < head:
                break
            if head > 2:
                size = int.from_bytes(buffer[at + 2 : at + head], "big")
            if len(buffer) - at < head + size:
                break
            self._tally.frame(buffer, at + head, size)
            at += head + size
        del buffer[:at]


class _Tally:
    """Frames of all browsers; with ``stamps`` the age of every change of a sample of them."""

    def __init__(self) -> None:
        self.frames = 0
        self.stamps = False
        self.ages: list[float] = []

    def frame(self, buffer: bytearray, start: int, size: int) -> None:
        self.frames += 1
        if not self.stamps or self.frames % 10:
            return
        now = time.monotonic_ns()
        text = bytes(buffer[start : start + size])
        if text.startswith(b'{"type":"delta"'):
            for row in json.loads(text)["put"].values():
                self.ages.append((now - int(row["reason"])) / 1e6)


def _browsers(pipe: Pipe) -> None:
    """Obeys the server's process: connect, count, report, leave."""
    uvloop.run(_obey(pipe))


async def _obey(pipe: Pipe) -> None:
    loop = asyncio.get_running_loop()
    tally = _Tally()
    transports: list[asyncio.Transport] = []
    while True:
        match await loop.run_in_executor(None, pipe.recv):
            case ("connect", port, hello):
                _leave(transports)
                transports = [
                    (
                        await loop.create_connection(
                            lambda: _Browser(hello, tally), "127.0.0.1", port
                        )
                    )[0]
                    for _ in range(SOCKETS)
                ]
            case ("count", stamps):
                tally.frames, tally.stamps, tally.ages = 0, stamps, []
            case ("await", frames):
                await _until(lambda: tally.frames >= frames)
            case "quit":
                _leave(transports)
                return
            case _:
                pass
        pipe.send((tally.frames, tally.ages))


def _leave(transports: Sequence[asyncio.Transport]) -> None:
    for transport in transports:
        transport.abort()


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(120):
        while not true():  # noqa: ASYNC110 -- another process makes it true
            await asyncio.sleep(0.001)


class _Crowd:
    """The browsers, seen from here."""

    def __init__(self) -> None:
        self._pipe, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context("spawn")
        self._process = context.Process(target=_browsers, args=(theirs,), daemon=True)
        self._process.start()

    async def do(self, *order: Any) -> tuple[int, list[float]]:
        self._pipe.send(order if len(order) > 1 else order[0])
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(120):
            answer: tuple[int, list[float]] = await loop.run_in_executor(None, self._pipe.recv)
        return answer

    def close(self) -> None:
        self._pipe.send("quit")
        self._process.join(10)


def _masked(text: bytes) -> bytes:
    key = os.urandom(4)
    body = bytes(byte ^ key[i % 4] for i, byte in enumerate(text))
    return (
        struct.pack("!BB", 0x81, 0x80 | len(text)) + key + body
        if len(text) < 126
        else (struct.pack("!BBH", 0x81, 0xFE, len(text)) + key + body)
    )


# --- the three servers ----------------------------------------------------------------------


def _row(agent: int, number: int, stamp: str) -> AgentRow:
    return AgentRow(
        id=f"agent{agent}",
        name=f"Agent Number {agent}",
        state=("ready", "talking", "wrap_up")[number % 3],
        reason=stamp,
        since=NINE + timedelta(seconds=number),
        queue="service",
        queue_name="Service",
        call=f"parley-1763784000.{number}",
        caller="Nancy Miller",
        desktop=True,
        phone=True,
        handled=number % 90,
        occupancy=0.61,
        skills={"english": 4, "billing": 3},
    )


class _Ours:
    """Hub and gateway as the product uses them, without REST and database."""

    def __init__(self) -> None:
        self.payloads: list[bytes] = []
        self.hub = Hub(epoch="bench", interval=INTERVAL)
        config = DesktopConfig(
            sockets_per_session=SOCKETS + 1,
            heartbeat=timedelta(hours=1),
            silence=timedelta(hours=2),
        )
        self._sessions = Sessions(config, lambda: NINE)
        backend = FakeBackend(self.hub, now=lambda: NINE)
        self._gateway = Gateway(config, backend, self.hub, self._sessions, now=lambda: NINE)
        self._number = 0

    async def start(self, tasks: asyncio.TaskGroup) -> tuple[int, bytes]:
        _token, session = await self._sessions.open(
            user="sam", name="Sam", roles=frozenset({"supervisor"}), language="en", theme="light"
        )
        app = web.Application()

        async def serve(request: web.Request) -> web.StreamResponse:
            return await self._gateway.serve(request, session)

        app.router.add_get("/ws", serve)
        self._running = tasks.create_task(self._gateway.run())
        self._runner, port = await _listen(app)
        hello = json.dumps({"type": "hello", "csrf": session.csrf}).encode()
        return port, _masked(hello)

    async def stop(self) -> None:
        for connection in list(self._gateway._connections):
            connection.cut()
        await _until(lambda: self._gateway.connections == 0)
        await self._runner.cleanup()
        self._running.cancel()

    def change(self, count: int) -> None:
        """``count`` agents change their state."""
        stamp = str(time.monotonic_ns())
        for _ in range(count):
            self._number += 1
            agent = self._number * 7 % AGENTS
            self.hub.put("agents", f"agent{agent}", _row(agent, self._number, stamp))

    def send(self, _index: int) -> None:
        self.change(PER_FRAME)
        self.hub.flush("agents")

    def transports(self) -> list[Any]:
        return [connection._transport for connection in self._gateway._connections]


class _Websockets:
    """``websockets.broadcast`` of the same bytes."""

    def __init__(self, payloads: Sequence[bytes]) -> None:
        self._payloads = payloads

    async def start(self, _tasks: asyncio.TaskGroup) -> tuple[int, bytes]:
        async def stay(connection: ServerConnection) -> None:
            await connection.wait_closed()

        self._server = await websockets.serve(
            stay, "127.0.0.1", 0, compression=None, ping_interval=None
        )
        return next(iter(self._server.sockets)).getsockname()[1], _masked(b"{}")

    async def stop(self) -> None:
        for transport in self.transports():
            transport.abort()
        self._server.close()
        await self._server.wait_closed()

    def send(self, index: int) -> None:
        broadcast(self._server.connections, self._payloads[index % len(self._payloads)])

    def transports(self) -> list[Any]:
        return [connection.transport for connection in self._server.connections]


class _Aiohttp:
    """A bare loop of ``send_str`` over aiohttp's websockets."""

    def __init__(self, payloads: Sequence[bytes]) -> None:
        self._payloads = [payload.decode() for payload in payloads]
        self._sockets: dict[web.WebSocketResponse, Any] = {}

    async def start(self, _tasks: asyncio.TaskGroup) -> tuple[int, bytes]:
        async def serve(request: web.Request) -> web.StreamResponse:
            socket = web.WebSocketResponse(compress=False)
            await socket.prepare(request)
            self._sockets[socket] = request.transport
            async for _ in socket:
                pass
            del self._sockets[socket]
            return socket

        app = web.Application()
        app.router.add_get("/ws", serve)
        self._runner, port = await _listen(app)
        return port, _masked(b"{}")

    async def stop(self) -> None:
        for transport in self.transports():
            transport.abort()
        await _until(lambda: not self._sockets)
        await self._runner.cleanup()

    async def send(self, index: int) -> None:
        payload = self._payloads[index % len(self._payloads)]
        for one in self._sockets:
            await one.send_str(payload)

    def transports(self) -> list[Any]:
        return list(self._sockets.values())


async def _listen(app: web.Application) -> tuple[web.AppRunner, int]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=SOCKETS).start()
    return runner, runner.addresses[0][1]


# --- measuring ------------------------------------------------------------------------------


async def _connected(server: Any, crowd: _Crowd, tasks: asyncio.TaskGroup) -> None:
    port, hello = await server.start(tasks)
    await crowd.do("connect", port, hello)
    await _until(lambda: len(server.transports()) >= SOCKETS)
    await asyncio.sleep(0.5)  # welcome and first snapshots


async def _capacity(make: Callable[[], Any], crowd: _Crowd, frames: int) -> tuple[float, float]:
    """Deliveries a second, and microseconds of the server's CPU for each."""
    async with asyncio.TaskGroup() as tasks:
        server = make()
        await _connected(server, crowd, tasks)
        transports = server.transports()
        await crowd.do("count", False)
        began, cpu = time.perf_counter(), time.process_time()
        for index in range(frames):
            sending = server.send(index)
            if sending is not None:
                await sending
            await asyncio.sleep(0)
            while any(one.get_write_buffer_size() > DRAINED for one in transports):  # noqa: ASYNC110
                await asyncio.sleep(0)
        await crowd.do("await", frames * SOCKETS)
        took, used = time.perf_counter() - began, time.process_time() - cpu
        await server.stop()
    deliveries = frames * SOCKETS
    return deliveries / took, used / deliveries * 1e6


async def _staleness(crowd: _Crowd, seconds: float) -> tuple[list[float], float]:
    """Ages in ms of changes at arrival, at 1,000 changes a second; and deliveries a second."""
    async with asyncio.TaskGroup() as tasks:
        server = _Ours()
        await _connected(server, crowd, tasks)
        await crowd.do("count", True)
        began = time.perf_counter()
        done = 0
        while (now := time.perf_counter() - began) < seconds:
            due = int(now * CHANGES_PER_SECOND)
            server.change(due - done)
            done = due
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.3)
        frames, ages = await crowd.do("report")
        await server.stop()
    return ages, frames / seconds


def _payloads() -> list[bytes]:
    """Frames as the hub makes them of 50 changes each."""
    made: list[bytes] = []

    def keep(frame: bytes) -> bytes:
        made.append(frame)
        return frame

    class Anyone:
        def deliver(self, _frame: bytes) -> bool:
            return True

    ours = _Ours()
    ours.hub = Hub(epoch="bench", interval=INTERVAL, wrap=keep)
    ours.hub.subscribe(Anyone(), ["agents"])
    made.clear()
    for index in range(40):
        ours.send(index)
    return made


async def _measure(quick: bool) -> list[dict[str, Any]]:
    frames, repeats, seconds = (40, 2, 3.0) if quick else (200, 5, 15.0)
    crowd = _Crowd()
    try:
        payloads = _payloads()
        results: dict[str, list[tuple[float, float]]] = {
            "ours": [],
            "websockets": [],
            "aiohttp": [],
        }
        for _ in range(repeats):
            results["ours"].append(await _capacity(_Ours, crowd, frames))
            results["websockets"].append(
                await _capacity(lambda: _Websockets(payloads), crowd, frames)
            )
            results["aiohttp"].append(await _capacity(lambda: _Aiohttp(payloads), crowd, frames))
        ages, rate = await _staleness(crowd, seconds)
    finally:
        crowd.close()
    rate_of = {name: statistics.median(one[0] for one in got) for name, got in results.items()}
    cpu_of = {name: statistics.median(one[1] for one in got) for name, got in results.items()}
    rows = [
        _row_of("deliveries", rate_of["ours"], "1/s", f"{peer} broadcast", rate_of[peer], 0.8)
        for peer in ("websockets", "aiohttp")
    ]
    rows.append(
        _row_of("CPU a delivery", cpu_of["ours"], "us", "websockets", cpu_of["websockets"], None)
    )
    p50, p99 = (statistics.quantiles(ages, n=100)[k] for k in (49, 98))
    rows.append(_limit_row("staleness p50", p50, "ms", None))
    rows.append(_limit_row("staleness p99", p99, "ms", 100.0))
    rows.append(_limit_row("deliveries at 1,000 changes/s", rate, "1/s", None))
    return rows


def _row_of(
    metric: str, value: float, unit: str, peer: str, peer_value: float, limit: float | None
) -> dict[str, Any]:
    ratio = value / peer_value
    return {
        "bench": "B8",
        "metric": metric,
        "value": round(value, 2),
        "unit": unit,
        "peer": peer,
        "peer_value": round(peer_value, 2),
        "ratio": round(ratio, 3),
        "limit": limit,
        "ok": limit is None or ratio >= limit,
    }


def _limit_row(metric: str, value: float, unit: str, limit: float | None) -> dict[str, Any]:
    return {
        "bench": "B8",
        "metric": metric,
        "value": round(value, 2),
        "unit": unit,
        "peer": "",
        "peer_value": None,
        "ratio": None,
        "limit": limit,
        "ok": limit is None or value <= limit,
    }


def run(quick: bool) -> list[dict[str, Any]]:
    """Measure; one row per figure."""
    return uvloop.run(_measure(quick))


if __name__ == "__main__":
    import sys

    for line in run("--quick" in sys.argv):
        print(json.dumps(line))

"""An agent's desktop without the page: logs in over REST, keeps her topic, sends her commands.

It speaks to the server as a browser does, so what works for it works for the page. Only what a
made-up agent needs is kept: her own topic, not the shared ones.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp
import msgspec

PATIENCE: Final = 10.0
"""Seconds for one request, or for the reply to one command."""
HEARTBEAT: Final = 20.0

Holds = Callable[[Mapping[str, Any]], bool]
Seen = Callable[[str, Mapping[str, Any], list[str]], None]
"""Told the topic, what was put and what was dropped, at the instant a frame arrived."""


class DesktopRefused(Exception):
    """The server said no; the message holds its own words."""


class Desktop:
    """One signed-in agent."""

    def __init__(self, base: str, http: aiohttp.ClientSession, *, seen: Seen | None = None) -> None:
        self._base, self._http, self._seen = base.rstrip("/"), http, seen
        self.user, self._csrf = "", ""
        self.own: dict[str, Any] = {}
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._waiters: list[tuple[Holds, asyncio.Future[None]]] = []
        self._ids = 0
        self._replies: dict[int, asyncio.Future[Mapping[str, Any]]] = {}
        self.closed = False

    async def log_in(self, user: str, password: str) -> None:
        """Sign in over REST."""
        reply = await self.request("POST", "/api/session", {"user": user, "password": password})
        self.user, self._csrf = user, str(reply["csrf"])

    async def connect(self) -> None:
        """Open the websocket; ``run`` must then read it."""
        async with asyncio.timeout(PATIENCE):
            self._socket = await self._http.ws_connect(
                f"{self._base}/ws", headers={"Origin": self._base}, heartbeat=HEARTBEAT
            )
            await self._socket.send_json({"type": "hello", "csrf": self._csrf})

    async def run(self) -> None:
        """Read the websocket until it closes."""
        assert self._socket is not None  # noqa: S101 - connect comes first
        mine = f"agent:{self.user}"
        try:
            async for message in self._socket:
                if message.type is aiohttp.WSMsgType.TEXT and not _shared(message.data):
                    await self._take(msgspec.json.decode(message.data), mine)
        finally:
            self.closed = True
            for reply in self._replies.values():
                reply.cancel()
            self._tell()

    async def _take(self, frame: Mapping[str, Any], mine: str) -> None:
        match frame["type"]:
            case "snapshot" | "delta":
                self._merge(frame, mine)
            case "reply":
                waiting = self._replies.pop(frame["id"], None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(frame)
            case "ping" if self._socket is not None:
                await self._socket.send_str('{"type":"pong"}')
            case _:
                return
        if frame.get("topic") == mine:
            self._tell()

    def _tell(self) -> None:
        """Wake who waits for what is so now: not everybody at every frame, there are hundreds."""
        for waiter in list(self._waiters):
            holds, told = waiter
            if self.closed or holds(self.own):
                self._waiters.remove(waiter)
                if not told.done():
                    told.set_result(None)

    def _merge(self, frame: Mapping[str, Any], mine: str) -> None:
        put, drop = frame.get("put") or frame.get("values") or {}, frame.get("drop", [])
        if frame["topic"] == mine:
            if frame["type"] == "snapshot":
                self.own.clear()
            self.own.update(put)
            for key in drop:
                self.own.pop(key, None)
        if self._seen is not None:
            self._seen(frame["topic"], put, drop)

    @property
    def state(self) -> str:
        """The agent's state as her page shows it; empty before the first frame."""
        return str(self.own.get("me", {}).get("state", ""))

    async def until(self, holds: Holds) -> None:
        """Wait until her topic is so, or the connection is closed."""
        if self.closed or holds(self.own):
            return
        told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append((holds, told))
        await told

    async def ask(self, kind: str, **values: Any) -> bool:
        """Send a command; tell whether it was done."""
        if self._socket is None or self.closed:
            return False
        self._ids += 1
        reply: asyncio.Future[Mapping[str, Any]] = asyncio.get_running_loop().create_future()
        self._replies[self._ids] = reply
        async with asyncio.timeout(PATIENCE):
            await self._socket.send_json({"type": kind, "id": self._ids, **values})
            return bool((await reply)["ok"])

    async def request(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        """One REST request; raises ``DesktopRefused`` unless it succeeds."""
        headers = {"Origin": self._base} | ({"X-CSRF-Token": self._csrf} if self._csrf else {})
        async with (
            asyncio.timeout(PATIENCE),
            self._http.request(method, self._base + path, json=body, headers=headers) as answer,
        ):
            text = await answer.text()
            if answer.status >= 400:
                raise DesktopRefused(f"{method} {path}: {answer.status} {_detail(text)}")
            return dict(json.loads(text)) if text else {}

    async def close(self) -> None:
        """Close the websocket."""
        if self._socket is not None:
            async with asyncio.timeout(PATIENCE):
                await self._socket.close()


def _shared(frame: str) -> bool:
    """Whether it tells only what every agent may see: a made-up one does not look at it."""
    return '"topic":"queues"' in frame[:60]


def _detail(text: str) -> str:
    try:
        return str(json.loads(text).get("detail", ""))
    except ValueError:
        return text[:200]


@asynccontextmanager
async def signed_in(
    base: str,
    user: str,
    password: str,
    *,
    tasks: asyncio.TaskGroup,
    seen: Seen | None = None,
    check_tls: bool = True,
) -> AsyncIterator[Desktop]:
    """A desktop that is logged in and connected while the block runs; ``tasks`` reads for it."""
    connector = aiohttp.TCPConnector(ssl=check_tls, limit=4)
    jar = aiohttp.CookieJar(unsafe=True)  # cookies of an address without a name
    async with aiohttp.ClientSession(cookie_jar=jar, connector=connector) as http:
        desktop = Desktop(base, http, seen=seen)
        await desktop.log_in(user, password)
        await desktop.connect()
        reader = tasks.create_task(desktop.run())
        try:
            await desktop.until(lambda own: "me" in own)
            yield desktop
        finally:
            reader.cancel()
            await asyncio.wait([reader])
            await desktop.close()

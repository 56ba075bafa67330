"""SIP over websocket from the browser to Asterisk's loopback port; the session decides.

Asterisk's HTTP port also carries ARI, so it stays on loopback and this is the only way in. Each
direction passes one message after the other, so a slow side slows its sender instead of filling
memory.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Set
from typing import Final

import aiohttp
from aiohttp import WSMsgType, web

from agent_desktop.server.gateway import until_first
from agent_desktop.server.pace import Pace
from agent_desktop.server.protocol import CLOSE_CODES
from agent_desktop.server.sip_guard import LARGEST, SipGuard
from agent_desktop.server.wires import leaves

log = logging.getLogger(__name__)

SOCKETS_PER_OWNER: Final = 4
MOST_A_SECOND: Final = 20
BURST: Final = 100
"""SIP messages of one browser phone: of a call it sends a handful, and one for each key."""

CONNECT_WITHIN: Final = 5.0
SEND_WITHIN: Final = 10.0
CLOSE_WITHIN: Final = 2.0
"""Seconds a browser has to answer that we close."""
_HEARTBEAT: Final = 20.0
_TRY_LATER: Final = 1013

Socket = web.WebSocketResponse | aiohttp.ClientWebSocketResponse[bool]


class SipProxy:
    """Opens one websocket to Asterisk for each browser's."""

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream
        self._client: aiohttp.ClientSession | None = None
        self._over: dict[str, set[asyncio.Event]] = {}
        self._shut = asyncio.Event()
        self.refused: Counter[str] = Counter()
        """Messages not passed on, by reason, for metrics."""

    async def close(self) -> None:
        """Drop the sockets to Asterisk."""
        if self._client is not None:
            await self._client.close()

    def shut_down(self) -> None:
        """Every line ends: the daemon does."""
        self._shut.set()

    def end(self, owner: str) -> None:
        """The session is over: so are its SIP sockets."""
        for over in self._over.get(owner, ()):
            over.set()

    async def serve(
        self, request: web.Request, owner: str, users: Set[str]
    ) -> web.WebSocketResponse:
        """Answer ``GET /sip`` until either side closes."""
        socket = web.WebSocketResponse(
            protocols=("sip",),
            max_msg_size=LARGEST,
            heartbeat=_HEARTBEAT,
            compress=False,
            timeout=CLOSE_WITHIN,
        )
        await socket.prepare(request)
        mine = self._over.setdefault(owner, set())
        reason = "not_signed_in" if not users else ""
        if not reason and len(mine) >= SOCKETS_PER_OWNER:
            reason = "too_many"
        if reason:
            await socket.close(code=CLOSE_CODES[reason], message=reason.encode())
            return socket
        over = asyncio.Event()
        mine.add(over)
        try:
            read = await self._bridged(socket, users, over)
            leaves(request)
            if not read and request.transport is not None:
                request.transport.abort()  # who does not read is not waited for
            elif not socket.closed:
                await socket.close()
        finally:
            mine.discard(over)
            if not mine:
                self._over.pop(owner, None)
        return socket

    async def _bridged(
        self, browser: web.WebSocketResponse, users: Set[str], over: asyncio.Event
    ) -> bool:
        """Pass messages until the end; whether the browser read them."""
        lost = False
        try:
            async with asyncio.timeout(CONNECT_WITHIN):
                asterisk = await self._dial()
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            log.warning("SIP upstream not reached", extra={"why": type(error).__name__})
            await browser.close(code=_TRY_LATER, message=b"telephony does not answer")
            return True
        try:
            await until_first(
                self._pass(browser, asterisk, SipGuard(users)),
                self._pass(asterisk, browser, None),
                _end_of(over, browser, "not_signed_in"),
                _end_of(self._shut, browser, "shutting_down"),
            )
        except* (TimeoutError, ConnectionError, aiohttp.ClientError) as errors:
            log.info("SIP socket lost", extra={"why": type(errors.exceptions[0]).__name__})
            lost = any(isinstance(error, TimeoutError) for error in errors.exceptions)
        finally:
            await asterisk.close()
        return not lost

    async def _dial(self) -> aiohttp.ClientWebSocketResponse[bool]:
        if not self._upstream:
            raise ConnectionRefusedError("no telephony")
        if self._client is None:
            self._client = aiohttp.ClientSession()
        return await self._client.ws_connect(
            self._upstream,
            protocols=("sip",),
            max_msg_size=LARGEST,
            heartbeat=_HEARTBEAT,
            timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_WITHIN),
        )

    async def _pass(self, source: Socket, target: Socket, guard: SipGuard | None) -> None:
        """Pass messages one way; ``guard`` looks at each first, and then binary ones are none.

        A browser that floods is read no faster than Asterisk shall have it.
        """
        pace, clock = Pace(rate=MOST_A_SECOND, burst=BURST), asyncio.get_running_loop().time
        async for message in source:
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return
            is_text = message.type is WSMsgType.TEXT
            reason = ""
            if guard is not None:
                reason = guard.complaint(message.data) if is_text else "no SIP"
            if reason:
                self.refused[reason] += 1
                log.warning("SIP message refused", extra={"why": reason})
                await source.close(code=CLOSE_CODES["not_allowed"], message=b"not_allowed")
                return
            if guard is not None and (wait := pace.wait(clock())) > 0:
                await asyncio.sleep(wait)
            async with asyncio.timeout(SEND_WITHIN):
                await (target.send_str if is_text else target.send_bytes)(message.data)


async def _end_of(over: asyncio.Event, browser: web.WebSocketResponse, why: str) -> None:
    """Close when the session is over, or all is."""
    await over.wait()
    await browser.close(code=CLOSE_CODES[why], message=why.encode())

"""Outbound mode: Asterisk dials us for its events, and keeps those of the time we are away."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hmac import compare_digest
from typing import Final

from aiohttp import web

from cti.ari.dial import MESSAGE_LIMIT, authorization
from cti.ari.errors import Refused
from cti.ari.settings import AriSettings

log = logging.getLogger(__name__)

PATH: Final = "/ari"


class _Arrival:
    """One socket that Asterisk opened; it lives until ``done``."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self.socket, self.done = socket, asyncio.Event()


class OutboundListener:
    """A small websocket server that only Asterisk may enter; the newest socket is the one."""

    def __init__(self, settings: AriSettings) -> None:
        self._settings = settings
        self._wanted = authorization(
            settings.listen_user or settings.user, settings.listen_password or settings.password
        )
        self._arrived: asyncio.Queue[_Arrival] = asyncio.Queue()
        self._open: set[_Arrival] = set()
        self._closing = False

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["OutboundListener"]:
        """Listen as long as the block lasts."""
        application = web.Application()
        application.router.add_get(PATH, self._enter)
        runner = web.AppRunner(application, handle_signals=False, shutdown_timeout=1.0)
        await runner.setup()
        try:
            host, port = self._settings.listen_host, self._settings.listen_port
            try:
                await web.TCPSite(runner, host, port, reuse_address=True).start()
            except OSError as error:
                raise Refused(
                    f"ari.listen_port: cannot listen on {host}:{port} ({error.strerror}); "
                    "another program has it, choose a free one and render Asterisk's files again"
                ) from error
            yield self
        finally:
            self._closing = True
            for arrival in self._open:
                arrival.done.set()
            await runner.cleanup()

    @asynccontextmanager
    async def accepted(self) -> AsyncIterator[web.WebSocketResponse]:
        """Wait for Asterisk; if it came several times meanwhile, only the last socket lives."""
        arrival = await self._arrived.get()
        while not self._arrived.empty():
            arrival.done.set()
            arrival = self._arrived.get_nowait()
        try:
            yield arrival.socket
        finally:
            arrival.done.set()

    async def _enter(self, request: web.Request) -> web.StreamResponse:
        if self._closing:  # Asterisk comes back at once when we hang up
            raise web.HTTPServiceUnavailable
        given = request.headers.get("Authorization", "")
        if not compare_digest(given.encode(), self._wanted.encode()):
            log.warning("someone other than our Asterisk knocked at the ARI port")
            raise web.HTTPUnauthorized
        socket = web.WebSocketResponse(
            protocols=("ari",),
            heartbeat=self._settings.ping_every.total_seconds(),
            max_msg_size=MESSAGE_LIMIT,
            compress=False,
        )
        await socket.prepare(request)
        arrival = _Arrival(socket)
        self._open.add(arrival)
        self._arrived.put_nowait(arrival)
        await arrival.done.wait()
        self._open.discard(arrival)
        return socket

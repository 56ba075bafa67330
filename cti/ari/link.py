"""One websocket to Asterisk: requests matched to replies, events handed on.

The reader only parses and hands on: Asterisk cuts off a client that reads too slowly.
"""

import asyncio
import logging
from collections.abc import Callable
from itertools import count
from typing import Final

import aiohttp
from aiohttp import web

from cti.ari import wire
from cti.ari.errors import Disconnected, TimedOut
from cti.ari.events import Event, RESTResponse

log = logging.getLogger(__name__)

Socket = aiohttp.ClientWebSocketResponse | web.WebSocketResponse
_TEXT: Final = aiohttp.WSMsgType.TEXT
CLOSE_TIMEOUT: Final = 0.5
CROWDED: Final = 100
"""Commands under way from which on sending may have to wait for room in the socket."""


class Link:
    """A connected websocket; dead for good once it falls."""

    def __init__(self, socket: Socket, on_event: Callable[[Event], None]) -> None:
        self._socket, self._on_event = socket, on_event
        self._pending: dict[str, asyncio.Future[RESTResponse]] = {}
        self._serial = count(1)
        self._fallen = False
        self._loop = asyncio.get_running_loop()
        self.malformed = 0

    @property
    def load(self) -> int:
        """How many requests wait for their reply."""
        return len(self._pending)

    @property
    def up(self) -> bool:
        """Whether a request can be sent now."""
        return not self._fallen and not self._socket.closed

    async def request(self, method: str, uri: str, body: bytes, seconds: float) -> RESTResponse:
        """Send one command and return its reply, whatever its status.

        Requests sent one after another are served in that order. Cancelling forgets the reply,
        not the command.
        """
        if not self.up:
            raise Disconnected(method)
        number = str(next(self._serial))
        reply: asyncio.Future[RESTResponse] = self._loop.create_future()
        self._pending[number] = reply
        frame = wire.encode_request(number, method, uri, body)
        # A timer on the future costs a third of asyncio.timeout; only a full socket needs that.
        timer = self._loop.call_later(seconds, _expire, reply, method)
        try:
            if len(self._pending) < CROWDED:
                await self._socket.send_frame(frame, _TEXT)
            else:
                async with asyncio.timeout(seconds):
                    await self._socket.send_frame(frame, _TEXT)
            return await reply
        except TimeoutError:
            raise TimedOut(method) from None
        except (aiohttp.ClientError, ConnectionError) as error:
            raise Disconnected(method) from error
        finally:
            timer.cancel()
            del self._pending[number]
            if reply.done() and not reply.cancelled():
                reply.exception()  # when sending failed too, nobody else looks at it

    async def read(self) -> None:
        """Hand on all that comes until the socket falls; a normal end counts as falling too."""
        try:
            while True:
                message = await self._socket.receive()
                if message.type is not _TEXT:
                    return
                self._take(message.data)
        finally:
            self._fall()

    def _take(self, text: str) -> None:
        try:
            event = wire.decode(text)
        except (wire.MalformedEvent, ValueError) as error:
            self.malformed += 1
            log.error("malformed event from Asterisk", extra={"why": type(error).__name__})  # noqa: TRY400 - the text may hold a caller's data
            return
        if type(event) is RESTResponse:
            waiting = self._pending.get(event.request_id)
            if waiting is not None and not waiting.done():
                waiting.set_result(event)
        elif event is not None:
            self._on_event(event)

    def _fall(self) -> None:
        self._fallen = True
        for waiting in self._pending.values():
            if not waiting.done():
                waiting.set_exception(Disconnected("socket fell"))

    async def close(self) -> None:
        """Close politely, but not for long."""
        self._fall()
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._socket.close()
        except TimeoutError:
            log.warning("Asterisk did not answer our closing")


def _expire(reply: asyncio.Future[RESTResponse], method: str) -> None:
    if not reply.done():
        reply.set_exception(TimedOut(method))

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
from cti.ari.errors import Disconnected, TelephonyError, TimedOut
from cti.ari.events import Event, RESTResponse

log = logging.getLogger(__name__)

Socket = aiohttp.ClientWebSocketResponse | web.WebSocketResponse
_TEXT: Final = aiohttp.WSMsgType.TEXT
CLOSE_TIMEOUT: Final = 0.5


class Link:
    """A connected websocket; dead for good once it falls."""

    def __init__(self, socket: Socket, on_event: Callable[[Event], None]) -> None:
        self._socket, self._on_event = socket, on_event
        self._pending: dict[str, tuple[asyncio.Future[RESTResponse], asyncio.TimerHandle]] = {}
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

    def request(
        self, method: str, uri: str, body: bytes, seconds: float
    ) -> asyncio.Future[RESTResponse]:
        """Send one command at once; its reply comes later, whatever its status.

        Commands sent one after another are served in that order. Cancelling forgets the reply,
        not the command.
        """
        if not self.up:
            raise Disconnected(method)
        number = str(next(self._serial))
        frame = wire.encode_request(number, method, uri, body)
        try:
            self._write(frame)
        except (aiohttp.ClientError, ConnectionError) as error:
            raise Disconnected(method) from error
        reply: asyncio.Future[RESTResponse] = self._loop.create_future()
        timer = self._loop.call_later(seconds, self._expire, number, method)
        self._pending[number] = reply, timer
        return reply

    def _write(self, frame: bytes) -> None:
        """Write a frame without waiting until the socket has room for more.

        aiohttp writes first and waits then. What can pile up is bounded: each command by its
        time limit, all of them by the calls that there are.
        """
        writing = self._socket.send_frame(frame, _TEXT)
        try:
            writing.send(None)
        except StopIteration:
            return
        writing.close()

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
            self._replied(event)
        elif event is not None:
            self._on_event(event)

    def _replied(self, reply: RESTResponse) -> None:
        waiting, timer = self._pending.pop(reply.request_id, (None, None))
        if timer is not None:
            timer.cancel()
        if waiting is not None and not waiting.done():
            waiting.set_result(reply)

    def _expire(self, number: str, method: str) -> None:
        waiting, _ = self._pending.pop(number)
        _fail(waiting, TimedOut(method))

    def _fall(self) -> None:
        self._fallen = True
        pending, self._pending = self._pending, {}
        for waiting, timer in pending.values():
            timer.cancel()
            _fail(waiting, Disconnected("socket fell"))

    async def close(self) -> None:
        """Close politely, but not for long."""
        self._fall()
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._socket.close()
        except TimeoutError:
            log.warning("Asterisk did not answer our closing")


def _fail(reply: asyncio.Future[RESTResponse], why: TelephonyError) -> None:
    if not reply.done():
        reply.set_exception(why)
        reply.exception()  # who asked may not look at it any more

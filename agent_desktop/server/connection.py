"""One browser's websocket: what waits for it is bounded, and it never delays anybody else.

Frames go straight to the transport, already framed: the hub frames once for all. A browser that
does not read fast enough gets no live frames above the soft limit (the hub later tells it
everything in one delta) and is cut off above the hard one or when it stays behind.
"""

import asyncio
import contextlib
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from aiohttp import web

from agent_desktop.server.config import DesktopConfig
from agent_desktop.server.frames import text_frame
from agent_desktop.server.protocol import CLOSE_CODES
from agent_desktop.server.sessions import Session

ASKS_WAITING: Final = 32
"""Commands a connection may have waiting for their answers."""
KERNEL_BUFFER: Final = 64 * 1024
"""Bytes the kernel may keep unsent for a browser. Left alone it keeps megabytes: seconds of old
frames that nobody can take back, where we would rather tell one new delta."""
_TCP_NOTSENT_LOWAT: Final = 25
"""Linux; the name came to Python's ``socket`` later than 3.11."""
_ENCODE: Final = msgspec.json.Encoder().encode


def keep_kernel_buffers_small(transport: asyncio.Transport) -> None:
    """Let what waits for a slow browser wait here, where it can still be replaced."""
    wire = transport.get_extra_info("socket")
    if wire is None:
        return
    with contextlib.suppress(OSError):
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER)
        if sys.platform == "linux":
            wire.setsockopt(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, KERNEL_BUFFER // 2)


@dataclass(frozen=True, slots=True)
class Close:
    """Close with this reason, after what was asked before is answered."""

    reason: str


class Connection:
    """The sending half of a websocket; ``gateway`` reads the other one."""

    def __init__(
        self,
        websocket: web.WebSocketResponse,
        transport: asyncio.Transport,
        session: Session,
        config: DesktopConfig,
        *,
        clock: Callable[[], float],
        fell_behind: Callable[["Connection"], None],
    ) -> None:
        self.websocket, self.session = websocket, session
        self.asks: asyncio.Queue[Any] = asyncio.Queue(ASKS_WAITING)
        self.last_id = 0
        self.malformed = 0
        self.behind_since: float | None = None
        self._transport = transport
        keep_kernel_buffers_small(transport)
        self._soft, self._hard = config.outbox_soft, config.outbox_hard
        self._clock, self._fell_behind = clock, fell_behind
        self._heard_at = clock()
        self._cut = False

    def deliver(self, frame: bytes) -> bool:
        """Take a live frame, or say that it has to wait (see ``hub.Subscriber``)."""
        if self._transport.get_write_buffer_size() > self._soft:
            if self.behind_since is None:
                self.behind_since = self._clock()
            self._fell_behind(self)
            return False
        self._write(frame)
        return True

    def say(self, frame: msgspec.Struct) -> None:
        """Send a frame to this browser only."""
        self.say_encoded(text_frame(_ENCODE(frame)))

    def say_encoded(self, frame: bytes) -> None:
        """Send a framed frame; cut the connection when far too much waits already."""
        if self._transport.get_write_buffer_size() > self._hard:
            self.cut()
        else:
            self._write(frame)

    def _write(self, frame: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(frame)

    def heard(self) -> None:
        """The browser said something."""
        self._heard_at = self._clock()

    def silent_for(self) -> float:
        """Seconds since the browser last said something."""
        return self._clock() - self._heard_at

    def is_busy(self) -> bool:
        """Whether much waits to be read by the browser."""
        return self._transport.get_write_buffer_size() > self._soft

    def close(self, reason: str) -> None:
        """Close in order, with the code of ``reason``; cut when that cannot even be queued."""
        try:
            self.asks.put_nowait(Close(reason))
        except asyncio.QueueFull:
            self.cut()

    async def finish(self, reason: str) -> None:
        """Perform the close."""
        await self.websocket.close(code=CLOSE_CODES[reason], message=reason.encode())

    def cut(self) -> None:
        """Drop the connection without a word: the browser is not listening."""
        if not self._cut:
            self._cut = True
            self._transport.abort()

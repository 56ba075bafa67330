"""Connections from outside: how many there may be, and how long each may keep us waiting.

A *stranger* is a connection on which nobody has shown a session yet. An address may have so many
of them, all addresses together so many more; where one more comes, the stranger that has waited
longest goes, so silent sockets never keep a person from signing in. Who has signed in is counted
by session instead and is never made to go for a stranger's sake.
"""

import asyncio
import errno
import logging
import resource
import socket
import ssl
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from math import inf
from typing import Any, Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from typing_extensions import override

from agent_desktop.server.clients import account_of
from agent_desktop.server.config import DesktopConfig
from agent_desktop.server.problems import response_of, unread
from agent_desktop.server.security import HEADERS, HSTS

log = logging.getLogger(__name__)

BACKLOG: Final = 512
AGAIN: Final = 0.2
"""Seconds until accepting is tried again after the machine had no room for one more."""
SWEEP_EVERY: Final = 1.0
LINGER: Final = 2.0
"""Seconds that what is left of a refused request's body is waited for, so that it is answered."""
_NO_ROOM: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


_THEIRS: Final = (web.RequestPayloadError, HttpProcessingError, ConnectionError)


STRANGERS_SHARE: Final = 4
"""One in so many of the files that this process may open may be a stranger's connection."""


class Guest:
    """One connection, from its arrival on. ``key`` is whose account it goes on; "" is nobody's."""

    __slots__ = ("busy", "deadline", "end", "key", "served", "stranger", "wired")

    def __init__(self, key: str, deadline: float) -> None:
        self.key, self.deadline = key, deadline
        self.end: Callable[[], object] = bool
        self.stranger, self.busy = True, False
        self.wired = self.served = False
        """There is what will serve him; it has begun to, with the hand shaken."""


class Ledger:
    """Who is connected, on whose account, and until when each may keep us waiting."""

    def __init__(self, config: DesktopConfig, files: int) -> None:
        self._config = config
        self._most_strangers = min(config.strangers, files // STRANGERS_SHARE)
        self._guests: dict[Guest, None] = {}
        self._accounts: dict[str, dict[Guest, None]] = {}
        self._strangers: dict[Guest, None] = {}
        self.ended: Counter[str] = Counter()
        """Connections that were ended from here, by reason, for metrics."""

    def __len__(self) -> int:
        return len(self._guests)

    @property
    def strangers(self) -> int:
        """Connections on which nobody has signed in."""
        return len(self._strangers)

    def came(self, guest: Guest) -> None:
        """One more; where that is too many, the stranger who has waited longest goes."""
        if guest.key:
            self._make_room(self._accounts.get(guest.key, {}), self._config.strangers_per_address)
        self._make_room(self._strangers, self._most_strangers)
        self._guests[guest] = self._strangers[guest] = None
        self._enter(guest)

    def known(self, guest: Guest, session: str) -> None:
        """Somebody signed in speaks on it."""
        if not guest.stranger:
            return
        self._leave(guest)
        self._strangers.pop(guest, None)
        guest.stranger = False
        guest.key = f"session {session}" if guest.key else ""  # a proxy's carries many sessions
        self._make_room(self._accounts.get(guest.key, {}), self._config.connections_per_session)
        self._enter(guest)

    def gone(self, guest: Guest) -> None:
        """It is over."""
        self._guests.pop(guest, None)
        self._strangers.pop(guest, None)
        self._leave(guest)

    def sweep(self, now: float) -> None:
        """End whoever keeps us waiting for too long."""
        for guest in [guest for guest in self._guests if guest.deadline < now]:
            self._end(guest, "slow")

    def _make_room(self, among: dict[Guest, None], most: int) -> None:
        while len(among) >= most:
            idle = next((guest for guest in among if not guest.busy), None)
            self._end(idle or next(iter(among)), "too_many")

    def _end(self, guest: Guest, why: str) -> None:
        self.ended[why] += 1
        self.gone(guest)
        guest.end()

    def _enter(self, guest: Guest) -> None:
        if guest.key:
            self._accounts.setdefault(guest.key, {})[guest] = None

    def _leave(self, guest: Guest) -> None:
        mine = self._accounts.get(guest.key)
        if mine is not None:
            mine.pop(guest, None)
            if not mine:
                del self._accounts[guest.key]


class _Bare(web.Response):
    """An answer made outside the application, which would take the server's version off."""

    @override
    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        self.headers.popall("Server", None)


class Wire(web.RequestHandler):
    """A browser's connection as aiohttp serves it, with an eye on the clock."""

    __slots__ = ("_config", "_ledger", "_reads", "guest")

    def __init__(self, server: "Wires", guest: Guest, **given: Any) -> None:
        super().__init__(server, **given)
        self.guest, self._config, self._ledger = guest, server.config, server.ledger
        self._reads = True
        """Headers are being waited for, of which something has come, or the first ones."""

    @property
    def patience(self) -> float:
        """Seconds for whatever a client has to do at once."""
        return self._config.header_within.total_seconds()

    def within(self, seconds: float) -> None:
        """Be patient for so long from now on."""
        self.guest.deadline = self._loop.time() + seconds

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.guest.served = True
        if self.transport is not None:
            self.guest.end = self.transport.abort
        self.within(self.patience)

    @override
    def connection_lost(self, exc: BaseException | None) -> None:
        self._ledger.gone(self.guest)
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        if not self._reads and not self.guest.busy:
            self._reads = True
            self.within(self.patience)
        super().data_received(data)

    def known(self, session: str) -> None:
        """Whoever asks has shown this session."""
        self._ledger.known(self.guest, session)

    def asked(self) -> None:
        """A request's headers are complete: from now on it is we who have to do something."""
        self._reads, self.guest.busy = False, True
        self.within(self._config.request_within.total_seconds())

    @override
    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        if isinstance(resp, web.WebSocketResponse):  # it is over; what waits to be read is too
            self.within(self.patience)
        done = await super().finish_response(request, resp, start_time)
        self.guest.busy = False
        patience = self._config.header_within
        if resp.keep_alive:
            patience += self._config.keep_alive  # before which aiohttp itself closes
        self.within(patience.total_seconds())
        return done

    @override
    def force_close(self) -> None:
        """End it; what waits to be read does so for a moment more, then it is lost."""
        self.within(self.patience)
        super().force_close()

    @override
    def log_exception(self, *args: Any, exc_info: object = None, **kw: Any) -> None:
        """What a client broke off or encoded wrongly is no fault of ours, and nobody's to read."""
        if not isinstance(exc_info, _THEIRS):
            log.error("request failed", extra={"why": type(exc_info).__name__})

    @override
    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what could not be read as HTTP; what it was stays out of answer and log."""
        if status >= 500:
            log.error("request failed", extra={"why": type(exc).__name__})
        if request.writer.output_size > 0:
            raise ConnectionError("part of an answer was sent already")
        self._ledger.ended["unread"] += 1
        refusal = response_of(unread(status))
        answer = _Bare(body=refusal.body, status=refusal.status, headers=refusal.headers)
        answer.headers.update(HEADERS)
        if self._config.tls:
            answer.headers["Strict-Transport-Security"] = HSTS
        answer.force_close()
        return answer


class Wires(web.Server):
    """Makes aiohttp serve each connection through a ``Wire``."""

    def __init__(self, made: web.Server, config: DesktopConfig, ledger: Ledger) -> None:
        loop, make_request = asyncio.get_running_loop(), made.request_factory

        def begin(message: Any, payload: Any, wire: Any, writer: Any, task: Any) -> web.BaseRequest:
            wire.asked()
            return make_request(message, payload, wire, writer, task)

        super().__init__(made.request_handler, request_factory=begin, loop=loop)
        self.config, self.ledger = config, ledger
        self._given = {
            "loop": loop,
            "access_log": None,
            "keepalive_timeout": config.keep_alive.total_seconds(),
            "lingering_time": LINGER,
        }

    def serve(self, guest: Guest) -> Wire:
        """Make what serves this guest; from now on the socket is his transport's to close."""
        guest.wired = True
        return Wire(self, guest, **self._given)


class Runner(web.AppRunner):
    """Runs the application behind ``Wires``, which are there once it is set up."""

    __slots__ = ("_config", "ledger", "wires")

    def __init__(self, app: web.Application, config: DesktopConfig, *, stop_within: float) -> None:
        super().__init__(app, access_log=None, shutdown_timeout=stop_within)
        self._config, self.ledger = config, Ledger(config, _files())

    @override
    async def _make_server(self) -> web.Server:
        self.wires = Wires(await super()._make_server(), self._config, self.ledger)
        return self.wires


class Reception:
    """Takes connections in from the listening sockets, and ends those that lead nowhere."""

    def __init__(
        self, server: Wires, listening: Sequence[socket.socket], tls: ssl.SSLContext | None
    ) -> None:
        self._server, self._listening, self._tls = server, listening, tls
        self._config, self._ledger = server.config, server.ledger

    async def run(self) -> None:
        """Until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._sweep())
                for each in self._listening:
                    tasks.create_task(self._accept(each, tasks))
        finally:
            for each in self._listening:
                each.close()

    async def _sweep(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            await asyncio.sleep(SWEEP_EVERY)
            self._ledger.sweep(clock())

    async def _accept(self, listening: socket.socket, tasks: asyncio.TaskGroup) -> None:
        loop, patience = asyncio.get_running_loop(), self._config.header_within.total_seconds()
        while True:
            try:
                accepted, peer = await loop.sock_accept(listening)
            except OSError as error:
                if error.errno in _NO_ROOM:
                    log.warning("no room for a connection", extra={"why": str(error.errno)})
                await asyncio.sleep(0 if error.errno == errno.ECONNABORTED else AGAIN)
                continue
            guest = Guest(account_of(peer[0], self._config), loop.time() + 2 * patience)
            greeting = tasks.create_task(self._greet(guest, accepted, patience))
            guest.end = greeting.cancel
            greeting.add_done_callback(partial(self._greeted, guest, accepted))
            self._ledger.came(guest)

    async def _greet(self, guest: Guest, accepted: socket.socket, patience: float) -> None:
        """Shake hands, if that is the custom here."""
        loop = asyncio.get_running_loop()
        with suppress(OSError):  # gone again, no TLS, or too slow with it
            async with asyncio.timeout(patience):
                await loop.connect_accepted_socket(
                    partial(self._server.serve, guest), accepted, ssl=self._tls
                )

    def _greeted(self, guest: Guest, accepted: socket.socket, _greeting: object) -> None:
        """Let go of who did not come in: he was made to go, even before his turn came."""
        if not guest.served:
            self._ledger.gone(guest)
        if not guest.wired:
            accepted.close()


def _files() -> int:
    """How many files this process may have open."""
    now, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if now == resource.RLIM_INFINITY else now


def stays(request: web.Request) -> None:
    """A websocket of somebody who may have one: its own heartbeat ends it from now on."""
    if isinstance(request.protocol, Wire):
        request.protocol.guest.deadline = inf


def leaves(request: web.Request) -> None:
    """A websocket's end has begun; who does not read it is not waited for."""
    if isinstance(request.protocol, Wire):
        request.protocol.within(request.protocol.patience)


def known(request: web.Request, session: str) -> None:
    """Somebody signed in asks: the connection is no stranger's."""
    if isinstance(request.protocol, Wire):
        request.protocol.known(session)

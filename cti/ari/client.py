"""The ARI client: events over one websocket, commands over several more, lists over HTTP.

Asterisk serves the requests of one websocket strictly one after another, so commands go over
*lanes*: further websockets, each registered to an application that nobody calls. Requests with
the same lane key keep their order; others overtake each other. Events go to a bounded queue;
while ``on_connected`` reconciles, they wait in it.
"""

import asyncio
import logging
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Generator,
    Iterator,
    Mapping,
)
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any, Final

from cti.ari import wire
from cti.ari.backoff import delays
from cti.ari.deadline import left
from cti.ari.dial import dial
from cti.ari.errors import Disconnected, SteppedDown, TelephonyError, TimedOut, error_for, unwrapped
from cti.ari.events import ApplicationReplaced, Event, RESTResponse
from cti.ari.http import HttpCarrier
from cti.ari.lanes import Lanes
from cti.ari.link import Link, Socket
from cti.ari.outbound import OutboundListener
from cti.ari.settings import AriSettings

log = logging.getLogger(__name__)

DOWNLOAD_TIMEOUT: Final = timedelta(seconds=60)

Notice = Callable[[], Awaitable[None]]


async def _nothing() -> None:
    """Do nothing: the notice of a client that nobody listens to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AriHealth:
    """What the doctor, the metrics and the readiness check ask."""

    connected: bool
    lanes_up: int
    over_http: bool
    queued: int
    queue_peak: int
    reconnects: int
    malformed: int


@dataclass(frozen=True, slots=True)
class _Reply:
    """What a command that was sent comes to. Nobody has to await it."""

    outcome: Callable[[], Coroutine[Any, Any, Any]]

    def __await__(self) -> Generator[Any, Any, Any]:
        return self.outcome().__await__()


async def _outcome(reply: asyncio.Future[RESTResponse], command: str) -> Any:
    got = await reply
    if got.status_code >= 400:
        reason = wire.message_of(got.message_body) or got.reason_phrase
        raise error_for(command, got.status_code, reason)
    return wire.body_of(got.message_body)


class AriClient:
    """Talks to one Asterisk for one Stasis application.

    ``run`` keeps it connected until cancelled. ``on_connected`` runs on every connect, before
    any event of the new connection is handed out: list, compare, repair. ``on_disconnected``
    runs when the event socket fell; what happened from then on is only found by listing.
    """

    def __init__(
        self,
        settings: AriSettings,
        *,
        chance: Random,
        on_connected: Notice = _nothing,
        on_disconnected: Notice = _nothing,
    ) -> None:
        self.settings = settings
        self.on_connected, self.on_disconnected = on_connected, on_disconnected
        self._chance = chance
        self._mark = f"{chance.getrandbits(32):08x}"
        self.on_event: Callable[[Event], None] | None = None
        """Who is handed an event at once, when none waits before it; else ``events`` yields it."""
        self._queue: asyncio.Queue[Event] = asyncio.Queue(settings.queue_size)
        self._yielded = False
        """Whether an event has left the queue and is not done with."""
        self._settled = asyncio.Event()
        self._http = HttpCarrier()
        self._link: Link | None = None
        self._lanes = Lanes()
        self._trouble: asyncio.Future[None] | None = None
        self._over_http = False
        self._alarmed = False
        self._peak = self._connects = self._malformed = 0

    @property
    def connected(self) -> bool:
        """True once reconciled and until the event socket falls: new calls can be taken."""
        return self._link is not None and self._link.up and self._settled.is_set()

    def health(self) -> AriHealth:
        """Return the state of the connection in figures."""
        return AriHealth(
            connected=self.connected,
            lanes_up=len(self._lanes),
            over_http=self._over_http,
            queued=self._queue.qsize(),
            queue_peak=self._peak,
            reconnects=max(0, self._connects - 1),
            malformed=self._malformed + (self._link.malformed if self._link else 0),
        )

    def use(self, settings: AriSettings) -> None:
        """Dial with these from the next time on: a restarted Asterisk has a new password."""
        self.settings = settings

    async def wait_connected(self) -> None:
        """Return once the first reconciliation is through."""
        await self._settled.wait()

    async def events(self) -> AsyncIterator[Event]:
        """Yield events in Asterisk's order; pauses while a reconciliation is under way.

        With ``on_event`` only those that had to wait.
        """
        while True:
            event = await self._queue.get()
            self._yielded = True
            await self._settled.wait()
            yield event
            self._yielded = False

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        lane: str = "",
        timeout: timedelta | None = None,
    ) -> Awaitable[Any]:
        """Send one command at once; await its JSON (None when there is none).

        Raises TelephonyError: Disconnected at once if it cannot be sent, else when awaited.
        ``path`` is below ``/ari/``. Commands with the same ``lane`` are served in order. What may
        have a long answer goes over HTTP, as all does to an Asterisk that takes commands only so:
        it is sent when its reply is awaited, and not in order with what goes over websockets.
        """
        long = wire.may_be_long(method, path)
        usual = self.settings.list_timeout if long else self.settings.request_timeout
        seconds = left(timeout or usual)
        uri, text = wire.target(path, query), wire.encode_body(body)
        if long or self._over_http:
            return _Reply(partial(self._over, method, uri, text, seconds, lane))
        spare = self._link if self.settings.mode == "inbound" else None
        link = self._lanes.borrow(lane, spare, slow=wire.is_slow(method, path))
        try:
            reply = link.request(method, uri, text, seconds)
        except Disconnected:
            self._lanes.give_back(lane, link)
            raise
        reply.add_done_callback(lambda _: self._lanes.give_back(lane, link))
        return _Reply(partial(_outcome, reply, f"{method} {path}"))

    async def _over(self, method: str, uri: str, text: bytes, seconds: float, lane: str) -> Any:
        body = await self._http.request(self.settings, method, uri, text, seconds, key=lane)
        return wire.body_of(body)

    async def download(self, path: str, *, timeout: timedelta = DOWNLOAD_TIMEOUT) -> bytes:
        """Fetch binary content, which the websocket cannot carry, over HTTP."""
        uri = wire.target(path, None)
        return await self._http.request(self.settings, "GET", uri, b"", left(timeout))

    async def run(self) -> None:
        """Keep connected until cancelled; raises SteppedDown when another daemon took over."""
        with unwrapped():
            async with AsyncExitStack() as stack:
                await stack.enter_async_context(self._http.open(self.settings))
                sockets = await self._event_sockets(stack)
                group = await stack.enter_async_context(asyncio.TaskGroup())
                for number in range(self.settings.lanes):
                    group.create_task(self._keep_lane(number), name=f"ari lane {number}")
                await self._keep_events(sockets)

    async def _event_sockets(
        self, stack: AsyncExitStack
    ) -> Callable[[], AbstractAsyncContextManager[Socket]]:
        """Return what opens the next event socket: we dial, or Asterisk does."""
        if self.settings.mode == "inbound":
            return lambda: self._dialled(self.settings.app)
        return (
            await stack.enter_async_context(OutboundListener(self.settings).listening())
        ).accepted

    def _waits(self) -> Iterator[timedelta]:
        return delays(self.settings.first_backoff, self.settings.longest_backoff, self._chance)

    @asynccontextmanager
    async def _dialled(self, app: str) -> AsyncIterator[Socket]:
        if self._http.session is None:
            raise Disconnected("the ARI client is not running")
        async with asyncio.timeout(self.settings.connect_timeout.total_seconds()):
            socket = await dial(self._http.session, self.settings, app)
        yield socket

    async def _keep_events(
        self, sockets: Callable[[], AbstractAsyncContextManager[Socket]]
    ) -> None:
        waits = self._waits()
        while True:
            before = self._connects
            try:
                async with sockets() as socket:
                    await self._serve(Link(socket, self._take))
            except SteppedDown:
                raise
            except (TelephonyError, TimeoutError) as error:
                log.warning("no connection to Asterisk", extra={"why": str(error) or "timed out"})
            if self._connects > before:
                waits = self._waits()
            await asyncio.sleep(next(waits).total_seconds())

    async def _serve(self, link: Link) -> None:
        """Use one event socket until it falls."""
        self._settled.clear()
        self._link = link
        self._trouble = asyncio.get_running_loop().create_future()
        settled = False
        try:
            with unwrapped():
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._read(link), name="ari events")
                    group.create_task(self._await_trouble(self._trouble), name="ari trouble")
                    await self._settle(link)
                    settled = True
                    self._connects += 1
                    self._settled.set()
                    await asyncio.Event().wait()  # until a task fails, or we are cancelled
        finally:
            self._link = None
            self._malformed += link.malformed
            await link.close()
            if settled:
                await self.on_disconnected()

    async def _read(self, link: Link) -> None:
        await link.read()
        raise Disconnected("the event socket fell")

    async def _await_trouble(self, trouble: asyncio.Future[None]) -> None:
        await trouble

    async def _settle(self, link: Link) -> None:
        """Learn what this Asterisk can, filter its events, reconcile."""
        async with asyncio.timeout(self.settings.connect_timeout.total_seconds()):
            await self._find_carrier(link)
        names = [{"type": name} for name in self.settings.allowed]
        path = f"applications/{self.settings.app}/eventFilter"
        await self.request("PUT", path, body={"allowed": names})
        async with asyncio.timeout(self.settings.reconcile_timeout.total_seconds()):
            await self.on_connected()

    async def _find_carrier(self, link: Link) -> None:
        """Decide what carries commands: websockets, or HTTP with an older Asterisk."""
        if self.settings.mode == "outbound":
            # An Asterisk that can dial takes commands too. But it loses one that reaches it on
            # the new socket at once (seen with 22.10.1), so they go over lanes only.
            await self._lanes.any_up.wait()
            return
        try:
            probe = self.settings.probe_timeout.total_seconds()
            await link.request("GET", "asterisk/ping", b"", probe)
            self._over_http = False
        except TimedOut:
            self._over_http = True
            log.warning("this Asterisk takes no commands over its websocket; using HTTP")

    async def _keep_lane(self, number: int) -> None:
        """Keep one command lane up."""
        app = f"{self.settings.app}-lane-{self._mark}-{number}"
        waits = self._waits()
        while True:
            try:
                async with self._dialled(app) as socket:
                    waits = self._waits()
                    link = Link(socket, lambda _: None)
                    self._lanes.add(number, link)
                    try:
                        await link.read()
                    finally:
                        self._lanes.drop(number)
                        await link.close()
            except (TelephonyError, TimeoutError) as error:
                log.debug("lane is down", extra={"lane": number, "why": str(error)})
            await asyncio.sleep(next(waits).total_seconds())

    def _take(self, event: Event) -> None:
        """Queue one event; a full queue means a new connection, whose reconciliation repairs."""
        if isinstance(event, ApplicationReplaced) and event.application == self.settings.app:
            self._give_up(SteppedDown("another daemon serves our application"))
            return
        if self.on_event is not None and self.connected and not self._waiting:
            self.on_event(event)  # a task's turn in a busy loop would be a tenth of a millisecond
            return
        try:
            self._queue.put_nowait(event)
        except asyncio.QueueFull:
            self._give_up(Disconnected("the event queue is full"))
            return
        size = self._queue.qsize()
        self._peak = max(self._peak, size)
        alarm = self.settings.queue_alarm * self.settings.queue_size
        if size > alarm and not self._alarmed:
            log.error("events pile up", extra={"queued": size})
        self._alarmed = size > alarm

    @property
    def _waiting(self) -> bool:
        """Whether an event waits to be yielded, or to be done with."""
        return self._yielded or not self._queue.empty()

    def _give_up(self, why: TelephonyError) -> None:
        if self._trouble is not None and not self._trouble.done():
            self._trouble.set_exception(why)

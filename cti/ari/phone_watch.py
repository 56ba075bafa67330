"""Phones that come and go, watched through an application of its own.

Were our main application subscribed to the phones, each event of a leg would come twice. Asterisk
repeats a phone's state with every leg; only changes between reachable and not are passed on.
After each connect the present state is listed, so a change in the gap is passed on too.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any, Final

import msgspec

from cti.ari.errors import Conflict, Disconnected, TelephonyError, unwrapped
from cti.ari.events import ContactStatusChange, Endpoint, EndpointStateChange, Event
from cti.ari.link import Link, Socket

log = logging.getLogger(__name__)

EVENTS: Final = ("ContactStatusChange", "EndpointStateChange", "RESTResponse")
SOURCE: Final = "endpoint:PJSIP"
ONLINE: Final = "online"
NO_PHONE_YET: Final = timedelta(seconds=1)
"""Asterisk refuses the subscription as long as it knows no PJSIP endpoint at all."""


class PhoneWatch:
    """Tells ``take`` of phones that became reachable or unreachable."""

    def __init__(
        self,
        app: str,
        *,
        sockets: Callable[[str], AbstractAsyncContextManager[Socket]],
        request: Callable[..., Awaitable[Any]],
        take: Callable[[Event], None],
    ) -> None:
        self._app, self._sockets, self._request, self._take = app, sockets, request, take
        self._online: set[str] = set()

    async def run(self, waits: Callable[[], Iterator[timedelta]]) -> None:
        """Watch until cancelled; ``waits`` makes a new series of waits after each success."""
        series = waits()
        while True:
            try:
                async with self._sockets(self._app) as socket:
                    link = Link(socket, self._see)
                    try:
                        await self._use(link)
                    finally:
                        await link.close()
                        series = waits()
            except (TelephonyError, TimeoutError) as error:
                log.debug("phones are not watched", extra={"why": type(error).__name__})
            await asyncio.sleep(next(series).total_seconds())

    async def _use(self, link: Link) -> None:
        with unwrapped():
            async with asyncio.TaskGroup() as group:
                group.create_task(self._read(link), name="ari watch")
                await self._subscribe()
                await self._compare()

    async def _read(self, link: Link) -> None:
        await link.read()
        raise Disconnected("the watching socket fell")

    async def _subscribe(self) -> None:
        allowed = [{"type": name} for name in EVENTS]
        path = f"applications/{self._app}"
        await self._request("PUT", f"{path}/eventFilter", body={"allowed": allowed})
        while True:
            try:
                await self._request("POST", f"{path}/subscription", query={"eventSource": SOURCE})
            except Conflict:
                await asyncio.sleep(NO_PHONE_YET.total_seconds())
            else:
                return

    async def _compare(self) -> None:
        listed = msgspec.convert(await self._request("GET", "endpoints/PJSIP"), list[Endpoint])
        known = {endpoint.resource for endpoint in listed}
        for endpoint in listed:
            self._see(EndpointStateChange(endpoint=endpoint, application=self._app))
        for name in sorted(self._online - known):
            gone = Endpoint(technology="PJSIP", resource=name, state="offline")
            self._see(EndpointStateChange(endpoint=gone, application=self._app))

    def _see(self, event: Event) -> None:
        if isinstance(event, ContactStatusChange):
            self._take(event)
        elif isinstance(event, EndpointStateChange):
            name, online = event.endpoint.resource, event.endpoint.state == ONLINE
            if online != (name in self._online):
                (self._online.add if online else self._online.discard)(name)
                self._take(event)

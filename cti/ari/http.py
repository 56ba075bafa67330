"""Commands over HTTP: for an Asterisk too old for the websocket, and for binary content."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from yarl import URL

from cti.ari import wire
from cti.ari.dial import address, headers, open_session
from cti.ari.errors import Disconnected, TimedOut, error_for
from cti.ari.settings import AriSettings
from cti.ari.turns import Turns


class HttpCarrier:
    """A pooled HTTP client; commands of one key take turns, so that they stay in order."""

    def __init__(self) -> None:
        self.session: aiohttp.ClientSession | None = None
        self._turns = Turns()

    @asynccontextmanager
    async def open(self, settings: AriSettings) -> AsyncIterator[aiohttp.ClientSession]:
        """Hold the session open as long as the block lasts."""
        async with open_session(settings) as session:
            self.session = session
            try:
                yield session
            finally:
                self.session = None

    async def request(
        self,
        settings: AriSettings,
        method: str,
        uri: str,
        body: bytes,
        seconds: float,
        *,
        key: str = "",
    ) -> bytes:
        """Do one command and return what came back, or raise TelephonyError."""
        what = f"{method} {uri.partition('?')[0]}"
        try:
            async with asyncio.timeout(seconds):
                if not key:
                    return await self._send(settings, what, method, uri, body)
                async with self._turns.of(key):
                    return await self._send(settings, what, method, uri, body)
        except TimeoutError:
            raise TimedOut(what) from None
        except (aiohttp.ClientError, OSError) as error:
            raise Disconnected(f"{what}: {type(error).__name__}") from error

    async def _send(
        self, settings: AriSettings, what: str, method: str, uri: str, body: bytes
    ) -> bytes:
        if self.session is None:
            raise Disconnected("the ARI client is not running")
        fields = headers(settings)
        if body:
            fields["Content-Type"] = "application/json"
        url = URL(address(settings, uri), encoded=True)
        async with self.session.request(method, url, data=body, headers=fields) as reply:
            content = await reply.read()
            if reply.status >= 400:
                raise error_for(what, reply.status, wire.message_of(content) or reply.reason or "")
            return content

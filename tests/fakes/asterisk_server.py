"""The fake Asterisk behind a real socket: websockets with commands, and HTTP, as ARI has them.

For tests of ``AriClient`` itself. Faults of the socket: ``cut`` it, keep it silent
(``answers_commands = False``, as Asterisk before 20.14 and 22.4), replace an application.
Like the real one it dies of a long answer over a websocket, with every call; and so that no test
needs thousands of them, of the shortest list too.
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import aiohttp
from aiohttp import web

from cti.ari import wire
from tests.fakes.asterisk import AriRefusal, FakeAsterisk

USER, PASSWORD = "parley", "sesame"


PATIENCE = 5.0


async def eventually(happens: Callable[[], bool]) -> None:
    """Return once ``happens`` is true: for what real sockets do in their own time."""
    async with asyncio.timeout(PATIENCE):
        while not happens():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.002)


Socket = web.WebSocketResponse | aiohttp.ClientWebSocketResponse


LONGEST_ANSWER = 64_000


def _grows(method: str, body: Any) -> bool:
    """Whether an answer lists what there is, or tells what a caller sent: the next may be long."""
    if isinstance(body, list):
        return method == "GET"
    return isinstance(body, dict) and (
        "channel_ids" in body or (method == "GET" and "protocol_id" in body)
    )


class Served:
    """One open websocket and what waits to be sent on it."""

    def __init__(self, socket: Socket, transport: asyncio.BaseTransport | None) -> None:
        self.socket, self.transport = socket, transport
        self.out: asyncio.Queue[str] = asyncio.Queue()

    def abort(self) -> None:
        """Break it without a goodbye."""
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    async def write(self) -> None:
        """Send what is put into ``out``, in order."""
        while True:
            await self.socket.send_str(await self.out.get())


class FakeAriServer:
    """Serves one FakeAsterisk over HTTP; applications are registered by their websockets."""

    def __init__(self, asterisk: FakeAsterisk) -> None:
        self.asterisk = asterisk
        self.sockets: dict[str, Served] = {}
        self.filters: dict[str, list[str]] = {}
        self.seen: list[tuple[str, str, str]] = []
        """(carrier, method, uri) of each command; the carrier is an app's name or "http"."""
        self.answers_commands = True
        self.held_back: asyncio.Event = asyncio.Event()
        self.held_back.set()
        """Cleared: replies wait until it is set again."""
        self.slow: dict[str, asyncio.Event] = {}
        """Commands by uri whose reply waits for its own event."""
        self.dead = False
        """Whether it has died of an answer that no websocket should have been asked for."""
        self.recordings: dict[str, bytes] = {}
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def serving(self, port: int = 0) -> AsyncIterator["FakeAriServer"]:
        """Listen as long as the block lasts."""
        application = web.Application()
        application.router.add_get("/ari/events", self._events)
        application.router.add_route("*", "/ari/{path:.*}", self._http)
        runner = web.AppRunner(application, handle_signals=False, shutdown_timeout=0.1)
        await runner.setup()
        self.asterisk.listeners.append(self._send)
        try:
            site = web.TCPSite(runner, "127.0.0.1", port, reuse_address=True)
            await site.start()
            self.port = runner.addresses[0][1]
            yield self
        finally:
            self.asterisk.listeners.remove(self._send)
            for served in list(self.sockets.values()):
                served.abort()
            await runner.cleanup()
            await asyncio.sleep(0)  # what it closed is closed in the loop's next turn

    def cut(self, app: str) -> None:
        """Break the socket of ``app`` without a goodbye."""
        self.sockets[app].abort()

    def freeze(self, app: str) -> None:
        """Neither read from the socket of ``app`` any more nor close it: a dead peer."""
        transport = self.sockets[app].transport
        assert isinstance(transport, asyncio.Transport)
        transport.pause_reading()

    async def wait_seen(self, uri: str) -> None:
        """Return once a command for ``uri`` came in."""
        await eventually(lambda: any(seen == uri for _, _, seen in self.seen))

    def lanes(self) -> list[str]:
        """Return the applications that are only lanes."""
        return [app for app in self.sockets if "-lane-" in app]

    def replace(self, app: str) -> None:
        """Tell ``app`` that somebody else serves it now."""
        self.say(app, json.dumps({"type": "ApplicationReplaced", "application": app}))

    def say(self, app: str, text: str) -> None:
        """Send any text to the socket of ``app``."""
        self.sockets[app].out.put_nowait(text)

    async def dial_daemon(self, url: str, app: str, user: str, password: str) -> None:
        """Be the dialling side, as Asterisk in outbound mode: one connection, until it falls."""
        auth = base64.b64encode(f"{user}:{password}".encode()).decode()
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(
                url, protocols=("ari",), headers={"Authorization": f"Basic {auth}"}
            ) as socket,
        ):
            await self._serve(socket, app, None)

    def _allowed(self, request: web.Request) -> bool:
        wanted = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        return request.headers.get("Authorization") == f"Basic {wanted}"

    async def _events(self, request: web.Request) -> web.StreamResponse:
        if not self._allowed(request):
            raise web.HTTPUnauthorized
        app = request.query["app"]
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        if app in self.sockets:
            self.replace(app)
        await self._serve(socket, app, request.transport)
        return socket

    async def _serve(
        self, socket: Socket, app: str, transport: asyncio.BaseTransport | None
    ) -> None:
        served = self.sockets[app] = Served(socket, transport)
        writing = asyncio.get_running_loop().create_task(served.write())
        try:
            async for message in socket:
                if message.type is aiohttp.WSMsgType.TEXT and self.answers_commands:
                    await self._command(served, app, message.data)
        finally:
            writing.cancel()
            if self.sockets.get(app) is served:
                del self.sockets[app]

    async def _command(self, served: Served, app: str, text: str) -> None:
        command = wire.decode_request(text)
        self.seen.append((app, command.method, command.uri))
        await self.held_back.wait()
        if command.uri in self.slow:
            await self.slow[command.uri].wait()
        status, reason, body = self._do(command.method, command.uri, command.message_body)
        if _grows(command.method, body) or len(json.dumps(body)) > LONGEST_ANSWER:
            self._die()
            return
        reply = {
            "type": "RESTResponse",
            "application": app,
            "transaction_id": "",
            "request_id": command.request_id,
            "status_code": status,
            "reason_phrase": reason,
            "uri": command.uri,
            "message_body": "" if body is None else json.dumps(body),
        }
        served.out.put_nowait(json.dumps(reply))

    def _die(self) -> None:
        """End as Asterisk does: no call and no socket is left."""
        self.dead = True
        self.asterisk.channels.clear()
        self.asterisk.bridges.clear()
        for served in list(self.sockets.values()):
            served.abort()

    async def _http(self, request: web.Request) -> web.Response:
        if not self._allowed(request):
            raise web.HTTPUnauthorized
        uri = request.raw_path.removeprefix("/ari/")
        self.seen.append(("http", request.method, uri))
        if uri in self.recordings:
            return web.Response(body=self.recordings[uri])
        status, reason, body = self._do(request.method, uri, await request.text())
        if body is None:
            return web.Response(status=status, reason=reason)
        return web.json_response(body, status=status, reason=reason)

    def _do(self, method: str, uri: str, text: str) -> tuple[int, str, Any]:
        split = urlsplit(uri)
        path, query = unquote(split.path), dict(parse_qsl(split.query))
        body: dict[str, Any] = json.loads(text) if text else {}
        parts = path.split("/")
        if parts[0] == "applications" and parts[-1] == "eventFilter":
            self.filters[parts[1]] = [kind["type"] for kind in body["allowed"]]
        try:
            reply = self.asterisk.handle(method, path, query, body or None)
        except AriRefusal as refusal:
            return refusal.status, refusal.reason, {"message": refusal.reason}
        return (200, "OK", reply) if reply is not None else (204, "No Content", None)

    def _send(self, event: dict[str, Any]) -> None:
        for app, served in self.sockets.items():
            kept = self.filters.get(app)
            if app == event["application"] and (kept is None or event["type"] in kept):
                served.out.put_nowait(json.dumps(event))

"""A real desktop server on a free port, an SQLite file, a fake floor, and a browser to drive it."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from agent_desktop.server.app import create_app
from agent_desktop.server.config import DesktopConfig
from agent_desktop.server.gateway import Gateway
from agent_desktop.server.hub import Hub
from agent_desktop.server.keys import GATEWAY
from agent_desktop.server.passwords import hash_password
from agent_desktop.server.serve import serve
from crm_core.domain.user import User, UserRole
from crm_core.storage import migrate
from crm_core.storage.database import Database
from tests.fakes.backend import FakeBackend

PASSWORD = "correct horse"
HASH = hash_password(PASSWORD)
ABOUT_PHONE = ("phone_at", "phone_do")
NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
USERS = (
    ("ana", "Ana", ("agent",)),
    ("ben", "Ben", ("agent",)),
    ("sam", "Sam", ("supervisor",)),
    ("max", "Max", ("marketer",)),
    ("root", "Root", ("admin",)),
)


class Clock:
    """Wall time that tests move."""

    def __init__(self) -> None:
        self.at = NINE

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class Desk:
    """The server under test and its surroundings."""

    port: int
    backend: FakeBackend
    hub: Hub
    database: Database
    clock: Clock
    gateway: Gateway
    browsers: list["Browser"] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def browser(self) -> "Browser":
        """A fresh browser profile."""
        browser = Browser(self)
        self.browsers.append(browser)
        return browser

    async def signed_in(self, user: str) -> "Browser":
        browser = self.browser()
        answer = await browser.log_in(user)
        assert answer.status == 201, answer
        return browser


@dataclass
class Answer:
    """Status, headers and JSON of an answer."""

    status: int
    headers: Any
    json: Any
    text: str

    @property
    def code(self) -> str:
        return str(self.json["code"])


class Browser:
    """Keeps cookies and the CSRF token, says where it comes from."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self.csrf = ""

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        params: dict[str, str] | None = None,
    ) -> Answer:
        sent = {"Origin": self.desk.origin, "X-CSRF-Token": self.csrf, **(headers or {})}
        async with self.http.request(
            method, self.desk.origin + path, json=body, headers=sent, params=params
        ) as response:
            text = await response.text()
            is_json = "json" in response.content_type
            return Answer(
                response.status, response.headers, json.loads(text) if is_json else None, text
            )

    async def log_in(self, user: str, password: str = PASSWORD) -> Answer:
        answer = await self.ask("POST", "/api/session", {"user": user, "password": password})
        if answer.status == 201:
            self.csrf = answer.json["csrf"]
        return answer

    @asynccontextmanager
    async def window(
        self,
        *,
        epoch: str = "",
        seqs: dict[str, int] | None = None,
        hello: bool = True,
        **more: str,
    ) -> AsyncIterator["Window"]:
        """A page with its websocket open."""
        async with self.http.ws_connect(
            self.desk.origin + "/ws", headers={"Origin": self.desk.origin}
        ) as socket:
            window = Window(socket)
            if hello:
                await window.send(
                    type="hello", csrf=self.csrf, epoch=epoch, seqs=seqs or {}, **more
                )
            yield window


class Window:
    """One websocket, seen from the page."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse[bool]) -> None:
        self.socket = socket
        self.id = 0

    async def send(self, **frame: Any) -> None:
        await self.socket.send_str(json.dumps(frame))

    async def next(self, *, telling: str = "") -> dict[str, Any]:
        """The next frame that is no ping, nor about the phone unless asked for."""
        while True:
            frame = await self._any()
            if frame["type"] == "ping" and telling != "ping":
                await self.send(type="pong")
            elif frame["type"] not in ABOUT_PHONE or frame["type"] == telling:
                return frame

    async def _any(self) -> dict[str, Any]:
        async with asyncio.timeout(5):
            message = await self.socket.receive()
        assert message.type is aiohttp.WSMsgType.TEXT, f"closed: {self.socket.close_code}"
        frame: dict[str, Any] = json.loads(message.data)
        return frame

    async def until(self, kind: str, **having: Any) -> dict[str, Any]:
        """Skip to the first frame of this kind with these fields."""
        while True:
            frame = await self.next(telling=kind)
            if frame["type"] == kind and all(frame.get(k) == v for k, v in having.items()):
                return frame

    async def ask(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Send a command and return its reply."""
        self.id += 1
        await self.send(type=kind, id=self.id, **fields)
        return await self.until("reply", id=self.id)

    async def closed(self) -> int | None:
        """Read to the end; the code the server closed with."""
        async with asyncio.timeout(5):
            while (await self.socket.receive()).type is aiohttp.WSMsgType.TEXT:
                pass
        return self.socket.close_code


@asynccontextmanager
async def desk(folder: Path, template: Path, **settings: Any) -> AsyncIterator[Desk]:
    """Start the server; ``settings`` change its configuration."""
    await asyncio.to_thread(shutil.copy, template, folder / "crm.db")
    database = Database(f"sqlite:///{folder / 'crm.db'}")
    await database.open()
    clock = Clock()
    hub = Hub(epoch=f"epoch of {folder.name}", interval=0.0)
    agents = [(id_, name) for id_, name, roles in USERS if "agent" in roles]
    backend = FakeBackend(hub, now=clock, agents=agents)
    tls = settings.pop("server_tls", None)
    settings.setdefault("sessions_file", folder / "sessions.jsonl")
    app = create_app(DesktopConfig(**settings), backend, database, hub, now=clock)
    ports: asyncio.Queue[int] = asyncio.Queue()
    try:
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(
                serve(app, host="127.0.0.1", port=0, tls=tls, started=ports.put_nowait)
            )
            port = await ports.get()
            one = Desk(port, backend, hub, database, clock, app[GATEWAY])
            try:
                yield one
            finally:
                for browser in one.browsers:
                    await browser.http.close()
                running.cancel()
    finally:
        await database.close()


async def make_template(path: Path) -> None:
    """A database with the users, made once and copied for each test."""
    url = f"sqlite:///{path}"
    await migrate.upgrade(url)
    database = Database(url)
    await database.open()
    async with database.work(actor="test") as work:
        for id_, name, roles in USERS:
            await work.users.add(
                User(
                    id=id_,
                    name=name,
                    roles=tuple(UserRole(role) for role in roles),
                    password_hash=HASH,
                )
            )
        await work.commit()
    await database.close()

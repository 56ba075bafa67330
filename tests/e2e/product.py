"""The whole product in a child process on free ports, and the people who use it.

``Product`` is what an administrator starts; ``Desk`` is an agent's browser without the browser:
it logs in over HTTP, keeps the live topics over the websocket, and sends the same commands.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from socket import SOCK_STREAM
from typing import Any, Self

import aiohttp

from agent_desktop.server.passwords import hash_password
from crm_core.domain.interaction import Interaction
from crm_core.domain.user import User, UserRole
from crm_core.services.users import add_user
from crm_core.storage import migrate
from crm_core.storage.database import Database
from tests.asterisk_fixture import free_port, free_ports
from tests.fakes.sip_phone import NO_EAR, SipPhone

PASSWORD = "correct horse battery"
START_WITHIN = 40.0
SETTLE_WITHIN = 10.0

SITE = """
[site]
name = "Test"
region = "US"
timezone = "UTC"
languages = ["en", "zh", "fa"]
demo = true

[ports]
sip_udp = {sip}
http = {http}
rtp_start = {rtp_start}
rtp_end = {rtp_end}

[desktop]
host = "127.0.0.1"
port = {desktop}

[trunks.local-phones]
addresses = ["127.0.0.1"]
{limits}

[skills]
sales = {{ en = "Sales", zh = "销售", fa = "فروش" }}
support = {{ en = "Support", zh = "技术支持", fa = "پشتیبانی" }}
billing = {{ en = "Billing", zh = "账务", fa = "امور مالی" }}
lang-en = {{ en = "English", zh = "英语", fa = "انگلیسی" }}
lang-zh = {{ en = "Chinese", zh = "中文", fa = "چینی" }}
lang-fa = {{ en = "Persian", zh = "波斯语", fa = "فارسی" }}

[queues.sales]
name = {{ en = "Sales", zh = "销售", fa = "فروش" }}
needs = ["sales"]
ring_for = "{ring_for}"
wrap_up_for = "{wrap_up_for}"

[queues.support]
name = {{ en = "Support", zh = "技术支持", fa = "پشتیبانی" }}
needs = ["support"]
ring_for = "{ring_for}"
wrap_up_for = "{wrap_up_for}"

[queues.billing]
name = {{ en = "Billing", zh = "账务", fa = "امور مالی" }}
needs = ["billing"]
ring_for = "{ring_for}"
wrap_up_for = "{wrap_up_for}"

[[numbers]]
number = "5001"
label = {{ en = "Main line", zh = "总机", fa = "خط اصلی" }}
language = "en"
flow = "demo"
queue = "support"

[[numbers]]
number = "5004"
label = {{ en = "Straight to support", zh = "直达技术支持", fa = "مستقیم به پشتیبانی" }}
language = "en"
queue = "support"

[[numbers]]
number = "5090"
label = {{ en = "Echo", zh = "回声", fa = "پژواک" }}
language = "en"
echo = true
"""


class Desk:
    """One signed-in user: REST, websocket, and the topics as the page would hold them."""

    def __init__(self, base: str, http: aiohttp.ClientSession) -> None:
        self.base, self.http = base, http
        self.topics: dict[str, dict[str, Any]] = {}
        self.seqs: dict[str, int] = {}
        self.epoch = ""
        self.csrf = ""
        self.user = ""
        self.frames: list[dict[str, Any]] = []
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._changed = asyncio.Condition()
        self._replies: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._ids = 0

    async def log_in(self, user: str, password: str = PASSWORD) -> Self:
        """Sign in over REST."""
        reply = await self.request("POST", "/api/session", {"user": user, "password": password})
        self.csrf, self.user = reply["csrf"], user
        return self

    async def connect(self, *, resume: bool = False) -> Self:
        """Open the websocket and read it."""
        self._socket = await self.http.ws_connect(
            f"{self.base}/ws", headers={"Origin": self.base}, heartbeat=20
        )
        hello: dict[str, Any] = {"type": "hello", "csrf": self.csrf}
        if resume:
            hello |= {"epoch": self.epoch, "seqs": self.seqs}
        await self._socket.send_json(hello)
        self._reader = asyncio.create_task(self._read(self._socket))
        await self.until(lambda d: bool(d.epoch), "welcome")
        return self

    async def disconnect(self) -> None:
        """Cut the websocket."""
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.wait([self._reader])
        if self._socket is not None:
            await self._socket.close()

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            frame = message.json()
            self.frames.append(frame)
            match frame["type"]:
                case "welcome":
                    self.epoch = frame["epoch"]
                case "snapshot":
                    self.topics[frame["topic"]] = dict(frame["values"])
                    self.seqs[frame["topic"]] = frame["seq"]
                case "delta":
                    assert frame["after"] == self.seqs.get(frame["topic"]), "a gap in the numbers"
                    values = self.topics[frame["topic"]]
                    values.update(frame["put"])
                    for key in frame["drop"]:
                        values.pop(key, None)
                    self.seqs[frame["topic"]] = frame["seq"]
                case "reply":
                    self._replies[frame["id"]].set_result(frame)
                case "ping":
                    await socket.send_json({"type": "pong"})
                case _:
                    pass  # signed_out: a test looks for it among the frames
            async with self._changed:
                self._changed.notify_all()

    @property
    def own(self) -> dict[str, Any]:
        """The agent's own topic."""
        return self.topics.get(f"agent:{self.user}", {})

    def row(self, topic: str, key: str) -> dict[str, Any]:
        """One value of a shared topic, empty when it is not there."""
        row: dict[str, Any] = self.topics.get(topic, {}).get(key, {})
        return row

    @property
    def state(self) -> str:
        """The agent's state as her page shows it."""
        return str(self.own.get("me", {}).get("state", ""))

    async def until(
        self, holds: Callable[["Desk"], bool], what: str, within: float = SETTLE_WITHIN
    ) -> None:
        """Wait until the page shows it."""
        try:
            async with asyncio.timeout(within), self._changed:
                await self._changed.wait_for(lambda: holds(self))
        except TimeoutError:
            raise AssertionError(f"{self.user}: not seen in time: {what}; own={self.own}") from None

    async def ask(self, kind: str, **values: Any) -> dict[str, Any]:
        """Send a command and return its reply."""
        assert self._socket is not None
        self._ids += 1
        reply: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._replies[self._ids] = reply
        await self._socket.send_json({"type": kind, "id": self._ids, **values})
        async with asyncio.timeout(SETTLE_WITHIN):
            return await reply

    async def request(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, status: int = 0
    ) -> dict[str, Any]:
        """One REST request; its status must be ``status`` (or any success)."""
        headers = {"X-CSRF-Token": self.csrf, "Origin": self.base}
        async with self.http.request(
            method, f"{self.base}{path}", json=body, headers=headers
        ) as answer:
            text = await answer.text()
            wanted = answer.status == status if status else answer.status < 400
            assert wanted, f"{method} {path}: {answer.status} {text}"
            return await answer.json(content_type=None) if text else {}


async def nothing(_database: Database) -> None:
    """Leave the customer base empty."""


@dataclass(kw_only=True)
class Product:
    """Parley as its administrator runs it."""

    folder: Path
    agents: Sequence[User]
    ring_for: str = "5s"
    wrap_up_for: str = "30s"
    options: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    database_url: str = ""
    limits: str = ""
    """Lines of the trunk's limits; as a rule as many calls as there are ports for, at any rate."""
    fill: Callable[[Database], Awaitable[None]] = nothing
    """Puts customers into the fresh database."""

    def __post_init__(self) -> None:
        self.ports = free_ports()
        self.desktop_port = free_port(SOCK_STREAM)
        self.site = self.folder / "site.toml"
        self.process: asyncio.subprocess.Process | None = None

    @property
    def base(self) -> str:
        """Where the desktop is."""
        scheme = "https" if "--tls" in self.options else "http"
        return f"{scheme}://127.0.0.1:{self.desktop_port}"

    @property
    def url(self) -> str:
        """Where the customer data is."""
        return self.database_url or f"sqlite:///{self.folder / 'data' / 'parley.db'}"

    async def prepare(self) -> None:
        """Write the site file, make the database and its users."""
        (self.folder / "data").mkdir(parents=True, exist_ok=True)
        self.site.write_text(
            SITE.format(
                sip=self.ports.sip_udp,
                http=self.ports.http,
                rtp_start=self.ports.rtp_start,
                rtp_end=self.ports.rtp_end,
                desktop=self.desktop_port,
                limits=self.limits or f"max_calls = {self.ports.most_legs}\nmax_rate = 10000",
                ring_for=self.ring_for,
                wrap_up_for=self.wrap_up_for,
            )
        )
        await migrate.upgrade(self.url)
        database = Database(self.url)
        await database.open()
        try:
            for user in self.agents:
                async with database.work() as work:
                    await add_user(work, user)
            await self.fill(database)
        finally:
            await database.close()

    async def start(self) -> None:
        """Start the daemon and wait until it serves."""
        await self.launch()
        assert self.process is not None
        try:
            async with asyncio.timeout(START_WITHIN), aiohttp.ClientSession() as http:
                while not await self._serves(http):
                    assert self.process.returncode is None, self.said()
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"Parley did not start:\n{self.said()}") from None

    async def launch(self) -> None:
        """Begin to start the daemon."""
        own = {"PARLEY_LOGS_FORMAT": "json", "PARLEY_DESKTOP_PAGES": str(self.folder)}
        env = dict(os.environ) | own | dict(self.environment)
        self.log = (self.folder / "daemon.log").open("ab")
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "cti",
            "up",
            "--site",
            str(self.site),
            "--data-dir",
            str(self.folder / "data"),
            *self.options,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            env=env,
        )

    async def _serves(self, http: aiohttp.ClientSession) -> bool:
        try:
            async with http.get(f"{self.base}/api/health", ssl=False) as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    def said(self) -> str:
        """The end of the daemon's log."""
        return (self.folder / "daemon.log").read_text(errors="replace")[-6000:]

    async def stop(self, number: signal.Signals = signal.SIGTERM, *, drop: bool = False) -> int:
        """Signal the daemon and wait for its end; ``drop`` asks twice, so that calls end."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(number)
            if drop:
                await asyncio.sleep(0.2)
                with contextlib.suppress(ProcessLookupError):
                    self.process.send_signal(number)
            async with asyncio.timeout(START_WITHIN):
                await self.process.wait()
        self.log.close()
        return self.process.returncode or 0

    def kill_daemon(self) -> int:
        """kill -9 the daemon, not its keeper; return its process id."""
        assert self.process is not None
        tasks = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        daemon = int(tasks.read_text().split()[0])
        os.kill(daemon, signal.SIGKILL)
        return daemon

    def kill_for_good(self) -> None:
        """kill -9 the keeper, and with it the daemon; Asterisk is left alone."""
        assert self.process is not None
        self.process.kill()

    def kill_asterisk(self) -> None:
        """kill -9 the private Asterisk."""
        state = json.loads((self.folder / "data" / "asterisk" / "asterisk.json").read_text())
        os.kill(int(state["pid"]), signal.SIGKILL)

    async def serving(self, within: float = START_WITHIN) -> None:
        """Wait until the desktop answers."""
        async with asyncio.timeout(within), aiohttp.ClientSession() as http:
            while not await self._serves(http):  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    @property
    def sip(self) -> tuple[str, int]:
        """Where SIP phones send their calls."""
        return ("127.0.0.1", self.ports.sip_udp)

    @contextlib.asynccontextmanager
    async def phone(
        self, name: str, manner: str = "rings", port: int = 0, media: int = NO_EAR
    ) -> AsyncIterator[SipPhone]:
        """A real SIP telephone."""
        phone = await SipPhone.open(self.sip, name, manner, port, media)
        try:
            yield phone
        finally:
            phone.close()

    async def interactions(self) -> list[Interaction]:
        """Every stored record, oldest first."""
        database = Database(self.url)
        await database.open()
        try:
            async with database.work() as work:
                return await work.interactions.everything()
        finally:
            await database.close()

    async def ari(self, path: str) -> Any:
        """Ask Asterisk itself, as a witness that is not ours."""
        state = json.loads((self.folder / "data" / "asterisk" / "asterisk.json").read_text())
        headers = {"Authorization": aiohttp.encode_basic_auth("parley", state["password"])}
        url = f"http://127.0.0.1:{self.ports.http}/ari/{path}"
        async with aiohttp.ClientSession(headers=headers) as http, http.get(url) as answer:
            return await answer.json()

    async def until_quiet(self, within: float = SETTLE_WITHIN) -> None:
        """No channel and no bridge is left in Asterisk."""
        left: list[Any] = []
        try:
            async with asyncio.timeout(within):
                while left := [*await self.ari("channels"), *await self.ari("bridges")]:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"left over: {left}\n{self.said()}") from None

    @contextlib.asynccontextmanager
    async def desk(self, user: str) -> AsyncIterator[Desk]:
        """A signed-in user with an open websocket."""
        jar = aiohttp.CookieJar(unsafe=True)
        connector = aiohttp.TCPConnector(ssl=False)  # a certificate of its own making
        async with aiohttp.ClientSession(cookie_jar=jar, connector=connector) as http:
            desk = Desk(self.base, http)
            await desk.log_in(user)
            await desk.connect()
            try:
                yield desk
            finally:
                await desk.disconnect()


def agent(
    user: str, *, skills: Mapping[str, int], phone_port: int = 0, roles: Sequence[str] = ("agent",)
) -> User:
    """A user for the database; with ``phone_port`` her phone is a SIP telephone there."""
    return User(
        id=user,
        name=user.capitalize(),
        roles=tuple(UserRole(role) for role in roles),
        skills=dict(skills),
        phone="sip" if phone_port else "browser",
        preferences={"sip_uri": f"sip:{user}@127.0.0.1:{phone_port}"} if phone_port else {},
        password_hash=hash_password(PASSWORD),
    )


@contextlib.asynccontextmanager
async def running(product: Product) -> AsyncIterator[Product]:
    """The product, prepared, started and stopped with its Asterisk."""
    await product.prepare()
    await product.start()
    try:
        yield product
    finally:
        with contextlib.suppress(ProcessLookupError):
            await product.stop(drop=True)

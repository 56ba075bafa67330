"""The running product under what strangers send it: SIP, websocket frames, made-up REST calls.

``make security`` also lets schemathesis make up requests for every role for a while; in ``make
test`` it only looks at each route once.
"""

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest

from agent_desktop.server.access import ROLES
from tests.e2e.product import Desk, Product, agent, running
from tests.security.odd_http import FRAMES, requests
from tests.security.odd_sip import MARK, NAME, Odd, Place, messages
from tests.security.test_odd_http import faults_of, told

pytestmark = [pytest.mark.e2e, pytest.mark.security, pytest.mark.timeout(900)]

LONG = "PARLEY_TEST_LONG" in os.environ
EXAMPLES = 25
"""Requests that schemathesis makes up for each operation and role in the long form."""
ANSWER_WITHIN = 3.0
FORBIDDEN = ("Traceback", '"level": "error"', '"level":"error"', MARK, NAME)


SAID_BY_ASTERISK = "has invalid UTF-8 characters which were replaced"
"""Its warning of a display name that is not UTF-8 quotes the number; no setting of its log leaves
out one warning, and without warnings an operator would see nothing."""


def house(folder: Path) -> Product:
    """A user of each role, named after it; the first is an agent with a telephone on her page."""
    users = [agent(role, skills={"support": 4, "lang-en": 5}, roles=[role]) for role in ROLES]
    (folder / "index.html").write_text("<!doctype html>")  # the pages, as far as it takes
    return Product(folder=folder, agents=users)


def complaints(product: Product) -> list[str]:
    """What the daemon or Asterisk wrote that should not be there."""
    files = [product.folder / "daemon.log"]
    files += (product.folder / "data" / "asterisk").glob("log/**/*")
    found = []
    for file in files:
        text = file.read_text(errors="replace") if file.is_file() else ""
        what = FORBIDDEN if file.name == "daemon.log" else (MARK, NAME)
        found += [
            f"{file.name}: {line[:600]}"
            for line in text.splitlines()
            if any(word in line for word in what) and SAID_BY_ASTERISK not in line
        ]
    return found[:5]


async def pid_of_asterisk(product: Product) -> int:
    file = product.folder / "data" / "asterisk" / "asterisk.json"
    return int(json.loads(await asyncio.to_thread(file.read_text))["pid"])


class Stranger:
    """Somebody with a UDP socket."""

    def __init__(self, product: Product) -> None:
        self.wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.wire.setblocking(False)
        self.wire.bind(("127.0.0.1", 0))
        port = self.wire.getsockname()[1]
        self.to = product.sip
        self.place = Place(server=f"{self.to[0]}:{self.to[1]}", via=f"127.0.0.1:{port}")

    async def send(self, raw: bytes) -> None:
        await asyncio.get_running_loop().sock_sendto(self.wire, raw[:65_000], self.to)

    async def answered(self, number: int) -> bool:
        """Whether Asterisk still answers."""
        via = self.place.via
        ping = (
            f"OPTIONS sip:ping@{self.place.server} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {via};branch=z9hG4bKping{number}\r\nMax-Forwards: 70\r\n"
            f"From: <sip:ping@{via}>;tag=p{number}\r\nTo: <sip:ping@{self.place.server}>\r\n"
            f"Call-ID: ping-{number}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
        )
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_WITHIN):
                await self.send(ping.encode())
                while True:
                    heard = await asyncio.get_running_loop().sock_recv(self.wire, 65_535)
                    if f"ping-{number}".encode() in heard:
                        return True
        return False


async def tortured_over_udp(product: Product) -> list[str]:
    """The messages after which Asterisk no longer answered."""
    stranger = Stranger(product)
    try:
        for number, (name, odd) in enumerate(messages()):
            await stranger.send(odd.at(stranger.place, number))
            if not await stranger.answered(number):
                return [f"no answer after {name}"]
    finally:
        stranger.wire.close()
    return []


async def tortured_over_the_websocket(product: Product, desk: Desk) -> list[str]:
    """What a page that is signed in may send, message by message, each on its own socket."""
    phone = await desk.request("POST", "/api/phone", {})
    place = Place(server=str(phone["domain"]), via="page.invalid")
    wrong = []
    for number, (name, odd) in enumerate(messages()):
        raw = Odd(text=odd.text.replace("SIP/2.0/UDP", "SIP/2.0/WS"), raw=odd.raw)
        await on_a_socket(desk, raw.at(place, number))
        if await product.ari("channels"):
            wrong.append(f"a call came of {name}")
            break
    return wrong


async def on_a_socket(desk: Desk, raw: bytes) -> None:
    headers = {"Origin": desk.base}
    async with desk.http.ws_connect(
        f"{desk.base}/sip", headers=headers, protocols=("sip",)
    ) as browser:
        with suppress(TimeoutError, ConnectionError, aiohttp.ClientError):
            async with asyncio.timeout(0.1):
                try:
                    await browser.send_str(raw.decode())
                except UnicodeDecodeError:
                    await browser.send_bytes(raw)
                await browser.receive()


async def odd_frames(desk: Desk) -> list[str]:
    """Frames on the live websocket after which it no longer works for others."""
    for frame in FRAMES.values():
        async with desk.http.ws_connect(f"{desk.base}/ws", headers={"Origin": desk.base}) as page:
            for hello in (False, True):
                with suppress(TimeoutError, ConnectionError, aiohttp.ClientError):
                    if hello:
                        await page.send_json({"type": "hello", "csrf": desk.csrf})
                    async with asyncio.timeout(0.1):
                        await (
                            page.send_str(frame)
                            if isinstance(frame, str)
                            else page.send_bytes(frame)
                        )
                        await page.receive()
    return []


async def odd_requests(product: Product) -> list[str]:
    """Requests that were answered wrongly."""
    wrong = []
    for name, raw in requests():
        head = await told(product.desktop_port, raw)
        if head and (found := faults_of(head)):
            wrong.append(f"{name}: {found}")
    return wrong


async def made_up_requests(product: Product, role: str) -> list[str]:
    """What schemathesis finds with the rights of ``role`` ("" for nobody's)."""
    cookie, csrf = "", ""
    if role:
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as http:
            desk = await Desk(product.base, http).log_in(role)
            csrf = desk.csrf
            cookie = "; ".join(f"{one.key}={one.value}" for one in jar)
    config = product.folder / f"schemathesis-{role or 'nobody'}.toml"
    lines = [f'Origin = "{product.base}"', f'X-CSRF-Token = "{csrf}"', f'Cookie = "{cookie}"']
    await asyncio.to_thread(config.write_text, "[headers]\n" + "\n".join(lines) + "\n")
    words = [
        "run",
        f"{product.base}/api/openapi.json",
        "--checks=not_a_server_error,response_schema_conformance,content_type_conformance",
        "--phases=examples,coverage,fuzzing" if LONG else "--phases=examples,coverage",
        f"--max-examples={EXAMPLES}",
        "--suppress-health-check=all",
        "--seed=1",
        "--exclude-path-regex=^/api/(session|me/sessions|me/password|health|ready)",
        "--request-timeout=10",
        "--no-color",
    ]
    code, said = await schemathesis(product.folder, ["--config-file", str(config), *words])
    return [] if code == 0 else [f"{role or 'nobody'}: {said[-4000:]}"]


async def schemathesis(folder: Path, words: Sequence[str]) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "schemathesis.cli",
        *words,
        cwd=folder,  # where it keeps notes of its own
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said, _ = await process.communicate()
    finally:
        with suppress(ProcessLookupError):
            process.kill()
    return process.returncode or 0, said.decode(errors="replace")


@asynccontextmanager
async def outliving(product: Product) -> AsyncIterator[None]:
    """Nothing of the product died, nothing is left over, nothing was written that should not be."""
    before = await pid_of_asterisk(product)
    yield
    assert await pid_of_asterisk(product) == before
    async with aiohttp.ClientSession() as http, http.get(f"{product.base}/api/health") as answer:
        assert answer.status == 200
    await product.until_quiet(within=40)
    written = await asyncio.to_thread(complaints, product)
    assert not written, "\n".join(written)


async def test_the_product_outlives_what_strangers_and_its_own_pages_send(tmp_path: Path) -> None:
    async with running(house(tmp_path)) as product, outliving(product):
        assert await tortured_over_udp(product) == []
        assert await odd_requests(product) == []
        async with product.desk("agent") as desk:
            assert await tortured_over_the_websocket(product, desk) == []
            assert await odd_frames(desk) == []


@pytest.mark.skipif(not LONG, reason="some minutes; make security runs it")
async def test_no_role_makes_the_product_stumble_with_made_up_requests(tmp_path: Path) -> None:
    async with running(house(tmp_path)) as product, outliving(product):
        for role in ("", *ROLES):
            assert await made_up_requests(product, role) == []

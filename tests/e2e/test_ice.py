"""Browser phones ask the STUN server that the site names, under the pages' security policy."""

import asyncio
import contextlib
import ipaddress
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final, cast

import pytest
from playwright.async_api import expect
from typing_extensions import override

from crm_core import demo
from crm_core.storage.database import Database
from tests.e2e.browser import built_pages, chromium_at, chromium_path, seen, with_pages
from tests.e2e.product import Product, agent, running

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

COOKIE: Final = 0x2112A442
BINDING, BINDING_DONE, XOR_MAPPED_ADDRESS = 0x0001, 0x0101, 0x0020


class StunServer(asyncio.DatagramProtocol):
    """Tells whoever asks which address his question came from (RFC 8489)."""

    def __init__(self) -> None:
        self.asked = 0
        self._transport: asyncio.DatagramTransport | None = None

    @property
    def uri(self) -> str:
        """As the site file names it."""
        assert self._transport is not None
        return f"stun:127.0.0.1:{self._transport.get_extra_info('sockname')[1]}"

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    @override
    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        kind, _, cookie = struct.unpack_from("!HHI", data)
        if (kind, cookie) != (BINDING, COOKIE) or self._transport is None:
            return
        self.asked += 1
        host = int(ipaddress.IPv4Address(addr[0])) ^ COOKIE
        seen_as = struct.pack("!BBHI", 0, 1, addr[1] ^ (COOKIE >> 16), host)
        body = struct.pack("!HH", XOR_MAPPED_ADDRESS, len(seen_as)) + seen_as
        head = struct.pack("!HHI", BINDING_DONE, len(body), COOKIE) + data[8:20]
        self._transport.sendto(head + body, addr)


@contextlib.asynccontextmanager
async def stun_server() -> AsyncIterator[StunServer]:
    """One on a free port of this machine."""
    transport, server = await asyncio.get_running_loop().create_datagram_endpoint(
        StunServer, local_addr=("127.0.0.1", 0)
    )
    try:
        yield server
    finally:
        transport.close()


class Behind(Product):
    """A site whose phones are told of a STUN server."""

    stun: str = ""

    @override
    async def prepare(self) -> None:
        await super().prepare()
        text = self.site.read_text()
        self.site.write_text(
            text.replace("[desktop]\n", f'[desktop]\nice_servers = ["{self.stun}"]\n')
        )


@pytest.fixture(scope="module", autouse=True)
def pages() -> None:
    """What these tests need beside Python: Chromium and the built pages."""
    chromium_path()
    built_pages()


async def cast_of_the_demo(database: Database) -> None:
    await demo.seed(database, parties=20)


async def test_agent_caller_and_self_test_ask_the_sites_stun_server(tmp_path: Path) -> None:
    async with stun_server() as server:
        product = Behind(
            folder=tmp_path,
            agents=[agent("ana", skills={"support": 4, "lang-en": 5})],
            fill=cast_of_the_demo,
            environment=with_pages(),
        )
        product.stun = server.uri
        async with running(product), chromium_at(product) as browsers:
            ana = await browsers.agent("ana")
            await ana.go_ready()
            assert server.asked == 0

            async def asked_more() -> bool:
                return server.asked > before

            before = server.asked
            await ana.button("Devices").click()
            dialog = ana.page.get_by_role("dialog")
            await dialog.get_by_role("button", name="Test microphone and network").click()
            await seen(asked_more, "the self-test asks")
            await expect(dialog.get_by_text("Works")).to_be_visible()
            await ana.press("Escape")
            await expect(dialog).to_be_hidden()

            before = server.asked
            caller = await browsers.caller()
            await caller.ring("5004")
            await seen(asked_more, "the caller's phone asks")
            await ana.phase("offered")

            before = server.asked
            await ana.answer()
            await seen(asked_more, "the agent's phone asks")
            await ana.hears("the caller")
            await caller.hears("the agent")

"""Behind a proxy and under strange names: who is let in, and what stays shut."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from tests.integration.agent_desktop.conftest import Start
from tests.integration.agent_desktop.desk import Desk

pytestmark = pytest.mark.integration

PUBLIC = "https://desk.example.org"


@asynccontextmanager
async def proxy(desk: Desk, *, adds: bool = True, host: str = "") -> AsyncIterator[str]:
    """A reverse proxy as nginx is one, in front of the desk; its address."""
    client = aiohttp.ClientSession(auto_decompress=False)

    async def pass_on(request: web.Request) -> web.Response:
        headers = request.headers.copy()
        headers["Host"] = host or f"127.0.0.1:{desk.port}"
        if adds:
            before = headers.get("X-Forwarded-For")
            peer = request.headers.get("X-Test-Client", "203.0.113.7")
            headers["X-Forwarded-For"] = f"{before}, {peer}" if before else peer
            headers["X-Forwarded-Proto"] = "https"
        async with client.request(
            request.method, desk.origin + request.path, headers=headers, data=await request.read()
        ) as answer:
            passed = answer.headers.copy()
            passed.popall("Transfer-Encoding", None)
            return web.Response(status=answer.status, headers=passed, body=await answer.read())

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", pass_on)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await client.close()
        await runner.cleanup()


async def guess(url: str, origin: str, client: str, *, forged: str = "") -> tuple[int, str]:
    headers = {"Origin": origin, "X-Test-Client": client}
    if forged:
        headers["X-Forwarded-For"] = forged
    body = {"user": "ana", "password": "correct horse"}
    async with aiohttp.ClientSession() as http:
        if client != "ana's":
            body = {"user": f"x{forged}{client}", "password": "wrong"}
        async with http.post(f"{url}/api/session", json=body, headers=headers) as answer:
            return answer.status, answer.headers.get("Set-Cookie", "")


async def status_of(url: str) -> int:
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        return answer.status


async def test_a_strangers_wrong_guesses_behind_the_proxy_lock_nobody_else_out(
    start: Start,
) -> None:
    settings = {"public_url": PUBLIC, "tls": True, "trusted_proxies": 1}
    async with start(failures_per_address=3, **settings) as desk, proxy(desk) as url:
        for turn in range(4):
            status, _ = await guess(url, PUBLIC, "198.51.100.9", forged=f"203.0.113.{turn}")
            assert status == (401 if turn < 3 else 429)
        status, cookie = await guess(url, PUBLIC, "ana's")
        assert status == 201
        assert cookie.startswith("__Host-parley_session=")
        assert "Secure" in cookie


async def test_the_trusted_proxy_that_says_https_makes_cookies_secure_too(start: Start) -> None:
    async with start(trusted_proxies=1) as desk, proxy(desk) as url:
        _, cookie = await guess(url, desk.origin, "ana's")
        assert "Secure" in cookie
    async with start() as desk, proxy(desk) as url:  # not trusted: it might be anybody
        _, cookie = await guess(url, desk.origin, "ana's")
        assert "Secure" not in cookie


@pytest.mark.parametrize("adds", [True, False])
async def test_no_proxy_opens_figures_or_the_demo(start: Start, adds: bool) -> None:
    for settings in ({}, {"trusted_proxies": 1}, {"public_url": PUBLIC}):
        if not adds and not settings:
            continue  # nobody could tell; but then no page works behind it either
        async with start(**settings) as desk, proxy(desk, adds=adds) as url:
            assert await status_of(f"{url}/metrics") == 401
            assert await status_of(f"{url}/api/demo/numbers") == 404


async def test_the_demo_is_for_this_machine_unless_it_is_meant_for_others(start: Start) -> None:
    async with start() as desk:
        assert (await desk.browser().ask("GET", "/api/demo/numbers")).status == 200
    async with start(demo_open=True) as desk, proxy(desk) as url:
        assert await status_of(f"{url}/api/demo/numbers") == 200


async def test_figures_are_shown_to_who_holds_the_token(start: Start) -> None:
    settings = {"public_url": PUBLIC, "metrics_token": "a token for prometheus"}
    async with start(**settings) as desk:
        browser = desk.browser()
        for token, status in (("a token for prometheus", 200), ("another", 401), ("é", 401)):
            headers = {"Authorization": f"Bearer {token}"}
            assert (await browser.ask("GET", "/metrics", headers=headers)).status == status


@pytest.mark.parametrize("path", ["/", "/metrics", "/api/demo/numbers", "/api/session", "/none"])
async def test_a_forged_host_is_told_that_this_is_another_server(start: Start, path: str) -> None:
    async with start() as desk:
        answer = await desk.browser().ask("GET", path, headers={"Host": "evil.example"})
        assert (answer.status, answer.code) == (421, "unknown_host")
        assert "desktop.public_url" in answer.json["detail"]


async def test_a_forged_host_opens_no_websocket(start: Start) -> None:
    async with start() as desk:
        browser = await desk.signed_in("ana")
        for path in ("/ws", "/sip"):
            headers = {"Host": "evil.example", "Origin": "http://evil.example"}
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await browser.http.ws_connect(desk.origin + path, headers=headers)
            assert refused.value.status == 421


async def test_health_answers_whatever_it_is_called(start: Start) -> None:
    async with start() as desk:
        reader, writer = await asyncio.open_connection("127.0.0.1", desk.port)
        writer.write(b"GET /api/health HTTP/1.0\r\n\r\n")
        assert (await reader.readline()).split()[1] == b"200"
        writer.close()

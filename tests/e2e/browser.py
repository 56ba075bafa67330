"""Chromium and the people in front of it: an agent, a supervisor, and a caller with a web phone.

The microphone is Chromium's own test tone, everything else is real: SIP over the desktop server,
sound over WebRTC to Asterisk.
"""

import contextlib
import os
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    ViewportSize,
    async_playwright,
    expect,
)

from tests.e2e.product import PASSWORD, SETTLE_WITHIN, Product
from tests.eventually import until
from tools import browser as chromium
from tools import web
from tools.say import Trouble

DRIVERS_NODE: Final = "PLAYWRIGHT_NODEJS_PATH"
PATH_VARIABLE: Final = "PARLEY_TEST_CHROMIUM"
ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
LARGE: Final = ViewportSize(width=1440, height=900)
SEEN_WITHIN: Final = SETTLE_WITHIN * 1000
expect.set_options(timeout=SEEN_WITHIN)
RUNG_WITHIN: Final = 25_000
"""A caller hears a greeting and a menu before a phone rings."""

# Lets a test ask the page's own sound connections how much they heard.
KEEP_PEERS: Final = """
window.parleyPeers = [];
window.RTCPeerConnection = class extends window.RTCPeerConnection {
  constructor(...given) { super(...given); window.parleyPeers.push(this); }
};
"""
HEARD: Final = """
async () => {
  let packets = 0;
  for (const peer of window.parleyPeers) {
    if (peer.connectionState !== "connected") continue;
    for (const row of (await peer.getStats()).values()) {
      if (row.type === "inbound-rtp") packets += row.packetsReceived;
    }
  }
  return packets;
}
"""


def chromium_path() -> str:
    """Where the browser is; fails with what to install."""
    named = os.environ.get(PATH_VARIABLE, "")
    if named:
        if not Path(named).is_file():
            pytest.fail(f"{PATH_VARIABLE} names {named}, which is not there", pytrace=False)
        return named
    try:
        return chromium.chromium()
    except Trouble as trouble:
        pytest.fail(str(trouble), pytrace=False)


def node_path() -> str:
    """Node for Playwright: that which it brings along needs a library that bare Debian lacks."""
    try:
        return shutil.which("node", path=web.node_path()["PATH"]) or ""
    except Trouble as trouble:
        pytest.fail(str(trouble), pytrace=False)


def built_pages() -> Path:
    """The desktop's pages, built from the sources as they are."""
    try:
        web.build()
    except Trouble as trouble:
        pytest.fail(str(trouble), pytrace=False)
    return web.DIST


def with_pages() -> Mapping[str, str]:
    """The environment of a ``Product`` that serves the pages."""
    return {"PARLEY_DESKTOP_PAGES": str(web.DIST)}


@dataclass(kw_only=True)
class Window:
    """One browser of one person: cookies, windows and complaints of its own."""

    product: Product
    context: BrowserContext
    page: Page

    async def heard(self) -> int:
        """How many packets of sound came in over the connection that is up."""
        packets: int = await self.page.evaluate(HEARD)
        return packets

    async def hears(self, what: str) -> None:
        """Sound flows: more of it has come after a moment."""
        before = await self.heard()

        async def more() -> bool:
            return await self.heard() > max(before, 0) + 10

        await seen(more, what)

    def sees(self, text: str | re.Pattern[str]) -> Locator:
        """What shows this text."""
        return self.page.get_by_text(text)

    def button(self, name: str) -> Locator:
        """A button by its name."""
        return self.page.get_by_role("button", name=name, exact=True)

    async def press(self, keys: str) -> None:
        """Press keys, as a user of the keyboard does."""
        await self.page.keyboard.press(keys)


class AgentWindow(Window):
    """An agent or supervisor at her desktop."""

    @property
    def phone(self) -> Locator:
        """The softphone."""
        return self.page.locator("[data-phase]").first

    @property
    def caller_card(self) -> Locator:
        """Who is calling."""
        return self.page.get_by_role("region", name="Caller", exact=True)

    def row(self, table: int, text: str) -> Locator:
        """A row of the supervisor's page: of the queues, the agents or the calls."""
        shown = self.page.get_by_role("table").nth(table)
        return shown.get_by_role("row").filter(has_text=text)

    async def log_in(self, user: str, password: str = PASSWORD) -> None:
        """Sign in on the log-in page."""
        await self.page.goto(self.product.base)
        await self.page.locator("input[name=user]").fill(user)
        await self.page.locator("input[name=password]").fill(password)
        await self.press("Enter")

    async def phase(self, name: str, within: float = SEEN_WITHIN) -> None:
        """Wait until the softphone is idle, offered, talking, held or wrap_up."""
        await expect(self.phone).to_have_attribute("data-phase", name, timeout=within)

    async def state(self, name: str | re.Pattern[str], within: float = SEEN_WITHIN) -> None:
        """Wait until the header shows this state."""
        shown = self.page.locator("button[aria-haspopup=menu]").first
        await expect(shown).to_contain_text(name, timeout=within)

    async def go_ready(self) -> None:
        """Take calls, once the phone is registered."""
        await expect(self.sees("Phone is ready")).to_be_visible()
        await self.press("Alt+1")
        await self.state("Ready")

    async def answer(self) -> None:
        """Take the call that rings, by keyboard."""
        await self.phase("offered", RUNG_WITHIN)
        await expect(self.button("Answer")).to_be_enabled()
        await self.press("Alt+a")
        await self.phase("talking")

    async def hang_up(self) -> None:
        """End the call by keyboard, once that is not deaf any more."""
        ends = self.phone.get_by_role("button").nth(1)  # whatever the language
        await expect(ends).to_be_enabled()
        await self.press("Alt+e")

    async def tab(self, path: str = "/") -> "AgentWindow":
        """Another tab of the same browser."""
        page = await self.context.new_page()
        await page.goto(f"{self.product.base}{path}")
        return AgentWindow(product=self.product, context=self.context, page=page)

    @property
    def dock(self) -> Locator:
        """The call in hand, on pages and in dialogs without the softphone."""
        return self.page.get_by_role("region", name="Call in hand")

    async def finish(self) -> None:
        """Do the after-call work by keyboard: outcome, then done."""
        await self.phase("wrap_up")
        await self.press("Alt+d")
        await self.press("Space")
        await self.press("Control+Enter")
        await self.phase("idle")


class CallerWindow(Window):
    """A newcomer with the demo's telephone."""

    async def open(self) -> None:
        """Open the caller page."""
        await self.page.goto(f"{self.product.base}/caller")
        await expect(self.button("Ring")).to_be_enabled()

    async def ring(self, number: str, *, customer: str = "") -> None:
        """Ring a number, as a customer or as the stranger."""
        if customer:
            await self.page.get_by_role("textbox", name="Search a customer").fill(customer)
            await self.page.get_by_role("button", name=customer).click()
        await self.page.get_by_role("combobox").click()
        await self.page.locator(".ant-select-item-option", has_text=number).click()
        await self.button("Ring").click()
        await expect(self.button("Hang up")).to_be_visible()

    async def is_up(self) -> None:
        """In a call, as the page shows it."""
        await expect(self.button("Hang up")).to_be_visible()
        await expect(self.sees("Connected")).to_be_visible()

    async def is_over(self, within: float = SEEN_WITHIN) -> None:
        """Not in a call any more."""
        await expect(self.button("Ring")).to_be_visible(timeout=within)

    async def keys(self, keys: str, *, every: int = 1_500) -> None:
        """Press keys on the keypad, slowly enough for each menu to have begun."""
        for key in keys:
            await self.page.wait_for_timeout(every)
            await self.button(key).click()


async def seen(
    holds: Callable[[], Awaitable[bool]], what: str, within: float = SETTLE_WITHIN
) -> None:
    """Wait until it holds; ``what`` says what was not seen."""
    try:
        await until(holds, within=within)
    except TimeoutError:
        raise AssertionError(f"not seen in time: {what}") from None


@dataclass(kw_only=True)
class Browsers:
    """One Chromium, a fresh profile for each person."""

    product: Product
    browser: Browser
    complaints: list[str] = field(default_factory=list)
    """Errors that nobody caught on a page, and what its security policy forbade."""

    async def agent(self, user: str, size: ViewportSize = LARGE) -> AgentWindow:
        """Somebody who has signed in."""
        window = AgentWindow(**await self.window(size))
        await window.log_in(user)
        return window

    async def caller(self, size: ViewportSize = LARGE) -> CallerWindow:
        """The demo's telephone."""
        window = CallerWindow(**await self.window(size))
        await window.open()
        return window

    async def window(self, size: ViewportSize = LARGE) -> Mapping[str, Any]:
        """What a ``Window`` is made of: a fresh profile and an empty page."""
        context = await self.browser.new_context(
            viewport=size, locale="en-US", permissions=["microphone"]
        )
        await context.add_init_script(KEEP_PEERS)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

        def hear(message: ConsoleMessage) -> None:
            if "Content Security Policy" in message.text:
                self.complaints.append(message.text)

        page.on("console", hear)
        return {"product": self.product, "context": context, "page": page}


@contextlib.asynccontextmanager
async def chromium_at(product: Product) -> AsyncIterator[Browsers]:
    """Start Chromium for a product that runs."""
    os.environ.setdefault(DRIVERS_NODE, node_path())
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path(), args=list(ARGUMENTS)
        )
        browsers = Browsers(product=product, browser=browser)
        try:
            yield browsers
        finally:
            await browser.close()
        assert browsers.complaints == []

"""The README's pictures, taken from the demo as a newcomer sees it: `python -m tests.e2e.pictures`.

Starts the demo on free ports with data of its own, plays its callers and agents in Chromium, and
writes ``docs/images``. Takes about two minutes.
"""

import asyncio
import contextlib
import os
import re
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final

from playwright.async_api import expect
from typing_extensions import override

from crm_core import demo
from cti.sites import DEMO_SITE
from tests.e2e.browser import (
    AgentWindow,
    Browsers,
    Window,
    built_pages,
    chromium_at,
    with_pages,
)
from tests.e2e.product import Product
from tools.places import ROOT

INTO: Final = ROOT / "docs" / "images"
TRAFFIC_FOR: Final = 75.0
"""Seconds of made-up calls before the supervisor's page is worth a picture."""
LUNCH: Final = 2
"""Its place in the menu of states."""
ENGLISH, CHINESE, PERSIAN = "Grace Holloway", "王芳", "مینا رضایی"


class Demo(Product):
    """The demo site on free ports."""

    @override
    async def prepare(self) -> None:
        ports: Mapping[str, int] = {
            "sip_udp": self.ports.sip_udp,
            "http": self.ports.http,
            "rtp_start": self.ports.rtp_start,
            "rtp_end": self.ports.rtp_end,
            "port": self.desktop_port,
        }
        text = DEMO_SITE.read_text()
        for key, value in ports.items():
            text = re.sub(rf"(?m)^{key} = \d+", f"{key} = {value}", text)
        self.site.write_text(text)

    @property
    def command(self) -> list[str]:
        """The words every command about this demo begins with."""
        return [sys.executable, "-m", "cti"]


async def keep(window: Window, name: str) -> None:
    """Take the picture once nothing moves any more."""
    await window.page.mouse.move(0, 0)
    await window.page.wait_for_timeout(700)
    await window.page.screenshot(path=INTO / f"{name}.png", animations="disabled")


async def agent(browsers: Browsers, user: str) -> AgentWindow:
    """A member of the demo's staff at work."""
    window = AgentWindow(**await browsers.window())
    await window.log_in(user, demo.PASSWORD)
    return window


async def ready(window: AgentWindow) -> None:
    """Go ready, whatever the page's language."""
    await expect(window.page.locator("[data-phase=idle]")).to_be_visible()
    await window.page.wait_for_timeout(1_500)  # the phone registers
    await window.press("Alt+1")


async def workspaces(browsers: Browsers) -> None:
    """The agent's page in three languages, and the caller's."""
    caller = await browsers.caller()
    for user, who, keys, name in (
        ("ana", ENGLISH, "12", "workspace"),
        ("li", CHINESE, "22", "workspace-zh"),
        ("mina", PERSIAN, "32", "workspace-fa"),
    ):
        window = await agent(browsers, user)
        await ready(window)
        await caller.page.get_by_role("button", name=who).click()
        await caller.ring("5001")
        await caller.keys(keys)
        await window.phase("offered", 25_000)
        await expect(window.sees(who).first).to_be_visible()
        if user == "ana":
            await keep(window, name)
        await window.press("Alt+a")
        await window.phase("talking")
        if user == "ana":
            await caller.page.wait_for_timeout(4_000)
            await keep(caller, "caller")
        else:
            await window.page.wait_for_timeout(2_500)
            await keep(window, name)
        await window.hang_up()
        await window.finish()
        await caller.is_over()
        await window.press("Alt+2")
        await window.page.get_by_role("menuitem").nth(LUNCH).click()


@contextlib.asynccontextmanager
async def traffic(product: Demo) -> AsyncIterator[None]:
    """Made-up callers and agents."""
    process = await asyncio.create_subprocess_exec(
        *product.command,
        *("demo", "traffic", "--agents", "10", "--calls-per-minute", "30"),
        *("--site", str(product.site)),
        stdin=asyncio.subprocess.DEVNULL,
        env=os.environ | {"PARLEY_DATA_DIR": str(product.folder / "data")},
    )
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        await process.wait()


async def floor(browsers: Browsers, product: Demo) -> None:
    """The supervisor's pages while calls come and go."""
    sup = await agent(browsers, "sup")
    async with traffic(product):
        await asyncio.sleep(TRAFFIC_FOR)
        await keep(sup, "supervisor")
        await sup.row(2, "Talking").first.click()
        await expect(sup.page.get_by_role("dialog")).to_be_visible()
        await keep(sup, "why")
        await sup.page.goto(f"{product.base}/wallboard")
        await expect(sup.sees("Support").first).to_be_visible()
        await keep(sup, "wallboard")


async def main() -> None:
    """Take all pictures."""
    built_pages()
    INTO.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="parley-pictures-") as folder:
        options = ("--demo", "--port")
        product = Demo(folder=Path(folder), agents=(), environment=with_pages())
        product.options = (*options, str(product.desktop_port))
        await product.prepare()
        await product.start()
        try:
            async with chromium_at(product) as browsers:
                await workspaces(browsers)
                await floor(browsers, product)
        finally:
            await product.stop(drop=True)


if __name__ == "__main__":
    asyncio.run(main())

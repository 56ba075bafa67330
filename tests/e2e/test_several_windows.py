"""One agent, several tabs and browsers, dialogs and a network that goes: no call ends by it."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Locator, expect

from tests.e2e.browser import (
    AgentWindow,
    Browsers,
    CallerWindow,
    built_pages,
    chromium_at,
    chromium_path,
    seen,
    with_pages,
)
from tests.e2e.product import Product, agent, running
from tests.e2e.test_browser import GRACE, customers

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

Floor = Callable[[], AbstractAsyncContextManager[Browsers]]
# As after a change of the network: what the browser says when a leg finds no way any more.
NOTHING_GETS_THROUGH: Final = """
() => {
  const peer = window.parleyPeers.at(-1);
  for (const name of ["connectionState", "iceConnectionState"]) {
    Object.defineProperty(peer, name, { get: () => "failed" });
    peer.dispatchEvent(new Event(name.toLowerCase() + "change"));
  }
}
"""
ELSEWHERE = "The phone is in another window"


@pytest.fixture(scope="module", autouse=True)
def pages() -> None:
    """What these tests need beside Python: Chromium and the built pages."""
    chromium_path()
    built_pages()


@pytest.fixture
def floor(tmp_path: Path) -> Floor:
    """Ben supports, with the browser's phone."""

    @asynccontextmanager
    async def started() -> AsyncIterator[Browsers]:
        product = Product(
            folder=tmp_path,
            agents=[agent("ben", skills={"support": 4, "lang-en": 5})],
            fill=customers,
            ring_for="30s",
            environment=with_pages(),
        )
        async with running(product), chromium_at(product) as browsers:
            yield browsers

    return started


async def in_a_call(browsers: Browsers) -> tuple[AgentWindow, CallerWindow]:
    ben, caller = await browsers.agent("ben"), await browsers.caller()
    await ben.go_ready()
    await caller.ring("5004", customer=GRACE)
    await ben.answer()
    await ben.hears("the agent hears the caller")
    return ben, caller


async def click_often(button: Locator) -> None:
    """Click where the button is now, and some more after that, whatever comes there."""
    await expect(button).to_be_enabled()
    box = await button.bounding_box()
    assert box is not None
    for wait in (0, 500, 400, 800):
        await button.page.wait_for_timeout(wait)
        await button.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 10)


async def lacks_code(window: AgentWindow) -> None:
    """Open what is not on the server any more, as after an upgrade, and find the page there."""
    await window.page.route(re.compile("ShortcutsDialog"), lambda route: route.abort())
    await window.press("?")
    await expect(window.sees("This part of the page has failed")).to_be_visible()
    await window.phase("talking")


async def test_neither_another_tab_nor_a_second_click_nor_a_lost_network_ends_a_call(
    floor: Floor,
) -> None:
    async with floor() as browsers:
        ben, caller = await browsers.agent("ben"), await browsers.caller()
        await ben.go_ready()
        await caller.ring("5004", customer=GRACE)
        await ben.phase("offered")
        await click_often(ben.button("Answer"))
        await ben.phase("talking")
        await caller.is_up()

        async with ben.context.expect_page() as opened:
            await ben.caller_card.get_by_role("link").click(modifiers=["Control"])
        tab = AgentWindow(product=ben.product, context=ben.context, page=await opened.value)
        await expect(tab.dock).to_contain_text(ELSEWHERE)
        await expect(tab.dock).to_contain_text(GRACE)
        await ben.hears("the first tab has the sound as before")
        await caller.is_up()

        await tab.button("Hold").click()
        await ben.phase("held")
        await tab.button("Resume").click()
        await ben.phase("talking")
        await tab.button("Mute").click()
        await expect(ben.sees("You are muted")).to_be_visible()
        await expect(tab.button("Unmute")).to_be_visible()
        await tab.button("Unmute").click()
        await expect(ben.sees("You are muted")).to_be_hidden()
        await caller.hears("the caller hears the agent")

        await tab.button("Hang up").click()
        await caller.is_over()
        await ben.finish()

        await caller.ring("5004", customer=GRACE)
        await ben.phase("offered")
        await tab.button("Answer").click()
        await ben.phase("talking")
        await ben.hears("the first tab has the sound, though the second one answered")

        await ben.context.set_offline(True)
        await expect(ben.sees("Connection lost")).to_be_visible(timeout=3_000)
        await expect(ben.button("Hold")).to_be_disabled()
        await expect(ben.page.locator("[data-live=false]")).to_be_visible()
        await ben.press("Alt+h")
        await ben.context.set_offline(False)
        await expect(ben.button("Hold")).to_be_enabled()
        await ben.phase("talking")
        await caller.is_up()
        await ben.hears("the sound goes on")

        await lacks_code(ben)
        await caller.is_up()
        await ben.page.evaluate(NOTHING_GETS_THROUGH)
        await ben.hears("a fresh leg has taken the place of the one that lost its way")
        await ben.phase("talking")
        await caller.is_up()


async def test_the_call_goes_on_in_another_tab_and_another_browser_and_back(floor: Floor) -> None:
    async with floor() as browsers:
        ben, caller = await in_a_call(browsers)
        tab = await ben.tab()
        await tab.phase("talking")
        await expect(tab.sees(ELSEWHERE)).to_be_visible()
        await ben.page.close()
        await expect(tab.sees("Microphone").first).to_be_visible()
        await tab.hears("the other tab has the sound")
        await caller.hears("the caller hears the agent again")
        await caller.is_up()

        again = await tab.tab()
        await again.phase("talking")
        await tab.page.reload()
        await expect(tab.sees("Microphone").first).to_be_visible()
        await tab.hears("after a reload the phone is in the same tab")
        await expect(again.sees(ELSEWHERE)).to_be_visible()
        await caller.is_up()
        await again.page.close()

        home = await browsers.agent("ben")
        await home.phase("talking")
        await home.button("Use it here").click()
        await expect(home.sees("Microphone").first).to_be_visible()
        await home.hears("the other browser has the sound")
        await expect(tab.sees(ELSEWHERE)).to_be_visible()
        await caller.hears("the caller hears the agent")
        await caller.is_up()

        await tab.button("Use it here").click()
        await expect(tab.sees("Microphone").first).to_be_visible()
        await tab.hears("the first browser has the sound again")
        await caller.is_up()
        await tab.hang_up()
        await caller.is_over()
        await tab.finish()

        for window in home, tab, home:
            await window.button("Use it here").click()
            await expect(window.sees("Phone is ready")).to_be_visible()
            await window.state("Ready")
            await expect(window.page.get_by_text(re.compile("not connected"))).to_be_hidden()
        await caller.ring("5004", customer=GRACE)
        await home.answer()
        await home.hears("the phone rings where it was taken last")


async def test_the_call_is_answered_and_ended_above_a_dialog_with_the_keyboard(
    floor: Floor,
) -> None:
    async with floor() as browsers:
        ben, caller = await browsers.agent("ben"), await browsers.caller()
        await ben.go_ready()
        await ben.page.goto(f"{ben.product.base}/customers#q=Grace")
        await ben.page.get_by_role("link", name=GRACE).click()
        await ben.page.get_by_role("button", name=re.compile("Change customer")).click()
        await expect(ben.page.get_by_role("dialog")).to_be_visible()
        await caller.ring("5004", customer=GRACE)

        answer = ben.dock.get_by_role("button", name="Answer")
        await expect(answer).to_be_enabled()
        await seen(lambda: on_top(answer), "the button lies above the dialog")
        await reach(ben, "Answer")
        await ben.press("Enter")
        hang_up = ben.dock.get_by_role("button", name="Hang up")
        await expect(hang_up).to_be_enabled()
        await seen(lambda: on_top(hang_up), "the button lies above the dialog")
        await caller.is_up()
        await reach(ben, "Hang up")
        await ben.press("Enter")
        await caller.is_over()
        await expect(ben.dock.get_by_role("timer")).to_be_visible()
        await expect(ben.page.get_by_role("dialog")).to_be_visible()

        await ben.press("Escape")
        await ben.page.get_by_role("link", name="Workspace").click()
        await expect(ben.dock).to_be_hidden()
        await ben.page.set_viewport_size({"width": 390, "height": 844})
        wide = "() => document.documentElement.scrollWidth - innerWidth"
        assert await ben.page.evaluate(wide) <= 0
        await ben.page.locator("textarea").scroll_into_view_if_needed()
        await expect(ben.dock).to_be_visible()


async def on_top(button: Locator) -> bool:
    """Whether a click at its middle would reach it."""
    covers = """(e) => { const b = e.getBoundingClientRect();
        return e.contains(document.elementFromPoint(b.x + b.width / 2, b.y + b.height / 2)); }"""
    return bool(await button.evaluate(covers))


async def reach(window: AgentWindow, name: str) -> None:
    """Press Tab until the button has the focus."""
    for _ in range(40):
        if await window.page.evaluate("document.activeElement.textContent") == name:
            return
        await window.press("Tab")
    raise AssertionError(f"the keyboard does not reach {name}")

"""Every main page in three languages, light and dark, wide and narrow: whole, and in one tongue."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import ViewportSize, expect

from crm_core import demo
from crm_core.storage.database import Database
from tests.e2e.browser import (
    LARGE,
    AgentWindow,
    Window,
    built_pages,
    chromium_at,
    chromium_path,
    with_pages,
)
from tests.e2e.product import Product, agent, running

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

SIZES: Final = (LARGE, ViewportSize(width=1024, height=768))
TO_A_PHONES: Final = (*SIZES, ViewportSize(width=390, height=844))
THEMES: Final = ("light", "dark")


@dataclass(frozen=True, kw_only=True)
class Tongue:
    """A language, how its pages are named and who of the demo speaks it."""

    name: str
    caller: str
    menu: str
    support: str
    themes: Mapping[str, str]
    direction: str = "ltr"


TONGUES: Final = {
    "en": Tongue(
        name="English",
        caller="Grace Holloway",
        menu="Language",
        support="Support",
        themes={"menu": "Theme", "light": "Light", "dark": "Dark"},
    ),
    "zh": Tongue(
        name="中文",
        caller="王芳",
        menu="语言",
        support="技术支持",
        themes={"menu": "外观", "light": "浅色", "dark": "深色"},
    ),
    "fa": Tongue(
        name="فارسی",
        caller="مینا رضایی",
        menu="زبان",
        support="پشتیبانی",
        themes={"menu": "پوسته", "light": "روشن", "dark": "تیره"},
        direction="rtl",
    ),
}

# Below a page whose middle scrolls by itself there is nothing to scroll to.
TOO_LONG: Final = """
() => {
  const main = document.querySelector("main");
  if (main === null || getComputedStyle(main).overflowY !== "auto") return 0;
  return document.documentElement.scrollHeight - document.documentElement.clientHeight;
}
"""
KEY: Final = re.compile(r"\b[a-z_]{3,}\.[a-z_]{3,}\b")
"""What a text looks like whose key no catalogue has. Addresses are not shown bare."""

# Every piece of text that can be seen, but for names of people and places (they are in <bdi>),
# their initials, and the languages' own names.
TEXTS: Final = """
() => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const text = node.textContent.trim();
    const box = node.parentElement;
    const named = box.closest("[lang]:not(html), bdi, [aria-hidden]") !== null;
    if (text && !named && box.checkVisibility({visibilityProperty: true})) found.push(text);
  }
  return found;
}
"""
# What is written on controls and over columns, and does not fit. Names of people may be cut.
CUT: Final = """
() => [...document.querySelectorAll("button, button *, nav a, th, label")]
  .filter((box) => [...box.childNodes].some((node) => node.nodeType === Node.TEXT_NODE))
  .filter((box) => box.closest("bdi, .sr-only, [aria-hidden]") === null)
  .filter((box) => box.checkVisibility({visibilityProperty: true}))
  .filter((box) => getComputedStyle(box).overflowX !== "visible")
  .filter((box) => box.scrollWidth > box.clientWidth + 1)
  .map((box) => box.textContent.trim())
"""
# Names of the test's people, words that are the same in every language, and what is
# never translated: keys of the keyboard, addresses, numbers of orders and cases.
DATA: Final = re.compile(
    r"\b(?:Parley|Ana|Ben|Sup|Ctrl|Alt|VIP|ASA|AHT|EWT|PIN|CNY|[A-Z]+-?[0-9]+"
    r"|demo|ana|ben|li|mina|omid|sara"
    r"|Grace Holloway|Northwind Tooling Inc|Vincent Hobbs|Priya Banerjee)\b|\S+@\S+"
)
LATIN: Final = re.compile(r"[A-Za-z]{2,}")


@pytest.fixture(scope="module", autouse=True)
def pages() -> None:
    """What these tests need beside Python: Chromium and the built pages."""
    chromium_path()
    built_pages()


async def cast(database: Database) -> None:
    await demo.seed(database, parties=50)


async def wear(window: Window, language: str, theme: str) -> None:
    """Choose language and theme in the page's own menus."""
    tongue = TONGUES[language]
    anyhow = re.compile("|".join(each.menu for each in TONGUES.values()))
    await window.page.get_by_role("button", name=anyhow).first.click()
    await window.page.get_by_role("menuitem", name=tongue.name).click()
    await expect(window.page.locator("html")).to_have_attribute("lang", language)
    await window.page.get_by_role("button", name=tongue.themes["menu"]).first.click()
    await window.page.get_by_role("menuitem", name=tongue.themes[theme], exact=True).click()
    await expect(window.page.locator("html")).to_have_attribute("data-theme", theme)
    await expect(window.page.locator(".ant-dropdown:visible")).to_have_count(0)


async def is_whole(
    window: Window, language: str, where: str, sizes: Sequence[ViewportSize] = SIZES
) -> None:
    """At each size: nothing too wide or cut off, the right direction, all texts in the language."""
    for size in sizes:
        await window.page.set_viewport_size(size)
        at = f"{where}, {language}, {size['width']}"
        over = await window.page.evaluate(
            "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert over <= 0, f"{at}: {over} pixels too wide"
        under = await window.page.evaluate(TOO_LONG)
        assert under <= 0, f"{at}: {under} empty pixels below"
        direction = await window.page.evaluate("() => getComputedStyle(document.body).direction")
        assert direction == TONGUES[language].direction, at
        texts: list[str] = await window.page.evaluate(TEXTS)
        assert texts, at
        keys = [each for each in texts if KEY.search(each) and "@" not in each]
        assert keys == [], f"{at}: keys without a text"
        assert await window.page.evaluate(CUT) == [], f"{at}: cut off"
        if language != "en":
            foreign = [each for each in texts if LATIN.search(DATA.sub("", each))]
            assert foreign == [], f"{at}: not translated"
    await window.page.set_viewport_size(LARGE)


async def is_whole_in_both(
    window: Window, language: str, where: str, sizes: Sequence[ViewportSize] = SIZES
) -> None:
    """Light and dark."""
    for theme in THEMES:
        await wear(window, language, theme)
        await is_whole(window, language, f"{where}, {theme}", sizes)


async def make_not_ready(sup: AgentWindow, ben: AgentWindow) -> None:
    """A supervisor takes an agent from the queue."""
    await sup.row(1, "Ben").get_by_role("button").last.click()
    await sup.page.get_by_role("menuitem", name="Set not ready").click()
    await ben.state("Set by supervisor")


@pytest.mark.parametrize("language", TONGUES)
async def test_every_page_is_whole_and_wholly_in_the_language(
    language: str, tmp_path: Path
) -> None:
    tongue = TONGUES[language]
    product = Product(
        folder=tmp_path,
        agents=[
            agent("ben", skills={"support": 4, "lang-en": 5}),
            agent("ana", skills={"sales": 4, "lang-en": 5}),
            agent("sup", skills={}, roles=("supervisor",)),
        ],
        fill=cast,
        environment=with_pages(),
        ring_for="60s",
        wrap_up_for="120s",
    )
    async with running(product), chromium_at(product) as browsers:
        caller = await browsers.caller()
        await caller.page.get_by_role("button", name=tongue.caller).click()
        stranger = AgentWindow(**await browsers.window())
        await stranger.page.goto(product.base)
        await is_whole_in_both(stranger, language, "log-in page", TO_A_PHONES)

        ben, sup = await browsers.agent("ben"), await browsers.agent("sup")
        await ben.phase("idle")
        await ben.page.wait_for_timeout(500)
        await is_whole_in_both(ben, language, "idle", TO_A_PHONES)
        await wear(ben, "en", "light")
        await ben.go_ready()
        await make_not_ready(sup, ben)
        await is_whole_in_both(ben, language, "set not ready by a supervisor", TO_A_PHONES)
        await wear(ben, "en", "light")
        await ben.go_ready()
        await wear(ben, language, "dark")

        await caller.ring("5004")
        await ben.phase("offered")
        await expect(ben.sees(tongue.caller).first).to_be_visible()
        await is_whole_in_both(ben, language, "ringing", TO_A_PHONES)
        await wear(ben, "en", "light")
        await ben.answer()
        await is_whole_in_both(ben, language, "talking", TO_A_PHONES)
        await ben.press("Alt+h")
        await ben.phase("held")
        await is_whole(ben, language, "on hold")
        await ben.press("Alt+h")
        await ben.phase("talking")
        await is_whole_in_both(caller, language, "caller page")
        await is_whole_in_both(sup, language, "supervisor")
        for theme in THEMES:
            await wear(sup, language, theme)
            await sup.page.goto(f"{product.base}/wallboard")
            await expect(sup.sees(tongue.support).first).to_be_visible()
            await is_whole(sup, language, f"wallboard, {theme}")
            await sup.press("Escape")
            await expect(sup.page.get_by_role("table").first).to_be_visible()
        await sup.page.goto(f"{product.base}/customers")
        await expect(
            sup.page.get_by_role("searchbox").or_(sup.page.locator("input")).first
        ).to_be_visible()
        await is_whole_in_both(sup, language, "customers")

        await ben.page.get_by_role("link", name=tongue.caller).first.click()
        await expect(ben.page.get_by_role("heading").first).to_be_visible()
        await is_whole_in_both(ben, language, "one customer")
        await ben.page.go_back()
        await ben.hang_up()
        await ben.phase("wrap_up")
        await is_whole_in_both(ben, language, "after-call work")

"""A session that must end: with its phone in the real Asterisk, and never with the call on it."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from agent_desktop.server.passwords import hash_password
from crm_core.services import users
from crm_core.storage.database import Database
from tests.e2e.browser import built_pages, chromium_at, chromium_path, seen, with_pages
from tests.e2e.product import Product, agent, running
from tests.e2e.test_browser import GRACE, customers

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

NEW = "four quiet otters read"


async def new_password(product: Product, user: str) -> None:
    """What ``parley user password`` does."""
    database = Database(product.url)
    await database.open()
    try:
        async with database.work(actor="command line") as work:
            await users.set_password(work, user, hash_password(NEW))
    finally:
        await database.close()


async def test_a_new_password_ends_the_session_and_its_phone_after_the_call(
    tmp_path: Path,
) -> None:
    chromium_path()
    built_pages()
    product = Product(
        folder=tmp_path,
        agents=[agent("ben", skills={"support": 4, "lang-en": 5})],
        fill=customers,
        ring_for="30s",
        environment=with_pages(),
    )
    async with running(product), chromium_at(product) as browsers:
        ben, caller = await browsers.agent("ben"), await browsers.caller()
        await ben.go_ready()
        await caller.ring("5004", customer=GRACE)
        await ben.answer()

        async def has_phone() -> bool:
            listed = await product.ari("endpoints/PJSIP")
            return any(phone["resource"] == "agent-ben" for phone in listed)

        async def has_no_phone() -> bool:
            return not await has_phone()

        await new_password(product, "ben")
        await ben.page.wait_for_timeout(5_000)
        await ben.phase("talking")
        await caller.is_up()
        assert await has_phone()

        await ben.press("Alt+e")
        await ben.phase("wrap_up")
        for keys in ("Alt+d", "Space", "Control+Enter"):
            await ben.press(keys)
        await expect(ben.sees("Your password was changed")).to_be_visible()
        await seen(has_no_phone, "the phone is gone with the session")
        await ben.log_in("ben", NEW)
        await ben.go_ready()
        assert await has_phone()

"""Callers and agents at real pages in a real browser, with sound: the issue's "it is done when"."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import expect

from crm_core.services.parties import NewParty, create
from crm_core.storage.database import Database
from cti.call_control import SILENT_FOR
from tests.e2e.browser import (
    RUNG_WITHIN,
    AgentWindow,
    Browsers,
    built_pages,
    chromium_at,
    chromium_path,
    seen,
    with_pages,
)
from tests.e2e.product import Product, agent, running
from tests.eventually import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

GRACE, NUMBER = "Grace Hopper", "+12025550143"
KATHERINE, ANOTHER = "Katherine Johnson", "+12025550177"
HOUSEHOLD: Sequence[str] = ("Ada Byron", "Annabella Byron")
SHARED = "+12025550166"
QUEUES, AGENTS = 0, 1

Floor = Callable[..., AbstractAsyncContextManager[Browsers]]


async def customers(database: Database) -> None:
    async with database.work() as work:
        known = (GRACE, NUMBER), (KATHERINE, ANOTHER)
        for name, number in *known, *((name, SHARED) for name in HOUSEHOLD):
            await create(work, NewParty(name=name, phones=(number,), city="Boston"), region="US")
        await work.commit()


@pytest.fixture(scope="module", autouse=True)
def pages() -> None:
    """What these tests need beside Python: Chromium and the built pages."""
    chromium_path()
    built_pages()


@pytest.fixture
def floor(tmp_path: Path) -> Floor:
    """Ana sells, Ben supports, Cleo could do either; all use the browser's phone."""

    @asynccontextmanager
    async def started(**more: object) -> AsyncIterator[Browsers]:
        product = Product(
            folder=tmp_path,
            agents=[
                agent("ana", skills={"sales": 4, "lang-en": 5}),
                agent("ben", skills={"support": 4, "lang-en": 5}),
                agent("cleo", skills={"support": 2, "sales": 2, "lang-en": 5}),
                agent("sup", skills={}, roles=("supervisor",)),
            ],
            fill=customers,
            **({"ring_for": "30s", "environment": with_pages()} | more),  # type: ignore[arg-type]
        )
        async with running(product), chromium_at(product) as browsers:
            yield browsers

    return started


async def shows(board: AgentWindow, queue: str, wanted: Mapping[str, str]) -> None:
    """The queue's row on the supervisor's page has these figures, by column title."""
    row: dict[str, str] = {}

    async def agrees() -> bool:
        titles = await board.row(QUEUES, "Queue").get_by_role("columnheader").all_inner_texts()
        cells = await board.row(QUEUES, queue).get_by_role("cell").all_inner_texts()
        row.update(zip(titles, (each.strip() for each in cells), strict=True))
        return wanted.items() <= row.items()

    try:
        await seen(agrees, "the figures")
    except AssertionError:
        assert {each: row.get(each) for each in wanted} == wanted
        raise


async def test_the_right_agent_answers_a_customer_by_keyboard_and_the_wallboard_agrees(
    floor: Floor,
) -> None:
    async with floor() as browsers:
        product = browsers.product
        ana, ben = await browsers.agent("ana"), await browsers.agent("ben")
        sup = await browsers.agent("sup")
        await ana.go_ready()
        await ben.go_ready()

        caller = await browsers.caller()
        await caller.ring("5001", customer=GRACE)
        await caller.keys("12")  # English, support
        await ben.phase("offered", 25_000)
        await expect(ben.caller_card).to_contain_text(GRACE)
        await expect(ben.sees("Support").first).to_be_visible()
        await ana.phase("idle")
        assert await ana.sees(GRACE).count() == 0

        await ben.answer()
        await ben.hears("the agent hears the caller")
        await caller.hears("the caller hears the agent")
        await expect(sup.row(AGENTS, "Ben")).to_contain_text(GRACE)

        await ben.press("Alt+m")
        await expect(ben.sees("You are muted")).to_be_visible()
        await ben.press("Alt+m")
        await expect(ben.sees("You are muted")).to_be_hidden()
        await ben.press("Alt+h")
        await ben.phase("held")
        await caller.hears("the caller hears music")
        await ben.press("Alt+h")
        await ben.phase("talking")
        await ben.hears("the agent hears the caller again")

        await ben.press("Alt+n")
        await ben.page.keyboard.type("Wants a manual")
        await expect(ben.page.get_by_text("Saved", exact=True)).to_be_visible()
        await ben.hang_up()
        await caller.is_over()
        await ben.finish()
        await ben.state("Ready")
        await product.until_quiet()

        async def stored() -> bool:
            return any(one.disposition for one in await product.interactions())

        await seen(stored, "the call's record")
        (record,) = await product.interactions()
        assert (record.agent_id, record.queue, record.outcome) == ("ben", "support", "completed")
        assert (record.disposition, record.note) == ("resolved", "Wants a manual")
        assert record.waited is not None
        nothing = {"Waiting": "0", "Offered": "0", "Answered": "0", "Abandoned": "0"}
        happened = {
            "Offered": "1",
            "Answered": "1",
            "Service level": "100%",
            "ASA": f"0:{int(record.waited.total_seconds()):02}",
            "Agents": "1 / 0 / 1",
        }
        await shows(sup, "Support", nothing | happened)
        await shows(sup, "Sales", nothing)


async def test_a_sip_phone_reaches_the_other_agent_and_the_wall_shows_what_happened(
    floor: Floor,
) -> None:
    async with floor() as browsers, browsers.product.phone("phone") as phone:
        product = browsers.product
        ana, ben = await browsers.agent("ana"), await browsers.agent("ben")
        sup = await browsers.agent("sup")
        await ana.go_ready()
        await ben.go_ready()

        await phone.dial_and_talk("5001", caller=ANOTHER)
        for key in "11":  # English, sales
            await asyncio.sleep(1.5)
            phone.press(key)
        await ana.phase("offered", RUNG_WITHIN)
        await expect(ana.caller_card).to_contain_text(KATHERINE)
        await ben.phase("idle")
        assert await ben.sees(KATHERINE).count() == 0
        await ana.answer()
        await expect(sup.row(AGENTS, "Ana")).to_contain_text(KATHERINE)
        await ana.hang_up()
        await ana.finish()
        await ana.state("Ready")
        await product.until_quiet()
        assert phone.last.ended.is_set()

        async def stored() -> bool:
            return any(one.disposition for one in await product.interactions())

        await seen(stored, "the call's record")
        (record,) = await product.interactions()
        assert (record.agent_id, record.queue, record.outcome) == ("ana", "sales", "completed")
        assert record.waited is not None
        asa = f"0:{int(record.waited.total_seconds()):02}"
        happened = {"Offered": "1", "Answered": "1", "Service level": "100%", "ASA": asa}
        await shows(sup, "Sales", {"Waiting": "0", "Abandoned": "0"} | happened)
        await shows(sup, "Support", {"Offered": "0", "Answered": "0"})

        await sup.page.goto(f"{product.base}/wallboard")
        sales = sup.page.locator("section", has=sup.page.get_by_role("heading", name="Sales"))
        for title, value in ("Waiting", "0"), ("Service level", "100%"), ("ASA", asa):
            place = sales.locator("dl > div", has=sup.page.get_by_text(title, exact=True))
            await expect(place.locator("dd")).to_have_text(value)


async def test_a_reload_in_mid_call_loses_neither_the_call_nor_its_sound(floor: Floor) -> None:
    async with floor() as browsers:
        ben, caller = await browsers.agent("ben"), await browsers.caller()
        await ben.go_ready()
        await caller.ring("5004", customer=GRACE)
        await ben.answer()
        (call,) = [
            each["id"]
            for each in await browsers.product.ari("channels")
            if not each["name"].startswith("PJSIP/agent-")
        ]

        await ben.page.reload()  # Playwright leaves without the question a person would get
        await ben.phase("talking")
        await expect(ben.caller_card).to_contain_text(GRACE)
        await expect(ben.sees("Microphone").first).to_be_visible()
        await ben.hears("the agent hears the caller after the reload")
        await caller.hears("the caller hears the agent after the reload")
        await caller.is_up()
        assert call in {each["id"] for each in await browsers.product.ari("channels")}

        await ben.button("Hang up").click()
        await caller.is_over()
        await ben.phase("wrap_up")
        await browsers.product.until_quiet()
        (record,) = await browsers.product.interactions()
        assert record.external_id == call


async def test_talkers_hear_nothing_of_a_killed_daemon_and_can_hang_up_after_it(
    floor: Floor,
) -> None:
    async with floor() as browsers:
        product = browsers.product
        ben, caller = await browsers.agent("ben"), await browsers.caller()
        await ben.go_ready()
        await caller.ring("5004", customer=GRACE)
        await ben.answer()
        await ben.hears("the agent hears the caller")

        product.kill_daemon()
        await ben.hears("the agent hears the caller while there is no daemon")
        await caller.hears("the caller hears the agent while there is no daemon")
        await product.serving()
        await ben.phase("talking")
        await expect(ben.sees("Connection lost")).to_be_hidden()
        await expect(ben.caller_card).to_contain_text(GRACE)
        await ben.hears("the agent hears the caller with the new daemon")

        await ben.button("Hang up").click()
        await ben.phase("wrap_up")
        await caller.is_over()
        await ben.finish()
        await product.until_quiet()
        (record,) = await product.interactions()
        assert (record.agent_id, record.outcome) == ("ben", "completed")

        await caller.ring("5004", customer=GRACE)
        await ben.answer()
        await caller.button("Hang up").click()
        await ben.phase("wrap_up")


async def test_the_caller_hangs_up_after_a_killed_daemon(floor: Floor) -> None:
    async with floor() as browsers:
        ben, caller = await browsers.agent("ben"), await browsers.caller()
        await ben.go_ready()
        await caller.ring("5004", customer=GRACE)
        await ben.answer()
        browsers.product.kill_daemon()
        await browsers.product.serving()
        await ben.phase("talking")
        await expect(ben.sees("Phone is ready").or_(ben.sees("Microphone")).first).to_be_visible()

        await caller.button("Hang up").click()
        await ben.phase("wrap_up")
        await browsers.product.until_quiet()
        await ben.finish()
        await ben.state("Ready")


async def test_a_browser_that_rings_when_the_daemon_dies_rings_again_with_the_new_one(
    floor: Floor,
) -> None:
    async with floor() as browsers, browsers.product.phone("caller") as caller:
        product, ben = browsers.product, await browsers.agent("ben")
        await ben.go_ready()
        await caller.dial("5004", caller=NUMBER)
        await ben.phase("offered")

        product.kill_daemon()
        await ben.press("Alt+a")  # nobody hears of it
        await product.serving()
        await until(lambda: rings(product))
        await ben.answer()
        await expect(ben.caller_card).to_contain_text(GRACE)
        caller.hang_up()
        await ben.finish()
        await ben.state("Ready")
        await product.until_quiet()
        (record,) = await product.interactions()
        assert (record.agent_id, record.outcome) == ("ben", "completed")


async def test_after_call_work_that_runs_out_waits_on_the_page_and_is_filed_afterwards(
    floor: Floor,
) -> None:
    async with floor(wrap_up_for="25s") as browsers, browsers.product.phone("caller") as caller:
        product, ben = browsers.product, await browsers.agent("ben")
        await ben.go_ready()
        await caller.dial("5004", caller=NUMBER)
        await ben.answer()
        await ben.press("Alt+n")
        await ben.page.keyboard.type("Wants a manual")
        await expect(ben.page.get_by_text("Saved", exact=True)).to_be_visible()
        await ben.hang_up()
        await ben.phase("wrap_up")
        await ben.page.get_by_label("Call back promised").check()
        warning = ben.page.get_by_role("alert").filter(has_text="After-call work ends")
        await expect(warning).to_be_visible(timeout=20_000)
        await ben.state("Ready", 30_000)  # in silence before, with nothing kept
        await expect(ben.sees("The call has no outcome yet")).to_be_visible()

        await ben.page.reload()
        todo = ben.page.get_by_role("region", name="To do")
        await expect(todo).to_contain_text("Wants a manual")
        await todo.get_by_role("button", name="File").click()
        dialog = ben.page.get_by_role("dialog")
        await expect(dialog.get_by_label("What was said")).to_have_value("Wants a manual")
        await expect(dialog.get_by_label("Call back", exact=True)).to_be_checked()
        await dialog.get_by_label("Choose a day").click()
        await ben.page.get_by_title("Tomorrow").click()
        await dialog.get_by_label("Choose a day").press("Control+Enter")
        await expect(dialog).to_be_hidden()
        await expect(todo).to_contain_text(GRACE)  # the promise is listed now
        (record,) = await product.interactions()
        assert (record.disposition, record.note) == ("callback_promised", "Wants a manual")
        await todo.get_by_role("button", name="Done").click()
        await expect(todo).to_contain_text("Nothing promised")


async def rings(product: Product) -> bool:
    """Whether Asterisk rings an agent's browser for a caller whom the daemon sent there."""
    return any(
        each["state"] == "Ringing" and each["caller"]["number"].endswith("~agent-ben")
        for each in await product.ari("channels")
    )


async def test_a_browser_that_rings_when_asterisk_dies_is_ready_again(floor: Floor) -> None:
    async with floor() as browsers:
        ben, caller = await browsers.agent("ben"), await browsers.caller()
        await ben.go_ready()
        await caller.ring("5004", customer=GRACE)
        await ben.phase("offered")

        browsers.product.kill_asterisk()
        await ben.state("Not reachable")
        await ben.state("Ready", RUNG_WITHIN)
        await caller.is_over(RUNG_WITHIN)
        await caller.ring("5004")
        await ben.answer()
        await ben.hears("the agent hears the caller")
        await caller.button("Hang up").click()
        await ben.finish()
        await browsers.product.until_quiet()
        lost, served = await browsers.product.interactions()
        assert (lost.cause, served.outcome) == ("engine_lost", "completed")


async def test_one_of_several_who_share_a_number_is_chosen_with_one_press(floor: Floor) -> None:
    async with floor() as browsers:
        ben, caller = await browsers.agent("ben"), await browsers.caller()
        await ben.go_ready()
        await caller.ring("5004", customer=HOUSEHOLD[0])
        await ben.phase("offered")
        await expect(ben.sees("Several people use this number")).to_be_visible()
        for name in HOUSEHOLD:
            await expect(ben.sees(name).first).to_be_visible()
        assert await ben.caller_card.count() == 0

        await ben.answer()
        await ben.button("This one").nth(1).click()
        await expect(ben.caller_card).to_contain_text(re.compile("|".join(HOUSEHOLD)))
        chosen = await ben.caller_card.get_by_role("link").inner_text()
        await caller.button("Hang up").click()
        await ben.finish()

        database = Database(browsers.product.url)
        await database.open()
        try:
            async with database.work() as work:
                (record,) = await work.interactions.everything()
                assert record.party_id is not None
                assert (await work.parties.get(record.party_id)).display_name == chosen
        finally:
            await database.close()


async def test_a_stranger_becomes_a_customer_during_the_call(floor: Floor) -> None:
    async with floor() as browsers:
        ben, caller = await browsers.agent("ben"), await browsers.caller()
        await ben.go_ready()
        await caller.ring("5004")
        await ben.answer()
        await expect(ben.sees("Who is it?")).to_be_visible()
        await ben.page.get_by_label("Name", exact=True).fill("Katherine Johnson")
        await ben.button("Create and attach this call").click()
        await expect(ben.caller_card).to_contain_text("Katherine Johnson")
        await caller.button("Hang up").click()
        await ben.finish()

        await caller.ring("5004")
        await ben.phase("offered")
        await expect(ben.caller_card).to_contain_text("Katherine Johnson")


async def test_a_caller_may_withhold_her_number(floor: Floor) -> None:
    async with floor() as browsers:
        ben, caller = await browsers.agent("ben"), await browsers.caller()
        await ben.go_ready()
        await caller.page.get_by_role("button", name="Number withheld").click()
        await caller.ring("5004")
        await ben.answer()
        await expect(ben.phone).to_contain_text("Number withheld")
        assert await ben.sees(re.compile("caller-")).count() == 0


async def test_who_declines_is_set_aside_and_the_next_agent_rings(floor: Floor) -> None:
    async with floor() as browsers:
        ben, cleo = await browsers.agent("ben"), await browsers.agent("cleo")
        await ben.go_ready()
        caller = await browsers.caller()
        await caller.ring("5004", customer=GRACE)
        await ben.phase("offered")
        await cleo.go_ready()
        await expect(ben.button("Decline")).to_be_enabled()  # it is deaf for a moment
        await ben.press("Alt+x")
        await ben.state("Declined a call")
        await expect(ben.sees("The caller kept the place")).to_be_visible()
        await cleo.answer()
        await expect(cleo.caller_card).to_contain_text(GRACE)


async def test_menus_and_links_are_used_without_a_mouse(floor: Floor) -> None:
    async with floor() as browsers:
        ben, sup = await browsers.agent("ben"), await browsers.agent("sup")
        await ben.go_ready()
        await ben.press("Alt+2")
        await expect(ben.page.get_by_role("menuitem", name="Ready")).to_be_focused()
        for item in ("Break", "Lunch"):
            await ben.press("ArrowDown")
            await expect(ben.page.get_by_role("menuitem", name=item)).to_be_focused()
        await ben.press("Enter")
        await ben.state("Lunch")

        await sup.button("Actions: Ben").focus()
        await sup.press("Enter")
        await expect(sup.page.get_by_role("menuitem", name="Set ready")).to_be_focused()
        await sup.press("Enter")
        await ben.state("Ready")

        await sup.page.get_by_role("link", name="Parley").focus()
        await sup.press("Tab")
        link = sup.page.get_by_role("link", name="Supervisor")
        await expect(link).to_be_focused()
        await expect(link).to_have_css("outline-style", "solid")


async def test_a_laptop_closed_in_mid_ring_loses_no_caller(floor: Floor) -> None:
    async with floor(ring_for="5s") as browsers:
        ben, cleo = await browsers.agent("ben"), await browsers.agent("cleo")
        sup = await browsers.agent("sup")
        await ben.go_ready()
        caller = await browsers.caller()
        await caller.ring("5004", customer=GRACE)
        await ben.phase("offered")
        await cleo.go_ready()
        await ben.context.close()

        await cleo.answer()
        await expect(cleo.caller_card).to_contain_text(GRACE)
        await cleo.hears("the caller was placed again, with sound")
        row = sup.row(AGENTS, "Ben")
        await expect(row).not_to_contain_text("Ready")
        await expect(row).not_to_contain_text(GRACE)
        await caller.is_up()


async def test_a_caller_whose_laptop_closes_does_not_keep_the_agent_for_ever(floor: Floor) -> None:
    async with floor() as browsers:
        ben, caller = await browsers.agent("ben"), await browsers.caller()
        await ben.go_ready()
        await caller.ring("5004", customer=GRACE)
        await ben.answer()
        await caller.context.close()

        await ben.phase("wrap_up", (float(SILENT_FOR) + 15) * 1000)
        await browsers.product.until_quiet()


async def test_a_demo_callers_phone_is_taken_from_asterisk_when_her_page_is_closed(
    floor: Floor,
) -> None:
    often = {**with_pages(), "PARLEY_TIMEOUTS_SWEEP": "1s"}
    async with floor(environment=often) as browsers:
        stays, goes = await browsers.caller(), await browsers.caller()
        for caller in (stays, goes):
            await caller.ring("5004")
            await caller.is_up()
            await caller.button("Hang up").click()
            await caller.is_over()
        await stays.ring("5004")

        async def phones() -> set[str]:
            listed = await browsers.product.ari("endpoints/PJSIP")
            return {p["resource"] for p in listed if p["resource"].startswith("caller-")}

        async def as_many_as(wanted: int) -> bool:
            return len(await phones()) == wanted

        await seen(lambda: as_many_as(2), "each page has one phone, its earlier ones are gone")
        await goes.context.close()
        await seen(lambda: as_many_as(1), "the phone of the closed page is gone")
        await stays.is_up()


async def test_nothing_on_the_page_moves_when_a_call_arrives(floor: Floor) -> None:
    async with floor() as browsers:
        ben, caller = await browsers.agent("ben"), await browsers.caller()
        await ben.go_ready()
        before = await places(ben)
        await caller.ring("5004", customer=GRACE)
        await ben.phase("offered")
        await expect(ben.caller_card).to_contain_text(GRACE)
        assert await places(ben) == before
        await ben.answer()
        assert await places(ben) == before


async def places(window: AgentWindow) -> dict[str, object]:
    """Where the cards that are always there stand."""
    cards = {
        "phone": window.page.get_by_role("region", name="Phone", exact=True),
        "queues": window.page.locator("section").filter(has=window.sees("Queues")).first,
        "work": window.page.locator("section").filter(has=window.sees("Note and outcome")).first,
        "answer": window.page.locator("[data-phase] button").first,
        "tools": window.button("Hold"),
    }
    boxes = {name: await card.bounding_box() for name, card in cards.items()}
    answer = boxes["answer"]
    assert answer is not None
    return boxes | {"answer": (answer["x"], answer["y"], answer["height"])}

"""A caller reaches the right agent, whose page already shows who calls: all of it real."""

import asyncio
from pathlib import Path
from socket import SOCK_DGRAM

import pytest

from crm_core.domain.party import PartyKind
from crm_core.services.cases import NewCase, open_case
from crm_core.services.parties import NewParty, create
from crm_core.storage.database import Database
from tests.asterisk_fixture import free_port
from tests.e2e.product import Product, agent, running
from tests.eventually import until
from tests.fakes.sip_phone import SipPhone

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

NUMBER = "+12025550143"


async def one_customer(database: Database) -> None:
    async with database.work() as work:
        await create(
            work,
            NewParty(name="Grace Hopper", kind=PartyKind.PERSON, phones=(NUMBER,)),
            region="US",
        )
        await work.commit()


def floor_of_two(folder: Path, ports: tuple[int, int], **more: object) -> Product:
    """Ana sells, Ben supports; both speak English."""
    return Product(
        folder=folder,
        agents=[
            agent("ana", skills={"sales": 4, "lang-en": 5}, phone_port=ports[0]),
            agent("ben", skills={"support": 4, "lang-en": 5}, phone_port=ports[1]),
            agent("sup", skills={}, roles=("supervisor",)),
        ],
        fill=one_customer,
        **more,  # type: ignore[arg-type]
    )


@pytest.fixture
def ports() -> tuple[int, int]:
    return free_port(SOCK_DGRAM), free_port(SOCK_DGRAM)


async def press_when_asked(caller: SipPhone, keys: str, *, every: float = 1.5) -> None:
    """Press one key after another, slowly enough for each menu to have begun."""
    for key in keys:
        await asyncio.sleep(every)
        caller.press(key)


async def test_keys_lead_to_the_agent_with_the_skill_and_her_page_shows_the_caller(
    tmp_path: Path, ports: tuple[int, int]
) -> None:
    async with (
        running(floor_of_two(tmp_path, ports)) as product,
        product.desk("ana") as ana,
        product.desk("ben") as ben,
        product.desk("sup") as sup,
        product.phone("ben", port=ports[1]) as phone,
        product.phone("caller") as caller,
    ):
        assert (await ana.ask("go_ready"))["ok"]
        assert (await ben.ask("go_ready"))["ok"]

        visit = await caller.dial_and_talk("5001", caller=NUMBER, name="Grace")
        await press_when_asked(caller, "12")  # English, support
        await ben.until(lambda d: "offer" in d.own, "the call rings Ben", 20)

        pop = ben.own["pop"]
        assert (pop["state"], pop["party"]["name"]) == ("one", "Grace Hopper")
        assert "ivr.menu.support" in pop["ivr_path"]
        assert ana.state == "ready"

        await phone.wait_rung()
        phone.answer()
        await ben.until(lambda d: d.state == "talking", "Ben talks")
        await sup.until(
            lambda d: d.row("agents", "ben").get("caller") == "Grace Hopper", "the board"
        )
        assert len(await product.ari("channels")) == 2

        call = ben.own["call"]["call"]
        await ben.request("PUT", f"/api/calls/{call}/draft", {"note": "wants a"})
        await ben.until(lambda d: d.own["call"]["note"] == "wants a", "the draft is kept")
        caller.hang_up(visit)
        await ben.until(lambda d: "wrap_up" in d.own, "after-call work")
        form = {"disposition": "resolved", "note": "wants a manual"}
        await ben.request("POST", f"/api/calls/{call}/wrap-up", form)
        await ben.until(lambda d: d.state == "ready", "Ben is ready again")
        await product.until_quiet()

        await sup.until(lambda d: d.row("queues", "support").get("answered") == 1, "the figures")
        figures = sup.row("queues", "support")
        assert (figures["offered"], figures["abandoned"], figures["service_level"]) == (1, 0, 1.0)
        why = await sup.request("GET", f"/api/calls/{call}/why")
        assert why["offers"][0]["agent"] == "ben"
        await asyncio.sleep(0.5)
        (record,) = await product.interactions()
        assert (record.external_id, record.agent_id, record.outcome) == (call, "ben", "completed")
        assert (record.disposition, record.note) == ("resolved", "wants a manual")
        assert record.party_id == pop["party"]["id"]


async def the_wangs(database: Database) -> None:
    """Two with one number; the case that support has is the second one's."""
    async with database.work() as work:
        for name in ("王芳", "王明"):
            new = NewParty(name=name, kind=PartyKind.PERSON, phones=("+8619900000143",))
            made = await create(work, new, region="CN")
        subject = NewCase(party_id=made.party.id, subject="退款", queue="support")
        await open_case(work, subject)
        await work.commit()


@pytest.mark.parametrize("number", ["5001", "5004"], ids=["through the menus", "straight"])
async def test_a_trunks_region_completes_the_number_and_the_queue_tells_which_of_two_it_is(
    tmp_path: Path, ports: tuple[int, int], number: str
) -> None:
    product = floor_of_two(tmp_path, ports, ring_for="20s")
    product.fill = the_wangs
    await product.prepare()
    trunk = "[trunks.local-phones]"
    product.site.write_text(product.site.read_text().replace(trunk, f'{trunk}\nregion = "CN"'))
    await product.start()
    try:
        async with (
            product.desk("ben") as ben,
            product.phone("ben", port=ports[1]),
            product.phone("caller") as caller,
        ):
            assert (await ben.ask("go_ready"))["ok"]
            await caller.dial(number, caller="19900000143")
            if number == "5001":
                await press_when_asked(caller, "12")
            await ben.until(lambda d: "offer" in d.own and d.own["pop"]["complete"], "rung", 20)
            pop = ben.own["pop"]
            assert (pop["ani"], pop["state"]) == ("+8619900000143", "many")
            await ben.until(lambda d: d.own["pop"]["candidates"][0]["name"] == "王明", "his case")
    finally:
        await product.stop(drop=True)


async def test_an_agent_who_does_not_answer_is_set_aside_and_the_caller_keeps_his_place(
    tmp_path: Path, ports: tuple[int, int]
) -> None:
    product = Product(
        folder=tmp_path,
        agents=[
            agent("ana", skills={"support": 4}, phone_port=ports[0]),
            agent("ben", skills={"support": 4}, phone_port=ports[1]),
        ],
        ring_for="5s",
    )
    async with (
        running(product),
        product.desk("ana") as ana,
        product.desk("ben") as ben,
        product.phone("ana", port=ports[0]),
        product.phone("ben", "answers", port=ports[1]),
        product.phone("caller") as caller,
    ):
        await ana.ask("go_ready")
        await asyncio.sleep(0.1)
        await ben.ask("go_ready")

        await caller.dial("5004", caller=NUMBER)
        await ana.until(lambda d: "offer" in d.own, "the call rings Ana, who was free first")
        await ben.until(lambda d: d.state == "talking", "Ben gets it next")

        await ana.until(lambda d: d.state == "not_ready", "Ana is set aside")
        assert ana.own["me"]["reason"] == "rona"
        await ana.until(lambda d: d.own["today"]["missed"] == 1, "it counts as missed")
        caller.hang_up()
        await ben.until(lambda d: d.state == "wrap_up", "the call is over")
        await product.until_quiet()


async def test_a_held_caller_hears_music_and_talks_again(
    tmp_path: Path, ports: tuple[int, int]
) -> None:
    async with (
        running(floor_of_two(tmp_path, ports)) as product,
        product.desk("ben") as ben,
        product.phone("ben", "answers", port=ports[1]) as phone,
        product.phone("caller") as caller,
    ):
        await ben.ask("go_ready")
        await caller.dial_and_talk("5004", caller=NUMBER)
        await ben.until(lambda d: d.state == "talking", "Ben talks")
        call = ben.own["call"]["call"]
        for _ in range(2):  # the first time both legs are taken in hand
            assert (await ben.ask("hold", call=call))["ok"]
            await ben.until(lambda d: d.own["call"]["state"] == "held", "the caller is held")
            await until(lambda: in_bridges(product, 1))
            assert (await ben.ask("retrieve", call=call))["ok"]
            await ben.until(lambda d: d.own["call"]["state"] == "talking", "they talk again")
            await until(lambda: in_bridges(product, 2))
        assert not phone.last.ended.is_set()

        phone.hang_up()
        await ben.until(lambda d: d.state == "wrap_up", "Ben has hung up")
        async with asyncio.timeout(5):
            await caller.last.ended.wait()
        await product.until_quiet()
        await asyncio.sleep(0.5)
        (record,) = await product.interactions()
        assert (record.external_id, record.cause) == (call, "agent_hung_up")


async def in_bridges(product: Product, legs: int) -> bool:
    """Whether so many legs are in bridges."""
    return sum(len(bridge["channels"]) for bridge in await product.ari("bridges")) == legs


async def test_a_caller_who_gives_up_while_it_rings_leaves_nothing_behind(
    tmp_path: Path, ports: tuple[int, int]
) -> None:
    product = floor_of_two(tmp_path, ports, ring_for="20s")
    async with (
        running(product),
        product.desk("ben") as ben,
        product.desk("sup") as sup,
        product.phone("ben", port=ports[1]) as phone,
        product.phone("caller") as caller,
    ):
        await ben.ask("go_ready")
        await caller.dial("5004", caller=NUMBER)
        ringing = await phone.wait_rung()
        caller.hang_up()

        await ben.until(lambda d: d.state == "ready", "Ben is free again, nobody blames him")
        async with asyncio.timeout(5):
            await ringing.ended.wait()
        await product.until_quiet()
        await sup.until(
            lambda d: (
                d.row("queues", "support").get("abandoned", 0)
                + d.row("queues", "support").get("short_abandoned", 0)
                == 1
            ),
            "the abandon is counted",
        )
        await asyncio.sleep(0.5)
        (record,) = await product.interactions()
        assert record.outcome == "abandoned_in_queue"


async def test_a_cut_websocket_is_resumed_with_nothing_missed(
    tmp_path: Path, ports: tuple[int, int]
) -> None:
    async with (
        running(floor_of_two(tmp_path, ports)) as product,
        product.desk("ben") as ben,
        product.phone("ben", "answers", port=ports[1]),
        product.phone("caller") as caller,
    ):
        await ben.ask("go_ready")
        await ben.disconnect()
        await caller.dial_and_talk("5004", caller=NUMBER)
        await asyncio.sleep(1)
        frames = len(ben.frames)

        await ben.connect(resume=True)
        await ben.until(lambda d: d.state == "talking", "the page shows the call at once")

        assert all(f["type"] != "snapshot" for f in ben.frames[frames:]), "resumed by deltas"
        assert ben.own["pop"]["party"]["name"] == "Grace Hopper"


async def test_two_windows_of_an_agent_show_the_same_and_either_commands(
    tmp_path: Path, ports: tuple[int, int]
) -> None:
    async with (
        running(floor_of_two(tmp_path, ports)) as product,
        product.desk("ben") as first,
        product.desk("ben") as second,
    ):
        for asks, sees, command, state in (
            (second, first, "go_ready", "ready"),
            (first, second, "go_not_ready", "not_ready"),
        ):
            reason = {"reason": "break"} if command == "go_not_ready" else {}
            assert (await asks.ask(command, **reason))["ok"]
            for window in (asks, sees):
                await window.until(lambda d, state=state: d.state == state, state)  # type: ignore[misc]
        assert not any(f.get("code") == "replaced" for f in (*first.frames, *second.frames))


async def test_an_agent_with_a_desk_phone_gets_none_in_her_browser(
    tmp_path: Path, ports: tuple[int, int]
) -> None:
    async with running(floor_of_two(tmp_path, ports)) as product, product.desk("ben") as ben:
        refusal = await ben.request("POST", "/api/phone", status=409)
        assert refusal["code"] == "desk_phone"

"""Faults that must not matter: the daemon killed with -9, Asterisk killed, callers who vanish."""

import asyncio
import contextlib
import itertools
import signal
from datetime import timedelta
from pathlib import Path
from socket import SOCK_DGRAM

import pytest

from tests.asterisk_fixture import free_port
from tests.e2e.product import Product, agent, running
from tests.eventually import until
from tests.sipp import Ear

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

SUPERVISOR = [agent("sup", skills={}, roles=("supervisor",))]


async def test_a_killed_daemon_costs_no_talk_no_place_and_no_record(tmp_path: Path) -> None:
    """F1: one talks, one rings, two wait; all of them are served to the end, in order."""
    talking, ringing = free_port(SOCK_DGRAM), free_port(SOCK_DGRAM)
    product = Product(
        folder=tmp_path,
        agents=[
            agent("ana", skills={"support": 4}, phone_port=talking),
            agent("ben", skills={"support": 4}, phone_port=ringing),
        ],
        ring_for="30s",
    )
    async with (
        running(product),
        product.desk("ana") as ana,
        product.desk("ben") as ben,
        product.phone("ana", "answers", port=talking) as phone,
        product.phone("ben", port=ringing) as slow,
        product.phone("first") as first,
        product.phone("second") as second,
        product.phone("third") as third,
        product.phone("fourth") as fourth,
    ):
        await ana.ask("go_ready")
        await first.dial_and_talk("5004", caller="+12025550101")
        await ana.until(lambda d: d.state == "talking", "Ana talks")
        await ben.ask("go_ready")
        await second.dial("5004", caller="+12025550102")
        await slow.wait_rung()
        for caller, number in ((third, "+12025550103"), (fourth, "+12025550104")):
            await caller.dial_and_talk("5004", caller=number)
            await asyncio.sleep(0.2)
        talk = phone.last
        await ana.disconnect()
        await ben.disconnect()

        killed_at = asyncio.get_running_loop().time()
        product.kill_daemon()
        await asyncio.sleep(0.05)
        await product.serving()
        back_after = asyncio.get_running_loop().time() - killed_at

        await ana.connect()
        await ben.connect()
        assert ana.state == "talking"
        assert not talk.ended.is_set()
        assert not first.last.ended.is_set()
        assert back_after < 30, "generous: speed is measured in bench/"

        slow.answer()
        await ben.until(lambda d: d.state == "talking", "the ringing call is still Ben's")
        assert ben.own["call"]["ani"] == "+12025550102"

        for ani, done in (("+12025550103", first), ("+12025550104", third)):
            done.hang_up()
            await ana.until(lambda d: "wrap_up" in d.own, "after-call work")
            await ana.ask("go_ready")
            await ana.until(
                lambda d, ani=ani: d.own.get("call", {}).get("ani") == ani,  # type: ignore[misc]
                "the waiting callers come in their old order",
            )
        second.hang_up()
        fourth.hang_up()
        await product.until_quiet()
        await asyncio.sleep(1)

        records = await product.interactions()
        assert sorted(r.ani for r in records) == [f"+1202555010{n}" for n in (1, 2, 3, 4)]
        assert {r.outcome for r in records} == {"completed"}
        spans = sorted(
            (r.answered_at, r.ended_at) for r in records if r.agent_id == "ana" and r.answered_at
        )
        assert all(
            before[1] is not None and before[1] <= after[0]
            for before, after in itertools.pairwise(spans)
        ), "no agent talks to two at once (I3)"


@pytest.mark.parametrize("seen", ["etc/asterisk.conf", "asterisk.json", "log/messages"])
async def test_a_start_that_is_given_up_leaves_no_asterisk(tmp_path: Path, seen: str) -> None:
    """Ctrl-C just before Asterisk is started, just after, and while it boots."""
    product = Product(folder=tmp_path, agents=[])
    await product.prepare()
    await product.launch()
    try:
        async with asyncio.timeout(20):
            while not (tmp_path / "data" / "asterisk" / seen).exists():  # noqa: ASYNC110
                await asyncio.sleep(0.001)
    finally:
        code = await product.stop(signal.SIGINT)

    assert code == 130
    assert "Interrupted; the same command goes on from here." in product.said()
    assert await asyncio.to_thread(running_with, str(tmp_path)) == []


def running_with(word: str) -> list[str]:
    """Every process with ``word`` among its words."""
    found = []
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            found.append(each.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return [line for line in found if word in line]


async def test_a_caller_who_rings_while_the_daemon_is_dead_reaches_the_agent_who_was_next(
    tmp_path: Path,
) -> None:
    port = free_port(SOCK_DGRAM)
    product = Product(
        folder=tmp_path, agents=[agent("ana", skills={"support": 4}, phone_port=port)]
    )
    async with (
        running(product),
        product.desk("ana") as ana,
        product.phone("ana", port=port) as phone,
        product.phone("caller") as caller,
    ):
        await ana.ask("go_ready")
        await asyncio.sleep(0.5)  # Asterisk is told that she is next
        await ana.disconnect()

        product.kill_daemon()
        await caller.dial("5004", caller="+12025550101")
        await phone.wait_rung()
        await product.serving()
        await ana.connect()
        await ana.until(
            lambda d: d.own.get("offer", {}).get("ani") == "+12025550101", "she is shown the caller"
        )
        phone.answer()
        await ana.until(lambda d: d.state == "talking", "they talk")
        caller.hang_up()
        await product.until_quiet()
        await asyncio.sleep(1)

        (record,) = await product.interactions()
        assert (record.agent_id, record.outcome) == ("ana", "completed")


async def test_a_caller_who_rings_the_menu_while_the_daemon_is_dead_is_taken_from_the_safety_net(
    tmp_path: Path,
) -> None:
    product = Product(folder=tmp_path, agents=[agent("ana", skills={"support": 4}), *SUPERVISOR])
    async with (
        running(product),
        product.desk("sup") as sup,
        product.phone("caller") as caller,
    ):
        await sup.disconnect()
        product.kill_daemon()
        await caller.dial_and_talk("5001", caller="+12025550101")
        await product.serving()
        await sup.connect()
        await sup.until(lambda d: len(d.topics.get("calls", {})) == 1, "she is shown")
        caller.press("22")
        await sup.until(lambda d: d.row("queues", "support").get("waiting") == 1, "she waits")
        caller.hang_up()
        await product.until_quiet()
        await asyncio.sleep(1)

        (record,) = await product.interactions()
        assert (record.ani, record.dnis, record.outcome) == (
            "+12025550101",
            "5001",
            "abandoned_in_queue",
        )


async def test_who_listens_to_a_menu_when_the_daemon_dies_holds_nobody_up(tmp_path: Path) -> None:
    """Asterisk does nothing else for a channel that plays: an end of the sound comes first."""
    product = Product(folder=tmp_path, agents=[agent("ana", skills={"support": 4}), *SUPERVISOR])
    async with (
        running(product),
        product.desk("sup") as sup,
        product.phone("early") as early,
        product.phone("later") as later,
    ):
        await early.dial_and_talk("5001", caller="+12025550101")
        await asyncio.sleep(1)  # the choice of languages lasts for some twenty seconds
        await sup.disconnect()
        product.kill_daemon()
        await asyncio.sleep(0.05)
        await product.serving()
        await sup.connect()

        async with asyncio.timeout(1.5):  # before the safety net takes her
            await later.dial_and_talk("5004", caller="+12025550102")
        early.press("22")
        await sup.until(
            lambda d: d.row("queues", "support").get("waiting") == 2, "both wait for support"
        )
        early.hang_up()
        later.hang_up()
        await product.until_quiet()
        await asyncio.sleep(1)

        first, _ = await product.interactions()
        assert first.ivr_path == ("ivr.language.zh", "ivr.menu.support", "ivr.queue.support")


async def test_when_parley_is_gone_for_good_nobody_in_its_hands_is_left_in_silence(
    tmp_path: Path,
) -> None:
    """One is held, one waits, one chooses: the dialplan's clock takes them to the safety net."""
    port = free_port(SOCK_DGRAM)
    ana_sells = agent("ana", skills={"sales": 4, "lang-en": 5}, phone_port=port)
    product = Product(folder=tmp_path, agents=[ana_sells])
    with Ear() as ear:
        async with (
            running(product),
            product.desk("ana") as ana,
            product.phone("ana", "answers", port=port),
            product.phone("held") as held,
            product.phone("waits") as waits,
            product.phone("chooses", media=ear.port) as chooses,
        ):
            await ana.ask("go_ready")
            for caller, keys in ((held, "11"), (waits, "12"), (chooses, "")):
                await caller.dial_and_talk("5001")
                for key in keys:
                    await asyncio.sleep(1)
                    caller.press(key)
            await ana.until(lambda d: d.state == "talking", "Ana talks")
            assert (await ana.ask("hold", call=ana.own["call"]["call"]))["ok"]
            await asyncio.sleep(9)  # the menu has said all it has to say; leases were renewed
            assert ear.sounding() > timedelta(seconds=6)
            assert ear.sounding() == timedelta(0)

            async def caught() -> bool:
                places = [each["dialplan"]["context"] for each in await product.ari("channels")]
                return places.count("parley-safety-net") == 3

            product.kill_for_good()
            try:
                await until(caught)
                await asyncio.sleep(2)
            finally:
                product.kill_asterisk()
            assert ear.sounding() > timedelta(seconds=1), "the plain queue's music"


async def test_callers_who_leave_while_the_daemon_is_away_are_not_waited_for(
    tmp_path: Path,
) -> None:
    product = Product(folder=tmp_path, agents=[agent("ana", skills={"support": 4})])
    async with running(product), product.phone("caller") as caller:
        await caller.dial_and_talk("5004", caller="+12025550101")
        await asyncio.sleep(0.5)
        product.kill_daemon()
        caller.hang_up()
        await asyncio.sleep(0.05)
        await product.serving()
        await product.until_quiet()
        await asyncio.sleep(1)

        (record,) = await product.interactions()
        assert record.outcome == "abandoned_in_queue"


async def test_a_restarted_asterisk_closes_the_records_and_brings_the_agents_back(
    tmp_path: Path,
) -> None:
    """F5: Asterisk dies under a talk; afterwards the same agents take calls again."""
    port = free_port(SOCK_DGRAM)
    product = Product(
        folder=tmp_path,
        agents=[agent("ana", skills={"support": 4}, phone_port=port)],
        wrap_up_for="5s",
    )
    async with (
        running(product),
        product.desk("ana") as ana,
        product.phone("ana", "answers", port=port),
        product.phone("caller") as caller,
        product.phone("later") as later,
    ):
        await ana.ask("go_ready")
        await caller.dial_and_talk("5004", caller="+12025550101")
        await ana.until(lambda d: d.state == "talking", "Ana talks")

        product.kill_asterisk()

        await ana.until(lambda d: d.state == "wrap_up", "the call is over", 20)
        await ana.until(lambda d: d.state == "ready", "and Ana is ready again", 20)
        await later.dial_and_talk("5004", caller="+12025550102")
        await ana.until(lambda d: d.state == "talking", "her phone was pushed again")
        later.hang_up()
        await product.until_quiet()
        await asyncio.sleep(1)

        lost, served = await product.interactions()
        assert (lost.outcome, lost.cause) == ("failed", "engine_lost")
        assert served.outcome == "completed"


async def test_callers_hang_up_at_every_instant_and_nothing_is_left(tmp_path: Path) -> None:
    """A real storm of impatient callers: each hangs up a little later than the one before."""
    port = free_port(SOCK_DGRAM)
    product = Product(
        folder=tmp_path,
        agents=[agent("ana", skills={"support": 4, "lang-en": 4}, phone_port=port)],
        wrap_up_for="5s",
    )
    async with (
        running(product),
        product.desk("ana") as ana,
        product.phone("ana", "answers", port=port),
    ):
        await ana.ask("go_ready")
        calls = 40
        for number in range(calls):
            async with product.phone(f"caller{number}") as caller:
                visit = await caller.dial("5001" if number % 4 else "5004")
                await asyncio.sleep(0.004 * number)
                caller.hang_up(visit)
                async with asyncio.timeout(10):
                    await visit.ended.wait()
                await asyncio.sleep(0.02)  # the BYE's reply
            if ana.state == "wrap_up":
                await ana.ask("go_ready")
        await product.until_quiet(20)
        await asyncio.sleep(1)

        assert await product.ari("bridges") == []
        records = await product.interactions()
        assert all(record.ended_at is not None for record in records)
        assert len({record.external_id for record in records}) == len(records)
        await ana.until(lambda d: d.state in ("ready", "wrap_up"), "Ana is not stuck")


async def test_asked_twice_it_ends_at_once_in_order_whatever_pages_are_open(
    tmp_path: Path,
) -> None:
    """A page that reads, one that is deaf, a browser phone's line, and a talk going on."""
    product = Product(folder=tmp_path, agents=[agent("ana", skills={"support": 4})])
    async with running(product), product.desk("ana") as ana, product.phone("caller") as caller:
        deaf = await ana.http.ws_connect(f"{ana.base}/ws", headers={"Origin": ana.base})
        await deaf.send_json({"type": "hello", "csrf": ana.csrf})
        deaf._reader._protocol.pause_reading()
        await ana.request("POST", "/api/phone", {})
        line = await ana.http.ws_connect(
            f"{ana.base}/sip", headers={"Origin": ana.base}, protocols=("sip",), autoping=False
        )
        await caller.dial_and_talk("5001", caller="+12025550101")
        assert product.process is not None
        product.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            while (await ana.http.get(f"{ana.base}/api/ready")).status != 503:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert (await ana.http.get(f"{ana.base}/api/health")).status == 200
        product.process.send_signal(signal.SIGTERM)
        began = asyncio.get_running_loop().time()
        code = await asyncio.wait_for(product.process.wait(), 20)
        took = asyncio.get_running_loop().time() - began
        assert code == 0
        assert "Traceback" not in product.said()
        assert await asyncio.to_thread(running_with, str(tmp_path)) == []
        assert took < 3
        await line.close()
        await deaf.close()

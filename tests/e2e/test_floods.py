"""More callers than a day brings: nothing from outside may end the calls of the others."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from socket import SOCK_DGRAM

import pytest

from cti.traffic import sipp
from telephony_config import debian
from tests.asterisk_fixture import free_port
from tests.e2e.product import Product, agent, running
from tests.eventually import until
from tests.sipp import ROOT, caller

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

ECHO = "5090"
LEGS = 2000
LONG_ID = "x" * 200 + "-%u-%p@%s"
"""Call-IDs of some 230 bytes, as providers make them."""
LONG_NAME = "Persian and Chinese names are long when they are written out in full"


@contextlib.asynccontextmanager
async def crowd(product: Product, calls: int, each_second: int) -> AsyncIterator[sipp.Sipp]:
    """Callers who ring the echo and stay: legs that cost no sound."""
    folder = product.folder / "crowd"
    scenario, words = await asyncio.to_thread(_laid_out, folder)
    async with sipp.running(
        words,
        scenario,
        folder,
        rows=[["one"]],
        port=free_port(SOCK_DGRAM),
        server=product.sip,
        calls=calls,
        per_period=each_second,
        most=calls,
        more=("-s", ECHO, "-cid_str", LONG_ID),
    ) as them:
        yield them


def _laid_out(folder: Path) -> tuple[Path, list[str]]:
    folder.mkdir()
    scenario = folder / "crowd.xml"
    scenario.write_text(caller(user="+12025550100", media=40000, name=LONG_NAME))
    return scenario, debian.command(ROOT, "usr/bin/sipp")


async def test_a_daemon_restarted_with_two_thousand_legs_up_costs_no_call(tmp_path: Path) -> None:
    """A list of 1,250 channels over ARI's websocket killed Asterisk, and every call with it."""
    talking = free_port(SOCK_DGRAM)
    product = Product(
        folder=tmp_path,
        agents=[agent("ana", skills={"support": 4}, phone_port=talking)],
        ring_for="30s",
    )
    product.ports = replace(product.ports, rtp_start=12_000, rtp_end=19_999)
    async with (
        running(product),
        product.desk("ana") as ana,
        product.phone("ana", "answers", port=talking) as phone,
        product.phone("first") as first,
        product.phone("second") as second,
    ):
        await ana.ask("go_ready")
        await first.dial_and_talk("5004", caller="+12025550101", name=LONG_NAME)
        await ana.until(lambda d: d.state == "talking", "Ana talks")
        await second.dial_and_talk("5004", caller="+12025550102")
        async with crowd(product, LEGS, 250) as callers:

            async def all_in() -> bool:
                return callers.counters().made == LEGS

            await until(all_in, within=60, every=0.5)
            await until(lambda: all_up(product, 0.99 * LEGS), within=30, every=0.5)
            before = len(await legs(product))
            await ana.disconnect()

            product.kill_daemon()
            await until(lambda: reconciled(product, times=2), within=40)
            await product.serving()
            await ana.connect()

            assert len(await legs(product)) == before
            assert ana.state == "talking"
            assert not phone.last.ended.is_set()
            assert not second.last.ended.is_set()


async def all_up(product: Product, most: float) -> bool:
    return len(await legs(product)) >= most


async def reconciled(product: Product, times: int) -> bool:
    """Whether so many daemons have compared the floor with Asterisk."""
    log = await asyncio.to_thread((product.folder / "daemon.log").read_text, errors="replace")
    return log.count('"reconciled"') >= times


async def legs(product: Product) -> list[object]:
    """Every leg that is up, by Asterisk's own word."""
    return [each for each in await product.ari("channels") if each["state"] == "Up"]

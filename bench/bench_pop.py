"""B1: who is calling, on the agent's screen, out of a million customers at 50 calls a second.

Real daemon, real Asterisk, SIPp callers whose numbers are customers' of the base that
``crm_population`` builds. To the socket: from the instant at which the agent was chosen (the
floor's own stamp, before it is journalled) until the complete pop is read from her websocket in
another process. Painted: in headless Chromium, the real page, from the frame's arrival until a
frame with the customer's name was drawn (MutationObserver, then ``requestAnimationFrame``).
"""

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path
from random import Random
from socket import SOCK_DGRAM
from typing import Any

import uvloop
from playwright.async_api import Page  # noqa: TC002 - as the other benchmarks do

from bench.call_stand import (
    PARLEY,
    Stand,
    members_in,
    on_database,
    people,
    stand,
    wide_ports,
    without_peer,
)
from bench.crm_population import phone, population
from cti.traffic import sipp
from cti.traffic.desktop import Seen
from tests.asterisk_fixture import ROOT, free_port
from tests.e2e.browser import chromium_at, with_pages
from tests.e2e.product import PASSWORD, Product, running

PARTIES = 1_000_000
RATE = 50
AGENTS = 60
RING, TALK = 0.3, 0.2
"""Seconds: the telephones ring as people's do, for the pop is there to be read meanwhile."""
SOCKET_P99_MS, PAINT_P99_MS = 10.0, 40.0
WATCH = """
(() => {
  const Real = window.WebSocket, known = new Set();
  window.painted = [];
  window.WebSocket = class extends Real {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", (event) => {
        if (typeof event.data !== "string" || !event.data.includes('"pop"')) return;
        const at = performance.now(), frame = JSON.parse(event.data);
        const pop = (frame.put || frame.values || {}).pop;
        if (!pop || !pop.complete || !pop.party || known.has(pop.call)) return;
        known.add(pop.call);
        const there = () => document.body.textContent.includes(pop.party.number);
        if (there()) return;
        const look = new MutationObserver(() => {
          if (!there()) return;
          look.disconnect();
          requestAnimationFrame(() => {
            const after = new MessageChannel();
            after.port1.onmessage = () => window.painted.push(performance.now() - at);
            after.port2.postMessage(0);
          });
        });
        look.observe(document.body, {subtree: true, childList: true, characterData: true});
      });
    }
  };
})();
"""


def run(quick: bool) -> list[dict[str, Any]]:
    """Measure; one row per figure."""
    return uvloop.run(_measure(quick))


async def _measure(quick: bool) -> list[dict[str, Any]]:
    customers = await asyncio.to_thread(population, PARTIES)
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as name:
        folder = Path(name)
        base = folder / "customers.db"
        await asyncio.to_thread(_copied, customers, base)
        rows = await _to_socket(folder / "calls", base, seconds=6 if quick else 20)
        return rows + await _to_paint(folder / "page", base, calls=100 if quick else 300)


def _copied(customers: Path, base: Path) -> None:
    """Copy the base, and wait for the disk: it is not to be written while calls are measured."""
    shutil.copyfile(customers, base)
    with base.open("rb") as file:
        os.fsync(file.fileno())


class _Onlooker:
    """Times the complete pops of one agent."""

    def __init__(self, waited: list[float]) -> None:
        self._waited = waited
        self._call, self._chosen = "", 0.0

    def __call__(self, topic: str, put: Mapping[str, Any], _drop: list[str]) -> None:
        now = time.time()
        offer, pop = put.get("offer"), put.get("pop")
        if offer:
            self._call = offer["call"]
            self._chosen = datetime.fromisoformat(offer["offered_at"]).timestamp()
        if pop and pop["complete"] and pop["call"] == self._call and self._chosen:
            self._waited.append(now - self._chosen)
            self._chosen = 0.0


async def _to_socket(folder: Path, base: Path, *, seconds: int) -> list[dict[str, Any]]:
    waited: list[float] = []

    def onlooker(_user: str) -> Seen:
        return _Onlooker(waited)

    folder.mkdir()  # noqa: ASYNC240
    async with stand(folder, agents=AGENTS, database=base, seen=onlooker) as place:
        await _customers_ring(place, folder / "warm", calls=3 * RATE, rate=RATE)
        waited.clear()
        calls = RATE * seconds
        await _customers_ring(place, folder / "ring", calls=calls, rate=RATE)
    return [
        _row(f"agent chosen to pop on her socket, p{share}, {RATE} calls/s", _ms(waited, share),
             limit=SOCKET_P99_MS if share == 99 else None)
        for share in (50, 99)
    ] + [
        _row("calls without a complete pop", calls - len(waited), unit="calls", limit=0),
    ]  # fmt: skip


async def _customers_ring(place: Stand, folder: Path, *, calls: int, rate: int) -> None:
    """SIPp callers with customers' numbers; agents' phones answer and hang up."""
    folder.mkdir()  # noqa: ASYNC240
    rng = Random(calls)
    rows = [(phone(rng.randrange(PARTIES)), "", PARLEY, "0", "", "20000") for _ in range(calls)]
    words = await asyncio.to_thread(sipp.find, ROOT)
    members = members_in(folder, talk=TALK, ring=RING)
    async with (
        sipp.running(words, members, folder / "m", rows=[("0",)], port=place.members_port),
        sipp.running(
            words, sipp.CALLER, folder / "c", rows=rows, port=free_port(SOCK_DGRAM),
            server=place.product.sip, calls=calls, every=timedelta(seconds=1), per_period=rate,
        ) as callers,
        asyncio.timeout(calls / rate + 30),
    ):  # fmt: skip
        await callers.wait()
    await place.quiet()


async def _to_paint(folder: Path, base: Path, *, calls: int) -> list[dict[str, Any]]:
    folder.mkdir()  # noqa: ASYNC240
    port = free_port(SOCK_DGRAM)
    (ana,) = people(1, port, prefix="page")
    product = Product(
        folder=folder, agents=[ana], wrap_up_for="0s", database_url=f"sqlite:///{base}",
        environment={**with_pages(), **on_database(base)["environment"]},
    )  # fmt: skip
    product.ports = wide_ports(product.ports)
    async with (
        running(product),
        product.phone(ana.id, "answers", port=port),
        product.phone("caller") as caller,
        chromium_at(product) as browsers,
    ):
        page: Page = (await browsers.window())["page"]
        await page.add_init_script(WATCH)
        await page.goto(product.base)
        await page.locator("input[name=user]").fill(ana.id)
        await page.locator("input[name=password]").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_selector("[data-phase=idle]")  # live: before it hears no command
        await page.keyboard.press("Alt+1")
        rng = Random(calls)
        for number in range(1, calls + 1):
            visit = await caller.dial(PARLEY, caller=phone(rng.randrange(PARTIES)))
            await page.wait_for_selector("[data-phase=talking]")
            await page.wait_for_function("calls => window.painted.length >= calls", arg=number)
            caller.hang_up(visit)
            await page.wait_for_selector("[data-phase=idle]")
        painted = [float(each) / 1000 for each in await page.evaluate("window.painted")]
    return [
        _row(f"pop painted in Chromium, p{share}", _ms(painted, share),
             limit=PAINT_P99_MS if share == 99 else None)
        for share in (50, 99)
    ] + [_row("pops painted", len(painted), unit="of " + str(calls))]  # fmt: skip


def _ms(seconds: list[float], share: int) -> float:
    """The percentile by nearest rank, in milliseconds: ``share`` of 100 took at most this."""
    if not seconds:
        return float("inf")
    return 1000 * sorted(seconds)[ceil(len(seconds) * share / 100) - 1]


def _row(
    metric: str, value: float, *, unit: str = "ms", limit: float | None = None
) -> dict[str, Any]:
    return without_peer("B1", metric, value, unit, limit=limit)


if __name__ == "__main__":
    import json
    import sys

    for line in run("--quick" in sys.argv):
        print(json.dumps(line))

"""Memory of the daemon with 1,000 agents logged in and 500 calls up: at most 300 MB.

The real daemon on the real Asterisk: 1,000 desktops over real websockets, each with a telephone
pushed to Asterisk, and SIPp callers who talk to 500 of the agents. What counts is the resident set
of the daemon's process and of its clerk's, added up, as the kernel tells it. The quick run has 200
agents and 100 calls and is held to what the limit leaves it: the start-up figure plus a fifth of
the rest.
"""

import asyncio
import tempfile
from collections import Counter
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from socket import SOCK_DGRAM
from typing import Any

import uvloop

from bench.call_stand import (
    HERE,
    PARLEY,
    child_of,
    members_in,
    people,
    wide_ports,
    with_clerk,
    without_peer,
)
from cti.traffic import sipp
from cti.traffic.desktop import Desktop, signed_in
from tests.asterisk_fixture import ROOT, free_port
from tests.e2e.product import PASSWORD, Product, running

AGENTS, CALLS = 1000, 500
LIMIT_MB = 300.0
AT_ONCE = 16
RATE = 15
TALK = 600.0
UP_WITHIN = 120.0
SETTLE = 3.0
"""Seconds until the clerk is there too."""


def run(quick: bool) -> list[dict[str, Any]]:
    """Measure; one row per figure."""
    return uvloop.run(_measure(quick))


async def _measure(quick: bool) -> list[dict[str, Any]]:
    agents, calls = (AGENTS // 5, CALLS // 5) if quick else (AGENTS, CALLS)
    port = free_port(SOCK_DGRAM)
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as name:
        folder = Path(name)
        product = Product(folder=folder, agents=people(agents, port), wrap_up_for="0s")
        product.ports = wide_ports(product.ports)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(running(product))
            assert product.process is not None
            daemon = child_of(product.process.pid)
            await asyncio.sleep(SETTLE)
            empty = _resident(daemon)
            tasks = await stack.enter_async_context(asyncio.TaskGroup())
            desks = await _all_signed_in(stack, tasks, product)
            idle = _resident(daemon)
            talking = await _talking(stack, product, desks, folder, calls, port)
            full = _resident(daemon)
    share = 1.0 if not quick else 0.2
    limit = LIMIT_MB if not quick else empty + (LIMIT_MB - empty) * share
    what = f"{agents} agents logged in"
    return [
        _row("resident, started", empty),
        _row(f"resident, {what}", idle),
        _row(f"resident, {what}, {talking} calls up", full, limit=limit),
        _row(f"calls up of {calls} wanted", talking, unit="calls"),
    ]


async def _all_signed_in(
    stack: AsyncExitStack, tasks: asyncio.TaskGroup, product: Product
) -> list[Desktop]:
    """Every agent, a few at a time, ready."""
    users = [each.id for each in product.agents]
    found: list[Desktop] = []

    async def some(mine: list[str]) -> None:
        for user in mine:
            context = signed_in(product.base, user, PASSWORD, tasks=tasks)
            desk = await stack.enter_async_context(context)
            assert await desk.ask("go_ready")
            found.append(desk)

    async with asyncio.TaskGroup() as group:
        for first in range(AT_ONCE):
            group.create_task(some(users[first::AT_ONCE]))
    return found


async def _talking(
    stack: AsyncExitStack,
    product: Product,
    desks: list[Desktop],
    folder: Path,
    calls: int,
    port: int,
) -> int:
    """Let ``calls`` callers in, who stay; return how many talk at last."""
    words = await asyncio.to_thread(sipp.find, ROOT)
    members = await asyncio.to_thread(members_in, folder, talk=TALK)
    await stack.enter_async_context(
        sipp.running(words, members, folder / "m", rows=[("0",)], port=port)
    )
    await stack.enter_async_context(
        sipp.running(
            words,
            HERE / "callers.xml",
            folder / "c",
            rows=[("0",)],
            port=free_port(SOCK_DGRAM),
            server=product.sip,
            calls=calls,
            every=timedelta(seconds=1),
            per_period=RATE,
            most=calls,
            more=["-s", PARLEY],
        )
    )

    def up() -> int:
        return sum(desk.state == "talking" for desk in desks)

    loop = asyncio.get_running_loop()
    until = loop.time() + UP_WITHIN
    while up() < calls and loop.time() < until:  # noqa: ASYNC110 - many desktops, one wait
        await asyncio.sleep(0.5)
    await asyncio.sleep(2)
    if up() < calls:
        states = Counter(desk.state for desk in desks)
        engine = (product.folder / "data/asterisk/log/messages").read_text()[-2000:]
        raise AssertionError(f"{up()} of {calls} calls up, {states}\n{product.said()}\n{engine}")
    return up()


def _resident(daemon: int) -> float:
    """Megabytes (10^6) of the daemon and its clerk that are in memory."""
    found = 0.0
    for pid in with_clerk(daemon):
        status = Path(f"/proc/{pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        found += int(line.split()[1]) * 1024 / 1e6
    return found


def _row(
    metric: str, value: float, *, unit: str = "MB", limit: float | None = None
) -> dict[str, Any]:
    return without_peer("memory", metric, value, unit, limit=limit)


if __name__ == "__main__":
    import json
    import sys

    for line in run("--quick" in sys.argv):
        print(json.dumps(line))

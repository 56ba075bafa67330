"""B7: what the ARI client costs, and which side should dial (ADR 0003).

    python -m bench.bench_ari [--quick]

Cost: the same command on the same Asterisk in the same run, by turns, over a bare ``websockets``
loop, a bare aiohttp loop, and the client. Who dials: a daemon is killed with -9 while callers
wait and others ring in, once with us dialling Asterisk (inbound) and once the other way round.
"""

import asyncio
import json
import signal
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import aiohttp
import msgspec
import uvloop
import websockets

from cti.ari.client import AriClient
from cti.ari.dial import authorization
from cti.ari.settings import AriSettings, Mode
from cti.call_control import CallControl, PhoneKind, PhoneSpec
from telephony_config.embedded import EmbeddedAsterisk
from telephony_config.render import DialDaemon
from tests.asterisk_fixture import free_port, running_asterisk
from tests.fakes.sip_phone import Dialog, SipPhone

WINDOW = 64
LANES, BURST, BURSTS = (1, 2, 4), 20, 5
WAITING, NEWCOMERS, OUTAGE, GAP = 6, 10, 3.0, 0.2
SILENCE_LIMIT, SERVICE_LIMIT = 2.0, 2.0
RATE_LIMIT, TAIL_LIMIT = 0.85, 1.2
PATIENCE = 15.0
Row = dict[str, Any]


# -- what a command costs ---------------------------------------------------------------------


def command(number: int) -> str:
    return json.dumps(
        {
            "type": "RESTRequest",
            "request_id": str(number),
            "method": "GET",
            "uri": "asterisk/ping",
        }
    )


@dataclass(frozen=True)
class Contender:
    """One way to send commands: ``ask`` one and wait, or ``flood`` with many in flight."""

    ask: Callable[[], Awaitable[object]]
    flood: Callable[[int], Awaitable[object]]


def bare(
    send: Callable[[str], Awaitable[None]], receive: Callable[[], Awaitable[Any]]
) -> Contender:
    """The least that a program can do: a loop over the socket, replies in the order sent."""

    async def take() -> object:
        reply = json.loads(await receive())
        return json.loads(reply["message_body"])

    async def ask() -> object:
        await send(command(0))
        return await take()

    async def flood(count: int) -> None:
        for number in range(WINDOW):
            await send(command(number))
        for number in range(count):
            await take()
            if number + WINDOW < count:
                await send(command(number))

    return Contender(ask, flood)


def ours(client: AriClient) -> Contender:
    async def ask() -> object:
        return await client.request("GET", "asterisk/ping", lane="a")

    async def flood(count: int) -> None:
        async def worker(key: str) -> None:
            for _ in range(count // WINDOW):
                await client.request("GET", "asterisk/ping", lane=key)

        async with asyncio.TaskGroup() as group:
            for number in range(WINDOW):
                group.create_task(worker(f"call-{number}"))

    return Contender(ask, flood)


async def cost(server: EmbeddedAsterisk, rounds: int) -> list[Row]:
    """Compare the client with the bare loops, by turns."""
    run = server.runtime
    url = f"{run.ari_url}/events".replace("http:", "ws:")
    header = {"Authorization": authorization(run.ari_user, run.ari_password)}
    one_lane = AriSettings(
        url=run.ari_url,
        user=run.ari_user,
        password=run.ari_password,
        app="bench",
        lanes=1,
    )
    async with (
        connected(one_lane) as client,
        websockets.connect(f"{url}?app=a", additional_headers=header, compression=None) as plain,
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{run.ari_url}/events?app=b", headers=header, compress=0) as raw,
    ):
        contenders = {
            "ours": ours(client),
            "websockets": bare(plain.send, plain.recv),
            "aiohttp": bare(raw.send_str, raw.receive_str),
        }
        times: dict[str, list[float]] = {name: [] for name in contenders}
        rates: dict[str, list[float]] = {name: [] for name in contenders}
        order = list(contenders)
        for _ in range(rounds):
            order.append(order.pop(0))
            for name in order:
                for _ in range(500):
                    began = time.perf_counter()
                    await contenders[name].ask()
                    times[name].append(time.perf_counter() - began)
            for name in order:
                began = time.perf_counter()
                await contenders[name].flood(50 * WINDOW)
                rates[name].append(50 * WINDOW / (time.perf_counter() - began))
    return [
        row
        for peer in ("websockets", "aiohttp")
        for row in (
            compare("command p50", times, peer, 0.5, 1 / RATE_LIMIT),
            compare("command p99", times, peer, 0.99, TAIL_LIMIT),
            rate_row(rates, peer),
        )
    ]


def compare(
    metric: str, times: dict[str, list[float]], peer: str, share: float, limit: float
) -> Row:
    mine, other = (quantile(times[name], share) * 1000 for name in ("ours", peer))
    return row(metric, mine, "ms", f"bare {peer}", other, limit, most=True)


def rate_row(rates: dict[str, list[float]], peer: str) -> Row:
    """Compare round by round, so that a busy moment of the machine counts for both."""
    mine, other = median(rates["ours"]), median(rates[peer])
    ratio = median(a / b for a, b in zip(rates["ours"], rates[peer], strict=True))
    made = row(
        f"commands per s, {WINDOW} in flight", mine, "1/s", f"bare {peer}", other, RATE_LIMIT
    )
    return made | {"ratio": round(ratio, 3), "ok": ratio >= RATE_LIMIT}


def row(
    metric: str,
    value: float,
    unit: str,
    peer: str,
    peer_value: float,
    limit: float | None,
    *,
    most: bool = False,
) -> Row:
    """One line of the table; ``limit`` bounds the ratio, from above with ``most``, if at all."""
    ratio = value / peer_value if peer_value else 0.0
    return {
        "bench": "B7",
        "metric": metric,
        "value": round(value, 3),
        "unit": unit,
        "peer": peer,
        "peer_value": round(peer_value, 3),
        "ratio": round(ratio, 3),
        "limit": None if limit is None else round(limit, 3),
        "ok": limit is None or (ratio <= limit if most else ratio >= limit),
    }


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


# -- what lanes are good for -------------------------------------------------------------------


async def lanes(server: EmbeddedAsterisk, rounds: int) -> list[Row]:
    """Ring many phones at once, and see how long the commands of other calls take meanwhile."""
    run = server.runtime
    deaf = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)  # a phone that costs us no time
    deaf.bind(("127.0.0.1", 0))
    await push(server, {"deaf": f"sip:deaf@127.0.0.1:{deaf.getsockname()[1]}"})
    seen: dict[int, list[float]] = {count: [] for count in LANES}
    for number in range(rounds):
        for count in LANES:
            settings = AriSettings(
                url=run.ari_url,
                user=run.ari_user,
                password=run.ari_password,
                app=f"bench-{number}",
                lanes=count,
            )
            async with connected(settings) as client:
                await asyncio.sleep(0.1)
                seen[count] += await burst(client, "deaf", f"{number}-{count}")
    deaf.close()
    return [
        row(
            f"command p{share * 100:.0f} beside {BURST} rings at once, {count} lanes",
            quantile(seen[count], share) * 1000,
            "ms",
            "1 lane",
            quantile(seen[1], share) * 1000,
            1.0 if (count, share) == (LANES[1], 0.5) else None,  # p99 of so few is chance
            most=True,
        )
        for count in LANES[1:]
        for share in (0.5, 0.99)
    ]


async def burst(client: AriClient, phone: str, mark: str) -> list[float]:
    control, times = CallControl(client, app=client.settings.app), []

    async def ring(number: int) -> None:
        leg = f"bench-{mark}-{number}~1"
        await client.request(
            "POST",
            f"channels/{leg}",
            query={"endpoint": f"PJSIP/{phone}", "app": client.settings.app, "timeout": "2"},
            lane=leg,
        )
        await asyncio.sleep(0.1)
        await control.hang_up(leg)

    async def other(number: int) -> None:
        began = time.perf_counter()
        await client.request("GET", "asterisk/ping", lane=f"other-{number}")
        times.append(time.perf_counter() - began)

    for turn in range(BURSTS):
        async with asyncio.TaskGroup() as group:
            for number in range(turn * BURST, (turn + 1) * BURST):
                group.create_task(ring(number))
                group.create_task(other(number))
    return times


# -- who dials whom ---------------------------------------------------------------------------


@dataclass
class Outage:
    """What one kill -9 did in one mode."""

    survived: float = 0.0
    """Share of the waiting callers whose leg lived on."""
    told_later: float = 0.0
    """Share of the hang-ups in the outage that came as an event afterwards."""
    found: float = 0.0
    """Share of them that the listing on connect showed anyway."""
    reached: float = 0.0
    """Share of the new callers who got a voice within 2 s, by the daemon or the safety net."""
    by_daemon: float = 0.0
    """Share of them whom the returning daemon took."""
    stale: int = 0
    """StasisStart of callers who were long gone or in the safety net."""
    back: float = 0.0
    """Seconds from the new process's start of dialling or listening to reconciled."""
    waits: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    """Seconds from INVITE to StasisStart in quiet times."""


class Daemon:
    """The process to be killed."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.said: list[dict[str, Any]] = []
        self._more = asyncio.Condition()

    @classmethod
    async def start(cls, settings: AriSettings) -> "Daemon":
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bench.ari_daemon",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdin is not None
        process.stdin.write(msgspec.json.encode(settings) + b"\n")
        await process.stdin.drain()
        return cls(process)

    async def listen(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            async with self._more:
                self.said.append(json.loads(line))
                self._more.notify_all()

    def all(self, what: str) -> list[dict[str, Any]]:
        return [line for line in self.said if line["what"] == what]

    async def wait(self, what: str, count: int) -> None:
        async with asyncio.timeout(PATIENCE), self._more:
            await self._more.wait_for(lambda: len(self.all(what)) >= count)

    async def kill(self) -> None:
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
        await self._process.wait()


async def outage(server: EmbeddedAsterisk, settings: AriSettings) -> Outage:
    """Kill the daemon while callers wait, let others ring in, start it again."""
    result = Outage()
    phones = await plug_in(server, WAITING + NEWCOMERS)
    async with asyncio.TaskGroup() as group:
        first = await Daemon.start(settings)
        reading = [group.create_task(first.listen())]
        await first.wait("connected", 1)
        waiting = []
        for number in range(WAITING):
            began = time.monotonic()
            waiting.append(await phones[number].dial("5001"))
            await first.wait("StasisStart", number + 1)
            result.latencies.append(first.all("StasisStart")[number]["t"] - began)
        await first.wait("taken", WAITING)
        await first.kill()
        leavers = waiting[:2]
        newcomers: list[asyncio.Task[float]] = []
        began = time.monotonic()
        for number in range(NEWCOMERS):
            newcomers.append(group.create_task(newcomer(phones[WAITING + number])))
            await asyncio.sleep(GAP)
            if number < len(leavers):
                phones[number].hang_up(leavers[number])
        await asyncio.sleep(max(0.0, OUTAGE - (time.monotonic() - began)))
        second = await Daemon.start(settings)
        reading.append(group.create_task(second.listen()))
        await second.wait("connected", 1)
        result.waits = [await one for one in newcomers]
        await asyncio.sleep(0.5)
        await judge(result, first, second, waiting, leavers)
        for phone in phones:
            for dialog in phone.dialogs:
                phone.hang_up(dialog)
        await second.kill()
    for phone in phones:
        phone.close()
    return result


async def newcomer(phone: SipPhone) -> float:
    """Ring in; returns after how many seconds somebody answered."""
    began = time.monotonic()
    dialog = await phone.dial("5001")
    try:
        async with asyncio.timeout(PATIENCE):
            await dialog.answered.wait()
    except TimeoutError:
        return PATIENCE
    return time.monotonic() - began


async def judge(
    result: Outage, first: Daemon, second: Daemon, waiting: list[Dialog], leavers: list[Dialog]
) -> None:
    stayed = [dialog for dialog in waiting if dialog not in leavers]
    known = [line["leg"] for line in first.all("StasisStart")]
    gone = set(known[: len(leavers)])
    back = second.all("connected")[0]
    told = {line["leg"] for line in second.all("StasisEnd")} & gone
    started = [line["leg"] for line in second.all("StasisStart")]
    taken = {line["leg"] for line in second.all("taken")}
    result.survived = sum(not d.ended.is_set() for d in stayed) / len(stayed)
    result.told_later = len(told) / len(gone)
    result.found = len(gone - set(back["owned"])) / len(gone)
    result.reached = sum(wait <= SILENCE_LIMIT + 0.25 for wait in result.waits) / NEWCOMERS
    result.by_daemon = len(taken) / NEWCOMERS
    result.stale = len(set(started) - taken)
    result.back = back["t"] - second.all("starting")[0]["t"]


async def plug_in(server: EmbeddedAsterisk, count: int) -> list[SipPhone]:
    """Give each caller a phone: of one alone the door would let three calls in."""
    at = ("127.0.0.1", server.runtime.ports.sip_udp)
    phones = [await SipPhone.open(at, f"caller-bench-{number}") for number in range(count)]
    await push(server, {phone.name: phone.contact for phone in phones})
    return phones


async def push(server: EmbeddedAsterisk, contacts: Mapping[str, str]) -> None:
    run = server.runtime
    settings = AriSettings(
        url=run.ari_url,
        user=run.ari_user,
        password=run.ari_password,
        app="bench-setup",
        lanes=1,
    )
    async with connected(settings) as client:
        for name, contact in contacts.items():
            spec = PhoneSpec(id=name, kind=PhoneKind.SIP, contact=contact, context="from-demo")
            await CallControl(client).push_phone(spec)


@asynccontextmanager
async def connected(settings: AriSettings) -> AsyncIterator[AriClient]:
    client = AriClient(settings, chance=Random(7))
    async with asyncio.TaskGroup() as group:
        running = group.create_task(client.run())
        async with asyncio.timeout(PATIENCE):
            await client.wait_connected()
        yield client
        running.cancel()


@asynccontextmanager
async def theatre(folder: Path, mode: Mode) -> AsyncIterator[tuple[EmbeddedAsterisk, AriSettings]]:
    """An Asterisk for one mode, and the settings of its daemon."""
    port = free_port_tcp()
    dial = DialDaemon(uri=f"ws://127.0.0.1:{port}/ari", user="asterisk", password="knock")
    async with running_asterisk(folder, dial_daemon=dial if mode == "outbound" else None) as server:
        run = server.runtime
        yield (
            server,
            AriSettings(
                url=run.ari_url,
                user=run.ari_user,
                password=run.ari_password,
                mode=mode,
                listen_port=port,
                listen_user="asterisk",
                listen_password="knock",
            ),
        )


def free_port_tcp() -> int:
    return free_port(socket.SOCK_STREAM)


async def who_dials(folder: Path, rounds: int) -> list[Row]:
    """Run the same outage in both modes, by turns."""
    async with (
        theatre(folder / "in", "inbound") as inbound,
        theatre(folder / "out", "outbound") as outbound,
    ):
        seen: dict[str, list[Outage]] = {"inbound": [], "outbound": []}
        for _ in range(rounds):
            seen["inbound"].append(await outage(*inbound))
            seen["outbound"].append(await outage(*outbound))
    return [
        mode_row("waiting callers who lived on, share", seen, lambda o: o.survived, 1.0),
        mode_row("hang-ups found by listing, share", seen, lambda o: o.found, 1.0),
        mode_row("hang-ups told afterwards, share", seen, lambda o: o.told_later, None),
        mode_row("new callers with a voice within 2 s, share", seen, lambda o: o.reached, 1.0),
        mode_row("new callers taken by the new daemon, share", seen, lambda o: o.by_daemon, None),
        mode_row("new callers' longest wait, s", seen, lambda o: max(o.waits), None, worst=max),
        mode_row("new callers' median wait, s", seen, lambda o: median(o.waits), None),
        mode_row("stale StasisStart after return", seen, lambda o: o.stale, None, worst=max),
        mode_row("start to reconciled, s", seen, lambda o: o.back, SERVICE_LIMIT, worst=max),
        mode_row("INVITE to StasisStart p50, ms", seen, lambda o: median(o.latencies) * 1e3, None),
    ]


def mode_row(
    metric: str,
    seen: dict[str, list[Outage]],
    of: Callable[[Outage], float],
    limit: float | None,
    *,
    worst: Callable[[list[float]], float] = median,
) -> Row:
    """Inbound against outbound; ``limit`` bounds the value itself, for seconds from above."""
    mine, other = (worst([of(one) for one in seen[mode]]) for mode in ("inbound", "outbound"))
    good = limit is None or (mine <= limit if metric.endswith(" s") else mine >= limit)
    return {
        "bench": "B7 dial",
        "metric": metric,
        "value": round(mine, 3),
        "unit": "inbound",
        "peer": "outbound",
        "peer_value": round(other, 3),
        "ratio": round(mine / other, 3) if other else None,
        "limit": limit,
        "ok": good,
    }


async def measure(quick: bool) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder:
        async with running_asterisk(Path(folder) / "cost") as server:
            rows = await cost(server, 4 if quick else 20)
            rows += await lanes(server, 1 if quick else 4)
        return rows + await who_dials(Path(folder), 1 if quick else 5)


def run(quick: bool) -> list[Row]:
    """Measure and return the rows of the table."""
    return uvloop.run(measure(quick))


if __name__ == "__main__":
    for line in run("--quick" in sys.argv):
        sys.stdout.write(
            f"{line['bench']:8} {line['metric']:44} {line['value']:>10} {line['unit']:8} "
            f"{line['peer']:16} {line['peer_value']:>10} ratio {line['ratio']} "
            f"limit {line['limit']} {'ok' if line['ok'] else 'MISSED'}\n"
        )

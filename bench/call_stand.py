"""The stand of the call path benchmarks: the real product with SIPp agents, and ``app_queue``.

Both serve the same SIPp callers on the same Asterisk with the same telephones: number 5004 leads to
Parley, 6001 to a queue of ``app_queue`` (strategy leastrecent, autofill, retry 1, ringinuse no)
whose static members are the very phones that Parley pushed for its agents. What happened is read
from witnesses that are not ours: SIPp's message log (when a caller's INVITE left) and Asterisk's
channel event log (when both legs were in one bridge, stamped where it happened).
"""

import asyncio
import json
import os
import random
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from socket import SOCK_DGRAM

from cti.traffic import sipp
from cti.traffic.desktop import Desktop, signed_in
from telephony_config import control
from tests.asterisk_fixture import ROOT, free_port
from tests.e2e.product import PASSWORD, Product, agent, running

HERE = Path(__file__).parent
PARLEY, APP_QUEUE = "5004", "6001"
QUEUE = "safety-support"
SETTLE_WITHIN = 20.0
CEL = """\
[general]
enable = yes
events = BRIDGE_ENTER,BRIDGE_EXIT,CHAN_END
"""
CEL_CUSTOM = """\
[mappings]
bench.csv => ${eventtype}|${eventtime}|${CHANNEL(channame)}|${CHANNEL(uniqueid)}|${CALLERID(num)}|\
${eventextra}
"""


@dataclass(slots=True, kw_only=True)
class Call:
    """One call as the witnesses saw it; instants are seconds of the machine's clock."""

    invited: float
    talking: float | None = None
    ended: float | None = None
    agent: str = ""

    @property
    def setup(self) -> float | None:
        """Seconds from the caller's INVITE to the talk with the agent."""
        return None if self.talking is None else self.talking - self.invited


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What one run of callers showed."""

    calls: Sequence[Call]
    retransmitted: int
    took: float
    cpu: Mapping[str, float] = field(default_factory=dict)
    """Seconds of processor time of Asterisk and of the daemon."""

    @property
    def setups(self) -> list[float]:
        """Seconds to talking of the calls that got there, sorted."""
        return sorted(c.setup for c in self.calls if c.setup is not None)

    @property
    def lost(self) -> int:
        """Calls that never reached an agent."""
        return sum(c.talking is None for c in self.calls)


class Stand:
    """The running product and its agents."""

    def __init__(self, product: Product, folder: Path, desks: Sequence[Desktop]) -> None:
        self._product, self._folder, self.desks = product, folder, desks
        self._trials = 0

    async def cli(self, command: str) -> str:
        """One command of Asterisk's command line."""
        socket = self._product.folder / "data" / "asterisk" / "run" / "asterisk.ctl"
        return await control.ask(socket, command, within=timedelta(seconds=20))

    async def quiet(self) -> None:
        """Wait until no call is left and every agent is ready."""
        channels = ""
        try:
            async with asyncio.timeout(SETTLE_WITHIN):
                while True:
                    channels = await self.cli("core show channels count")
                    idle = re.search(r"^0 active channels", channels, re.MULTILINE) is not None
                    if idle and all(desk.state == "ready" for desk in self.desks):
                        return
                    await asyncio.sleep(0.1)
        except TimeoutError:
            states = Counter(
                f"{desk.state} {desk.own.get('me', {}).get('reason', '')}" for desk in self.desks
            )
            raise AssertionError(f"not quiet in time: {states}, {channels}") from None

    async def trial(
        self, number: str, *, rate: float, calls: int, talk: float, patience: float = 60.0
    ) -> Trial:
        """Let SIPp make ``calls`` calls to ``number`` and tell what became of them."""
        self._trials += 1
        folder = self._folder / f"trial{self._trials}"
        folder.mkdir()
        members = folder / "members.xml"
        members.write_text(
            (HERE / "members.xml").read_text().replace("{talk}", f"{talk * 1000:.0f}")
        )
        words = await asyncio.to_thread(sipp.find, ROOT)
        log = self._cel
        start = log.stat().st_size if log.exists() else 0
        more = ["-s", number, "-trace_shortmsg", "-shortmessage_file", str(folder / "short")]
        before, began = self.cpu(), time.perf_counter()
        async with (
            sipp.running(
                words, members, folder / "members", rows=[("0",)], port=self._members_port
            ),
            sipp.running(
                words, HERE / "callers.xml", folder / "callers", rows=[("0",)],
                port=free_port(SOCK_DGRAM), server=self._product.sip, calls=calls,
                every=timedelta(seconds=10), per_period=round(rate * 10), most=10_000, more=more,
            ) as callers,
        ):  # fmt: skip
            try:
                async with asyncio.timeout(patience):
                    await callers.wait()
            except TimeoutError:
                pass  # the calls that hang are counted as lost
            took = time.perf_counter() - began
            after = self.cpu()
            await asyncio.sleep(0.3)
        retransmitted = callers.retransmissions()
        await self.quiet()
        with log.open() as file:
            file.seek(start)
            events = file.read().splitlines()
        found = join(_invites((folder / "short").read_text()), events)
        cpu = {name: after[name] - before[name] for name in after}
        return Trial(calls=found, retransmitted=retransmitted, took=took, cpu=cpu)

    @property
    def _members_port(self) -> int:
        uri = str(self._product.agents[0].preferences["sip_uri"])
        return int(uri.rpartition(":")[2])

    @property
    def _cel(self) -> Path:
        return self._product.folder / "data" / "asterisk" / "log" / "cel-custom" / "bench.csv"

    def cpu(self) -> dict[str, float]:
        """Processor seconds so far: ``asterisk`` and ``daemon``."""
        state = json.loads((self._product.folder / "data/asterisk/asterisk.json").read_text())
        return {"asterisk": _cpu(int(state["pid"])), "daemon": _cpu(self.daemon)}

    @property
    def daemon(self) -> int:
        """The daemon's process id."""
        assert self._product.process is not None
        keeper = self._product.process.pid
        return int(Path(f"/proc/{keeper}/task/{keeper}/children").read_text().split()[0])

    async def prepare(self) -> None:
        """Add the peer's queue, number and members, and the log of channel events."""
        etc = self._product.folder / "data" / "asterisk" / "etc"
        etc = etc / "asterisk" if (etc / "asterisk").exists() else etc
        self._cel.parent.mkdir(parents=True, exist_ok=True)
        (etc / "cel.conf").write_text(CEL)
        (etc / "cel_custom.conf").write_text(CEL_CUSTOM)
        await self.cli("module reload cel")
        for module in ("res_cdrel_custom.so", "cel_custom.so"):
            await self.cli(f"module load {module}")
        said = await self.cli("cel show status")
        assert "Enabled" in said, said
        await self.cli(
            f"dialplan add extension {APP_QUEUE},1,Queue,{QUEUE} into parley-numbers replace"
        )
        for each in self._product.agents:
            await self.cli(f"queue add member PJSIP/agent-{each.id} to {QUEUE}")
        said = await self.cli(f"queue show {QUEUE}")
        assert said.count("PJSIP/agent-") == len(self._product.agents), said


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _invites(short: str) -> dict[str, float]:
    """When each caller's first INVITE left: number -> seconds."""
    found: dict[str, float] = {}
    for line in short.splitlines():
        _, _, when, way, call, _, message = line.split("\t", 6)
        if way == "S" and message.startswith("INVITE "):
            found.setdefault("7" + call.partition("-")[0], float(when))
    return found


def join(invites: Mapping[str, float], events: Sequence[str]) -> list[Call]:
    """Put the two logs together: the caller's number is unique in a trial."""
    calls = {number: Call(invited=when) for number, when in invites.items()}
    bridges: dict[str, dict[str, float]] = {}
    owner: dict[str, str] = {}
    for line in events:
        kind, when, name, channel, number, extra = line.split("|", 5)
        bridge = re.search(r'"bridge_id":"([^"]+)"', extra)
        if bridge is None:
            continue
        inside = bridges.setdefault(bridge[1], {})
        if kind == "BRIDGE_ENTER":
            inside[channel] = float(when)
            if number in calls and "local-phones" in name:
                owner[bridge[1]] = number
            call = calls.get(owner.get(bridge[1], ""))
            if len(inside) == 2 and call is not None and call.talking is None:
                call.talking = max(inside.values())
        elif kind == "BRIDGE_EXIT":
            call = calls.get(owner.get(bridge[1], ""))
            if call is not None and call.talking is not None and call.ended is None:
                call.ended = float(when)
    return list(calls.values())


@asynccontextmanager
async def stand(folder: Path, *, agents: int) -> AsyncIterator[Stand]:
    """The product with ``agents`` ready agents, and the peer beside it."""
    port = free_port(SOCK_DGRAM)
    people = [agent(f"b{n:03}", skills={"support": 3}, phone_port=port) for n in range(agents)]
    product = Product(folder=folder, agents=people, wrap_up_for="0s", ring_for="20s")
    first = 10_000 + 4_000 * random.randrange(5)
    product.ports = replace(product.ports, rtp_start=first, rtp_end=first + 3_999)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(running(product))
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        desks = [
            await stack.enter_async_context(signed_in(product.base, each.id, PASSWORD, tasks=tasks))
            for each in people
        ]
        for desk in desks:
            assert await desk.ask("go_ready")
        place = Stand(product, folder, desks)
        await place.prepare()
        yield place

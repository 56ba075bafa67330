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
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from socket import SOCK_DGRAM
from typing import Any

from argon2 import PasswordHasher

from crm_core.domain.user import User, UserRole
from cti.traffic import sipp
from cti.traffic.desktop import Desktop, Seen, signed_in
from telephony_config import control
from telephony_config.model import Ports
from tests.asterisk_fixture import ROOT, free_port
from tests.e2e.product import PASSWORD, Product, running

HERE = Path(__file__).parent
PARLEY, APP_QUEUE = "5004", "6001"
QUEUE = "safety-support"
SETTLE_WITHIN = 20.0
PRIORITY = -15
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
        self.product, self._folder, self.desks = product, folder, desks
        self._trials = self.set_aside = 0

    async def cli(self, command: str) -> str:
        """One command of Asterisk's command line."""
        socket = self.product.folder / "data" / "asterisk" / "run" / "asterisk.ctl"
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

    async def stay_ready(self, desk: Desktop) -> None:
        """Send an agent who was set aside for a failed call back to work, and count it."""
        while not desk.closed:
            await desk.until(lambda own: own["me"]["state"] == "not_ready")
            if desk.state == "not_ready":
                self.set_aside += 1
                await desk.ask("go_ready")

    async def trial(
        self, number: str, *, rate: float, calls: int, talk: float, patience: float = 60.0
    ) -> Trial:
        """Let SIPp make ``calls`` calls to ``number`` and tell what became of them."""
        self._trials += 1
        folder = self._folder / f"trial{self._trials}"
        folder.mkdir()
        members = members_in(folder, talk=talk)
        words = await asyncio.to_thread(sipp.find, ROOT)
        log = self._cel
        start = log.stat().st_size if log.exists() else 0
        more = ["-s", number, "-trace_shortmsg", "-shortmessage_file", str(folder / "short")]
        before, began = self.cpu(), time.perf_counter()
        async with (
            sipp.running(
                words, members, folder / "members", rows=[("0",)], port=self.members_port
            ),
            sipp.running(
                words, HERE / "callers.xml", folder / "callers", rows=[("0",)],
                port=free_port(SOCK_DGRAM), server=self.product.sip, calls=calls,
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
    def members_port(self) -> int:
        """Where the agents' telephones are."""
        uri = str(self.product.agents[0].preferences["sip_uri"])
        return int(uri.rpartition(":")[2])

    @property
    def _cel(self) -> Path:
        return self.product.folder / "data" / "asterisk" / "log" / "cel-custom" / "bench.csv"

    def cpu(self) -> dict[str, float]:
        """Processor seconds so far: ``asterisk``, and ``daemon`` with its clerk."""
        state = json.loads((self.product.folder / "data/asterisk/asterisk.json").read_text())
        ours = with_clerk(self.daemon)
        return {"asterisk": _cpu(int(state["pid"])), "daemon": sum(_cpu(pid) for pid in ours)}

    @property
    def daemon(self) -> int:
        """The daemon's process id."""
        assert self.product.process is not None
        return child_of(self.product.process.pid)

    async def prepare(self) -> None:
        """Add the peer's queue, number and members, and the log of channel events."""
        etc = self.product.folder / "data" / "asterisk" / "etc"
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
        for each in self.product.agents:
            await self.cli(f"queue add member PJSIP/agent-{each.id} to {QUEUE}")
        said = await self.cli(f"queue show {QUEUE}")
        assert said.count("PJSIP/agent-") == len(self.product.agents), said


def members_in(folder: Path, *, talk: float, ring: float = 0.0) -> Path:
    """The scenario of agents' telephones: they ring, and hang up after ``talk``, in seconds."""
    text = (HERE / "members.xml").read_text()
    if not ring:
        text = re.sub("<!-- RINGS.*ANSWERS -->", "", text, flags=re.DOTALL)
    made = folder / "members.xml"
    text = text.replace("{ring}", f"{ring * 1000:.0f}").replace("{talk}", f"{talk * 1000:.0f}")
    made.write_text(text)
    return made


def without_peer(
    bench: str, metric: str, value: float, unit: str, *, limit: float | None = None
) -> dict[str, Any]:
    """A row of the table that is held to a limit only, or to nothing."""
    return {
        "bench": bench, "metric": metric, "value": value, "unit": unit, "peer": "",
        "peer_value": None, "ratio": None,
        "limit": f"<= {limit:g} {unit}" if limit is not None else "",
        "ok": limit is None or value <= limit,
    }  # fmt: skip


def child_of(pid: int) -> int:
    """The daemon below its keeper."""
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def with_clerk(daemon: int) -> list[int]:
    """The daemon's process id, and that of the clerk beside it."""
    children = Path(f"/proc/{daemon}/task/{daemon}/children").read_text().split()
    clerks = [
        int(pid)
        for pid in children
        if "cti.clerk_process" in Path(f"/proc/{pid}/cmdline").read_text()
    ]
    return [daemon, *clerks]


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
async def stand(
    folder: Path,
    *,
    agents: int,
    database: Path | None = None,
    seen: Callable[[str], Seen] | None = None,
) -> AsyncIterator[Stand]:
    """The product with ``agents`` ready agents, and the peer beside it.

    ``database`` is a SQLite file to work on, ``seen`` makes each agent's onlooker.
    """
    before_others()
    port = free_port(SOCK_DGRAM)
    product = Product(
        folder=folder,
        agents=people(agents, port),
        wrap_up_for="0s",
        ring_for="20s",
        **on_database(database),
    )
    product.ports = wide_ports(product.ports)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(running(product))
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        desks = [
            await stack.enter_async_context(
                signed_in(
                    product.base,
                    each.id,
                    PASSWORD,
                    tasks=tasks,
                    seen=seen(each.id) if seen else None,
                )
            )
            for each in product.agents
        ]
        for desk in desks:
            assert await desk.ask("go_ready")
        place = Stand(product, folder, desks)
        await place.prepare()
        keepers = [tasks.create_task(place.stay_ready(desk)) for desk in desks]
        try:
            yield place
        finally:
            for each in keepers:
                each.cancel()


def before_others() -> None:
    """Let the stand, its SIPp and both contenders go before what else this machine does."""
    try:
        os.setpriority(os.PRIO_PROCESS, 0, PRIORITY)
    except PermissionError:
        return  # an ordinary user measures among the others


def people(count: int, phone_port: int, *, prefix: str = "b") -> list[User]:
    """Agents for support, all with the same cheap hash of the password: logging in is not timed."""
    hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    return [
        User(
            id=f"{prefix}{number:04}",
            name=f"Bench {number}",
            roles=(UserRole.AGENT,),
            skills={"support": 3},
            phone="sip",
            preferences={"sip_uri": f"sip:{prefix}{number:04}@127.0.0.1:{phone_port}"},
            password_hash=hashed,
        )
        for number in range(count)
    ]


def on_database(file: Path | None) -> dict[str, Any]:
    """What makes a ``Product`` use a SQLite file that is there already."""
    if file is None:
        return {}
    url = f"sqlite:///{file}"
    return {"database_url": url, "environment": {"PARLEY_DATABASE_URL": url}}


def wide_ports(ports: Ports) -> Ports:
    """With RTP ports for a thousand calls."""
    first = 10_000 + 4_000 * random.randrange(5)
    return replace(ports, rtp_start=first, rtp_end=first + 3_999)

"""A private Asterisk for a test: own folder, free ports, gone when the test ends."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from acd.ids import QueueId, SkillId
from acd.profile import QueueProfile
from acd.skills import Need
from telephony_config import debian
from telephony_config.embedded import EmbeddedAsterisk
from telephony_config.model import Number, Ports, SafetyNet, Site, ToEcho, ToFlow, ToQueue
from telephony_config.render import DialDaemon

ROOT = debian.default_cache() / "asterisk"
RTP_PORTS = 200


def site(**changes: object) -> Site:
    """A small site: 5001 main flow, 5004 straight to support, 5090 echo."""
    support = QueueProfile(
        id=QueueId("support"), name="Support", needs=(Need(skill=SkillId("support")),)
    )
    sales = QueueProfile(id=QueueId("sales"), name="Sales", needs=(Need(skill=SkillId("sales")),))
    base = Site(
        name="Test",
        region="US",
        timezone="UTC",
        languages=("en", "zh", "fa"),
        queues=(support, sales),
        numbers=(
            Number(
                dnis="5001",
                label="Main",
                language="en",
                target=ToFlow(flow="main", queue=support.id),
            ),
            Number(dnis="5004", label="Support", language="en", target=ToQueue(queue=support.id)),
            Number(dnis="5090", label="Echo", language="en", target=ToEcho()),
        ),
        safety_net=SafetyNet(),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def free_ports() -> Ports:
    """Ports nobody uses now; the range of RTP ports lies below the kernel's own range."""
    rtp = 10000 + RTP_PORTS * random.randrange(100)
    return Ports(
        sip_udp=free_port(socket.SOCK_DGRAM),
        http=free_port(socket.SOCK_STREAM),
        rtp_start=rtp,
        rtp_end=rtp + RTP_PORTS - 1,
    )


@asynccontextmanager
async def running_asterisk(
    folder: Path,
    *,
    of: Site | None = None,
    dial_daemon: DialDaemon | None = None,
    node: str = "test",
    prompts: Path | None = None,
    ports: Ports | None = None,
) -> AsyncIterator[EmbeddedAsterisk]:
    """A started Asterisk; ``.runtime`` has its addresses, user and password."""
    server = EmbeddedAsterisk(
        ROOT,
        of or site(),
        folder,
        node=node,
        ports=ports or free_ports(),
        dial_daemon=dial_daemon,
        prompts=prompts,
    )
    await asyncio.to_thread(server.prepare)  # it reads and writes files
    await server.start()
    try:
        yield server
    finally:
        await asyncio.to_thread(server.kill)


@pytest.fixture
async def asterisk(tmp_path: Path) -> AsyncIterator[EmbeddedAsterisk]:
    async with running_asterisk(tmp_path / "asterisk") as server:
        yield server

"""The verb's errors are words, not tracebacks."""

import asyncio
import os
import signal
from io import StringIO
from pathlib import Path
from socket import SOCK_STREAM

import pytest
from rich.console import Console

from cti import demo_traffic
from cti.settings import load
from cti.terminal import ExitCode
from tests.asterisk_fixture import free_port

pytestmark = pytest.mark.unit


def test_without_a_parley_it_says_where_it_looked_and_what_to_do(tmp_path: Path) -> None:
    port = free_port(SOCK_STREAM)
    settings = load({"HOME": str(tmp_path)}, overrides={"desktop.port": port})
    said = StringIO()

    code = demo_traffic.run(
        settings, agents=1, calls_per_minute=1, minutes=0, console=Console(file=said, width=200)
    )

    assert code == ExitCode.FAILED
    assert f"127.0.0.1:{port}" in said.getvalue()
    assert "parley up --demo" in said.getvalue()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_what_asks_for_the_end_lets_callers_and_agents_go_in_order(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if signal.getsignal(number) is signal.SIG_IGN:
        pytest.skip("run under nohup")
    ended: list[str] = []

    async def traffic(*_: object, **__: object) -> None:
        with demo_traffic.cancelled_by_signals():
            try:
                os.kill(os.getpid(), number)
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                ended.append("callers")

    monkeypatch.setattr(demo_traffic, "traffic", traffic)
    said = StringIO()

    code = demo_traffic.run(
        load({"HOME": str(tmp_path)}),
        agents=1,
        calls_per_minute=1,
        minutes=0,
        console=Console(file=said, width=200),
    )

    assert code == ExitCode.DONE
    assert ended == ["callers"]
    assert "have gone" in said.getvalue()

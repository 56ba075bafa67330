"""The verb's errors are words, not tracebacks."""

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

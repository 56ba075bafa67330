"""Files for SIPp and from SIPp."""

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from cti.traffic import sipp
from cti.traffic.sipp import Counters
from telephony_config.process import began

pytestmark = pytest.mark.unit


def test_a_name_cannot_break_the_injection_file_or_a_header() -> None:
    text = sipp.injection([("+1202", 'Eve";\r\n[call_id]<x>', "5001")])
    assert text == "SEQUENTIAL\n+1202;Evecall_idx;5001\n"


def test_counters_are_read_from_sipps_last_line() -> None:
    row = {
        "TotalCallCreated": "12", "CurrentCall": "3", "SuccessfulCall(C)": "8",
        "FailedCall(C)": "1",
    }  # fmt: skip
    assert sipp.counters_of(row) == Counters(made=12, now=3, good=8, failed=1)


def test_a_line_that_is_only_half_written_counts_as_nothing() -> None:
    assert sipp.counters_of({"TotalCallCreated": "", "CurrentCall": "x"}) == Counters()


def test_a_folder_that_is_no_set_of_packages_is_named(tmp_path: Path) -> None:
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "usr/bin/sipp").touch()
    with pytest.raises(sipp.NoSipp, match=tmp_path.name):
        sipp.find(tmp_path)


PARENT = """
import asyncio, sys
from datetime import timedelta
from pathlib import Path
from cti.traffic import sipp

async def main():
    words = [sys.executable, "-c", "import time; time.sleep(60)"]
    async with sipp.running(words, sipp.PHONES, Path(sys.argv[1]), rows=[], port=1) as running:
        print(running.pid, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


def test_sipp_ends_with_the_program_that_plays_callers_however_that_ends(tmp_path: Path) -> None:
    """Killed with SIGTERM it left its callers ringing for good."""
    words = [sys.executable, "-c", PARENT, str(tmp_path / "phones")]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert began(pid)
        watched = os.pidfd_open(pid)
        parent.kill()

        ended, _, _ = select.select([watched], [], [], 5)

        os.close(watched)
        assert ended

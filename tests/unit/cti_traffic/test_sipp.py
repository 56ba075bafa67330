"""Files for SIPp and from SIPp."""

from pathlib import Path

import pytest

from cti.traffic import sipp
from cti.traffic.sipp import Counters

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

"""Debian packages really arrive, without touching the system, and survive interruptions."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from telephony_config import debian
from telephony_config.errors import FetchFailed

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]


def hello(root: Path) -> str:
    line = debian.command(root, "usr/bin/hello")
    return subprocess.run(line, capture_output=True, text=True, check=True).stdout


def test_a_package_is_fetched_run_and_added_to(tmp_path: Path) -> None:
    root, stages = tmp_path / "root", []
    debian.fetch(["hello"], root, lambda progress: stages.append(progress.stage))

    assert hello(root) == "Hello, world!\n"
    assert {"hello", "libc6"} <= debian.installed(root).keys()
    assert list(dict.fromkeys(stages)) == ["read the archive's index", "download", "unpack"]

    stages.clear()
    debian.fetch(["hello"], root, lambda progress: stages.append(progress.stage))
    assert stages == [], "what is there is not fetched again"

    debian.fetch(["gettext-base"], root)
    assert hello(root) == "Hello, world!\n"
    assert debian.has(root, ["hello", "gettext-base"])
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"root", ".root.lock"}, "nothing but the result remains"


def test_an_interrupted_fetch_leaves_no_half_folder_and_can_be_repeated(tmp_path: Path) -> None:
    root = tmp_path / "root"
    code = (
        "import sys; from pathlib import Path; from telephony_config import debian;"
        "debian.fetch(['hello'], Path(sys.argv[1]), lambda p: print(p.stage, flush=True))"
    )
    first = subprocess.Popen([sys.executable, "-c", code, root], stdout=subprocess.PIPE, text=True)
    with first:
        assert first.stdout is not None
        for line in first.stdout:
            if line.startswith(("download", "unpack")):
                os.kill(first.pid, signal.SIGKILL)
                break
    assert not root.exists()

    debian.fetch(["hello"], root)

    assert hello(root) == "Hello, world!\n"


def test_two_at_once_fetch_only_one_time(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from telephony_config import debian;"
        "debian.fetch(['hello'], Path(sys.argv[1]), lambda p: print(p.stage, flush=True))"
    )
    line = [sys.executable, "-c", code, str(tmp_path / "root")]
    both = [subprocess.Popen(line, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=120)[0] for process in both]

    assert [process.returncode for process in both] == [0, 0]
    assert sorted(bool(text) for text in said) == [False, True]


def test_an_unknown_package_is_refused_with_apts_own_words(tmp_path: Path) -> None:
    with pytest.raises(FetchFailed, match=r"Unable to locate package no-such-package-parley"):
        debian.fetch(["no-such-package-parley"], tmp_path / "root")

    assert not (tmp_path / "root").exists()

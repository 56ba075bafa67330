"""The keeper forks for real, so each test runs it in a process of its own."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

PROGRAM = """
import os, signal, sys, time
from pathlib import Path
if "nohup" in sys.argv:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
from cti import keeper

folder = Path(sys.argv[1])

def lives():
    return len(list(folder.iterdir()))

def serve(tell_ready, again):
    life = lives()
    (folder / str(os.getpid())).touch()
    assert again == (life > 0), "told whether it is not the first"
    {body}

sys.exit(keeper.keep(serve))
"""
LIMIT = 30


def start(folder: Path, body: str, *words: str) -> "subprocess.Popen[str]":
    program = PROGRAM.replace("{body}", body.replace("\n", "\n    "))
    return subprocess.Popen(
        [sys.executable, "-c", program, str(folder), *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(folder: Path, body: str) -> int:
    process = start(folder, body)
    _, errors = process.communicate(timeout=LIMIT)
    assert "AssertionError" not in errors
    return process.returncode


def lives(folder: Path) -> int:
    return len(list(folder.iterdir()))


def test_an_orderly_end_is_the_end(tmp_path: Path) -> None:
    assert run(tmp_path, "tell_ready()\nreturn 0") == 0
    assert lives(tmp_path) == 1


def test_a_killed_daemon_is_started_again(tmp_path: Path) -> None:
    body = "tell_ready()\nif life == 0: os.kill(os.getpid(), signal.SIGKILL)\nreturn 0"
    assert run(tmp_path, body) == 0
    assert lives(tmp_path) == 2


def test_a_daemon_that_crashed_after_it_was_ready_is_started_again(tmp_path: Path) -> None:
    body = "tell_ready()\nif life == 0: raise RuntimeError('a fault')\nreturn 0"
    assert run(tmp_path, body) == 0
    assert lives(tmp_path) == 2


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", 1),
        ("raise RuntimeError('a fault')", 1),
        ("return 3", 3),
        ("raise SystemExit(4)", 4),
        ("raise SystemExit('words')", 1),
    ],
)
def test_a_daemon_that_never_got_ready_is_not_tried_again(
    tmp_path: Path, body: str, code: int
) -> None:
    assert run(tmp_path, body) == code
    assert lives(tmp_path) == 1


def test_a_refusal_after_it_was_ready_is_the_end_too(tmp_path: Path) -> None:
    assert run(tmp_path, "tell_ready()\nreturn 3") == 3


def test_a_daemon_that_dies_again_and_again_is_given_up(tmp_path: Path) -> None:
    assert run(tmp_path, "tell_ready()\nos.kill(os.getpid(), signal.SIGKILL)") == 1
    assert lives(tmp_path) == 5


TOLD = """
def told(number, frame):
    print("told", number, flush=True)
    os._exit(0)
for number in keeper.ENDING:
    signal.signal(number, told)
tell_ready()
print("ready", flush=True)
for _ in range(1200):  # a signal just before a long sleep would be heard after it
    time.sleep(0.05)
return 9
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_are_passed_on_once(tmp_path: Path, number: signal.Signals) -> None:
    process = start(tmp_path, TOLD)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    out, _ = process.communicate(timeout=LIMIT)
    assert out == f"told {number.value}\n"
    assert process.returncode == 0


def test_hang_up_without_a_terminal_ends_nothing_and_is_passed_on(tmp_path: Path) -> None:
    body = TOLD.replace("os._exit(0)", "").replace("keeper.ENDING", "keeper.PASSED_ON")
    process = start(tmp_path, body)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGHUP)
    assert process.stdout.readline() == f"told {signal.SIGHUP.value}\n"
    assert process.poll() is None
    process.kill()
    process.communicate(timeout=LIMIT)


def test_hang_up_before_the_daemon_listens_ends_nothing(tmp_path: Path) -> None:
    process = start(tmp_path, "print('starts', flush=True)\ntime.sleep(1)\nreturn 7")
    assert process.stdout is not None
    assert process.stdout.readline() == "starts\n"
    process.send_signal(signal.SIGHUP)
    process.communicate(timeout=LIMIT)
    assert process.returncode == 7


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_daemon_that_is_told_to_end_before_it_listens_was_interrupted(
    tmp_path: Path, number: signal.Signals
) -> None:
    process = start(tmp_path, "print('starts', flush=True)\ntime.sleep(60)")
    assert process.stdout is not None
    assert process.stdout.readline() == "starts\n"
    process.send_signal(number)
    process.communicate(timeout=LIMIT)
    assert process.returncode == 128 + number
    assert lives(tmp_path) == 1


def test_under_nohup_a_closed_terminal_ends_nothing(tmp_path: Path) -> None:
    process = start(tmp_path, TOLD, "nohup")
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=LIMIT)
    assert out == f"told {signal.SIGTERM.value}\n"


def test_a_daemon_that_dies_while_it_was_told_to_end_is_not_started_again(tmp_path: Path) -> None:
    body = TOLD.replace("os._exit(0)", "os.kill(os.getpid(), signal.SIGKILL)")
    process = start(tmp_path, body)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=LIMIT)
    assert process.returncode == 1
    assert lives(tmp_path) == 1


def test_the_daemon_dies_with_its_keeper(tmp_path: Path) -> None:
    process = start(tmp_path, "tell_ready()\nprint('ready', flush=True)\ntime.sleep(60)")
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.kill()
    out, _ = process.communicate(timeout=LIMIT)  # ends when the child has closed its output too
    assert out == ""

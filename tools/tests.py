"""Every test, in two lanes side by side: the whole product in one, all the rest in the other.

Most tests with the whole product wait: for people, for telephones, for a spoken menu. So two
processor cores carry both lanes at once. Each lane is a pytest of its own, in random order, with a
folder and a memory of failures of its own, and each line it says begins with its name.

On CI's busy machine a test with a deadline may fail for want of time: there (``CI`` is set) the
failed ones get a second chance, alone, said aloud. Elsewhere one failure is a failure.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Final, TextIO

from tools.places import ROOT

PYTEST: Final = (sys.executable, "-u", "-m", "pytest")
PAGES: Final = (sys.executable, "-m", "tools.web", "npm", "run", "test")
SOME_FAILED: Final = 1
"""What pytest ends with when tests failed; greater is a trouble of another kind."""


@dataclass(frozen=True, kw_only=True)
class Lane:
    """Commands that run one after another; the first is a pytest."""

    name: str
    commands: Sequence[Sequence[str]]

    @property
    def again(self) -> Sequence[str]:
        """The tests of this lane that failed, and no other."""
        return (*self.commands[0], "--last-failed", "--last-failed-no-failures", "none")


def pytest(name: str, selection: str) -> Sequence[str]:
    """A pytest that remembers its failures apart from the other lane's."""
    return (*PYTEST, "-m", selection, "-o", f"cache_dir=.pytest_cache/{name}")


LANES: Final = (
    Lane(name="product", commands=[pytest("product", "e2e")]),
    Lane(name="parts", commands=[pytest("parts", "not e2e"), PAGES]),
)


class Runner:
    """Runs lanes and keeps with what each command ended."""

    def __init__(self, out: TextIO) -> None:
        self._out, self._line = out, threading.Lock()
        self._children: set[subprocess.Popen[str]] = set()
        self._stopped = False
        self.codes: dict[str, list[int]] = {}

    def run(self, lanes: Sequence[Lane]) -> None:
        """Run the lanes side by side, each to its end."""
        with ThreadPoolExecutor(len(lanes)) as pool:
            running = [pool.submit(self._lane, lane) for lane in lanes]
            try:
                for each in running:
                    each.result()
            except KeyboardInterrupt:
                self._stop()
                wait(running)
                raise

    def _stop(self) -> None:
        """Interrupt each pytest once: it ends its tests' Asterisk and Chromium."""
        self._stopped = True
        for child in tuple(self._children):
            child.send_signal(signal.SIGINT)

    def say(self, name: str, text: str) -> None:
        """Write one whole line."""
        with self._line:
            self._out.write(f"{name:8}| {text}\n")
            self._out.flush()

    def _lane(self, lane: Lane) -> None:
        codes = self.codes.setdefault(lane.name, [])
        started = time.monotonic()
        for command in lane.commands:
            if not self._stopped:
                codes.append(self.command(lane.name, command))
        self.say(lane.name, f"{time.monotonic() - started:.0f} s")

    def command(self, name: str, words: Sequence[str]) -> int:
        """Run one command to its end, passing on what it says; gives its exit code."""
        with subprocess.Popen(
            words, cwd=ROOT, text=True, errors="replace",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            process_group=0,  # Ctrl-C is ours to pass on; a second one would cut its tidying short
        ) as child:  # fmt: skip
            self._children.add(child)
            assert child.stdout is not None
            for line in child.stdout:
                self.say(name, line.rstrip())
            code = child.wait()
            self._children.discard(child)
            return code


def run(lanes: Sequence[Lane], out: TextIO, environ: Mapping[str, str]) -> int:
    """Run the lanes, and where allowed once more what failed; 0 if all is well in the end."""
    runner = Runner(out)
    runner.run(lanes)
    for lane in lanes:
        if runner.codes[lane.name][0] == SOME_FAILED and "CI" in environ:
            runner.say(lane.name, "once more: the tests that failed")
            runner.codes[lane.name][0] = runner.command(lane.name, lane.again)
    return max(abs(code) for codes in runner.codes.values() for code in codes)


def main(words: Sequence[str]) -> int:
    """Run every test; with words for pytest, one pytest that is given them."""
    if words:
        return subprocess.run([*PYTEST, *words], cwd=ROOT, check=False).returncode
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return run(LANES, sys.stdout, os.environ)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

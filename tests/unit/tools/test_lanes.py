"""Two lanes of tests: side by side, each to its end, and a failure is never lost."""

import io
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tools.places import ROOT
from tools.tests import LANES, Lane, run

pytestmark = pytest.mark.unit


def program(text: str, *words: str) -> Sequence[str]:
    """A command that runs this text."""
    return (sys.executable, "-c", textwrap.dedent(text), *words)


def lane(name: str, *commands: Sequence[str]) -> Lane:
    return Lane(name=name, commands=commands)


def ends(code: int) -> Sequence[str]:
    return program(f"print('ended', {code}); raise SystemExit({code})")


# Fails at first; given ``--last-failed`` it passes.
FLAKY = """
import sys
again = "--last-failed" in sys.argv
print("passed" if again else "failed")
raise SystemExit(0 if again else 1)
"""


def test_all_is_well_when_every_command_of_every_lane_is() -> None:
    out = io.StringIO()
    assert run([lane("one", ends(0)), lane("two", ends(0), ends(0))], out, {}) == 0
    assert sorted(line.split("|")[0].strip() for line in out.getvalue().splitlines()) == [
        *["one"] * 2,
        *["two"] * 3,
    ]


@pytest.mark.parametrize(
    "lanes",
    [
        [lane("one", ends(1)), lane("two", ends(0))],
        [lane("one", ends(0)), lane("two", ends(0), ends(1))],
        [lane("one", ends(0), ends(0)), lane("two", ends(1), ends(0))],
        [lane("one", program("import os; os.kill(os.getpid(), 9)")), lane("two", ends(0))],
    ],
    ids=["a test", "a page's test", "before what passes", "killed"],
)
def test_a_failure_anywhere_fails_the_run(lanes: Sequence[Lane]) -> None:
    assert run(lanes, io.StringIO(), {}) != 0


def test_lanes_run_side_by_side(tmp_path: Path) -> None:
    meet = """
        import pathlib, sys, time
        mine, other = map(pathlib.Path, sys.argv[1:])
        mine.touch()
        until = time.monotonic() + 10
        while not other.exists():
            if time.monotonic() > until:
                raise SystemExit(1)
            time.sleep(0.01)
    """
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    lanes = [lane("one", program(meet, one, two)), lane("two", program(meet, two, one))]
    assert run(lanes, io.StringIO(), {}) == 0


def test_on_ci_what_failed_is_tried_once_more_and_that_is_said() -> None:
    out = io.StringIO()
    assert run([lane("one", program(FLAKY)), lane("two", ends(0))], out, {"CI": "1"}) == 0
    assert "one     | once more: the tests that failed\none     | passed" in out.getvalue()


def test_elsewhere_one_failure_is_a_failure() -> None:
    assert run([lane("one", program(FLAKY)), lane("two", ends(0))], io.StringIO(), {}) == 1


def test_what_fails_twice_fails_on_ci_too() -> None:
    assert run([lane("one", ends(1)), lane("two", ends(0))], io.StringIO(), {"CI": "1"}) == 1


def test_a_run_that_could_not_be_done_gets_no_second_chance() -> None:
    out = io.StringIO()
    assert run([lane("one", ends(3)), lane("two", ends(0))], out, {"CI": "1"}) == 3
    assert "once more" not in out.getvalue()


def test_every_test_is_in_exactly_one_lane() -> None:
    tests = [each.commands[0] for each in LANES]
    assert [words[words.index("pytest") + 2] for words in tests] == ["e2e", "not e2e"]


def test_who_stops_the_run_stops_each_lane_once_and_nothing_comes_after(tmp_path: Path) -> None:
    slow = """
        import pathlib, sys, time
        folder = pathlib.Path(sys.argv[1])
        try:
            (folder / "begun").touch()
            time.sleep(30)
        except KeyboardInterrupt:
            time.sleep(0.3)  # it tidies up
            (folder / "tidied").touch()
    """
    text = f"""
        import sys, tools.tests as t
        slow = (sys.executable, "-c", {textwrap.dedent(slow)!r}, {str(tmp_path)!r})
        after = (sys.executable, "-c", "open({str(tmp_path / "after")!r}, 'w')")
        t.LANES = [t.Lane(name="one", commands=[slow, after])]
        sys.exit(t.main([]))
    """
    with subprocess.Popen(
        program(text), cwd=ROOT, stdout=subprocess.DEVNULL, process_group=0
    ) as child:
        deadline = time.monotonic() + 10
        while not (tmp_path / "begun").exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.killpg(child.pid, signal.SIGINT)
        assert child.wait(10) == 130
    assert sorted(file.name for file in tmp_path.iterdir()) == ["begun", "tidied"]

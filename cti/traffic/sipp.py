"""SIPp as a child process: scenario and injection file in, counters out.

SIPp comes with the private Asterisk and runs through the same loader. One process plays all
callers or all telephones; which call does what is read from its injection file, line by line.
"""

import asyncio
import contextlib
import csv
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

from cti.parenthood import die_with
from telephony_config import debian
from telephony_config.errors import FetchFailed

HERE: Final = Path(__file__).parent
CALLER: Final = HERE / "caller.xml"
PHONES: Final = HERE / "phones.xml"
PACKAGE: Final = "sip-tester"
STOP_WITHIN: Final = 5.0
TAKES_HINT: Final = 0.3
"""Told once SIPp makes no more calls, told again it hangs up those it has."""
LAST_WORDS: Final = 1500


class NoSipp(Exception):
    """SIPp cannot be run on this machine; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """What SIPp has done so far."""

    made: int = 0
    now: int = 0
    good: int = 0
    failed: int = 0


def find(root: Path, progress: debian.Report = debian.silent) -> list[str]:
    """Return the words that run SIPp, fetched into ``root`` if it is missing; blocks."""
    if not (root / "usr/bin/sipp").exists():
        debian.fetch((PACKAGE, *debian.installed(root)), root, progress)
    try:
        words = debian.command(root, "usr/bin/sipp")
    except FetchFailed as error:
        raise NoSipp(str(error)) from error
    if not (root / "usr/bin/sipp").exists():
        raise NoSipp(f"{root} holds no SIPp; delete that folder and run the command again")
    return words


def injection(rows: Iterable[Sequence[str]]) -> str:
    """Return the text of an injection file; SIPp starts over when it is used up."""
    lines = (";".join(_plain(field) for field in row) for row in rows)
    return "\n".join(["SEQUENTIAL", *lines, ""])


def _plain(field: str) -> str:
    """Free ``field`` of what would end it, or a line, or a quoted name in a SIP header."""
    return "".join(c for c in field if c.isprintable() and c not in ';"\\[]<>')


class Sipp:
    """One running SIPp with its own folder."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self._process, self._folder = process, folder

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it is still there."""
        return self._process.returncode is None

    def counters(self) -> Counters:
        """Read how far it is; SIPp writes that down once a second."""
        return counters_of(self._last_row())

    def _last_row(self) -> dict[str, str]:
        try:
            with (self._folder / "counters.csv").open(errors="replace") as file:
                rows = list(csv.DictReader(file, delimiter=";"))
        except OSError:
            return {}
        return rows[-1] if rows else {}

    def retransmissions(self) -> int:
        """How many messages SIPp had to send again."""
        return number_in(self._last_row(), "Retransmissions(C)")

    def last_words(self) -> str:
        """What it said last, for an error message."""
        said = [
            (self._folder / name).read_text(errors="replace")[-LAST_WORDS:]
            for name in ("output", "errors")
            if (self._folder / name).exists()
        ]
        return "\n".join(said)

    async def wait(self) -> int:
        """Return its exit code when its calls are over."""
        return await self._process.wait()

    async def stop(self, *, gently: bool = False) -> None:
        """End it; ``gently`` it hangs up its calls first."""
        if self._process.returncode is None and gently:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGUSR1)
            await asyncio.sleep(TAKES_HINT)
            await self._ended_by(signal.SIGUSR1)
        if self._process.returncode is None:
            await self._ended_by(signal.SIGTERM)
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def _ended_by(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_WITHIN):
                await self._process.wait()


def counters_of(row: dict[str, str]) -> Counters:
    """Read one line of SIPp's statistics."""
    return Counters(
        made=number_in(row, "TotalCallCreated"),
        now=number_in(row, "CurrentCall"),
        good=number_in(row, "SuccessfulCall(C)"),
        failed=number_in(row, "FailedCall(C)"),
    )


def number_in(row: dict[str, str], key: str) -> int:
    """One counter of such a line; a line that is only half written counts as 0."""
    text = row.get(key) or "0"
    return int(text) if text.isdigit() else 0


def _lay_out(folder: Path, calls: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "calls.csv").write_text(calls, encoding="utf-8")


@asynccontextmanager
async def running(  # noqa: PLR0913 - what SIPp needs to know
    sipp: Sequence[str],
    scenario: Path,
    folder: Path,
    *,
    rows: Iterable[Sequence[str]],
    port: int,
    server: tuple[str, int] | None = None,
    calls: int = 0,
    every: timedelta = timedelta(seconds=1),
    per_period: int = 1,
    most: int = 0,
    more: Sequence[str] = (),
) -> AsyncIterator[Sipp]:
    """Run a scenario while the block runs: telephones, or (with ``server``) callers.

    Callers begin ``per_period`` calls ``every`` so often, ``calls`` in all (0: without end), at
    most ``most`` at a time.
    """
    await asyncio.to_thread(_lay_out, folder, injection(rows))
    words = [
        *sipp, "-i", "127.0.0.1", "-p", str(port), "-sf", str(scenario), "-nostdin",
        "-inf", str(folder / "calls.csv"), "-trace_err", "-error_file", str(folder / "errors"),
        "-trace_stat", "-stf", str(folder / "counters.csv"), "-fd", "1", "-buff_size", "1000000",
    ]  # fmt: skip
    if server is not None:
        words += ["-r", str(per_period), "-rp", str(round(every.total_seconds() * 1000))]
        words += ["-l", str(most or 1000), f"{server[0]}:{server[1]}"]
    if calls:
        words += ["-m", str(calls)]
    with open(folder / "output", "wb") as output:  # noqa: ASYNC230, PTH123 - at once
        process = await asyncio.create_subprocess_exec(
            *words, *more, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder,
            start_new_session=True,  # Ctrl-C is for us; we end it in our own way
            preexec_fn=partial(die_with, os.getpid()),
        )  # fmt: skip
    running_sipp = Sipp(process, folder)
    try:
        yield running_sipp
    finally:
        await running_sipp.stop()

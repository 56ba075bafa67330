"""`parley doctor` on the machine: Python, pages, disk, folders, clock, open files."""

import json
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cti.doctor_finding import Finding, failed, good, warning
from cti.preparing import CHECKOUT
from cti.settings import Settings

LEAST_DISK: Final = 200 * 2**20
LITTLE_DISK: Final = 2 * 2**30
ENOUGH_FILES: Final = 4_096
PROBE_LIMIT: Final = timedelta(seconds=20)
EARLIEST: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""No machine that runs this program has an honest clock before this."""
CLOCK_SYNCED: Final = Path("/run/systemd/timesync/synchronized")


def examine(settings: Settings) -> list[Finding]:
    """Run every check of this module."""
    return [
        good("python", f"{sys.version.split()[0]} at {sys.executable}"),
        pages(settings),
        folder("data folder", settings.data_dir),
        *disk(settings.data_dir, free=lambda path: shutil.disk_usage(path).free),
        *clock(datetime.now(UTC)),  # noqa: TID251 - the check is about the machine's clock
        open_files(resource.getrlimit(resource.RLIMIT_NOFILE)[1]),
    ]


def pages(settings: Settings) -> Finding:
    """Are the desktop's pages built, and from these sources?"""
    index = settings.pages_dir / "index.html"
    if not index.exists():
        return failed("pages", f"{settings.pages_dir} holds no built pages", "Run: make run")
    if settings.desktop.pages is None and (CHECKOUT / "tools" / "web.py").exists():
        done = subprocess.run(
            [sys.executable, "-m", "tools.web", "status"],
            cwd=CHECKOUT, capture_output=True, text=True, check=False,
            timeout=PROBE_LIMIT.total_seconds(),
        )  # fmt: skip
        if done.returncode == 0 and json.loads(done.stdout)["missing"]:
            return warning("pages", "built from older sources", "Run: make run")
    return good("pages", str(settings.pages_dir))


def folder(part: str, path: Path) -> Finding:
    """Can we write there?"""
    place = next(each for each in (path, *path.parents) if each.exists())
    probe = place / f".parley-probe-{time.monotonic_ns()}"
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        remedy = "Give this user the right, or choose another folder with --data-dir"
        return failed(part, f"{place} cannot be written: {error.strerror}", remedy)
    return good(part, str(path))


def disk(path: Path, *, free: Callable[[Path], int]) -> Iterator[Finding]:
    """Is there room for the database, recordings and logs?"""
    place = next(each for each in (path, *path.parents) if each.exists())
    left = free(place)
    room = f"{left / 2**30:.1f} GiB" if left >= 2**30 else f"{left / 2**20:.0f} MiB"
    shown = f"{room} free at {place}"
    if left < LEAST_DISK:
        yield failed("disk", shown, "Free some space, or choose another folder with --data-dir")
    elif left < LITTLE_DISK:
        yield warning("disk", shown, "Free some space before recordings fill it")
    else:
        yield good("disk", shown)


def clock(now: datetime) -> Iterator[Finding]:
    """Is the clock believable, and kept right by somebody?"""
    if now < EARLIEST:
        yield failed("clock", f"it says {now:%Y-%m-%d}", "Set it: timedatectl set-ntp true")
        return
    if CLOCK_SYNCED.exists() or _keeper_runs():
        yield good("clock", f"{now:%Y-%m-%d %H:%M} UTC, kept right by a time service")
    else:
        remedy = "Install one, such as systemd-timesyncd or chrony, so that reports hold"
        yield warning("clock", f"{now:%Y-%m-%d %H:%M} UTC, no time service seen", remedy)


def _keeper_runs() -> bool:
    names = {"chronyd", "ntpd", "ntpd-rs", "systemd-timesyn", "openntpd"}
    for each in Path("/proc").glob("[0-9]*/comm"):
        try:
            if each.read_text().strip() in names:
                return True
        except OSError:
            continue  # it ended meanwhile
    return False


def open_files(limit: int) -> Finding:
    """May one process hold enough sockets?"""
    if limit in {-1, resource.RLIM_INFINITY} or limit >= ENOUGH_FILES:
        return good("open files", "no limit" if limit < 0 else f"{limit:,} for one process")
    remedy = f"Raise it to {ENOUGH_FILES:,} or more: ulimit -Hn, or LimitNOFILE= of a service"
    return warning("open files", f"at most {limit:,} for one process", remedy)

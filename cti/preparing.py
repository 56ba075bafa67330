"""What ``parley up`` needs on the machine before the daemon starts, made side by side.

The private Asterisk is fetched, a checkout's desktop pages are built, the database is upgraded and
filled with demo data. Each step is skipped at once when it was done before, and is safe to
interrupt: the same command goes on from there.
"""

import asyncio
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text
from typing_extensions import override

from cti.settings import Settings
from cti.sites import load_site

CHECKOUT: Final = Path(__file__).resolve().parents[1]
PAGES_TIME_LIMIT: Final = timedelta(minutes=20)
Tell = Callable[[int, int], None]


class NotPrepared(Exception):
    """A part cannot be made on this machine; the message says what to do."""


class _Percent(TextColumn):
    """How far a step is; nothing where nobody knows."""

    def __init__(self) -> None:
        super().__init__("{task.percentage:>3.0f} %")

    @override
    def render(self, task: Task) -> Text:
        return Text() if task.total is None else super().render(task)


class Steps:
    """Shows several steps at once: bars on a terminal, one closing line each elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            _Percent(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> "Steps":
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    @contextmanager
    def step(self, title: str) -> Iterator[Tell]:
        """Run one step; its ``tell(done, total)`` moves the bar."""
        bar, started = self._bars.add_task(title, total=None), monotonic()
        try:
            yield lambda done, total: self._bars.update(bar, completed=done, total=total)
        except Exception as error:
            why = str(error).partition("\n")[0]  # all of it is told when the other steps have ended
            self._console.print(f"  [red]✗[/red] {title}: {escape(why)}", highlight=False)
            raise
        except BaseException:
            self._console.print(f"  [red]✗[/red] {title}")
            raise
        finally:
            self._bars.remove_task(bar)
        took = monotonic() - started
        self._console.print(f"  [green]✓[/green] {title}  [dim]{took:.1f} s[/dim]", highlight=False)


def prepare(settings: Settings, console: Console) -> None:
    """Make everything that is missing; returns at once when nothing is."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with Steps(console) as steps, ThreadPoolExecutor(2) as pool:
        others: list[Future[None]] = [
            pool.submit(_asterisk, settings, steps),
            pool.submit(_pages, settings, steps),
        ]
        asyncio.run(prepare_database(settings, steps))
        for each in others:
            each.result()


def demo_passwords(settings: Settings) -> dict[str, str]:
    """Make passwords of their own for the demo's users where strangers could try the known one."""
    from cti import demo_passwords as own

    if not own.are_wanted(settings, load_site(settings)):
        return {}
    return asyncio.run(own.make(settings))


def _asterisk(settings: Settings, steps: Steps) -> None:
    from telephony_config import debian

    if settings.asterisk.url is not None or load_site(settings).asterisk is not None:
        return
    if debian.has(settings.asterisk_programs, debian.ASTERISK_PACKAGES):
        return
    with steps.step("Asterisk, privately, from Debian's archive") as tell:

        def report(at: debian.Progress) -> None:
            first, share = _SHARES.get(at.stage, (0, 5))
            tell(first + share * at.done // max(1, at.total), 100)

        debian.fetch_asterisk(settings.asterisk_programs, report)


_SHARES: Final = {"read the archive's index": (0, 5), "download": (5, 45), "unpack": (50, 50)}


def _pages(settings: Settings, steps: Steps) -> None:
    """Build the desktop's pages in a checkout; an installed Parley brings them along."""
    if settings.desktop.pages is not None or not (CHECKOUT / "tools" / "web.py").exists():
        return
    for verb in json.loads(_tool("status"))["missing"]:
        with steps.step(_PAGES[verb]):
            _tool(verb)


_PAGES: Final = {
    "node": "Node, privately, from a Python package",
    "install": "npm packages",
    "build": "Desktop pages",
}


def _tool(verb: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "tools.web", verb],
        cwd=CHECKOUT, capture_output=True, text=True, check=False,
        timeout=PAGES_TIME_LIMIT.total_seconds(),
    )  # fmt: skip
    if done.returncode != 0:
        raise NotPrepared(f"The desktop's pages could not be built:\n{done.stderr[-3000:]}")
    return done.stdout


async def prepare_database(settings: Settings, steps: Steps) -> None:
    """Upgrade the database and, for the demo, fill it if it is empty."""
    from crm_core.storage import migrate

    if await migrate.state(settings.database_url) is not migrate.State.CURRENT:
        with steps.step("Database"):
            await migrate.upgrade(settings.database_url)
    if settings.demo:
        await _seed(settings, steps)


async def _seed(settings: Settings, steps: Steps) -> None:
    """Put the demo's customers and users into the database, as far as they are missing."""
    from crm_core import demo
    from crm_core.storage.database import Database

    database = Database(settings.database_url)
    await database.open()
    try:
        async with database.work() as work:
            known = await work.users.names()
        if all(each.id in known for each in demo.users(lambda _: "")) and _seeded(settings):
            return
        with steps.step(f"Demo data, {settings.demo_parties:,} customers") as tell:
            await demo.seed(database, parties=settings.demo_parties, progress=tell)
            from agent_desktop.server.passwords import hash_password

            await demo.add_users(database, demo.users(hash_password))
        _seed_stamp(settings).write_text(str(settings.demo_parties))
    finally:
        await database.close()


def _seed_stamp(settings: Settings) -> Path:
    name = hashlib.sha256(settings.database_url.encode()).hexdigest()[:12]
    return settings.data_dir / f".demo-{name}"


def _seeded(settings: Settings) -> bool:
    """Tell whether that many customers were put in before; saves reading all of them."""
    stamp = _seed_stamp(settings)
    return stamp.exists() and stamp.read_text() == str(settings.demo_parties)

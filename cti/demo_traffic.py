"""`parley demo traffic`: SIPp callers and made-up agents in front of a running Parley.

The agents are users ``bot01`` and up, made for the purpose with a password that only this run
knows; their telephones are one SIPp, the callers another. Everything they do follows from a seed.
"""

import asyncio
import itertools
import secrets
import signal
import socket
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Final

import aiohttp
from rich.console import Console
from rich.live import Live
from rich.table import Table
from sqlalchemy import Connection, select

from acd.machine import sure
from agent_desktop.server.dispositions import DISPOSITIONS
from agent_desktop.server.passwords import hash_password
from crm_core import demo
from crm_core.domain.user import User, UserRole, checked
from crm_core.storage import migrate, schema
from crm_core.storage.database import Database
from cti.settings import Settings
from cti.sites import load_site
from cti.terminal import ExitCode
from cti.traffic import plan, sipp
from cti.traffic.bots import Tally, work
from cti.traffic.desktop import Desktop, DesktopRefused, signed_in
from telephony_config.model import Site, ToEcho, ToFlow

SEED: Final = 1
PLANNED_CALLS: Final = 5_000
"""After these the plan begins anew."""
CUSTOMERS: Final = 500
ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C and its like; who is told to ignore one (nohup) goes on."""
LOOK_WITHIN: Final = 5.0
SHOW_EVERY: Final = 1.0
PLAIN_EVERY: Final = 10
_ANYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "127.0.0.1"}  # noqa: S104 - looked up, not bound
_PLAIN_OUTCOMES: Final = tuple(code for code, follow_up in DISPOSITIONS.items() if not follow_up)


class NoTraffic(Exception):
    """Callers or agents cannot be played; the message says what to do."""


def run(
    settings: Settings,
    *,
    agents: int,
    calls_per_minute: float,
    minutes: float,
    console: Console,
    seed: int = SEED,
) -> int:
    """Make traffic until Ctrl-C or its like, or for ``minutes``; return the exit code."""
    try:
        asyncio.run(
            traffic(
                settings,
                agents=agents,
                calls_per_minute=calls_per_minute,
                minutes=minutes,
                console=console,
                seed=seed,
            )
        )
    except asyncio.CancelledError:
        console.print("Callers and agents have gone.")
    except BaseException as error:
        known = _told(error)
        if known is None:
            raise
        console.print(f"[bold red]✗[/bold red] {known}", highlight=False)
        return ExitCode.FAILED
    return ExitCode.DONE


def _told(error: BaseException) -> str | None:
    """The words for an expected failure, the first of several."""
    if isinstance(error, BaseExceptionGroup):
        return next((told for each in error.exceptions if (told := _told(each))), None)
    expected = (NoTraffic, sipp.NoSipp, DesktopRefused)
    return str(error) if isinstance(error, expected) else None


async def traffic(
    settings: Settings,
    *,
    agents: int,
    calls_per_minute: float,
    minutes: float,
    console: Console,
    seed: int = SEED,
) -> None:
    """The same as ``run``, inside a loop."""
    site = await asyncio.to_thread(load_site, settings)
    base = await find_parley(settings, site)
    words = await asyncio.to_thread(_sipp, settings, console)
    every = timedelta(minutes=1) / calls_per_minute
    async with AsyncExitStack() as stack:
        stack.enter_context(cancelled_by_signals())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="parley-traffic-")))
        desktops, tally = await stack.enter_async_context(
            _agents_at_work(settings, site, base, agents, seed, words, folder)
        )
        callers = await stack.enter_async_context(
            sipp.running(
                words,
                sipp.CALLER,
                folder / "callers",
                rows=await _calls(settings, site, seed, every),
                port=free_udp_port(),
                server=("127.0.0.1", site.ports.sip_udp),
                every=every,
            )
        )
        try:
            async with asyncio.timeout(minutes * 60 or None) as limit:
                await _show(console, callers, desktops, tally)
        except TimeoutError:
            if not limit.expired():
                raise
        finally:
            await callers.stop(gently=True)


@contextmanager
def cancelled_by_signals() -> Iterator[None]:
    """Let what asks for the end cancel this task, so that all it began is ended in order."""
    loop, task = asyncio.get_running_loop(), sure(asyncio.current_task())
    numbers = [each for each in ENDING if signal.getsignal(each) is not signal.SIG_IGN]
    for number in numbers:
        loop.add_signal_handler(number, task.cancel)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


async def find_parley(settings: Settings, site: Site) -> str:
    """Return the address of the running desktop server; ``NoTraffic`` if there is none."""
    host = settings.desktop.host or site.desktop.host
    place = f"{_ANYWHERE.get(host, host)}:{settings.desktop.port or site.desktop.port}"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False)) as http:
        for scheme in ("http", "https"):
            try:
                async with (
                    asyncio.timeout(LOOK_WITHIN),
                    http.get(f"{scheme}://{place}/api/health") as answer,
                ):
                    if answer.content_type == "application/json":
                        return f"{scheme}://{place}"
            except (aiohttp.ClientError, TimeoutError):
                continue
    raise NoTraffic(
        f"No Parley answers at {place}. Start it with `parley up --demo` in another window, or say"
        " with --site and PARLEY_DESKTOP_PORT where it is."
    )


def _sipp(settings: Settings, console: Console) -> list[str]:
    if not (settings.asterisk_programs / "usr/bin/sipp").exists():
        console.print("Fetching SIPp from Debian's archive; this is done once.")
    return sipp.find(settings.asterisk_programs)


# --- agents ---------------------------------------------------------------------------------


@asynccontextmanager
async def _agents_at_work(
    settings: Settings,
    site: Site,
    base: str,
    count: int,
    seed: int,
    words: Sequence[str],
    folder: Path,
) -> AsyncIterator[tuple[list[Desktop], Tally]]:
    """The agents, signed in and at work while the block runs; then they sign out."""
    rng, port, tally = Random(f"{seed}/agents"), free_udp_port(), Tally()  # noqa: S311 - made up
    needs = [[need.skill for need in queue.needs] for queue in site.queues]
    bots = plan.bots(
        rng, count, needs=needs, languages=site.languages, known=[skill.id for skill in site.skills]
    )
    password = secrets.token_urlsafe(24)
    await _store(settings, bots, password, port)
    async with AsyncExitStack() as stack:
        if bots:
            rows = itertools.islice(plan.phone_rows(rng), PLANNED_CALLS)
            await stack.enter_async_context(
                sipp.running(words, sipp.PHONES, folder / "phones", rows=rows, port=port)
            )
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        desktops, workers = [], []
        for bot in bots:
            desktop = await stack.enter_async_context(
                signed_in(base, bot.user, password, tasks=tasks, check_tls=False)
            )
            habits = plan.Habits(rng=Random(f"{seed}/{bot.user}"))  # noqa: S311 - made up
            desktops.append(desktop)
            workers.append(tasks.create_task(work(desktop, habits, tally, _PLAIN_OUTCOMES)))
        try:
            yield desktops, tally
        finally:
            for worker in workers:
                worker.cancel()
            for desktop in desktops:
                await _go_home(desktop)


async def _go_home(desktop: Desktop) -> None:
    """End her call and sign out; what fails now is no matter."""
    try:
        call = desktop.own.get("call", {}).get("call")
        if call is not None:
            await desktop.ask("hang_up", call=call)
            async with asyncio.timeout(LOOK_WITHIN):
                await desktop.until(lambda own: "wrap_up" in own)
        form = desktop.own.get("wrap_up")
        if form is not None:
            path = f"/api/calls/{form['call']}/wrap-up"
            await desktop.request("POST", path, {"disposition": _PLAIN_OUTCOMES[0]})
        await desktop.ask("sign_out")
    except (TimeoutError, aiohttp.ClientError, ConnectionError, DesktopRefused):
        return


async def _store(settings: Settings, bots: Sequence[plan.Bot], password: str, port: int) -> None:
    """Make the agents' users, or give those of an earlier run what this one needs."""
    if await migrate.state(settings.database_url) is not migrate.State.CURRENT:
        raise NoTraffic("The database is not up to date. Run `parley db upgrade`.")
    hashed = await asyncio.to_thread(hash_password, password)
    database = Database(settings.database_url)
    await database.open()
    try:
        async with database.work(actor="demo traffic") as unit:
            for bot in bots:
                before = await unit.users.find(bot.user)
                wanted = replace(
                    before or User(id=bot.user, name=bot.name),
                    name=bot.name,
                    roles=(UserRole.AGENT,),
                    skills=bot.skills,
                    language=bot.language,
                    phone="sip",
                    preferences={"sip_uri": f"sip:{bot.user}@127.0.0.1:{port}"},
                    password_hash=hashed,
                    active=True,
                )
                await (unit.users.add if before is None else unit.users.save)(checked(wanted))
            await unit.commit()
    finally:
        await database.close()


# --- callers --------------------------------------------------------------------------------


async def _calls(
    settings: Settings, site: Site, seed: int, every: timedelta
) -> list[tuple[str, ...]]:
    people = [*_cast(), *await _customers(settings)]
    lines = [
        plan.Line(
            dialled=number.dnis,
            language=number.language or site.languages[0],
            menu=isinstance(number.target, ToFlow),
        )
        for number in site.numbers
        if not isinstance(number.target, ToEcho)
    ]
    if not lines:
        raise NoTraffic("The site has no number that leads to people: add one to its [[numbers]].")
    rng = Random(f"{seed}/callers")  # noqa: S311 - made up
    calls = plan.calls(rng, people, lines, every_ms=every.total_seconds() * 1000)
    return [call.row() for call in itertools.islice(calls, PLANNED_CALLS)]


def _cast() -> list[plan.Person]:
    return [
        plan.Person(
            number=each.number,
            name=each.name,
            language=each.language,
            customer_number=each.customer_number,
            pin=each.pin,
        )
        for each in demo.showcase()
        if each.number
    ]


async def _customers(settings: Settings) -> list[plan.Person]:
    """Some of the customers in the database, with the numbers they ring from."""
    point, party = schema.contact_point, schema.party
    query = (
        select(point.c.norm, party.c.display_name, party.c.language)
        .join(party, party.c.id == point.c.party_id)
        .where(point.c.kind == "phone", point.c.deleted_at.is_(None), party.c.deleted_at.is_(None))
        .order_by(point.c.id)
        .limit(CUSTOMERS)
    )

    def read(connection: Connection) -> list[plan.Person]:
        return [
            plan.Person(number=norm, name=name, language=language)
            for norm, name, language in connection.execute(query)
        ]

    database = Database(settings.database_url)
    await database.open()
    try:
        async with database.work() as unit:
            return await unit.session.read(read)
    finally:
        await database.close()


def free_udp_port() -> int:
    """A port of this machine that nobody uses right now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# --- progress -------------------------------------------------------------------------------


async def _show(
    console: Console, callers: sipp.Sipp, desktops: Sequence[Desktop], tally: Tally
) -> None:
    """Show what goes on until something ends; a line now and then where there is no terminal."""
    with Live(console=console, auto_refresh=False, transient=True) as live:
        for second in itertools.count():
            counters = callers.counters()
            if not callers.running:
                raise NoTraffic(f"SIPp has ended:\n{callers.last_words()}")
            if desktops and all(desktop.closed for desktop in desktops):
                raise NoTraffic("Parley has closed the agents' connections.")
            if console.is_terminal:
                live.update(_board(counters, desktops, tally), refresh=True)
            elif second % PLAIN_EVERY == 0:
                console.print(_line(counters, desktops, tally), highlight=False)
            await asyncio.sleep(SHOW_EVERY)


def _board(counters: sipp.Counters, desktops: Sequence[Desktop], tally: Tally) -> Table:
    table = Table(title="Demo traffic, Ctrl-C ends it", header_style="bold")
    for title in ("Calls made", "now", "ended well", "cut off", "talks", "missed", "Agents"):
        table.add_column(title, justify="left" if title == "Agents" else "right")
    states = Counter(desktop.state or "gone" for desktop in desktops)
    shown = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in states.most_common())
    figures = (counters.made, counters.now, counters.good, counters.failed)
    table.add_row(*map(str, (*figures, tally.talked, tally.missed)), shown)
    return table


def _line(counters: sipp.Counters, desktops: Sequence[Desktop], tally: Tally) -> str:
    states = Counter(desktop.state or "gone" for desktop in desktops)
    shown = ", ".join(f"{count} {state}" for state, count in states.most_common())
    return (
        f"calls: {counters.made} made, {counters.now} now, {counters.failed} cut off;"
        f" {tally.talked} talks; agents: {shown}"
    )

"""The composition root: builds every object of the daemon once and lets it run.

What each part may know is visible here and nowhere else. Tests build the same daemon with a fake
Asterisk by calling ``build`` themselves.
"""

import asyncio
import secrets
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from random import Random, SystemRandom
from zoneinfo import ZoneInfo

from acd import commands as ask
from acd import events as e
from acd.ids import AgentId, CallId
from acd.reasons import EndReason
from agent_desktop.server.hub import Hub
from crm_core.storage.database import Database
from cti.accounts import CrmAccounts
from cti.announcing import Announce
from cti.ari.client import AriClient
from cti.ari.errors import Disconnected
from cti.asterisk_logs import AsteriskLogs
from cti.blackboard import Blackboard
from cti.books import Books, OwnBooks
from cti.call_control import CallControl, HangUpCause
from cti.callers import Callers
from cti.checks import health_checks
from cti.clerk import Clerk
from cti.clock import Clock, SystemClock
from cti.daemon import Daemon, Telephony
from cti.day import Day
from cti.desk import Desk, Notes
from cti.desktop_backend import DesktopBackend, Parts
from cti.doors import Speech, load_speech, straight_to
from cti.effects import Effects
from cti.engine import Engine, When, recover
from cti.figures import Figures
from cti.floods import Floods
from cti.handovers import Handovers
from cti.host import AsteriskHost, Stop, drain, serve_desktop
from cti.ice import IceServers, need_turn_secret
from cti.ingress import Ingress
from cti.journal import Entry, Journal
from cti.next_phones import NextPhones
from cti.people import People
from cti.phones import Phones
from cti.positions import Positions
from cti.readiness import ready
from cti.reconcile import Reconciler
from cti.recorder import Recorder
from cti.reread import Reread
from cti.safety_net import SafetyNet
from cti.screen_pop import ScreenPop
from cti.settings import Settings
from cti.sites import load_site
from cti.supervisor import Supervisor, supervise
from cti.talks import Spawn, Talks
from cti.terminal import ExitCode
from cti.timers import Timers
from cti.trunks import Line, NoLine, Trunks
from cti.tuning import settle_memory, take_short_turns, use_all_files
from cti.viewings import Viewings
from cti.visits import Visit, Visits
from cti.wallboard import Wallboard
from cti.why import Decisions
from cti.work_news import WorkNews
from telephony_config.model import DeskPhone, Site


async def build(  # noqa: PLR0913, PLR0915, C901 - the one place where everything meets
    settings: Settings,
    site: Site,
    *,
    telephony: Telephony,
    database: Database,
    journal: Journal,
    supervisor: Supervisor,
    clock: Clock,
    randomness: Random,
    speech: Speech,
    books: Books | None = None,
    line: Line | None = None,
) -> Daemon:
    """Build every part. The journal and the database are open, nothing runs yet."""
    limits, region = settings.timeouts, site.region
    engine = Engine(await recover(journal), journal, clock)
    floor, spawn = engine.floor, supervisor.session
    control = CallControl(telephony)
    timers = Timers(clock, engine.submit)
    hub = Hub(epoch=secrets.token_hex(8))

    def reach_changed(agent: AgentId, reachable: bool) -> None:
        if floor.has_agent(agent):
            told = backend.has_desktop(agent)  # the floor may not have heard of it yet
            desktop = floor.agent(agent).desktop if told is None else told
            engine.submit(ask.SetReachable(agent=agent, desktop=desktop, phone=reachable))

    phones = Phones(
        control,
        secret=lambda: secrets.token_urlsafe(24),
        desk_phones={
            agent: phone.uri for agent, phone in site.phones.items() if isinstance(phone, DeskPhone)
        },
        reach_changed=reach_changed,
    )
    books = books or OwnBooks(database)
    callers = Callers(
        books,
        region=region,
        patience=limits.caller_lookup,
        spawn=spawn,
        later=supervisor.later,
        changed=_nothing_yet,
        remember=journal.keep_memo,
    )

    def identified(visit: Visit) -> None:
        callers.identified(
            visit.call, path=visit.path, party_id=visit.party_id, verified=visit.verified
        )

    visits = Visits(
        control,
        doors=speech.doors,
        accounts=CrmAccounts(database),
        book=speech.book,
        clock=clock,
        submit=engine.submit,
        spawn=spawn,
        later=supervisor.later,
        on_identified=identified,
    )
    handovers = Handovers(
        control=control,
        vanished=lambda call: engine.submit(ask.EndCall(call=call, why=EndReason.CALLER_HUNG_UP)),
    )
    talks = Talks(floor, control, handovers, engine.submit, spawn)
    effects = Effects(
        control,
        visits,
        talks,
        timers,
        submit=engine.submit,
        spawn=spawn,
        caller_name=callers.name_of,
        limits=limits,
    )

    def turn_away(call: CallId) -> None:
        start: Spawn = spawn
        start("turn away", control.hang_up(call, HangUpCause.CONGESTION))

    ingress = Ingress(
        floor, visits, talks, phones, engine.submit, turn_away, callers.arrived, supervisor.later
    )
    reconciler = Reconciler(floor, control, visits, talks, effects, ingress, engine.ask, spawn)
    day = Day(floor, callers, ZoneInfo(site.timezone))
    notes = Notes()
    people = People(floor, database, phones, engine.ask)
    desk = Desk(floor, hub, callers, day, notes, clock, people.name_of)
    viewings = Viewings(books, randomness, patience=limits.database)
    screen_pop = ScreenPop(floor, hub, callers, region=region, shown=viewings.shown)
    wallboard = Wallboard(floor, hub, callers, day, clock)
    decisions = Decisions(floor, database)
    recorder = Recorder(
        journal,
        books,
        callers,
        randomness,
        patience=limits.database,
        note_of=notes.take,
    )
    recorder.told = WorkNews(floor, hub, clock).stored
    board = Blackboard(control)
    safety_net = SafetyNet(floor, board)
    next_phones = NextPhones(floor, board, clock, straight_to(speech.doors))
    trunks = Trunks(site.trunks, line or NoLine(), now=clock.now, patience=limits.name_lookup)
    figures = Figures(floor, telephony, journal, recorder, trunks.facts)

    def caller_changed(call: CallId) -> None:
        screen_pop.changed(call)
        wallboard.show_call(call)
        if floor.has_call(call) and (agent := floor.call(call).agent) is not None:
            wallboard.show_agent(agent)

    def show_days(entries: Sequence[Entry]) -> None:
        for agent in day.take(entries):
            desk.publish_today(agent)

    def take_phones(entries: Sequence[Entry]) -> None:
        for entry in entries:
            if isinstance(entry.event, e.AgentLoggedOut):
                _ = spawn("phone", phones.signed_out(entry.event.agent))

    def lapsed(call: CallId) -> None:
        _ = spawn("bring back", reconciler.bring_back(call))

    callers.changed, ingress.lapsed = caller_changed, lapsed
    positions = Positions(floor, visits, wallboard.expected)
    engine.listen(effects.take, When.FIRST)  # phones ring while the pages are being told
    engine.listen(screen_pop.take, When.NEXT)
    engine.listen(desk.take, When.NEXT)
    for listener in (
        recorder.take,
        decisions.take,
        positions.take,
        show_days,
        wallboard.take,
        safety_net.take,
        next_phones.take,
        take_phones,
        figures.take,
    ):
        engine.listen(listener)

    backend = DesktopBackend(
        Parts(
            site=site,
            engine=engine,
            database=database,
            callers=callers,
            phones=phones,
            talks=talks,
            desk=desk,
            day=day,
            notes=notes,
            recorder=recorder,
            people=people,
            decisions=decisions,
            ice=IceServers.of(settings, site, clock),
            patience=limits.database,
            spawn=spawn,
            new_caller=lambda: f"caller-{secrets.token_hex(8)}",
            checks=health_checks(telephony, database, journal, recorder, trunks),
            figures=figures.text,
            trunks=trunks,
        )
    )
    daemon = Daemon(
        settings=settings,
        site=site,
        clock=clock,
        supervisor=supervisor,
        telephony=telephony,
        journal=journal,
        engine=engine,
        timers=timers,
        control=control,
        visits=visits,
        talks=talks,
        phones=phones,
        callers=callers,
        effects=effects,
        ingress=ingress,
        reconciler=reconciler,
        recorder=recorder,
        hub=hub,
        day=day,
        desk=desk,
        wallboard=wallboard,
        screen_pop=screen_pop,
        viewings=viewings,
        decisions=decisions,
        board=board,
        safety_net=safety_net,
        next_phones=next_phones,
        people=people,
        trunks=trunks,
        asterisk_logs=AsteriskLogs(line or NoLine()),
        floods=Floods(control, (line or NoLine()).cli, now=clock.now),
        backend=backend,
    )
    telephony.on_connected = daemon.connected
    return daemon


def _nothing_yet(_call: CallId) -> None:
    """Stands in until the pages that show callers are built."""


async def _connected(client: AriClient, url: str, within: timedelta) -> None:
    try:
        async with asyncio.timeout(within.total_seconds()):
            await client.wait_connected()
    except TimeoutError as error:
        message = f"{url}: Asterisk does not take us; does it run, are user and password right?"
        raise Disconnected(message) from error


async def run(settings: Settings, *, announce: Announce) -> int:
    """Run the daemon until it is told to stop; return the exit code."""
    take_short_turns()
    use_all_files()
    with Stop.on_signals() as stop:
        try:
            return await _serve(settings, announce, stop)
        except asyncio.CancelledError:
            if not stop.gave_up:
                raise
            return ExitCode.INTERRUPTED


async def _serve(settings: Settings, announce: Announce, stop: Stop) -> int:
    site = await asyncio.to_thread(load_site, settings)
    need_turn_secret(settings, site)
    speech = await asyncio.to_thread(load_speech, site)
    clock, chance = SystemClock(), SystemRandom()
    async with AsyncExitStack() as stack:
        database = Database(settings.database_url)
        await database.open()
        stack.push_async_callback(database.close)
        journal = Journal(settings.journal_file)
        await journal.open()
        stack.push_async_callback(journal.close)
        host = AsteriskHost(settings, site)
        stack.push_async_callback(host.abandon)
        await host.start()
        stack.push_async_callback(_end_asterisk, host, stop)
        async with supervise(chance) as supervisor:
            clerk = Clerk(OwnBooks(database), settings.database_url)
            supervisor.edge("clerk", clerk.run)
            client = AriClient(host.ari_settings(), chance=chance)
            daemon = await build(
                settings,
                site,
                telephony=client,
                database=database,
                journal=journal,
                supervisor=supervisor,
                clock=clock,
                randomness=chance,
                speech=speech,
                books=clerk,
                line=host,
            )
            await daemon.start()
            supervisor.core("ari", client.run())
            supervisor.edge("asterisk", host.keep_up)
            await _connected(client, host.ari_settings().url, settings.timeouts.asterisk_start)
            port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            reread = Reread(settings, site, supervisor.session)
            supervisor.core("desktop", serve_desktop(daemon, database, host, port, reread))
            told = await ready(settings, site, database, await port)
            settle_memory()  # before the first call, which would have to wait for it
            announce(told)
            host.in_service()
            stop.read_again = reread.ask
            stop.in_service()
            await stop.asked()
            await drain(daemon, host, stop)
            await daemon.engine.store_snapshot()
            await daemon.viewings.close()
    return 0


async def _end_asterisk(host: AsteriskHost, stop: Stop) -> None:
    """An end that was asked for leaves no Asterisk, whatever failed; after a crash calls go on."""
    if stop.is_asked:
        await host.stop()

"""The built daemon: its parts by name, how it starts, and what it does when Asterisk appears."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from acd import commands as ask
from acd.agent import AgentState
from acd.call import CallState
from acd.floor import Floor
from agent_desktop.server.hub import Hub
from crm_core.domain.errors import StorageError
from cti.ari.events import Event
from cti.asterisk_logs import AsteriskLogs
from cti.blackboard import Blackboard
from cti.call_control import CallControl, Commands
from cti.callers import Callers
from cti.clock import Clock
from cti.day import Day
from cti.desk import Desk
from cti.desktop_backend import DesktopBackend
from cti.effects import LEASE_GRACE, Effects
from cti.engine import Engine
from cti.floods import Floods
from cti.ingress import Ingress
from cti.journal import Journal
from cti.next_phones import NextPhones
from cti.people import People
from cti.phones import Phones
from cti.reconcile import Reconciler
from cti.recorder import Recorder
from cti.safety_net import SafetyNet
from cti.screen_pop import ScreenPop
from cti.settings import Settings
from cti.supervisor import Supervisor
from cti.talks import Talks
from cti.timers import Timers
from cti.trunks import Trunks
from cti.viewings import Viewings
from cti.visits import Visits
from cti.wallboard import Wallboard
from cti.why import Decisions
from telephony_config.model import Site

log = logging.getLogger(__name__)

STARTED: Final = "asterisk_started"
BACK_WITHIN: Final = timedelta(seconds=30)
"""After a start, so long may agents' pages and phones take to come back."""


class Telephony(Commands, Protocol):
    """What carries commands to Asterisk and its events to us: ``AriClient``, or the fake."""

    on_connected: Callable[[], Awaitable[None]]
    on_disconnected: Callable[[], Awaitable[None]]
    on_event: Callable[[Event], None] | None

    @property
    def connected(self) -> bool:
        """Whether new calls can be taken."""
        ...

    def events(self) -> AsyncIterator[Event]:
        """The events of our application, in order, that were not handed to ``on_event``."""
        ...


@dataclass(slots=True, kw_only=True)
class Daemon:
    """The built daemon: its parts by name, ready to be started."""

    settings: Settings
    site: Site
    clock: Clock
    supervisor: Supervisor
    telephony: Telephony
    journal: Journal
    engine: Engine
    timers: Timers
    control: CallControl
    visits: Visits
    talks: Talks
    phones: Phones
    callers: Callers
    effects: Effects
    ingress: Ingress
    reconciler: Reconciler
    recorder: Recorder
    hub: Hub
    day: Day
    desk: Desk
    wallboard: Wallboard
    screen_pop: ScreenPop
    viewings: Viewings
    decisions: Decisions
    board: Blackboard
    safety_net: SafetyNet
    next_phones: NextPhones
    people: People
    trunks: Trunks
    asterisk_logs: AsteriskLogs
    floods: Floods
    backend: DesktopBackend

    @property
    def floor(self) -> Floor:
        """The floor, to be read only."""
        return self.engine.floor

    async def start(self, *, back_within: timedelta = BACK_WITHIN) -> None:
        """Bring the floor up to the site and the journal, then start the tasks."""
        self.callers.restore(await self.journal.memos())
        await self._replay_today()
        await self.recorder.catch_up()
        supervisor, engine = self.supervisor, self.engine
        supervisor.core("engine", engine.run())
        supervisor.core("timers", self.timers.run())
        supervisor.edge("recorder", self.recorder.run)
        supervisor.edge("viewings", self.viewings.run)
        supervisor.edge("handovers", self.talks.handovers.run)
        supervisor.edge("leases", self.visits.run)
        supervisor.edge("blackboard", self.board.run)
        supervisor.edge("next phones", self.next_phones.run)
        supervisor.edge("sweep", self._sweep)
        supervisor.edge("trunks", self._watch_trunks)
        supervisor.edge("floods", self._watch_floods)
        supervisor.edge("desk phones", self._watch_desk_phones)
        supervisor.edge("asterisk logs", self._keep_logs_short)
        for queue in self.site.queues:
            if not self.floor.has_queue(queue.id) or self.floor.queue(queue.id) != queue:
                await engine.ask(ask.DefineQueue(queue=queue))
        await self.people.define_all()
        self._guard_leases()
        self.wallboard.show_all()
        self.desk.refresh([agent.id for agent in self.floor.agents()])
        self.screen_pop.resume()
        _ = supervisor.session("absent", self._note_the_absent(back_within))
        supervisor.edge("wallboard", self._wallboard)
        supervisor.core("ingress", self._ingress())

    async def _replay_today(self) -> None:
        now = self.clock.now()
        entries = await self.journal.read_since(self.day.start_of(now))
        self.day.begin(now)
        self.day.take(entries)
        self.wallboard.replay(entries)
        self.decisions.take(entries)

    def _guard_leases(self) -> None:
        """Timers of what the journal says is under way."""
        for call in self.floor.live_calls():
            if call.state is CallState.OFFERED and call.offer and call.queue:
                due = call.since + self.floor.queue(call.queue).ring_for + LEASE_GRACE
                self.timers.start(("offer", call.offer), ask.ExpireOffer(offer=call.offer), due=due)
        for agent in self.floor.agents():
            if agent.state is AgentState.WRAP_UP and agent.call and agent.wrap_up_due:
                self.effects.guard_wrap_up(agent.id, agent.call, agent.wrap_up_due)
            if agent.signed_in and not agent.desktop:
                self.effects.guard_absence(agent.id, self.clock.now())

    async def _note_the_absent(self, back_within: timedelta) -> None:
        """Who was connected before the restart and has not come back cannot be rung."""
        await asyncio.sleep(back_within.total_seconds())
        for agent in list(self.floor.agents()):
            desktop = agent.desktop and self.backend.has_desktop(agent.id) is True
            phone = agent.phone and self.phones.reachable(agent.id)
            if (desktop, phone) != (agent.desktop, agent.phone):
                log.info("agent has not come back", extra={"agent": agent.id})
                self.engine.submit(ask.SetReachable(agent=agent.id, desktop=desktop, phone=phone))

    async def _watch_floods(self) -> None:
        await self.floods.run(self.settings.timeouts.floods)

    async def _keep_logs_short(self) -> None:
        await self.asterisk_logs.run(self.settings.timeouts.asterisk_logs)

    async def _watch_trunks(self) -> None:
        await self.trunks.run(self.settings.timeouts.trunks)

    async def _watch_desk_phones(self) -> None:
        while True:
            await asyncio.sleep(self.settings.timeouts.desk_phones.total_seconds())
            with contextlib.suppress(StorageError):  # the health endpoint tells of the database
                await self.people.look_at_phones()
            if self.telephony.connected:
                await self.phones.push_registering()

    async def _wallboard(self) -> None:
        await self.wallboard.run(self.settings.timeouts.wallboard)

    async def _ingress(self) -> None:
        self.telephony.on_event = self._take
        async for event in self.telephony.events():
            self._take(event)

    def _take(self, event: Event) -> None:
        try:
            self.ingress.take(event)
        except Exception:
            log.exception("event not understood", extra={"event": type(event).__name__})

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(self.settings.timeouts.sweep.total_seconds())
            if self.telephony.connected:
                await self.phones.look(sweep=True)  # should Asterisk have forgotten a watch
                swept = await self.reconciler.sweep()
                if swept:
                    log.warning("swept legs that belonged to no call", extra={"swept": swept})

    async def connected(self) -> None:
        """Asterisk is there (again): compare before any new work."""
        engine_lost = await self._asterisk_restarted()
        if engine_lost:
            self.phones.all_lost()
        await self.phones.push_desk_phones(
            [agent.id for agent in self.floor.agents() if agent.signed_in]
        )
        await self.phones.push_again(lost=engine_lost)
        await self.phones.push_registering()
        await self.phones.look()
        await self.reconciler.run(engine_lost=engine_lost)
        self.safety_net.write()
        self.board.forget()

    async def _asterisk_restarted(self) -> bool:
        info = await self.telephony.request("GET", "asterisk/info", query={"only": "status"})
        started = str(info.get("status", {}).get("startup_time", ""))
        before = await self.journal.fact(STARTED)
        await self.journal.remember(STARTED, started)
        return before is not None and before != started

"""The real daemon on a fake Asterisk: floor, engine, journal and SQLite are the product's own."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from acd import commands as ask
from acd.agent import Agent
from acd.call import Call, CallState
from acd.ids import AgentId, CallId, QueueId, SkillId
from acd.profile import QueueProfile
from acd.reasons import NotReadyReason
from acd.skills import Need
from crm_core.domain.interaction import Interaction
from crm_core.domain.user import User, UserRole
from crm_core.services.users import add_user
from crm_core.storage import migrate
from crm_core.storage.database import Database
from cti.app import build
from cti.clock import Clock, SystemClock
from cti.daemon import BACK_WITHIN, Daemon
from cti.doors import load_speech
from cti.journal import Journal
from cti.phones import phone_id
from cti.settings import Settings
from cti.supervisor import supervise
from telephony_config.model import Number, Site, ToQueue
from tests.fakes.asterisk import FakeAsterisk, PhoneManner

SUPPORT = QueueId("support")
SITE = Site(
    name="House",
    region="US",
    timezone="UTC",
    languages=("en", "zh", "fa"),
    queues=(
        QueueProfile(
            id=SUPPORT, name="Support", needs=(Need(skill=SkillId("support")),), max_waiting=50
        ),
    ),
    numbers=(Number(dnis="100", label="Support", language="en", target=ToQueue(queue=SUPPORT)),),
    demo=True,
)


class HandClock:
    """The time, moved by hand."""

    def __init__(self, now: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        self._now += by


async def until(look: Callable[[], object]) -> None:
    """Wait until it is so: for what other tasks and threads do in their own time."""
    async with asyncio.timeout(10):
        while not look():  # noqa: ASYNC110 - nobody tells tests
            await asyncio.sleep(0.001)


@dataclass(slots=True, kw_only=True)
class House:
    """A running daemon and the Asterisk it believes in."""

    daemon: Daemon
    asterisk: FakeAsterisk
    database: Database

    async def settle(self, turns: int = 60) -> None:
        """Let everything that can happen now happen: tasks, threads of journal and database."""
        quiet = 0
        for _ in range(400):
            await asyncio.sleep(0)
            daemon = self.daemon
            busy = daemon.effects.busy or not daemon.engine.idle or daemon.talks.handovers.unsure
            quiet = 0 if busy else quiet + 1
            if quiet > turns:
                return
            if busy:
                await asyncio.sleep(0.0005)

    async def sign_in(self, agent: str, manner: PhoneManner = PhoneManner.ANSWERS) -> None:
        """The agent's page is open, her phone registered; she takes calls."""
        who = AgentId(agent)
        await self.daemon.backend.ask(ask.LogIn(agent=who))
        await self.daemon.backend.issue_phone(who)
        self.asterisk.phone(phone_id(who), manner)
        await self.daemon.backend.phone_is(who, registered=True)
        await self.daemon.backend.desktop_connected(who)
        await self.daemon.backend.ask(ask.GoReady(agent=who))

    async def ringing(self) -> str:
        """Ana's phone rings for a caller, whose channel is returned."""
        await self.sign_in("ana", PhoneManner.RINGS)
        caller = self.asterisk.caller_rings()
        await self.settle()
        return caller

    async def named(self, *agents: str) -> None:
        """Wait until Asterisk has been told that these are next, in this order."""
        phones = "&".join(phone_id(AgentId(agent)) for agent in agents)
        told = self.asterisk.global_variables
        await self.until(lambda: told.get(f"NEXT_PHONES_{SUPPORT}") == phones)

    async def talking(self, number: str = "+12025550100") -> str:
        """A caller, whose channel is returned, talks to Ana."""
        await self.sign_in("ana")
        caller = self.asterisk.caller_rings(number)
        await self.settle()
        assert self.call(caller).state is CallState.TALKING
        return caller

    async def go_ready(self, agent: str) -> None:
        """Whatever the floor says to it."""
        with contextlib.suppress(Exception):
            await self.daemon.engine.ask(ask.GoReady(agent=AgentId(agent)))

    async def take_a_break(self, agent: str) -> None:
        """Whatever the floor says to it."""
        with contextlib.suppress(Exception):
            await self.daemon.engine.ask(
                ask.GoNotReady(agent=AgentId(agent), reason=NotReadyReason.BREAK)
            )

    async def until(self, look: Callable[[], object]) -> None:
        """Wait for what threads have to bring: look-ups, records."""
        await until(look)

    def agent(self, agent: str) -> Agent:
        """The agent as the floor has her."""
        return self.daemon.floor.agent(AgentId(agent))

    def call(self, call: str) -> Call:
        """The call as the floor has it."""
        return self.daemon.floor.call(CallId(call))

    def shown(self, agent: str, key: str) -> Any:
        """What the agent's page shows under ``key``."""
        return self.daemon.hub.current(f"agent:{agent}", key)

    async def record(self, call: str) -> Interaction:
        """The stored record of the call, after all that has happened so far."""
        async with asyncio.timeout(5):
            await self.daemon.recorder.stored(CallId(call))
        async with self.database.work() as work:
            found = await work.interactions.of_call(call)
        assert found is not None
        return found

    def live(self) -> list[CallId]:
        """The calls the floor thinks are going on."""
        return [call.id for call in self.daemon.floor.live_calls()]


@contextlib.asynccontextmanager
async def house(
    folder: Path,
    agents: Sequence[str | User] = ("ana", "ben"),
    *,
    site: Site = SITE,
    seed: int = 1,
    asterisk: FakeAsterisk | None = None,
    clock: Clock | None = None,
    back_within: timedelta = BACK_WITHIN,
) -> AsyncIterator[House]:
    """A house with these agents, nobody signed in yet; the same folder is the same house.

    Given the ``asterisk`` of an earlier house, the daemon was killed and has been started again.
    """
    url = f"sqlite:///{folder / 'parley.db'}"
    fresh = await migrate.state(url) is migrate.State.EMPTY
    if fresh:
        await _migrated(folder / "parley.db", url)
    database, journal = Database(url, durable=False), Journal(folder / "floor.db")
    await database.open()
    await journal.open()
    asterisk, speech = asterisk or FakeAsterisk(), await asyncio.to_thread(load_speech, site)
    asterisk.straight = {
        number.dnis: number.target.queue
        for number in site.numbers
        if isinstance(number.target, ToQueue)
    }
    try:
        if fresh:
            for agent in agents:
                async with database.work() as work:
                    await add_user(work, agent if isinstance(agent, User) else user(agent))
        async with supervise(Random(seed)) as supervisor:
            daemon = await build(
                Settings(data_dir=folder, cache_dir=folder),
                site,
                telephony=asterisk,
                database=database,
                journal=journal,
                supervisor=supervisor,
                clock=clock or SystemClock(),
                randomness=Random(seed),
                speech=speech,
            )
            await daemon.start(back_within=back_within)
            yield House(daemon=daemon, asterisk=asterisk, database=database)
    finally:
        await journal.close()
        await database.close()


_EMPTY: dict[str, bytes] = {}
"""The migrated database without content, made once: migrating takes a third of a second."""


async def _migrated(file: Path, url: str) -> None:
    if "file" in _EMPTY:
        await asyncio.to_thread(file.write_bytes, _EMPTY["file"])
        return
    await migrate.upgrade(url)
    if not (file.parent / f"{file.name}-wal").exists():
        _EMPTY["file"] = await asyncio.to_thread(file.read_bytes)


def user(agent: str, **fields: Any) -> User:
    """An agent of the customer base who can take the house's calls."""
    skills = {"support": 3, "lang-en": 3}
    return User(id=agent, name=agent.capitalize(), roles=(UserRole.AGENT,), skills=skills, **fields)

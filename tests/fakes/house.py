"""The real daemon on a fake Asterisk: floor, engine, journal and SQLite are the product's own."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from acd import commands as ask
from acd.ids import AgentId, CallId, QueueId, SkillId
from acd.profile import QueueProfile
from acd.reasons import NotReadyReason
from acd.skills import Need
from crm_core.domain.user import User, UserRole
from crm_core.services.users import add_user
from crm_core.storage import migrate
from crm_core.storage.database import Database
from cti.app import build
from cti.clock import SystemClock
from cti.daemon import Daemon
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
            busy = self.daemon.effects.busy or not self.daemon.engine.idle
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

    def live(self) -> list[CallId]:
        """The calls the floor thinks are going on."""
        return [call.id for call in self.daemon.floor.live_calls()]


@contextlib.asynccontextmanager
async def house(
    folder: Path, agents: Sequence[str] = ("ana", "ben"), *, site: Site = SITE, seed: int = 1
) -> AsyncIterator[House]:
    """A house with these agents, nobody signed in yet; the same folder is the same house."""
    url = f"sqlite:///{folder / 'parley.db'}"
    fresh = await migrate.state(url) is migrate.State.EMPTY
    if fresh:
        await migrate.upgrade(url)
    database, journal = Database(url, durable=False), Journal(folder / "floor.db")
    await database.open()
    await journal.open()
    asterisk, speech = FakeAsterisk(), await asyncio.to_thread(load_speech, site)
    try:
        if fresh:
            for agent in agents:
                async with database.work() as work:
                    await add_user(work, _agent(agent))
        async with supervise(Random(seed)) as supervisor:
            daemon = await build(
                Settings(data_dir=folder, cache_dir=folder),
                site,
                telephony=asterisk,
                database=database,
                journal=journal,
                supervisor=supervisor,
                clock=SystemClock(),
                randomness=Random(seed),
                speech=speech,
            )
            await daemon.start()
            yield House(daemon=daemon, asterisk=asterisk, database=database)
    finally:
        await journal.close()
        await database.close()


def _agent(agent: str) -> User:
    return User(id=agent, name=agent.capitalize(), roles=(UserRole.AGENT,), skills={"support": 3})

"""What the desktop may ask of the daemon: the floor, phones, callers, decision records."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from typing_extensions import override

from acd import commands as ask
from acd.commands import Command
from acd.floor import Floor
from acd.ids import AgentId, CallId
from acd.machine import Refused
from agent_desktop.server.ports import (
    Backend,
    CallFacts,
    DemoNumber,
    PhoneCredentials,
    SiteNames,
    StrangerFacts,
    TrunkFacts,
    Unavailable,
    WhyOffer,
    WrapUp,
)
from crm_core.domain.errors import StorageError
from crm_core.domain.ids import interaction_id
from crm_core.services import wrap_up
from crm_core.storage.database import Database
from cti.ari.errors import TelephonyError
from cti.call_control import PhoneSpec
from cti.callers import Callers
from cti.day import Day
from cti.desk import Desk, Notes
from cti.engine import Engine
from cti.ice import IceServers
from cti.names import site_names
from cti.people import People
from cti.phones import Phones
from cti.recorder import Recorder
from cti.talks import Talks
from cti.trunks import Trunks
from cti.why import Decisions
from telephony_config.model import Site, ToEcho, in_page_languages

log = logging.getLogger(__name__)

SIP_DOMAIN: Final = "parley.invalid"
"""The browser reaches Asterisk over one websocket; the name only has to look like one."""


_Forcible = ask.GoReady | ask.GoNotReady | ask.LogOut
_FORCED: Final[Mapping[type, str]] = {
    ask.GoReady: "set_ready",
    ask.GoNotReady: "set_not_ready",
    ask.LogOut: "signed_out",
}
"""What the audit log calls it when a supervisor sets an agent's state."""


class DeskPhone(Refused):
    """The agent's phone is a SIP telephone: her browser gets none."""

    code = "desk_phone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the backend stands on."""

    site: Site
    engine: Engine
    database: Database
    callers: Callers
    phones: Phones
    talks: Talks
    desk: Desk
    day: Day
    notes: Notes
    recorder: Recorder
    people: People
    decisions: Decisions
    ice: IceServers
    patience: timedelta
    spawn: Callable[[str, Coroutine[Any, Any, None]], object]
    new_caller: Callable[[], str]
    figures: Callable[[], str]
    trunks: Trunks
    checks: Mapping[str, Callable[[], Awaitable[str]]] = field(default_factory=dict)


class DesktopBackend(Backend):
    """Implements the desktop server's port."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._desktops: dict[AgentId, bool] = {}
        self._draining = False

    @property
    def _floor(self) -> Floor:
        return self._parts.engine.floor

    @override
    async def ask(self, command: Command) -> None:
        async with self._limit():
            if isinstance(command, ask.LogIn):
                await self._parts.people.define(command.agent)
                await self._parts.phones.push_desk_phone(command.agent)
            await self._parts.engine.ask(command)
        if isinstance(command, _Forcible) and command.by:
            self._parts.spawn("audit", self._note_force(_FORCED[type(command)], command))

    async def _note_force(self, action: str, command: _Forcible) -> None:
        """Write down who set whose state; the floor need not wait for it."""
        try:
            async with self._limit(), self._parts.database.work(actor=str(command.by)) as work:
                await work.audit.note(action, "user", command.agent)
                await work.commit()
        except Unavailable as error:
            log.warning("force not noted", extra={"why": type(error.__cause__).__name__})

    @override
    async def desktop_connected(self, agent: AgentId) -> None:
        self._desktops[agent] = True
        await self._reach(agent, desktop=True)
        self._parts.desk.refresh([agent])
        self._parts.desk.publish_today(agent)
        if self._parts.desk.lacks_callers(agent):
            self._parts.spawn("today", self._recall_today(agent))

    async def _recall_today(self, agent: AgentId) -> None:
        """Say who rang her today before this daemon began; her page need not wait for it."""
        try:
            async with self._limit():
                await self._parts.desk.recall_today(agent, self._parts.database)
        except Unavailable as error:
            log.warning("callers of today not found", extra={"why": type(error.__cause__).__name__})

    @override
    async def desktop_lost(self, agent: AgentId) -> None:
        self._desktops[agent] = False
        await self._reach(agent, desktop=False)

    def has_desktop(self, agent: AgentId) -> bool | None:
        """Whether the agent's page is connected; None if this daemon has heard nothing of it.

        The floor learns it a moment later, when it has applied what it was told.
        """
        return self._desktops.get(agent)

    async def _reach(self, agent: AgentId, *, desktop: bool) -> None:
        phone = self._parts.phones.reachable(agent)
        await self.ask(ask.SetReachable(agent=agent, desktop=desktop, phone=phone))

    @override
    async def phone_is(self, agent: AgentId, *, registered: bool) -> None:
        if not self._parts.phones.has_desk_phone(agent):
            self._parts.phones.seen(agent, reachable=registered)

    @override
    async def issue_phone(self, agent: AgentId) -> PhoneCredentials:
        name = self._floor.agent(agent).profile.name
        if self._parts.phones.has_desk_phone(agent):
            message = "this agent talks through a SIP telephone, not through the browser"
            raise DeskPhone(message)
        async with self._limit():
            spec = await self._parts.phones.push_browser_phone(agent, name)
        return self._credentials(spec, name)

    @override
    async def revoke_phone(self, agent: AgentId) -> None:
        if not self._parts.phones.has_desk_phone(agent):
            async with self._limit():
                await self._parts.phones.take_away(agent)

    @override
    async def rejoin(self, agent: AgentId, call: CallId) -> None:
        async with self._limit():
            await self._parts.talks.rejoin(agent, call)

    @override
    async def issue_demo_caller(self, number: str) -> PhoneCredentials:
        if not self._parts.site.demo:
            message = "demo callers exist only in a demo site: set `demo = true` in the site file"
            raise Unavailable(message)
        async with self._limit():
            spec = await self._parts.phones.push_demo_caller(self._parts.new_caller(), number)
        return self._credentials(spec, number)

    def _credentials(self, phone: PhoneSpec, name: str) -> PhoneCredentials:
        return PhoneCredentials(
            sip_user=phone.id,
            password=phone.secret,
            domain=SIP_DOMAIN,
            display_name=name,
            ice_servers=self._parts.ice.of_phone(phone.id),
        )

    @override
    def demo_numbers(self) -> Sequence[DemoNumber]:
        if not self._parts.site.demo:
            return []
        return [
            DemoNumber(
                number=number.dnis,
                label=number.label,
                labels=in_page_languages(number.label, number.labels),
            )
            for number in self._parts.site.numbers
            if not isinstance(number.target, ToEcho)
        ]

    @override
    def names(self) -> SiteNames:
        return site_names(self._parts.site)

    @override
    def call(self, call: CallId) -> CallFacts | None:
        if not self._floor.has_call(call):
            return None
        known = self._floor.call(call)
        return CallFacts(
            call=call,
            state=str(known.state),
            ani=known.ani,
            dnis=known.dnis,
            queue=known.queue or "",
            agent=known.agent,
            started_at=known.started_at,
            interaction_id=interaction_id(call, known.started_at),
            party_id=self._parts.callers.party_of(call),
        )

    @override
    async def why(self, call: CallId) -> Sequence[WhyOffer]:
        async with self._limit():
            return await self._parts.decisions.of(call)

    @override
    async def save_note(self, call: CallId, text: str) -> None:
        self._parts.notes.drafts[call] = text
        self._refresh(call)

    @override
    async def choose_party(self, call: CallId, party_id: str) -> None:
        known = self._floor.call(call)
        async with self._limit():
            caller = await self._parts.callers.choose(call, known.ani, party_id)
            if await self._recorded(call):
                async with self._parts.database.work(actor=known.agent or "system") as work:
                    await work.interactions.amend(call, party_id=party_id, verified=caller.verified)
                    await work.commit()
        self._refresh(call)

    @override
    async def finish_wrap_up(self, agent: AgentId, form: WrapUp) -> None:
        async with self._limit():
            await self._parts.recorder.stored(form.call)
            async with self._parts.database.work(actor=agent) as work:
                await wrap_up.finish(
                    work,
                    form.call,
                    disposition=form.disposition,
                    note=form.note,
                    follow_up=form.follow_up,
                    subject=form.subject,
                    due_at=form.due_at,
                    case_id=form.case_id,
                )
            self._parts.notes.take(form.call)  # the form holds it now
            if self._floor.agent(agent).call == form.call:  # else her time was over, or she went on
                await self._parts.engine.ask(
                    ask.FinishWrapUp(agent=agent, disposition=form.disposition)
                )

    @override
    def filed(self, agent: AgentId, call: CallId, disposition: str) -> None:
        self._parts.day.filed(agent, call, disposition)
        self._parts.desk.publish_today(agent)

    @override
    def figures(self) -> str:
        return self._parts.figures()

    @override
    def trunks(self) -> Sequence[TrunkFacts]:
        return self._parts.trunks.facts()

    @override
    def strangers(self) -> Sequence[StrangerFacts]:
        return self._parts.trunks.strangers()

    @property
    @override
    def draining(self) -> bool:
        return self._draining

    def drain(self) -> None:
        """The end was asked for: from now on nobody should be sent here."""
        self._draining = True

    @override
    async def health(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for component, check in self._parts.checks.items():
            try:
                async with asyncio.timeout(self._parts.patience.total_seconds()):
                    found[component] = await check()
            except TimeoutError:
                found[component] = "does not answer in time"
        return found

    async def _recorded(self, call: CallId) -> bool:
        async with self._parts.database.work() as work:
            return await work.interactions.of_call(call) is not None

    def _refresh(self, call: CallId) -> None:
        agent = self._floor.call(call).agent
        if agent is not None:
            self._parts.desk.refresh([agent])

    @asynccontextmanager
    async def _limit(self) -> AsyncIterator[None]:
        """Bound the wait, and say in the port's words what did not answer."""
        try:
            async with asyncio.timeout(self._parts.patience.total_seconds()):
                yield
        except (TelephonyError, TimeoutError) as error:
            raise Unavailable("telephony does not answer; try again") from error
        except StorageError as error:
            raise Unavailable("the customer base does not answer; try again") from error

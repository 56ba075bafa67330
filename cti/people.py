"""Agents, from the customer base's users to the floor's profiles."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from acd import commands as ask
from acd.commands import Command
from acd.floor import Floor
from acd.ids import AgentId, QueueId, SkillId
from acd.profile import AgentProfile
from crm_core.domain.user import User, UserRole
from crm_core.storage.database import Database
from cti.phones import Phones, desk_phone, registering_phone

if TYPE_CHECKING:
    from cti.call_control import PhoneSpec

SIP_URI: Final = "sip_uri"
"""The preference that holds the address of a user's SIP telephone."""
_ON_THE_FLOOR: Final = frozenset({UserRole.AGENT})


def profile_of(user: User) -> AgentProfile:
    """The floor's view of a user."""
    return AgentProfile(
        id=AgentId(user.id),
        name=user.name,
        skills={SkillId(skill): level for skill, level in user.skills.items()},
        queues=frozenset(QueueId(queue) for queue in user.queues),
    )


class People:
    """Keeps the floor's agents as the customer base has them."""

    def __init__(
        self,
        floor: Floor,
        database: Database,
        phones: Phones,
        command: Callable[[Command], Awaitable[object]],
    ) -> None:
        self._floor, self._database = floor, database
        self._phones, self._command = phones, command
        self._names: dict[str, str] = {}

    def name_of(self, user: str) -> str:
        """What a user is called, as far as it was read; also of who is no agent."""
        return self._names.get(user, user)

    async def define(self, agent: AgentId) -> None:
        """Read the agent anew, so that a changed skill counts from her next log-in."""
        async with self._database.work() as work:
            user = await work.users.find(agent)
        if user is not None:
            self._names[user.id] = user.name
        if user is not None and _ON_THE_FLOOR & set(user.roles):
            self._take_phone(user)
            await self._define(profile_of(user))

    def _take_phone(self, user: User) -> None:
        """The phone the user's record names; without one, what the site file says holds."""
        agent, uri = AgentId(user.id), user.preferences.get(SIP_URI)
        named: PhoneSpec | None = None
        if user.phone == "sip" and user.sip_digest:
            named = registering_phone(agent, user.sip_digest)
        elif user.phone == "sip" and isinstance(uri, str):
            named = desk_phone(agent, uri)
        self._phones.set_desk_phone(agent, named)

    async def look_at_phones(self) -> None:
        """Read who has a desk phone that registers: it does so before anybody signs in.

        Whoever is at work with another phone keeps that until the next log-in.
        """
        async with self._database.work() as work:
            users = await work.users.all()
        for user in users:
            agent = AgentId(user.id)
            if user.active and _ON_THE_FLOOR & set(user.roles):
                at_work = self._floor.has_agent(agent) and self._floor.agent(agent).signed_in
                if not at_work or self._phones.registers(agent):
                    self._take_phone(user)
            elif self._phones.registers(agent):
                self._phones.set_desk_phone(agent, None)

    async def define_all(self) -> None:
        """Define every active agent, so that the wallboard shows who is not here too."""
        async with self._database.work() as work:
            users = await work.users.all()
        self._names.update((user.id, user.name) for user in users)
        for user in users:
            if user.active and _ON_THE_FLOOR & set(user.roles):
                self._take_phone(user)
                await self._define(profile_of(user))

    async def _define(self, profile: AgentProfile) -> None:
        known = self._floor.has_agent(profile.id)
        if not known or self._floor.agent(profile.id).profile != profile:
            await self._command(ask.DefineAgent(agent=profile))

"""Agents' and demo callers' phones: pushed to Asterisk with a fresh secret, pushed again later.

Here is also known whether an agent's phone can be rung. A secret lives only here and in the
browser that asked for it.
"""

import hashlib
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from acd.ids import AgentId
from cti.ari.errors import TelephonyError
from cti.ari.events import Channel, Endpoint
from cti.ari.turns import Turns
from cti.call_control import REALM, CallControl, PhoneKind, PhoneSpec

log = logging.getLogger(__name__)

AGENT_CONTEXT: Final = "from-agents"
DESK_CONTEXT: Final = "from-desk-phones"
DEMO_CONTEXT: Final = "from-demo"
PREFIX: Final = "agent-"
CALLER_PREFIX: Final = "caller-"


def phone_id(agent: AgentId) -> str:
    """The PJSIP endpoint of an agent."""
    return f"{PREFIX}{agent}"


def agent_of(endpoint: str) -> AgentId | None:
    """Whose phone an endpoint is, or None if it is no agent's."""
    return AgentId(endpoint.removeprefix(PREFIX)) if endpoint.startswith(PREFIX) else None


def owner_of(leg: Channel) -> AgentId | None:
    """Whose phone this leg rings or talks on, or None if it is no agent's."""
    return agent_of(leg.name.removeprefix("PJSIP/").rpartition("-")[0])


def desk_phone(agent: AgentId, uri: str) -> PhoneSpec:
    """A SIP telephone at a fixed address; it has no secret, so it may be rung and no more."""
    return PhoneSpec(
        id=phone_id(agent),
        kind=PhoneKind.SIP,
        contact=uri,
        context=AGENT_CONTEXT,
        codecs=("ulaw", "alaw"),
        only_rung=True,
        shows_caller=True,
    )


def registering_phone(agent: AgentId, digest: str) -> PhoneSpec:
    """A SIP telephone that registers from wherever it is; it may also dial this site's numbers."""
    return PhoneSpec(
        id=phone_id(agent),
        kind=PhoneKind.SIP,
        digest=digest,
        context=DESK_CONTEXT,
        codecs=("g722", "ulaw", "alaw"),
        shows_caller=True,
    )


def sip_digest(agent: AgentId, secret: str) -> str:
    """What is kept of a desk phone's secret; SIP's digest is made of it (RFC 2617)."""
    text = f"{phone_id(agent)}:{REALM}:{secret}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class Phones:
    """The phones we pushed. ``desk_phones`` are those that the site description fixes."""

    def __init__(
        self,
        control: CallControl,
        *,
        secret: Callable[[], str],
        desk_phones: Mapping[AgentId, str],
        reach_changed: Callable[[AgentId, bool], None],
    ) -> None:
        self._control, self._secret = control, secret
        self._of_site = {agent: desk_phone(agent, uri) for agent, uri in desk_phones.items()}
        self._desk = dict(self._of_site)
        self._reach_changed = reach_changed
        self._pushed: dict[str, PhoneSpec] = {}
        self._turns = Turns()
        self._reachable: dict[AgentId, bool] = {}
        """What was heard of each phone; after a start nothing, so that the first word is told."""
        self._contacts: dict[AgentId, str] = {}
        """The address from which each agent's phone registered last, as far as it was heard."""
        self._left: set[str] = set()

    def set_desk_phone(self, agent: AgentId, named: PhoneSpec | None) -> None:
        """The agent talks through this SIP telephone, or (None) as the site says."""
        spec = self._of_site.get(agent) if named is None else named
        if spec is None:
            self._desk.pop(agent, None)
        else:
            self._desk[agent] = spec

    def reachable(self, agent: AgentId) -> bool:
        """Whether the agent's phone is registered or has a fixed contact."""
        return self._reachable.get(agent, False)

    def registers(self, agent: AgentId) -> bool:
        """Whether the agent has a desk phone that registers: it stays while nobody is signed in."""
        spec = self._desk.get(agent)
        return spec is not None and bool(spec.digest)

    async def push_registering(self) -> None:
        """Make desk phones that register known, and forget those that shall no longer.

        A failure is logged; the next time tries again.
        """
        wanted = {spec.id: spec for spec in self._desk.values() if spec.digest}
        for phone, spec in list(self._pushed.items()):
            if spec.digest and phone not in wanted:
                await self._remove(phone)
        for spec in wanted.values():
            if self._pushed.get(spec.id) != spec:
                try:
                    await self._push(spec)
                except TelephonyError as error:
                    log.warning("phone not pushed", extra={"why": type(error).__name__})

    def has_desk_phone(self, agent: AgentId) -> bool:
        """Whether the agent's phone is a SIP telephone and not her browser."""
        return agent in self._desk

    async def push_browser_phone(self, agent: AgentId, name: str) -> PhoneSpec:
        """Give the agent's browser a phone of its own with a secret nobody else has."""
        return await self._push(
            PhoneSpec(
                id=phone_id(agent),
                kind=PhoneKind.BROWSER,
                secret=self._secret(),
                context=AGENT_CONTEXT,
                caller_name=_plain(name),
                shows_caller=True,
            )
        )

    async def push_desk_phone(self, agent: AgentId) -> None:
        """Make the agent's desk phone known, if she has one."""
        spec = self._desk.get(agent)
        if spec is not None and (spec.contact or self._pushed.get(spec.id) != spec):
            await self._push(spec)
            if spec.contact:
                self.seen(agent, reachable=True)

    async def push_demo_caller(self, phone: str, number: str) -> PhoneSpec:
        """A browser phone that rings in as ``number``; it may ring the site's numbers only."""
        return await self._push(
            PhoneSpec(
                id=phone,
                kind=PhoneKind.BROWSER,
                secret=self._secret(),
                context=DEMO_CONTEXT,
                caller_number=number or "anonymous",
            )
        )

    async def signed_out(self, agent: AgentId) -> None:
        """Take the agent's phone away; a failure is logged. A desk phone may stay registered."""
        if self.registers(agent):
            return
        self.seen(agent, reachable=False)
        await self._remove(phone_id(agent))

    async def take_away(self, agent: AgentId) -> None:
        """Take the agent's phone away: its secret opens nothing any more."""
        self.seen(agent, reachable=False)
        await self._remove_now(phone_id(agent))

    async def _remove(self, phone: str) -> None:
        try:
            await self._remove_now(phone)
        except TelephonyError as error:
            log.warning("phone not removed", extra={"why": type(error).__name__})

    async def _remove_now(self, phone: str) -> None:
        async with self._turns.of(phone):
            self._pushed.pop(phone, None)  # unknown here if an earlier daemon pushed it
            await self._control.remove_phone(phone)

    async def push_desk_phones(self, agents: Iterable[AgentId]) -> None:
        """Make these agents' desk phones known; one that fails does not cost the others theirs."""
        for agent in agents:
            try:
                await self.push_desk_phone(agent)
            except TelephonyError as error:
                log.warning("phone not pushed", extra={"why": type(error).__name__})

    async def push_again(self, *, lost: bool) -> None:
        """Push the browsers' phones anew if Asterisk ``lost`` them. A failure is logged."""
        for spec in list(self._pushed.values()) if lost else ():
            if spec.contact:
                continue  # a desk phone: see ``push_desk_phones``
            try:
                await self._push(spec)
            except TelephonyError as error:
                log.warning("phone not pushed", extra={"why": type(error).__name__})

    async def look(self, *, sweep: bool = False) -> None:
        """Take over what Asterisk knows of the phones right now, and hear of them from now on.

        With ``sweep``, take away demo callers' phones whose page has gone.
        """
        phones = {phone.resource: phone for phone in await self._control.list_phones()}
        agents = {name: agent for name in phones if (agent := agent_of(name)) is not None}
        await self._control.watch_phones(list(agents))
        # Those that ring last: nobody shall be given their callers whose own phone is away.
        for name in sorted(agents, key=lambda name: bool(phones[name].channel_ids)):
            self.reported(agents[name], reachable=phones[name].state == "online")
        if sweep:
            await self._forget_left(phones.values())

    async def _forget_left(self, phones: Iterable[Endpoint]) -> None:
        """Remove callers' phones that nobody had the last time either, of earlier runs too.

        A page that is open is registered; one that is reloaded, or whose daemon was away, comes
        back before the next look. Each ring has a phone of its own, so none is missed.
        """
        left = {
            phone.resource
            for phone in phones
            if phone.resource.startswith(CALLER_PREFIX)
            and phone.state != "online"
            and not phone.channel_ids
        }
        for phone in left & self._left:
            await self._remove(phone)
        self._left = left

    def reported(self, agent: AgentId, *, reachable: bool) -> None:
        """Take Asterisk's word for a phone that registers; a fixed address is always there."""
        if not self.has_fixed_contact(agent):
            self.seen(agent, reachable=reachable)

    def contact_is(self, agent: AgentId, contact: str, *, reachable: bool) -> None:
        """Take Asterisk's word for one address of a phone.

        A page that takes over registers anew, and that the earlier page's address is gone may be
        told after that: it is no news of the phone.
        """
        if reachable:
            self._contacts[agent] = contact
        elif self._contacts.get(agent, contact) != contact:
            return
        self.reported(agent, reachable=reachable)

    def has_fixed_contact(self, agent: AgentId) -> bool:
        """Whether the agent's phone is at a known address and need not register."""
        spec = self._pushed.get(phone_id(agent))
        return spec is not None and bool(spec.contact)

    def seen(self, agent: AgentId, *, reachable: bool) -> None:
        """Note what Asterisk or the browser says of an agent's phone."""
        if self._reachable.get(agent) is not reachable:
            self._reachable[agent] = reachable
            self._reach_changed(agent, reachable)

    def all_lost(self) -> None:
        """Asterisk restarted: a phone that registers can be rung only when it has done so again."""
        for agent, reachable in list(self._reachable.items()):
            if reachable and not self.has_fixed_contact(agent):
                self.seen(agent, reachable=False)

    async def _push(self, spec: PhoneSpec) -> PhoneSpec:
        async with self._turns.of(spec.id):
            await self._control.push_phone(spec)
            self._pushed[spec.id] = spec
            if agent_of(spec.id) is not None:
                await self._control.watch_phones([spec.id])
        return spec


def _plain(name: str) -> str:
    """A display name without what would break a SIP header."""
    return "".join(c for c in name if c.isprintable() and c not in '"<>\\;')[:60]

"""What the desktop server needs of the daemon; ``cti.desktop_backend`` provides it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from acd.commands import Command
from acd.ids import AgentId, CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class IceServer:
    """STUN or TURN servers that take the same credential; STUN servers take none."""

    urls: Sequence[str]
    username: str = ""
    credential: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneCredentials:
    """What a browser phone needs to register. ``password`` is fresh at every log-in."""

    sip_user: str
    password: str
    domain: str
    display_name: str
    ice_servers: Sequence[IceServer] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoNumber:
    """A number one can ring in the demo; ``labels`` says what it is in each language."""

    number: str
    label: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkFacts:
    """How a way to a carrier is. ``since`` is None before Asterisk was looked at.

    Calls are refused when the number dialled is none of ours (``last_dialled`` is the latest), or
    when the carrier calls our account and names no number.
    """

    id: str
    state: str
    since: datetime | None
    cause: str
    refused_numbers: int
    refused_accounts: int
    last_dialled: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StrangerFacts:
    """An address that sent telephony ``messages`` and belongs to no trunk and no phone."""

    address: str
    messages: int
    last: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteNames:
    """What the site calls its queues, skills and numbers: id -> language -> text.

    Each has a text in every language of the pages.
    """

    queues: Mapping[str, Mapping[str, str]]
    skills: Mapping[str, Mapping[str, str]]
    numbers: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyLine:
    """One agent in a decision record; ``cause`` is a catalogue key with parameters."""

    agent: str
    name: str
    chosen: bool
    cause: str
    params: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyOffer:
    """One offer of a call: who was chosen, why, and why the others were not."""

    offer: str
    agent: str
    agent_name: str
    at: datetime
    ended: str
    waited_s: float
    queue_length: int
    needs: list[str]
    counts: dict[str, int]
    lines: list[WhyLine]
    sentence: str
    """The same in plain English, for logs of decisions and for the API's readers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFacts:
    """What the daemon knows of a call, live or recently ended."""

    call: CallId
    state: str
    ani: str
    dnis: str
    queue: str
    agent: AgentId | None
    started_at: datetime
    interaction_id: str
    party_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUp:
    """The agent's after-call form. ``follow_up`` is "", ``case`` or ``callback``."""

    call: CallId
    disposition: str
    note: str
    follow_up: str = ""
    subject: str = ""
    due_at: datetime | None = None
    case_id: str | None = None


class Backend(Protocol):
    """The floor and telephony, as far as the desktop may ask.

    ``ask`` raises ``acd.machine.Refused`` (or a subclass) when the floor refuses; the other
    verbs raise ``Unavailable`` when telephony cannot be reached within two seconds.
    """

    async def ask(self, command: Command) -> None:
        """Submit a command to the floor and wait until it is applied and journalled."""
        ...

    async def desktop_connected(self, agent: AgentId) -> None:
        """The agent's websocket is up: her topic is filled and she may be rung."""
        ...

    async def desktop_lost(self, agent: AgentId) -> None:
        """Her last websocket has been gone longer than the grace time."""
        ...

    async def phone_is(self, agent: AgentId, *, registered: bool) -> None:
        """The browser phone said whether it is registered."""
        ...

    async def issue_phone(self, agent: AgentId) -> PhoneCredentials:
        """Push the agent's phone to Asterisk with a fresh secret."""
        ...

    async def revoke_phone(self, agent: AgentId) -> None:
        """Take the browser phone from Asterisk: the session that had its secret is over."""
        ...

    async def rejoin(self, agent: AgentId, call: CallId) -> None:
        """Ring the agent back into the call she is in; refused unless it is hers."""
        ...

    async def issue_demo_caller(self, number: str) -> PhoneCredentials:
        """Push a demo caller's phone that rings in as ``number`` ("" for anonymous)."""
        ...

    def demo_numbers(self) -> Sequence[DemoNumber]:
        """The numbers of the demo; empty when the site is no demo."""
        ...

    def names(self) -> SiteNames:
        """What queues, skills and numbers are called."""
        ...

    def call(self, call: CallId) -> CallFacts | None:
        """Facts of a call, live or among the last thousand."""
        ...

    async def why(self, call: CallId) -> Sequence[WhyOffer]:
        """The decision records of a call, oldest first, of stored ones too."""
        ...

    async def save_note(self, call: CallId, text: str) -> None:
        """Keep the draft of the agent's note."""
        ...

    async def choose_party(self, call: CallId, party_id: str) -> None:
        """The agent chose or made the party of this call: link it, refresh the pop."""
        ...

    async def finish_wrap_up(self, agent: AgentId, form: WrapUp) -> None:
        """Write disposition, note and follow-up in one transaction, then finish the wrap-up."""
        ...

    def filed(self, agent: AgentId, call: CallId, disposition: str) -> None:
        """The form of a call that is over was filed or corrected: show it in the agent's day."""
        ...

    def figures(self) -> str:
        """Everything counted and measured, in Prometheus' text format; no personal data."""
        ...

    def trunks(self) -> Sequence[TrunkFacts]:
        """How the ways to the carriers are, in the order of the site description."""
        ...

    def strangers(self) -> Sequence[StrangerFacts]:
        """Who was turned away lately because its address is no trunk's, the busiest first."""
        ...

    @property
    def draining(self) -> bool:
        """Whether new calls are turned away, because the end was asked for."""
        ...

    async def health(self) -> dict[str, str]:
        """Component -> ``ok`` or a short reason why not."""
        ...


class Unavailable(Exception):
    """Telephony or the database did not answer in time; trying again may help."""

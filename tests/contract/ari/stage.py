"""One stage, three theatres: the fake in memory, the fake behind a socket, a real Asterisk.

Each has the same people: a caller who rings in, presses keys and hangs up, and an agent's phone.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import msgspec
from typing_extensions import override

from cti.ari.events import (
    ChannelCallerId,
    ChannelDestroyed,
    ChannelStateChange,
    Event,
    StasisStart,
)
from cti.call_control import CallControl, Commands, PhoneKind, PhoneSpec
from tests.eventually import until
from tests.fakes.asterisk import FakeAsterisk, PhoneManner
from tests.fakes.sip_phone import Dialog, SipPhone

AGENT = "agent-ana"
CALLER = "caller-1"
PATIENCE = 5.0
E_ = TypeVar("E_", bound=msgspec.Struct)
FOREVER = timedelta(hours=1)
LONG = timedelta(seconds=20)


class Log:
    """Events as they came; tests wait for one, never for a time."""

    def __init__(self) -> None:
        self.seen: list[Event] = []
        self._more = asyncio.Condition()

    async def listen(self, events: Any) -> None:
        async for event in events:
            async with self._more:
                self.seen.append(event)
                self._more.notify_all()

    def all(self, kind: type[E_]) -> list[E_]:
        return [event for event in self.seen if isinstance(event, kind)]

    async def first(self, kind: type[E_], which: Callable[[E_], bool] = lambda _: True) -> E_:
        """Return the first event of ``kind`` that fits, come or coming."""

        def found() -> E_ | None:
            return next((event for event in self.all(kind) if which(event)), None)

        async with asyncio.timeout(PATIENCE), self._more:
            await self._more.wait_for(lambda: found() is not None)
        event = found()
        assert event is not None
        return event


def told(event: Event) -> str:
    """Return an event of a channel in a few words."""
    words = [type(event).__name__]
    if isinstance(event, StasisStart):
        words += event.args
    elif isinstance(event, ChannelStateChange):
        words.append(event.channel.state)
    elif isinstance(event, ChannelDestroyed):
        words.append(str(event.cause))
    return " ".join(words)


class Stage(ABC):
    """What a contract test may use."""

    def __init__(self, commands: Commands) -> None:
        self.commands = commands
        self.control = CallControl(commands)
        self.log = Log()

    async def caller(self) -> str:
        """Let a caller ring in; returns her channel, claimed, not answered."""
        await self.ring_in()
        start = await self.log.first(StasisStart, lambda e: e.args[:1] == ["inbound"])
        await self.control.claim(start.channel.id)
        return start.channel.id

    async def ringing_agent(self, call: str) -> str:
        """Ring the agent's phone for ``call`` until it rings; returns the leg."""
        leg = f"{call}~1"
        await self.ring_agent(leg, call)
        await self.wait_rung()
        return leg

    async def ring_agent(self, leg: str, call: str, ring_for: timedelta = LONG) -> None:
        await self.control.ring_leg(
            leg,
            f"PJSIP/{AGENT}",
            caller_number="+15550100",
            caller_name="Ann Lee",
            ring_for=ring_for,
            call=call,
            headers={"X-Parley-Call": call},
        )

    async def talk(self) -> tuple[str, str, str]:
        """Bring a caller and the agent together; returns call, agent's leg, bridge."""
        call = await self.caller()
        await self.control.answer(call)
        await self.agent("rings")
        bridge = f"{call}~b"
        await self.control.create_bridge(bridge)
        leg = await self.ringing_agent(call)
        self.agent_answers()
        await self.log.first(StasisStart, lambda e: e.channel.id == leg)
        await self.control.join(bridge, call, leg)
        return call, leg, bridge

    async def rung_beforehand(self, manner: str = "rings") -> str:
        """Name the agent's phone for the next caller, who rings in; returns the leg dialled."""
        await self.agent(manner)
        await self.control.watch_phones([AGENT])
        await self.control.set_global("NEXT_PHONES_support", AGENT)
        await self.ring_in("5004")
        return (await self.log.first(ChannelCallerId)).channel.id

    async def handed_over(
        self, manner: str = "rings", *, ring_for: timedelta = LONG, music: bool = False
    ) -> str:
        """Let a caller ring in and hand her over to the agent, whose phone we watch."""
        call = await self.caller()
        await self.agent(manner)
        await self.control.watch_phones([AGENT])
        await self.control.hand_over(call, AGENT, 1, ring_for, music=music)
        return call

    async def ringing_for_her(self) -> tuple[str, str]:
        """Hand a caller over until the agent's phone rings; returns the call and the leg."""
        call = await self.handed_over()
        await self.wait_rung()
        return call, await self.dialled_leg(call, "Ringing")

    async def talking(self) -> tuple[str, str]:
        """Hand a caller over, and let the agent answer; returns the call and her leg."""
        call, _ = await self.ringing_for_her()
        self.agent_answers()
        leg = await self.dialled_leg(call, "Up")
        await until(lambda: self.joined(call, leg))
        return call, leg

    async def joined(self, *legs: str) -> bool:
        return any(set(legs) <= set(b.channels) for b in await self.control.list_bridges())

    async def dialled_leg(self, call: str, state: str, offer: int = 1) -> str:
        """Return the leg that Asterisk dialled for this offer, once it is in ``state``."""

        def fits(event: ChannelStateChange) -> bool:
            marks = event.channel.channelvars or {}
            return marks["PARLEY_OFFER"] == f"{call}~{offer}" and event.channel.state == state

        return (await self.log.first(ChannelStateChange, fits)).channel.id

    async def gone(self, leg: str) -> None:
        """Wait until a leg exists no more."""
        await until(lambda: self._is_gone(leg))

    async def _is_gone(self, leg: str) -> bool:
        return not await self.control.is_there(leg)

    def heard_of(self, leg: str) -> list[str]:
        """Return what was heard of one leg so far, in order; not whom it shows."""
        return [
            told(event)
            for event in self.log.seen
            if not isinstance(event, ChannelCallerId)
            and (channel := getattr(event, "channel", None)) is not None
            and channel.id == leg
        ]

    @abstractmethod
    async def ring_in(self, number: str = "5001") -> None: ...
    @abstractmethod
    async def agent(self, manner: str) -> None:
        """Plug in the agent's phone: rings, answers, busy, refuses."""

    @abstractmethod
    def contact(self) -> str:
        """Return where the agent's phone is."""

    @abstractmethod
    async def wait_rung(self) -> None: ...
    @abstractmethod
    def name_shown(self) -> str:
        """Return whom the agent's ringing phone shows."""

    @abstractmethod
    def agent_answers(self) -> None: ...
    @abstractmethod
    def agent_hangs_up(self) -> None: ...
    @abstractmethod
    def caller_hangs_up(self) -> None: ...
    @abstractmethod
    def caller_presses(self, digits: str) -> None: ...
    @abstractmethod
    async def agent_registers(self, secret: str) -> None:
        """Let the agent's pushed phone register, or with no secret sign off."""

    @abstractmethod
    async def agent_moves(self, secret: str) -> None:
        """Let the agent's phone register from another address without signing off."""

    @abstractmethod
    def let_pass(self, time: timedelta) -> None:
        """Where time is ours, let it pass; a real Asterisk needs no help."""


class FakeStage(Stage):
    """The fake, with or without a socket before it."""

    def __init__(self, fake: FakeAsterisk, commands: Commands | None = None) -> None:
        super().__init__(commands or fake)
        self.fake = fake
        self._call = ""
        fake.straight = {"5004": "support"}

    @override
    async def ring_in(self, number: str = "5001") -> None:
        self._call = self.fake.caller_rings("+15550100", dnis=number, name="Ann Lee")

    @override
    async def agent(self, manner: str) -> None:
        spec = PhoneSpec(id=AGENT, kind=PhoneKind.SIP, contact=self.contact())
        await self.control.push_phone(spec)
        self.fake.phone(AGENT, PhoneManner[manner.upper()])

    @override
    def contact(self) -> str:
        return "sip:agent-ana@127.0.0.1:5062"

    @override
    async def wait_rung(self) -> None:
        await until(self._rung)

    async def _rung(self) -> bool:
        return bool(self.fake.ringing())

    @override
    def name_shown(self) -> str:
        return self.fake.channels[self.fake.ringing()[0]].caller_name

    @override
    def agent_answers(self) -> None:
        self.fake.answer(self.fake.ringing()[0])

    @override
    def agent_hangs_up(self) -> None:
        self.fake.hang_up(self.fake.agents_leg(self._call))

    @override
    def caller_hangs_up(self) -> None:
        self.fake.hang_up(self._call)

    @override
    def caller_presses(self, digits: str) -> None:
        self.fake.press(self._call, digits)

    @override
    async def agent_registers(self, secret: str) -> None:
        (self.fake.phone_comes if secret else self.fake.phone_goes)(AGENT)

    @override
    async def agent_moves(self, secret: str) -> None:
        self.fake.phone_moves(AGENT, "sip:elsewhere@127.0.0.1")

    @override
    def let_pass(self, time: timedelta) -> None:
        self.fake.advance(time)


class RealStage(Stage):
    """A private Asterisk and two small SIP phones."""

    def __init__(self, commands: Commands, sip_port: int) -> None:
        super().__init__(commands)
        self._server = ("127.0.0.1", sip_port)
        self._phones: list[SipPhone] = []
        self._call: Dialog | None = None
        self._secret = ""
        self.caller_phone: SipPhone | None = None
        self.agent_phone: SipPhone | None = None

    def close(self) -> None:
        for phone in self._phones:
            phone.close()

    async def _plug_in(self, name: str, manner: str, context: str) -> SipPhone:
        phone = await SipPhone.open(self._server, name, manner)
        phone.forwards_to = "sip:5004@127.0.0.1"
        self._phones.append(phone)
        await self.control.push_phone(
            PhoneSpec(id=name, kind=PhoneKind.SIP, contact=phone.contact, context=context)
        )
        return phone

    @override
    async def ring_in(self, number: str = "5001") -> None:
        if self.caller_phone is None:
            self.caller_phone = await self._plug_in(CALLER, "rings", "from-demo")
        self._call = await self.caller_phone.dial(number)

    @override
    async def agent(self, manner: str) -> None:
        self.agent_phone = await self._plug_in(AGENT, manner, "from-agents")

    @override
    def contact(self) -> str:
        assert self.agent_phone is not None
        return self.agent_phone.contact

    @override
    async def wait_rung(self) -> None:
        assert self.agent_phone is not None
        await self.agent_phone.wait_rung()

    @override
    def name_shown(self) -> str:
        assert self.agent_phone is not None
        invite = self.agent_phone.last.invite
        assert invite is not None
        return invite["From"].partition("<")[0].strip(' "')

    @override
    def agent_answers(self) -> None:
        assert self.agent_phone is not None
        self.agent_phone.answer()

    @override
    def agent_hangs_up(self) -> None:
        assert self.agent_phone is not None
        self.agent_phone.hang_up()

    @override
    def caller_hangs_up(self) -> None:
        assert self.caller_phone is not None
        self.caller_phone.hang_up(self._call)

    @override
    def caller_presses(self, digits: str) -> None:
        assert self.caller_phone is not None
        self.caller_phone.press(digits, self._call)

    @override
    async def agent_registers(self, secret: str) -> None:
        if self.agent_phone is None:
            self.agent_phone = await SipPhone.open(self._server, AGENT)
            self._phones.append(self.agent_phone)
        expires = 300 if secret else 0
        self._secret = secret or self._secret
        assert await self.agent_phone.register(self._secret, expires=expires) == 200

    @override
    async def agent_moves(self, secret: str) -> None:
        self.agent_phone = None
        await self.agent_registers(secret)

    @override
    def let_pass(self, time: timedelta) -> None:
        """Real time passes by itself."""

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

from cti.ari.events import Event, StasisStart
from cti.call_control import CallControl, Commands, PhoneKind, PhoneSpec
from tests.fakes.asterisk import FakeAsterisk, PhoneManner
from tests.fakes.sip_phone import Dialog, SipPhone

AGENT = "agent-ana"
CALLER = "caller-1"
PATIENCE = 5.0
E_ = TypeVar("E_", bound=msgspec.Struct)
FOREVER = timedelta(hours=1)


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

    async def ring_agent(
        self, leg: str, call: str, ring_for: timedelta = timedelta(seconds=20)
    ) -> None:
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

    @abstractmethod
    async def ring_in(self) -> None: ...
    @abstractmethod
    async def agent(self, manner: str) -> None:
        """Plug in the agent's phone: rings, answers, busy, refuses."""

    @abstractmethod
    async def wait_rung(self) -> None: ...
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
    def let_pass(self, time: timedelta) -> None:
        """Where time is ours, let it pass; a real Asterisk needs no help."""


class FakeStage(Stage):
    """The fake, with or without a socket before it."""

    def __init__(self, fake: FakeAsterisk, commands: Commands | None = None) -> None:
        super().__init__(commands or fake)
        self.fake = fake
        self._call = ""

    @override
    async def ring_in(self) -> None:
        self._call = self.fake.caller_rings("+15550100", dnis="5001", name="Ann Lee")

    @override
    async def agent(self, manner: str) -> None:
        contact = "sip:agent-ana@127.0.0.1:5062"
        await self.control.push_phone(PhoneSpec(id=AGENT, kind=PhoneKind.SIP, contact=contact))
        self.fake.phone(AGENT, PhoneManner[manner.upper()])

    @override
    async def wait_rung(self) -> None:
        assert self.fake.ringing()

    @override
    def agent_answers(self) -> None:
        self.fake.answer(self.fake.ringing()[0])

    @override
    def agent_hangs_up(self) -> None:
        self.fake.hang_up(f"{self._call}~1")

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
        self._phones.append(phone)
        await self.control.push_phone(
            PhoneSpec(id=name, kind=PhoneKind.SIP, contact=phone.contact, context=context)
        )
        return phone

    @override
    async def ring_in(self) -> None:
        self.caller_phone = await self._plug_in(CALLER, "rings", "from-demo")
        self._call = await self.caller_phone.dial("5001")

    @override
    async def agent(self, manner: str) -> None:
        self.agent_phone = await self._plug_in(AGENT, manner, "from-agents")

    @override
    async def wait_rung(self) -> None:
        assert self.agent_phone is not None
        await self.agent_phone.wait_rung()

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
    def let_pass(self, time: timedelta) -> None:
        """Real time passes by itself."""

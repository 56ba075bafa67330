"""An Asterisk in memory that speaks ARI: channels, bridges, playbacks, phones, and faults.

``FakeAsterisk`` is driven from two sides. The program under test uses ``request`` and ``events``
as of ``AriClient``. The test plays the people: ``caller_rings``, ``press``, ``answer`` a phone,
``hang_up``, ``advance`` the clock. Nothing happens by itself, nothing sleeps, nothing is random.
The same contract suite (tests/contract/ari) runs on this and on a real Asterisk.
"""

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

import msgspec

from cti.ari.errors import Disconnected, TelephonyError, TimedOut, error_for
from cti.ari.events import Event
from cti.ari.settings import ALLOWED
from tests.fakes.asterisk_dial import OFFER, REGION, SAFETY_NET, part, rings_next
from tests.fakes.asterisk_model import (
    START,
    AriRefusal,
    FakeChannel,
    FakePhone,
    FakePlayback,
    Fault,
    PhoneManner,
    Request,
)
from tests.fakes.asterisk_rest import reply_to

__all__ = ["START", "AriRefusal", "FakeAsterisk", "PhoneManner", "Request"]


async def _nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True)
class _Told:
    """The outcome of a command that was sent."""

    outcome: Any

    def __await__(self) -> Generator[Any, Any, Any]:
        yield from asyncio.sleep(0).__await__()
        if isinstance(self.outcome, TelephonyError):
            raise self.outcome
        return self.outcome


class FakeAsterisk:
    """One Asterisk with one application, ``parley`` unless told otherwise."""

    def __init__(self, *, app: str = "parley", system: str = "parley") -> None:
        self.app, self._system = app, system
        self.now = START
        self.channels: dict[str, FakeChannel] = {}
        self.bridges: dict[str, list[str]] = {}
        self.playbacks: dict[str, FakePlayback] = {}
        self.phones: dict[str, FakePhone] = {}
        self.watched: set[str] = set()
        """Phones of whose legs the application hears."""
        self._addresses: dict[str, str] = {}
        self.global_variables: dict[str, str] = {}
        self.identified: dict[str, str] = {}
        """Addresses that are taken for an endpoint of their own, by the name of the rule."""
        self.straight: dict[str, str] = {}
        """Queue by number, of the numbers that lead to a queue without a menu."""
        self.requests: list[Request] = []
        self.hung_up: dict[str, int] = {}
        """Cause of each leg that ended."""
        self.farewells: dict[str, str] = {}
        """What each caller heard last for whom there was no agent: ``<prompt>~<language>``."""
        self.playback_lasts = timedelta(seconds=3)
        self.on_connected: Callable[[], Awaitable[None]] = _nothing
        self.on_disconnected: Callable[[], Awaitable[None]] = _nothing
        self.on_event: Callable[[Event], None] | None = None
        """Unused: here every event waits until it is asked for."""
        self.connected = True
        self.emitted: list[dict[str, Any]] = []
        """Every event as JSON, also those that nobody listened to."""
        self.listeners: list[Callable[[dict[str, Any]], None]] = []
        self._queue: asyncio.Queue[Event] = asyncio.Queue()
        self._faults: list[Fault] = []
        self._duplicated: set[str] = set()
        self._lost: set[str] = set()
        self._held: deque[dict[str, Any]] | None = None
        self._serial = 0
        self.boots = 1

    # -- what AriClient offers ----------------------------------------------------------------

    async def events(self) -> AsyncIterator[Event]:
        """Yield events as AriClient does."""
        while True:
            yield await self._queue.get()

    def pending_events(self) -> list[Event]:
        """Take all events that wait, without waiting: for tests that drive by hand."""
        taken = []
        while not self._queue.empty():
            taken.append(self._queue.get_nowait())
        return taken

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        lane: str = "",
        timeout: timedelta | None = None,
    ) -> Awaitable[Any]:
        """Do one command at once; its outcome is told a turn later."""
        if not self.connected:
            raise Disconnected(f"{method} {path}")
        try:
            return _Told(self._answer(method, path, query or {}, body, lane))
        except TelephonyError as error:
            return _Told(error)

    def _answer(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Mapping[str, Any] | None,
        lane: str,
    ) -> Any:
        if not self.connected:
            raise Disconnected(f"{method} {path}")
        fault = self._fault_for(f"{method} {path}")
        if fault is not None and not fault.done_anyway:
            self.requests.append(Request(method, path, query, body, lane))
            raise fault.error(f"{method} {path}")
        try:
            reply = self.handle(method, path, query, body, lane)
        except AriRefusal as refusal:
            raise error_for(f"{method} {path}", refusal.status, refusal.reason) from None
        if fault is not None:
            raise fault.error(f"{method} {path}")
        return reply

    def handle(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Mapping[str, Any] | None,
        lane: str = "",
    ) -> Any:
        """Do one command; raises AriRefusal. Parameters may be in the query or in the body."""
        merged = {**{k: str(v) for k, v in (body or {}).items() if isinstance(v, str)}, **query}
        request = Request(method, path, merged, body, lane)
        self.requests.append(request)
        return reply_to(self, request)

    # -- the people ---------------------------------------------------------------------------

    def caller_rings(
        self,
        number: str = "+15550100",
        *,
        dnis: str = "100",
        name: str = "",
        call: str = "",
        phone: str = "trunk",
        args: Sequence[str] | None = None,
        region: str = "",
    ) -> str:
        """Let a caller ring in, as a rule through the trunk; returns the id of her channel."""
        leg = call or self.new_id()
        channel = FakeChannel(
            id=leg,
            name=f"PJSIP/{phone}-{len(self.requests):08x}",
            state="Ring",
            number=number,
            caller_name=name,
            dnis=dnis,
            created=self.now,
            variables={REGION: region} if region else {},
        )
        self.channels[leg] = channel
        if dnis in self.straight and rings_next(self, channel, self.straight[dnis]):
            return leg
        if self.connected or self.listeners:
            self.enter(channel, self.app, tuple(args or ("inbound", dnis)))
        else:
            channel.context = SAFETY_NET
        return leg

    def press(self, leg: str, digits: str) -> None:
        """Let the person on ``leg`` press keys."""
        channel, told = self.channels[leg], self.channel_json(leg)
        for digit in digits:
            self.tell_of(channel, "ChannelDtmfReceived", digit=digit, duration_ms=100, channel=told)

    def lapse(self, leg: str) -> None:
        """Let the dialplan's clock run out: the caller goes from the application to the net."""
        channel = self.channels[leg]
        self.leave_bridge(channel)
        channel.in_stasis, channel.context, channel.moh = False, SAFETY_NET, ""
        self.emit("StasisEnd", channel=self.channel_json(leg))

    def hang_up(self, leg: str, cause: int = 16) -> None:
        """Let the person on ``leg`` hang up (or, ringing, refuse: cause 21; busy: 17)."""
        if leg in self.channels:
            self.destroy(leg, cause)

    def answer(self, leg: str) -> None:
        """Let the person whose phone rings as ``leg`` answer."""
        channel = self.channels[leg]
        if channel.state != "Up":
            channel.state, channel.rings_until = "Up", None
            self.tell_of(channel, "ChannelStateChange", channel=self.channel_json(leg))
            if channel.dialled_by:
                caller = self.channels[channel.dialled_by]
                caller.state, caller.moh = "Up", ""
            else:
                self.enter(channel, channel.app, channel.args)

    def press_hold(self, leg: str) -> None:
        """Let the person press hold on her own telephone."""
        self.tell_of(self.channels[leg], "ChannelHold", channel=self.channel_json(leg))

    def press_unhold(self, leg: str) -> None:
        self.tell_of(self.channels[leg], "ChannelUnhold", channel=self.channel_json(leg))

    def finish_playback(self, playback: str) -> None:
        """Let a playback come to its end now."""
        self.end_playback(playback)

    def phone(self, phone: str, manner: PhoneManner = PhoneManner.RINGS) -> FakePhone:
        """Decide how a phone behaves; it exists from now on, pushed or not."""
        made = self.phones.setdefault(phone, FakePhone(phone))
        made.manner = manner
        return made

    def phone_comes(self, phone: str) -> None:
        """Let a pushed phone register."""
        self.phone(phone, PhoneManner.RINGS)
        self._contact(phone, "NonQualified")

    def phone_moves(self, phone: str, address: str) -> None:
        """Let a phone register from another address; that the earlier one is gone comes after."""
        before = self._addresses.get(phone, "")
        self._contact(phone, "NonQualified", address)
        self._contact(phone, "Removed", before)
        self._addresses[phone] = address

    def phone_goes(self, phone: str) -> None:
        """Let a phone vanish from the net."""
        self.phone(phone, PhoneManner.UNREACHABLE)
        self._contact(phone, "Removed")

    def agents_leg(self, caller: str) -> str:
        """Return the latest leg that rings or talks for this caller."""
        return [c.id for c in self.channels.values() if c.made_for.startswith(f"{caller}~")][-1]

    def talks(self) -> dict[str, str]:
        """Return who talks with whom: callers and the legs of their agents."""
        talks = {c.dialled_by: c.id for c in self.channels.values() if c.dialled_by}
        talks = {caller: leg for caller, leg in talks.items() if self.channels[leg].state == "Up"}
        for legs in self.bridges.values():
            agents = [leg for leg in legs if "~" in self.channels[leg].made_for]
            callers = [leg for leg in legs if leg not in agents]
            talks |= dict(zip(callers, agents, strict=False))
        return talks

    def ringing(self) -> list[str]:
        """Return the legs that ring at somebody's phone now."""
        return [c.id for c in self.channels.values() if c.state == "Ringing"]

    def advance(self, by: timedelta) -> None:
        """Let time pass: playbacks end, unanswered phones stop ringing, in the right order."""
        until = self.now + by
        while True:
            due = [(p.ends, 0, p.id) for p in self.playbacks.values() if p.ends <= until]
            due += [
                (c.rings_until, 1, c.id)
                for c in self.channels.values()
                if c.rings_until is not None and c.rings_until <= until
            ]
            if not due:
                break
            self.now, kind, what = min(due)
            if kind == 0:
                self.end_playback(what)
            else:
                self.destroy(what, 0 if self.channels[what].dialled_by else 19)
        self.now = until

    # -- faults -------------------------------------------------------------------------------

    def fail(
        self,
        pattern: str,
        *,
        status: int = 0,
        error: type[TelephonyError] = TimedOut,
        times: int = 1,
        done_anyway: bool = False,
    ) -> None:
        """Fail the next ``times`` requests matching ``METHOD path``; by status or by error.

        ``done_anyway``: the command is carried out, only its reply is lost.
        """

        def make(what: str) -> TelephonyError:
            return error_for(what, status, "injected") if status else error(what)

        self._faults.append(Fault(re.compile(pattern), make, times, done_anyway))

    def duplicate(self, *kinds: str) -> None:
        """Send every event of these kinds twice from now on."""
        self._duplicated.update(kinds)

    def lose(self, *kinds: str) -> None:
        """Send no event of these kinds from now on."""
        self._lost.update(kinds)

    def hold_events(self) -> None:
        """Keep events back until ``release_events``."""
        self._held = self._held if self._held is not None else deque()

    def release_events(self, order: Random | None = None) -> None:
        """Send what was kept back; with ``order``, shuffled by it."""
        held, self._held = list(self._held or ()), None
        if order is not None:
            order.shuffle(held)
        for event in held:
            self._send(event)

    def drop_socket(self) -> None:
        """Cut the websocket: events are lost, commands fail, channels live on."""
        self.connected = False

    async def come_back(self) -> None:
        """Let the websocket connect again and the program reconcile."""
        self.connected = True
        await self.on_connected()

    def restart(self) -> None:
        """Kill Asterisk: channels, bridges and pushed phones are gone, without a word."""
        self.connected = False
        self.boots += 1
        self.channels.clear()
        self.bridges.clear()
        self.playbacks.clear()
        self.phones.clear()
        self.watched.clear()

    def leftovers(self) -> list[str]:
        """Return what still exists: channels, bridges, playbacks. Empty after a clean call."""
        return [*self.channels, *self.bridges, *self.playbacks]

    # -- inside -------------------------------------------------------------------------------

    def new_id(self) -> str:
        """Return an id as Asterisk makes them."""
        self._serial += 1
        return f"{self._system}-{int(START.timestamp())}.{self._serial}"

    def tell_of(self, leg: FakeChannel, kind: str, **fields: Any) -> None:
        """Send an event of a leg if the application hears of it: twice, if by leg and by phone."""
        by_leg, by_phone = leg.originated or leg.in_stasis, leg.watched or leg.phone in self.watched
        for _ in range(by_leg + by_phone):
            self.emit(kind, **fields)

    def unwatch(self, phone: str) -> None:
        """Forget who watched a phone that is made anew or removed; its legs are still told of."""
        if phone in self.watched:
            self.watched.discard(phone)
            for leg in self.channels.values():
                leg.watched = leg.watched or leg.phone == phone

    def emit(self, kind: str, **fields: Any) -> None:
        """Send one event, unless a fault keeps it."""
        event = {
            "type": kind,
            "application": self.app,
            "timestamp": self._time(self.now),
            "asterisk_id": "fake",
            **fields,
        }
        self.emitted.append(event)
        if kind in self._lost:
            return
        for _ in range(2 if kind in self._duplicated else 1):
            if self._held is not None:
                self._held.append(event)
            else:
                self._send(event)

    def _send(self, event: dict[str, Any]) -> None:
        for listener in self.listeners:
            listener(event)
        if self.connected and event["type"] in ALLOWED:
            self._queue.put_nowait(msgspec.convert(event, Event))

    def _time(self, at: datetime) -> str:
        return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}+0000"

    def _fault_for(self, what: str) -> Fault | None:
        for fault in self._faults:
            if fault.times > 0 and fault.pattern.search(what):
                fault.times -= 1
                return fault
        return None

    def enter(self, channel: FakeChannel, app: str, args: tuple[str, ...]) -> None:
        channel.in_stasis, channel.app, channel.args = True, app, args
        self.emit("StasisStart", args=list(args), channel=self.channel_json(channel.id))

    def destroy(self, leg: str, cause: int, *, ordered: bool = False) -> None:
        """End a leg, because its person did or because a command ``ordered`` it."""
        channel = self.channels[leg]
        for playback in [p.id for p in self.playbacks.values() if p.channel == leg]:
            self.end_playback(playback, "failed")
        self.leave_bridge(channel)
        last = self.channel_json(leg)
        del self.channels[leg]
        self.hung_up[leg] = cause
        if channel.in_stasis:
            self.emit("StasisEnd", channel=last)
        # Unless it was originated, a channel is unsubscribed when it leaves Stasis.
        channel.in_stasis = False
        self.tell_of(channel, "ChannelDestroyed", cause=cause, cause_txt=str(cause), channel=last)
        part(self, channel, cause, ordered=ordered)

    def leave_bridge(self, channel: FakeChannel) -> None:
        bridge, channel.bridge = channel.bridge, ""
        if bridge:
            self.bridges[bridge].remove(channel.id)
            self.emit(
                "ChannelLeftBridge",
                bridge=self.bridge_json(bridge),
                channel=self.channel_json(channel.id),
            )

    def end_playback(self, playback: str, state: str = "done") -> None:
        ended = self.playbacks.pop(playback)
        self.emit("PlaybackFinished", playback=self.playback_json(ended, state))

    def _contact(self, phone: str, status: str, address: str = "") -> None:
        if phone not in self.watched:
            return
        gone = self.phones[phone].manner is PhoneManner.UNREACHABLE
        endpoint: dict[str, Any] = {
            "technology": "PJSIP",
            "resource": phone,
            "state": "offline" if gone else "online",
            "channel_ids": [],
        }
        uri = address or self._addresses.get(phone, f"sip:{phone}@127.0.0.1")
        info = {"uri": uri, "contact_status": status, "aor": phone}
        self.emit("ContactStatusChange", endpoint=endpoint, contact_info=info)

    def channel_json(self, leg: str) -> dict[str, Any]:
        channel = self.channels[leg]
        whose = {"name": channel.caller_name, "number": channel.number}
        return {
            "id": channel.id,
            "name": channel.name,
            "state": channel.state,
            "protocol_id": "",
            "caller": {"name": "", "number": channel.dialled} if channel.dialled else whose,
            "connected": whose if channel.dialled else {"name": "", "number": ""},
            "accountcode": "",
            "dialplan": {
                "context": channel.context,
                "exten": channel.dialled or channel.dnis or "s",
                "priority": 1,
                "app_name": "Stasis",
                "app_data": ",".join((channel.app, *channel.args)),
            },
            "creationtime": self._time(channel.created),
            "language": channel.language,
            "channelvars": {name: channel.variables.get(name, "") for name in (OFFER, REGION)},
        }

    def bridge_json(self, bridge: str) -> dict[str, Any]:
        return {
            "id": bridge,
            "technology": "simple_bridge",
            "bridge_type": "mixing",
            "bridge_class": "stasis",
            "creator": "Stasis",
            "name": bridge,
            "channels": list(self.bridges[bridge]),
            "creationtime": self._time(self.now),
            "video_mode": "talker",
        }

    def playback_json(self, playback: FakePlayback, state: str) -> dict[str, Any]:
        return {
            "id": playback.id,
            "media_uri": playback.media[-1],
            "target_uri": f"channel:{playback.channel}",
            "language": playback.language,
            "state": state,
        }

    def stasis_channel(self, leg: str, *, missing: int = 404) -> FakeChannel:
        """Return a channel that is in the application, or refuse as ARI does."""
        channel = self.channels.get(leg)
        if channel is None:
            raise AriRefusal(missing, "Channel not found")
        if not channel.in_stasis:
            raise AriRefusal(422 if missing == 400 else 409, "Channel not in Stasis application")
        return channel

"""Verbs on legs, bridges and phones: what the floor's decisions mean to Asterisk.

Every verb may be repeated: ids are ours, so what exists already is as good as made, and what is
gone already is as good as torn down. Requests about one call share a lane (they keep their order)
and operations on one bridge take turns, because Asterisk is hurt by two at once.
"""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from math import ceil
from typing import Any, Final, Protocol

import msgspec

from cti.ari.errors import Conflict, Disconnected, Gone, TimedOut
from cti.ari.events import Bridge, Channel, Endpoint
from cti.ari.turns import Turns
from telephony_config.render import FLOODED

APP: Final = "parley"
DEFAULT_CODECS: Final = ("opus", "ulaw", "alaw")
WATCHED_AT_ONCE: Final = 100
"""Phones named in one request, so that no address gets too long."""
RING_CONTEXT: Final = "parley-ring"
FAREWELL_CONTEXT: Final = "parley-farewell"
IDENTIFY: Final = "asterisk/config/dynamic/res_pjsip/identify"
TAKE_ENDPOINT: Final = "Local/take@parley-hand"
FOR_GOOD: Final = timedelta()
"""No lease: the clock of a leg is stopped."""

REALM: Final = "parley"
"""In which phones prove themselves; ``default_realm`` of pjsip.conf.j2."""

ASKED_EVERY: Final = "20"
"""Seconds between two questions to a desk phone that has registered whether it is there."""

ANSWERS_WITHIN: Final = "3.0"

SILENT_FOR: Final = "30"
"""Seconds without sound from a browser after which Asterisk hangs up: closed laptops say no BYE."""

WEBSOCKET: Final = "transport-ws"
"""Asterisk rings browser phones over nothing else; see ``parley-door`` for what they may send."""


class Commands(Protocol):
    """What can carry a request to Asterisk: ``AriClient``, or the fake."""

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
        """Send one command at once; await what came of it.

        Raises ``cti.ari.errors.TelephonyError``, at once if it cannot be sent.
        """


class HangUpCause(StrEnum):
    """Why a leg is ended, in ARI's words."""

    NORMAL = "normal"
    BUSY = "busy"
    CONGESTION = "congestion"
    ANSWERED_ELSEWHERE = "answered_elsewhere"


class PhoneKind(StrEnum):
    """A browser over WebRTC, or a SIP telephone."""

    BROWSER = "browser"
    SIP = "sip"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneSpec:
    """A phone to be made known to Asterisk. Without a contact it registers with its secret."""

    id: str
    kind: PhoneKind
    secret: str = field(default="", repr=False)
    digest: str = field(default="", repr=False)
    """In place of the secret: MD5 of the phone's id, ``REALM`` and the secret."""
    contact: str = ""
    context: str = "agents"
    caller_name: str = ""
    caller_number: str = ""
    codecs: tuple[str, ...] = DEFAULT_CODECS
    language: str = "en"
    max_contacts: int = 1
    only_rung: bool = False
    """It can be rung but rings nobody: without a secret, anybody could speak in its name."""
    shows_caller: bool = False
    """It is an agent's, and told who is at the other end. A caller's is not."""

    def __post_init__(self) -> None:
        if not self.id or set(self.id) & set("/@:; \r\n"):
            raise ValueError(f"phone {self.id!r}: an id of letters, digits, '-' and '_' is needed")
        if not self.secret and not self.digest and not self.contact:
            raise ValueError(f"phone {self.id}: give a secret to register with, or a contact")
        if any(set(text) & set('"\r\n<>;') for text in (self.caller_name, self.caller_number)):
            raise ValueError(f"phone {self.id}: its caller id holds quotes, brackets or newlines")


def call_of(leg_or_bridge: str) -> str:
    """Return the call that an id of ours belongs to: all before the ``~``."""
    return leg_or_bridge.partition("~")[0]


def plain(name: str, number: str) -> tuple[str, str]:
    """Return name and number, freed of what would break a SIP header, as long as phones show."""
    clean = "".join(c for c in name if c.isprintable() and c not in '"<>\\;').strip()[:60]
    return clean, "".join(c for c in number if c.isascii() and (c.isalnum() or c in "+*#"))[:32]


def caller_id(name: str, number: str) -> str:
    """Return ``"name" <number>``, both plain; the brackets keep ``anonymous`` from being a name."""
    name, number = plain(name, number)
    address = f"<{number}>" if number else ""
    return f'"{name}" {address}'.rstrip() if name else address


class CallControl:
    """The verbs. Errors other than *gone* reach the caller as ``TelephonyError``."""

    def __init__(self, commands: Commands, *, app: str = APP) -> None:
        self._commands, self._app = commands, app
        self._turns = Turns()
        self._in_doubt: set[str] = set()
        """Playbacks whose request got no reply: Asterisk would queue a repeated id twice."""

    # -- legs --------------------------------------------------------------------------------

    async def answer(self, leg: str) -> None:
        """Pick up the caller; raises Gone when she hung up first."""
        await self._leg("POST", leg, "answer")

    async def show_caller(self, leg: str, name: str, number: str) -> None:
        """Let the phone that will ring for this caller show who she is."""
        await self.set_variables(leg, {"CALLERID(all)": caller_id(name, number)})

    async def claim(self, leg: str, lease: timedelta = FOR_GOOD) -> None:
        """Set the dialplan's clock that leads to the safety net; ``FOR_GOOD`` stops it."""
        await self.set_variables(leg, {"TIMEOUT(absolute)": str(ceil(lease.total_seconds()))})

    async def ring(self, leg: str) -> None:
        """Let the caller hear ringing without answering."""
        await self._leg("POST", leg, "ring")

    async def ring_leg(
        self,
        leg: str,
        endpoint: str,
        *,
        caller_number: str,
        caller_name: str,
        ring_for: timedelta,
        call: str,
        headers: Mapping[str, str] | None = None,
        language: str = "",
    ) -> None:
        """Ring ``endpoint`` as leg ``leg``; it enters our application when it is answered.

        Nobody answers within ``ring_for``, or the phone cannot ring: the leg is destroyed with
        its cause. A leg that rings already is left ringing.
        """
        variables = {
            f"PJSIP_HEADER(add,{name})": "".join(c for c in value if c.isprintable())
            for name, value in (headers or {}).items()
        }
        if language:
            variables["CHANNEL(language)"] = language
        query = {
            "endpoint": endpoint,
            "app": self._app,
            "appArgs": f"agent,{leg}",
            "callerId": caller_id(caller_name, caller_number),
            "timeout": str(max(1, ceil(ring_for.total_seconds()))),
            "originator": call,
        }
        body = {"variables": variables} if variables else None
        try:
            # A lane of its own: what else is under way for the call need not wait for a slow verb.
            await self._do("POST", f"channels/{leg}", lane=leg, query=query, body=body)
        except Conflict as error:
            if error.status != 409:
                raise

    async def hang_up(self, leg: str, cause: HangUpCause = HangUpCause.NORMAL) -> None:
        """End a leg, ringing or talking; one that is gone is fine."""
        await self._tear_down("DELETE", f"channels/{leg}", leg, {"reason": str(cause)})

    async def start_moh(self, leg: str, music: str = "default") -> None:
        """Play music to a leg until stopped, bridged or spoken to."""
        await self._leg("POST", leg, "moh", {"mohClass": music})

    async def stop_moh(self, leg: str) -> None:
        """Stop the music; a leg without it, or a gone one, is fine."""
        await self._tear_down("DELETE", f"channels/{leg}/moh", leg)

    async def play(self, leg: str, playback: str, media: Sequence[str], language: str = "") -> None:
        """Start playing ``media`` one after another; PlaybackFinished tells the end."""
        query = {"media": ",".join(media)}
        if language:
            query["lang"] = language
        if playback in self._in_doubt and await self._is_playing(playback):
            self._in_doubt.discard(playback)
            return
        path = f"channels/{leg}/play/{playback}"
        try:
            await self._do("POST", path, lane=call_of(leg), query=query)
        except (TimedOut, Disconnected):
            self._in_doubt.add(playback)
            raise
        self._in_doubt.discard(playback)

    async def _is_playing(self, playback: str) -> bool:
        try:
            await self._do("GET", f"playbacks/{playback}", lane=call_of(playback))
        except Gone:
            return False
        return True

    async def stop_playback(self, playback: str) -> bool:
        """Stop a playback; one that has ended is fine. Tell whether it was there."""
        return await self._tear_down("DELETE", f"playbacks/{playback}", playback)

    async def mute(self, leg: str) -> None:
        """Let nobody hear this leg."""
        await self._leg("POST", leg, "mute", {"direction": "in"})

    async def unmute(self, leg: str) -> None:
        """Let this leg be heard again."""
        await self._leg("DELETE", leg, "mute", {"direction": "in"})

    async def send_digits(self, leg: str, digits: str) -> None:
        """Send keys to the far end of a leg."""
        await self._leg("POST", leg, "dtmf", {"dtmf": digits})

    async def set_variables(self, leg: str, variables: Mapping[str, str]) -> None:
        """Write state onto a channel, where it outlives us."""
        for name, value in variables.items():
            await self._leg("POST", leg, "variable", {"variable": name, "value": value})

    async def variable(self, leg: str, name: str) -> str:
        """Read a channel variable; empty when the channel or the variable is not there."""
        try:
            found = await self._leg("GET", leg, "variable", {"variable": name})
        except Gone:
            return ""
        return str(found["value"])

    def hand_over(
        self, caller: str, phone: str, offer: int, ring_for: timedelta, *, music: bool
    ) -> Awaitable[None]:
        """Let Asterisk ring ``phone`` for a caller of ours and join them when it is answered.

        Sent at once; await what came of it. She leaves our application; see
        ``telephony_config/templates/extensions.conf.j2`` for what brings her back. ``offer`` is
        its number; ``music``: what she hears meanwhile, else ringing.
        """
        seconds = max(1, ceil(ring_for.total_seconds()))
        where = f"{offer}~{seconds}~{'m' if music else ''}~{phone}"
        query = {"context": RING_CONTEXT, "extension": where, "priority": "1"}
        return self._commands.request(
            "POST", f"channels/{caller}/continue", query=query, lane=call_of(caller)
        )

    async def take_in_hand(self, caller: str, leg: str | None) -> None:
        """Bring a caller who was handed over back, and ``leg``, with whom she talks.

        Both enter our application soon, the caller as ``hand`` and the leg as ``leg``. Ringing
        ends. A caller who is gone or with us already is fine.
        """
        variables = {"PARLEY_CALL": caller, "PARLEY_LEG": leg or ""}
        query = {"endpoint": TAKE_ENDPOINT, "app": self._app, "appArgs": "taking"}
        await self._do("POST", "channels", lane=caller, query=query, body={"variables": variables})

    async def is_there(self, leg: str) -> bool:
        """Whether this leg exists, ours or not."""
        try:
            await self._do("GET", f"channels/{leg}", lane=leg)
        except Gone:
            return False
        return True

    async def continue_in_dialplan(
        self, leg: str, context: str, extension: str = "s", priority: int = 1
    ) -> None:
        """Hand a leg back to the dialplan, such as its safety net; a gone one is fine."""
        where = {"context": context, "extension": extension, "priority": str(priority)}
        await self._tear_down("POST", f"channels/{leg}/continue", leg, where)

    async def say_farewell(self, caller: str, prompt: str, language: str) -> None:
        """Let the dialplan say a last prompt to a caller and hang up; a gone one is fine."""
        await self.continue_in_dialplan(caller, FAREWELL_CONTEXT, f"{prompt}~{language}")

    # -- bridges -----------------------------------------------------------------------------

    async def create_bridge(self, bridge: str) -> None:
        """Make a mixing bridge; one that exists is kept."""
        query = {"type": "mixing", "name": bridge}
        async with self._turns.of(bridge):
            try:
                await self._do("POST", f"bridges/{bridge}", lane=bridge, query=query)
            except Conflict as error:
                if error.status != 409:
                    raise

    async def join(self, bridge: str, *legs: str) -> None:
        """Put legs that are in our application into the bridge, all in one request."""
        async with self._turns.of(bridge):
            await self._do(
                "POST",
                f"bridges/{bridge}/addChannel",
                lane=call_of(bridge),
                query={"channel": ",".join(legs)},
            )

    async def leave(self, bridge: str, leg: str) -> None:
        """Take a leg out of the bridge; one that is not in it, or gone, is fine."""
        async with self._turns.of(bridge):
            await self._tear_down(
                "POST", f"bridges/{bridge}/removeChannel", bridge, {"channel": leg}
            )

    async def destroy_bridge(self, bridge: str) -> None:
        """Remove a bridge; its legs stay in our application. A gone one is fine."""
        async with self._turns.of(bridge):
            await self._tear_down("DELETE", f"bridges/{bridge}", bridge)

    async def hold(self, bridge: str, leg: str, music: str = "default") -> None:
        """Take ``leg`` out of the talk and play music to it."""
        await self.leave(bridge, leg)
        await self.start_moh(leg, music)

    async def retrieve(self, bridge: str, leg: str) -> None:
        """Bring a held leg back; joining ends its music."""
        await self.stop_moh(leg)
        await self.join(bridge, leg)

    # -- phones ------------------------------------------------------------------------------

    async def push_phone(self, phone: PhoneSpec) -> None:
        """Make or renew a phone; it works at once and until Asterisk restarts."""
        if phone.contact:  # Asterisk would add the contact to those of an earlier push
            await self._forget("aor", phone.id)
        for kind, fields in phone_objects(phone).items():
            await self._do(
                "PUT",
                f"asterisk/config/dynamic/res_pjsip/{kind}/{phone.id}",
                lane=phone.id,
                body={"fields": [{"attribute": k, "value": v} for k, v in fields.items()]},
            )

    async def watch_phones(self, phones: Sequence[str]) -> None:
        """Hear of these phones: whether they can be rung, and what becomes of their legs.

        To be repeated when a phone was pushed: Asterisk forgets it with the phone.
        """
        path = f"applications/{self._app}/subscription"
        for first in range(0, len(phones), WATCHED_AT_ONCE):
            some = phones[first : first + WATCHED_AT_ONCE]
            sources = ",".join(f"endpoint:PJSIP/{phone}" for phone in some)
            await self._do("POST", path, lane=some[0], query={"eventSource": sources})

    async def remove_phone(self, phone: str) -> None:
        """Forget a phone; an unknown one is fine. A call on it goes on."""
        for kind in ("endpoint", "aor", "auth"):
            await self._forget(kind, phone)

    async def _forget(self, kind: str, phone: str) -> None:
        path = f"asterisk/config/dynamic/res_pjsip/{kind}/{phone}"
        await self._tear_down("DELETE", path, phone)

    async def set_global(self, name: str, value: str) -> None:
        """Write a global variable, which every call's dialplan can read."""
        query = {"variable": name, "value": value}
        await self._do("POST", "asterisk/variable", lane="globals", query=query)

    async def get_global(self, name: str) -> str:
        """Read a global variable; empty when it is not there."""
        try:
            found = await self._do("GET", "asterisk/variable", query={"variable": name})
        except Gone:
            return ""
        return str(found["value"])

    async def shut_out(self, slot: str, address: str) -> None:
        """Refuse what comes from this address, whosever it is; at once, until Asterisk restarts."""
        fields = {"endpoint": FLOODED, "match": address}
        await self._do(
            "PUT",
            f"{IDENTIFY}/{slot}",
            lane=slot,
            body={"fields": [{"attribute": k, "value": v} for k, v in fields.items()]},
        )

    async def let_in(self, slot: str) -> None:
        """Let in who was shut out under this name; nobody is fine."""
        await self._tear_down("DELETE", f"{IDENTIFY}/{slot}", slot)

    # -- what is there -----------------------------------------------------------------------

    async def list_channels(self) -> list[Channel]:
        """Return every channel of this Asterisk, ours or not."""
        return msgspec.convert(await self._do("GET", "channels"), list[Channel])

    async def list_bridges(self) -> list[Bridge]:
        """Return every bridge of this Asterisk."""
        return msgspec.convert(await self._do("GET", "bridges"), list[Bridge])

    async def list_phones(self) -> list[Endpoint]:
        """Return every PJSIP endpoint with its state: online means registered or reachable."""
        return msgspec.convert(await self._do("GET", "endpoints/PJSIP"), list[Endpoint])

    async def owned_channels(self) -> frozenset[str]:
        """Return ids of the channels that our application holds right now."""
        found = await self._do("GET", f"applications/{self._app}")
        return frozenset(found["channel_ids"])

    # -- the ways a request goes -------------------------------------------------------------

    async def _do(
        self,
        method: str,
        path: str,
        *,
        lane: str = "",
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        return await self._commands.request(method, path, query=query, body=body, lane=lane)

    async def _leg(
        self, method: str, leg: str, verb: str, query: Mapping[str, str] | None = None
    ) -> Any:
        return await self._do(method, f"channels/{leg}/{verb}", lane=call_of(leg), query=query)

    async def _tear_down(
        self, method: str, path: str, owner: str, query: Mapping[str, str] | None = None
    ) -> bool:
        try:
            await self._do(method, path, lane=call_of(owner), query=query)
        except (Gone, Conflict):  # gone, or no longer ours: nothing is left to do
            return False
        return True


def phone_objects(phone: PhoneSpec) -> dict[str, dict[str, str]]:
    """Return the PJSIP objects of a phone in the order in which they must be made."""
    objects: dict[str, dict[str, str]] = {}
    endpoint = {
        "context": phone.context,
        "disallow": "all",
        "allow": ",".join(phone.codecs),
        "aors": phone.id,
        "language": phone.language,
        "direct_media": "no",
        "rtp_symmetric": "yes",
        "force_rport": "yes",
        "rewrite_contact": "yes",
        "allow_transfer": "no",
        "allow_subscribe": "no",
        "dtmf_mode": "auto",
        "sdp_session": "-",
    }
    if phone.shows_caller:
        endpoint |= {"send_pai": "yes", "trust_id_outbound": "yes"}
    else:
        endpoint["send_connected_line"] = "no"
    if phone.caller_name or phone.caller_number:
        endpoint["callerid"] = caller_id(phone.caller_name, phone.caller_number)
    if phone.kind is PhoneKind.BROWSER:
        endpoint |= {"webrtc": "yes", "dtls_auto_generate_cert": "yes"}
        endpoint |= {"rtp_timeout": SILENT_FOR, "transport": WEBSOCKET}
    if phone.only_rung:
        endpoint["identify_by"] = "ip"  # and no address is named: no new request is ever its own
    auth = _auth_of(phone)
    if auth:
        objects["auth"] = auth
        endpoint["auth"] = phone.id
    if phone.contact:
        objects["aor"] = {"contact": phone.contact}
        endpoint["rewrite_contact"] = "no"
    else:
        objects["aor"] = {"max_contacts": str(phone.max_contacts), "remove_existing": "yes"}
    if phone.digest:
        objects["aor"] |= {"qualify_frequency": ASKED_EVERY, "qualify_timeout": ANSWERS_WITHIN}
    objects["endpoint"] = endpoint
    return objects


def _auth_of(phone: PhoneSpec) -> dict[str, str]:
    """What a phone proves itself with; a phone at a fixed address has nothing."""
    if phone.digest:
        return {
            "auth_type": "md5",
            "username": phone.id,
            "realm": REALM,
            "md5_cred": phone.digest,
        }
    if phone.secret:
        return {"auth_type": "userpass", "username": phone.id, "password": phone.secret}
    return {}

"""The typed site description: what one installation of Parley is, from its trunks to its desktop.

Values only. ``load`` makes them from TOML, ``check`` looks for clashes, ``render`` turns them into
Asterisk's files, and the daemon reads its queues, skills and numbers from the same object.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Final

from acd.ids import AgentId, QueueId, SkillId
from acd.profile import QueueProfile

Network = IPv4Network | IPv6Network
Texts = Mapping[str, str]
"""A text per language; empty when one text, kept beside it, serves for all."""

PAGE_LANGUAGES: Final = ("en", "zh", "fa")
"""The languages in which the desktop's pages speak."""

SYSTEM_AUTHORITIES: Final = Path("/etc/ssl/certs/ca-certificates.crt")
"""The certificate authorities that this machine trusts, where Debian keeps them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where Asterisk listens. ``http`` carries ARI and the SIP websocket, on loopback only."""

    sip_udp: int = 5060
    sip_tls: int | None = None
    http: int = 8088
    rtp_start: int = 20000
    rtp_end: int = 23999

    @property
    def most_legs(self) -> int:
        """For how many legs there are RTP ports: two each."""
        return (self.rtp_end - self.rtp_start + 1) // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Which address SIP binds to, and how we are seen from beyond a NAT."""

    bind: str = "127.0.0.1"
    external: str = ""
    local_networks: tuple[Network, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Desktop:
    """Where the agents' pages are served, and the STUN and TURN servers of their phones."""

    host: str = "127.0.0.1"
    port: int = 8080
    ice_servers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """A certificate and its key, for the desktop's HTTPS and for SIP over TLS.

    ``authorities`` are those whose word on a carrier's certificate is taken.
    """

    certificate: Path
    key: Path
    authorities: Path = SYSTEM_AUTHORITIES


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkByAddress:
    """A carrier known by the addresses it sends from."""

    addresses: tuple[Network, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkByPassword:
    """A carrier, or another PBX, that proves itself; ``register`` makes us register with it.

    Who is registered with calls from anywhere with the token it was given, and from ``addresses``
    also without.
    """

    user: str
    password: str = field(repr=False)
    register: bool = False
    addresses: tuple[Network, ...] = ()


class Transport(StrEnum):
    """What carries the signalling of a trunk."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many calls may come in by one way: at once (``calls``), and new ones a second (``rate``).

    More are refused with 503, which tells a carrier to try another way or later.
    """

    calls: int
    rate: int


USUAL_LIMITS: Final = Limits(calls=500, rate=20)
"""Of a trunk that says nothing: more than a site of a hundred agents sees on its busiest day."""

PHONES_LIMITS: Final = Limits(calls=100, rate=20)
"""Of all phones together that ring in by themselves: agents' own, and the demo's callers."""

PHONE_LIMITS: Final = Limits(calls=3, rate=3)
"""Of one such phone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk:
    """A way in and, where ``outbound`` says so, out.

    ``srtp``: sound is encrypted. ``number`` answers calls for the trunk's account itself, when the
    carrier does not say which number was dialled. The limits say how many calls may
    come at once, and how many new ones a second: of the trunk, and of each address it calls from.
    """

    id: str
    identify: TrunkByAddress | TrunkByPassword
    server: str = ""
    codecs: tuple[str, ...] = ()
    region: str = ""
    transport: Transport = Transport.UDP
    srtp: bool = False
    number: str = ""
    max_calls: int | None = None
    max_rate: int | None = None
    max_calls_per_address: int | None = None
    max_rate_per_address: int | None = None

    @property
    def one_address(self) -> bool:
        """Whether all its calls come from one address, which so needs no limits of its own."""
        return not self.account and [one.num_addresses for one in self.addresses] == [1]

    @property
    def addresses(self) -> tuple[Network, ...]:
        """The addresses from which its calls come."""
        return self.identify.addresses

    @property
    def account(self) -> TrunkByPassword | None:
        """The account by which the trunk or we are known, if there is one."""
        return self.identify if isinstance(self.identify, TrunkByPassword) else None

    @property
    def registers(self) -> bool:
        """Whether we register with it."""
        return self.account is not None and self.account.register


@dataclass(frozen=True, slots=True, kw_only=True)
class ToFlow:
    """The number is served by an IVR flow; ``queue`` is where the safety net sends its callers."""

    flow: str
    queue: QueueId


@dataclass(frozen=True, slots=True, kw_only=True)
class ToQueue:
    """The number goes straight to a queue."""

    queue: QueueId


@dataclass(frozen=True, slots=True, kw_only=True)
class ToEcho:
    """The number gives back what it hears: the network self-test. The daemon never sees it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One dialled number (DNIS) and what answers it."""

    dnis: str
    label: str
    language: str
    labels: Texts = field(default_factory=dict)
    target: ToFlow | ToQueue | ToEcho


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """A skill's id and its name on screen."""

    id: SkillId
    name: str
    names: Texts = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserPhone:
    """The agent talks through her browser, the default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPhone:
    """The agent talks through a SIP phone at a fixed address, such as ``sip:ana@192.0.2.7``."""

    uri: str


Phone = BrowserPhone | DeskPhone


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """Destinations that agents' phones may dial: prefixes of digits, through one trunk."""

    trunk: str
    allowed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyNet:
    """What happens when the daemon does not take a call.

    The caller is taken back ``after`` so long in silence, rings the phones of the fallback queue
    for at most ``wait``, and then hears the apology.
    """

    after: timedelta = timedelta(seconds=2)
    wait: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemAsterisk:
    """An Asterisk of the system's own, used in place of the private one."""

    binary: Path
    modules: Path
    data: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Everything the site description says."""

    name: str
    region: str
    timezone: str
    languages: tuple[str, ...]
    queues: tuple[QueueProfile, ...]
    numbers: tuple[Number, ...]
    queue_names: Mapping[QueueId, Texts] = field(default_factory=dict)
    """What queues are called in each language, where that is more than ``QueueProfile.name``."""
    skills: tuple[Skill, ...] = ()
    trunks: tuple[Trunk, ...] = ()
    phones: Mapping[AgentId, Phone] = field(default_factory=dict)
    codecs: tuple[str, ...] = ("opus", "g722", "ulaw", "alaw")
    ports: Ports = Ports()
    addresses: Addresses = Addresses()
    desktop: Desktop = Desktop()
    tls: Tls | None = None
    outbound: Outbound | None = None
    safety_net: SafetyNet = SafetyNet()
    recordings: Path | None = None
    data_dir: Path | None = None
    flows: Path | None = None
    """Where the site's own flows are: they come before Parley's of the same name."""
    asterisk: SystemAsterisk | None = None
    demo: bool = False

    def limits(self, trunk: Trunk) -> Limits:
        """How many calls may come in by a trunk; as a rule each needs ports for two legs."""
        usual = min(USUAL_LIMITS.calls, max(1, self.ports.most_legs // 2))
        return Limits(calls=trunk.max_calls or usual, rate=trunk.max_rate or USUAL_LIMITS.rate)

    def address_limits(self, trunk: Trunk) -> Limits | None:
        """How many may come from one of its addresses: half of all, if there are several."""
        whole = self.limits(trunk)
        if trunk.one_address:
            return None
        return Limits(
            calls=trunk.max_calls_per_address or max(1, whole.calls // 2),
            rate=trunk.max_rate_per_address or max(1, whole.rate // 2),
        )

    @property
    def default_language(self) -> str:
        """The language of callers before they choose: the first one named."""
        return self.languages[0]


def in_page_languages(plain: str, texts: Texts) -> dict[str, str]:
    """The text in each language that a page may have, ``plain`` where there is none."""
    return {language: texts.get(language, plain) for language in PAGE_LANGUAGES}

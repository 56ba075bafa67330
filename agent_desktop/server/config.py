"""Settings of the desktop server; ``cti.settings`` fills them in."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from aiohttp import web

WEB_DIST = Path(__file__).parent.parent / "web" / "dist"


@dataclass(frozen=True, slots=True, kw_only=True)
class DesktopConfig:
    """Where to listen and how patient to be."""

    tls: bool = False
    """Served over HTTPS (here or by a proxy in front): cookies are marked Secure."""
    public_url: str = ""
    """Where browsers find us when that is not where we listen: ``https://desk.example.org``."""
    hosts: frozenset[str] = frozenset({"localhost"})
    """Names this server goes by, in lower case; ``*.`` stands for one label."""
    demo_open: bool = False
    """The demo's caller page is for everybody who can reach us, not for this machine alone."""
    metrics_token: str = field(default="", repr=False)
    """Who shows it may read the figures from another machine."""
    trusted_proxies: int = 0
    """How many reverse proxies in front of us add to ``X-Forwarded-For``."""
    proxy_networks: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    """Where the nearest of them speaks from; from elsewhere such headers count for nothing."""
    origins: frozenset[str] = frozenset()
    """Origins allowed besides the server's own, such as ``https://desk.example.org``."""
    region: str = "US"
    """Country whose national numbers need no prefix (the main trunk's)."""
    web_dist: Path = WEB_DIST
    sip_upstream: str = ""
    """Asterisk's SIP websocket, such as ``ws://127.0.0.1:8088/ws``; "" without telephony."""
    sessions_file: Path | None = None
    """Where sessions outlive a restart; None keeps them in memory only."""
    phones_file: Path | None = None
    """Where phones that were issued outlive a restart; None keeps them in memory only."""
    session_idle: timedelta = timedelta(hours=12)
    session_longest: timedelta = timedelta(hours=24)
    heartbeat: timedelta = timedelta(seconds=5)
    session_overtime: timedelta = timedelta(hours=1)
    """How much longer a session lasts at most whose agent is in a call when it expires."""
    sessions_per_user: int = 5
    """Beyond that the oldest ends."""
    standing_every: timedelta = timedelta(seconds=2)
    """How often it is asked whether who is signed in still may be, and in which roles."""
    silence: timedelta = timedelta(seconds=13)
    """A browser that says nothing for so long is taken for lost."""
    phone_claim: timedelta = timedelta(seconds=3)
    """How long the phone is kept for a page that was left, which may be a reload."""
    phone_claim_broken: timedelta = timedelta(seconds=15)
    """How long it is kept for a page whose connection broke: the sound of its call goes on."""
    grace: timedelta = timedelta(seconds=30)
    """How long an agent's websocket may be away before the floor is told."""
    hello_within: timedelta = timedelta(seconds=10)
    ask_within: timedelta = timedelta(seconds=5)
    """Limit of a command to the floor."""
    telephony_within: timedelta = timedelta(seconds=5)
    database_within: timedelta = timedelta(seconds=5)
    flush_interval: timedelta = timedelta(milliseconds=50)
    outbox_soft: int = 64 * 1024
    """Bytes waiting for a slow browser above which it gets no more live frames for now."""
    outbox_hard: int = 1024 * 1024
    """Bytes waiting above which the connection is cut at once."""
    slow_patience: timedelta = timedelta(seconds=10)
    """How long a browser may stay behind before it is cut off."""
    sockets_per_session: int = 8
    connections_per_session: int = 64
    strangers: int = 2_000
    """Connections on which nobody has signed in; one more makes the longest idle one go."""
    strangers_per_address: int = 200
    """An address may be a whole call centre behind one router."""
    header_within: timedelta = timedelta(seconds=10)
    """The TLS handshake, and the headers of a request from its first byte."""
    body_within: timedelta = timedelta(seconds=15)
    request_within: timedelta = timedelta(minutes=2)
    """A whole request until its answer has been read; websockets have heartbeats instead."""
    keep_alive: timedelta = timedelta(seconds=75)
    """Longer than the proxies' own, so that it is they who close."""
    body_limit: int = 256 * 1024
    demo_callers: int = 64
    """Demo phones that may exist at once."""
    hashing_threads: int = 2
    hashing_queue: int = 32
    log_ins_at_once: int = 4
    """Passwords from one address that are looked at side by side."""
    log_ins_waiting: int = 32
    """More of them that may wait for their turn."""
    failures_per_user: int = 5
    """Wrong passwords of a user from one address before the next has to wait."""
    failures_per_address: int = 20
    """The same of all users from one address; it may be a call centre behind one router."""
    failures_elsewhere: int = 50
    """The same of a user from all addresses that she has not signed in from."""
    delay_longest: timedelta = timedelta(minutes=5)
    """What the wait for the next guess, one second at first, doubles up to."""
    delay_elsewhere: timedelta = timedelta(seconds=10)
    """The same where many addresses guess at one user: she may be at a new one herself."""
    failures_forgotten: timedelta = timedelta(minutes=30)
    demo_caller_window: timedelta = timedelta(minutes=5)
    """In which an address may ask for ``demo_callers`` phones."""


CONFIG: Final = web.AppKey("config", DesktopConfig)
"""Where the application keeps it; what the other ``keys`` stand for needs it."""

"""How to reach one Asterisk's ARI, and the limits we keep while talking to it."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal

Mode = Literal["inbound", "outbound"]
"""Who dials whom for events: we dial Asterisk (inbound to it), or it dials us (outbound)."""

ALLOWED: Final = (
    "StasisStart",
    "StasisEnd",
    "ChannelStateChange",
    "ChannelCallerId",
    "ChannelDestroyed",
    "ChannelDtmfReceived",
    "ChannelHold",
    "ChannelUnhold",
    "ContactStatusChange",
    "PlaybackFinished",
    "ApplicationReplaced",
    "RESTResponse",
)
"""Events that somebody reads. RESTResponse must stay: without it no command gets its reply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AriSettings:
    """One Asterisk and one Stasis application on it."""

    url: str
    """Where Asterisk's HTTP server is, such as ``http://127.0.0.1:8088``."""
    user: str
    password: str = field(repr=False)
    app: str = "parley"
    mode: Mode = "inbound"
    listen_host: str = "127.0.0.1"
    listen_port: int = 0
    """Where Asterisk dials us in ``outbound`` mode."""
    listen_user: str = ""
    listen_password: str = field(default="", repr=False)
    """What Asterisk says when it dials us; empty: the same as we say to it."""
    lanes: int = 2
    """Websockets for commands only: Asterisk serves each one strictly in order. Two, one for
    quick and one for slow commands, did best on two cores (ADR 3)."""
    allowed: tuple[str, ...] = ALLOWED
    request_timeout: timedelta = timedelta(seconds=2)
    list_timeout: timedelta = timedelta(seconds=10)
    """For lists of all that Asterisk has: with thousands of calls they are megabytes."""
    connect_timeout: timedelta = timedelta(seconds=2)
    probe_timeout: timedelta = timedelta(seconds=1)
    """How long we wait for the first reply over the websocket before HTTP carries commands."""
    reconcile_timeout: timedelta = timedelta(seconds=30)
    ping_every: timedelta = timedelta(seconds=5)
    """A peer silent for one and a half times this long is taken for dead."""
    first_backoff: timedelta = timedelta(milliseconds=50)
    longest_backoff: timedelta = timedelta(milliseconds=500)
    queue_size: int = 20_000
    queue_alarm: float = 0.5
    """Share of the event queue that, once full, raises the alarm."""

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise ValueError(f"ari.url: {self.url!r} is no HTTP address; give http://host:port")
        if self.mode == "outbound" and not self.listen_port:
            raise ValueError("ari.listen_port: outbound mode needs the port that Asterisk dials")
        if self.lanes < 1:
            raise ValueError(f"ari.lanes: {self.lanes} is too few; one lane carries the commands")
        if "RESTResponse" not in self.allowed:
            raise ValueError("ari.allowed: RESTResponse must be in it, or commands get no reply")

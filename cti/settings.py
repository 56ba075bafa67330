"""Frozen settings from a TOML file and the environment; the only reader of ``os.environ``.

Order, last one wins: the defaults below, the file, ``PARLEY_<SECTION>_<KEY>`` from the environment,
the options of the command line. Every deadline of the daemon is named in ``Timeouts``. What is
refused names the file (or variable), the key and the remedy, all complaints at once.
"""

import os
import tomllib
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import timedelta
from difflib import get_close_matches
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from cti.fitting import Misfit, fit

PREFIX: Final = "PARLEY_"
CONFIG_VARIABLE: Final = "PARLEY_CONFIG"
SHORTEST_SECRET: Final = 16
MOST_PROXIES: Final = 8


class AriMode(StrEnum):
    """Who dials: ``inbound`` = we connect to Asterisk, ``outbound`` = Asterisk connects to us."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class LogFormat(StrEnum):
    """How log lines look; ``auto`` is text on a terminal and JSON elsewhere."""

    AUTO = "auto"
    JSON = "json"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desktop:
    """The web server that agents' browsers talk to."""

    host: Annotated[str | None, "address to listen on; unset: as the site file says"] = None
    port: Annotated[int | None, "TCP port; unset: as the site file says; 0: any free one"] = None
    pages: Annotated[Path | None, "folder of the built pages; unset: the packaged ones"] = None
    public_url: Annotated[
        str | None, "address in browsers when it is not ours: https://desk.example.org"
    ] = None
    hosts: Annotated[tuple[str, ...], "more names browsers may use for us"] = ()
    sessions_per_user: Annotated[int, "places a user may be signed in at; the oldest ends"] = 5
    session_longest: Annotated[timedelta, "a session ends after so long, in a call after it"] = (
        timedelta(hours=24)
    )
    session_idle: Annotated[timedelta, "a session without an open page ends after so long"] = (
        timedelta(hours=12)
    )
    metrics_token: Annotated[str | None, "shows /metrics to who is not on this machine"] = field(
        default=None, repr=False
    )
    trusted_proxies: Annotated[int, "reverse proxies in front that add X-Forwarded-For"] = 0
    proxy_networks: Annotated[tuple[str, ...], "addresses the nearest of them speaks from"] = (
        "127.0.0.0/8",
        "::1/128",
    )
    turn_secret: Annotated[str | None, "secret shared with the site's TURN servers"] = field(
        default=None, repr=False
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """HTTPS for the desktop; browsers give the microphone to other machines only over it."""

    enabled: Annotated[bool, "serve HTTPS"] = False
    certificate: Annotated[Path | None, "PEM certificate chain; unset: self-made"] = None
    key: Annotated[Path | None, "PEM private key of the certificate"] = None
    names: Annotated[tuple[str, ...], "more host names and addresses for the self-made one"] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asterisk:
    """Which Asterisk is driven: a private one we start (default) or one that runs already."""

    ari: Annotated[AriMode, "who opens the ARI websocket: inbound or outbound"] = AriMode.INBOUND
    url: Annotated[str | None, "base URL of a running Asterisk, http://127.0.0.1:8088"] = None
    user: Annotated[str, "ARI user of a running Asterisk"] = "parley"
    password: Annotated[str | None, "ARI password of a running Asterisk"] = field(
        default=None, repr=False
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """Where customer data lives."""

    url: Annotated[str | None, "SQLAlchemy URL; unset: SQLite in the data folder"] = field(
        default=None, repr=False
    )
    pool: Annotated[int, "most connections kept open (PostgreSQL)"] = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Logs:
    """What is written to standard error."""

    level: Annotated[str, "debug, info, warning or error"] = "info"
    format: Annotated[LogFormat, "auto, json or text"] = LogFormat.AUTO
    personal: Annotated[bool, "also write what errors quote (numbers, names)"] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Every deadline and interval of the daemon. In TOML: seconds, or text such as "500ms"."""

    ari_connect: Annotated[timedelta, "open the ARI websocket"] = timedelta(seconds=5)
    ari_request: Annotated[timedelta, "one ARI command"] = timedelta(seconds=2)
    ari_list: Annotated[timedelta, "one list of all that Asterisk has"] = timedelta(seconds=10)
    asterisk_start: Annotated[timedelta, "private Asterisk fully booted"] = timedelta(seconds=30)
    asterisk_stop: Annotated[timedelta, "private Asterisk gone, then killed"] = timedelta(seconds=5)
    drain: Annotated[timedelta, "calls may end by themselves on Ctrl-C"] = timedelta(minutes=5)
    effect: Annotated[timedelta, "carry out one floor event in telephony"] = timedelta(seconds=2)
    caller_lookup: Annotated[timedelta, "caller file for the pop"] = timedelta(milliseconds=800)
    account_lookup: Annotated[timedelta, "order status asked by the IVR"] = timedelta(seconds=3)
    away: Annotated[timedelta, "an agent without her page is signed out"] = timedelta(minutes=15)
    ivr_idle: Annotated[timedelta, "longest stay of a caller in the menus"] = timedelta(minutes=10)
    database_open: Annotated[timedelta, "first connection at start"] = timedelta(seconds=15)
    database: Annotated[timedelta, "one unit of work"] = timedelta(seconds=5)
    migrate: Annotated[timedelta, "database upgrade at start"] = timedelta(minutes=30)
    journal: Annotated[timedelta, "append to the floor's journal"] = timedelta(seconds=2)
    reconcile: Annotated[timedelta, "compare Asterisk with the floor"] = timedelta(seconds=10)
    wallboard: Annotated[timedelta, "between two wallboard frames"] = timedelta(milliseconds=500)
    sweep: Annotated[timedelta, "between two sweeps for orphaned legs"] = timedelta(minutes=1)
    trunks: Annotated[timedelta, "between two looks at the trunks"] = timedelta(seconds=10)
    floods: Annotated[timedelta, "between two looks at who floods us"] = timedelta(seconds=1)
    asterisk_logs: Annotated[timedelta, "between two looks at the length of Asterisk's logs"] = (
        timedelta(seconds=5)
    )
    desk_phones: Annotated[timedelta, "between two looks at who has one"] = timedelta(seconds=10)
    name_lookup: Annotated[timedelta, "a trunk's server is found by name"] = timedelta(seconds=3)
    edge_stop: Annotated[timedelta, "an edge task ends when told to"] = timedelta(seconds=5)
    backoff_first: Annotated[timedelta, "first wait before a retry"] = timedelta(milliseconds=100)
    backoff_most: Annotated[timedelta, "longest wait before a retry"] = timedelta(seconds=10)
    health: Annotated[timedelta, "one health check of one component"] = timedelta(seconds=2)
    turn_credentials: Annotated[timedelta, "TURN credentials; a page lives a day"] = timedelta(
        hours=24
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that the daemon is told from outside, read once at start."""

    data_dir: Annotated[Path, "where data lives"]
    cache_dir: Annotated[Path, "what can be fetched or built again; shared by all checkouts"]
    site: Annotated[Path | None, "site description (TOML); unset: the demo's"] = None
    demo: Annotated[bool, "demo users and customers"] = False
    demo_i_know: Annotated[bool, "well-known demo passwords on a public address too"] = False
    demo_parties: Annotated[int, "how many customers the demo has"] = 10_000
    desktop: Desktop = field(default_factory=Desktop)
    tls: Tls = field(default_factory=Tls)
    asterisk: Asterisk = field(default_factory=Asterisk)
    database: Database = field(default_factory=Database)
    logs: Logs = field(default_factory=Logs)
    timeouts: Timeouts = field(default_factory=Timeouts)

    @property
    def database_url(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database.url or f"sqlite:///{self.data_dir / 'parley.db'}"

    @property
    def asterisk_dir(self) -> Path:
        """Where the private Asterisk keeps its rendered files, spool and logs."""
        return self.data_dir / "asterisk"

    @property
    def asterisk_programs(self) -> Path:
        """Where the private Asterisk and SIPp are unpacked; shared by all checkouts of a user."""
        return self.cache_dir / "asterisk"

    @property
    def journal_file(self) -> Path:
        """The floor's event log."""
        return self.data_dir / "floor.db"

    @property
    def tls_dir(self) -> Path:
        """Where a self-made certificate is kept."""
        return self.data_dir / "tls"

    @property
    def pages_dir(self) -> Path:
        """The built pages of the desktop."""
        packaged = Path(__file__).resolve().parents[1] / "agent_desktop" / "web" / "dist"
        return self.desktop.pages or packaged


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One thing wrong with a setting."""

    where: str
    key: str
    message: str
    remedy: str

    @property
    def text(self) -> str:
        """The complaint in one line, as a person reads it."""
        return f"{self.where}: {self.key}: {self.message}. {self.remedy}"


class SettingsRefused(Exception):
    """The settings cannot be used; ``complaints`` says why, all of them at once."""

    def __init__(self, complaints: tuple[Complaint, ...]) -> None:
        super().__init__("\n".join(each.text for each in complaints))
        self.complaints = complaints


def load(
    environ: Mapping[str, str] | None = None,
    *,
    config: Path | None = None,
    overrides: Mapping[str, object] | None = None,
) -> Settings:
    """Read all sources; ``overrides`` maps dotted keys (``desktop.port``) to checked values.

    Raises:
        SettingsRefused: naming every wrong key with its place and remedy.
    """
    environ = dict(os.environ) if environ is None else environ
    complaints: list[Complaint] = []
    values: dict[str, object] = {
        "data_dir": _home(environ, "data"),
        "cache_dir": cache_dir(environ),
    }
    file = config or (Path(environ[CONFIG_VARIABLE]) if environ.get(CONFIG_VARIABLE) else None)
    known = dict(_keys(Settings))
    if file is not None:
        for key, value in _from_file(file, complaints):
            _take(str(file), key, key, value, known, values, complaints)
    for name, value in sorted(environ.items()):
        if name.startswith(PREFIX) and not name.startswith(_NOT_OURS):
            variable_key = _key_of(name, known)
            _take("environment", name, variable_key, value, known, values, complaints)
    values.update({key: each for key, each in (overrides or {}).items() if each is not None})
    complaints += _clashes(values)
    if complaints:
        raise SettingsRefused(tuple(complaints))
    settings = _build(Settings, values, "")
    assert isinstance(settings, Settings)  # noqa: S101 - for the type checker
    return settings


# The second belongs to the tests around the daemon.
_NOT_OURS: Final = (CONFIG_VARIABLE, "PARLEY_TEST_")


def cache_dir(environ: Mapping[str, str]) -> Path:
    """The folder for what can be fetched or built again, shared by all checkouts."""
    return Path(environ.get("PARLEY_CACHE_DIR") or _home(environ, "cache"))


def _home(environ: Mapping[str, str], kind: str) -> Path:
    fallback = {"data": ".local/share", "cache": ".cache"}[kind]
    base = environ.get(f"XDG_{kind.upper()}_HOME")
    home = Path(environ.get("HOME") or Path("~").expanduser())
    return (Path(base) if base else home / fallback) / "parley"


def _keys(owner: type, prefix: str = "") -> Iterator[tuple[str, Any]]:
    hints = typing.get_type_hints(owner)
    for each in fields(owner):
        kind = hints[each.name]
        if is_dataclass(kind):
            yield from _keys(typing.cast("type", kind), f"{each.name}.")
        else:
            yield prefix + each.name, kind


def describe() -> Iterator[tuple[str, str, str]]:
    """Every key with its default and what it means, for ``parley settings``."""
    defaults = {"data_dir": "~/.local/share/parley", "cache_dir": "~/.cache/parley"}
    yield from _described(Settings, "", defaults)


def _described(
    owner: type, prefix: str, defaults: Mapping[str, str]
) -> Iterator[tuple[str, str, str]]:
    hints = typing.get_type_hints(owner, include_extras=True)
    for each in fields(owner):
        if is_dataclass(hints[each.name]):
            yield from _described(hints[each.name], f"{each.name}.", {})
        else:
            shown = defaults.get(each.name) or _shown(each.default)
            yield prefix + each.name, shown, _doc(hints[each.name])


def _shown(default: object) -> str:
    match default:
        case None | ():
            return "unset"
        case tuple():
            return ",".join(default)
        case bool():
            return str(default).lower()
        case timedelta():
            return f"{default.total_seconds():g}s"
        case _:
            return str(default)


def _doc(annotation: Any) -> str:
    return str(typing.get_args(annotation)[1])


def _from_file(file: Path, complaints: list[Complaint]) -> Iterator[tuple[str, object]]:
    try:
        text = file.read_bytes().decode()
        tree = tomllib.loads(text)
    except OSError as error:
        why = error.strerror or "cannot be read"
        complaints.append(_complaint(file, "(file)", why, "Give a readable TOML file"))
        return
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        complaints.append(_complaint(file, "(file)", str(error), "Mend the TOML at that place"))
        return
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{key}", inner) for key, inner in value.items())
        else:
            yield name, value


def _complaint(where: Path | str, key: str, message: str, remedy: str) -> Complaint:
    return Complaint(where=str(where), key=key, message=message, remedy=remedy + ".")


def _key_of(variable: str, known: Mapping[str, Any]) -> str:
    name = variable.removeprefix(PREFIX).lower()
    return next((key for key in known if key.replace(".", "_") == name), name)


def _take(
    where: str,
    shown: str,
    key: str,
    value: object,
    known: Mapping[str, Any],
    values: dict[str, object],
    complaints: list[Complaint],
) -> None:
    if key not in known:
        near = get_close_matches(key, known, n=1, cutoff=0.4)
        remedy = f"Perhaps {near[0]} was meant" if near else "`parley settings` lists all keys"
        complaints.append(_complaint(where, shown, "no such setting", remedy))
        return
    try:
        values[key] = fit(value, known[key])
    except Misfit as error:
        message, remedy = error.args
        complaints.append(_complaint(where, shown, message, remedy))


def _clashes(values: Mapping[str, object]) -> Iterator[Complaint]:
    """What each value allows alone but not together."""
    port = values.get("desktop.port")
    if isinstance(port, int) and not 0 <= port <= 65_535:
        yield _complaint("settings", "desktop.port", f"{port} is no TCP port", "Use 0 to 65535")
    sessions = values.get("desktop.sessions_per_user")
    if isinstance(sessions, int) and sessions < 1:
        remedy = "Let each user have 1 session or more"
        yield _complaint("settings", "desktop.sessions_per_user", "nobody could sign in", remedy)
    if (values.get("tls.certificate") is None) != (values.get("tls.key") is None):
        remedy = "Give tls.certificate and tls.key together, or neither for a self-made one"
        yield _complaint("settings", "tls", "certificate without key, or key alone", remedy)
    if values.get("asterisk.url") and not values.get("asterisk.password"):
        remedy = "Set PARLEY_ASTERISK_PASSWORD to the password of the ARI user"
        yield _complaint("settings", "asterisk.password", "missing for asterisk.url", remedy)
    for key, other in _SECRETS.items():
        secret = values.get(key)
        if isinstance(secret, str) and len(secret) < SHORTEST_SECRET:
            # What opens something to who shows it must not be found by trying.
            remedy = f"Make one for Parley and {other}: openssl rand -hex 32"
            message = f"has fewer than {SHORTEST_SECRET} characters"
            yield _complaint("settings", key, message, remedy)
    yield from _proxy_clashes(values)
    level = str(values.get("logs.level", "info"))
    if level not in {"debug", "info", "warning", "error"}:
        remedy = "Choose one of debug, info, warning, error"
        yield _complaint("settings", "logs.level", f"{level!r} is not a level", remedy)


_SECRETS: Final = {
    "desktop.turn_secret": "the TURN server",
    "desktop.metrics_token": "what reads /metrics",
}


def _proxy_clashes(values: Mapping[str, object]) -> Iterator[Complaint]:
    """What is said about browsers that do not come straight to us."""
    proxies, url = values.get("desktop.trusted_proxies", 0), values.get("desktop.public_url")
    if isinstance(proxies, int) and not 0 <= proxies <= MOST_PROXIES:
        message, remedy = f"{proxies} is no count of proxies", f"Use 0 to {MOST_PROXIES}"
        yield _complaint("settings", "desktop.trusted_proxies", message, remedy)
    networks = values.get("desktop.proxy_networks", ())
    for each in networks if isinstance(networks, tuple) else ():
        if not _is_network(each):
            remedy = "Write an address or a network such as 10.1.0.0/16"
            yield _complaint("settings", "desktop.proxy_networks", f"{each!r} is none", remedy)
    if isinstance(url, str) and not _is_origin(url):
        remedy = "Write scheme and host, with a port if need be: https://desk.example.org"
        yield _complaint("settings", "desktop.public_url", f"{url!r} is no such address", remedy)


def _is_network(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _is_origin(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        return False
    bare = not (parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and bare and port_fits


def _build(owner: type, values: Mapping[str, object], prefix: str) -> object:
    hints = typing.get_type_hints(owner)
    given: dict[str, object] = {}
    for each in fields(owner):
        if is_dataclass(hints[each.name]):
            given[each.name] = _build(hints[each.name], values, f"{each.name}.")
        elif prefix + each.name in values:
            given[each.name] = values[prefix + each.name]
    return owner(**given)

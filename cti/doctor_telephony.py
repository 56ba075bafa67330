"""`parley doctor` on telephony: Asterisk's programs and sounds, ports, and a running Asterisk."""

import base64
import errno
import http.client
import json
import socket
import subprocess
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from cti.doctor_finding import Finding, failed, good, warning
from cti.settings import Settings

if TYPE_CHECKING:
    from telephony_config.model import Site

PROBE_LIMIT: Final = timedelta(seconds=10)
FETCH: Final = "Run: parley up --prepare-only"


def examine(settings: Settings, site: "Site | None", *, running: int | None) -> list[Finding]:
    """Run every check of this module; without a site, those that need none.

    ``running`` is the process of the Parley that runs on these data now.
    """
    if site is None:
        return [*_sounds()]
    found = list(_programs(settings, site))
    if not any(each.remedy for each in found):
        found.append(_starts(settings, site))
    if not any(each.remedy for each in found):
        found += _modules(settings, site)
    asterisk = _running(settings, site)
    ours = running is not None or (settings.asterisk.url is None and asterisk is not None)
    return [
        *found,
        *_sounds(),
        *_daemon(settings, running, asterisk),
        *_ari(settings, site, asterisk),
        *_ports(settings, site, running=ours),
    ]


def _programs(settings: Settings, site: "Site") -> Iterator[Finding]:
    from telephony_config import debian

    if settings.asterisk.url is not None:
        return
    if site.asterisk is not None:
        for path in (site.asterisk.binary, site.asterisk.modules, site.asterisk.data):
            if not path.exists():
                yield failed("asterisk", f"{path} does not exist", "Mend [asterisk] of the site")
        return
    held = debian.installed(settings.asterisk_programs)
    missing = set(debian.ASTERISK_PACKAGES) - held.keys()
    if missing:
        yield failed("asterisk", f"not fetched: {', '.join(sorted(missing))}", FETCH)


def _starts(settings: Settings, site: "Site") -> Finding:
    """Does the program run at all, and which version is it?"""
    from telephony_config.errors import TelephonyConfigError
    from telephony_config.layout import installation

    if settings.asterisk.url is not None:
        return good("asterisk", "one that runs already is used")
    try:
        line = [*installation(site, settings.asterisk_programs).run, "-V"]
        done = subprocess.run(  # noqa: S603 - our own words
            line, capture_output=True, text=True, check=False,
            timeout=PROBE_LIMIT.total_seconds(),
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired, TelephonyConfigError) as error:
        return failed("asterisk", f"does not start: {error}", FETCH)
    if done.returncode != 0:
        remedy = f"Delete {settings.asterisk_programs}, then: parley up --prepare-only"
        return failed("asterisk", f"does not start: {done.stderr.strip()[-200:]}", remedy)
    return good("asterisk", done.stdout.strip())


def _modules(settings: Settings, site: "Site") -> Iterator[Finding]:
    """Are all modules there that we make it load?"""
    from telephony_config.layout import installation
    from telephony_config.modules import MODULES, OPTIONAL

    if settings.asterisk.url is not None:
        return
    folder = installation(site, settings.asterisk_programs).modules
    missing = [
        each for each in MODULES if each not in OPTIONAL and not (folder / f"{each}.so").exists()
    ]
    if missing:
        remedy = (
            f"Delete {settings.asterisk_programs}, then: parley up --prepare-only"
            if site.asterisk is None
            else "Install the package of your Asterisk that has them, or mend asterisk.modules"
        )
        yield failed("asterisk", f"{folder} lacks {_shown(missing)}", remedy)


def _shown(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (" …" if len(names) > 5 else "")


def _sounds() -> Iterator[Finding]:
    """Is every text of the catalogue recorded in every language?"""
    from prompts import CatalogueRefused, catalogue

    try:
        texts = catalogue()
    except CatalogueRefused as refused:
        yield failed("sounds", str(refused), "Mend the catalogue of prompts")
        return
    recorded = texts.recorded()
    for language, keys in texts.keys().items():
        missing = sorted(keys - recorded[language])
        if missing:
            remedy = "Bring them back (git checkout prompts), or render them: see prompts/README.md"
            what = f"{language}: {len(missing)} not recorded: {_shown(missing)}"
            yield failed("sounds", what, remedy)
        else:
            yield good("sounds", f"{language}: all {len(keys)} recorded")


def _running(settings: Settings, site: "Site") -> tuple[str, str, str] | None:
    """Address, user and password of an Asterisk that should answer now."""
    if settings.asterisk.url is not None:
        return settings.asterisk.url, settings.asterisk.user, settings.asterisk.password or ""
    from telephony_config.embedded import ARI_USER, STATE

    try:
        state = json.loads((settings.asterisk_dir / STATE).read_text())
        if not Path(f"/proc/{int(state['pid'])}").exists():
            return None
        port = state.get("http", site.ports.http)
        return f"http://127.0.0.1:{port}", ARI_USER, str(state["password"])
    except (OSError, ValueError, KeyError):
        return None


def _daemon(
    settings: Settings, running: int | None, asterisk: tuple[str, str, str] | None
) -> Iterator[Finding]:
    if running is not None:
        yield good("parley", f"runs, process {running}")
    elif settings.asterisk.url is None and asterisk is not None:
        what = "does not run, though its Asterisk does: calls in progress go on there"
        yield warning("parley", what, "Run: parley up, which takes it over")
    else:
        yield good("parley", "does not run now; started with: parley up")


def _ari(
    settings: Settings, site: "Site", running: tuple[str, str, str] | None
) -> Iterator[Finding]:
    if running is None:
        return
    url, user, password = running
    parts = urlsplit(url)
    login = base64.b64encode(f"{user}:{password}".encode()).decode()
    connection = http.client.HTTPConnection(
        parts.hostname or "127.0.0.1", parts.port or 8088, timeout=PROBE_LIMIT.total_seconds()
    )
    try:
        connection.request("GET", "/ari/asterisk/ping", headers={"Authorization": f"Basic {login}"})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        remedy = (
            "Start that Asterisk, or mend asterisk.url"
            if settings.asterisk.url is not None
            else f"Stop Parley and start it again; what Asterisk said is in {_log(settings)}"
        )
        yield failed("ari", f"{url} does not answer: {error}", remedy)
        return
    finally:
        connection.close()
    if status == 200:
        yield good("ari", f"{url} answers")
    elif status == 401:
        remedy = "Mend asterisk.user and asterisk.password, or ari.conf"
        yield failed("ari", f"{url} refuses the user {user}", remedy)
    else:
        yield failed("ari", f"{url} answers {status}", "Is res_ari_asterisk loaded there?")
    if settings.asterisk.url is None and parts.port != site.ports.http:
        what = f"it runs with another site file: this one says port {site.ports.http}"
        yield warning(
            "site", what, "Name the file that Parley runs with: parley doctor --site FILE"
        )


def _log(settings: Settings) -> Path:
    return settings.asterisk_dir / "log" / "messages"


def _ports(settings: Settings, site: "Site", *, running: bool) -> Iterator[Finding]:
    """Could we listen where we want to? A port that our own daemon holds is no fault."""
    desktop = site.desktop.port if settings.desktop.port is None else settings.desktop.port
    host = settings.desktop.host or site.desktop.host
    wanted = [("desktop", host, desktop, socket.SOCK_STREAM)]
    if settings.asterisk.url is None:
        wanted += [
            ("Asterisk's HTTP", "127.0.0.1", site.ports.http, socket.SOCK_STREAM),
            ("SIP", site.addresses.bind, site.ports.sip_udp, socket.SOCK_DGRAM),
        ]
        if site.ports.sip_tls is not None:
            tls = ("SIP over TLS", site.addresses.bind, site.ports.sip_tls, socket.SOCK_STREAM)
            wanted.append(tls)
    for name, address, port, kind in wanted:
        taken = _taken(address, port, kind)
        shown = f"{name}: {address}:{port}"
        if not taken:
            yield good("ports", f"{shown} is free")
        elif running:
            yield good("ports", f"{shown} is in use, while Parley runs")
        else:
            remedy = "Stop the program that uses it, or choose another port in the site file"
            yield failed("ports", f"{shown} cannot be used: {taken}", remedy)
    low, high = site.ports.rtp_start, site.ports.rtp_end
    calls = (high - low + 1) // 4
    if calls < 10:
        remedy = "Widen rtp_start to rtp_end: four ports for each call"
        yield warning("ports", f"RTP {low} to {high} carries {calls} calls", remedy)
    else:
        yield good("ports", f"RTP {low} to {high}, for about {calls} calls")


def _taken(address: str, port: int, kind: socket.SocketKind) -> str:
    """Say why the port cannot be used; empty if it can."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            if error.errno == errno.EACCES:
                return "ports below 1024 need special rights"
            return error.strerror or "unknown"
    return ""

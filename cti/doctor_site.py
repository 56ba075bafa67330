"""`parley doctor` on what the site file names, certificates and the journal."""

import asyncio
import contextlib
import json
import sqlite3
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from crm_core.domain.errors import CrmError
from crm_core.storage import migrate
from crm_core.storage.database import Database
from cti import trunk_reading
from cti.doctor_finding import Finding, failed, good, warning
from cti.settings import Settings
from cti.trunks import resolves
from telephony_config import control
from telephony_config.errors import AsteriskFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_core.domain.user import User
    from telephony_config.model import Site, Trunk

RENEWED_BEFORE: Final = timedelta(days=21)
"""A certificate is renewed by then, if anything renews it."""


def examine(
    settings: Settings, site: "Site", file: Path, *, running: int | None, now: datetime
) -> list[Finding]:
    """Run every check of this module; ``running`` is the process of the Parley that runs."""
    log = trunk_reading.tail(settings.asterisk_dir / "log" / "messages")
    asterisk = _running_folder(settings)
    return [
        *newer_site(file, settings.data_dir / "parley.lock", running=running),
        journal(settings.journal_file),
        *certificates(settings, site, now),
        *asyncio.run(_ask(settings, site, asterisk, log)),
    ]


async def _ask(settings: Settings, site: "Site", asterisk: Path | None, log: str) -> list[Finding]:
    """What others have to answer: the database, name servers, the Asterisk that runs."""
    found = await _people(settings, site)
    for trunk in site.trunks:
        found += await _server(settings, trunk)
    return found if asterisk is None else found + await _trunks(site, asterisk, log)


def newer_site(file: Path, started: Path, *, running: int | None) -> Iterator[Finding]:
    """Does what runs know this file? ``started`` was written when it began."""
    if running is None or not started.exists():
        return
    changed = file.stat().st_mtime
    if changed > started.stat().st_mtime:
        at = datetime.fromtimestamp(changed, UTC)
        what = f"{file} was changed at {at:%Y-%m-%d %H:%M} UTC, after Parley was started"
        yield warning("site", what, "Restart Parley, so that it runs with the new file")


def journal(file: Path) -> Finding:
    """Can the floor's journal be read to its end?"""
    if not file.exists():
        return good("journal", f"{file}, not there yet: made at the first start")
    try:
        with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as found:
            said = [row[0] for row in found.execute("PRAGMA quick_check(1)")]
    except sqlite3.Error as error:
        said = [str(error)]
    if said == ["ok"]:
        return good("journal", str(file))
    remedy = (
        "Move it away with its -wal and -shm, then: parley up. "
        "Calls that it knew and nobody recorded are lost; agents sign in again"
    )
    return failed("journal", f"{file} is damaged: {said[0][:100]}", remedy)


def certificates(settings: Settings, site: "Site", now: datetime) -> Iterator[Finding]:
    """Do certificate and key belong together, and how long does the certificate hold?"""
    given = [("pages", settings.tls.certificate, settings.tls.key)]
    if site.tls is not None:
        given.append(("SIP", site.tls.certificate, site.tls.key))
    for what, certificate, key in given:
        if certificate is not None and key is not None:
            yield _certificate(what, certificate, key, now)


def _certificate(what: str, certificate: Path, key: Path, now: datetime) -> Finding:
    from cryptography import x509

    shown = f"{what}: {certificate}"
    try:
        ends = x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, _no_phrase)
    except (OSError, ValueError) as error:  # SSLError is an OSError
        remedy = (
            "Name a PEM certificate and its own key without a pass phrase, and let us read them"
        )
        return failed("certificate", f"{shown} cannot be used: {_why(error)}", remedy)
    if ends <= now:
        return failed("certificate", f"{shown} ended on {ends:%Y-%m-%d}", "Renew it")
    if ends - now < RENEWED_BEFORE:
        left = f"{shown} ends on {ends:%Y-%m-%d}, in {(ends - now).days} days"
        return warning("certificate", left, "Renew it, then send Parley SIGHUP, or restart it")
    return good("certificate", f"{shown}, until {ends:%Y-%m-%d}")


def _no_phrase() -> str:
    raise ValueError("the key has a pass phrase")


def _why(error: Exception) -> str:
    return getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)


async def _people(settings: Settings, site: "Site") -> list[Finding]:
    """Do the users exist whose phones the site file names?"""
    try:
        async with asyncio.timeout(settings.timeouts.database_open.total_seconds()):
            users = await _users(settings)
    except (CrmError, TimeoutError):
        return []  # the check of the database says so
    return [] if users is None else list(phones_of_nobody(site, users))


async def _users(settings: Settings) -> "Sequence[User] | None":
    if await migrate.state(settings.database_url) is not migrate.State.CURRENT:
        return None
    database = Database(settings.database_url)
    await database.open()
    try:
        async with database.work() as work:
            return await work.users.all()
    finally:
        await database.close()


def phones_of_nobody(site: "Site", users: "Sequence[User]") -> Iterator[Finding]:
    """Name each phone whose user is not there, takes no calls, or may not log in."""
    known = {user.id: user for user in users}
    for agent in site.phones:
        user, key = known.get(agent), f"phones.{agent}"
        if user is None:
            remedy = f"Mend the name, or make the user: parley user add {agent}"
            yield failed("phones", f"{key}: there is no user {agent}", remedy)
        elif not user.active:
            remedy = f"Remove it, or let the user in again: parley user activate {agent}"
            yield warning("phones", f"{key}: this user may not log in", remedy)
        elif "agent" not in user.roles:
            remedy = f"Remove it, or: parley user roles {agent} agent"
            yield warning("phones", f"{key}: this user takes no calls", remedy)


async def _server(settings: Settings, trunk: "Trunk") -> list[Finding]:
    if not trunk.server or await resolves(trunk.server, within=settings.timeouts.name_lookup):
        return []
    what = f"trunks.{trunk.id}.server: nobody knows the name {trunk.server}"
    return [failed("trunks", what, "Mend it, or this machine's name server")]


async def _trunks(site: "Site", asterisk: Path, log: str) -> list[Finding]:
    """How are the trunks of the Asterisk that runs?"""
    try:
        found = await trunk_reading.read(
            lambda command: control.ask(asterisk / "asterisk.ctl", command), site.trunks, log
        )
    except (OSError, AsteriskFailed):
        return []  # the check of ARI says so
    return [_trunk(name, each) for name, each in found.items()]


def _trunk(name: str, found: trunk_reading.Reading) -> Finding:
    if found.state.down:
        remedy = trunk_reading.REMEDIES[found.cause]
        return failed("trunks", f"{name} is {found.state}: {found.cause}", remedy)
    return good("trunks", f"{name} is {found.state}")


def _running_folder(settings: Settings) -> Path | None:
    from telephony_config.embedded import STATE

    try:
        return Path(json.loads((settings.asterisk_dir / STATE).read_text())["run"])
    except (OSError, ValueError, KeyError):
        return None

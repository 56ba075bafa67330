"""`parley doctor` on the database: does it answer, and is it at this program's version?"""

import asyncio
from typing import Final

from crm_core.domain import errors
from crm_core.storage import migrate
from crm_core.storage.urls import parse_url, shown
from cti.doctor_finding import Finding, failed, good
from cti.settings import Settings

URL: Final = "PARLEY_DATABASE_URL (or database.url of the settings file)"
UPGRADE: Final = "Run: parley db upgrade"
AGAIN: Final = "Mend what it names, then run this again"


async def examine(settings: Settings) -> list[Finding]:
    """Ask it for its version."""
    try:
        place = _place(settings)
    except errors.BadDatabaseUrl as error:
        return [failed("database", str(error), f"Mend {URL}")]
    try:
        async with asyncio.timeout(settings.timeouts.database_open.total_seconds()):
            state = await migrate.state(settings.database_url)
    except TimeoutError:
        return [failed("database", f"{place} does not answer", _answer(settings))]
    except errors.CrmError as error:
        why = str(error).removeprefix(f"{shown(settings.database_url)}: ")  # we say it at length
        return [failed("database", f"{place}: {why}", _remedy(error, settings))]
    match state:
        case migrate.State.CURRENT:
            return [good("database", f"{place}, at this program's version")]
        case migrate.State.EMPTY:
            return [failed("database", f"{place}, empty", UPGRADE)]
        case migrate.State.BEHIND:
            return [failed("database", f"{place}, of an older version", UPGRADE)]
        case migrate.State.NEWER:
            remedy = "Update the program, or restore a backup made before that"
            return [failed("database", f"{place}, of a newer version than this program", remedy)]


def _place(settings: Settings) -> str:
    """Which database it is, without the password."""
    url = parse_url(settings.database_url)
    if _is_file(settings):
        return f"SQLite, {url.database}"
    port = f":{url.port}" if url.port else ""
    return f"PostgreSQL, {url.database} at {url.host or 'localhost'}{port}"


def _is_file(settings: Settings) -> bool:
    return settings.database_url.startswith("sqlite")


def _remedy(error: errors.CrmError, settings: Settings) -> str:
    match error:
        case errors.StorageDamaged() if _is_file(settings):
            return "Restore the file from a backup; or move it away and begin anew: parley up"
        case errors.StorageRefused():
            return f"Mend {URL}, or what the server knows of it"
        case errors.StorageUnavailable():
            return _answer(settings)
        case _:
            return AGAIN


def _answer(settings: Settings) -> str:
    if _is_file(settings):
        return "End the program that holds the file, or see to its folder and disk"
    return f"Start PostgreSQL there and let this machine in, or mend {URL}"

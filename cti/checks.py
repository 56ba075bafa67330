"""What the health endpoint asks of each component."""

from collections.abc import Awaitable, Callable

from agent_desktop.server.rest_meta import TRUNKS
from crm_core.domain.errors import CrmError
from crm_core.storage.database import Database
from cti.daemon import Telephony
from cti.journal import Journal
from cti.recorder import Recorder
from cti.trunks import Trunks


def health_checks(
    telephony: Telephony, database: Database, journal: Journal, recorder: Recorder, trunks: Trunks
) -> dict[str, Callable[[], Awaitable[str]]]:
    """What the health endpoint asks, by component."""

    async def asterisk() -> str:
        return "ok" if telephony.connected else "not connected"

    async def base() -> str:
        try:
            async with database.work() as work:
                await work.users.find("nobody")
        except CrmError as error:
            return error.code
        return "ok"

    async def floor_log() -> str:
        return "ok" if journal.healthy else "cannot be written: is the disk full?"

    async def records() -> str:
        return "ok" if recorder.healthy else "waiting for the database"

    async def carriers() -> str:
        return trunks.well()

    return {
        "asterisk": asterisk,
        "database": base,
        "journal": floor_log,
        "recorder": records,
        TRUNKS: carriers,
    }

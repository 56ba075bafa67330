"""What the audit log holds of log-ins: who, from which address, what came of it.

A name that is no user's is not written down: it may be a password typed into the wrong box.
"""

from collections.abc import Sequence
from typing import Final

from crm_core.storage.database import Database

STRANGER: Final = "stranger"
"""Who did it while nobody was signed in."""

SIGNED_IN: Final = "signed_in"
FAILED: Final = "sign_in_failed"
REFUSED: Final = "sign_in_refused"
ENDED: Final = "session_ended"
PHONE: Final = "phone_issued"

Line = tuple[str, str, str, dict[str, str]]
"""Actor, action, user it was done to, details."""


async def write(database: Database, lines: Sequence[Line]) -> None:
    """Write down several lines in one transaction."""
    async with database.work(actor=STRANGER) as work:
        for actor, action, user, details in lines:
            await work.audit.note(action, "user", user, actor=actor, details=details)
        await work.commit()

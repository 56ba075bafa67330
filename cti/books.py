"""What live calls ask of the customer base: who calls, what happened, who saw it.

Three verbs, small and frequent, so that they can be carried out in a process of their own
(``cti.clerk``). All else (pages, wrap-up, the phone menu) uses the database itself.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol

import msgspec
from typing_extensions import override

from acd.ids import AgentId, CallId
from crm_core.domain.caller import CallerFile
from crm_core.domain.interaction import Interaction
from crm_core.services import caller_lookup
from crm_core.storage.database import Database


class Viewing(msgspec.Struct, frozen=True, array_like=True):
    """An agent was shown a party's data because of a call."""

    agent: AgentId
    call: CallId
    party_id: str


LookingUp = Callable[[], Awaitable[CallerFile]]


class Books(Protocol):
    """The customer base as live calls see it; raises ``CrmError``."""

    async def look_up(
        self, ani: str, *, region: str, queue: str | None, party_id: str | None
    ) -> CallerFile:
        """Find out who calls; ``party_id`` is who he proved or was said to be."""
        ...

    def begin_look_up(
        self, ani: str, *, region: str, queue: str | None, party_id: str | None
    ) -> "LookingUp":
        """The same, begun at once by who can; what is returned ends it."""
        ...

    async def record(self, records: Sequence[Interaction]) -> None:
        """Write what is known of these calls, all or none; writing again changes nothing."""
        ...

    async def note(self, viewings: Sequence[Viewing]) -> None:
        """Write into the audit log who was shown whose data."""
        ...


class OwnBooks(Books):
    """Asks the database from this very process."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def look_up(
        self, ani: str, *, region: str, queue: str | None, party_id: str | None
    ) -> CallerFile:
        """Find out who calls."""
        async with self._database.work() as work:
            return await caller_lookup.look_up(
                work, ani, region=region, queue=queue, party_id=party_id
            )

    @override
    def begin_look_up(
        self, ani: str, *, region: str, queue: str | None, party_id: str | None
    ) -> LookingUp:
        """Nothing is begun: a thread's answer would not come sooner."""
        return partial(self.look_up, ani, region=region, queue=queue, party_id=party_id)

    @override
    async def record(self, records: Sequence[Interaction]) -> None:
        """Write what is known of these calls."""
        async with self._database.work() as work:
            await work.interactions.record(*records)
            await work.commit()

    @override
    async def note(self, viewings: Sequence[Viewing]) -> None:
        """Write into the audit log who was shown whose data."""
        async with self._database.work() as work:
            for viewing in viewings:
                await work.audit.viewed(
                    "party",
                    viewing.party_id,
                    party_id=viewing.party_id,
                    actor=viewing.agent,
                    details={"call": viewing.call, "shown": "pop"},
                )
            await work.commit()

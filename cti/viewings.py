"""Notes in the audit log whose data an agent was shown when a call rang: a line for each party.

The pop is on her screen before the line is on disk: what was shown is queued, and written in
batches some moments later, beside the calls. While the database is away the lines wait here; a
daemon that is killed loses at most those of its last moments whose calls end before it is back.
"""

import asyncio
import logging
from collections import OrderedDict, deque
from datetime import timedelta
from random import Random
from typing import Final

from acd.ids import AgentId
from crm_core.domain.errors import StorageError
from cti.books import Books, Viewing
from cti.callers import Caller

log = logging.getLogger(__name__)

REMEMBERED: Final = 20_000
"""Viewings already noted; the same pop shown anew, with more in it, is no second viewing."""
MOST_WAITING: Final = 50_000
BATCH: Final = 500
GATHER: Final = 0.5
"""Seconds for which lines wait for each other."""
FIRST_RETRY: Final = 0.2
LONGEST_RETRY: Final = 10.0


class Viewings:
    """Collects what is shown and writes it down."""

    def __init__(self, books: Books, randomness: Random, *, patience: timedelta) -> None:
        self._books, self._random, self._patience = books, randomness, patience
        self._waiting: deque[Viewing] = deque()
        self._some = asyncio.Event()
        self._noted: OrderedDict[Viewing, None] = OrderedDict()
        self.lost = 0
        """Viewings that could not be noted because the database was away for too long."""

    def shown(self, agent: AgentId, caller: Caller) -> None:
        """The agent sees this caller's pop: the party it is, or those it may be."""
        file = caller.file
        if file is None:
            return  # a number and nothing more
        parties = [file.party.id] if file.party is not None else []
        parties += [candidate.party_id for candidate in file.candidates]
        for party in dict.fromkeys(parties):
            self._add(Viewing(agent, caller.call, party))

    def _add(self, viewing: Viewing) -> None:
        if viewing in self._noted:
            return
        self._noted[viewing] = None
        if len(self._noted) > REMEMBERED:
            self._noted.popitem(last=False)
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft()
            self.lost += 1
        self._waiting.append(viewing)
        self._some.set()

    async def run(self) -> None:
        """Write down what is shown until cancelled; patient with a database that is away."""
        pause = FIRST_RETRY
        while True:
            await self._some.wait()
            await asyncio.sleep(GATHER)
            try:
                await self.flush()
            except (StorageError, TimeoutError) as error:
                if pause == FIRST_RETRY:
                    log.error(  # noqa: TRY400 - said once, no traceback wanted
                        "viewings cannot be noted", extra={"why": type(error).__name__}
                    )
                await asyncio.sleep(pause * (0.5 + self._random.random()))
                pause = min(pause * 2, LONGEST_RETRY)
            else:
                pause = FIRST_RETRY

    async def flush(self) -> None:
        """Write down all that waits; what cannot be written goes on waiting."""
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            try:
                async with asyncio.timeout(self._patience.total_seconds()):
                    await self._books.note(batch)
            except BaseException:
                self._waiting.extendleft(reversed(batch))
                raise
        self._some.clear()

    async def close(self) -> None:
        """Write down what is left, or say how much cannot be."""
        try:
            await self.flush()
        except (StorageError, TimeoutError):
            log.exception("viewings lost", extra={"lines": len(self._waiting)})

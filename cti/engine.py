"""The single writer: command in, ``floor.decide``, ``floor.evolve``, journal, events out.

Nobody else changes the floor. Commands are applied in the order they came; while a batch is being
journalled the next one gathers, so that a burst costs one commit. Events go out only when they
are journalled: what the world sees, a restart sees too.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Final

import msgspec

from acd.commands import Command
from acd.events import Event
from acd.floor import Floor, FloorSnapshot
from acd.machine import Refused
from cti.clock import Clock
from cti.journal import Entry, Journal

log = logging.getLogger(__name__)

SNAPSHOT_EVERY: Final = 5_000
"""Events between two snapshots: a restart replays at most this many."""

Listener = Callable[[Sequence[Entry]], None]

TOLD_LATER: Final = 0.02
"""Seconds that listeners wait whom no caller and no ringing agent waits for."""


class When(IntEnum):
    """How soon a listener hears of what was journalled."""

    FIRST = 0
    """At once: what it starts runs while the others are told."""
    NEXT = 1
    """After that has begun."""
    LATER = 2
    """Within ``TOLD_LATER``, several batches as one."""


@dataclass(slots=True)
class _Asked:
    """A command on its way through the writer, and who wants to know what came of it."""

    command: Command
    answer: "asyncio.Future[list[Event]] | None" = None
    refused: Callable[[], None] | None = None
    result: list[Event] | Refused = field(default_factory=list)

    def settle(self) -> None:
        """Tell who asked."""
        if self.answer is None:
            if isinstance(self.result, Refused):
                self._turned_down(self.result)
        elif self.answer.done():
            pass  # the asker was cancelled
        elif isinstance(self.result, Refused):
            self.answer.set_exception(self.result)
        else:
            self.answer.set_result(self.result)

    def _turned_down(self, refusal: Refused) -> None:
        name = type(self.command).__name__
        log.info("command refused", extra={"command": name, "code": refusal.code})
        if self.refused is not None:
            self.refused()


class Engine:
    """Owns the floor; ``run`` is the one task that writes it."""

    def __init__(self, floor: Floor, journal: Journal, clock: Clock) -> None:
        self.floor = floor
        self._journal, self._clock = journal, clock
        self._inbox: deque[_Asked | None] = deque()
        """Commands; None says that it is time to tell those who hear of things later."""
        self._sleep: asyncio.Future[None] | None = None
        """Done when something lies in the inbox again; a queue's turn costs three times as much."""
        self._listeners: dict[When, list[Listener]] = {when: [] for when in When}
        self._held: list[Entry] = []
        """What those who hear of it later have not heard of yet."""
        self._since_snapshot = 0
        self._applying = False

    def listen(self, listener: Listener, when: When = When.LATER) -> None:
        """Call ``listener`` with all that is journalled, in order; it must not block or raise."""
        self._listeners[when].append(listener)

    @property
    def idle(self) -> bool:
        """Whether every command so far is applied, journalled and told."""
        return not self._inbox and not self._applying and not self._held

    def submit(self, command: Command, *, refused: Callable[[], None] | None = None) -> None:
        """Apply ``command`` soon; ``refused`` is called if the floor will not do it."""
        self._put(_Asked(command, refused=refused))

    async def ask(self, command: Command) -> list[Event]:
        """Apply ``command`` and return its events once they are journalled; raises ``Refused``."""
        answer: asyncio.Future[list[Event]] = asyncio.get_running_loop().create_future()
        self._put(_Asked(command, answer=answer))
        return await answer

    def _put(self, asked: _Asked | None) -> None:
        self._inbox.append(asked)
        if self._sleep is not None and not self._sleep.done():
            self._sleep.set_result(None)

    async def run(self) -> None:
        """Write the floor until cancelled. An error in here is a bug and ends the daemon."""
        loop = asyncio.get_running_loop()
        while True:
            if not self._inbox:
                self._sleep = loop.create_future()
                await self._sleep
            batch = list(self._inbox)
            self._inbox.clear()
            self._applying = True
            if commands := [asked for asked in batch if asked is not None]:
                await self._apply(commands)
            if len(commands) < len(batch):
                self._tell_the_rest()
            self._applying = False

    async def _apply(self, batch: Sequence["_Asked"]) -> None:
        now = self._clock.now()
        events: list[Event] = []
        for asked in batch:
            asked.result = self._decide(asked.command, now)
            if not isinstance(asked.result, Refused):
                events.extend(asked.result)
        entries = self._journal.number(events)
        if entries:
            await self._journal.append(entries)
            await self._tell(entries)
        for asked in batch:
            asked.settle()
        self._since_snapshot += len(entries)
        if self._since_snapshot >= SNAPSHOT_EVERY:
            await self.store_snapshot()

    async def _tell(self, entries: Sequence[Entry]) -> None:
        for listener in self._listeners[When.FIRST]:
            listener(entries)
        await asyncio.sleep(0)
        for listener in self._listeners[When.NEXT]:
            listener(entries)
        if not self._held:
            asyncio.get_running_loop().call_later(TOLD_LATER, self._put, None)
        self._held.extend(entries)

    def _tell_the_rest(self) -> None:
        entries, self._held = self._held, []
        for listener in self._listeners[When.LATER]:
            listener(entries)

    def _decide(self, command: Command, now: datetime) -> list[Event] | Refused:
        try:
            events = self.floor.decide(command, now)
        except Refused as refusal:
            return refusal
        for event in events:
            self.floor.evolve(event)
        return events

    async def store_snapshot(self) -> None:
        """Store the floor as it is now."""
        self._since_snapshot = 0
        body = msgspec.json.encode(self.floor.snapshot())
        await self._journal.store_snapshot(self._journal.last_seq, body, now=self._clock.now())


async def recover(journal: Journal) -> Floor:
    """The floor as the journal tells it: the last snapshot and what happened since."""
    stored = await journal.snapshot()
    seq, floor = 0, Floor()
    if stored is not None:
        try:
            seq, picture = stored[0], msgspec.json.decode(stored[1], type=FloorSnapshot)
        except msgspec.DecodeError as error:
            raise journal.unreadable("the picture of the floor") from error
        floor = Floor.restore(picture)
    for entry in await journal.read(after=seq):
        floor.evolve(entry.event)
    return floor

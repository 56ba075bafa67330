"""Callers in our hands: one visit per live call, in the menus first, then waiting with music.

A visit remembers what the IVR learnt (language, path, who the caller proved to be) for the pop
and the record. Its tasks end when an agent talks or the caller is gone.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, Final

from acd import commands as ask
from acd.commands import Command
from acd.ids import AgentId, CallId, QueueId
from acd.reasons import EndReason
from cti.ari.errors import Conflict, Disconnected, Gone, TelephonyError
from cti.call_control import CallControl
from cti.clock import Clock
from cti.doors import Door, FlowDoor, QueueDoor
from cti.line import AriLine
from ivr import runner, waiting
from ivr.dialogue import Abandoned, Exit, Finished, ToQueue
from ivr.ports import AccountLookup, HungUp, LineEvent, PositionChanged
from ivr.prompt_book import PromptBook

log = logging.getLogger(__name__)

SETTLE: Final = timedelta(milliseconds=300)
"""A caller whose agent answers sooner than this hears no snippet of music in between."""

RENEWED_EVERY: Final = timedelta(seconds=2)

SOUND_AGAIN: Final = timedelta(seconds=1)
"""After Asterisk failed to play, so long before the wait's sound is tried again."""


@dataclass(slots=True, kw_only=True)
class Visit:
    """One caller in our hands."""

    call: CallId
    ani: str
    dnis: str
    line: AriLine
    shown: tuple[str, str] | None = None
    """Name and number that a phone rung for this caller shows, if that is known."""
    language: str = "en"
    path: tuple[str, ...] = ()
    party_id: str | None = None
    verified: bool = False
    position: int = 0
    task: "asyncio.Task[None] | None" = field(default=None, repr=False)
    settling: asyncio.TimerHandle | None = field(default=None, repr=False)
    """Begins the wait's sound if no agent is free at once."""
    queue: QueueId | None = None
    sounds: bool = False
    """Whether the wait's sound has begun; no agent was there at once."""
    picked_up: bool = False
    """Whether the caller's leg is answered: she hears music and not ringing."""

    @property
    def busy(self) -> bool:
        """Whether a dialogue or the wait is under way."""
        return self.settling is not None or (self.task is not None and not self.task.done())

    def stop(self) -> "asyncio.Task[None] | None":
        """End what is under way; return its task, if there is one."""
        if self.settling is not None:
            self.settling.cancel()
            self.settling = None
        task, self.task = self.task, None
        if task is not None:
            task.cancel()
        return task


class Visits:
    """All callers in our hands."""

    def __init__(  # noqa: PLR0913 - what a caller may need
        self,
        control: CallControl,
        *,
        doors: Mapping[str, Door],
        accounts: AccountLookup,
        book: PromptBook,
        clock: Clock,
        submit: Callable[[Command], None],
        spawn: Callable[[str, Coroutine[Any, Any, None]], "asyncio.Task[None]"],
        later: Callable[[timedelta, Callable[[], object]], asyncio.TimerHandle],
        on_identified: Callable[[Visit], None],
        settle: timedelta = SETTLE,
    ) -> None:
        self._control, self._doors, self._accounts = control, doors, accounts
        self._book, self._clock = book, clock
        self._submit, self._spawn, self._later = submit, spawn, later
        self._on_identified, self._settle = on_identified, settle
        self._visits: dict[CallId, Visit] = {}

    def __len__(self) -> int:
        return len(self._visits)

    def get(self, call: CallId) -> Visit | None:
        """The visit of a live call."""
        return self._visits.get(call)

    def knows(self, dnis: str) -> bool:
        """Whether something is behind this number."""
        return dnis in self._doors

    def open(self, call: CallId, *, ani: str, dnis: str) -> Visit:
        """A caller has come in (or was found again after a restart)."""
        known = self._visits.get(call)
        if known is not None:
            return known
        line = AriLine(call, self._control, self._book.lasts)
        visit = Visit(call=call, ani=ani, dnis=dnis, line=line)
        self._visits[call] = visit
        return visit

    def deliver(self, call: CallId, event: LineEvent) -> None:
        """Something happened on the caller's channel; nobody listens once an agent talks."""
        visit = self._visits.get(call)
        if visit is not None and visit.task is not None:
            visit.line.deliver(event)

    def hung_up(self, call: CallId) -> None:
        """The caller is gone."""
        self.deliver(call, HungUp())

    def moved(self, call: CallId, position: int, wait: timedelta | None) -> None:
        """The caller's place in the queue has changed."""
        visit = self._visits.get(call)
        if visit is not None and visit.queue is not None and visit.position != position:
            visit.position = position
            visit.line.deliver(PositionChanged(position, wait))

    def straight(self, call: CallId, rung: AgentId | None = None) -> ask.EnqueueCall | None:
        """What queues a caller whose number knows no menus: decided together with the arrival.

        ``rung`` is whose phone rings for her already.
        """
        visit = self._visits.get(call)
        door = self._doors.get(visit.dnis) if visit is not None else None
        if not isinstance(door, QueueDoor):
            return None
        return ask.EnqueueCall(call=call, queue=door.queue, language=door.language, rung=rung)

    def begin_dialogue(self, call: CallId) -> None:
        """Take the caller in: the flow of her number, if it has one."""
        visit = self._visits.get(call)
        if visit is None or visit.busy:
            return
        door = self._doors.get(visit.dnis)
        if isinstance(door, QueueDoor):
            visit.language = door.language
        else:
            visit.task = self._spawn("dialogue", self._greet(visit, door))

    def begin_waiting(self, call: CallId, queue: QueueId, position: int) -> None:
        """Music and announcements from now on; a caller who waits already goes on waiting."""
        visit = self._visits.get(call)
        if visit is None or (visit.queue is not None and visit.busy):
            return
        visit.queue, visit.position, visit.sounds = queue, position, False
        visit.stop()
        visit.settling = self._later(self._settle, partial(self._sound, visit))

    def pause_waiting(self, call: CallId) -> "asyncio.Task[None] | None":
        """An agent is to be rung: say nothing more to the caller, and listen no more.

        Returns a task if its sound is only over when that has ended.
        """
        visit = self._visits.get(call)
        if visit is None:
            return None
        visit.line.let_go()
        task = visit.stop()
        visit.line.forget()
        return task if visit.sounds else None

    def end_waiting(self, call: CallId) -> None:
        """An agent is there."""
        self.pause_waiting(call)
        visit = self._visits.get(call)
        if visit is not None:
            visit.queue, visit.picked_up = None, True

    def close(self, call: CallId) -> None:
        """The call is over."""
        visit = self._visits.pop(call, None)
        if visit is not None:
            visit.stop()

    async def _greet(self, visit: Visit, door: FlowDoor | None) -> None:
        if door is None:
            log.error("nothing is behind the dialled number", extra={"call": visit.call})
            self._submit(ask.EndCall(call=visit.call, why=EndReason.FAILED))
            return
        visit.picked_up = True  # every flow begins so
        self.claim(visit.call)
        result = await runner.run(
            door.flow,
            visit.line,
            self._accounts,
            book=self._book,
            facts=door.facts(self._clock.now()),
            now=self._clock.now,
        )
        self._leave(visit, result)

    def claim(self, call: CallId) -> None:
        """Take a caller who is with us; returns at once."""
        if call in self._visits:
            _ = self._spawn("claim", self._claim(call))

    async def _claim(self, call: CallId) -> None:
        try:
            await self.lease(call)
        except TelephonyError as error:
            log.warning("not claimed", extra={"call": call, "why": type(error).__name__})

    async def lease(self, call: CallId) -> None:
        """Take a caller on a lease, which is renewed until an agent is rung or joined."""
        visit = self._visits.get(call)
        if visit is not None:
            await visit.line.keep()

    async def let_talk(self, call: CallId) -> None:
        """An agent is joined with her by us: no clock shall part the two, should the daemon die."""
        visit = self._visits.get(call)
        if visit is not None:
            visit.line.let_go()
        await self._control.claim(call)

    def lapsed(self, call: CallId) -> bool:
        """Whether the dialplan's clock may have taken her from us, because we were too slow."""
        visit = self._visits.get(call)
        return visit is not None and visit.line.overdue

    async def run(self) -> None:
        """Renew the leases until cancelled."""
        while True:
            await asyncio.sleep(RENEWED_EVERY.total_seconds())
            for line in [visit.line for visit in self._visits.values()]:
                if line.renewable:
                    await self._renew(line)

    async def _renew(self, line: AriLine) -> None:
        try:
            await line.keep()
        except (Gone, Conflict):
            pass  # she has left us, as an event will tell
        except TelephonyError as error:
            log.warning("not renewed", extra={"call": line.call, "why": type(error).__name__})

    async def _pick_up(self, visit: Visit) -> bool:
        """No agent was free at once: take the caller for good; tell whether she is there."""
        try:
            if not visit.line.kept:
                await visit.line.keep()
            if not visit.picked_up:
                await self._control.answer(visit.call)
        except (Gone, Conflict, Disconnected):
            return False  # ingress tells the floor; or reconciliation begins anew
        except TelephonyError as error:  # she may wait unanswered, until an agent is joined
            log.warning("not answered", extra={"call": visit.call, "why": type(error).__name__})
        visit.picked_up = True
        return True

    def _leave(self, visit: Visit, result: Exit) -> None:
        visit.language, visit.path = result.language, result.path
        if result.party_id is not None:
            visit.party_id, visit.verified = result.party_id, result.verified
        self._on_identified(visit)
        match result:
            case ToQueue():
                self._submit(
                    ask.EnqueueCall(
                        call=visit.call,
                        queue=result.queue,
                        needs=result.needs,
                        priority=result.priority,
                        language=result.language,
                    )
                )
            case Finished():
                self._submit(ask.EndCall(call=visit.call, why=EndReason.SERVED_BY_IVR))
            case Abandoned():
                pass  # ingress has told the floor, or reconciliation will

    def _sound(self, visit: Visit) -> None:
        visit.settling, visit.sounds = None, True
        visit.task = self._spawn("waiting", self._wait(visit))

    async def _wait(self, visit: Visit) -> None:
        if not await self._pick_up(visit):
            return
        while True:
            visit.line.forget()
            visit.line.deliver(PositionChanged(visit.position))
            announcer = waiting.Announcer(
                visit.line, book=self._book, language=visit.language, now=self._clock.now
            )
            try:
                await announcer.run()
            except Disconnected:
                return  # reconciliation begins the wait anew
            except TelephonyError as error:
                log.warning("wait fell silent", extra={"why": type(error).__name__})
                await asyncio.sleep(SOUND_AGAIN.total_seconds())
            else:
                return

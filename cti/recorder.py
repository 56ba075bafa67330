"""Floor events -> one interaction per call, with a segment per agent, in the customer base.

The recorder reads the journal like a consumer of an outbox: what it has stored is noted there by
number, and after a crash it starts at the oldest call it had not finished. Records are keyed by
the call's id and written whole, so writing twice changes nothing: exactly one per call. While
the database is away, calls go on and the events wait in the journal.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import Any, Final

import msgspec

from acd import events as e
from acd.ids import AgentId, CallId
from acd.reasons import OfferEnd
from crm_core.domain.errors import CrmError, StorageError
from crm_core.domain.ids import interaction_id
from crm_core.domain.interaction import Interaction, Segment
from cti.books import Books
from cti.callers import Callers
from cti.journal import Entry, Journal

log = logging.getLogger(__name__)

CONSUMER: Final = "recorder"
FIRST_RETRY: Final = timedelta(milliseconds=200)
LONGEST_RETRY: Final = timedelta(seconds=10)
GATHER: Final = timedelta(milliseconds=500)
"""How long records may wait for each other. A short call is written once, not three times, and a
busy floor writes dozens together; who needs one at once asks ``stored``."""
AT_ONCE: Final = 20
"""Records in one transaction, and entries folded in one turn of the loop: a caller who comes in
meanwhile waits a millisecond and not ten, here and at the clerk's."""


@dataclass(slots=True)
class _Record:
    """One call being folded. ``first`` is the number of its first event."""

    first: int
    values: dict[str, Any]
    """The fields of its ``Interaction``."""
    segments: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The fields of the ``Segment`` of each offer."""
    decisions: list[Mapping[str, Any]] = field(default_factory=list)
    wrapping: bool = False
    ended: bool = False

    @property
    def done(self) -> bool:
        """Nothing more will come."""
        return self.ended and not self.wrapping

    def whole(self, **more: Any) -> Interaction:
        """The record as it stands, with what others know of the call."""
        return Interaction(
            **self.values,
            **more,
            segments=tuple(Segment(**values) for values in self.segments.values()),
            decisions=tuple(self.decisions),
        )


class Recorder:
    """Writes interactions. ``take`` is handed every journalled batch."""

    def __init__(
        self,
        journal: Journal,
        books: Books,
        callers: Callers,
        randomness: Random,
        *,
        patience: timedelta,
        first_retry: timedelta = FIRST_RETRY,
        gather: timedelta = GATHER,
        note_of: Callable[[CallId], str] = lambda _: "",
    ) -> None:
        self._journal, self._books, self._callers = journal, books, callers
        self._random, self._patience, self._first_retry = randomness, patience, first_retry
        self._inbox: asyncio.Queue[Sequence[Entry]] = asyncio.Queue()
        self._open: dict[CallId, _Record] = {}
        self._note_of = note_of
        self._seen = 0
        self._stored = asyncio.Condition()
        self._gather, self._wanted = gather, asyncio.Event()
        self.healthy = True
        self.told: Callable[[Sequence[Interaction]], None] = lambda _: None
        """Handed the records of calls to which nothing more will come, once they are stored."""

    def take(self, entries: Sequence[Entry]) -> None:
        """Queue a batch. It is folded whole: a call may end and its wrap-up begin in one."""
        if entries:
            self._inbox.put_nowait(entries)

    async def catch_up(self) -> None:
        """Before the first ``take``: queue what an earlier run did not finish."""
        self.take(await self._journal.read(after=await self._journal.cursor(CONSUMER)))

    async def stored(self, call: CallId) -> None:
        """Wait until everything known of ``call`` so far is in the customer base."""
        upto = self._journal.last_seq
        if self._seen < upto:
            self._wanted.set()
        async with self._stored:
            await self._stored.wait_for(lambda: self._seen >= upto)

    async def run(self) -> None:
        """Store records until cancelled; patient with a database that is away."""
        while True:
            batch = list(await self._inbox.get())
            await self._let_gather()
            while not self._inbox.empty():
                batch.extend(self._inbox.get_nowait())
            changed = await self._fold(batch)
            await self._store(changed)
            await self._advance(batch[-1].seq)

    async def _let_gather(self) -> None:
        """Write a call's quick succession of events as one, unless somebody waits for them."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._gather.total_seconds()):
                await self._wanted.wait()
        self._wanted.clear()

    async def _fold(self, batch: Sequence[Entry]) -> list[CallId]:
        changed: dict[CallId, None] = {}
        for number, entry in enumerate(batch, start=1):
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)
            call = self._apply(entry)
            if call is not None:
                changed[call] = None
        return list(changed)

    async def _store(self, calls: Sequence[CallId]) -> None:
        for start in range(0, len(calls), AT_ONCE):
            some = [
                self._open[call] for call in calls[start : start + AT_ONCE] if call in self._open
            ]
            records = [self._with_party(record) for record in some]
            if records:
                await self._store_some(records)
                self.told([one for one, kept in zip(records, some, strict=True) if kept.done])
        for call in calls:
            record = self._open.get(call)
            if record is not None and record.done:
                del self._open[call]

    async def _store_some(self, records: Sequence[Interaction]) -> None:
        """Store these records, one by one if they are not taken together."""
        try:
            await self._patiently(records)
        except CrmError as error:
            if len(records) > 1:
                for record in records:
                    await self._store_some([record])
            elif records[0].party_id is not None:  # the party may have been removed meanwhile
                await self._store_some([replace(records[0], party_id=None)])
            else:
                call = records[0].external_id
                log.error("record refused", extra={"call": call, "code": error.code})  # noqa: TRY400 - the text may name a person

    async def _patiently(self, records: Sequence[Interaction]) -> None:
        """Write the records, however long the database is away."""
        pause = self._first_retry
        while True:
            try:
                await self._write(records)
            except (StorageError, TimeoutError) as error:
                if self.healthy:
                    log.error(  # noqa: TRY400 - said once, no traceback wanted
                        "records cannot be stored", extra={"why": type(error).__name__}
                    )
                self.healthy = False
                await asyncio.sleep(pause.total_seconds() * (0.5 + self._random.random()))
                pause = min(pause * 2, LONGEST_RETRY)
            else:
                self.healthy = True
                return

    async def _write(self, records: Sequence[Interaction]) -> None:
        async with asyncio.timeout(self._patience.total_seconds()):
            await self._books.record(records)

    async def _advance(self, seq: int) -> None:
        oldest = min((record.first for record in self._open.values()), default=seq + 1)
        await self._journal.move_cursor(CONSUMER, oldest - 1)
        async with self._stored:
            self._seen = seq
            self._stored.notify_all()

    def _with_party(self, record: _Record) -> Interaction:
        call = CallId(record.values["external_id"])
        caller = self._callers.get(call)
        more: dict[str, Any] = {}
        if record.done and (note := self._note_of(call)):
            more["note"] = note  # her time was over before she sent the form
        if caller is not None:
            more["party_id"] = caller.party_id
            # Who has said nothing of himself may have proved it to a daemon that could not note it.
            more["verified"] = caller.verified or (None if caller.chosen is None else False)
            more["ivr_path"] = caller.path or None
            more["inferred_reason"] = caller.reason
        return record.whole(**more)

    # --- the fold: the call whose record should be written now ------------------------------------

    def _apply(self, entry: Entry) -> CallId | None:  # noqa: C901, PLR0911 - one match
        event = entry.event
        match event:
            case e.CallStarted():
                self._begin(entry.seq, event)
                return None
            case e.CallQueued(call=call):
                return self._queued(event) if call in self._open else None
            case e.CallOffered(call=call):
                self._offered(event)
                return None
            case e.OfferEnded():
                self._segment(event.call, event.offer, ended_at=event.at, outcome=str(event.reason))
                return None
            case e.CallConnected():
                return self._connected(event)
            case e.CallEnded():
                return self._ended(event)
            case e.WrapUpStarted(call=call) if call in self._open:
                self._open[call].wrapping = True
                return None
            case e.WrapUpFinished():
                return self._wrapped(event)
            case _:
                return None

    def _begin(self, seq: int, event: e.CallStarted) -> None:
        self._open[event.call] = _Record(
            first=seq,
            values={
                "id": interaction_id(event.call, event.at),
                "external_id": event.call,
                "ani": self._callers.number_of(event.ani),
                "dnis": event.dnis,
                "started_at": event.at,
            },
        )

    def _change(self, call: CallId, **values: Any) -> CallId | None:
        record = self._open.get(call)
        if record is None:
            return None
        record.values.update(values)
        return call

    def _queued(self, event: e.CallQueued) -> CallId | None:
        first = self._open[event.call].values.get("queued_at", event.at)
        self._change(event.call, queue=event.queue, language=event.language, queued_at=first)
        return None

    def _offered(self, event: e.CallOffered) -> None:
        record = self._open.get(event.call)
        if record is None:
            return
        record.decisions.append(_decision(event))
        record.segments[event.offer] = {
            "seq": len(record.segments) + 1,
            "agent_id": event.agent,
            "queue": event.queue,
            "offered_at": event.at,
        }

    def _segment(self, call: CallId, offer: str, **values: Any) -> None:
        record = self._open.get(call)
        if record is not None and offer in record.segments:
            record.segments[offer].update(values)

    def _connected(self, event: e.CallConnected) -> CallId | None:
        self._segment(event.call, event.offer, answered_at=event.at)
        return self._change(
            event.call, agent_id=event.agent, answered_at=event.at, waited=event.waited
        )

    def _ended(self, event: e.CallEnded) -> CallId | None:
        record = self._open.get(event.call)
        if record is None:
            return None
        record.ended = True
        if event.offer is not None:
            self._segment(
                event.call,
                event.offer,
                ended_at=event.at,
                talked=event.talked,
                held=event.held,
                outcome=str(event.outcome)
                if "answered_at" in record.values
                else str(OfferEnd.CALLER_GONE),
            )
        return self._change(
            event.call,
            ended_at=event.at,
            waited=event.waited,
            talked=event.talked,
            held=event.held,
            outcome=str(event.outcome),
            cause=str(event.why),
        )

    def _wrapped(self, event: e.WrapUpFinished) -> CallId | None:
        record = self._open.get(event.call)
        if record is None:
            return None
        record.wrapping = False
        offer = _offer_of_agent(record, event.agent)
        if offer is not None:
            self._segment(event.call, offer, wrapped=event.lasted)
        return self._change(event.call, disposition=event.disposition)


def _offer_of_agent(record: _Record, agent: AgentId) -> str | None:
    """The last answered offer of this agent."""
    for offer, segment in reversed(record.segments.items()):
        if segment["agent_id"] == agent and "answered_at" in segment:
            return offer
    return None


def _decision(event: e.CallOffered) -> Mapping[str, Any]:
    """The stored form of a decision record; ``read_decision`` reads it back."""
    stored = msgspec.to_builtins(event)
    assert isinstance(stored, dict)  # noqa: S101 - a dataclass becomes an object
    return stored


def read_decision(stored: Mapping[str, Any]) -> e.CallOffered:
    """A stored decision record as the event it was."""
    return msgspec.convert(stored, e.CallOffered)

"""Who is calling: looked up when the call arrives, so that it is ready long before an agent is.

One entry per call, kept a while after the call for the wrap-up. Looking up again (the caller
proved who he is, the agent chose a candidate) replaces the entry. What no look-up can find again,
because the caller or the agent told it, is kept in the journal for the next daemon.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, Final

import msgspec

from acd.ids import CallId, QueueId
from crm_core.domain.caller import CallerFile, MatchState
from crm_core.domain.errors import CrmError
from crm_core.domain.phone import best_reading
from cti.books import Books, LookingUp

log = logging.getLogger(__name__)

AGAIN_AFTER: Final = (timedelta(seconds=1), timedelta(seconds=4))
"""So long after a look-up has failed it is begun again, and once more."""
KEPT: Final = 5_000
"""Entries kept: live calls and the last ended ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """What is known of one call's caller. ``file`` is None until the look-up is back."""

    call: CallId
    ani: str
    asked: bool = False
    """Whether this daemon has begun to look him up."""
    queue: QueueId | None = None
    """The queue he goes to: of several people with his number, it tells whom this is about."""
    file: CallerFile | None = None
    chosen: str | None = None
    """The party the caller proved to be or the agent chose; overrules the look-up."""
    verified: bool = False
    path: tuple[str, ...] = ()
    failed: bool = False

    @property
    def party_id(self) -> str | None:
        """The party the call is logged to, or None while that is open."""
        if self.chosen is not None:
            return self.chosen
        return self.file.linked_party_id if self.file is not None else None

    @property
    def name(self) -> str:
        """The caller's name when he is known for certain, else nothing."""
        if self.file is None or self.file.party is None or self.party_id is None:
            return ""
        return self.file.party.name

    @property
    def reason(self) -> str:
        """The likeliest reason of the call, as a catalogue key."""
        return self.file.reasons[0].key if self.file is not None and self.file.reasons else ""


class Memo(msgspec.Struct, frozen=True, kw_only=True):
    """What was told of a caller, in its stored form; the fields are those of ``Caller``."""

    call: CallId
    ani: str
    chosen: str | None
    verified: bool
    path: tuple[str, ...]


class Callers:
    """All callers we know of."""

    def __init__(
        self,
        books: Books,
        *,
        region: str,
        patience: timedelta,
        spawn: Callable[[str, Coroutine[Any, Any, None]], object],
        later: Callable[[timedelta, Callable[[], object]], object],
        changed: Callable[[CallId], None],
        remember: Callable[[CallId, bytes], Coroutine[Any, Any, None]],
    ) -> None:
        self._books, self._region, self._patience = books, region, patience
        self._spawn, self._later, self._remember = spawn, later, remember
        self.changed = changed
        self._known: OrderedDict[CallId, Caller] = OrderedDict()

    def restore(self, memos: Iterable[bytes]) -> None:
        """At the start: what the daemon before was told; who is still here is looked up later."""
        for stored in memos:
            try:
                memo = msgspec.json.decode(stored, type=Memo)
            except msgspec.DecodeError:
                log.warning("memo not understood")
            else:
                self._keep(Caller(**msgspec.structs.asdict(memo)))

    def get(self, call: CallId) -> Caller | None:
        """What is known so far."""
        return self._known.get(call)

    def party_of(self, call: CallId) -> str | None:
        """The party a call is logged to."""
        caller = self._known.get(call)
        return caller.party_id if caller is not None else None

    def name_of(self, call: CallId) -> str:
        """The caller's name, if he is known for certain."""
        caller = self._known.get(call)
        return caller.name if caller is not None else ""

    def number_of(self, ani: str) -> str:
        """The number as customers' numbers are kept, with its country, if it is one."""
        return best_reading(ani, self._region)

    def arrived(self, call: CallId, ani: str, queue: QueueId | None = None) -> None:
        """A call has come in: find out who it is."""
        caller = self._known.get(call) or Caller(call=call, ani=ani)
        if caller.asked:
            return
        asked = replace(caller, asked=True, queue=queue)
        self._keep(asked)
        self._spawn("caller lookup", self._take_answer(asked, self._begin(asked)))

    def is_answered(self, call: CallId) -> bool:
        """Whether the look-up is back, or will not come back."""
        caller = self._known.get(call)
        return caller is None or caller.file is not None or caller.failed

    def queued(self, call: CallId, queue: QueueId) -> None:
        """The caller goes to a queue: he is likelier to be the one whose case is with it."""
        caller = self._known.get(call)
        if caller is None or caller.queue == queue:
            return
        bound = replace(caller, queue=queue)
        self._keep(bound)
        nobody = caller.file is not None and caller.file.state is MatchState.NONE
        if caller.chosen is not None or not nobody:
            self._spawn("caller lookup", self._take_answer(bound, self._begin(bound)))

    def identified(
        self, call: CallId, *, path: tuple[str, ...], party_id: str | None, verified: bool
    ) -> None:
        """The IVR has learnt where the caller went and perhaps who he is."""
        caller = self._known.get(call)
        if caller is None:
            return
        told = replace(caller, path=path)
        if party_id is not None:  # else he may have proved it the first time through the menus
            told = replace(told, chosen=party_id, verified=verified)
        self._keep(told)
        self._spawn("memo", self._note(told))
        if party_id is not None and party_id != caller.party_id:
            self._spawn("caller lookup", self.look_up(call))
        else:
            self.changed(call)

    async def choose(self, call: CallId, ani: str, party_id: str) -> Caller:
        """The agent says who it is; somebody else's proof does not count for him."""
        caller = self._known.get(call) or Caller(call=call, ani=ani)
        verified = caller.verified and caller.party_id == party_id
        chosen = replace(caller, asked=True, chosen=party_id, verified=verified)
        self._keep(chosen)
        await self._note(chosen)
        await self.look_up(call)
        return chosen

    async def _note(self, caller: Caller) -> None:
        """Have the next daemon know what no look-up finds."""
        memo = Memo(
            call=caller.call,
            ani=caller.ani,
            chosen=caller.chosen,
            verified=caller.verified,
            path=caller.path,
        )
        await self._remember(caller.call, msgspec.json.encode(memo))

    async def look_up(self, call: CallId) -> None:
        """Ask the customer base anew."""
        asked = self._known.get(call)
        if asked is not None:  # else long over
            await self._take_answer(asked, self._begin(asked))

    def _begin(self, asked: Caller) -> LookingUp:
        return self._books.begin_look_up(
            asked.ani, region=self._region, queue=asked.queue, party_id=asked.chosen
        )

    async def _take_answer(self, asked: Caller, looking_up: LookingUp, tried: int = 1) -> None:
        """Wait for an answer within the limit; what comes late or never is said so."""
        try:
            async with asyncio.timeout(self._patience.total_seconds()):
                file = await looking_up()
        except (CrmError, TimeoutError) as error:
            why = type(error).__name__
            log.warning("caller lookup failed", extra={"call": asked.call, "why": why})
            self._update(asked, failed=True)
            if tried <= len(AGAIN_AFTER):
                self._later(AGAIN_AFTER[tried - 1], partial(self._try_again, asked, tried))
        else:
            self._update(asked, file=_with_the_others(file, asked.file), failed=False)

    def _try_again(self, asked: Caller, tried: int) -> None:
        """The base may only have been busy: a name that comes late is better than none."""
        caller = self._meant(asked)
        if caller is not None and caller.failed:
            answer = self._take_answer(asked, self._begin(asked), tried + 1)
            self._spawn("caller lookup", answer)

    def _update(self, asked: Caller, **values: Any) -> None:
        """Take an answer, unless somebody else was meant meanwhile: then another one comes."""
        caller = self._meant(asked)
        if caller is not None:
            self._keep(replace(caller, **values))
            self.changed(asked.call)

    def _meant(self, asked: Caller) -> Caller | None:
        """The caller as he is known now, if it is still he who was asked for."""
        caller = self._known.get(asked.call)
        if caller is None or (caller.chosen, caller.queue) != (asked.chosen, asked.queue):
            return None
        return caller

    def _keep(self, caller: Caller) -> None:
        self._known[caller.call] = caller
        self._known.move_to_end(caller.call)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)


def _with_the_others(file: CallerFile, before: CallerFile | None) -> CallerFile:
    """One was chosen of several: the others stay within reach, lest it was the wrong one."""
    if before is None or file.candidates or not before.candidates:
        return file
    return replace(file, candidates=before.candidates)

"""Plays a dialogue to one caller: sound, keys with barge-in, time limits, look-ups, hang-up.

The dialogue decides, this module waits. Whatever breaks on the way, the caller is not dropped:
he is sent to the flow's fallback.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final

from ivr.dialogue import begin, step
from ivr.flow import Flow, Known, Phrases
from ivr.listening import Ear
from ivr.ports import AccountLookup, CallerLine, LineGone, NoOrder, OrderStatus
from ivr.prompt_book import PromptBook
from ivr.turns import (
    Ask,
    CallerGone,
    Exit,
    Heard,
    Leave,
    LookUpFailed,
    LookUpOrder,
    NothingFound,
    NothingOrdered,
    OrderFound,
    Place,
    Said,
    Speak,
    TookTooLong,
    Work,
)

log = logging.getLogger(__name__)

MOST_STEPS: Final = 1000
"""A caller who takes more steps than this is a machine, or the flow is broken."""


async def run(
    flow: Flow,
    line: CallerLine,
    accounts: AccountLookup,
    *,
    book: PromptBook,
    facts: Mapping[str, Known],
    now: Callable[[], datetime],
) -> Exit:
    """Take one caller through ``flow`` and return how he left it.

    Cancelling it leaves the line as it is: a prompt may still be playing.
    """
    runner = _Runner(flow, line, accounts, book, now)
    return await runner.run(facts)


class _Runner:
    def __init__(
        self,
        flow: Flow,
        line: CallerLine,
        accounts: AccountLookup,
        book: PromptBook,
        now: Callable[[], datetime],
    ) -> None:
        self._flow, self._line, self._accounts = flow, line, accounts
        self._book, self._now = book, now
        self._ear = Ear(line, now)

    async def run(self, facts: Mapping[str, Known]) -> Exit:
        deadline = self._now() + self._flow.longest
        place, action = begin(self._flow, facts)
        refused = await self._guarded(place, self._line.answer())
        if refused is not None:
            place, action = step(self._flow, place, refused)
        for _ in range(MOST_STEPS):
            if isinstance(action, Leave):
                return action.exit
            heard = await self._guarded(place, self._perform(place, action)) or Said()
            if self._now() >= deadline and not isinstance(heard, CallerGone):
                log.info("visit took too long")
                heard, deadline = TookTooLong(), deadline + self._flow.longest
            place, action = step(self._flow, place, heard)
        return self._give_up(place)

    async def _guarded(self, place: Place, work: Awaitable[Heard | None]) -> Heard | None:
        """Do the work; what goes wrong with it is reported as something heard."""
        try:
            return await work
        except LineGone:
            return CallerGone()
        except Exception as fault:  # noqa: BLE001 - no fault in here may cost the caller his call
            log.error("dialogue failed", extra={"step": place.step, "why": type(fault).__name__})  # noqa: TRY400 - the message may hold personal data
            return TookTooLong()

    async def _perform(self, place: Place, action: Work) -> Heard:
        match action:
            case Speak(phrases=phrases, barge_in=barge_in):
                return await self._ear.speak(self._media(place, phrases), place.language, barge_in)
            case Ask(phrases=phrases):
                return await self._ear.ask(self._media(place, phrases), place.language, action)
            case LookUpOrder():
                return await self._look_up(action)

    def _media(self, place: Place, phrases: Phrases) -> list[str]:
        today = self._now().date()
        return self._book.media(phrases, place.language, known=place.known, today=today)

    async def _look_up(self, action: LookUpOrder) -> Heard:
        try:
            async with asyncio.timeout(action.within.total_seconds()):
                status = await self._accounts.order_status(action.customer_number, action.pin)
        except Exception as fault:  # noqa: BLE001 - whatever it is, the caller is told and goes on
            log.warning("account look-up failed", extra={"why": type(fault).__name__})
            return LookUpFailed()
        match status:
            case None:
                return NothingFound()
            case NoOrder(party_id=party_id):
                return NothingOrdered(party_id)
            case OrderStatus():
                return OrderFound(status)

    def _give_up(self, place: Place) -> Exit:
        log.warning("dialogue ran in circles", extra={"step": place.step})
        _, action = step(self._flow, place, TookTooLong())
        if isinstance(action, Leave):
            return action.exit
        _, action = step(self._flow, place, CallerGone())
        assert isinstance(action, Leave)  # noqa: S101 - CallerGone always leaves
        return action.exit

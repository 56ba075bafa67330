"""The wait in a queue: music, where you stand, music again. Owned by us, per caller.

Asterisk ends hold music when a file is played and does not resume it, and a shared holding bridge
lets one caller's leaving end the music of others. So each caller has this loop of his own.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ivr.flow import Known, Phrase, Phrases, Prompt, Spoken, SpokenAs
from ivr.ports import (
    HungUp,
    LineGone,
    PlayingFinished,
    PlayingId,
    PlayingStarted,
    PositionChanged,
    WaitingLine,
)
from ivr.prompt_book import PromptBook

log = logging.getLogger(__name__)

CLEAN_UP: Final = timedelta(seconds=1)
LONGEST_ANNOUNCEMENT: Final = timedelta(seconds=45)
"""An announcement whose end is not reported by then is taken to be over."""
START_WITHIN: Final = timedelta(seconds=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitTreatment:
    """What a waiting caller hears and when.

    ``first_after`` the call joins, then every ``interval``, and ``least_gap`` after the last
    announcement when the caller has moved up meanwhile.
    """

    music: str = "default"
    first_after: timedelta = timedelta(seconds=3)
    interval: timedelta = timedelta(seconds=60)
    least_gap: timedelta = timedelta(seconds=20)
    longest_told: int = 20
    """Beyond this position the caller only hears that all agents are busy."""


class Announcer:
    """The wait of one caller, from joining the queue to an agent's answer or his hang-up."""

    def __init__(
        self,
        line: WaitingLine,
        *,
        book: PromptBook,
        language: str,
        now: Callable[[], datetime],
        treatment: WaitTreatment | None = None,
    ) -> None:
        self._line, self._book, self._language, self._now = line, book, language, now
        self._treatment = treatment or WaitTreatment()
        self._standing: PositionChanged | None = None
        self._told: int | None = None
        self._playing: PlayingId | None = None

    async def run(self) -> None:
        """Play music and announcements until the caller hangs up. Cancel it to end the wait.

        Cancelled, it ends an announcement, within a second, so that an agent's phone can be rung.
        The music goes on: the caller goes on waiting, and who joins her with an agent ends it.
        """
        try:
            await self._wait()
        except LineGone:
            return
        except asyncio.CancelledError:
            await self._fall_silent()
            raise

    async def _wait(self) -> None:
        await self._line.start_music(self._treatment.music)
        last = self._now() - self._treatment.interval + self._treatment.first_after
        while True:
            event = await self._line.next_event(max(timedelta(0), self._due(last) - self._now()))
            match event:
                case HungUp():
                    return
                case PositionChanged():
                    self._standing = event
                case _:
                    pass
            if self._now() >= self._due(last):
                await self._announce()
                last = self._now()

    def _due(self, last: datetime) -> datetime:
        moved_up = (
            self._told is not None
            and self._standing is not None
            and self._standing.position < self._told
        )
        return last + (self._treatment.least_gap if moved_up else self._treatment.interval)

    async def _announce(self) -> None:
        """Speak once, then start the music again, whatever became of the speaking."""
        phrases, known = self._text()
        media = self._book.media(phrases, self._language, known=known, today=self._now().date())
        self._told = self._standing.position if self._standing else None
        if not media:
            return
        await self._line.stop_music()
        self._playing = await self._line.play(media, self._language)
        await self._until_over(self._playing)
        self._playing = None
        await self._line.start_music(self._treatment.music)

    async def _until_over(self, playing: PlayingId) -> None:
        since, started = self._now(), False
        while True:
            limit = since + (LONGEST_ANNOUNCEMENT if started else START_WITHIN)
            event = await self._line.next_event(max(timedelta(0), limit - self._now()))
            match event:
                case None:
                    log.warning("announcement limit reached", extra={"started": started})
                    await self._line.stop(playing)
                    return
                case HungUp():
                    raise LineGone
                case PositionChanged():
                    self._standing = event
                case PlayingStarted(playing=which) if which == playing:
                    started = True
                case PlayingFinished(playing=which) if which == playing:
                    return
                case _:
                    pass

    def _text(self) -> tuple[Phrases, dict[str, Known]]:
        standing = self._standing
        if standing is None or standing.position > self._treatment.longest_told:
            return (Prompt("queue-busy"),), {}
        known: dict[str, Known] = {"position": standing.position}
        if standing.position == 1:
            phrases: list[Phrase] = [Prompt("queue-next")]
        else:
            phrases = [
                Prompt("queue-position"),
                Spoken("position", SpokenAs.NUMBER),
                Prompt("queue-position-end"),
            ]
        if standing.wait is not None:
            minutes = -(-standing.wait // timedelta(minutes=1))
            if minutes <= 1:
                phrases.append(Prompt("queue-wait-short"))
            else:
                known["minutes"] = minutes
                phrases += [
                    Prompt("queue-wait"),
                    Spoken("minutes", SpokenAs.COUNT),
                    Prompt("queue-wait-end"),
                ]
        return (*phrases, Prompt("queue-thanks")), known

    async def _fall_silent(self) -> None:
        if self._playing is None:
            return
        try:
            async with asyncio.timeout(CLEAN_UP.total_seconds()):
                await self._line.stop(self._playing)
        except Exception as fault:  # noqa: BLE001 - whatever it is, the wait ends now
            log.info("could not end the announcement", extra={"why": type(fault).__name__})


PROMPTS: Final = frozenset(
    f"queue-{name}"
    for name in (
        "busy",
        "next",
        "position",
        "position-end",
        "wait",
        "wait-short",
        "wait-end",
        "thanks",
    )
)
"""The prompts a wait needs, for lint and tests."""

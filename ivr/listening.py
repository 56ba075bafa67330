"""One prompt with its answer as one session: start, first-digit, inter-digit and overall limits.

Asterisk reports a playback that cannot start late or not at all, hence the start limit. Keys
pressed before they are asked for are kept (typed ahead) for the next question; a wrong entry
throws them away.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from ivr.digits import KEYS, Fit, Pattern, fit, settle, value
from ivr.flow import Patience
from ivr.ports import (
    CallerLine,
    DigitPressed,
    HungUp,
    LineEvent,
    LineGone,
    PlayingFinished,
    PlayingId,
    PlayingStarted,
)
from ivr.turns import Ask, CallerGone, Heard, Keyed, Misdialled, Said, Silent

log = logging.getLogger(__name__)

LONGEST_PROMPT: Final = timedelta(seconds=90)
"""A playback whose end is not reported by then is taken to be over."""
MOST_TYPED_AHEAD: Final = 32
NO_TIME: Final = timedelta(0)


class Ear:
    """Speaks to one caller and listens to him. Used by one task at a time."""

    def __init__(self, line: CallerLine, now: Callable[[], datetime]) -> None:
        self._line, self._now = line, now
        self._typed_ahead = ""
        self._playing: PlayingId | None = None
        self._started = False
        self._quiet_since = now()

    async def speak(self, media: Sequence[str], language: str, barge_in: bool) -> Heard:
        """Play to the end, or to the first key if ``barge_in``; keys otherwise are dropped."""
        if self._typed_ahead and barge_in:
            return Said()
        try:
            await self._play(media, language)
            since = self._now()
            while self._playing is not None:
                limit = LONGEST_PROMPT if self._started else Patience().start
                event = await self._next(since + limit)
                if event is None:
                    log.warning("playback limit reached", extra={"started": self._started})
                    await self._stop()
                elif isinstance(event, DigitPressed) and barge_in:
                    self._remember(event.digit)
                    await self._stop()
        except LineGone:
            return CallerGone()
        return Said()

    async def ask(self, media: Sequence[str], language: str, asked: Ask) -> Heard:
        """Play, collect keys until they fit or cannot, and tell what they came to."""
        try:
            return await self._ask(media, language, asked)
        except LineGone:
            return CallerGone()

    async def _ask(self, media: Sequence[str], language: str, asked: Ask) -> Heard:
        begun, keys = self._now(), ""
        if not self._typed_ahead:
            await self._play(media, language)
        self._quiet_since = self._now()
        while True:
            keys, fits = self._take(asked.pattern, keys)
            if fits is Fit.COMPLETE:
                return Keyed(value(asked.pattern, keys))
            if fits is Fit.INVALID:
                return self._misdialled()
            if not await self._wait(asked, begun, keyed=bool(keys)):
                await self._stop()
                return self._run_out(asked, keys)

    def _take(self, pattern: Pattern, keys: str) -> tuple[str, Fit]:
        """Add waiting keys one by one until they fit or cannot."""
        while self._typed_ahead:
            keys, self._typed_ahead = keys + self._typed_ahead[0], self._typed_ahead[1:]
            self._quiet_since = self._now()
            if (fits := fit(pattern, keys)) is not Fit.INCOMPLETE:
                return keys, fits
        return keys, Fit.INCOMPLETE

    async def _wait(self, asked: Ask, begun: datetime, *, keyed: bool) -> bool:
        """Wait for one event; False when the caller's time is up."""
        was_playing = self._playing is not None
        event = await self._next(self._deadline(asked.patience, begun, keyed=keyed))
        if event is None:
            mute = was_playing and not self._started
            if not mute or self._now() >= begun + asked.patience.overall:
                return False
            log.warning("playback did not start")
            await self._stop()
            self._quiet_since = self._now()
        elif isinstance(event, DigitPressed) and (asked.barge_in or not was_playing):
            self._remember(event.digit)
            await self._stop()
        elif was_playing and self._playing is None:
            self._quiet_since = self._now()
        return True

    def _deadline(self, patience: Patience, begun: datetime, *, keyed: bool) -> datetime:
        latest = begun + patience.overall
        if self._playing is not None:
            return latest if self._started else min(latest, self._quiet_since + patience.start)
        wait = patience.inter_digit if keyed else patience.first_digit
        return min(latest, self._quiet_since + wait)

    def _run_out(self, asked: Ask, keys: str) -> Heard:
        if not keys:
            return Silent()
        if settle(asked.pattern, keys) is Fit.COMPLETE:
            return Keyed(value(asked.pattern, keys))
        return self._misdialled()

    def _misdialled(self) -> Heard:
        self._typed_ahead = ""
        return Misdialled()

    def _remember(self, key: str) -> None:
        if key in KEYS and len(self._typed_ahead) < MOST_TYPED_AHEAD:
            self._typed_ahead += key

    async def _play(self, media: Sequence[str], language: str) -> None:
        self._started = False
        self._playing = await self._line.play(media, language) if media else None

    async def _stop(self) -> None:
        playing, self._playing = self._playing, None
        if playing is not None:
            await self._line.stop(playing)

    async def _next(self, deadline: datetime) -> LineEvent | None:
        """Take the next event and note what it says of our playback; LineGone at a hang-up."""
        event = await self._line.next_event(max(NO_TIME, deadline - self._now()))
        match event:
            case HungUp():
                raise LineGone
            case PlayingStarted(playing=playing) if playing == self._playing:
                self._started = True
            case PlayingFinished(playing=playing, failed=failed) if playing == self._playing:
                self._playing = None
                if failed and not self._started:  # one that had begun fails when the caller leaves
                    log.warning("playback failed")
        return event

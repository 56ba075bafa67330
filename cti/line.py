"""A caller's leg as the IVR sees it: one inbox of what happens, verbs over ARI."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from typing_extensions import override

from acd.ids import CallId
from cti.ari.errors import Conflict, Gone
from cti.call_control import CallControl
from ivr.ports import HungUp, LineEvent, LineGone, PlayingId, PlayingStarted, WaitingLine

NAMES: Final = 4
"""A line's playbacks have so many names, by turns: who comes later can find the one that plays."""


class AriLine(WaitingLine):
    """Implements the IVR's port for one call. Ingress delivers the events of its channel."""

    def __init__(self, call: CallId, control: CallControl) -> None:
        self.call = call
        self._control = control
        self._inbox: asyncio.Queue[LineEvent] = asyncio.Queue()
        self._number = 0

    def deliver(self, event: LineEvent) -> None:
        """Hand in what happened on the channel, in order."""
        self._inbox.put_nowait(event)

    def forget(self) -> None:
        """Drop what has not been read, except that the caller is gone: that stays true."""
        gone = False
        while not self._inbox.empty():
            gone = isinstance(self._inbox.get_nowait(), HungUp) or gone
        if gone:
            self._inbox.put_nowait(HungUp())

    async def hush(self) -> None:
        """End what an earlier daemon left playing: until it is over the channel does nothing else.

        It holds up all who share a lane with it, too. Names go on after the one that played.
        """
        for number in range(1, NAMES + 1):
            if await self._control.stop_playback(self._named(number)):
                self._number = number

    def _named(self, number: int) -> PlayingId:
        return PlayingId(f"{self.call}~p{number}")

    @override
    async def answer(self) -> None:
        async with _gone_is_gone():
            await self._control.answer(self.call)

    @override
    async def play(self, media: Sequence[str], language: str) -> PlayingId:
        self._number = self._number % NAMES + 1
        playing = self._named(self._number)
        async with _gone_is_gone():
            await self._control.play(self.call, playing, media, language)
        self.deliver(PlayingStarted(playing))  # accepted; a failure comes as PlaybackFinished
        return playing

    @override
    async def stop(self, playing: PlayingId) -> None:
        async with _gone_is_gone():
            await self._control.stop_playback(playing)

    @override
    async def start_music(self, music: str) -> None:
        async with _gone_is_gone():
            await self._control.start_moh(self.call, music)

    @override
    async def stop_music(self) -> None:
        async with _gone_is_gone():
            await self._control.stop_moh(self.call)

    @override
    async def next_event(self, timeout: timedelta) -> LineEvent | None:
        try:
            async with asyncio.timeout(timeout.total_seconds()):
                return await self._inbox.get()
        except TimeoutError:
            return None


@asynccontextmanager
async def _gone_is_gone() -> AsyncIterator[None]:
    """Tell the IVR in its own words that nothing more can be done on this line."""
    try:
        yield
    except (Gone, Conflict) as error:  # others may pass: the dialogue goes on, to its fallback
        raise LineGone(type(error).__name__) from error

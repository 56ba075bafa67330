"""A caller's leg as the IVR sees it: one inbox of what happens, verbs over ARI."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from typing_extensions import override

from acd.ids import CallId
from cti.ari.errors import Conflict, Gone
from cti.call_control import CallControl
from ivr.ports import (
    HungUp,
    LineEvent,
    LineGone,
    PlayingFinished,
    PlayingId,
    PlayingStarted,
    WaitingLine,
)

NO_MORE: Final = timedelta()

LEASE: Final = timedelta(seconds=6)
"""So long a caller in our hands waits for a daemon that has died or hangs; then the dialplan takes
her to the safety net. A daemon that the keeper starts again is back well before."""

IN_TIME: Final = timedelta(seconds=1)
"""A lease is renewed at least so long before it ends, unless we are too slow."""

NAMES: Final = 4
"""A line's playbacks have so many names, by turns: who comes later can find the one that plays."""


class AriLine(WaitingLine):
    """Implements the IVR's port for one call. Ingress delivers the events of its channel."""

    def __init__(
        self, call: CallId, control: CallControl, lasts: Callable[[Sequence[str]], timedelta]
    ) -> None:
        self.call = call
        self._control, self._lasts = control, lasts
        self._inbox: asyncio.Queue[LineEvent] = asyncio.Queue()
        self._number = 0
        self._kept_until: float | None = None
        self._playing: PlayingId | None = None

    async def keep(self, more: timedelta = NO_MORE) -> None:
        """Let the dialplan leave the caller to us for a lease and so much ``more``.

        One that may have ended is renewed only once Asterisk says so.
        """
        lease = LEASE + more
        until = asyncio.get_running_loop().time() + lease.total_seconds()
        if not self.overdue:
            self._kept_until = until
        await self._control.claim(self.call, lease)
        if self.kept:
            self._kept_until = until

    def let_go(self) -> None:
        """Renew the lease no more: Asterisk has the caller, or she talks."""
        self._kept_until = None

    @property
    def kept(self) -> bool:
        """Whether the caller is ours on a lease."""
        return self._kept_until is not None

    @property
    def renewable(self) -> bool:
        """Whether the lease can be renewed now: a channel that plays does nothing else."""
        return self.kept and self._playing is None

    @property
    def overdue(self) -> bool:
        """Whether the lease has ended or nearly so, because we were too slow."""
        now = asyncio.get_running_loop().time()
        return self._kept_until is not None and now > self._kept_until - IN_TIME.total_seconds()

    def deliver(self, event: LineEvent) -> None:
        """Hand in what happened on the channel, in order."""
        if isinstance(event, PlayingFinished) and event.playing == self._playing:
            self._playing = None
        self._inbox.put_nowait(event)

    def forget(self) -> None:
        """Drop what has not been read, except that the caller is gone: that stays true."""
        self._playing = None
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
        self._playing = playing = self._named(self._number)
        async with _gone_is_gone():
            await self.keep(self._lasts(media))
            await self._control.play(self.call, playing, media, language)
        self.deliver(PlayingStarted(playing))  # accepted; a failure comes as PlaybackFinished
        return playing

    @override
    async def stop(self, playing: PlayingId) -> None:
        async with _gone_is_gone():
            await self._control.stop_playback(playing)
        self._playing = None

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

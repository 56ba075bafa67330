"""Websockets for commands only, and the choice among them.

A key sticks to its lane while requests of it are under way, so they stay in order. Otherwise the
least loaded lane of its kind takes it: slow commands (ringing a phone takes Asterisk milliseconds)
have the odd lanes, so that quick ones, such as joining two who want to talk, never queue behind.
"""

import asyncio

from cti.ari.errors import Disconnected
from cti.ari.link import Link


class Lanes:
    """The lanes that are up now, by number."""

    def __init__(self) -> None:
        self._up: dict[int, Link] = {}
        self.any_up = asyncio.Event()
        self._under_way: dict[str, tuple[Link, int]] = {}

    def __len__(self) -> int:
        return sum(1 for link in self._up.values() if link.up)

    def add(self, number: int, link: Link) -> None:
        """Take ``link`` into use."""
        self._up[number] = link
        self.any_up.set()

    def drop(self, number: int) -> None:
        """Forget a lane that fell."""
        self._up.pop(number, None)
        if not self._up:
            self.any_up.clear()

    def borrow(self, key: str, spare: Link | None, *, slow: bool = False) -> Link:
        """Return the lane for one request of ``key``; ``spare`` serves when no lane is up.

        Give it back when the reply is there.
        """
        if not key:
            return self._least_loaded(spare, slow)
        link, users = self._under_way.get(key, (None, 0))
        if link is None or not link.up:
            link, users = self._least_loaded(spare, slow), 0
        self._under_way[key] = link, users + 1
        return link

    def give_back(self, key: str, link: Link) -> None:
        """End the use of ``link`` for one request of ``key``."""
        now, users = self._under_way.get(key, (None, 0))
        if now is not link:
            return
        if users > 1:
            self._under_way[key] = link, users - 1
        else:
            del self._under_way[key]

    def _least_loaded(self, spare: Link | None, slow: bool) -> Link:
        best = spare if spare is not None and spare.up else None
        least = (2, 0)
        for number, link in self._up.items():
            rank = (number % 2 != slow, link.load)
            if link.up and rank < least:
                best, least = link, rank
        if best is None:
            raise Disconnected("no websocket to Asterisk is up")
        return best

"""The available agents in rank order, kept so that the first of any given set is found at once.

The best stand at the front, where a question costs least (see ``acd.rank_front``). Those behind
are in chapters of some hundreds; a chapter knows its members as a bitset over the agents' numbers,
so the first of a set is found by one AND per chapter, and a change touches one bitset. Whole
chapters pass the border when the front has become too long or too short.
"""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice
from typing import Final

from acd.ids import AgentId
from acd.machine import sure
from acd.rank_front import Front
from acd.rank_places import Chapter, Entry, Place, numbers_in

_END: Final[Place] = (2.0, 0, 0, AgentId(""), Entry(AgentId(""), -1))
"""After every real place, since no occupancy is above 1."""

_MOST: Final = 1700
"""More are not let to the front: that many have somebody for nearly every two skills."""

_CHAPTER: Final = 256
"""A chapter of more places is split."""

_LEAST: Final = _MOST - _CHAPTER
"""A shorter front takes in the first chapter."""

_FEW: Final = 3
"""So many candidates behind the front are compared; of more, those of the first chapter that has
any."""

_SOME: Final = 7
"""So many candidates of one chapter are compared; of more, the chapter is walked through."""


class RankOrder:
    """A sorted set of places: ``front`` has the best, ``chapters`` the others, none empty."""

    def __init__(self) -> None:
        self.front = Front()
        self.chapters: list[Chapter] = []
        self._border = _END
        self._last: list[Place] = []

    def __iter__(self) -> Iterator[Place]:
        yield from self.front.places
        for chapter in self.chapters:
            yield from chapter.places

    def add(self, place: Place, bit: int) -> None:
        """Enter a place that is not in yet; ``bit`` is its number's."""
        if place < self._border:
            place[4].chapter = None
            self.front.add(place)
            if len(self.front.places) > _MOST:
                self._shorten_front()
            return
        index = bisect_left(self._last, place)
        chapter = self.chapters[index]
        chapter.enter(chapter.seat(place), place)
        chapter.members ^= bit
        place[4].chapter = chapter
        if len(chapter.places) > _CHAPTER:
            half = _CHAPTER // 2
            self._replace(index, 1, chapter.places[:half], chapter.places[half:])

    def remove(self, place: Place, bit: int) -> None:
        """Take out a place, the very object that was added."""
        chapter = place[4].chapter
        if chapter is not None:
            chapter.leave(place)
            chapter.members ^= bit
            if len(chapter.places) < _CHAPTER // 4:
                self._join(self.chapters.index(chapter))
            return
        self.front.remove(place)
        if self.chapters and len(self.front.places) < _LEAST:
            self._lengthen_front()

    def first_of(self, pool: int, entries: list[Entry]) -> AgentId:
        """Return the first of the pool, which has somebody and nobody of the front.

        ``entries`` are those of the numbers.
        """
        best = _first(pool, entries, _FEW)
        if best is None:
            chapter, pool = next(self._met(pool))
            best = _first(pool, entries, _SOME) or next(chapter.walk(pool))
        return best[3]

    def behind(self, pool: int, entries: list[Entry]) -> Iterator[Place]:
        """Yield those of the pool who stand behind the front, best first."""
        for chapter, hit in self._met(pool):
            some = list(islice(numbers_in(hit), _SOME + 1))
            if len(some) > _SOME:
                yield from chapter.walk(hit)
            else:
                yield from sorted(sure(entries[number].place) for number in some)

    def _met(self, pool: int) -> Iterator[tuple[Chapter, int]]:
        """Yield the chapters that have any of the pool, and those."""
        for chapter in self.chapters:
            hit = chapter.members & pool
            if hit:
                yield chapter, hit

    def _shorten_front(self) -> None:
        """Send the last of the front behind the border."""
        moved = self.front.places[_MOST - _CHAPTER // 4 :]
        for place in moved:
            self.front.remove(place)
        self._border = moved[0]
        if self.chapters and len(self.chapters[0]) + len(moved) <= _CHAPTER:
            self._replace(0, 1, moved + self.chapters[0].places)
        else:
            self._last.insert(0, moved[-1] if self._last else _END)
            self.chapters.insert(0, Chapter(moved))

    def _lengthen_front(self) -> None:
        """Take the first chapter to the front."""
        moved = self.chapters.pop(0).places
        for place in moved:
            place[4].chapter = None
        self.front.extend(moved)
        del self._last[0]
        self._border = self.chapters[0].places[0] if self.chapters else _END

    def _join(self, index: int) -> None:
        """Join a thin chapter with a neighbour if that makes no thick one; drop an empty one."""
        start = max(min(index, len(self.chapters) - 2), 0)
        pair = self.chapters[start : start + 2]
        if len(pair) == 2 and len(pair[0]) + len(pair[1]) <= _CHAPTER * 3 // 4:
            self._replace(start, 2, pair[0].places + pair[1].places)
        elif not self.chapters[index].places:
            del self.chapters[index], self._last[max(index - 1, 0)]
            if not self.chapters:
                self._border = _END

    def _replace(self, index: int, count: int, *contents: list[Place]) -> None:
        """Put chapters with these contents in the stead of ``count`` chapters."""
        bounds = [places[-1] for places in contents[:-1]]
        self._last[index : index + count] = [*bounds, self._last[index + count - 1]]
        self.chapters[index : index + count] = [Chapter(places) for places in contents]


def _first(pool: int, entries: list[Entry], limit: int) -> Place | None:
    """Return the first of the pool, None if they are more than the limit."""
    number = pool.bit_length() - 1
    best = sure(entries[number].place)
    for _ in range(limit):
        pool ^= 1 << number
        if not pool:
            return best
        number = pool.bit_length() - 1
        best = min(best, sure(entries[number].place))
    return None

"""The available agents in rank order, kept so that the first of any given set is found at once.

Places are sorted into pages of about twenty, pages into chapters of about a dozen. Chapter and
page each know their members as a bitset over the agents' numbers, so a wanted set is met chapter
by chapter with one AND each, then page by page in the first chapter that shares a bit. A place
that comes or goes touches one page and two bitsets; nothing else is renumbered or re-sorted.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from functools import reduce
from itertools import chain, islice
from operator import or_
from typing import Final

from acd.ids import AgentId

Place = tuple[float, int, int, AgentId, int]
"""The rank key of an agent with her number behind it."""

END: Final[Place] = (2.0, 0, 0, AgentId(""), -1)
"""After every real place, since no occupancy is above 1."""

_PAGE: Final = 32
_CHAPTER: Final = 32
_FEW: Final = 3
"""So many candidates on one page are compared; with more, the page is read from its top."""


class _Chapter:
    """Neighbouring pages; ``last`` bounds each page, ``members`` is the bitset of each."""

    __slots__ = ("last", "members", "pages")

    def __init__(self, pages: list[list[Place]], members: list[int], last: list[Place]) -> None:
        self.pages = pages
        self.members = members
        self.last = last

    def everyone(self) -> int:
        """Return the bitset of the whole chapter."""
        return reduce(or_, self.members)


class RankOrder:
    """A sorted set of places with a bitset on every stretch of it."""

    def __init__(self) -> None:
        self._chapters = [_Chapter([[]], [0], [END])]
        self._last = [END]
        self.bitsets = [0]
        """The members of each chapter, best first: to be read only."""

    def __len__(self) -> int:
        return sum(len(page) for chapter in self._chapters for page in chapter.pages)

    def __iter__(self) -> Iterator[Place]:
        return (p for chapter in self._chapters for page in chapter.pages for p in page)

    def add(self, place: Place, bit: int) -> None:
        """Enter a place that is not in yet; ``bit`` is its number's."""
        index = bisect_left(self._last, place)
        chapter = self._chapters[index]
        at = bisect_left(chapter.last, place)
        page = chapter.pages[at]
        insort(page, place)
        chapter.members[at] |= bit
        self.bitsets[index] |= bit
        if len(page) > _PAGE:
            _split_page(chapter, at)
            if len(chapter.pages) > _CHAPTER:
                self._split(index)

    def remove(self, place: Place, bit: int) -> None:
        """Take out a place that is in."""
        index = bisect_left(self._last, place)
        chapter = self._chapters[index]
        at = bisect_left(chapter.last, place)
        page = chapter.pages[at]
        del page[bisect_left(page, place)]
        chapter.members[at] ^= bit
        self.bitsets[index] ^= bit
        if len(page) < _PAGE // 4:
            _join_pages(chapter, at)
            if len(chapter.pages) < _CHAPTER // 4:
                self._join(index)

    def first_of(self, hit: int, everyone: int, places: list[Place]) -> Place:
        """Return the first place among ``hit``, numbers of ``everyone``, one of the ``bitsets``.

        ``places`` gives the place of a number.
        """
        chapter = self._chapters[self.bitsets.index(everyone)]
        for members in chapter.members:
            some = members & hit
            if some:
                number = some.bit_length() - 1
                rest = some ^ (1 << number)
                if not rest:
                    return places[number]
                return _first_on(chapter.pages[chapter.members.index(members)], some, places)
        raise AssertionError("no page of the chapter holds any of the numbers asked for")

    def leading(self, pool: int, limit: int, places: list[Place]) -> list[Place]:
        """Return the first ``limit`` places whose numbers are in ``pool``, in order."""
        found: list[Place] = []
        for everyone, chapter in zip(self.bitsets, self._chapters, strict=True):
            hit = everyone & pool
            if hit and len(found) < limit:
                some = list(islice(numbers_in(hit), limit + 1))
                if len(some) <= limit:
                    found += sorted(places[number] for number in some)
                else:
                    pages = zip(chapter.pages, chapter.members, strict=True)
                    wanted = chain.from_iterable(page for page, some in pages if some & hit)
                    found += islice((place for place in wanted if hit >> place[4] & 1), limit)
        return found[:limit]

    def _split(self, index: int) -> None:
        right = self._chapters[index]
        half = len(right.pages) // 2
        left = _Chapter(right.pages[:half], right.members[:half], right.last[:half])
        rest = _Chapter(right.pages[half:], right.members[half:], right.last[half:])
        self._chapters[index : index + 1] = [left, rest]
        self.bitsets[index : index + 1] = [left.everyone(), rest.everyone()]
        self._last.insert(index, left.last[-1])

    def _join(self, index: int) -> None:
        """Join a thin chapter with a neighbour, unless that makes a thick one."""
        index = min(index, len(self._chapters) - 2)
        if index < 0:
            return
        left, right = self._chapters[index : index + 2]
        if len(left.pages) + len(right.pages) <= _CHAPTER * 3 // 4:
            left.last[-1] = self._last[index]
            both = _Chapter(
                left.pages + right.pages, left.members + right.members, left.last + right.last
            )
            self._chapters[index : index + 2] = [both]
            self.bitsets[index : index + 2] = [both.everyone()]
            del self._last[index]


def numbers_in(bits: int) -> Iterator[int]:
    """Yield the numbers in a bitset, highest first."""
    while bits:
        number = bits.bit_length() - 1
        yield number
        bits ^= 1 << number


def _first_on(page: list[Place], some: int, places: list[Place]) -> Place:
    number = some.bit_length() - 1
    best, rest = places[number], some ^ (1 << number)
    looked = 1
    while rest:
        if looked == _FEW:
            return next(place for place in page if some >> place[4] & 1)
        number = rest.bit_length() - 1
        rest ^= 1 << number
        place = places[number]
        best = min(best, place)
        looked += 1
    return best


def _split_page(chapter: _Chapter, at: int) -> None:
    page = chapter.pages[at]
    left, right = page[: len(page) // 2], page[len(page) // 2 :]
    members = 0
    for place in left:
        members |= 1 << place[4]
    chapter.pages[at : at + 1] = [left, right]
    chapter.members[at : at + 1] = [members, chapter.members[at] ^ members]
    chapter.last.insert(at, left[-1])


def _join_pages(chapter: _Chapter, at: int) -> None:
    """Join a thin page with a neighbour, unless that makes a thick one."""
    at = min(at, len(chapter.pages) - 2)
    if at < 0:
        return
    left, right = chapter.pages[at : at + 2]
    if len(left) + len(right) <= _PAGE * 3 // 4:
        chapter.pages[at : at + 2] = [left + right]
        chapter.members[at : at + 2] = [chapter.members[at] | chapter.members[at + 1]]
        del chapter.last[at]

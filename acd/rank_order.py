"""The available agents in rank order, kept so that the first of any given set is found at once.

Places are sorted into pages of about a dozen, pages into chapters of some hundreds. Chapter and
page each know their members as a bitset over the agents' numbers. Who looks for the first of a set
ANDs it with one stretch after the other, all agents, chapters or pages, and chooses the length that
likely leaves one candidate: her number is then the answer, no place is read. A place that comes or
goes touches one page and two bitsets; nothing else is renumbered or re-sorted.
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

_PAGE: Final = 20
_CHAPTER: Final = 64
_FEW: Final = 3
"""So many candidates besides the first are compared; of more, a shorter stretch is looked at."""


class _Chapter:
    """Neighbouring pages; ``last`` bounds each page, ``members`` is the bitset of each."""

    __slots__ = ("last", "members", "pages")

    def __init__(self, pages: list[list[Place]], members: list[int], last: list[Place]) -> None:
        self.pages = pages
        self.members = members
        self.last = last

    def first(self, pool: int, places: list[Place]) -> int | None:
        """Return the first number of the pool, page by page, or None if none is here."""
        for members in self.members:
            hit = members & pool
            if hit:
                number = hit.bit_length() - 1
                bit = 1 << number
                if hit == bit:
                    return number
                best = _best(hit ^ bit, places[number], places)
                if best is None:
                    page = self.pages[self.members.index(members)]
                    best = next(place for place in page if hit >> place[4] & 1)
                return best[4]
        return None

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
        self.count = 0
        """How many places there are: to be read only."""

    def __iter__(self) -> Iterator[Place]:
        return (p for chapter in self._chapters for page in chapter.pages for p in page)

    def add(self, place: Place, bit: int) -> None:
        """Enter a place that is not in yet; ``bit`` is its number's."""
        index = bisect_left(self._last, place)
        chapter = self._chapters[index]
        at = bisect_left(chapter.last, place)
        page = chapter.pages[at]
        insort(page, place)
        self.count += 1
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
        self.count -= 1
        chapter.members[at] ^= bit
        self.bitsets[index] ^= bit
        if len(page) < _PAGE // 4:
            _join_pages(chapter, at)
            if len(chapter.pages) < _CHAPTER // 4:
                self._join(index)

    def near_top(self, pool: int, places: list[Place]) -> int | None:
        """Return the first number of the pool if the first pages have any, else None."""
        return self._chapters[0].first(pool, places)

    def first_of(self, pool: int, places: list[Place]) -> int:
        """Return the first number of the pool, all of whose numbers have a place.

        ``places`` gives the place of a number.
        """
        top = pool.bit_length() - 1
        best = _best(pool ^ (1 << top), places[top], places)
        if best is not None:
            return best[4]
        for everyone, chapter in zip(self.bitsets, self._chapters, strict=True):
            if everyone & pool:
                first = chapter.first(pool, places)
                if first is not None:
                    return first
        raise AssertionError("no page holds any of the numbers asked for")

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


def _best(rest: int, best: Place, places: list[Place]) -> Place | None:
    """Return the first of ``best`` and the rest, None if they are too many to be compared."""
    for _ in range(_FEW):
        number = rest.bit_length() - 1
        best = min(best, places[number])
        rest ^= 1 << number
        if not rest:
            return best
    return None


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

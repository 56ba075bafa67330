"""Sorted places: where an agent stands in the order, and how such a place is found quickly."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

from acd.ids import AgentId


class Entry:
    """What the ranking knows of one agent, changed as she changes."""

    __slots__ = ("chapter", "columns", "id", "number", "place", "standing")

    def __init__(self, agent: AgentId, number: int, standing: int = 0) -> None:
        self.id = agent
        self.number = number  # hers for good: her bit in the bitsets over all agents
        self.columns: tuple[int, ...] = ()  # what holds for her, see ``acd.rank_front``
        self.standing = standing
        self.place: Place | None = None
        self.chapter: Chapter | None = None  # where her place is; None for the front


Place = tuple[float, int, int, AgentId, Entry]
"""The rank key of an agent, which is hers alone, with her entry behind it."""


class Places:
    """Some places, sorted.

    The first two parts of each stand once more in arrays. A search that compared places would wait
    for memory at each of a dozen tuples and their parts, and so cost more than all the rest of a
    change; an array is one stretch of memory. Only equals in both parts are compared.
    """

    __slots__ = ("_handled", "_occupancies", "places")

    def __init__(self, places: Iterable[Place] = ()) -> None:
        self.places = list(places)
        self._occupancies = array("d", [place[0] for place in self.places])
        self._handled = array("q", [place[1] for place in self.places])

    def __len__(self) -> int:
        return len(self.places)

    def seat(self, place: Place) -> int:
        """Return the index where a place that is not in belongs."""
        occupancies, handled = self._occupancies, self._handled
        at = bisect_left(occupancies, place[0])
        if at == len(occupancies) or occupancies[at] != place[0]:
            return at
        end = bisect_right(occupancies, place[0], at)
        at = bisect_left(handled, place[1], at, end)
        if at == end or handled[at] != place[1]:
            return at
        return bisect_left(self.places, place, at, end)

    def enter(self, at: int, place: Place) -> None:
        """Put a place in at its seat."""
        self.places.insert(at, place)
        self._occupancies.insert(at, place[0])
        self._handled.insert(at, place[1])

    def leave(self, place: Place) -> int:
        """Take out a place, the very object that was put in, and return the index it had."""
        places, occupancies, handled = self.places, self._occupancies, self._handled
        at = bisect_left(occupancies, place[0])
        if places[at] is not place:
            end = bisect_right(occupancies, place[0], at)
            at = bisect_left(handled, place[1], at, end)
            if places[at] is not place:
                at = bisect_left(places, place, at, end)
        del places[at], occupancies[at], handled[at]
        return at


class Chapter(Places):
    """Neighbours behind the front, with the bitset of their numbers."""

    __slots__ = ("members",)

    def __init__(self, places: list[Place]) -> None:
        super().__init__(places)
        self.members = 0
        for place in places:
            place[4].chapter = self
            self.members |= 1 << place[4].number

    def walk(self, pool: int) -> Iterator[Place]:
        """Yield the places of those in the pool, in order."""
        return (place for place in self.places if pool >> place[4].number & 1)


def numbers_in(bits: int) -> Iterator[int]:
    """Yield the numbers of the bits that are set, highest first."""
    while bits:
        number = bits.bit_length() - 1
        yield number
        bits ^= 1 << number

"""The best of the available agents, kept so that the first who fits is the highest bit of an AND.

Everyone at the front has a bit, a better rank a higher one, and every column, a skill at a level
or a queue, has a row: the bits of those it holds for. So the best who fits some columns is the
highest bit of their rows' AND; nobody is looked at. Who comes takes a bit between those of her
neighbours and flips it in the rows of her columns; only where no bit is free between them do a few
neighbours move apart. One change costs a flip per column, and that is why the front is short.
"""

from array import array
from collections.abc import Iterable, Iterator
from typing import Final

from acd.ids import AgentId
from acd.rank_places import Entry, Place, Places, numbers_in

_BITS: Final = 3600
"""Bits of a row: twice as many as agents, so that most neighbours have a free one between them, and
not so many that CPython would ask the system for the memory of each new row (above 512 bytes)."""


class Front(Places):
    """The first places of the order; ``rows`` and ``ids`` are to be read only."""

    __slots__ = ("_bits", "ids", "rows")

    def __init__(self) -> None:
        super().__init__()
        self._bits = array("H")  # of the places, and so descending
        self.ids = [AgentId("")] * _BITS
        self.rows: list[int] = []

    def new_column(self, entries: Iterable[Entry] = ()) -> int:
        """Make a column that holds for these, and enter it among theirs."""
        column = len(self.rows)
        for entry in entries:
            entry.columns += (column,)
        row = 0
        for place, bit in zip(self.places, self._bits, strict=True):
            if column in place[4].columns:
                row |= 1 << bit
        self.rows.append(row)
        return column

    def add(self, place: Place) -> None:
        """Enter a place that is not in yet."""
        bits, rows, at = self._bits, self.rows, self.seat(place)
        above = bits[at - 1] if at else _BITS
        below = bits[at] if at < len(bits) else -1
        bit = (above + below) // 2 if above - below > 1 else self._make_room(at)
        self.enter(at, place)
        bits.insert(at, bit)
        self.ids[bit] = place[3]
        mask = 1 << bit
        for column in place[4].columns:
            rows[column] ^= mask

    def remove(self, place: Place) -> None:
        """Take out a place, the very object that was added."""
        mask, rows = 1 << self._bits.pop(self.leave(place)), self.rows
        for column in place[4].columns:
            rows[column] ^= mask

    def extend(self, places: list[Place]) -> None:
        """Enter places that come after all others, with two bits for each.

        Bits come free at the top, as the best leave: then all rows are shifted up to make room. If
        they are free only here and there, all move together, so as to have room for some time.
        """
        up = 2 * len(places) - self._bits[-1]
        if up >= _BITS - self._bits[0]:
            self._move(0, _spread(len(self), _BITS, _BITS - len(self) * 3 // 2 - 1))
        elif up > 0:
            self.rows[:] = [row << up for row in self.rows]
            self.ids[up:] = self.ids[:-up]
            self._bits = array("H", [bit + up for bit in self._bits])
        last = self._bits[-1]
        bits = range(last - 2, last - 2 - 2 * len(places), -2)
        for place, bit in zip(places, bits, strict=True):
            self.enter(len(self), place)
            self._bits.append(bit)
            self.ids[bit] = place[3]
            for column in place[4].columns:
                self.rows[column] |= 1 << bit

    def named(self, bits: int) -> Iterator[AgentId]:
        """Yield some bits' agents, best first."""
        return (self.ids[bit] for bit in numbers_in(bits))

    def _make_room(self, at: int) -> int:
        """Move apart as few neighbours of an index as have room, and return the bit that is free.

        The more of them, the more room they must have, up to two bits each: so some is left for
        those who come to the same spot next. The whole front always has that much.
        """
        bits, reach, doublings = self._bits, 1, 0
        while True:
            first, end = max(at - reach, 0), min(at + reach, len(bits))
            above = bits[first - 1] if first else _BITS
            below = bits[end] if end < len(bits) else -1
            parts = end - first + 2
            if above - below >= parts * (1 + doublings / 12):
                break
            reach, doublings = 2 * reach, doublings + 1
        spread = _spread(parts - 1, above, below)
        free = spread.pop(at - first)
        self._move(first, spread)
        return free

    def _move(self, first: int, bits: list[int]) -> None:
        """Give new bits to the places from ``first`` on."""
        rows = self.rows
        for index, bit in enumerate(bits, first):
            place, was = self.places[index], self._bits[index]
            self._bits[index] = bit
            self.ids[bit] = place[3]
            mask = 1 << bit ^ 1 << was
            for column in place[4].columns:
                rows[column] ^= mask


def _spread(count: int, above: int, below: int) -> list[int]:
    """Return so many bits, descending, evenly between two others."""
    return [above - (above - below) * nth // (count + 1) for nth in range(1, count + 1)]

"""A caller's leg in virtual time: prompts take a second a sound, the caller reacts to them."""

import heapq
import itertools
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from ivr.flow import Money
from ivr.ports import (
    AccountsUnavailable,
    DigitPressed,
    HungUp,
    LineEvent,
    LineGone,
    NoOrder,
    OrderStatus,
    PlayingFinished,
    PlayingId,
    PlayingStarted,
)
from ivr.prompt_book import PromptBook
from prompts import catalogue

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
BOOK = PromptBook(keys=catalogue().keys())
ORDER = OrderStatus(
    party_id="party-7",
    order_number="1024",
    state="shipped",
    due_on=NINE.date() + timedelta(days=3),
    total=Money(Decimal("12.50"), "USD"),
)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


class FakeLine:
    """``reactions``: sound name -> what the caller presses when he hears it, one a time it plays.

    A reaction is keys, pressed half a second after the prompt starts and then every half second,
    or ``hang up``. ``sounds_last`` is the length of each sound; ``mute`` sounds never start and
    ``broken`` ones fail at once.
    """

    def __init__(
        self,
        reactions: Mapping[str, Sequence[str]] | None = None,
        *,
        mute: frozenset[str] = frozenset(),
        broken: frozenset[str] = frozenset(),
        sounds_last: float = 1.0,
    ) -> None:
        self.time = NINE
        self.log: list[str] = []
        self.gone = False
        self.music: str | None = None
        self.playing: PlayingId | None = None
        self.verbs = 0
        self.gone_at_verb: int | None = None
        self._reactions = {name: list(keys) for name, keys in (reactions or {}).items()}
        self._mute, self._broken, self._sounds_last = mute, broken, sounds_last
        self._due: list[tuple[datetime, int, LineEvent]] = []
        self._numbers = itertools.count(1)

    def now(self) -> datetime:
        return self.time

    def later(self, delay: float, event: LineEvent) -> None:
        heapq.heappush(self._due, (self.time + seconds(delay), next(self._numbers), event))

    def passed(self) -> float:
        return (self.time - NINE).total_seconds()

    async def answer(self) -> None:
        self._verb("answer")

    async def play(self, media: Sequence[str], language: str) -> PlayingId:
        names = [uri.removeprefix("sound:parley/") for uri in media]
        self._verb("play " + " ".join(names))
        assert self.music is None, "a prompt was started over the music"
        self.playing = PlayingId(f"p{next(self._numbers)}")
        keys = [name.partition("/")[2] for name in names]
        if self._broken.intersection(keys):
            self.later(0, PlayingFinished(self.playing, failed=True))
        elif not self._mute.intersection(keys):
            self.later(0.05, PlayingStarted(self.playing))
            self.later(0.05 + self._sounds_last * len(names), PlayingFinished(self.playing))
        for key in keys:
            if self._reactions.get(key):
                self._react(self._reactions[key].pop(0))
        return self.playing

    async def stop(self, playing: PlayingId) -> None:
        self._verb("stop")
        self._due = [item for item in self._due if item[2] != PlayingFinished(playing)]
        heapq.heapify(self._due)
        self.later(0.01, PlayingFinished(playing))

    async def next_event(self, timeout: timedelta) -> LineEvent | None:
        assert timeout >= timedelta(0)
        if self._due and self._due[0][0] <= self.time + timeout:
            at, _, event = heapq.heappop(self._due)
            self.time = max(self.time, at)
            if isinstance(event, HungUp):
                self.gone = True
            return event
        self.time += timeout
        return None

    async def start_music(self, music: str) -> None:
        self._verb(f"music {music}")
        self.music = music

    async def stop_music(self) -> None:
        self._verb("no music")
        self.music = None

    def _react(self, reaction: str) -> None:
        if reaction == "hang up":
            assert self.playing is not None
            self.later(0.5, PlayingFinished(self.playing, failed=True))  # as Asterisk has it
            self.later(0.5, HungUp())
            return
        for at, key in enumerate(reaction, start=1):
            if key != " ":
                self.later(at * 0.5, DigitPressed(key))

    def _verb(self, what: str) -> None:
        self.verbs += 1
        if self.gone or self.verbs == self.gone_at_verb:
            self.gone = True
            raise LineGone
        self.log.append(what)

    def heard(self, key: str) -> int:
        return sum(line.split().count(f"{lang}/{key}") for line in self.log for lang in LANGUAGES)


LANGUAGES = ("en", "zh", "fa")


class FakeAccounts:
    """One customer, 4711 with PIN 1234."""

    def __init__(
        self, *, order: OrderStatus | NoOrder | None = ORDER, fault: Exception | None = None
    ) -> None:
        self.order, self.fault = order, fault
        self.asked: list[tuple[str, str]] = []

    async def order_status(self, customer_number: str, pin: str) -> OrderStatus | NoOrder | None:
        self.asked.append((customer_number, pin))
        if self.fault is not None:
            raise self.fault
        return self.order if (customer_number, pin) == ("4711", "1234") else None


DOWN = AccountsUnavailable("database is locked")

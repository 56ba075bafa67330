"""Live values for many browsers: keyed whole values in numbered topics, encoded once for all.

Producers ``put`` and ``drop`` keys, or say that a key ``change``d and how its value is made. A
topic gathers changes, at most one flush per interval and at once when it was idle, and each flush
is one frame that every subscriber shares. An agent's own topic gathers for a moment that she
cannot notice, unless its producer says that it cannot wait. However often a key changed, its value
is made and encoded once per flush; and while nobody follows a topic nothing is: who comes is shown
the present.

A subscriber that cannot take a frame now falls behind without delaying anyone and is later given
one delta over all it missed, because the hub keeps for each key the number of its last change and
for dropped keys a tombstone. Resuming after a lost connection is the same operation.

Law (tested): an old snapshot with the deltas since applied equals a fresh snapshot.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import msgspec

from agent_desktop.server.frames import text_frame
from agent_desktop.server.protocol import Delta, Snapshot

log = logging.getLogger(__name__)

OWN_INTERVAL: Final = 0.025
"""Seconds for which the changes of one agent's topic are gathered: several steps of a call fit in,
and a frame is the dearest thing that a step costs."""
AT_ONCE: Final = 20
"""Deliveries in one turn of the loop, each a tenth of a millisecond."""
TOMBSTONES: Final = 1024
"""Dropped keys remembered per topic; who was away for longer gets a snapshot."""
_GONE: Final = object()


class Subscriber(Protocol):
    """Something that takes encoded frames."""

    def deliver(self, frame: bytes) -> bool:
        """Take the frame without waiting, or return False: not now, I am behind.

        Must not subscribe or unsubscribe anybody from within.
        """
        ...


class Scheduler(Protocol):
    """The part of the event loop the hub needs; tests pass a fake."""

    def time(self) -> float:
        """Monotonic seconds."""
        ...

    def call_later(self, delay: float, callback: Callable[[], None], /) -> object:
        """Call back after ``delay`` seconds."""
        ...

    def call_soon(self, callback: Callable[[], None], /) -> object:
        """Call back after the present callback."""
        ...


class LoopScheduler:
    """Asks whichever event loop runs at the moment of the call."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop

    def time(self) -> float:
        """Monotonic seconds of the running loop."""
        return self._loop().time()

    def call_later(self, delay: float, callback: Callable[[], None], /) -> object:
        """Call back after ``delay`` seconds."""
        return self._loop().call_later(delay, callback)

    def call_soon(self, callback: Callable[[], None], /) -> object:
        """Call back after the present callback."""
        return self._loop().call_soon(callback)


@dataclass(frozen=True, slots=True)
class _Unmade:
    """A value that nobody has asked for yet."""

    make: Callable[[], Any]


@dataclass(slots=True)
class _Topic:
    name: str
    interval: float
    own: bool
    """Whether it is one agent's."""
    seq: int = 0
    oldest: int = 0
    """The lowest number from which a delta can still be told."""
    encoded: OrderedDict[str, tuple[int, msgspec.Raw]] = field(default_factory=OrderedDict)
    """Flushed keys, least recently changed first, each with the number of its change."""
    tombstones: OrderedDict[str, int] = field(default_factory=OrderedDict)
    latest: dict[str, Any] = field(default_factory=dict)
    """What was put last, flushed or not, made or not."""
    dirty: dict[str, None] = field(default_factory=dict)
    """The keys that changed since the last flush, in order."""
    flushed_at: float = float("-inf")
    due: bool = False
    snapshot: bytes | None = None
    followers: dict[Subscriber, int] = field(default_factory=dict)
    """Subscriber -> the number it has reached."""


@dataclass(slots=True)
class HubStats:
    """Counters for metrics; they only grow."""

    flushes: int = 0
    deliveries: int = 0
    deferred: int = 0
    snapshots: int = 0
    resumed: int = 0


class Hub:
    """All topics of this process. Not thread-safe: everything happens on the event loop."""

    def __init__(
        self,
        *,
        epoch: str,
        interval: float = 0.05,
        scheduler: Scheduler | None = None,
        wrap: Callable[[bytes], bytes] = text_frame,
        tombstones: int = TOMBSTONES,
    ) -> None:
        """``wrap`` turns an encoded frame into what is delivered, once for all subscribers.

        ``epoch`` is fresh at every start: numbers of another epoch mean nothing here.
        ``interval`` is the least number of seconds between two flushes of a shared topic; topics
        of one agent (``agent:<id>``) are flushed ``OWN_INTERVAL`` after a change.
        """
        self.epoch: Final = epoch
        self.stats = HubStats()
        self._interval = interval
        self._clock: Scheduler = scheduler or LoopScheduler()
        self._wrap, self._tombstones = wrap, tombstones
        self._encode = msgspec.json.Encoder().encode
        self._topics: dict[str, _Topic] = {}

    # --- producers ------------------------------------------------------------------------

    def put(self, topic: str, key: str, value: Any) -> None:
        """Replace the value under ``key``."""
        one = self._topic(topic)
        one.latest[key] = value
        self._touch(one, key)

    def change(self, topic: str, key: str, make: Callable[[], Any]) -> None:
        """The value under ``key`` has changed: ``make`` makes it once, when somebody is to see it.

        None means that there is none any more. Until then ``make`` may run as late as the next
        subscriber comes, or never: it should hold the facts it needs.
        """
        self.put(topic, key, _Unmade(make))

    def drop(self, topic: str, key: str) -> None:
        """Forget ``key``; forgetting what is not there changes nothing."""
        one = self._topic(topic)
        if one.latest.pop(key, _GONE) is _GONE:
            return
        if key in one.encoded:
            self._touch(one, key)
        else:
            one.dirty.pop(key, None)  # nobody has ever been told of it

    def current(self, topic: str, key: str) -> Any:
        """The value put last under ``key``, or None."""
        one = self._topics.get(topic)
        found = _GONE if one is None else self._value(one, key)
        return None if found is _GONE else found

    def has(self, topic: str, key: str) -> bool:
        """Whether something was put under ``key`` and not dropped."""
        one = self._topics.get(topic)
        return one is not None and key in one.latest

    def values(self, topic: str) -> Mapping[str, Any]:
        """The values put last under all keys of ``topic``."""
        one = self._topics.get(topic)
        if one is None:
            return {}
        found = {key: self._value(one, key) for key in list(one.latest)}
        return {key: value for key, value in found.items() if value is not _GONE}

    def seq(self, topic: str) -> int:
        """The number of the topic's last flush."""
        one = self._topics.get(topic)
        return 0 if one is None else one.seq

    # --- subscribers ----------------------------------------------------------------------

    def subscribe(
        self,
        subscriber: Subscriber,
        topics: Iterable[str],
        *,
        epoch: str = "",
        seqs: Mapping[str, int] | None = None,
    ) -> None:
        """Follow ``topics``: resume from ``seqs`` of the same ``epoch``, or begin afresh."""
        known = seqs if seqs is not None and epoch == self.epoch else {}
        for name in topics:
            topic = self._topic(name)
            if not topic.followers:
                self._number(topic)
            elif topic.own:
                self._flush(topic)  # a page that comes sees the present, not the moment before
            reached = known.get(name, -1)
            usable = topic.oldest <= reached <= topic.seq
            topic.followers[subscriber] = reached if usable else -1
            self._bring_up(topic, subscriber, announce=True)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Forget the subscriber in every topic."""
        for topic in self._topics.values():
            topic.followers.pop(subscriber, None)

    def catch_up(self, subscriber: Subscriber) -> bool:
        """Deliver what a slow subscriber missed; True when it is in step everywhere again."""
        followed = [topic for topic in self._topics.values() if subscriber in topic.followers]
        in_step = [self._bring_up(topic, subscriber) for topic in followed]
        return all(in_step)

    def flush(self, topic: str) -> None:
        """Number and deliver the gathered changes of ``topic`` now, if anybody follows it."""
        self._flush(self._topic(topic))

    def flush_within(self, topic: str, seconds: float) -> None:
        """The same, at the latest in so many seconds."""
        one = self._topic(topic)
        self._clock.call_later(seconds, lambda: self._flush(one))

    # --- inside ---------------------------------------------------------------------------

    def _topic(self, name: str) -> _Topic:
        topic = self._topics.get(name)
        if topic is None:
            own = name.startswith("agent:")
            topic = self._topics[name] = _Topic(name, OWN_INTERVAL if own else self._interval, own)
        return topic

    def _touch(self, topic: _Topic, key: str) -> None:
        topic.dirty[key] = None
        if topic.due or not topic.followers:
            return
        topic.due = True
        wait = topic.interval
        if not topic.own:
            wait += topic.flushed_at - self._clock.time()
        if wait > 0:
            self._clock.call_later(wait, lambda: self._flush(topic))
        else:
            self._clock.call_soon(lambda: self._flush(topic))

    def _flush(self, topic: _Topic) -> None:
        topic.due = False
        if not topic.followers:
            return
        delta = self._number(topic)
        if delta is not None:
            topic.flushed_at = self._clock.time()
            self.stats.flushes += 1
            self._fan_out(topic, delta)

    def _number(self, topic: _Topic) -> Delta | None:
        """Make, encode and number what changed; None if all is as it was."""
        number = topic.seq + 1
        put: dict[str, msgspec.Raw] = {}
        gone: list[str] = []
        dirty, topic.dirty = topic.dirty, {}
        for key in dirty:
            before = topic.encoded.get(key)
            raw = self._raw(topic, key)
            if raw is None:
                if before is not None:
                    del topic.encoded[key]
                    self._bury(topic, key, number)
                    gone.append(key)
                continue
            if before is not None and before[1] == raw:
                continue
            topic.encoded[key] = (number, raw)
            topic.encoded.move_to_end(key)
            topic.tombstones.pop(key, None)
            put[key] = raw
        if not put and not gone:
            return None
        topic.seq, topic.snapshot = number, None
        return Delta(topic=topic.name, after=number - 1, seq=number, put=put, drop=gone)

    def _raw(self, topic: _Topic, key: str) -> msgspec.Raw | None:
        """The encoded value; a value that cannot be made or encoded does not stop the others."""
        try:
            value = self._value(topic, key)
            return None if value is _GONE else msgspec.Raw(self._encode(value))
        except Exception:
            log.exception("value not shown", extra={"topic": topic.name, "key": key})
            topic.latest.pop(key, None)
            return None

    def _value(self, topic: _Topic, key: str) -> Any:
        value = topic.latest.get(key, _GONE)
        if not isinstance(value, _Unmade):
            return value
        made = value.make()
        if made is None:
            del topic.latest[key]
            return _GONE
        topic.latest[key] = made
        return made

    def _bury(self, topic: _Topic, key: str, number: int) -> None:
        topic.tombstones[key] = number
        topic.tombstones.move_to_end(key)
        if len(topic.tombstones) > self._tombstones:
            _, topic.oldest = topic.tombstones.popitem(last=False)

    def _fan_out(self, topic: _Topic, delta: Delta) -> None:
        """One encoding for all who are in step; who is behind is brought up on his own."""
        if topic.followers:
            frame = self._wrap(self._encode(delta))
            self._deliver(topic, delta, frame, list(topic.followers))

    def _deliver(
        self, topic: _Topic, delta: Delta, frame: bytes, waiting: list[Subscriber]
    ) -> None:
        """Deliver to a few and to the rest in the next turn: a call may wait for this one."""
        for subscriber in waiting[:AT_ONCE]:
            reached = topic.followers.get(subscriber)
            if reached is None:
                continue  # he has left meanwhile
            if reached != delta.after:
                self._bring_up(topic, subscriber)
            elif subscriber.deliver(frame):
                topic.followers[subscriber] = delta.seq
                self.stats.deliveries += 1
            else:
                self.stats.deferred += 1
        if len(waiting) > AT_ONCE:
            rest = waiting[AT_ONCE:]
            self._clock.call_soon(lambda: self._deliver(topic, delta, frame, rest))

    def _bring_up(self, topic: _Topic, subscriber: Subscriber, *, announce: bool = False) -> bool:
        """Deliver one frame from where the subscriber is to now; with ``announce`` in any case."""
        reached = topic.followers[subscriber]
        if reached == topic.seq and not announce:
            return True
        if reached >= topic.oldest:
            frame = self._wrap(self._encode(self._since(topic, reached)))
            self.stats.resumed += 1
        else:
            frame = self._snapshot(topic)
            self.stats.snapshots += 1
        if not subscriber.deliver(frame):
            self.stats.deferred += 1
            return False
        topic.followers[subscriber] = topic.seq
        self.stats.deliveries += 1
        return True

    def _since(self, topic: _Topic, reached: int) -> Delta:
        put: dict[str, msgspec.Raw] = {}
        for key, (changed, raw) in reversed(topic.encoded.items()):
            if changed <= reached:
                break
            put[key] = raw
        drop: list[str] = []
        for key, dropped in reversed(topic.tombstones.items()):
            if dropped <= reached:
                break
            drop.append(key)
        return Delta(topic=topic.name, after=reached, seq=topic.seq, put=put, drop=drop)

    def _snapshot(self, topic: _Topic) -> bytes:
        if topic.snapshot is None:
            values = {key: raw for key, (_, raw) in topic.encoded.items()}
            whole = Snapshot(topic=topic.name, seq=topic.seq, values=values)
            topic.snapshot = self._wrap(self._encode(whole))
        return topic.snapshot

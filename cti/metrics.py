"""Figures for Prometheus and the health of each component, both served by the desktop server.

A handful of counters, gauges and histograms, and the text format to show them: less than what a
library for it would bring along. Labels never hold personal data or ids of single calls.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeVar

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
MOST_SERIES: Final = 1_000
Labels = tuple[str, ...]


class TooManySeries(Exception):
    """A label takes more values than a figure should have; ids do not belong into labels."""


@dataclass(slots=True, kw_only=True)
class _Figure:
    name: str
    doc: str
    labels: Labels = ()

    def _key(self, values: Mapping[str, str]) -> Labels:
        if values.keys() != set(self.labels):
            raise ValueError(f"{self.name} has the labels {self.labels}, not {tuple(values)}")
        return tuple(values[label] for label in self.labels)

    def _series(self, key: Labels, *more: tuple[str, str], suffix: str = "") -> str:
        pairs = [*zip(self.labels, key, strict=True), *more]
        inside = ",".join(f'{label}="{_escape(value)}"' for label, value in pairs)
        return f"{self.name}{suffix}{{{inside}}}" if inside else f"{self.name}{suffix}"


@dataclass(slots=True, kw_only=True)
class Counter(_Figure):
    """Only grows; begins at zero with the daemon."""

    _values: dict[Labels, float] = field(default_factory=dict)

    def add(self, amount: float = 1.0, **labels: str) -> None:
        """Count ``amount`` more."""
        if amount < 0:
            raise ValueError(f"{self.name} is a counter and cannot shrink")
        _raise(self._values, self._key(labels), amount, self.name)

    def value(self, **labels: str) -> float:
        """Give the count so far."""
        return self._values.get(self._key(labels), 0.0)

    def lines(self) -> Iterator[str]:
        """Show it in the text format."""
        yield from _head(self, "counter")
        shown = self._values if self.labels else {(): 0.0} | self._values
        for key, value in sorted(shown.items()):
            yield f"{self._series(key)} {_number(value)}"


@dataclass(slots=True, kw_only=True)
class Gauge(_Figure):
    """Goes up and down; set, or asked for when shown."""

    read: Callable[[], float] | None = None
    _values: dict[Labels, float] = field(default_factory=dict)

    def set(self, value: float, **labels: str) -> None:
        """Replace the value."""
        key = self._key(labels)
        _raise(self._values, key, value - self._values.get(key, 0.0), self.name)

    def lines(self) -> Iterator[str]:
        """Show it in the text format."""
        yield from _head(self, "gauge")
        if self.read is not None:
            yield f"{self.name} {_number(self.read())}"
        for key, value in sorted(self._values.items()):
            yield f"{self._series(key)} {_number(value)}"


@dataclass(slots=True, kw_only=True)
class Histogram(_Figure):
    """How long something took, in buckets of seconds."""

    buckets: Sequence[float] = SECONDS
    _counts: dict[Labels, list[int]] = field(default_factory=dict)
    _sums: dict[Labels, float] = field(default_factory=dict)

    def observe(self, seconds: float, **labels: str) -> None:
        """Note one duration."""
        key = self._key(labels)
        _raise(self._sums, key, seconds, self.name)
        counts = self._counts.setdefault(key, [0] * (len(self.buckets) + 1))
        counts[bisect_left(self.buckets, seconds)] += 1

    def lines(self) -> Iterator[str]:
        """Show it in the text format."""
        yield from _head(self, "histogram")
        for key, counts in sorted(self._counts.items()):
            total = 0
            for bound, count in zip([*self.buckets, math.inf], counts, strict=True):
                total += count
                yield f"{self._series(key, ('le', _number(bound)), suffix='_bucket')} {total}"
            yield f"{self._series(key, suffix='_sum')} {_number(self._sums[key])}"
            yield f"{self._series(key, suffix='_count')} {total}"


class _Shown(Protocol):
    @property
    def name(self) -> str: ...
    def lines(self) -> Iterator[str]: ...


F = TypeVar("F", bound=_Shown)


class Registry:
    """All figures of one daemon; every name is given once."""

    def __init__(self) -> None:
        self._figures: dict[str, _Shown] = {}

    def counter(self, name: str, doc: str, *labels: str) -> Counter:
        """Make a counter; its name ends in ``_total``."""
        return self._keep(Counter(name=name, doc=doc, labels=labels))

    def gauge(
        self, name: str, doc: str, *labels: str, read: Callable[[], float] | None = None
    ) -> Gauge:
        """Make a gauge; with ``read`` it is asked for when shown."""
        return self._keep(Gauge(name=name, doc=doc, labels=labels, read=read))

    def histogram(self, name: str, doc: str, *labels: str) -> Histogram:
        """Make a histogram of seconds; its name ends in ``_seconds``."""
        return self._keep(Histogram(name=name, doc=doc, labels=labels))

    def _keep(self, figure: F) -> F:
        if figure.name in self._figures:
            raise ValueError(f"the figure {figure.name} exists already")
        self._figures[figure.name] = figure
        return figure

    def text(self) -> str:
        """Give everything in Prometheus' text format."""
        return "".join(f"{line}\n" for each in self._figures.values() for line in each.lines())


def _raise(values: dict[Labels, float], key: Labels, amount: float, name: str) -> None:
    if key not in values and len(values) >= MOST_SERIES:
        raise TooManySeries(f"{name} has {MOST_SERIES} series; do not put ids into labels")
    values[key] = values.get(key, 0.0) + amount


def _head(figure: _Figure, kind: str) -> Iterator[str]:
    doc = figure.doc.replace("\\", r"\\").replace("\n", r"\n")
    yield f"# HELP {figure.name} {doc}"
    yield f"# TYPE {figure.name} {kind}"


def _escape(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if value == int(value) else repr(value)

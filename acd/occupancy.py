"""How busy an agent was in the last hour, exactly, as of her last change of state.

Occupancy is (talk + hold + wrap-up) / (those + ready time) within a rolling window. It is taken
*at the agent's last change of state* and stays as it is until the next one: so the order of ready
agents never has to be sorted anew as time passes, and a replay gives the same order. Time is
counted in whole microseconds, so running sums are exact and a pruned span takes away just what it
brought. Ringing, not-ready and signed-out time counts for nothing.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Final

WINDOW: Final = timedelta(hours=1)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_WINDOW_US: Final = WINDOW // _MICROSECOND


class Work(IntEnum):
    """What a stretch of an agent's time counts as."""

    NONE = 0
    READY = 1
    BUSY = 2


def micros(at: datetime) -> int:
    """Return the instant as microseconds of the epoch."""
    return (at - EPOCH) // _MICROSECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The last hour of one agent: closed spans with their sums, and the span still open.

    ``spans`` is flat (start, end, work, start, …) to stay small with thousands of agents.
    """

    since: int = 0
    work: Work = Work.NONE
    spans: tuple[int, ...] = ()
    busy: int = 0
    ready: int = 0

    @property
    def occupancy(self) -> float:
        """Return the share of busy time as of the last change; 0.0 when nothing is known."""
        total = self.busy + self.ready
        return self.busy / total if total else 0.0

    def turn(self, work: Work, at: datetime) -> "Load":
        """Close the open span at ``at``, forget what left the window, open a span of ``work``."""
        now = max(micros(at), self.since)  # a clock set back must not give negative time
        spans, sums = self.spans, [0, self.ready, self.busy]
        if self.work is not Work.NONE and now > self.since:
            spans += (self.since, now, int(self.work))
            sums[self.work] += now - self.since
        if spans and spans[0] < now - _WINDOW_US:
            spans = _pruned(spans, sums, now - _WINDOW_US)
        return Load(since=now, work=work, spans=spans, busy=sums[Work.BUSY], ready=sums[1])


def _pruned(spans: tuple[int, ...], sums: list[int], edge: int) -> tuple[int, ...]:
    """Return the spans from ``edge`` on, and take what is cut off from ``sums``."""
    gone = 0
    while gone < len(spans) and spans[gone] < edge:
        start, end, kind = spans[gone : gone + 3]
        sums[kind] -= min(end, edge) - start
        if end > edge:
            return (edge, *spans[gone + 1 :])
        gone += 3
    return spans[gone:]


NO_LOAD: Final = Load()

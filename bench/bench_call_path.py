"""B2, B3, B4: from the caller's INVITE to the talk with an agent, Parley against ``app_queue``.

Same Asterisk, same telephones, same SIPp files, turn and turn about (see ``call_stand``). A call
talks from the instant at which the second of its two legs entered their common bridge; the
caller's INVITE is timed by SIPp. Parley does all that it does in production meanwhile: journal,
caller look-up, pops to the agents' websockets, wallboard, records.

- B2: plenty of free agents, 50 and 100 calls a second: p50, p99, processor time per call.
- B3: 100 agents, 1.6 times the calls they can take: mean wait beyond what an ideal schedule (first
  come, first served, an agent taken the instant she is free) would give for the same arrivals and
  the same lengths of talk. Phones answer at once, agents do no after-call work.
- B4 (not in the quick run): the highest rate with no call lost, nothing sent twice and p99 of at
  most 100 ms.
"""

import heapq
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, median
from typing import Any

import uvloop

from bench.call_stand import APP_QUEUE, PARLEY, Stand, Trial, stand

AGENTS = 100
SHORT_TALK, LONG_TALK = 0.4, 4.0
OVERLOAD = 1.6
RATES = (50, 100)
KNEE_RATES = tuple(range(50, 401, 25))
KNEE_P99 = 0.1
SIDES = (("parley", PARLEY), ("app_queue", APP_QUEUE))


def run(quick: bool) -> list[dict[str, Any]]:
    """Measure; one row per figure."""
    return uvloop.run(_measure(quick))


async def _measure(quick: bool) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as name:
        async with stand(Path(name), agents=AGENTS) as place:
            for _, number in SIDES:  # warm up
                await place.trial(number, rate=20, calls=20, talk=SHORT_TALK)
            for rate in RATES:
                rows += await _free_agents(place, rate, rounds=2 if quick else 5, quick=quick)
            rows += await _saturated(place, rounds=1 if quick else 3, quick=quick)
            rows.append(_set_aside(place))
    return rows if quick else rows + await _knee()


# --- B2 -------------------------------------------------------------------------------------


async def _free_agents(
    place: Stand, rate: int, *, rounds: int, quick: bool
) -> list[dict[str, Any]]:
    trials = await _in_turn(
        place, rounds, rate=rate, calls=rate * (4 if quick else 8), talk=SHORT_TALK
    )
    rows = []
    for what, share, limit in (("p50", 0.5, 1.0), ("p99", 0.99, 1.2)):
        ours, theirs = (_over(trials[name], share) for name, _ in SIDES)
        name = f"INVITE to talking {what}, {rate} calls/s, {AGENTS} agents"
        rows.append(_against("B2", name, ours * 1000, "ms", theirs * 1000, limit))
    ours, theirs = (_cpu_per_call(trials[name]) for name, _ in SIDES)
    rows.append(
        _against(
            "B2", f"processor per call, {rate} calls/s", ours * 1000, "ms", theirs * 1000, None
        )
    )
    lost = sum(t.lost for t in trials["parley"])
    theirs_lost = sum(t.lost for t in trials["app_queue"])
    rows.append(_lost("B2", f"calls lost, {rate} calls/s", lost, theirs_lost))
    return rows


def _over(trials: Sequence[Trial], share: float) -> float:
    """The median over the rounds of one quantile."""
    return median(_quantile(trial.setups, share) for trial in trials)


def _quantile(values: Sequence[float], share: float) -> float:
    if not values:
        return float("inf")
    return values[min(len(values) - 1, int(share * len(values)))]


def _cpu_per_call(trials: Sequence[Trial]) -> float:
    return median(sum(t.cpu.values()) / max(1, len(t.calls)) for t in trials)


# --- B3 -------------------------------------------------------------------------------------


async def _saturated(place: Stand, *, rounds: int, quick: bool) -> list[dict[str, Any]]:
    rate = AGENTS / LONG_TALK * OVERLOAD
    seconds = 7 if quick else 15
    trials = await _in_turn(place, rounds, rate=rate, calls=int(rate * seconds), talk=LONG_TALK)
    ours, theirs = (median(_excess(t) for t in trials[name]) for name, _ in SIDES)
    ratio = theirs / ours if ours > 0 else float("inf")
    name = f"mean wait beyond the ideal schedule, {AGENTS} agents, load {OVERLOAD}"
    lost = sum(t.lost for t in trials["parley"])
    return [
        {
            "bench": "B3", "metric": name, "value": ours * 1000, "unit": "ms",
            "peer": "app_queue", "peer_value": theirs * 1000, "ratio": ratio,
            "limit": "peer >= 20x", "ok": ratio >= 20,
        },
        _lost("B3", "calls lost", lost, sum(t.lost for t in trials["app_queue"])),
    ]  # fmt: skip


def _excess(trial: Trial) -> float:
    """Mean seconds to talking beyond those of the ideal schedule for the same calls."""
    served = [c for c in trial.calls if c.talking is not None and c.ended is not None]
    if not served:
        return float("inf")
    arrivals = [c.invited for c in served]
    lengths = [(c.ended or 0) - (c.talking or 0) for c in served]
    waited = fmean(c.setup or 0 for c in served)
    return waited - fmean(ideal_waits(arrivals, lengths, AGENTS))


def ideal_waits(arrivals: Sequence[float], lengths: Sequence[float], agents: int) -> list[float]:
    """Waits if each caller in turn got an agent at once or the instant the next one is free."""
    free = [0.0] * agents
    waits = []
    for arrived, length in sorted(zip(arrivals, lengths, strict=True)):
        start = max(arrived, heapq.heappop(free))
        waits.append(start - arrived)
        heapq.heappush(free, start + length)
    return waits


# --- B4 -------------------------------------------------------------------------------------


async def _knee() -> list[dict[str, Any]]:
    knees = []
    for _ in range(2):  # on a new Asterisk: one that was overrun once refuses calls for long
        with tempfile.TemporaryDirectory(prefix="parley-bench-") as name:
            async with stand(Path(name), agents=AGENTS) as place:
                knees.append(await _climb(place))
    ours, theirs = (median(knee[name] for knee in knees) for name, _ in SIDES)
    name = f"knee: nothing lost, nothing sent twice, p99 <= {KNEE_P99 * 1000:.0f} ms"
    ratio = ours / theirs if theirs else float("inf")
    return [
        {
            "bench": "B4", "metric": name, "value": ours, "unit": "calls/s", "peer": "app_queue",
            "peer_value": theirs, "ratio": ratio, "limit": ">= 0.9x", "ok": ratio >= 0.9,
        }
    ]  # fmt: skip


async def _climb(place: Stand) -> dict[str, int]:
    """The last rate of the ladder at which each was served well, looked at twice when it was not.

    Both climb together: the machine is not equally fast from minute to minute.
    """
    reached = {name: 0 for name, _ in SIDES}
    climbing = dict(SIDES)
    for rate in KNEE_RATES:
        for name, number in list(climbing.items()):
            if await _serves(place, number, rate) or await _serves(place, number, rate):
                reached[name] = rate
            else:
                del climbing[name]
        if not climbing:
            break
    return reached


async def _serves(place: Stand, number: str, rate: int) -> bool:
    return _served_well(await place.trial(number, rate=rate, calls=rate * 4, talk=0.1))


def _served_well(trial: Trial) -> bool:
    return (
        trial.lost == 0 and trial.retransmitted == 0 and _quantile(trial.setups, 0.99) <= KNEE_P99
    )


# --- rows -----------------------------------------------------------------------------------


async def _in_turn(
    place: Stand, rounds: int, *, rate: float, calls: int, talk: float
) -> dict[str, list[Trial]]:
    """The same trial for both, turn and turn about, the first one changing."""
    trials: dict[str, list[Trial]] = {name: [] for name, _ in SIDES}
    for turn in range(rounds):
        for name, number in SIDES if turn % 2 == 0 else reversed(SIDES):
            trials[name].append(await place.trial(number, rate=rate, calls=calls, talk=talk))
    return trials


def _against(
    bench: str, metric: str, ours: float, unit: str, theirs: float, limit: float | None
) -> dict[str, Any]:
    ratio = ours / theirs if theirs else float("inf")
    return {
        "bench": bench, "metric": metric, "value": ours, "unit": unit, "peer": "app_queue",
        "peer_value": theirs, "ratio": ratio, "limit": f"<= {limit}x" if limit else "",
        "ok": limit is None or ratio <= limit,
    }  # fmt: skip


def _set_aside(place: Stand) -> dict[str, Any]:
    return {
        "bench": "B2", "metric": "agents set aside because a call could not be joined in time",
        "value": place.set_aside, "unit": "times", "peer": "", "peer_value": None, "ratio": None,
        "limit": "0", "ok": place.set_aside == 0,
    }  # fmt: skip


def _lost(bench: str, metric: str, ours: int, theirs: int) -> dict[str, Any]:
    return {
        "bench": bench, "metric": metric, "value": ours, "unit": "calls", "peer": "app_queue",
        "peer_value": theirs, "ratio": None, "limit": "0", "ok": ours == 0,
    }  # fmt: skip


if __name__ == "__main__":
    import json
    import sys

    print(f"load of the machine: {os.getloadavg()}")
    for line in run("--quick" in sys.argv):
        print(json.dumps(line))

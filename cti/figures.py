"""What an operator's monitoring reads at ``GET /metrics``: sums from events, states when asked.

No label holds a caller, an agent or a call.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from acd import events as e
from acd.agent import AgentState
from acd.call import CallState
from acd.floor import Floor
from agent_desktop.server.ports import TrunkFacts
from cti.journal import Entry
from cti.metrics import Registry

WAITS: Final = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0)
"""Seconds; the buckets of what callers wait and talk."""


class Component(Protocol):
    """A part that knows whether it is well."""

    @property
    def healthy(self) -> bool:
        """Whether it is well."""
        ...


class Connection(Protocol):
    """The way to Asterisk."""

    @property
    def connected(self) -> bool:
        """Whether it is there."""
        ...


class Figures:
    """The daemon's figures. ``take`` is handed every journalled batch."""

    def __init__(
        self,
        floor: Floor,
        telephony: Connection,
        journal: Component,
        recorder: Component,
        trunks: Callable[[], Sequence[TrunkFacts]],
    ) -> None:
        self._floor, self._trunks = floor, trunks
        self._registry = made = Registry()
        self._started = made.counter("parley_calls_started_total", "Calls that came in.")
        self._ended = made.counter(
            "parley_calls_ended_total", "Calls that ended, by outcome.", "outcome"
        )
        self._offers = made.counter(
            "parley_offers_total", "Offers to agents, by how they ended.", "end"
        )
        self._waited = made.histogram("parley_wait_seconds", "Wait of answered calls.", "queue")
        self._waited.buckets = WAITS
        self._calls = made.gauge("parley_calls", "Calls going on, by state.", "state")
        self._agents = made.gauge("parley_agents", "Agents known to the floor, by state.", "state")
        self._trunk_up = made.gauge(
            "parley_trunk_up", "1: The trunk is registered, or answers.", "trunk"
        )
        self._refused = made.gauge(
            "parley_trunk_refused_calls", "Calls refused since Asterisk began.", "trunk", "why"
        )
        parts = (
            (
                "asterisk_connected",
                "Asterisk is connected.",
                lambda: telephony.connected,
            ),
            ("journal_healthy", "The floor's journal can be written.", lambda: journal.healthy),
            ("recorder_healthy", "Interactions can be stored.", lambda: recorder.healthy),
        )
        for name, doc, read in parts:
            made.gauge(f"parley_{name}", f"1: {doc}", read=read)

    def take(self, entries: Sequence[Entry]) -> None:
        """Count a batch."""
        for entry in entries:
            match entry.event:
                case e.CallStarted():
                    self._started.add()
                case e.CallEnded(outcome=outcome):
                    self._ended.add(outcome=str(outcome))
                case e.OfferEnded(reason=reason):
                    self._offers.add(end=str(reason))
                case e.CallConnected(queue=queue, waited=waited):
                    self._offers.add(end="answered")
                    self._waited.observe(waited.total_seconds(), queue=queue)
                case _:
                    pass

    def text(self) -> str:
        """Everything in Prometheus' text format."""
        calls = Counter(str(call.state) for call in self._floor.live_calls())
        agents = Counter(str(agent.state) for agent in self._floor.agents())
        for state in CallState:
            if state is not CallState.ENDED:
                self._calls.set(calls[str(state)], state=str(state))
        for agent_state in AgentState:
            self._agents.set(agents[str(agent_state)], state=str(agent_state))
        for trunk in self._trunks():
            if trunk.state not in ("unknown", "trying"):
                self._trunk_up.set(trunk.state in ("registered", "reachable"), trunk=trunk.id)
            self._refused.set(trunk.refused_numbers, trunk=trunk.id, why="number")
            self._refused.set(trunk.refused_accounts, trunk=trunk.id, why="account")
        return self._registry.text()

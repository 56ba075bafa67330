"""What each agent did today: a fold over the floor's events, started anew at midnight.

After a restart the journal's events since midnight rebuild it.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from acd import events as e
from acd.floor import Floor
from acd.ids import AgentId, CallId, QueueId
from acd.metrics import Metrics
from agent_desktop.server import protocol as p
from crm_core.domain.ids import interaction_id
from crm_core.storage.interactions import HandledRow
from cti.callers import Caller, Callers
from cti.journal import Entry
from cti.names import queue_name

RECENT: Final = 20
_ONE_DAY: Final = timedelta(days=1)


@dataclass(slots=True)
class _Handled:
    """A call she answered. ``view`` shows it with what was known of its ``caller``."""

    call: CallId
    queue: QueueId
    started_at: datetime
    at: datetime
    talked: timedelta = timedelta(0)
    disposition: str = ""
    caller: Caller | None = None
    stored: HandledRow | None = None
    """What the record says of it, when no caller is remembered: as after a restart."""
    view: p.HandledCall | None = None


class Day:
    """Today's figures of each agent and her last calls."""

    def __init__(self, floor: Floor, callers: Callers, zone: ZoneInfo) -> None:
        self._floor, self._callers, self._zone = floor, callers, zone
        self.metrics = Metrics()
        self._ends: datetime | None = None
        self._recent: dict[AgentId, deque[_Handled]] = {}
        self._started: dict[CallId, datetime] = {}
        self._answered: dict[CallId, _Handled] = {}

    def start_of(self, now: datetime) -> datetime:
        """Midnight at the site, as an instant."""
        return now.astimezone(self._zone).replace(hour=0, minute=0, second=0, microsecond=0)

    def begin(self, now: datetime) -> None:
        """Get to know the queues and agents there are: most were defined before today."""
        for queue in self._floor.queues():
            self.metrics.fold(e.QueueDefined(at=now, queue=queue))
        for agent in self._floor.agents():
            self.metrics.fold(e.AgentDefined(at=now, agent=agent.profile))

    def take(self, entries: Sequence[Entry]) -> set[AgentId]:
        """Fold a batch; return the agents whose day has changed."""
        changed: set[AgentId] = set()
        for entry in entries:
            self.turn(entry.event.at)
            self.metrics.fold(entry.event)
            agent = self._fold(entry.event)
            if agent is not None:
                changed.add(agent)
        return changed

    def turn(self, now: datetime) -> bool:
        """Begin a new day if midnight has passed; tell whether it has."""
        if self._ends is not None and now < self._ends:
            return False
        start, first = self.start_of(now), self._ends is None
        self._ends = (start + _ONE_DAY).astimezone(UTC)
        if first:
            return False
        self.metrics.reset(start)
        self._recent.clear()
        return True

    def _fold(self, event: e.Event) -> AgentId | None:
        match event:
            case e.CallStarted(call=call, at=at):
                self._started[call] = at
                return None
            case e.CallConnected(call=call, queue=queue, at=at):
                started_at = self._started.get(call, at)
                self._answered[call] = _Handled(call, queue, started_at, at)
                return None
            case e.CallEnded(agent=agent, call=call, talked=talked):
                self._started.pop(call, None)
                return self._handled(agent, call, talked)
            case e.WrapUpFinished(agent=agent, call=call, disposition=disposition):
                for line in self._lines(agent, call):
                    line.disposition, line.view = disposition, None
                return agent
            case e.OfferEnded(agent=agent, call=call):
                self._answered.pop(call, None)  # answered, but they could not be joined
                return agent
            case e.AgentLoggedIn(agent=agent):
                return agent
            case _:
                return None

    def _handled(self, agent: AgentId | None, call: CallId, talked: timedelta) -> AgentId | None:
        line = self._answered.pop(call, None)
        if agent is None or line is None:
            return None
        line.talked = talked
        self._recent.setdefault(agent, deque(maxlen=RECENT)).appendleft(line)
        return agent

    def _lines(self, agent: AgentId, call: CallId) -> Iterator[_Handled]:
        return (line for line in self._recent.get(agent, ()) if line.call == call)

    def today(self, agent: AgentId, now: datetime) -> p.TodayView:
        """The agent's day so far."""
        day = self.metrics.agent(agent, now)
        return p.TodayView(
            handled=day.handled,
            talk_s=day.talk.total_seconds(),
            hold_s=day.hold.total_seconds(),
            wrap_up_s=day.wrap_up.total_seconds(),
            missed=day.missed,
            occupancy=round(day.occupancy or 0.0, 4),
            recent=[self._view(line) for line in self._recent.get(agent, ())],
        )

    def filed(self, agent: AgentId, call: CallId, disposition: str) -> None:
        """Take the outcome of a call that was filed or corrected afterwards."""
        for line in self._lines(agent, call):
            line.disposition, line.view = disposition, None

    def lacks_callers(self, agent: AgentId) -> bool:
        """Whether the records may tell more: who rang, or an outcome that was filed later."""
        return any(
            self._caller(line) is None or not line.disposition
            for line in self._recent.get(agent, ())
        )

    def recall(self, agent: AgentId, rows: Iterable[HandledRow]) -> None:
        """Take from the records who rang, and outcomes that were filed afterwards."""
        stored = {row.external_id: row for row in rows}
        for line in self._recent.get(agent, ()):
            row = stored.get(line.call)
            if row is None:
                continue
            if self._caller(line) is None:
                line.stored, line.view = row, None
            if not line.disposition:
                line.disposition, line.view = row.disposition, None

    def _caller(self, line: _Handled) -> Caller | None:
        """The caller, if anything was ever found out about him here."""
        caller = self._callers.get(line.call) or line.caller
        return caller if caller is not None and caller.file is not None else None

    def _view(self, line: _Handled) -> p.HandledCall:
        """The line, made anew only when more is known of the caller or the wrap-up is done."""
        caller = self._caller(line)
        if line.view is None or caller is not line.caller:
            line.caller, stored = caller, line.stored
            line.view = p.HandledCall(
                call=line.call,
                interaction_id=interaction_id(line.call, line.started_at),
                party_id=caller.party_id if caller else stored.party_id if stored else None,
                party_name=caller.name if caller else stored.party_name if stored else "",
                queue=line.queue,
                queue_name=queue_name(self._floor, line.queue),
                at=line.at,
                talked_s=line.talked.total_seconds(),
                disposition=line.disposition,
            )
        return line.view

"""What each agent did today: a fold over the floor's events, started anew at midnight.

After a restart the journal's events since midnight rebuild it.
"""

from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from acd import events as e
from acd.floor import Floor
from acd.ids import AgentId, CallId, QueueId
from acd.metrics import Metrics
from agent_desktop.server import protocol as p
from crm_core.domain.ids import interaction_id
from cti.callers import Callers
from cti.journal import Entry

RECENT: Final = 20
CALLS_KEPT: Final = 10_000
_NOTHING: Final = timedelta(0)


@dataclass(slots=True)
class _Handled:
    call: CallId
    queue: QueueId
    at: datetime
    talked: timedelta = _NOTHING
    disposition: str = ""


class Day:
    """Today's figures of each agent and her last calls."""

    def __init__(self, floor: Floor, callers: Callers, zone: ZoneInfo) -> None:
        self._floor, self._callers, self._zone = floor, callers, zone
        self.metrics = Metrics()
        self._started: datetime | None = None
        self._recent: dict[AgentId, deque[_Handled]] = {}
        self._calls: OrderedDict[CallId, datetime] = OrderedDict()

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
        start = self.start_of(now)
        if self._started is None:
            self._started = start
        if start <= self._started:
            return False
        self._started = start
        self.metrics.reset(start)
        self._recent.clear()
        return True

    def _fold(self, event: e.Event) -> AgentId | None:  # noqa: C901 - one match, a line each
        match event:
            case e.CallStarted(call=call, at=at):
                self._calls[call] = at
                while len(self._calls) > CALLS_KEPT:
                    self._calls.popitem(last=False)
                return None
            case e.CallConnected(agent=agent, call=call, queue=queue, at=at):
                lines = self._recent.setdefault(agent, deque(maxlen=RECENT))
                lines.appendleft(_Handled(call, queue, at))
                return agent
            case e.CallEnded(agent=agent, call=call, talked=talked) if agent is not None:
                for line in self._lines(agent, call):
                    line.talked = talked
                return agent
            case e.WrapUpFinished(agent=agent, call=call, disposition=disposition):
                for line in self._lines(agent, call):
                    line.disposition = disposition
                return agent
            case e.OfferEnded(agent=agent) | e.AgentLoggedIn(agent=agent):
                return agent
            case _:
                return None

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
            recent=[self._line(line) for line in self._recent.get(agent, ())],
        )

    def _line(self, line: _Handled) -> p.HandledCall:
        known = self._floor.has_queue(line.queue)
        return p.HandledCall(
            call=line.call,
            interaction_id=interaction_id(line.call, self._calls.get(line.call, line.at)),
            party_id=self._callers.party_of(line.call),
            party_name=self._callers.name_of(line.call),
            queue_name=self._floor.queue(line.queue).name if known else "",
            at=line.at,
            talked_s=line.talked.total_seconds(),
            disposition=line.disposition,
        )

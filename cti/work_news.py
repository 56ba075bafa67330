"""Tells pages when a stored call changes what waits for an agent, or the party they show."""

from collections.abc import Iterator, Sequence

from acd.floor import Floor
from acd.ids import QueueId
from acd.reasons import Outcome
from agent_desktop.server.hub import Hub
from agent_desktop.server.news import tell_party, tell_work
from crm_core.domain.interaction import Interaction
from cti.clock import Clock


class WorkNews:
    """Listens to the recorder: the pages read over REST what it has stored."""

    def __init__(self, floor: Floor, hub: Hub, clock: Clock) -> None:
        self._floor, self._hub, self._clock = floor, hub, clock

    def stored(self, records: Sequence[Interaction]) -> None:
        """Calls are over and stored: their agents may have to file them, others to call back."""
        now = self._clock.now()
        agents = dict.fromkeys(agent for record in records for agent in self._concerned(record))
        tell_work(self._hub, agents, now)
        for record in records:
            tell_party(self._hub, record.party_id, now)

    def _concerned(self, record: Interaction) -> Iterator[str]:
        for segment in record.segments:
            yield segment.agent_id
        if record.outcome == Outcome.ABANDONED_IN_QUEUE:
            for agent in self._floor.agents():
                if agent.signed_in and agent.serves(QueueId(record.queue)):
                    yield agent.id

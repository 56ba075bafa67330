"""Keeps Asterisk told whom the dialplan may ring should this daemon die.

The dialplan rings the phones in the global variable ``SAFETY_PHONES_<queue>`` when no daemon takes
a call; so each log-in and log-out is written there.
"""

from collections.abc import Sequence
from typing import Final

from acd import events as e
from acd.floor import Floor
from acd.ids import QueueId
from cti.blackboard import Blackboard
from cti.journal import Entry
from cti.phones import phone_id

MOST_PHONES: Final = 50


class SafetyNet:
    """Keeps the phones of signed-in agents on the blackboard."""

    def __init__(self, floor: Floor, board: Blackboard) -> None:
        self._floor, self._board = floor, board

    def take(self, entries: Sequence[Entry]) -> None:
        """Notice who came and who left."""
        if any(isinstance(x.event, e.AgentLoggedIn | e.AgentLoggedOut) for x in entries):
            self.write()

    def write(self) -> None:
        """Say who is there now."""
        for queue in self._floor.queues():
            self._board.write(f"SAFETY_PHONES_{queue.id}", "&".join(self._phones(queue.id)))

    def _phones(self, queue: QueueId) -> list[str]:
        here = (a for a in self._floor.agents() if a.signed_in and a.serves(queue))
        return [f"PJSIP/{phone_id(agent.id)}" for agent in here][:MOST_PHONES]

"""What queues and agents are called, for whoever shows them; also when the floor has lost them."""

from acd.floor import Floor
from acd.ids import AgentId, QueueId


def queue_name(floor: Floor, queue: QueueId | None) -> str:
    """The queue's name; nothing for no queue and for one that is gone."""
    return floor.queue(queue).name if queue is not None and floor.has_queue(queue) else ""


def agent_name(floor: Floor, agent: AgentId) -> str:
    """The agent's name, or her id when the floor does not know her any more."""
    return floor.agent(agent).profile.name if floor.has_agent(agent) else agent

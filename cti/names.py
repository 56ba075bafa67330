"""What queues, skills, numbers and agents are called, for whoever shows them.

Queues and agents have a name even when the floor has lost them. The live values carry the name that
the floor knows, which is the one in the site's first language; ``site_names`` has them all.
"""

from acd.floor import Floor
from acd.ids import AgentId, QueueId
from agent_desktop.server.ports import SiteNames
from telephony_config.model import Site, in_page_languages


def queue_name(floor: Floor, queue: QueueId | None) -> str:
    """The queue's name; nothing for no queue and for one that is gone."""
    return floor.queue(queue).name if queue is not None and floor.has_queue(queue) else ""


def agent_name(floor: Floor, agent: AgentId) -> str:
    """The agent's name, or her id when the floor does not know her any more."""
    return floor.agent(agent).profile.name if floor.has_agent(agent) else agent


def site_names(site: Site) -> SiteNames:
    """What the site calls its queues, skills and numbers in every language of the pages."""
    return SiteNames(
        queues={
            queue.id: in_page_languages(queue.name, site.queue_names.get(queue.id, {}))
            for queue in site.queues
        },
        skills={skill.id: in_page_languages(skill.name, skill.names) for skill in site.skills},
        numbers={
            number.dnis: in_page_languages(number.label, number.labels) for number in site.numbers
        },
    )

"""What each dialled number of the site leads to: a flow with its facts, or a queue at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from acd.ids import QueueId
from acd.profile import QueueProfile
from ivr.checks import lint
from ivr.errors import Complaint, FlowRefused
from ivr.flow import Flow, Known
from ivr.load import FLOWS, load_flow
from ivr.prompt_book import PromptBook
from prompts import catalogue
from telephony_config.model import Number, Site, ToEcho, ToFlow, ToQueue


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowDoor:
    """The number is greeted by a flow."""

    flow: Flow
    queue: QueueProfile
    language: str

    def facts(self, at: datetime) -> Mapping[str, Known]:
        """What the dialogue starts with."""
        return {
            "hours": "open" if self.queue.hours.is_open(at) else "closed",
            "language": self.language,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDoor:
    """The number goes straight to a queue."""

    queue: QueueId
    language: str


Door = FlowDoor | QueueDoor


def straight_to(doors: Mapping[str, Door]) -> frozenset[QueueId]:
    """The queues that some number leads to at once."""
    return frozenset(door.queue for door in doors.values() if isinstance(door, QueueDoor))


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """What the daemon says to whom: the door of each number, and the recordings."""

    doors: Mapping[str, Door]
    book: PromptBook


def load_speech(site: Site) -> Speech:
    """Read flows and catalogue; blocks, so call it in a thread."""
    spoken = catalogue()
    recorded = spoken.recorded()
    book = PromptBook(keys=recorded, lengths=spoken.lengths())
    return Speech(doors=open_doors(site, recorded), book=book)


def open_doors(site: Site, recorded: Mapping[str, frozenset[str]]) -> Mapping[str, Door]:
    """The door behind each number; ``FlowRefused`` if a flow does not fit the site."""
    queues = {queue.id: queue for queue in site.queues}
    loaded: dict[str, Flow] = {}
    doors: dict[str, Door] = {}
    for number in site.numbers:
        match number.target:
            case ToFlow(flow=name, queue=queue):
                if name not in loaded:
                    path = _flow_file(name, number, site)
                    loaded[name] = _flow(path, site, recorded)
                doors[number.dnis] = FlowDoor(
                    flow=loaded[name], queue=queues[queue], language=_fixed(number, site)
                )
            case ToQueue(queue=queue):
                doors[number.dnis] = QueueDoor(queue=queue, language=number.language)
            case ToEcho():
                continue
    return doors


def _fixed(number: Number, site: Site) -> str:
    """The language a number fixes; the site's first language means: ask the caller."""
    return "" if number.language == site.default_language else number.language


def _flow_file(name: str, number: Number, site: Site) -> Path:
    """The site's own flow of this name, or the one that Parley brings."""
    folders = [folder for folder in (site.flows, FLOWS) if folder is not None]
    for folder in folders:
        if (folder / f"{name}.yaml").is_file():
            return folder / f"{name}.yaml"
    known = {flow.stem for folder in folders for flow in folder.glob("*.yaml")}
    raise FlowRefused(
        [
            Complaint(
                file=str(folders[0] / f"{name}.yaml"),
                line=1,
                key=f"number {number.dnis}",
                message=f"there is no flow {name!r}",
                remedy=f"Name one of {', '.join(sorted(known))}, or write this file",
            )
        ]
    )


def _flow(path: Path, site: Site, recorded: Mapping[str, frozenset[str]]) -> Flow:
    flow = load_flow(path)
    complaints = lint(
        flow,
        recorded,
        queues=[queue.id for queue in site.queues],
        skills=[skill.id for skill in site.skills],
        languages=site.languages,
    )
    if complaints:
        raise FlowRefused(complaints)
    return flow

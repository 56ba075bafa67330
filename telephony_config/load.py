"""Reads a site description from TOML, or refuses it with every fault found, each with its line."""

import re
import tomllib
from pathlib import Path
from typing import Final

from telephony_config import load_sections as sections
from telephony_config.check import check
from telephony_config.complaint import Complaint, Complaints, SiteRefused
from telephony_config.load_hours import read_hours
from telephony_config.load_names import NameReader
from telephony_config.model import Site
from telephony_config.reading import Table
from telephony_config.toml_lines import key_lines

__all__ = ["Complaint", "SiteRefused", "load_site"]

CODECS: Final = ("opus", "g722", "ulaw", "alaw")


def load_site(path: Path, *, flows: Path | None = None) -> Site:
    """Read the site description in ``path``; raises ``SiteRefused`` with all complaints.

    ``flows``: where the flows are that may be named besides the site's own; None: not looked at.
    """
    complaints, values = _parse(path)
    site = _site(Table(values, (), complaints), path.parent)
    if not complaints.found:
        check(site, complaints, flows)
    if complaints.found:
        raise SiteRefused(sorted(complaints.found, key=lambda complaint: complaint.line))
    return site


def _parse(path: Path) -> tuple[Complaints, dict[str, object]]:
    problem = Complaints(path, {})
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        problem.add((), f"is not UTF-8 text ({error.reason})", "save it as UTF-8")
    except OSError as error:
        problem.add((), f"cannot be read ({error.strerror})", "check its name and permissions")
    else:
        try:
            values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise SiteRefused([_syntax(path, text, error)]) from error
        return Complaints(path, key_lines(text)), values
    raise SiteRefused(problem.found)


def _syntax(path: Path, text: str, error: tomllib.TOMLDecodeError) -> Complaint:
    where = re.search(r"\(at line (\d+), column \d+\)", str(error))
    return Complaint(
        file=path,
        line=int(where[1]) if where else text.count("\n") + 1,
        key="(syntax)",
        message=f"is not TOML: {str(error).partition(' (at ')[0]}",
        remedy="mend this line; a key or table may be named only once",
    )


def _site(top: Table, folder: Path) -> Site:
    general = top.table("site")
    timezone = general.take(
        "timezone", sections.timezone_of, "UTC", "use an IANA name such as Asia/Tehran"
    )
    languages = sections.languages_of(general)
    names = NameReader(languages)
    hours = read_hours(top.table("hours"), timezone)
    queues = sections.queues_of(top.table("queues"), hours, names)
    site = Site(
        name=general.text("name"),
        region=general.take(
            "region", sections.region_of, "US", "use two letters such as US, CN or IR"
        ),
        timezone=timezone,
        languages=languages,
        codecs=sections.codecs_of(general, CODECS),
        demo=general.yes("demo"),
        data_dir=_folder(general, "data_dir", folder),
        recordings=_folder(general, "recordings", folder),
        flows=(folder / "flows").absolute(),
        ports=sections.ports_of(top.table("ports")),
        addresses=sections.addresses_of(top.table("addresses")),
        desktop=sections.desktop_of(top.table("desktop")),
        tls=sections.tls_of(top.table("tls"), folder) if "tls" in top else None,
        skills=sections.skills_of(top.table("skills"), names),
        queues=tuple(queue for queue, _ in queues),
        queue_names={queue.id: texts for queue, texts in queues if texts},
        numbers=tuple(sections.number_of(one, languages, names) for one in top.tables("numbers")),
        trunks=tuple(
            sections.trunk_of(name, one)
            for name, one in top.table("trunks").named(sections.ID, sections.ID_HINT)
        ),
        phones=sections.phones_of(top.table("phones")),
        outbound=sections.outbound_of(top.table("outbound")) if "outbound" in top else None,
        safety_net=sections.safety_net_of(top.table("safety_net")),
        asterisk=sections.asterisk_of(top.table("asterisk")) if "asterisk" in top else None,
    )
    top.know("tls", "outbound", "asterisk")
    general.done()
    top.done()
    return site


def _folder(table: Table, key: str, folder: Path) -> Path | None:
    text = table.optional(key)
    return sections.path_of(folder, text) if text else None

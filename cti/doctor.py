"""`parley doctor`: looks at every part of an installation and says how to mend what fails.

It changes nothing and works whether the daemon runs or not. Each check gives its findings; one that
breaks is itself a finding, never a traceback.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from cti.doctor_finding import Finding, Verdict, failed, good
from cti.settings import Settings
from cti.sites import load_site, site_file

if TYPE_CHECKING:
    from telephony_config.model import Site

MARKS = {Verdict.GOOD: "[green]✓[/]", Verdict.WARNING: "[yellow]![/]", Verdict.FAILED: "[red]✗[/]"}


def examine(settings: Settings) -> list[Finding]:
    """Run every check, in the order in which things depend on each other."""
    from cti import doctor_machine, doctor_telephony

    site, findings = _site(settings)
    findings += doctor_machine.examine(settings)
    findings += asyncio.run(_database(settings))
    findings += doctor_telephony.examine(settings, site)
    return findings


def any_failed(findings: Sequence[Finding]) -> bool:
    """Tell whether something does not work."""
    return any(each.verdict is Verdict.FAILED for each in findings)


def as_json(findings: Sequence[Finding]) -> str:
    """Give the findings to programs."""
    return json.dumps(
        {"ok": not any_failed(findings), "findings": [asdict(each) for each in findings]}
    )


def as_table(findings: Sequence[Finding]) -> Table:
    """Give the findings to people."""
    table = Table("", "Part", "Finding", box=None, header_style="bold", padding=(0, 2, 0, 0))
    for each in findings:
        remedy = f"\n[bold]→ {escape(each.remedy)}[/bold]" if each.remedy else ""
        table.add_row(MARKS[each.verdict], escape(each.part), f"{escape(each.what)}{remedy}")
    return table


def _site(settings: Settings) -> "tuple[Site | None, list[Finding]]":
    from cti import ice
    from telephony_config.complaint import SiteRefused

    file = site_file(settings)
    try:
        site = load_site(settings)
    except SiteRefused as refused:
        return None, [
            failed("site", f"{each.file}:{each.line}: {each.key}: {each.message}", each.remedy)
            for each in refused.complaints
        ]
    found = [good("site", f"{file}: {len(site.numbers)} numbers, {len(site.queues)} queues")]
    if ice.lacks_turn_secret(settings, site):
        found.append(failed("TURN", f"desktop.turn_secret: {ice.MISSING}", ice.REMEDY))
    return site, found


async def _database(settings: Settings) -> list[Finding]:
    from crm_core.domain.errors import CrmError
    from crm_core.storage import migrate

    shown = "SQLite" if settings.database_url.startswith("sqlite") else "PostgreSQL"
    try:
        async with asyncio.timeout(settings.timeouts.database_open.total_seconds()):
            state = await migrate.state(settings.database_url)
    except TimeoutError:
        return [failed("database", f"{shown} does not answer", "Check that the server runs")]
    except CrmError as error:
        return [failed("database", str(error), "Mend what it names, then run this again")]
    match state:
        case migrate.State.CURRENT:
            return [good("database", f"{shown}, at this program's version")]
        case migrate.State.EMPTY:
            return [failed("database", f"{shown}, empty", "Run: parley db upgrade")]
        case migrate.State.BEHIND:
            return [failed("database", f"{shown}, of an older version", "Run: parley db upgrade")]
        case migrate.State.NEWER:
            remedy = "Update the program, or restore a backup made before that"
            return [failed("database", f"{shown}, of a newer version than this program", remedy)]

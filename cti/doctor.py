"""`parley doctor`: looks at every part of an installation and says how to mend what fails.

It changes nothing and works whether the daemon runs or not. Each check gives its findings; one that
breaks is itself a finding, never a traceback.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
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
    from cti import doctor_database, doctor_machine, doctor_site, doctor_telephony
    from cti.alone import runs

    site, findings = _site(settings)
    findings += doctor_machine.examine(settings)
    findings += asyncio.run(doctor_database.examine(settings))
    running = runs(settings.data_dir)
    if site is not None:
        now = datetime.now(UTC)  # noqa: TID251 - certificates end by the machine's clock
        file = site_file(settings)
        findings += doctor_site.examine(settings, site, file, running=running, now=now)
    findings += doctor_telephony.examine(settings, site, running=running)
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

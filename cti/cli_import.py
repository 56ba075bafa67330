"""`parley db import …`: how a file is read, what it will leave behind, what came of it, undo."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from crm_core.domain.errors import BadValue
from crm_core.importing import (
    Duplicates,
    Forecast,
    Kind,
    Options,
    Report,
    foresee,
    latest_jobs,
    look_at,
    undo,
)
from crm_core.importing import Progress as Now
from crm_core.importing import import_parties as run_import
from crm_core.storage.database import Database
from cti.settings import Settings
from cti.sites import load_site
from cti.terminal import ExitCode, err, out

SHOWN_ID: Final = 13
"""Characters of an import's id that the list shows: they tell its millisecond."""


async def import_parties(
    settings: Settings,
    file: Path,
    *,
    region: str | None,
    dry_run: bool,
    keep_duplicates: bool,
    encoding: str | None,
    delimiter: str | None,
    mapping: Sequence[str],
    errors: Path | None,
    update: bool,
    confirm: Callable[[], bool],
) -> ExitCode:
    """Import ``file``; the exit code says whether every row could be used.

    ``confirm`` is asked whether to go on when columns that look like phones or addresses would be
    left behind.
    """
    layout = await asyncio.to_thread(
        look_at, file, encoding=encoding, delimiter=delimiter, mapping=dict(map(_pair, mapping))
    )
    fields = ", ".join(dict.fromkeys(each for each in layout.fields if each))
    err.print(
        f"{escape(file.name)}: {layout.encoding}, delimiter {layout.delimiter!r}, with {fields}"
    )
    if layout.ignored:
        ignored = escape(", ".join(layout.ignored))
        err.print(f"[yellow]Columns not used:[/] {ignored} (--map 'COLUMN=phone' says what one is)")
    country = (region or "").upper() or (await asyncio.to_thread(load_site, settings)).region
    options = Options(
        region=country,
        dry_run=dry_run,
        duplicates=_duplicates(keep=keep_duplicates, update=update),
        error_file=errors,
    )
    forecast = await asyncio.to_thread(foresee, layout, region=country)
    if _warn(forecast) and not dry_run and not confirm():
        err.print("Nothing was imported.")
        return ExitCode.REFUSED
    database = Database(settings.database_url)
    await database.open()
    try:
        with Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TimeRemainingColumn(), console=err, transient=True, disable=not err.is_terminal,
        ) as bars:  # fmt: skip
            bar = bars.add_task("Rows", total=max(1, forecast.people + forecast.notes))

            def tell(now: Now) -> None:
                bars.update(bar, completed=now.rows)

            report = await run_import(database, file, options, layout=layout, progress=tell)
    finally:
        await database.close()
    _show(report)
    return ExitCode.FAILED if report.failed else ExitCode.DONE


def _pair(mapping: str) -> tuple[str, str]:
    column, equals, field = mapping.rpartition("=")
    if not equals:
        raise BadValue("--map", f"write it as 'COLUMN=name', not {mapping!r}")
    return column, field.strip()


def _duplicates(*, keep: bool, update: bool) -> Duplicates:
    if keep and update:
        raise BadValue("--update", "goes not with --keep-duplicates; choose one")
    if update:
        return Duplicates.UPDATE
    return Duplicates.KEEP if keep else Duplicates.SKIP


def _warn(forecast: Forecast) -> bool:
    """Tell what would be left behind; return whether columns look as if they held it."""
    for missing, columns, what, field in (
        (forecast.without_phone, forecast.phones_missed, "phone", "phone"),
        (forecast.without_email, forecast.emails_missed, "e-mail address", "email"),
    ):
        if columns:
            first = escape(f"--map '{columns[0]}={field}'")
            unread = escape(f"--map '{columns[0]}='")
            without = f"{missing:,} of {forecast.people:,} people will have no {what}"
            err.print(
                f"[bold red]{without if missing else f'Further {what}s will be left out'};[/]"
                f" these columns look like one: {escape(', '.join(columns))}"
                f" ({first} reads one, {unread} leaves it out)",
                soft_wrap=True,
            )
        elif missing:
            err.print(f"{missing:,} of {forecast.people:,} people will have no {what}.")
    return bool(forecast.phones_missed or forecast.emails_missed)


async def list_imports(settings: Settings) -> None:
    """Show the latest imports."""
    database = Database(settings.database_url)
    await database.open()
    try:
        found = await latest_jobs(database)
    finally:
        await database.close()
    table = Table("Import", "When (UTC)", "File", "Stored", "Updated", "State", header_style="bold")
    for job in found:
        when = f"{job.created_at:%Y-%m-%d %H:%M}"
        table.add_row(
            job.id[:SHOWN_ID],
            when,
            escape(job.file_name),
            f"{job.created:,}",
            f"{job.updated:,}",
            job.state,
        )
    out.print(table)


async def undo_import(settings: Settings, job_id: str) -> ExitCode:
    """Take an import back and say what became of it."""
    database = Database(settings.database_url)
    await database.open()
    try:
        with Progress(
            TextColumn("{task.description}"), TextColumn("{task.completed:,.0f}"),
            console=err, transient=True, disable=not err.is_terminal,
        ) as bars:  # fmt: skip
            bar = bars.add_task("Lines", total=None)
            done = await undo(
                database, job_id, progress=lambda lines: bars.update(bar, completed=lines)
            )
    finally:
        await database.close()
    name = escape(done.job.file_name)
    told = f"{done.removed:,} customers removed, {done.restored:,} as they were before"
    out.print(f"[green]✓[/green] {name}: {told}")
    if done.kept:
        out.print(
            f"{done.kept:,} are kept: calls, cases, changes or later imports have come to them."
        )
    return ExitCode.DONE


def _show(report: Report) -> None:
    if report.resumed_at:
        err.print(f"Went on after row {report.resumed_at:,}, where it was interrupted.")
    table = Table(
        "Rows", "Stored", "Updated", "Duplicates", "Failed", "Remarks", header_style="bold"
    )
    stored = f"{report.created:,}" + (" (dry run: none written)" if report.dry_run else "")
    counts = (report.updated, report.duplicates, report.failed, report.notes)
    table.add_row(f"{report.rows:,}", stored, *(f"{count:,}" for count in counts))
    out.print(table)
    for each in report.shown:
        kind = "[red]failed[/red]" if each.kind is Kind.FAILED else each.kind
        out.print(
            f"  line {each.line}: {kind}: {escape(each.reason)}", highlight=False, soft_wrap=True
        )
    if report.error_file is not None and (report.failed or report.duplicates):
        out.print(f"All of them, with reasons: {escape(str(report.error_file))}", soft_wrap=True)
    if report.job_id and (report.created or report.updated):
        out.print(f"To take it back: parley db import undo {report.job_id}", soft_wrap=True)

"""`parley db import parties`: shows how the file is read, the progress, and what came of it."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from crm_core.domain.errors import BadValue
from crm_core.importing import Duplicates, Options, Report, look_at
from crm_core.importing import Progress as Now
from crm_core.importing import import_parties as run_import
from crm_core.storage.database import Database
from cti.settings import Settings
from cti.sites import load_site
from cti.terminal import ExitCode, err, out


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
) -> ExitCode:
    """Import ``file``; the exit code says whether every row could be used."""
    layout = await asyncio.to_thread(
        look_at, file, encoding=encoding, delimiter=delimiter, mapping=dict(map(_pair, mapping))
    )
    fields = ", ".join(each for each in layout.fields if each)
    err.print(
        f"{escape(file.name)}: {layout.encoding}, delimiter {layout.delimiter!r}, with {fields}"
    )
    if layout.ignored:
        ignored = escape(", ".join(layout.ignored))
        err.print(f"[yellow]Columns not used:[/] {ignored} (--map 'COLUMN=phone' says what one is)")
    rows = await asyncio.to_thread(_rows, file)
    country = (region or "").upper() or (await asyncio.to_thread(load_site, settings)).region
    options = Options(
        region=country,
        dry_run=dry_run,
        duplicates=Duplicates.KEEP if keep_duplicates else Duplicates.SKIP,
        error_file=errors,
    )
    database = Database(settings.database_url)
    await database.open()
    try:
        with Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TimeRemainingColumn(), console=err, transient=True, disable=not err.is_terminal,
        ) as bars:  # fmt: skip
            bar = bars.add_task("Rows", total=max(1, rows - 1))  # without the header

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


def _rows(file: Path) -> int:
    """Estimate the rows by the line ends; only the bar depends on it."""
    with file.open("rb") as content:
        return sum(block.count(b"\n") for block in iter(lambda: content.read(1 << 20), b""))


def _show(report: Report) -> None:
    if report.resumed_at:
        err.print(f"Went on after row {report.resumed_at:,}, where it was interrupted.")
    table = Table("Rows", "Stored", "Duplicates", "Failed", header_style="bold")
    stored = f"{report.created:,}" + (" (dry run: none written)" if report.dry_run else "")
    table.add_row(f"{report.rows:,}", stored, f"{report.duplicates:,}", f"{report.failed:,}")
    out.print(table)
    for each in report.shown:
        kind = "duplicate" if each.duplicate else "[red]failed[/red]"
        out.print(
            f"  line {each.line}: {kind}: {escape(each.reason)}", highlight=False, soft_wrap=True
        )
    if report.error_file is not None and (report.failed or report.duplicates):
        out.print(f"All of them, with reasons: {escape(str(report.error_file))}", soft_wrap=True)

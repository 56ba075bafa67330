"""`parley telephony …` and `parley ivr …`: what is rendered for Asterisk, and flows checked."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Protocol

import typer
from rich.markup import escape
from rich.table import Table

from cti.terminal import EXIT_CODES, ExitCode, err, out

telephony = typer.Typer(no_args_is_help=True, help="Site description and Asterisk's files.")
ivr = typer.Typer(no_args_is_help=True, help="Voice menus.")

SiteArgument = Annotated[Path | None, typer.Option("--site", help="Site description (TOML).")]


class _Complaint(Protocol):
    """What the packages' complaints have in common."""

    @property
    def file(self) -> str | Path: ...
    @property
    def line(self) -> int: ...
    @property
    def key(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def remedy(self) -> str: ...


@telephony.command(epilog=EXIT_CODES)
def render(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Where to write; made if need be.")],
    site: SiteArgument = None,
) -> None:
    """Write the Asterisk files that the site description gives, to look at or to deploy."""
    from cti.cli import read_settings
    from cti.sites import load_site
    from telephony_config.render import preview, render

    description = load_site(read_settings(context, site=site))
    files = render(description, preview(description, folder.resolve()))
    table = Table("File", "Lines", header_style="bold", title=str(folder))
    try:
        for name, text in sorted(files.items()):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
            table.add_row(name, str(text.count("\n")))
    except OSError as error:
        err.print(f"[red]✗[/red] {escape(str(folder))}: {error.strerror}. Name another folder.")
        raise typer.Exit(ExitCode.FAILED) from error
    out.print(table)


@telephony.command(epilog=EXIT_CODES)
def check(context: typer.Context, site: SiteArgument = None) -> None:
    """Read the site description and the flows it names; exit code 3 if anything is wrong."""
    from cti.cli import read_settings
    from cti.doors import load_speech
    from cti.sites import load_site

    found = load_site(read_settings(context, site=site))
    load_speech(found)
    out.print(
        f"[green]✓[/green] {escape(found.name)}: numbers {len(found.numbers)}, "
        f"queues {len(found.queues)}, trunks {len(found.trunks)}"
    )


@ivr.command("lint", epilog=EXIT_CODES)
def lint_flow(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Flow files (YAML or JSON).")],
    site: SiteArgument = None,
) -> None:
    """Check flows for dead ends, unreachable steps and missing prompts; exit code 3 on a fault."""
    from cti.cli import read_settings
    from cti.sites import load_site
    from ivr.checks import lint
    from ivr.errors import Complaint, FlowRefused
    from ivr.load import load_flow
    from prompts import catalogue

    description = load_site(read_settings(context, site=site))
    prompts = catalogue().recorded()
    complaints: list[Complaint] = []
    for file in files:
        try:
            flow = load_flow(file)
        except FlowRefused as refused:
            complaints += refused.complaints
            continue
        complaints += lint(
            flow,
            prompts,
            queues={each.id for each in description.queues},
            skills={each.id for each in description.skills} or None,
            languages=description.languages,
        )
    if complaints:
        show_complaints(complaints)
        raise typer.Exit(ExitCode.REFUSED)
    out.print(f"[green]✓[/green] {len(files)} flow(s) without fault")


def show_complaints(complaints: Iterable[_Complaint]) -> None:
    """Print complaints as ``file:line: key: what. Remedy.``, one a line."""
    for each in complaints:
        place = f"{each.file}:{each.line}" if each.line else str(each.file)
        err.print(
            f"[red]✗[/red] [bold]{escape(place)}[/bold]: {escape(each.key)}: "
            f"{escape(each.message.rstrip('.'))}. [dim]{escape(each.remedy.rstrip('.'))}.[/dim]",
            soft_wrap=True, highlight=False,
        )  # fmt: skip

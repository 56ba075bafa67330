"""`parley db …`, `parley user …`, `parley demo …`: customer data, who may log in, the demo."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from cti.settings import Settings
from cti.terminal import EXIT_CODES, ExitCode, ask_new_password, err, out

db = typer.Typer(no_args_is_help=True, help="The customer database.")
imports = typer.Typer(no_args_is_help=True, help="Bring data in from files.")
db.add_typer(imports, name="import")
user = typer.Typer(no_args_is_help=True, help="Who may log in.")
demo = typer.Typer(no_args_is_help=True, help="Demo data and demo callers.")


def _settings(context: typer.Context, **given: Any) -> Settings:
    from cti.cli import read_settings

    return read_settings(context, **given)


@db.command(epilog=EXIT_CODES)
def upgrade(context: typer.Context) -> None:
    """Bring the database to this program's version; made if it does not exist."""
    from crm_core.storage import migrate

    settings = _settings(context)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    before = asyncio.run(migrate.upgrade(settings.database_url))
    done = "was current already" if before is migrate.State.CURRENT else f"upgraded, was {before}"
    out.print(f"[green]✓[/green] Database {done}")


@db.command(epilog=EXIT_CODES)
def status(context: typer.Context) -> None:
    """Say how the database's version relates to this program's; exit code 1 unless current."""
    from crm_core.storage import migrate

    found = asyncio.run(migrate.state(_settings(context).database_url))
    out.print(f"Database: {found}")
    if found is not migrate.State.CURRENT:
        raise typer.Exit(ExitCode.FAILED)


@imports.command(epilog=EXIT_CODES)
def parties(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV file; encoding and delimiter are guessed.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only, write nothing.")] = False,
    site: Annotated[Path | None, typer.Option("--site", help="For the numbers' region.")] = None,
    region: Annotated[str | None, typer.Option(help="Country of national numbers.")] = None,
    keep_duplicates: Annotated[
        bool, typer.Option("--keep-duplicates", help="Store rows whose phone or e-mail is known.")
    ] = False,
    encoding: Annotated[str | None, typer.Option(help="Else guessed.")] = None,
    delimiter: Annotated[
        str | None, typer.Option(help=r"One character, \t for a tab; else guessed.")
    ] = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", help="What a column is, such as 'Who=name'; repeatable."),
    ] = None,
    errors: Annotated[Path | None, typer.Option(help="File for the rows not stored.")] = None,
    update: Annotated[
        bool,
        typer.Option(
            "--update",
            help="Correct customers that are there: same number, or "
            "same name with the same phone or e-mail.",
        ),
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Import though columns that look like phones are unused.")
    ] = False,
) -> None:
    """Import customers; interrupted, the same command goes on. Exit code 1 if rows failed.

    The same file once more, read with another --map, completes whom it made before.
    """
    from cti.cli_import import import_parties

    settings = _settings(context, site=site)
    raise typer.Exit(
        asyncio.run(
            import_parties(
                settings, file, region=region, dry_run=dry_run, keep_duplicates=keep_duplicates,
                encoding=encoding, delimiter=delimiter, mapping=mapping or [], errors=errors,
                update=update, confirm=lambda: yes or _confirmed("Import it all the same?"),
            )
        )
    )  # fmt: skip


def _confirmed(question: str) -> bool:
    if not (sys.stdin.isatty() and err.is_terminal):
        err.print("Nobody is there to be asked; give --yes to go on.")
        return False
    return typer.confirm(question, err=True)


@imports.command("list", epilog=EXIT_CODES)
def list_imports(context: typer.Context) -> None:
    """List the latest imports, newest first."""
    from cti.cli_import import list_imports

    asyncio.run(list_imports(_settings(context)))


@imports.command(epilog=EXIT_CODES)
def undo(
    context: typer.Context,
    job: Annotated[
        str, typer.Argument(metavar="IMPORT", help="Its id from the list, or 'last'.")
    ] = "last",
) -> None:
    """Take an import back; whom somebody has worked with since is kept."""
    from cti.cli_import import undo_import

    raise typer.Exit(asyncio.run(undo_import(_settings(context), job)))


SiteOption = Annotated[
    Path | None, typer.Option("--site", help="The site file with its skills and queues.")
]
Name = Annotated[str, typer.Argument(help="The name to log in with, such as ana.")]
_SOON = "  Where she is signed in this counts within seconds; in a call, after it."


@user.command(epilog=EXIT_CODES)
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Short name to log in with, such as ana.")],
    full_name: Annotated[str, typer.Option("--name", help="As colleagues see it.")],
    role: Annotated[
        list[str], typer.Option(help="agent, supervisor, marketer, sales, service or admin.")
    ],
    skill: Annotated[
        list[str] | None, typer.Option(help="Skill and level, such as billing=3; repeatable.")
    ] = None,
    queue: Annotated[list[str] | None, typer.Option(help="Queue served; repeatable.")] = None,
    language: Annotated[str, typer.Option(help="en, zh or fa.")] = "en",
    site: SiteOption = None,
) -> None:
    """Make a user; the password is asked for, or the first line that is piped in."""
    from cti.cli_users import add_user

    asyncio.run(
        add_user(
            _settings(context, site=site), user=name, name=full_name, roles=role,
            skills=skill or [], queues=queue or [], language=language, password=ask_new_password(),
        )
    )  # fmt: skip
    out.print(f"[green]✓[/green] {escape(name)} can log in")


@user.command(epilog=EXIT_CODES)
def deactivate(context: typer.Context, name: Name) -> None:
    """Let a user no longer log in; her open sessions end within seconds, in a call after it."""
    from cti.cli_users import set_active

    new = asyncio.run(set_active(_settings(context), name, active=False))
    done = f"can no longer log in\n{_SOON}" if new else "was deactivated already"
    out.print(f"[green]✓[/green] {escape(name)} {done}")


@user.command(epilog=EXIT_CODES)
def activate(context: typer.Context, name: Name) -> None:
    """Let a deactivated user log in again, with the password she had."""
    from cti.cli_users import set_active

    new = asyncio.run(set_active(_settings(context), name, active=True))
    done = "can log in again" if new else "was active already"
    out.print(f"[green]✓[/green] {escape(name)} {done}")


@user.command(epilog=EXIT_CODES)
def roles(
    context: typer.Context,
    name: Name,
    role: Annotated[list[str], typer.Argument(help="All her roles; others are taken away.")],
) -> None:
    """Give a user other roles; they count within seconds, without a new log-in."""
    from cti.cli_users import set_roles

    new = asyncio.run(set_roles(_settings(context), name, role))
    done = f"is now {', '.join(role)}\n{_SOON}" if new else "had these roles already"
    out.print(f"[green]✓[/green] {escape(name)} {escape(done)}")


@user.command(epilog=EXIT_CODES)
def skills(
    context: typer.Context,
    name: Name,
    skill: Annotated[
        list[str] | None,
        typer.Argument(help="All the agent's skills, such as billing=3; others are taken away."),
    ] = None,
    site: SiteOption = None,
) -> None:
    """Give an agent other skills; they count from the next log-in."""
    from cti.cli_users import set_skills

    new = asyncio.run(set_skills(_settings(context, site=site), name, skill or []))
    has = ", ".join(skill or []) or "no skills"
    done = f"now has {has}, from her next log-in on" if new else f"had {has} already"
    out.print(f"[green]✓[/green] {escape(name)} {escape(done)}")


@user.command(epilog=EXIT_CODES)
def queues(
    context: typer.Context,
    name: Name,
    queue: Annotated[
        list[str] | None,
        typer.Argument(help="All the queues that the agent serves; others are taken away."),
    ] = None,
    site: SiteOption = None,
) -> None:
    """Let an agent serve other queues; they count from the next log-in."""
    from cti.cli_users import set_queues

    new = asyncio.run(set_queues(_settings(context, site=site), name, queue or []))
    has = ", ".join(queue or []) or "no queue"
    done = f"now serves {has}, from the next log-in on" if new else f"served {has} already"
    out.print(f"[green]✓[/green] {escape(name)} {escape(done)}")


@user.command("import", epilog=EXIT_CODES)
def import_users(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="CSV file with user, name, roles, skills, queues, language.")
    ],
    update: Annotated[
        bool, typer.Option("--update", help="Give users that are there what the file says.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only, write nothing.")] = False,
    out_file: Annotated[
        Path | None,
        typer.Option("--out", help="New file for the passwords; unset: FILE.passwords.csv."),
    ] = None,
    site: SiteOption = None,
) -> None:
    """Make many users, all or none; skills are written billing=3, lists with commas or blanks."""
    from cti import cli_users
    from cti.user_file import Refused

    secret = out_file or file.with_suffix(".passwords.csv")
    try:
        done = asyncio.run(
            cli_users.import_users(
                _settings(context, site=site), file, update=update, dry_run=dry_run,
                passwords=secret,
            )
        )  # fmt: skip
    except Refused as refused:
        for line in refused.complaints:
            err.print(f"  {escape(line)}", soft_wrap=True, highlight=False)
        err.print("Nothing was changed.")
        raise typer.Exit(ExitCode.FAILED) from None
    told = f"{done.added} made, {done.changed} changed, {done.same} as they were"
    out.print(f"[green]✓[/green] {told}{' (dry run: none written)' if dry_run else ''}")
    if done.passwords and not dry_run:
        out.print(f"Their passwords: {escape(str(secret))}; hand them out, then delete it.")


@user.command(epilog=EXIT_CODES)
def password(context: typer.Context, name: Name) -> None:
    """Give a user a new password, asked for or piped in; her open sessions end."""
    from cti.cli_users import set_password

    asyncio.run(set_password(_settings(context), name, ask_new_password()))
    out.print(f"[green]✓[/green] {escape(name)} can log in with the new password\n{_SOON}")


@user.command(epilog=EXIT_CODES)
def unlock(context: typer.Context, name: Name) -> None:
    """Let a user who has to wait after wrong passwords try again at once."""
    from cti.cli_users import unlock

    asyncio.run(unlock(_settings(context), name))
    out.print(f"[green]✓[/green] {escape(name)} can try again within seconds")


@user.command("list", epilog=EXIT_CODES)
def list_users(context: typer.Context) -> None:
    """List users with roles and skills, and whether they may log in."""
    from cti.cli_users import all_users

    table = Table("User", "Name", "Roles", "Skills", "Language", "Log-in", header_style="bold")
    for each in asyncio.run(all_users(_settings(context))):
        skills = ", ".join(f"{skill} {level}" for skill, level in sorted(each.skills.items()))
        table.add_row(
            escape(each.id), escape(each.name), ", ".join(each.roles), escape(skills),
            each.language, "yes" if each.active else "[red]no[/red]",
        )  # fmt: skip
    out.print(table)


@demo.command(epilog=EXIT_CODES)
def seed(
    context: typer.Context,
    parties: Annotated[int, typer.Option(help="How many customers.", min=1, max=900_000)] = 10_000,
) -> None:
    """Fill an empty database with believable customers, orders, cases and users."""
    from cti.preparing import Steps, prepare_database

    settings = _settings(context, demo=True, demo_parties=parties)
    with Steps(err) as steps:
        asyncio.run(prepare_database(settings, steps))
    out.print("[green]✓[/green] Demo data is there")


@demo.command(epilog=EXIT_CODES)
def traffic(
    context: typer.Context,
    agents: Annotated[int, typer.Option(help="SIP agents that log in.", min=0)] = 8,
    calls_per_minute: Annotated[float, typer.Option(help="New calls.", min=0.1)] = 30.0,
    minutes: Annotated[float, typer.Option(help="How long; 0: until Ctrl-C.", min=0)] = 0.0,
    seed: Annotated[int, typer.Option(help="Another number gives other calls.")] = 1,
    site: Annotated[Path | None, typer.Option("--site", help="The running site's file.")] = None,
) -> None:
    """Ring the running demo with real SIP callers and agents, for a lively wallboard."""
    from cti import demo_traffic

    raise typer.Exit(
        demo_traffic.run(
            _settings(context, demo=True, site=site),
            agents=agents, calls_per_minute=calls_per_minute, minutes=minutes, seed=seed,
            console=err,
        )
    )  # fmt: skip

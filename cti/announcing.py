"""What ``parley up`` shows when the first call can be taken: where to go and whom to be."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoUser:
    """One who can log in, shown only for demo data; one whose password is her own has "" here."""

    user: str
    password: str
    name: str
    role: str
    skills: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DialNumber:
    """A number that can be rung, and what is behind it."""

    number: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """Parley takes calls now. ``sip`` is where a SIP phone sends its calls, if anywhere.

    ``nobody`` says that no user is there who could log in.
    """

    url: str
    data_dir: Path
    users: Sequence[DemoUser] = ()
    nobody: bool = False
    numbers: Sequence[DialNumber] = ()
    sip: str | None = None
    caller_page: str | None = None


NOBODY = "nobody can yet: parley user add ana --name 'Ana Ruiz' --role agent"

SHOWN_BEFORE = "as shown when it was made"
FORGOTTEN = "a forgotten password: parley user password NAME"

Announce = Callable[[Ready], None]


def with_passwords(ready: Ready, passwords: Mapping[str, str]) -> Ready:
    """Show passwords that were made for this start, this once."""
    users = [
        replace(user, password=passwords.get(user.user, user.password)) for user in ready.users
    ]
    return replace(ready, users=users)


def announce_on(console: Console) -> Announce:
    """Draw the closing table of the start on ``console``."""
    return lambda ready: _draw(console, ready)


def _draw(console: Console, ready: Ready) -> None:
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("Parley is ready", f"[green]{ready.url}[/green]")
    if ready.caller_page:
        table.add_row("Ring it yourself", ready.caller_page)
    forgotten = [] if all(each.password for each in ready.users) else [FORGOTTEN]
    users = [_user(each) for each in ready.users]
    for title, lines in (
        ("Log in as", [NOBODY] if ready.nobody else users + forgotten),
        ("Numbers to call", [f"{each.number}  {each.label}" for each in ready.numbers]),
    ):
        for index, line in enumerate(lines):
            table.add_row(title if index == 0 else "", line)
    if ready.sip:
        table.add_row("SIP phones", ready.sip)
    table.add_row("Data", str(ready.data_dir))
    table.add_row("Stop", "Ctrl-C lets calls end; once more drops them")
    console.print()
    console.print(table)
    console.print()


def _user(user: DemoUser) -> str:
    if not user.password:
        return f"[cyan]{user.user}[/cyan] / {SHOWN_BEFORE}  {user.name}, {user.role}"
    rest = f"{user.name}, {user.role}" + (f": {user.skills}" if user.skills else "")
    return f"[cyan]{user.user}[/cyan] / [cyan]{user.password}[/cyan]  {rest}"

"""`parley phone …`: desk phones that register with credentials of their own."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from acd.ids import AgentId
from cti.settings import Settings
from cti.terminal import EXIT_CODES, err, out

if TYPE_CHECKING:
    from crm_core.storage.unit_of_work import UnitOfWork

phone = typer.Typer(no_args_is_help=True, help="Desk phones of agents.")
Name = Annotated[str, typer.Argument(help="The user whose phone it is, such as ana.")]
SECRET_BYTES = 15
"""Randomness of a secret: twenty characters, which a person can still type at a phone."""


@phone.command(epilog=EXIT_CODES)
def add(context: typer.Context, name: Name) -> None:
    """Let a user talk through a desk phone; shows once what to enter at the phone."""
    _give(_settings(context), name, anew=False)


@phone.command(epilog=EXIT_CODES)
def secret(context: typer.Context, name: Name) -> None:
    """Give a user's desk phone a new secret; the old one opens nothing any more."""
    _give(_settings(context), name, anew=True)


@phone.command(epilog=EXIT_CODES)
def remove(context: typer.Context, name: Name) -> None:
    """Let a user talk through the browser again; the desk phone can no longer register."""
    from crm_core.services import users

    async def take() -> bool:
        async with _work(_settings(context)) as work:
            return await users.remove_desk_phone(work, name)

    if asyncio.run(take()):
        out.print(f"[green]✓[/green] {escape(name)} talks through the browser from the next log-in")
    else:
        err.print(f"{escape(name)} has no desk phone that registers.")


@phone.command("list", epilog=EXIT_CODES)
def list_phones(context: typer.Context) -> None:
    """List the desk phones of users."""
    from cti.people import SIP_URI
    from cti.phones import phone_id

    async def find() -> list[tuple[str, str, str]]:
        async with _work(_settings(context)) as work:
            return [
                (
                    user.id,
                    phone_id(AgentId(user.id)) if user.sip_digest else "",
                    "registers" if user.sip_digest else str(user.preferences.get(SIP_URI, "")),
                )
                for user in await work.users.all()
                if user.phone == "sip"
            ]

    found = asyncio.run(find())
    table = Table("User", "SIP user", "Where", header_style="bold")
    for row in found:
        table.add_row(*map(escape, row))
    out.print(table)
    if not found:
        err.print("Nobody has one. Give one: parley phone add NAME")


def _settings(context: typer.Context) -> Settings:
    from cti.cli import read_settings

    return read_settings(context)


def _give(settings: Settings, name: str, *, anew: bool) -> None:
    from crm_core.services import users
    from cti.phones import phone_id, sip_digest
    from cti.sites import load_site

    site = load_site(settings)
    made = secrets.token_urlsafe(SECRET_BYTES)

    async def give() -> None:
        async with _work(settings) as work:
            await users.give_desk_phone(work, name, sip_digest(AgentId(name), made), anew=anew)

    asyncio.run(give())
    server = site.addresses.external or site.addresses.bind
    table = Table(box=None, show_header=False)
    table.add_row("Server", f"{escape(server)}:{site.ports.sip_udp} (UDP)")
    table.add_row("User", escape(phone_id(AgentId(name))))
    table.add_row("Password", escape(made))
    out.print(f"[green]✓[/green] Enter this at the phone of {escape(name)}; it is not shown again:")
    out.print(table)
    if site.addresses.bind.startswith("127."):
        err.print("Phones elsewhere reach it only when addresses.bind of the site file lets them.")


@asynccontextmanager
async def _work(settings: Settings) -> AsyncIterator["UnitOfWork"]:
    from crm_core.storage.database import Database
    from cti.cli_users import ACTOR

    database = Database(settings.database_url)
    await database.open()
    try:
        async with database.work(actor=ACTOR) as work:
            yield work
    finally:
        await database.close()

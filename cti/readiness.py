"""What to tell the person who started Parley: where it is, whom to be, what to ring."""

import asyncio

from crm_core import demo
from crm_core.storage.database import Database
from cti import demo_passwords, front
from cti.announcing import DemoUser, DialNumber, Ready
from cti.settings import Settings
from telephony_config.model import Site


async def ready(settings: Settings, site: Site, database: Database, port: int) -> Ready:
    """The closing table's content."""
    url = front.link(settings, site, port)
    async with database.work() as work:
        present = {user.id for user in await work.users.all() if user.active}
    users: list[DemoUser] = []
    if settings.demo:
        own = await asyncio.to_thread(demo_passwords.own, settings)
        users = [
            DemoUser(
                user=each.id,
                password="" if each.id in own else demo.PASSWORD,
                name=each.name,
                role=", ".join(each.roles),
                skills=", ".join(f"{skill} {level}" for skill, level in each.skills.items()),
            )
            for each in demo.users(lambda _: "")
            if each.id in present
        ]
    return Ready(
        url=url,
        data_dir=settings.data_dir,
        users=users,
        nobody=not present,
        numbers=[DialNumber(number=each.dnis, label=each.label) for each in site.numbers],
        sip=f"sip:<number>@{site.addresses.bind}:{site.ports.sip_udp}",
        caller_page=f"{url}caller" if site.demo else None,
    )

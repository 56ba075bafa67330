"""A desktop server for work on the pages: real server, SQLite file, fake floor.

    python -m tests.fakes.serve --port 8090

Users ana, ben (agents), sam (supervisor) and root (admin), all with the password ``parley``.
"""

import argparse
import asyncio
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from agent_desktop.server import protocol as p
from agent_desktop.server.app import create_app
from agent_desktop.server.config import DesktopConfig
from agent_desktop.server.hub import Hub
from agent_desktop.server.passwords import hash_password
from agent_desktop.server.serve import serve
from crm_core.domain.case import Case, CaseKind, Priority
from crm_core.domain.interaction import TimelineEvent
from crm_core.domain.party import Party, Role, Tier, email_point, phone_point
from crm_core.domain.sales import SalesOrder
from crm_core.domain.user import User, UserRole
from crm_core.storage import migrate
from crm_core.storage.database import Database
from tests.fakes.backend import FakeBackend
from tests.fakes.script import COLLEAGUES, Customer, Script

PASSWORD = "parley"
USERS = (
    ("ana", "Ana Pérez", ("agent",), "en"),
    ("ben", "Ben Okafor", ("agent",), "en"),
    ("sam", "Sam Lee", ("supervisor",), "en"),
    ("root", "Root", ("admin",), "en"),
)
PEOPLE = (
    ("Nancy Miller", "+12025550101", "Washington", Tier.GOLD, "en"),
    ("王小明", "+8613800138000", "上海", Tier.STANDARD, "zh"),
    ("سارا احمدی", "+989121234567", "تهران", Tier.VIP, "fa"),
    ("John Carter", "+12025550102", "Boston", Tier.SILVER, "en"),
    ("李娜", "+8613900139000", "北京", Tier.GOLD, "zh"),
    ("Maria Lopez", "+12025550103", "Austin", Tier.STANDARD, "en"),
    ("رضا محمدی", "+989351234567", "اصفهان", Tier.STANDARD, "fa"),
    ("Acme Tools Ltd", "+12025550104", "Chicago", Tier.SILVER, "en"),
)


def utc_now() -> datetime:
    return datetime.now(UTC)


async def add_users(database: Database) -> None:
    """The demo's users."""
    secret = await asyncio.to_thread(hash_password, PASSWORD)
    async with database.work(actor="demo") as work:
        for id_, name, roles, language in USERS:
            user = User(
                id=id_,
                name=name,
                roles=tuple(UserRole(role) for role in roles),
                language=language,
                password_hash=secret,
            )
            await work.users.add(user)
        await work.commit()


async def add_customers(database: Database) -> list[Customer]:
    """A handful of customers with a case, orders and a history each."""
    made = []
    now = utc_now()
    for index, (name, phone, city, tier, language) in enumerate(PEOPLE):
        async with database.work(actor="demo") as work:
            party = await work.parties.add(
                Party(
                    display_name=name,
                    city=city,
                    tier=tier,
                    language=language,
                    customer_number=await work.parties.new_customer_number(),
                    customer_since=now - timedelta(days=400 + 30 * index),
                ),
                roles=(Role.CUSTOMER,),
            )
            await work.contact_points.add(
                replace(phone_point(phone, region="US", primary=True), party_id=party.id)
            )
            mail = email_point(f"customer{index}@example.org")
            await work.contact_points.add(replace(mail, party_id=party.id))
            case = await work.cases.add(
                Case(
                    party_id=party.id,
                    subject="Parcel arrived damaged",
                    kind=CaseKind.COMPLAINT,
                    priority=Priority.HIGH,
                    state_since=now - timedelta(days=2),
                    opened_at=now - timedelta(days=2),
                    due_at=now + timedelta(days=1),
                )
            )
            order = await work.orders.add(
                SalesOrder(
                    party_id=party.id,
                    placed_at=now - timedelta(days=5),
                    expected_at=now + timedelta(days=2),
                    item="Coffee grinder",
                    total=Decimal("129.90"),
                )
            )
            for age in (40, 12, 3):
                await work.timeline.add(
                    TimelineEvent(
                        party_id=party.id,
                        occurred_at=now - timedelta(days=age),
                        kind="call",
                        subject_type="interaction",
                        subject_id=case.id,
                        summary="Asked about the delivery",
                        actor="ana",
                    )
                )
            await work.commit()
        made.append(_customer(party, phone, case, order, now))
    return made


def _customer(party: Party, phone: str, case: Case, order: SalesOrder, now: datetime) -> Customer:
    return Customer(
        party=p.PartyHeader(
            id=party.id,
            kind=party.kind,
            name=party.display_name,
            number=party.customer_number or "",
            tier=party.tier,
            language=party.language,
            city=party.city,
            since=party.customer_since,
            phones=[phone],
            emails=[],
            owner="",
            version=party.version,
        ),
        cases=(
            p.CaseLine(
                id=case.id,
                number=case.number,
                subject=case.subject,
                state=case.state,
                priority=case.priority,
                kind=case.kind,
                opened_at=case.opened_at,
                due_at=case.due_at,
            ),
        ),
        contacts=(
            p.ContactLine(
                id=f"i-{party.id}",
                channel="phone",
                direction="inbound",
                at=now - timedelta(days=3),
                agent="Ana Pérez",
                queue="Service",
                disposition="information",
                summary="Asked about the delivery",
                talked_s=182.0,
            ),
        ),
        orders=(
            p.OrderLine(
                id=order.id,
                number=order.number,
                state=order.state,
                placed_at=order.placed_at,
                expected_at=order.expected_at,
                total=str(order.total),
                currency=order.currency,
                item=order.item,
            ),
        ),
    )


async def run(port: int, folder: Path, dist: Path | None) -> None:
    """Serve until interrupted."""
    url = f"sqlite:///{folder / 'demo.db'}"
    await migrate.upgrade(url)
    database = Database(url)
    await database.open()
    try:
        await add_users(database)
        customers = await add_customers(database)
        hub = Hub(epoch=utc_now().isoformat())
        agents = [(id_, name) for id_, name, roles, _ in USERS if "agent" in roles]
        backend = FakeBackend(hub, now=utc_now, agents=[*agents, *COLLEAGUES])
        script = Script(backend, hub, customers, now=utc_now)
        config = DesktopConfig(sessions_file=folder / "sessions.jsonl")
        if dist is not None:
            config = replace(config, web_dist=dist)
        app = create_app(config, backend, database, hub)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(
                serve(
                    app,
                    host="127.0.0.1",
                    port=port,
                    started=lambda used: sys.stdout.write(
                        f"http://127.0.0.1:{used}  (ana, ben, sam / parley)\n"
                    ),
                )
            )
            while True:
                await script.step()
                await asyncio.sleep(0.5)
    finally:
        await database.close()


def main() -> None:
    arguments = argparse.ArgumentParser(description="a desktop server with a fake floor")
    arguments.add_argument("--port", type=int, default=8090)
    arguments.add_argument("--dist", type=Path, default=None, help="folder of the built pages")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="parley-fake-") as folder:
        try:
            asyncio.run(run(given.port, Path(folder), given.dist))
        except KeyboardInterrupt:
            sys.exit(130)


if __name__ == "__main__":
    main()

"""Where others can reach the demo, nobody gets in with the password of the manual."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from rich.console import Console

from agent_desktop.server.passwords import hash_password
from crm_core import demo
from crm_core.storage import migrate
from crm_core.storage.database import Database
from cti import demo_passwords
from cti.announcing import DemoUser, Ready, announce_on, with_passwords
from cti.readiness import ready
from cti.settings import Desktop, Settings
from tests.fakes.house import SITE

pytestmark = pytest.mark.unit

HASHED = hash_password(demo.PASSWORD)


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    made = Settings(
        data_dir=tmp_path, cache_dir=tmp_path, demo=True, desktop=Desktop(host="192.0.2.1")
    )
    await migrate.upgrade(made.database_url)
    database = Database(made.database_url)
    await database.open()
    await demo.add_users(database, demo.users(lambda _: HASHED))
    await database.close()
    return made


async def hashes(settings: Settings) -> dict[str, str]:
    database = Database(settings.database_url)
    await database.open()
    try:
        async with database.work() as work:
            return {user.id: user.password_hash or "" for user in await work.users.all()}
    finally:
        await database.close()


@pytest.mark.parametrize(
    ("changed", "wanted"),
    [
        ({}, True),
        ({"demo": False}, False),
        ({"demo_i_know": True}, False),
        ({"desktop": Desktop(host="127.0.0.1")}, False),
        ({"desktop": Desktop()}, False),
        ({"desktop": Desktop(public_url="https://desk.example.org")}, True),
    ],
)
def test_they_are_made_where_strangers_could_try_the_known_one(
    tmp_path: Path, changed: dict[str, object], wanted: bool
) -> None:
    given = Settings(
        data_dir=tmp_path, cache_dir=tmp_path, demo=True, desktop=Desktop(host="0.0.0.0")
    )
    assert demo_passwords.are_wanted(replace(given, **changed), SITE) is wanted  # type: ignore[arg-type]


async def test_each_user_gets_one_of_her_own_and_it_is_the_one_shown(settings: Settings) -> None:
    made = await demo_passwords.make(settings)

    stored = await hashes(settings)
    assert set(made) == {user.id for user in demo.users(lambda _: "")}
    assert len(set(made.values())) == len(made)
    for user, password in made.items():
        assert PasswordHasher().verify(stored[user], password)
        with pytest.raises(VerifyMismatchError):
            PasswordHasher().verify(stored[user], demo.PASSWORD)


async def test_once_shown_they_stay_and_a_start_that_failed_before_makes_new_ones(
    settings: Settings,
) -> None:
    unseen = await demo_passwords.make(settings)
    made = await demo_passwords.make(settings)
    assert set(made) == set(unseen)
    assert made != unseen

    await asyncio.to_thread(demo_passwords.were_shown, settings, made)
    assert await demo_passwords.make(settings) == {}
    assert await asyncio.to_thread(demo_passwords.own, settings) == set(made)


async def test_the_table_shows_them_once_and_then_how_to_get_another(settings: Settings) -> None:
    made = await demo_passwords.make(settings)
    await asyncio.to_thread(demo_passwords.were_shown, settings, made)
    database = Database(settings.database_url)
    await database.open()
    told = await ready(settings, SITE, database, 8080)
    await database.close()

    def shown(table: Ready) -> str:
        console = Console(width=200)
        with console.capture() as seen:
            announce_on(console)(table)
        return seen.get()

    first, later = shown(with_passwords(told, made)), shown(told)
    assert all(password in first for password in made.values())
    assert demo.PASSWORD not in first + later
    assert not any(password in later for password in made.values())
    assert "parley user password NAME" in later
    known = replace(
        told, users=[DemoUser(user="ana", password=demo.PASSWORD, name="Ana", role="agent")]
    )
    assert demo.PASSWORD in shown(known)
    assert "parley user password" not in shown(known)

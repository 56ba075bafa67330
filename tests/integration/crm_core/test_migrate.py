import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from crm_core.domain.errors import (
    BadDatabaseUrl,
    DatabaseNotReady,
    DatabaseTooNew,
    StorageDamaged,
    StorageUnavailable,
)
from crm_core.domain.party import Party, phone_point
from crm_core.storage import migrate, search_index
from crm_core.storage.database import Database
from crm_core.storage.schema import metadata
from crm_core.storage.urls import parse_url

pytestmark = pytest.mark.integration


async def run(url: str, use: object) -> object:
    return await migrate._with_connection(url, use, create=True)  # type: ignore[arg-type]


async def test_an_empty_database_becomes_current_and_stays_so(empty_url: str) -> None:
    assert await migrate.state(empty_url) is migrate.State.EMPTY

    assert await migrate.upgrade(empty_url) is migrate.State.EMPTY
    assert await migrate.state(empty_url) is migrate.State.CURRENT
    assert await migrate.upgrade(empty_url) is migrate.State.CURRENT


async def test_the_migrations_make_exactly_the_tables_of_the_schema(migrated_url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        ours = {*metadata.tables, "alembic_version"}

        def is_ours(_object: object, name: str | None, kind: str, *_rest: object) -> bool:
            return kind != "table" or name in ours

        context = MigrationContext.configure(
            connection,
            opts={"include_object": is_ours, "compare_type": True},
        )
        found = compare_metadata(context, metadata)
        return [d for d in found if "ix_search_doc_tokens" not in str(d)]

    assert await run(migrated_url, differences) == []


async def test_the_migrations_can_be_taken_back(migrated_url: str) -> None:
    def back(connection: Connection) -> None:
        settings = migrate.config()
        settings.attributes["connection"] = connection
        command.downgrade(settings, "base")

    await run(migrated_url, back)

    assert await migrate.state(migrated_url) is migrate.State.EMPTY
    assert await migrate.upgrade(migrated_url) is migrate.State.EMPTY


async def test_a_database_of_a_later_program_is_refused_with_the_remedy(migrated_url: str) -> None:
    await run(
        migrated_url, lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    )

    assert await migrate.state(migrated_url) is migrate.State.NEWER
    with pytest.raises(DatabaseTooNew, match="update the program"):
        await migrate.upgrade(migrated_url)
    with pytest.raises(DatabaseTooNew):
        await Database(migrated_url).open()


async def test_opening_an_empty_database_names_the_command_to_run(empty_url: str) -> None:
    with pytest.raises(DatabaseNotReady, match="parley db upgrade"):
        await Database(empty_url).open()


async def test_looking_at_a_missing_sqlite_file_does_not_make_it(tmp_path: Path) -> None:
    path = tmp_path / "none" / "crm.db"

    assert await migrate.state(f"sqlite:///{path}") is migrate.State.EMPTY
    assert not path.parent.exists()


async def test_a_file_that_is_no_database_is_called_damaged(tmp_path: Path) -> None:
    path = tmp_path / "crm.db"
    path.write_bytes(b"Dear customer, " * 500)

    with pytest.raises(StorageDamaged, match=f"^{path}: the database .* restore a backup"):
        await Database(f"sqlite:///{path}").open()


async def test_tables_without_a_version_are_called_damaged(
    sqlite_template: Path, tmp_path: Path
) -> None:
    path = tmp_path / "crm.db"
    shutil.copy(sqlite_template, path)
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM alembic_version")
    connection.close()

    with pytest.raises(StorageDamaged):
        await migrate.state(f"sqlite:///{path}")


@pytest.mark.parametrize(
    "url", ["", "nonsense", "mysql://u@h/d", "sqlite://", "sqlite:///:memory:", "postgresql://h"]
)
async def test_other_urls_are_refused_with_the_forms_that_work(url: str) -> None:
    with pytest.raises(BadDatabaseUrl, match="sqlite:///FILE or postgresql://"):
        Database(url)


async def test_an_unreachable_server_is_unavailable(unused_tcp_port: int) -> None:
    with pytest.raises(StorageUnavailable, match=f"^127.0.0.1:{unused_tcp_port}/crm: the data"):
        await Database(f"postgresql://nobody:secret@127.0.0.1:{unused_tcp_port}/crm").open()


def test_an_option_is_taken_as_postgresqls_own_programs_write_it_and_a_strange_one_refused() -> (
    None
):
    assert parse_url("postgresql://h/d?sslmode=require").query == {"ssl": "require"}
    with pytest.raises(BadDatabaseUrl, match="unknown option 'slmode': use host, "):
        parse_url("postgresql://h/d?slmode=require")


async def test_what_was_stored_before_is_found_by_its_new_keys_after_the_upgrade(
    migrated_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_index, "BATCH", 7)
    database = Database(migrated_url)
    await database.open()
    async with database.work() as work:
        for at in range(31):
            party = await work.parties.add(Party(display_name=f"Müller {at}"))
        point = replace(phone_point("+12025550143", region="US"), party_id=party.id)
        await work.contact_points.add(point)
        await work.parties.save(replace(party, display_name="Jean-Luc Nguyễn Đức"))
        await work.commit()
    await database.close()

    def age(connection: Connection) -> None:
        connection.execute(text("UPDATE party SET name_key = 'old'"))
        connection.execute(text("UPDATE search_doc SET tokens = 'old'"))
        settings = migrate.config()
        settings.attributes["connection"] = connection
        command.downgrade(settings, "0005")

    await run(migrated_url, age)
    assert await migrate.upgrade(migrated_url) is migrate.State.BEHIND

    database = Database(migrated_url)
    await database.open()
    async with database.work() as work:
        for query in ("jeanluc nguyen duc", "duc", "5550143", "ngyen"):
            assert [hit.party_id for hit in await work.search.parties(query)] == [party.id], query
        assert len(await work.search.parties("mueller", limit=30)) == 30
        assert await work.search.parties("old") == []
        await work.parties.save(replace(await work.parties.get(party.id), display_name="Ana"))
        await work.commit()
        assert await work.search.parties("duc") == [], "the index follows again"
    await database.close()

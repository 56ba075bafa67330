"""Importing again, correcting who is there, and taking an import back."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from crm_core.domain.errors import BadValue
from crm_core.domain.party import Tier
from crm_core.importing import (
    Duplicates,
    Kind,
    Layout,
    Options,
    import_parties,
    latest_jobs,
    look_at,
    undo,
)
from crm_core.services import caller_lookup, cases, parties
from crm_core.storage import schema
from crm_core.storage.database import Database

pytestmark = pytest.mark.integration

US = Options(region="US")
AGAIN = Options(region="US", duplicates=Duplicates.UPDATE)


async def count(database: Database) -> int:
    async with database.work() as work:
        query = select(func.count()).where(schema.party.c.deleted_at.is_(None))
        return await work.session.read(lambda c: int(c.execute(query).scalar_one()))


async def party_named(database: Database, name: str) -> tuple[str, set[str]]:
    """The id and the points of the one party with this name."""
    async with database.work() as work:
        query = select(schema.party.c.id).where(schema.party.c.display_name == name)
        (found,) = await work.session.read(lambda c: list(c.execute(query).scalars()))
        return found, {point.norm for point in await work.contact_points.of_party(found)}


async def read(path: Path, mapping: dict[str, str]) -> Layout:
    return await asyncio.to_thread(look_at, path, mapping=mapping)


class PowerCut(Exception):
    """The end of the world, for a test."""


async def test_the_same_file_with_a_better_map_completes_whom_it_made(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "in.csv"
    path.write_text("Who,Reach,Where\nGrace,2025550143,Boston\nRuth,2025550188,\n")
    poor = await read(path, {"Who": "name"})
    better = await read(path, {"Who": "name", "Reach": "phone", "Where": "city"})

    first = await import_parties(database, path, US, layout=poor)
    second = await import_parties(database, path, US, layout=better)
    third = await import_parties(database, path, US, layout=better)

    assert (first.created, second.created, second.updated) == (2, 0, 2)
    assert (third.created, third.updated, third.duplicates) == (0, 0, 2)
    assert {each.reason for each in third.shown} == {
        "nothing new for Grace",
        "nothing new for Ruth",
    }
    assert await count(database) == 2
    assert (await party_named(database, "Grace"))[1] == {"+12025550143"}
    async with database.work() as work:
        file = await caller_lookup.look_up(work, "+12025550143", region="US")
    assert file.party is not None
    assert (file.party.name, file.party.city) == ("Grace", "Boston")


async def test_an_update_corrects_who_is_there_and_adds_who_is_not(
    database: Database, tmp_path: Path
) -> None:
    path, later = tmp_path / "in.csv", tmp_path / "later.csv"
    path.write_text("name,phone,customer number\nGrace,+12025550143,A-1\nRuth,+12025550188,\n")
    later.write_text(
        "name,phone,email,city,tier,customer number\n"
        "Grace Holloway,,grace@example.org,Boston,gold,A-1\n"
        "Ruth,+12025550188,ruth@example.org,,,\n"
        "Her Brother,+12025550188,,,,\n"
        "Ada,+12025550199,,,,\n"
    )
    await import_parties(database, path, US)
    foretold = await import_parties(database, later, replace(AGAIN, dry_run=True))
    report = await import_parties(database, later, AGAIN)

    assert (report.created, report.updated, report.duplicates, report.failed) == (1, 2, 1, 0)
    assert (foretold.created, foretold.updated) == (report.created, report.updated)
    assert [each.reason for each in report.shown] == ["same phone or e-mail as line 3 of this file"]
    _, points = await party_named(database, "Grace Holloway")
    assert points == {"+12025550143", "grace@example.org"}
    async with database.work() as work:
        grace = await work.parties.by_customer_number("A-1")
        (hit,) = await work.search.parties("holloway")
    assert grace is not None
    assert (grace.city, grace.tier, hit.party_id) == ("Boston", Tier.GOLD, grace.id)
    assert (await party_named(database, "Ruth"))[1] == {"+12025550188", "ruth@example.org"}


async def test_an_update_leaves_another_person_with_the_same_number_alone(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "in.csv"
    path.write_text("name,phone\nGrace,+12025550143\n")
    await import_parties(database, path, US)
    path.write_text("name,phone,city\nHer Brother,+12025550143,Boston\n")
    report = await import_parties(database, path, AGAIN)
    assert (report.created, report.updated, report.duplicates) == (0, 0, 1)
    assert report.shown[0].reason == (
        "same phone as Grace in the database, who has another name; not updated"
    )


async def test_what_an_agent_entered_since_stands_when_the_file_is_read_anew(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "in.csv"
    path.write_text("Name,Town,Tier\nGrace,Boston,gold\n")
    await import_parties(database, path, US, layout=await read(path, {"Town": ""}))
    grace, _ = await party_named(database, "Grace")
    async with database.work(actor="ana") as work:
        party = await work.parties.get(grace)
        await work.parties.save(replace(party, display_name="Grace Holloway", tier=Tier.VIP))
        await work.commit()

    report = await import_parties(database, path, US)

    assert (report.created, report.updated) == (0, 1)
    async with database.work() as work:
        party = await work.parties.get(grace)
    assert (party.display_name, party.tier, party.city) == ("Grace Holloway", Tier.VIP, "Boston")


async def test_an_import_is_taken_back_whole(database: Database, tmp_path: Path) -> None:
    path, later = tmp_path / "in.csv", tmp_path / "later.csv"
    path.write_text("name,phone,tier,customer number\nGrace,+12025550143,gold,A-1\n")
    later.write_text(
        "name,phone,email,tier,customer number\n"
        "G. Holloway,,g@example.org,vip,A-1\n"
        "Ada,+12025550199,,,A-2\n"
    )
    await import_parties(database, path, US)
    report = await import_parties(database, later, AGAIN)
    assert (report.created, report.updated) == (1, 1)

    done = await undo(database, "last")

    assert (done.job.id, done.removed, done.restored, done.kept) == (report.job_id, 1, 1, 0)
    assert await count(database) == 1
    grace, points = await party_named(database, "Grace")
    assert points == {"+12025550143"}
    async with database.work() as work:
        assert (await work.parties.get(grace)).tier is Tier.GOLD
        assert await work.search.parties("ada") == []
        assert [hit.party_id for hit in await work.search.parties("grace")] == [grace]
    assert [job.state for job in await latest_jobs(database)] == ["undone", "done"]
    again = await import_parties(database, later, AGAIN)
    assert (again.created, again.updated, again.failed) == (1, 1, 0)
    with pytest.raises(BadValue, match="none that can be undone; 'parley db import list'"):
        await undo(database, "nothing")


async def test_a_customer_somebody_has_worked_with_stays_when_the_import_goes(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "in.csv"
    path.write_text("name,phone\nGrace,+12025550143\nRuth,+12025550188\nAda,+12025550199\n")
    await import_parties(database, path, US)
    grace, _ = await party_named(database, "Grace")
    ruth, _ = await party_named(database, "Ruth")
    async with database.work(actor="ana") as work:
        await parties.attach_number(work, grace, "+12025550111", region="US")
        await cases.open_case(work, cases.NewCase(party_id=ruth, subject="Late"))
        await work.commit()

    done = await undo(database, "last")

    assert (done.removed, done.kept) == (1, 2)
    assert await count(database) == 2
    assert (await latest_jobs(database))[0].state == "kept in part"


async def test_a_long_import_is_taken_back_in_chunks_and_goes_on_when_stopped(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "in.csv"
    rows = [f"Customer {at},+86199{at:08d}" for at in range(1200)]
    path.write_text("\n".join(["name,phone", *rows]) + "\n")
    await import_parties(database, path, US)

    def cut(_lines: int) -> None:
        raise PowerCut

    with pytest.raises(PowerCut):
        await undo(database, "last", progress=cut)
    assert await count(database) == 700
    done = await undo(database, "last")
    assert (done.removed, await count(database)) == (700, 0)


async def test_remarks_below_the_table_are_counted_and_no_customers(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "in.csv"
    path.write_text("name,phone\nGrace,+12025550143\n\nConfidential Information\n")
    report = await import_parties(database, path, US)
    assert (report.rows, report.created, report.failed, report.notes) == (2, 1, 0, 1)
    assert [each.kind for each in report.shown] == [Kind.NOTE]
    assert report.error_file is None

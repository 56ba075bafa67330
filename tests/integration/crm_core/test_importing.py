from pathlib import Path

import pytest
from sqlalchemy import func, select

from crm_core import demo
from crm_core.domain.caller import MatchState
from crm_core.domain.errors import BadValue
from crm_core.domain.numbers import with_check_digit
from crm_core.importing import Duplicates, Options, Progress, import_parties
from crm_core.services import caller_lookup, order_status
from crm_core.services.order_status import Identity
from crm_core.storage import schema
from crm_core.storage.database import Database

pytestmark = pytest.mark.integration


def a_file(folder: Path, rows: int, *, bad_every: int = 0) -> Path:
    path = folder / "in.csv"
    lines = ["Name,Mobile,E-mail,City"]
    for at in range(rows):
        phone = "12" if bad_every and at % bad_every == 0 else f"+86199{at:08d}"
        lines.append(f"Customer {at},{phone},c{at}@example.org,Boston")
    path.write_text("\n".join(lines) + "\n")
    return path


async def count(database: Database) -> int:
    async with database.work() as work:
        query = select(func.count()).select_from(schema.party)
        return await work.session.read(lambda c: int(c.execute(query).scalar_one()))


async def test_a_dry_run_tells_all_and_changes_nothing(database: Database, tmp_path: Path) -> None:
    path = a_file(tmp_path, 40, bad_every=10)
    report = await import_parties(database, path, Options(region="US", dry_run=True))

    assert (report.rows, report.created, report.failed, report.duplicates) == (40, 36, 4, 0)
    assert [outcome.line for outcome in report.shown] == [2, 12, 22, 32]
    assert await count(database) == 0


async def test_rows_become_customers_that_calls_and_searches_find(
    database: Database, tmp_path: Path
) -> None:
    seen: list[Progress] = []
    path = a_file(tmp_path, 1100)
    report = await import_parties(
        database, path, Options(region="US", actor="sup"), progress=seen.append
    )

    assert (report.created, report.error_file) == (1100, None)
    assert [progress.rows for progress in seen] == [500, 1000, 1100]
    async with database.work() as work:
        file = await caller_lookup.look_up(work, "+8619900000007", region="US")
        (hit,) = await work.search.parties("c1099@example.org")
    assert file.party is not None
    assert (file.party.name, file.party.city) == ("Customer 7", "Boston")
    assert len(file.party.number) == 8
    assert hit.name == "Customer 1099"


async def test_duplicates_in_the_file_and_in_the_database_are_shown(
    database: Database, tmp_path: Path
) -> None:
    first = a_file(tmp_path, 3)
    await import_parties(database, first, Options(region="US"))
    path = tmp_path / "second.csv"
    path.write_text(
        "name,phone,email,customer number\n"
        "Again,+8619900000001,,\n"
        "New,+8619900000900,new@example.org,A-1\n"
        "Twin,,NEW@example.org,\n"
        "Thief,+8619900000901,,A-1\n"
    )
    report = await import_parties(database, path, Options(region="US"))

    assert (report.created, report.duplicates, report.failed) == (1, 2, 1)
    assert [outcome.reason for outcome in report.shown] == [
        "same phone as Customer 1 in the database",
        "same phone or e-mail as line 3 of this file",
        "customer number: A-1 is taken; remove it or correct it",
    ]
    assert report.error_file is not None
    errors = report.error_file.read_text("utf-8-sig").splitlines()
    assert errors[0] == "line,reason,name,phone,email,customer number"
    assert len(errors) == 4
    assert await count(database) == 4


async def test_duplicates_may_be_kept(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("name,phone\nOne,+8619900000001\nTwo,+8619900000001\n")
    report = await import_parties(database, path, Options(region="US", duplicates=Duplicates.KEEP))
    assert (report.created, report.duplicates) == (2, 1)


class PowerCut(Exception):
    """The end of the world, for a test."""


async def test_an_import_that_was_cut_off_goes_on_and_writes_nothing_twice(
    database: Database, tmp_path: Path
) -> None:
    path = a_file(tmp_path, 1600, bad_every=100)

    def cut(progress: Progress) -> None:
        if progress.rows == 1000:
            raise PowerCut

    with pytest.raises(PowerCut):
        await import_parties(database, path, Options(region="US"), progress=cut)
    report = await import_parties(database, path, Options(region="US"))

    assert report.resumed_at == 1000
    assert (report.rows, report.created, report.failed) == (1600, 1584, 16)
    assert await count(database) == 1584
    assert report.error_file is not None
    lines = [row.split(",")[0] for row in report.error_file.read_text("utf-8-sig").splitlines()]
    assert lines == ["line", *(str(at * 100 + 2) for at in range(16))]


async def test_an_import_goes_on_though_its_error_file_was_taken_away(
    database: Database, tmp_path: Path
) -> None:
    path = a_file(tmp_path, 1000, bad_every=100)

    def cut(_progress: Progress) -> None:
        raise PowerCut

    with pytest.raises(PowerCut):
        await import_parties(database, path, Options(region="US"), progress=cut)
    path.with_suffix(".errors.csv").unlink()
    report = await import_parties(database, path, Options(region="US"))

    assert (report.resumed_at, report.rows, report.failed) == (500, 1000, 10)
    assert report.error_file is not None
    lines = [row.split(",")[0] for row in report.error_file.read_text("utf-8-sig").splitlines()]
    assert lines == ["line", *(str(at * 100 + 2) for at in range(5, 10))]


async def test_an_error_file_that_cannot_be_written_stops_before_anything_is_stored(
    database: Database, tmp_path: Path
) -> None:
    path = a_file(tmp_path, 10, bad_every=5)
    options = Options(region="US", error_file=tmp_path / "none" / "errors.csv")
    with pytest.raises(BadValue, match="name another error file"):
        await import_parties(database, path, options)
    assert await count(database) == 0


async def test_the_file_itself_is_no_error_file(database: Database, tmp_path: Path) -> None:
    path = a_file(tmp_path, 2, bad_every=1)
    before = path.read_bytes()
    with pytest.raises(BadValue, match="is the file to import; name another error file"):
        await import_parties(database, path, Options(region="US", error_file=path))
    assert path.read_bytes() == before


async def test_a_country_that_is_none_is_refused_before_every_row_fails(
    database: Database, tmp_path: Path
) -> None:
    with pytest.raises(BadValue, match="'XX' is no country"):
        await import_parties(database, a_file(tmp_path, 2), Options(region="XX"))


async def test_a_row_too_long_for_the_database_fails_alone(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "in.csv"
    long = "a" * 250
    rows = [f"{long},,", f"A,{long}@example.org,", f"A,,{long}", "\ufdfa" * 200 + ",,", "Grace,,"]
    path.write_text("\n".join(["name,email,city", *rows]) + "\n")

    report = await import_parties(database, path, Options(region="US"))

    assert (report.created, report.failed) == (2, 3)


async def test_numbers_that_came_with_an_import_are_not_given_again(
    database: Database, tmp_path: Path
) -> None:
    async with database.work() as work:
        last = await work.parties.new_customer_number()
        await work.commit()
    taken = [with_check_digit(int(last[:-1]) + more) for more in (1, 2, 3, 4)]
    path = tmp_path / "in.csv"
    rows = [f"A,{taken[0]}", "B,", f"C,{taken[1]}", f"D,{taken[3]}"]
    path.write_text("\n".join(["name,customer number", *rows]) + "\n")

    report = await import_parties(database, path, Options(region="US"))
    async with database.work() as work:
        found = await work.parties.by_customer_number(taken[2])
        fresh = await work.parties.new_customer_number()

    assert report.created == 4
    assert found is not None
    assert found.display_name == "B"
    assert fresh not in taken


# --- demo data --------------------------------------------------------------------------------


async def test_demo_data_is_made_once_and_goes_on_where_it_stopped(database: Database) -> None:
    done: list[tuple[int, int]] = []
    first = await demo.seed(database, parties=500)
    again = await demo.seed(database, parties=500)
    more = await demo.seed(database, parties=600, progress=lambda *progress: done.append(progress))

    assert not first.already
    assert again.already
    assert (more.added, done) == (100, [(500, 600), (600, 600)])
    assert await count(database) == 600 + 10


async def test_more_demo_parties_than_there_are_numbers_for_are_refused(
    database: Database,
) -> None:
    with pytest.raises(BadValue, match="at most 900,000"):
        await demo.seed(database, parties=900_001)
    assert await count(database) == 0


async def test_the_showcase_callers_show_what_they_promise(database: Database) -> None:
    await demo.seed(database, parties=0)
    states: dict[str, tuple[str, str, list[str]]] = {}
    async with database.work() as work:
        for caller in demo.showcase():
            file = await caller_lookup.look_up(work, caller.number, region="US", queue="support")
            top = file.reasons[0].key if file.reasons else ""
            states[caller.key] = (file.state, top, [alert.kind for alert in file.alerts])
        vip = demo.showcase()[0]
        answer = await order_status.of(work, vip.customer_number, vip.pin)

    assert states == {
        "vip_late_order": (MatchState.ONE, "reason.order_late", ["vip", "open_complaint"]),
        "order_underway": (MatchState.ONE, "reason.order_underway", []),
        "open_quote": (MatchState.ONE, "reason.quote_open", []),
        "household": (MatchState.MANY, "", []),
        "overdue_company": (MatchState.ONE, "reason.payment_overdue", ["overdue"]),
        "blocked": (MatchState.ONE, "", ["blocked"]),
        "callback_missed": (MatchState.ONE, "reason.callback_promised", []),
        "maybe": (MatchState.MAYBE, "", []),
        "stranger": (MatchState.NONE, "", []),
        "anonymous": (MatchState.NONE, "", []),
    }
    assert answer.identity is Identity.PROVEN
    assert answer.order is not None
    assert answer.order.late


async def test_demo_users_are_added_once(database: Database) -> None:
    staff = demo.users(lambda password: f"$argon2id$fake${len(password)}")
    assert len(await demo.add_users(database, staff)) == len(staff)
    assert await demo.add_users(database, staff) == []
    async with database.work() as work:
        ana = await work.users.get("ana")
    assert (ana.skills["lang-en"], ana.queues) == (5, ("sales", "support"))

"""The floor's event log: order, snapshots, cursors, and disks that are full."""

import asyncio
import shutil
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from acd import events as e
from acd.ids import AgentId, CallId
from cti.engine import recover
from cti.journal import CARRY_OVER_EVERY, KEEP, Journal, JournalBroken, _transaction

pytestmark = pytest.mark.unit

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def started(name: str, at: datetime = NINE) -> e.CallStarted:
    return e.CallStarted(at=at, call=CallId(name), ani="+12025550100", dnis="100")


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    made = Journal(tmp_path / "deep" / "floor.db")
    await made.open()
    yield made
    await made.close()


async def write(journal: Journal, *events: e.Event) -> None:
    await journal.append(journal.number(events))


def fill_the_disk(journal: Journal) -> None:
    limit_pages(journal, journal._db.execute("pragma page_count").fetchone()[0])


def free_the_disk(journal: Journal) -> None:
    limit_pages(journal, 1_000_000)


def limit_pages(journal: Journal, pages: int) -> None:
    for connection in (journal._db, journal._appender):
        assert connection is not None
        connection.execute(f"pragma max_page_count = {pages}").fetchone()


async def something_long(journal: Journal) -> tuple["asyncio.Future[bool]", Callable[[], None]]:
    """Have the journal's thread write until it is let go; what to wait for, and how to let go."""
    holding, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with _transaction(journal._db):
            holding.set()
            let_go.wait(5)

    long = asyncio.ensure_future(journal._attempt(hold))
    await asyncio.to_thread(holding.wait, 5)
    return long, let_go.set


async def test_events_are_read_back_as_they_were_in_order(journal: Journal) -> None:
    ready = e.AgentReady(at=NINE, agent=AgentId("ana"))
    await write(journal, started("c1"), ready)
    await write(journal, started("c2"))

    entries = await journal.read(after=0)

    assert [entry.seq for entry in entries] == [1, 2, 3]
    assert [entry.event for entry in entries] == [started("c1"), ready, started("c2")]
    assert [entry.seq for entry in await journal.read(after=2)] == [3]


async def test_a_day_can_be_read(journal: Journal) -> None:
    await write(journal, started("yesterday", NINE - timedelta(days=1)), started("today"))

    assert [entry.seq for entry in await journal.read_since(NINE)] == [2]


async def test_numbers_go_on_where_an_earlier_life_ended(tmp_path: Path) -> None:
    for number in (1, 2):
        journal = Journal(tmp_path / "floor.db")
        await journal.open()
        await write(journal, started(f"c{number}"))
        assert journal.last_seq == number
        await journal.close()


async def test_a_snapshot_lets_go_of_old_events_that_every_reader_has_read(
    journal: Journal,
) -> None:
    await write(journal, started("old"), started("unread"), started("new", NINE + KEEP))
    await journal.move_cursor("recorder", 1)

    await journal.store_snapshot(3, b"{}", now=NINE + KEEP + timedelta(hours=1))

    assert await journal.snapshot() == (3, b"{}")
    assert [entry.seq for entry in await journal.read(after=0)] == [2, 3]


async def test_cursors_and_facts_are_remembered(journal: Journal) -> None:
    assert await journal.cursor("recorder") == 0
    assert await journal.fact("asterisk") is None
    await journal.move_cursor("recorder", 7)
    await journal.remember("asterisk", "noon")
    assert await journal.cursor("recorder") == 7
    assert await journal.fact("asterisk") == "noon"


async def test_memos_are_kept_until_the_readers_are_past_their_calls(journal: Journal) -> None:
    await write(journal, started("c1"))
    await journal.keep_memo("c1", b"first")
    await journal.keep_memo("c1", b"second")
    await write(journal, started("c2"))
    await journal.keep_memo("c2", b"other")
    assert await journal.memos() == [b"second", b"other"]

    await journal.move_cursor("recorder", 1)
    assert await journal.memos() == [b"other"]

    await journal.move_cursor("recorder", 2)
    assert await journal.memos() == []


async def test_a_memo_that_the_slower_reader_has_yet_to_read_is_kept(journal: Journal) -> None:
    await write(journal, started("c1"))
    await journal.move_cursor("slow", 0)
    await journal.keep_memo("c1", b"memo")

    await journal.move_cursor("recorder", 1)

    assert await journal.memos() == [b"memo"]


async def test_memos_are_kept_in_order_while_something_long_is_written(journal: Journal) -> None:
    long, let_go = await something_long(journal)
    first = asyncio.ensure_future(journal.keep_memo("c1", b"first"))
    await asyncio.sleep(0)
    let_go()
    await asyncio.gather(long, first, journal.keep_memo("c1", b"second"))

    assert journal.healthy
    assert await journal.memos() == [b"second"]


async def test_a_memo_that_finds_no_room_ends_nothing(journal: Journal) -> None:
    await journal._in_thread(fill_the_disk, journal)
    await journal.keep_memo("c1", b"x" * 100_000)
    assert not journal.healthy

    await journal._in_thread(free_the_disk, journal)
    await write(journal, started("c1"))
    assert journal.healthy


async def test_a_full_disk_loses_nothing_once_there_is_room_again(journal: Journal) -> None:
    await write(journal, started("before"))
    await journal._in_thread(fill_the_disk, journal)
    for number in range(200):
        await write(journal, started(f"meanwhile-{number}"))
    assert not journal.healthy

    await journal._in_thread(free_the_disk, journal)
    await write(journal, started("after"))

    assert journal.healthy
    assert [entry.seq for entry in await journal.read(after=0)] == list(range(1, 203))


async def test_a_full_disk_ends_neither_snapshot_nor_cursor_with_an_error(
    journal: Journal,
) -> None:
    await journal._in_thread(fill_the_disk, journal)
    await journal.store_snapshot(1, b"x" * 100_000, now=NINE)
    assert not journal.healthy
    await journal.remember("asterisk", "x" * 100_000)
    await journal.move_cursor("recorder", 1)

    await journal._in_thread(free_the_disk, journal)
    await write(journal, started("after"))
    await journal.store_snapshot(1, b"{}", now=NINE)

    assert journal.healthy
    assert await journal.snapshot() == (1, b"{}")


async def test_closing_writes_what_a_full_disk_kept_back(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "floor.db")
    await journal.open()
    await journal._in_thread(fill_the_disk, journal)
    await write(journal, *(started(f"c{number}") for number in range(100)))
    assert not journal.healthy
    await journal._in_thread(free_the_disk, journal)
    await journal.close()

    again = Journal(tmp_path / "floor.db")
    await again.open()
    assert len(await again.read(after=0)) == 100
    await again.close()


async def test_what_cannot_be_written_at_the_very_end_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journal = Journal(tmp_path / "floor.db")
    await journal.open()
    await journal._in_thread(fill_the_disk, journal)
    await write(journal, *(started(f"c{number}") for number in range(100)))
    await journal.close()

    assert "journal lost its last entries" in caplog.messages


async def test_a_file_that_is_no_journal_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "floor.db").write_bytes(b"no database at all" * 100)
    journal = Journal(tmp_path / "floor.db")
    with pytest.raises(JournalBroken, match="move the file away"):
        await journal.open()
    await journal.close()


async def test_a_folder_that_cannot_be_made_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    journal = Journal(tmp_path / "file" / "floor.db")
    with pytest.raises(JournalBroken, match="move the file away"):
        await journal.open()
    await journal.close()


async def test_a_journal_of_a_newer_program_is_refused_with_the_remedy(
    journal: Journal,
) -> None:
    await journal._in_thread(
        journal._execute, "insert into event values (1, '2026', 'CallTaught', '{}')", ()
    )
    with pytest.raises(JournalBroken, match=r"entry 1 \(CallTaught\) .* newer Parley"):
        await journal.read(after=0)


async def test_a_damaged_entry_and_a_damaged_snapshot_are_refused(journal: Journal) -> None:
    await journal._in_thread(
        journal._execute, "insert into event values (1, '2026', 'CallStarted', '{')", ()
    )
    with pytest.raises(JournalBroken, match="damaged"):
        await recover(journal)
    await journal.store_snapshot(1, b"not json", now=NINE)
    with pytest.raises(JournalBroken, match="picture of the floor"):
        await recover(journal)


async def test_a_journal_that_is_not_open_says_so(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "floor.db")
    with pytest.raises(JournalBroken, match="not open"):
        await journal.read(after=0)
    await journal.close()


async def test_a_fault_of_ours_in_a_transaction_leaves_the_journal_usable(
    journal: Journal,
) -> None:
    def broken() -> None:
        with _transaction(journal._db):
            raise KeyError("a fault")

    with pytest.raises(KeyError):
        await journal._in_thread(broken)
    await write(journal, started("c1"))
    assert journal.healthy


async def test_two_programs_do_not_write_at_once(journal: Journal, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "deep" / "floor.db", isolation_level=None)
    await journal._in_thread(journal._execute, "pragma busy_timeout = 1", ())
    other.execute("begin immediate")
    await write(journal, started("c1"))
    assert not journal.healthy
    other.execute("rollback")
    other.close()
    await write(journal, started("c2"))
    assert len(await journal.read(after=0)) == 2


async def test_an_append_waits_its_turn_while_something_long_is_written(journal: Journal) -> None:
    long, let_go = await something_long(journal)
    append = asyncio.ensure_future(write(journal, started("c1")))
    await asyncio.sleep(0)
    assert not append.done()
    let_go()
    await asyncio.gather(long, append)

    assert journal.healthy
    assert [entry.seq for entry in await journal.read(after=0)] == [1]


async def test_a_killed_writer_has_lost_nothing_that_was_appended(
    journal: Journal, tmp_path: Path
) -> None:
    await write(journal, started("c1"))
    await journal.keep_memo("c1", b"memo")

    copy = tmp_path / "killed"
    await asyncio.to_thread(shutil.copytree, tmp_path / "deep", copy)
    survivor = Journal(copy / "floor.db")
    await survivor.open()

    assert [entry.seq for entry in await survivor.read(after=0)] == [1]
    assert await survivor.memos() == [b"memo"]
    await survivor.close()


async def test_the_log_is_carried_over_into_the_file_and_does_not_grow_for_ever(
    journal: Journal, tmp_path: Path
) -> None:
    log = tmp_path / "deep" / "floor.db-wal"
    sizes = []
    for number in range(4 * CARRY_OVER_EVERY):
        await write(journal, started(f"c{number}"))
        if number % CARRY_OVER_EVERY == CARRY_OVER_EVERY - 1:
            await journal.cursor("anybody")  # the checkpoint is before it in the thread
            sizes.append(log.stat().st_size)
    assert max(sizes) < 2 * sizes[0]

"""The clerk does what the daemon would have done, on both databases, and may die at any time."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typing_extensions import override

from acd.ids import AgentId, CallId
from crm_core.domain.caller import CallerFile, MatchState
from crm_core.domain.errors import BadReference
from crm_core.domain.interaction import Interaction, Segment
from crm_core.storage.database import Database
from cti.books import OwnBooks, Viewing
from cti.clerk import Clerk
from tests.fakes.house import until
from tests.integration.crm_core.conftest import (
    NOON,
    clock,
    database,
    postgres,
    postgres_template,
    some_may_read_files,
    sqlite_template,
    url,
)
from tests.integration.crm_core.test_callers import NUMBER, a_full_party

__all__ = [
    "clock",
    "database",
    "postgres",
    "postgres_template",
    "some_may_read_files",
    "sqlite_template",
    "url",
]

pytestmark = pytest.mark.integration

CALL = Interaction(
    external_id="parley-1.1",
    ani=NUMBER,
    started_at=NOON,
    ended_at=NOON,
    outcome="completed",
    ivr_path=("en", "support"),
    decisions=({"agent": "ana"},),
    segments=(Segment(seq=1, agent_id="ana", offered_at=NOON, answered_at=NOON),),
)


class Watched(OwnBooks):
    """Notices what the daemon does itself."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.done = list[str]()

    @override
    async def look_up(self, ani: str, **more: Any) -> CallerFile:
        self.done.append("look_up")
        return await super().look_up(ani, **more)

    @override
    async def record(self, records: Sequence[Interaction]) -> None:
        self.done.append("record")
        await super().record(records)

    @override
    async def note(self, viewings: Sequence[Viewing]) -> None:
        self.done.append("note")
        await super().note(viewings)


@asynccontextmanager
async def at_work(own: Watched, url: str) -> AsyncIterator[Clerk]:
    clerk = Clerk(own, url)
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(clerk.run())
        await until(lambda: clerk.at_work or running.done())
        yield clerk
        running.cancel()


async def ask(books: OwnBooks | Clerk, number: str = NUMBER) -> CallerFile:
    return await books.look_up(number, region="US", queue="support", party_id=None)


async def test_he_finds_callers_as_the_daemon_would(url: str, database: Database) -> None:
    await a_full_party(database)
    own = Watched(database)
    async with at_work(own, url) as clerk:
        known, stranger = await ask(clerk), await ask(clerk, "+12025550199")
        assert own.done == []

    here = Database(url)
    await here.open()
    expected = await ask(OwnBooks(here))
    await here.close()
    assert msgspec.json.encode(known) == msgspec.json.encode(expected)
    assert known.linked_party_id is not None
    assert known.orders[0].total == expected.orders[0].total
    assert known.cases[0].opened_at == expected.cases[0].opened_at
    assert stranger.state is MatchState.NONE


async def test_he_writes_records_and_the_audit_log(url: str, database: Database) -> None:
    party = await a_full_party(database)
    own = Watched(database)
    async with at_work(own, url) as clerk:
        await clerk.record([replace(CALL, party_id=party.id)])
        await clerk.record([replace(CALL, party_id=party.id)])  # once more changes nothing
        await clerk.note([Viewing(AgentId("ana"), CallId("parley-1.1"), party.id)])
        assert own.done == []

    async with database.work() as work:
        everything = await work.interactions.everything()
        found = await work.interactions.of_call("parley-1.1")
        seen = await work.audit.of("party", party.id)
    assert [r.external_id for r in everything].count("parley-1.1") == 1
    assert found is not None
    assert found.outcome == "completed"
    assert list(found.ivr_path or ()) == ["en", "support"]
    assert [segment.agent_id for segment in found.segments] == ["ana"]
    assert [line.actor for line in seen if line.action == "viewed"] == ["ana"]


async def test_what_cannot_be_written_comes_back_as_the_error_it_is(
    url: str, database: Database
) -> None:
    async with at_work(Watched(database), url) as clerk:
        with pytest.raises(BadReference):
            await clerk.record([replace(CALL, party_id="00000000-0000-7000-8000-000000000000")])


async def test_a_database_that_cannot_be_used_leaves_the_work_to_the_daemon(
    tmp_path: Path, database: Database
) -> None:
    own = Watched(database)
    async with at_work(own, f"sqlite:///{tmp_path / 'nothing.db'}") as clerk:
        assert not clerk.at_work
        await ask(clerk)
    assert own.done == ["look_up"]


async def test_killed_over_his_work_the_daemon_does_it(url: str, database: Database) -> None:
    own = Watched(database)
    async with at_work(own, url) as clerk:
        assert clerk.pid is not None
        os.kill(clerk.pid, signal.SIGSTOP)
        async with asyncio.TaskGroup() as tasks:
            asked = tasks.create_task(ask(clerk))
            tasks.create_task(clerk.record([CALL]))
            await asyncio.sleep(0.05)
            assert not asked.done()
            os.kill(clerk.pid, signal.SIGKILL)
        assert sorted(own.done) == ["look_up", "record"]
        assert not clerk.at_work

    async with database.work() as work:
        assert len(await work.interactions.everything()) == 1


async def test_he_is_given_our_environment_and_no_path_of_ours(
    url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("PARLEY_MARK", "ours")
    async with at_work(Watched(database), url) as clerk:
        environ = await asyncio.to_thread(Path(f"/proc/{clerk.pid}/environ").read_text)
    assert {"PYTHONPATH=/nowhere", "PARLEY_MARK=ours"} <= set(environ.split("\0"))


async def test_he_does_not_outlive_the_daemon(url: str, database: Database) -> None:
    async with at_work(Watched(database), url) as clerk:
        pid = clerk.pid
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)

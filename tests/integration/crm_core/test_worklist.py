"""What waits for an agent, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crm_core.domain.errors import BadValue, Stale
from crm_core.domain.interaction import Interaction, Segment
from crm_core.domain.party import Party
from crm_core.domain.task import Task, TaskKind, TaskState
from crm_core.services import tasks, wrap_up
from crm_core.services.tasks import Change
from crm_core.services.wrap_up import FollowUp, Form
from crm_core.storage.database import Database
from tests.integration.crm_core.conftest import NOON, Clock

pytestmark = pytest.mark.integration

MINUTE = timedelta(minutes=1)
GRACE = "+12025550143"


def answered(call: str, agent: str = "ana", *, at: timedelta = timedelta(0)) -> Interaction:
    """A call that was answered and wrapped up without an outcome."""
    start = NOON + at
    return Interaction(
        external_id=call,
        ani=GRACE,
        queue="support",
        agent_id=agent,
        started_at=start,
        answered_at=start,
        ended_at=start + MINUTE,
        outcome="completed",
        segments=(
            Segment(
                seq=1,
                agent_id=agent,
                queue="support",
                offered_at=start,
                answered_at=start,
                ended_at=start + MINUTE,
                wrapped=MINUTE,
            ),
        ),
    )


def given_up(call: str, *, queue: str = "support", ani: str = GRACE, rang: str = "") -> Interaction:
    """A call whose caller gave up waiting, perhaps after it rang an agent in vain."""
    segments = (Segment(seq=1, agent_id=rang, offered_at=NOON, outcome="rona"),) if rang else ()
    return Interaction(
        external_id=call,
        ani=ani,
        queue=queue,
        started_at=NOON,
        queued_at=NOON,
        ended_at=NOON + MINUTE,
        waited=MINUTE,
        outcome="abandoned_in_queue",
        segments=segments,
    )


async def record(database: Database, *calls: Interaction) -> None:
    async with database.work() as work:
        await work.interactions.record(*calls)
        await work.commit()


async def unfinished(database: Database, agent: str = "ana", but: str = "") -> list[str]:
    async with database.work() as work:
        now = work.clock()
        rows = await work.worklist.unfinished(agent, now=now, but=but, limit=10)
        assert await work.worklist.unfinished_count(agent, now=now, but=but) == len(rows)
    return [row.external_id for row in rows]


async def missed(database: Database, agent: str = "ana", *queues: str) -> list[str]:
    async with database.work() as work:
        rows = await work.worklist.missed(agent, queues, now=work.clock(), limit=10)
    return [row.queue + ("!" if row.rang else "") for row in rows]


async def test_a_call_whose_wrap_up_ran_out_waits_for_its_agent_until_it_is_filed(
    database: Database,
) -> None:
    await record(database, answered("c1"), answered("c2", at=MINUTE), answered("c3", "ben"))
    assert await unfinished(database) == ["c2", "c1"]
    assert await unfinished(database, but="c2") == ["c1"]

    async with database.work(actor="ana") as work:
        (_, row) = await work.worklist.unfinished("ana", now=NOON, limit=10)
        found = await work.interactions.get(row.id)
        await wrap_up.complete(work, row.id, Form(disposition="resolved"), version=found.version)
    assert await unfinished(database) == ["c2"]


async def test_a_draft_is_kept_with_its_call_and_goes_when_the_call_is_filed(
    database: Database, clock: Clock
) -> None:
    await record(database, answered("c1"))
    form = {"note": "wants a call back", "follow_up": "callback"}
    async with database.work(actor="ana") as work:
        await work.drafts.put("c1", {"note": "wa"})
        await work.commit()
        await work.drafts.put("c1", form)
        await work.commit()
        (row,) = await work.worklist.unfinished("ana", now=NOON, limit=10)
        assert row.form == form
    clock.pass_(timedelta(days=100))
    assert await unfinished(database) == ["c1"]  # what was written is never forgotten

    async with database.work(actor="ana") as work:
        await wrap_up.finish(work, "c1", disposition="resolved")
        assert await work.drafts.find("c1") is None


async def test_a_call_without_outcome_or_draft_is_not_shown_for_ever(
    database: Database, clock: Clock
) -> None:
    await record(database, answered("c1"))
    clock.pass_(timedelta(days=15))
    assert await unfinished(database) == []


async def test_unfinished_calls_come_in_pages_without_a_gap(database: Database) -> None:
    await record(database, *(answered(f"c{n}", at=n // 2 * MINUTE) for n in range(5)))
    async with database.work() as work:
        seen, after = list[str](), None
        while page := await work.worklist.unfinished("ana", now=NOON, after=after, limit=2):
            seen += [row.external_id for row in page]
            after = (page[-1].at, page[-1].id)
    assert sorted(seen) == ["c0", "c1", "c2", "c3", "c4"]
    assert seen[0] == "c4"


async def test_a_filed_call_can_be_corrected_by_who_read_the_newest_version(
    database: Database,
) -> None:
    await record(database, answered("c1"))
    async with database.work(actor="ana") as work:
        await wrap_up.finish(work, "c1", disposition="resolved", note="all well")
        filed = await work.interactions.of_call("c1")
        assert filed is not None
        form = Form(disposition="callback_promised", note="not yet", follow_up=FollowUp.CALLBACK)
        outcome = await wrap_up.complete(work, filed.id, form, version=filed.version)
        with pytest.raises(Stale):
            await wrap_up.complete(work, filed.id, form, version=filed.version)
        after = await work.interactions.of_call("c1")
        (correction, filing) = await work.audit.of("interaction", filed.id)
    assert after is not None
    assert (after.disposition, after.note) == ("callback_promised", "not yet")
    assert outcome.task is not None
    assert outcome.task.interaction_id == filed.id
    assert (correction.actor, correction.action) == ("ana", "changed")
    assert correction.details == {
        "disposition": ["resolved", "callback_promised"],
        "note": ["all well", "not yet"],
    }
    assert filing.details["disposition"] == ["", "resolved"]


async def test_missed_calls_are_those_that_rang_in_vain_and_those_given_up_in_the_agents_queues(
    database: Database,
) -> None:
    await record(
        database,
        given_up("c1", ani="+12025550101"),
        given_up("c2", ani="+12025550102", queue="billing"),
        given_up("c3", ani="+12025550103", queue="sales", rang="ana"),
        answered("c4"),
    )
    assert sorted(await missed(database, "ana", "support")) == ["sales!", "support"]
    assert sorted(await missed(database, "ben")) == ["billing", "sales", "support"]


async def test_who_has_got_through_since_is_no_missed_call_any_more(database: Database) -> None:
    await record(database, given_up("c1"))
    assert await missed(database) == ["support"]
    await record(database, answered("c2", "ben", at=MINUTE))
    assert await missed(database) == []


async def test_withheld_numbers_are_not_taken_for_one_caller(database: Database) -> None:
    await record(
        database,
        given_up("c1", ani="anonymous"),
        replace(answered("c2", "ben", at=MINUTE), ani="anonymous"),
    )
    assert await missed(database) == ["support"]


async def test_a_missed_call_is_seen_to_once(database: Database) -> None:
    await record(database, given_up("c1"))
    async with database.work(actor="ana") as work:
        (row,) = await work.worklist.missed("ana", (), now=NOON, limit=10)
        task = await tasks.see_to_missed(work, row.id, done=False)
        with pytest.raises(BadValue):
            await tasks.see_to_missed(work, row.id, done=True)
        (mine,) = await work.worklist.tasks_of("ana", limit=10)
    assert (mine.id, mine.number, mine.assignee_id) == (task.id, GRACE, "ana")
    assert await missed(database, "ben") == []


async def test_a_promise_is_listed_until_it_is_done_and_the_timeline_tells_it(
    database: Database, clock: Clock
) -> None:
    async with database.work(actor="ana") as work:
        party = await work.parties.add(Party(display_name="Grace Holloway"))
        await work.commit()
        task = await work.tasks.add(
            Task(
                kind=TaskKind.CALLBACK,
                subject="",
                due_at=NOON + MINUTE,
                assignee_id="ana",
                queue="support",
                party_id=party.id,
            )
        )
        await work.commit()
        (row,) = await work.worklist.tasks_of("ana", limit=10)
        assert (row.party_name, row.due_at) == ("Grace Holloway", NOON + MINUTE)
        assert await work.worklist.task_counts("ana", now=NOON) == (1, 0)
        clock.pass_(MINUTE)
        assert await work.worklist.task_counts("ana", now=work.clock()) == (1, 1)

        done = await tasks.change_task(
            work, task.id, Change(state=TaskState.DONE), version=task.version
        )
        assert await work.worklist.tasks_of("ana", limit=10) == []
        assert done.done_at == clock.now
        (told,) = await work.timeline.page(party.id)
        assert told.kind == "callback_done"

        again = await tasks.change_task(
            work, task.id, Change(state=TaskState.OPEN), version=done.version
        )
    assert (again.state, again.done_at) == (TaskState.OPEN, None)


async def test_tasks_of_others_in_the_agents_queues_can_be_taken_over(database: Database) -> None:
    async with database.work(actor="ana") as work:
        for queue, whose in (("support", "ben"), ("billing", "ben"), ("support", None)):
            await work.tasks.add(
                Task(
                    kind=TaskKind.CALLBACK,
                    subject=queue,
                    due_at=NOON,
                    assignee_id=whose,
                    queue=queue,
                )
            )
        await work.commit()
        rows = await work.worklist.tasks_of_others("ana", ("support",), limit=10)
        assert [row.queue for row in rows] == ["support", "support"]
        assert await work.worklist.others_count("ana", ()) == 3
        await tasks.change_task(
            work, rows[0].id, Change(assignee_id="ana"), version=rows[0].version
        )
        with pytest.raises(Stale):
            await tasks.change_task(
                work, rows[0].id, Change(assignee_id="cem"), version=rows[0].version
            )
        assert len(await work.worklist.tasks_of("ana", limit=10)) == 1

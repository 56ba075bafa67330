"""What waits for an agent, over real HTTP: drafts, filing afterwards, missed calls, promises."""

from datetime import timedelta
from typing import Any

import pytest

from acd import commands as c
from acd.ids import CallId
from acd.reasons import EndReason
from crm_core.domain.interaction import Interaction, Segment
from crm_core.domain.party import Party
from crm_core.domain.task import Task, TaskKind
from tests.integration.agent_desktop.conftest import Start
from tests.integration.agent_desktop.desk import NINE, Browser, Desk
from tests.integration.agent_desktop.test_rest import in_call

pytestmark = pytest.mark.integration

MINUTE = timedelta(minutes=1)
FORM = {
    "note": "wants a call back",
    "disposition": "callback_promised",
    "follow_up": "callback",
    "proposed": True,
    "subject": "Invoice",
    "due_at": "2026-03-03T09:00:00Z",
    "case_id": None,
}


async def nancy(desk: Desk) -> str:
    async with desk.database.work() as work:
        party = await work.parties.add(Party(display_name="Nancy Miller"))
        await work.commit()
    return party.id


async def ended(desk: Desk, call: str, agent: str = "ana", party: str | None = None) -> None:
    """A call of the agent is over and its wrap-up ran out."""
    segment = Segment(seq=1, agent_id=agent, offered_at=NINE, answered_at=NINE, wrapped=MINUTE)
    await record(
        desk,
        Interaction(
            external_id=call,
            party_id=party,
            ani="+12025550143",
            queue="sales",
            agent_id=agent,
            started_at=NINE,
            answered_at=NINE,
            ended_at=NINE + MINUTE,
            outcome="completed",
            segments=(segment,),
        ),
    )


async def given_up(desk: Desk, call: str = "m1") -> None:
    await record(
        desk,
        Interaction(
            external_id=call,
            ani="+12025550199",
            queue="sales",
            started_at=NINE,
            ended_at=NINE + MINUTE,
            waited=MINUTE,
            outcome="abandoned_in_queue",
        ),
    )


async def record(desk: Desk, call: Interaction) -> None:
    async with desk.database.work() as work:
        await work.interactions.record(call)
        await work.commit()


async def listed(browser: Browser, path: str) -> dict[str, Any]:
    answer = await browser.ask("GET", f"/api/work/{path}")
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


async def test_a_draft_is_shown_in_every_window_and_outlives_the_log_out(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        call = await in_call(desk)
        assert (await ana.ask("PUT", f"/api/calls/{call}/draft", FORM)).status == 200
        live = desk.hub.current("agent:ana", "draft")
        assert (live.call, live.note, live.follow_up, live.proposed) == (
            call,
            "wants a call back",
            "callback",
            True,
        )
        again = await desk.signed_in("ana")
        kept = await again.ask("GET", f"/api/calls/{call}/draft")
        assert kept.json == {"draft": FORM}
        ben = await desk.signed_in("ben")
        assert (await ben.ask("GET", f"/api/calls/{call}/draft")).json == {"draft": None}


async def test_a_call_whose_time_ran_out_can_still_be_written_on_and_filed_once(
    start: Start,
) -> None:
    async with start() as desk:
        ana, party = await desk.signed_in("ana"), await nancy(desk)
        await ended(desk, "c1", party=party)
        assert (await ana.ask("PUT", "/api/calls/c1/draft", FORM)).status == 200

        (waiting,) = (await listed(ana, "unfinished"))["items"]
        assert (waiting["call"], waiting["party_name"], waiting["note"]) == (
            "c1",
            "Nancy Miller",
            "wants a call back",
        )
        path = f"/api/contacts/{waiting['id']}"
        contact = (await ana.ask("GET", path)).json
        assert contact["draft"] == FORM
        form = {key: value for key, value in FORM.items() if key != "proposed"}
        body = {**form, "version": contact["version"]}
        filed = await ana.ask("PUT", f"{path}/outcome", body)
        assert filed.status == 200, filed.text
        assert (filed.json["disposition"], filed.json["draft"]) == ("callback_promised", None)
        assert [task["subject"] for task in filed.json["tasks"]] == ["Invoice"]

        assert (await listed(ana, "unfinished"))["items"] == []
        (task,) = (await listed(ana, "tasks"))["items"]
        assert (task["party_name"], task["mine"]) == ("Nancy Miller", True)
        assert desk.backend.filings == [("ana", "c1", "callback_promised")]
        assert desk.hub.has("agent:ana", "work")
        assert desk.hub.has("parties", party)
        stale = await ana.ask("PUT", f"{path}/outcome", body)
        assert (stale.status, stale.code) == (409, "stale")
        late = await ana.ask("PUT", "/api/calls/c1/draft", FORM)
        assert (late.status, late.code) == (409, "not_your_call")


async def test_the_call_that_is_being_wrapped_up_is_not_called_unfinished(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        call = await in_call(desk)
        await desk.backend.ask(c.EndCall(call=CallId(call), why=EndReason.CALLER_HUNG_UP))
        await ended(desk, call)
        assert (await ana.ask("PUT", f"/api/calls/{call}/draft", FORM)).status == 200
        assert (await listed(ana, "unfinished"))["total"] == 0
        desk.backend.wrap_up_is_over("ana")
        assert (await listed(ana, "unfinished"))["total"] == 1


async def test_others_calls_are_not_there_for_an_agent_but_for_a_supervisor(start: Start) -> None:
    async with start() as desk:
        ana, ben, sam = [await desk.signed_in(user) for user in ("ana", "ben", "sam")]
        await ended(desk, "c1")
        (waiting,) = (await listed(ana, "unfinished"))["items"]
        path = f"/api/contacts/{waiting['id']}"
        outcome = {"disposition": "resolved", "version": 1}
        assert (await ben.ask("GET", path)).status == 404
        assert (await ben.ask("PUT", f"{path}/outcome", outcome)).status == 404
        assert (await ben.ask("PUT", "/api/calls/c1/draft", FORM)).status == 409
        assert (await sam.ask("GET", path)).json["agent"] == "Ana"
        corrected = await sam.ask("PUT", f"{path}/outcome", outcome)
        assert corrected.status == 200, corrected.text
        async with desk.database.work() as work:
            lines = await work.audit.of("interaction", waiting["id"])
        assert [line.actor for line in lines if line.action == "changed"] == ["sam"]


async def test_a_missed_call_is_taken_by_one_and_gone_for_all(start: Start) -> None:
    async with start() as desk:
        ana, ben = await desk.signed_in("ana"), await desk.signed_in("ben")
        await given_up(desk)
        (call,) = (await listed(ben, "missed"))["items"]
        assert (call["number"], call["waited_s"], call["rang"]) == ("+12025550199", 60.0, False)
        path = f"/api/contacts/{call['id']}/callback"
        taken = await ana.ask("POST", path, {})
        assert (taken.status, taken.json["mine"]) == (201, True)
        assert (await listed(ben, "missed"))["total"] == 0
        refused = await ben.ask("POST", path, {"done": True})
        assert (refused.status, refused.code) == (409, "not_missed")


async def test_a_promise_is_done_undone_moved_and_taken_over(start: Start) -> None:
    async with start() as desk:
        ana, ben = await desk.signed_in("ana"), await desk.signed_in("ben")
        async with desk.database.work(actor="ana") as work:
            task = await work.tasks.add(
                Task(
                    kind=TaskKind.CALLBACK,
                    subject="",
                    due_at=NINE - MINUTE,
                    assignee_id="ana",
                    queue="sales",
                    number="+12025550143",
                )
            )
            await work.commit()
        mine = await listed(ana, "tasks")
        assert (mine["total"], mine["due"]) == (1, 1)
        path, version = f"/api/tasks/{task.id}", 1
        refused = await ben.ask("PATCH", path, {"version": version, "state": "done"})
        assert (refused.status, refused.code) == (409, "not_your_task")
        for change in (
            {"state": "done"},
            {"state": "open"},
            {"due_at": "2026-03-02T10:00:00Z"},
        ):
            changed = await ana.ask("PATCH", path, {"version": version, **change})
            assert changed.status == 200, changed.text
            version = changed.json["version"]
            if changed.json["state"] == "done":
                late = await ben.ask("PATCH", path, {"version": version, "take": True})
                assert (late.status, late.code) == (409, "not_your_task")
        assert (await listed(ana, "tasks"))["due"] == 0
        (seen,) = (await listed(ben, "tasks?whose=others"))["items"]
        assert (seen["assignee"], seen["mine"]) == ("Ana", False)
        taken = await ben.ask("PATCH", path, {"version": version, "take": True})
        assert (taken.json["assignee"], taken.json["mine"]) == ("Ben", True)
        assert (await ana.ask("PATCH", path, {"version": version})).status == 409
        assert (await listed(ana, "tasks"))["total"] == 0


@pytest.mark.parametrize("due", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
async def test_no_promise_at_the_edge_of_time_makes_the_list_unreadable(
    start: Start, due: str
) -> None:
    async with start() as desk:
        ana, party = await desk.signed_in("ana"), await nancy(desk)
        await ended(desk, "c1", party=party)
        async with desk.database.work(actor="ana") as work:
            task = await work.tasks.add(
                Task(kind=TaskKind.CALLBACK, subject="Invoice", due_at=NINE, assignee_id="ana")
            )
            await work.commit()
        body = {"version": task.version, "due_at": due}
        assert (await ana.ask("PATCH", f"/api/tasks/{task.id}", body)).code == "invalid"
        assert [one["id"] for one in (await listed(ana, "tasks"))["items"]] == [task.id]


async def test_lists_come_in_pages_and_a_foreign_place_is_refused(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        for call in ("c1", "c2", "c3"):
            await ended(desk, call)
        first = await listed(ana, "unfinished?limit=2")
        rest = await ana.ask(
            "GET", "/api/work/unfinished", params={"limit": "2", "after": first["next"]}
        )
        assert len(first["items"]) + len(rest.json["items"]) == 3
        assert (rest.json["next"], first["total"]) == ("", 3)
        for place in ("x", "9999-12-31T23:59:59-23:00~x", "2026-03-02T09:00:00~1"):
            for path in ("unfinished", "missed", "tasks"):
                bad = await ana.ask("GET", f"/api/work/{path}", params={"after": place})
                assert (bad.status, bad.code) == (422, "bad_cursor"), (path, place)

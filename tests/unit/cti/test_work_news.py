"""Pages hear when a call that is over changes what waits for their agents."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from acd import commands as ask
from acd.agent import AgentState
from acd.ids import AgentId, CallId
from acd.reasons import NotReadyReason
from agent_desktop.server import protocol as p
from tests.fakes.house import House, house
from tests.unit.cti.people_who_call import GRACE, STRANGER, add_grace

pytestmark = pytest.mark.unit

ANA, BEN = AgentId("ana"), AgentId("ben")


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as made:
        yield made


async def talks(place: House, number: str = STRANGER) -> CallId:
    await place.sign_in("ana")
    call = CallId(place.asterisk.caller_rings(number))
    await place.settle()
    return call


async def wraps_up(place: House, number: str = STRANGER) -> CallId:
    call = await talks(place, number)
    place.asterisk.hang_up(call)
    await place.settle()
    assert place.agent("ana").state is AgentState.WRAP_UP
    return call


async def test_the_agent_whose_wrap_up_ran_out_is_told_that_something_waits(place: House) -> None:
    grace = await add_grace(place.database)
    call = await wraps_up(place, GRACE)
    await place.daemon.engine.ask(ask.GoReady(agent=ANA))
    await place.daemon.recorder.stored(call)
    await place.until(lambda: place.shown("ana", "work"))
    assert place.daemon.hub.has("parties", grace.id)
    async with place.database.work() as work:
        (row,) = await work.worklist.unfinished("ana", now=work.clock(), limit=5)
    assert row.external_id == call


async def test_a_caller_who_gave_up_is_told_to_the_agents_of_the_queue(place: House) -> None:
    await place.sign_in("ben")
    await place.take_a_break("ben")
    call = CallId(place.asterisk.caller_rings(STRANGER))
    await place.settle()
    place.asterisk.hang_up(call)
    await place.settle()
    await place.daemon.recorder.stored(call)
    await place.until(lambda: place.shown("ben", "work"))
    assert place.shown("ana", "work") is None  # not signed in


async def test_the_wrap_up_says_to_when_it_can_be_extended(place: House) -> None:
    await wraps_up(place)
    view = place.shown("ana", "wrap_up")
    assert view.latest == place.daemon.engine.floor.wrap_up_limit(place.agent("ana"))


async def test_a_draft_goes_from_the_page_with_its_call(place: House) -> None:
    call = await wraps_up(place)
    draft = p.Draft(
        call=call,
        note="x",
        disposition="",
        follow_up="",
        proposed=False,
        subject="",
        due_at=None,
        case_id=None,
    )
    place.daemon.hub.put("agent:ana", "draft", draft)
    await place.daemon.engine.ask(
        ask.ExtendWrapUp(agent=ANA, more=place.daemon.settings.timeouts.database)
    )
    assert place.shown("ana", "draft") == draft
    await place.daemon.engine.ask(ask.GoReady(agent=ANA))
    assert place.shown("ana", "draft") is None


async def test_the_day_takes_the_outcome_of_a_call_that_is_filed_afterwards(place: House) -> None:
    call = await wraps_up(place)
    await place.daemon.engine.ask(ask.GoReady(agent=ANA))
    assert place.shown("ana", "today").recent[0].disposition == ""
    place.daemon.backend.filed(ANA, call, "resolved")
    assert place.shown("ana", "today").recent[0].disposition == "resolved"


async def test_an_agent_sees_who_set_her_state_and_the_audit_log_knows_it(place: House) -> None:
    await place.sign_in("ana")
    force = ask.GoNotReady(agent=ANA, reason=NotReadyReason.FORCED, by=BEN)
    await place.daemon.backend.ask(force)
    me = place.shown("ana", "me")
    assert (me.reason, me.by) == ("forced", place.daemon.people.name_of("ben"))
    assert me.by not in ("", "ben")
    await place.daemon.backend.ask(ask.GoReady(agent=ANA))
    assert place.shown("ana", "me").by == ""

    async def noted() -> list[tuple[str, str]]:
        async with place.database.work() as work:
            return [(line.actor, line.action) for line in await work.audit.of("user", "ana")]

    await place.settle()
    assert ("ben", "set_not_ready") in await noted()


async def test_a_state_asked_for_by_a_supervisor_in_a_call_is_named_beforehand(
    place: House,
) -> None:
    await talks(place)
    await place.daemon.backend.ask(ask.LogOut(agent=ANA, by=BEN))
    me = place.shown("ana", "me")
    assert (me.next_state, me.next_by, me.by) == (
        "logged_out",
        place.daemon.people.name_of("ben"),
        "",
    )

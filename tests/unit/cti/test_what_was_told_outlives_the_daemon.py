"""What the menus and the agent learnt of a caller is known to the next daemon, too."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from acd import commands as ask
from acd.call import CallState
from acd.ids import AgentId, CallId
from crm_core.domain.errors import StorageUnavailable
from crm_core.domain.interaction import Interaction
from cti.books import OwnBooks
from tests.fakes.asterisk import FakeAsterisk, PhoneManner
from tests.fakes.house import House, house
from tests.unit.cti.people_who_call import GRACE, HOUSEHOLD, add_grace, add_party
from tests.unit.cti.test_flow_of_a_call import MENU_SITE
from tests.unit.cti.test_visits import proves_to_be

pytestmark = pytest.mark.unit


async def shows_all(place: House, agent: str) -> None:
    """The agent's pop is complete."""
    await place.until(lambda: place.shown(agent, "pop") and place.shown(agent, "pop").complete)


async def forgotten(place: House, call: str) -> bool:
    """Nothing is noted of the call once its record is stored."""
    await place.daemon.recorder.stored(CallId(call))
    return await place.daemon.journal.memos() == []


async def test_who_proved_himself_and_waits_is_shown_as_verified_after_a_restart(
    tmp_path: Path,
) -> None:
    asterisk = FakeAsterisk()
    async with house(tmp_path, site=MENU_SITE, asterisk=asterisk) as place:
        grace = await add_grace(place.database)
        caller = await proves_to_be(place, grace)
        learnt = place.daemon.callers.get(CallId(caller))
        assert learnt is not None

    async with house(tmp_path, site=MENU_SITE, asterisk=asterisk) as place:
        await asterisk.come_back()
        await place.sign_in("ana", PhoneManner.RINGS)
        await place.settle()
        assert place.call(caller).state is CallState.OFFERED
        await shows_all(place, "ana")

        pop = place.shown("ana", "pop")
        assert (pop.verified, pop.party.id) == (True, grace.id)
        assert pop.ivr_path == list(learnt.path) != []
        asterisk.hang_up(caller)
        await place.settle()
        record = await place.record(caller)
        assert (record.party_id, record.verified) == (grace.id, True)
        assert record.ivr_path == learnt.path
        assert await forgotten(place, caller)


async def test_whom_the_agent_chose_while_she_talks_is_shown_after_a_restart(
    tmp_path: Path,
) -> None:
    asterisk = FakeAsterisk()
    async with house(tmp_path, asterisk=asterisk) as place:
        _, bea = [await add_party(place.database, n, HOUSEHOLD, shared=True) for n in ("Liu", "B")]
        await place.sign_in("ana")
        caller = asterisk.caller_rings(HOUSEHOLD)
        await place.settle()
        assert place.call(caller).state is CallState.TALKING
        await place.daemon.backend.choose_party(CallId(caller), bea.id)

    async with house(tmp_path, asterisk=asterisk) as place:
        await asterisk.come_back()
        await shows_all(place, "ana")
        assert place.shown("ana", "pop").party.id == bea.id
        assert not place.shown("ana", "pop").verified
        asterisk.hang_up(caller)
        await place.settle()

    async with house(tmp_path, asterisk=asterisk) as place:  # she writes her wrap-up meanwhile
        await shows_all(place, "ana")
        assert place.shown("ana", "pop").party.id == bea.id
        await place.daemon.engine.ask(ask.FinishWrapUp(agent=AgentId("ana")))
        await place.settle()
        assert (await place.record(caller)).party_id == bea.id
        assert await forgotten(place, caller)


async def test_whoever_proved_himself_and_left_before_it_was_recorded_is_recorded_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(self: OwnBooks, records: Sequence[Interaction]) -> None:
        raise StorageUnavailable("away")

    asterisk = FakeAsterisk()
    with monkeypatch.context() as while_away:
        while_away.setattr(OwnBooks, "record", away)
        async with house(tmp_path, site=MENU_SITE, asterisk=asterisk) as place:
            grace = await add_grace(place.database)
            caller = await proves_to_be(place, grace)
            asterisk.hang_up(caller)
            await place.settle()

    async with house(tmp_path, site=MENU_SITE, asterisk=asterisk) as place:
        record = await place.record(caller)
        assert (record.party_id, record.verified) == (grace.id, True)
        assert record.ivr_path
        assert await forgotten(place, caller)


async def test_an_agent_who_knows_better_takes_the_proof_off_the_record(tmp_path: Path) -> None:
    async with house(tmp_path, site=MENU_SITE) as place:
        grace = await add_grace(place.database)
        bea = await add_party(place.database, "Bea", HOUSEHOLD)
        await place.sign_in("ana")
        caller = await proves_to_be(place, grace)
        await place.until(lambda: place.call(caller).state is CallState.TALKING)
        assert (await place.record(caller)).verified

        await place.daemon.backend.choose_party(CallId(caller), bea.id)

        assert not place.shown("ana", "pop").verified
        record = await place.record(caller)
        assert (record.party_id, record.verified) == (bea.id, False)


async def test_who_rang_today_is_still_named_after_a_restart(tmp_path: Path) -> None:
    asterisk, ana = FakeAsterisk(), AgentId("ana")

    def named(place: House) -> list[tuple[str, str | None]]:
        today = place.daemon.day.today(ana, place.daemon.clock.now())
        return [(line.party_name, line.party_id) for line in today.recent]

    async with house(tmp_path, asterisk=asterisk) as place:
        grace = await add_grace(place.database)
        caller = await place.talking(GRACE)
        await place.until(lambda: place.daemon.callers.name_of(CallId(caller)))
        asterisk.hang_up(caller)
        await place.settle()
        await place.daemon.backend.ask(ask.FinishWrapUp(agent=ana, disposition="resolved"))
        await place.daemon.recorder.stored(CallId(caller))
        assert named(place) == [("Grace Holloway", grace.id)]

    async with house(tmp_path, asterisk=asterisk) as place:
        assert named(place) == [("", None)]
        await place.sign_in("ana")
        await place.until(lambda: named(place) == [("Grace Holloway", grace.id)])
        shown = place.daemon.hub.current("agent:ana", "today")
        assert [line.party_name for line in shown.recent] == ["Grace Holloway"]

"""Who is calling, on the agent's screen while her phone rings."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from acd import commands as ask
from acd.ids import AgentId, CallId
from acd.reasons import EndReason
from crm_core.domain.errors import StorageUnavailable
from crm_core.storage.database import Database
from tests.fakes.asterisk import PhoneManner
from tests.fakes.house import House, house
from tests.unit.cti.people_who_call import (
    GRACE,
    HOUSEHOLD,
    STRANGER,
    add_grace,
    add_party,
)

pytestmark = pytest.mark.unit


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as made:
        await made.sign_in("ana", PhoneManner.RINGS)
        yield made


async def rings(place: House, number: str) -> CallId:
    """The call rings at Ana's, and all that can be known is on her screen."""
    call = CallId(place.asterisk.caller_rings(number))
    await place.settle()
    await place.until(lambda: place.shown("ana", "pop") and place.shown("ana", "pop").complete)
    assert place.shown("ana", "offer").call == call
    return call


async def test_a_known_caller_is_shown_with_all_that_is_known(place: House) -> None:
    party = await add_grace(place.database)

    call = await rings(place, GRACE)

    pop = place.shown("ana", "pop")
    assert (pop.call, pop.state, pop.verified) == (call, "one", False)
    assert (pop.party.id, pop.party.name, pop.party.tier) == (party.id, "Grace Holloway", "vip")
    assert [case.subject for case in pop.cases] == ["Third delivery date missed"]
    assert [order.state for order in pop.orders] == ["shipped"]
    assert [contact.queue for contact in pop.contacts] == ["support"]
    assert pop.reasons
    assert pop.suggestions
    assert {alert.kind for alert in pop.alerts} >= {"vip", "open_complaint"}
    row = place.daemon.hub.current("calls", call)
    assert row.caller == "Grace Holloway"
    assert place.daemon.hub.current("agents", "ana").caller == "Grace Holloway"


async def test_a_stranger_is_shown_as_one(place: House) -> None:
    await rings(place, STRANGER)
    pop = place.shown("ana", "pop")
    assert (pop.state, pop.party, pop.candidates) == ("none", None, [])


async def test_several_parties_of_one_number_are_candidates_to_choose_from(place: House) -> None:
    parties = [
        await add_party(place.database, name, HOUSEHOLD, shared=True) for name in ("Liu", "Bea")
    ]
    call = await rings(place, HOUSEHOLD)
    pop = place.shown("ana", "pop")
    assert pop.state == "many"
    assert {candidate.party_id for candidate in pop.candidates} == {p.id for p in parties}

    await place.daemon.backend.choose_party(call, parties[1].id)

    pop = place.shown("ana", "pop")
    assert pop.party.name == "Bea"
    assert place.daemon.callers.party_of(call) == parties[1].id


async def test_who_proved_himself_in_the_menus_is_shown_as_verified(place: House) -> None:
    grace = await add_grace(place.database)
    call = await rings(place, STRANGER)

    place.daemon.callers.identified(
        call, path=("ivr.menu.order_status",), party_id=grace.id, verified=True
    )
    await place.until(lambda: place.shown("ana", "pop").party is not None)

    pop = place.shown("ana", "pop")
    assert (pop.state, pop.verified, pop.party.id) == ("one", True, grace.id)
    assert pop.ivr_path == ["ivr.menu.order_status"]


async def test_a_customer_base_that_is_away_shows_the_number_and_says_so(
    place: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(self: Database, *_: object, **__: object) -> None:
        raise StorageUnavailable("away")

    monkeypatch.setattr(Database, "work", away)
    await rings(place, GRACE)

    pop = place.shown("ana", "pop")
    assert (pop.ani, pop.ani_kind, pop.region) == (GRACE, "valid", "US")
    assert (pop.state, pop.party, pop.complete) == ("none", None, True)


async def test_the_pop_stays_through_the_wrap_up_and_goes_with_it(place: House) -> None:
    call = await rings(place, STRANGER)
    place.asterisk.answer(place.asterisk.agents_leg(call))
    await place.settle()
    place.asterisk.hang_up(call)
    await place.settle()
    assert place.shown("ana", "pop") is not None
    assert place.shown("ana", "wrap_up").call == call

    await place.daemon.engine.ask(ask.FinishWrapUp(agent=AgentId("ana")))

    assert place.shown("ana", "pop") is None
    assert place.shown("ana", "wrap_up") is None


async def test_news_of_a_caller_nobody_has_any_more_shows_nothing(place: House) -> None:
    call = await rings(place, STRANGER)
    await place.daemon.engine.ask(ask.EndCall(call=call, why=EndReason.FAILED))
    await place.settle()

    place.daemon.screen_pop.changed(call)
    place.daemon.screen_pop.changed(CallId("never heard of"))

    assert place.shown("ana", "pop") is None

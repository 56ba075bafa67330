"""Who is calling, on the agent's screen while her phone rings."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from acd import commands as ask
from acd.ids import AgentId, CallId
from acd.reasons import EndReason
from agent_desktop.server.protocol import Delta
from crm_core.domain.caller import CallerFile
from crm_core.domain.errors import StorageUnavailable
from crm_core.storage.database import Database
from cti.books import LookingUp
from tests.fakes.asterisk import PhoneManner
from tests.fakes.house import House, house
from tests.fakes.hub_clients import Browser
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


class Page(Browser):
    """A browser that is sent what the server sends."""

    @override
    def deliver(self, frame: bytes) -> bool:
        return super().deliver(frame[frame.index(b"{") :])


def told(page: Page) -> list[set[str]]:
    """What each frame put, of what a call brings to the page."""
    deltas = (frame for frame in page.frames if isinstance(frame, Delta))
    keys = ({*delta.put} & {"offer", "pop", "call"} for delta in deltas)
    return [each for each in keys if each]


async def test_ringing_and_caller_are_told_in_one_frame(place: House) -> None:
    await add_grace(place.database)
    page = Page()
    place.daemon.hub.subscribe(page, ["agent:ana"])

    await rings(place, GRACE)

    assert told(page)[0] == {"offer", "pop"}


async def test_a_slow_customer_base_does_not_keep_the_ringing_secret(
    place: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = asyncio.Event()
    books = place.daemon.callers._books
    real = books.begin_look_up

    def slow(*args: Any, **more: Any) -> LookingUp:
        async def look_up() -> CallerFile:
            await answer.wait()
            return await real(*args, **more)()

        return look_up

    monkeypatch.setattr(books, "begin_look_up", slow)
    await add_grace(place.database)
    page = Page()
    place.daemon.hub.subscribe(page, ["agent:ana"])

    place.asterisk.caller_rings(GRACE)
    await place.until(lambda: told(page))
    assert told(page) == [{"offer", "pop"}]
    assert not page.values["agent:ana"]["pop"]["complete"]

    answer.set()
    await place.until(lambda: page.values["agent:ana"]["pop"]["complete"])
    assert told(page) == [{"offer", "pop"}, {"pop"}]


async def test_however_fast_she_answers_the_page_has_rung_before(tmp_path: Path) -> None:
    async with house(tmp_path) as place:
        await place.sign_in("ana")
        page = Page()
        place.daemon.hub.subscribe(page, ["agent:ana"])

        place.asterisk.caller_rings(STRANGER)
        await place.until(lambda: "call" in page.values["agent:ana"])

        assert "offer" in told(page)[0]
        assert "call" not in told(page)[0]


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

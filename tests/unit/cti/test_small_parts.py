"""Small parts of the wiring: doors, decisions, days, desks, the safety net, accounts, readiness."""

import asyncio
import resource
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typing_extensions import override

from acd import commands as ask
from acd import events as e
from acd.agent import AgentState
from acd.floor import Floor
from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.profile import AgentProfile, QueueProfile
from acd.reasons import EndReason
from crm_core import demo
from crm_core.domain.errors import StorageUnavailable
from crm_core.domain.pin import hash_pin
from crm_core.storage.database import Database
from cti.accounts import CrmAccounts
from cti.ari.errors import TimedOut
from cti.blackboard import Blackboard
from cti.call_control import TAKE_ENDPOINT, CallControl, PhoneKind, PhoneSpec
from cti.clock import SystemClock
from cti.day import RECENT, Day
from cti.doors import FlowDoor, QueueDoor, open_doors
from cti.journal import Entry
from cti.phones import agent_of, desk_phone, phone_id
from cti.readiness import ready
from cti.safety_net import SafetyNet
from cti.settings import Desktop as DesktopSettings
from cti.settings import Settings, Tls
from cti.tuning import FILES_ENOUGH, use_all_files
from cti.why import Decisions
from ivr.errors import FlowRefused
from ivr.load import FLOWS
from ivr.ports import AccountsUnavailable, NoOrder, OrderStatus
from prompts import catalogue
from telephony_config.model import DeskPhone, Number, ToEcho, ToFlow
from tests.fakes.asterisk import FakeAsterisk, PhoneManner
from tests.fakes.house import SITE, SUPPORT, House, house, until, user
from tests.fakes.hub_clients import Browser
from tests.unit.cti.people_who_call import PIN, STRANGER, add_grace, add_party
from tests.unit.cti.test_flow_of_a_call import MENU_SITE
from tests.unit.cti.test_recorder import Story, at

pytestmark = pytest.mark.unit

ANA = AgentId("ana")


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as made:
        yield made


def entries(*events: e.Event) -> list[Entry]:
    return [Entry(number, event) for number, event in enumerate(events, start=1)]


def test_the_clock_tells_aware_utc() -> None:
    assert SystemClock().now().tzinfo is UTC


# --- doors ----------------------------------------------------------------------------------------


def test_each_number_has_its_door_and_a_flow_is_loaded_once() -> None:
    chinese = replace(MENU_SITE.numbers[1], dnis="201", language="zh")
    echo = Number(dnis="290", label="Echo", language="en", target=ToEcho())
    site = replace(MENU_SITE, numbers=(*MENU_SITE.numbers, chinese, echo))

    doors = open_doors(site, catalogue().recorded())

    assert set(doors) == {"100", "200", "201"}
    assert doors["100"] == QueueDoor(queue=SUPPORT, language="en")
    asks, fixed = doors["200"], doors["201"]
    assert isinstance(asks, FlowDoor)
    assert isinstance(fixed, FlowDoor)
    assert asks.flow is fixed.flow
    now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert asks.facts(now) == {"hours": "open", "language": ""}
    assert fixed.facts(now) == {"hours": "open", "language": "zh"}


def test_a_flow_beside_the_site_file_comes_before_the_one_that_parley_brings(
    tmp_path: Path,
) -> None:
    site = replace(MENU_SITE, flows=tmp_path)
    own = (FLOWS / "demo.yaml").read_text().replace("longest: 10m", "longest: 3m")
    (tmp_path / "demo.yaml").write_text(own)

    door = open_doors(site, catalogue().recorded())["200"]

    assert isinstance(door, FlowDoor)
    assert door.flow.longest == timedelta(minutes=3)


def test_a_flow_that_is_nowhere_is_refused_with_the_place_where_it_may_be_written(
    tmp_path: Path,
) -> None:
    lost = replace(MENU_SITE.numbers[1], target=ToFlow(flow="demmo", queue=SUPPORT))
    with pytest.raises(FlowRefused) as caught:
        open_doors(replace(MENU_SITE, numbers=(lost,), flows=tmp_path), catalogue().recorded())

    (complaint,) = caught.value.complaints
    assert complaint.file == str(tmp_path / "demmo.yaml")
    assert "demo" in complaint.remedy


def test_a_flow_that_does_not_fit_the_site_is_refused() -> None:
    site = replace(MENU_SITE, queues=SITE.queues)
    with pytest.raises(FlowRefused) as caught:
        open_doors(site, catalogue().recorded())
    assert any("sales" in complaint.message for complaint in caught.value.complaints)


# --- decisions ------------------------------------------------------------------------------------


async def test_only_the_last_decisions_are_kept_at_hand(
    place: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cti.why.KEPT", 1)
    decisions = Decisions(place.daemon.floor, place.database)
    first, second = Story("c1"), Story("c2")
    decisions.take(entries(first.offered(), first.connected(), second.offered()))
    assert await decisions.of(first.call) == []
    (offer,) = await decisions.of(second.call)
    assert offer.agent_name == "Ana"


async def test_an_agent_nobody_knows_any_more_is_named_by_her_id(place: House) -> None:
    decisions = Decisions(Floor(), place.database)
    story = Story()
    decisions.take(entries(story.offered(), story.ended()))
    (offer,) = await decisions.of(story.call)
    assert (offer.agent_name, offer.ended) == ("ana", "caller_gone")


# --- the day --------------------------------------------------------------------------------------


def a_day(place: House, zone: str = "UTC") -> Day:
    day = Day(place.daemon.floor, place.daemon.callers, ZoneInfo(zone))
    day.begin(at(0))
    return day


async def test_midnight_at_the_site_begins_a_new_day(place: House) -> None:
    day, story = a_day(place, "Asia/Tehran"), Story()
    assert day.start_of(at(0)).isoformat() == "2026-03-02T00:00:00+03:30"
    assert day.take(entries(*story.whole())) == {ANA}
    today = day.today(ANA, at(12))
    assert (today.handled, today.talk_s, today.wrap_up_s) == (1, 5.0, 3.0)
    assert today.recent[0].disposition == "resolved"
    assert today.recent[0].queue_name == "Support"

    assert not day.turn(datetime(2026, 3, 2, 20, 29, tzinfo=UTC))
    assert day.turn(datetime(2026, 3, 2, 20, 31, tzinfo=UTC))

    assert day.today(ANA, at(86_400)).handled == 0
    assert day.today(ANA, at(86_400)).recent == []


async def test_a_queue_that_is_gone_has_no_name(place: House) -> None:
    day = a_day(place)
    day._floor = Floor()
    day.take(entries(*Story().whole()))
    assert day.today(ANA, at(20)).recent[0].queue_name == ""


async def test_calls_of_a_long_day_do_not_fill_the_memory(place: House) -> None:
    day = a_day(place)
    for number in range(RECENT + 5):
        day.take(entries(*Story(f"c{number}").whole()))
    assert not day._started
    assert not day._answered
    lines = [line.call for line in day.today(ANA, at(20)).recent]
    assert lines == [f"c{number}" for number in range(RECENT + 4, 4, -1)]


async def test_a_call_is_listed_when_it_has_ended(place: House) -> None:
    day, story = a_day(place), Story()
    day.take(entries(story.started(), story.queued(), story.offered(), story.connected()))
    assert day.today(ANA, at(5)).recent == []
    assert day.take(entries(story.ended())) == {ANA}
    (line,) = day.today(ANA, at(10)).recent
    assert (line.call, line.at, line.talked_s, line.disposition) == ("c1", at(4), 5.0, "")


async def test_a_call_that_was_answered_in_vain_or_never_is_not_listed(place: House) -> None:
    day, story = a_day(place), Story()
    day.take(entries(story.started(), story.queued(), story.offered(), story.connected()))
    assert day.take(entries(story.offer_ended())) == {ANA}
    assert day.take(entries(story.offered(2), story.ended(2))) == set()
    assert day.today(ANA, at(10)).recent == []


async def test_the_list_names_a_caller_who_becomes_known_and_goes_on_naming_him(
    place: House,
) -> None:
    day, story, callers = a_day(place), Story(), place.daemon.callers
    grace = await add_grace(place.database)
    day.take(entries(*story.whole()))
    assert day.today(ANA, at(20)).recent[0].party_name == ""
    await callers.choose(story.call, STRANGER, grace.id)
    (line,) = day.today(ANA, at(20)).recent
    assert (line.party_name, line.party_id) == ("Grace Holloway", grace.id)
    callers._known.clear()
    assert day.today(ANA, at(20)).recent == [line]


async def test_at_midnight_the_wallboard_begins_anew(place: House) -> None:
    await place.sign_in("ana")
    call = place.asterisk.caller_rings()
    await place.settle()
    place.daemon.day._ends = datetime(2020, 1, 1, tzinfo=UTC)
    await place.until(
        lambda: place.daemon.hub.current("queues", SUPPORT).answered == 0
    )  # the running task has noticed
    assert place.daemon.hub.current("calls", call) is not None


# --- the wallboard and the desk -------------------------------------------------------------------


async def test_the_wallboard_shows_agents_calls_and_queues_as_they_are(place: House) -> None:
    hub = place.daemon.hub
    assert hub.current("agents", "ana").state == "logged_out"
    await place.sign_in("ana")
    call = place.asterisk.caller_rings("+12025550100")
    other = place.asterisk.caller_rings("+12025550101")
    await place.settle()

    row = hub.current("agents", "ana")
    assert (row.state, row.call, row.caller) == ("talking", call, "+12025550100")
    waiting = hub.current("calls", other)
    assert (waiting.state, len(waiting.place), waiting.queue_name) == ("queued", 3, "Support")
    assert waiting.queued_at == waiting.state_since
    assert hub.current("calls", call).queued_at is None
    place.daemon.wallboard.show_queues()
    figures = hub.current("queues", SUPPORT)
    assert (figures.waiting, figures.agents_busy, figures.answered) == (1, 1, 1)
    await place.daemon.engine.ask(ask.HoldCall(call=CallId(call)))
    await place.until(lambda: hub.current("agents", "ana").state == "held")
    place.asterisk.hang_up(other)
    place.asterisk.hang_up(call)
    await place.settle()
    assert hub.current("calls", call) is None
    assert hub.current("agents", "ana").caller == "+12025550100"


async def test_figures_that_did_not_change_are_not_sent_again(place: House) -> None:
    board, hub, page = place.daemon.wallboard, place.daemon.hub, Page()
    hub.subscribe(page, ["queues"])
    board.show_queues()
    hub.flush("queues")
    assert len(page.frames) == 1
    place.asterisk.caller_rings()
    await place.settle()
    board.show_queues()
    hub.flush("queues")
    assert page.values["queues"][SUPPORT]["waiting"] == 1


async def test_an_agent_nobody_knows_is_not_shown(place: House) -> None:
    place.daemon.wallboard.show_agent(AgentId("nobody"))
    place.daemon.desk.refresh([AgentId("nobody")])
    assert place.daemon.hub.current("agents", "nobody") is None
    assert place.shown("nobody", "me") is None


class Page(Browser):
    """Reads the websocket's frames."""

    @override
    def deliver(self, frame: bytes) -> bool:
        header = {126: 4, 127: 10}.get(frame[1], 2)
        return super().deliver(frame[header:])


async def test_a_page_that_follows_along_has_what_a_fresh_one_would_be_shown(
    place: House,
) -> None:
    topics = ["agent:ana", "agents", "calls"]
    page = Page()
    place.daemon.hub.subscribe(page, topics)
    await place.sign_in("ana")
    call = place.asterisk.caller_rings()
    await place.settle()
    place.asterisk.hang_up(call)
    await place.settle()
    for topic in topics:
        place.daemon.hub.flush(topic)
    fresh = Page()
    place.daemon.hub.subscribe(fresh, topics)
    assert len(page.frames) > len(topics), "it was told in deltas"
    assert page.values == fresh.values


# --- people and phones ----------------------------------------------------------------------------


async def test_only_active_agents_are_on_the_floor(tmp_path: Path) -> None:
    gone = user("gone", active=False)
    boss = replace(user("boss"), roles=())
    async with house(tmp_path, ["ana", gone, boss]) as place:
        assert [agent.id for agent in place.daemon.floor.agents()] == ["ana"]
        await place.daemon.people.define(AgentId("boss"))
        await place.daemon.people.define(AgentId("nobody"))
        assert [agent.id for agent in place.daemon.floor.agents()] == ["ana"]


async def test_the_site_may_name_a_desk_phone_and_the_user_another(tmp_path: Path) -> None:
    site = replace(SITE, phones={ANA: DeskPhone(uri="sip:desk@10.0.0.7")})
    async with house(tmp_path, site=site) as place:
        phones = place.daemon.phones
        assert phones.has_desk_phone(ANA)
        await place.daemon.backend.ask(ask.LogIn(agent=ANA))
        assert place.asterisk.phones["agent-ana"].fields["aor.contact"] == "sip:desk@10.0.0.7"
        phones.set_desk_phone(ANA, desk_phone(ANA, "sip:home@10.0.0.8"))
        await phones.push_desk_phone(ANA)
        assert place.asterisk.phones["agent-ana"].fields["aor.contact"] == "sip:home@10.0.0.8"
        phones.set_desk_phone(ANA, None)
        await phones.push_desk_phone(ANA)
        assert place.asterisk.phones["agent-ana"].fields["aor.contact"] == "sip:desk@10.0.0.7"
        await place.settle()
        phones.all_lost()
        await place.settle()
        assert place.agent("ana").phone, "a fixed address is always there"


def test_phones_of_others_are_nobodys() -> None:
    assert agent_of(phone_id(ANA)) == ANA
    assert agent_of("caller-1") is None


async def test_a_phone_of_an_agent_unknown_to_the_floor_changes_nothing(place: House) -> None:
    place.asterisk.phone_comes("agent-stranger")
    place.asterisk.phone_comes("caller-1")
    await place.settle()
    assert not place.daemon.floor.has_agent(AgentId("stranger"))


async def test_a_phone_that_cannot_be_pushed_again_does_not_stop_the_others(
    place: House,
) -> None:
    for agent in ("ana", "ben"):
        await place.daemon.backend.issue_phone(AgentId(agent))
    place.asterisk.restart()
    place.asterisk.connected = True
    place.asterisk.fail("PUT .*auth/agent-ana", error=TimedOut)
    await place.daemon.phones.push_again(lost=True)
    assert set(place.asterisk.phones) == {"agent-ben"}


def callers_phones(place: House) -> set[str]:
    return {phone for phone in place.asterisk.phones if phone.startswith("caller-")}


async def test_a_demo_callers_phone_goes_when_its_page_has_been_away_for_two_looks(
    place: House,
) -> None:
    look = partial(place.daemon.phones.look, sweep=True)
    stays = (await place.daemon.backend.issue_demo_caller("")).sip_user
    goes = (await place.daemon.backend.issue_demo_caller("")).sip_user
    place.asterisk.phone_comes(stays)
    place.asterisk.phone_goes(goes)

    await look()
    assert callers_phones(place) == {stays, goes}, "it may be reloading"
    await place.daemon.phones.look()
    assert callers_phones(place) == {stays, goes}, "a reconnect is no minute"
    await look()
    assert callers_phones(place) == {stays}
    await place.daemon.phones.push_again(lost=True)
    assert callers_phones(place) == {stays}


async def test_a_demo_callers_phone_whose_page_comes_back_in_time_stays(place: House) -> None:
    phone = (await place.daemon.backend.issue_demo_caller("")).sip_user
    for _ in range(3):
        place.asterisk.phone_goes(phone)
        await place.daemon.phones.look(sweep=True)
        place.asterisk.phone_comes(phone)
        await place.daemon.phones.look(sweep=True)
    assert callers_phones(place) == {phone}


async def test_a_demo_callers_phone_with_a_call_stays_until_that_is_over(place: House) -> None:
    phone = (await place.daemon.backend.issue_demo_caller("")).sip_user
    place.asterisk.phone_goes(phone)
    caller = place.asterisk.caller_rings(phone=phone)
    await place.settle()
    for _ in range(3):
        await place.daemon.phones.look(sweep=True)
    assert callers_phones(place) == {phone}

    place.asterisk.hang_up(caller)
    await place.settle()
    for _ in range(2):
        await place.daemon.phones.look(sweep=True)
    assert callers_phones(place) == set()


async def test_demo_callers_phones_of_an_earlier_run_go_and_agents_phones_stay(
    place: House,
) -> None:
    for phone in ("caller-of-yesterday", "agent-ana"):
        await place.daemon.control.push_phone(PhoneSpec(id=phone, kind=PhoneKind.SIP, secret="s"))
        place.asterisk.phone_goes(phone)
    for _ in range(2):
        await place.daemon.phones.look(sweep=True)
    assert set(place.asterisk.phones) == {"agent-ana"}


async def test_a_demo_callers_phone_that_cannot_be_removed_is_tried_again(place: House) -> None:
    for phone in ("caller-one", "caller-two"):
        await place.daemon.control.push_phone(PhoneSpec(id=phone, kind=PhoneKind.SIP, secret="s"))
        place.asterisk.phone_goes(phone)
    place.asterisk.fail("DELETE .*endpoint/caller-one", error=TimedOut)
    for _ in range(2):
        await place.daemon.phones.look(sweep=True)
    assert callers_phones(place) == {"caller-one"}
    await place.daemon.phones.look(sweep=True)
    assert callers_phones(place) == set()


# --- the safety net -------------------------------------------------------------------------------


async def test_the_dialplan_knows_whom_it_may_ring_without_us(place: House) -> None:
    variables = place.asterisk.global_variables
    await place.asterisk.come_back()
    await place.until(lambda: variables.get("SAFETY_PHONES_support") == "")
    await place.sign_in("ana")
    await place.sign_in("ben")
    await place.until(
        lambda: variables["SAFETY_PHONES_support"] == "PJSIP/agent-ana&PJSIP/agent-ben"
    )
    await place.daemon.backend.ask(ask.LogOut(agent=ANA))
    await place.until(lambda: variables["SAFETY_PHONES_support"] == "PJSIP/agent-ben")


async def test_a_safety_net_that_could_not_be_written_is_written_later() -> None:
    asterisk, floor = FakeAsterisk(), Floor()
    floor.evolve(e.QueueDefined(at=at(0), queue=QueueProfile(id=SUPPORT, name="Support")))
    other = QueueId("other")
    floor.evolve(e.QueueDefined(at=at(0), queue=QueueProfile(id=other, name="Other")))
    profile = AgentProfile(id=ANA, name="Ana", queues=frozenset({SUPPORT}))
    floor.evolve(e.AgentDefined(at=at(0), agent=profile))
    floor.evolve(e.AgentLoggedIn(at=at(0), agent=ANA))
    board = Blackboard(CallControl(asterisk), again_after=timedelta(0))
    net = SafetyNet(floor, board)
    asterisk.fail("POST asterisk/variable", error=TimedOut)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(board.run())
        net.take(entries(e.AgentReady(at=at(0), agent=ANA)))
        await asyncio.sleep(0)
        assert asterisk.requests == []
        net.take(entries(e.AgentLoggedIn(at=at(0), agent=ANA)))
        await until(lambda: "SAFETY_PHONES_other" in asterisk.global_variables)
        task.cancel()
    assert asterisk.global_variables == {
        "SAFETY_PHONES_support": "PJSIP/agent-ana",
        "SAFETY_PHONES_other": "",
    }


async def test_the_safety_net_is_told_at_most_fifty_phones() -> None:
    asterisk, floor = FakeAsterisk(), Floor()
    floor.evolve(e.QueueDefined(at=at(0), queue=QueueProfile(id=SUPPORT, name="Support")))
    for number in range(60):
        agent = AgentId(f"{number:02}")
        floor.evolve(e.AgentDefined(at=at(0), agent=AgentProfile(id=agent, name=agent)))
        floor.evolve(e.AgentLoggedIn(at=at(0), agent=agent))
    board = Blackboard(CallControl(asterisk))
    SafetyNet(floor, board).write()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(board.run())
        await until(lambda: asterisk.global_variables)
        task.cancel()
    phones = asterisk.global_variables["SAFETY_PHONES_support"].split("&")
    assert (len(phones), phones[0]) == (50, "PJSIP/agent-00")


# --- accounts -------------------------------------------------------------------------------------


async def test_the_ivr_hears_the_last_order_of_who_proves_himself(place: House) -> None:
    grace = await add_grace(place.database)
    accounts = CrmAccounts(place.database)
    assert grace.customer_number is not None

    status = await accounts.order_status(grace.customer_number, PIN)

    assert isinstance(status, OrderStatus)
    assert (status.party_id, status.state) == (grace.id, "shipped")
    assert status.total is not None
    assert (status.total.amount, status.total.currency) == (Decimal("120.00"), "USD")
    assert status.due_on is not None
    assert await accounts.order_status(grace.customer_number, "1111") is None


async def test_who_proves_himself_and_has_ordered_nothing_is_not_told_that_his_pin_is_wrong(
    place: House,
) -> None:
    party = await add_party(place.database, "Priya Banerjee", "+14045550155")
    assert party.customer_number is not None
    async with place.database.work() as work:
        await work.parties.set_pin(party.id, hash_pin(PIN))
        await work.commit()

    told = await CrmAccounts(place.database).order_status(party.customer_number, PIN)

    assert told == NoOrder(party_id=party.id)


async def test_accounts_that_cannot_be_asked_are_told_in_the_ivrs_words(
    place: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(self: Database, *_: object, **__: object) -> None:
        raise StorageUnavailable("away")

    monkeypatch.setattr(Database, "work", away)
    with pytest.raises(AccountsUnavailable):
        await CrmAccounts(place.database).order_status("1", "2")


# --- readiness ------------------------------------------------------------------------------------


async def test_the_closing_table_says_where_and_who_and_what_to_ring(
    place: House, tmp_path: Path
) -> None:
    await demo.add_users(place.database, demo.users(lambda _: "x")[:2])
    settings = Settings(data_dir=tmp_path, cache_dir=tmp_path, demo=True)
    told = await ready(settings, SITE, place.database, 8080)
    assert told.url == "http://localhost:8080/"
    assert {each.user for each in told.users} >= {"ana", "ben"}
    assert [number.number for number in told.numbers] == ["100"]
    assert told.caller_page == "http://localhost:8080/caller"
    assert told.sip is not None


async def test_the_closing_table_of_a_real_house_shows_no_users(
    place: House, tmp_path: Path
) -> None:
    settings = Settings(
        data_dir=tmp_path,
        cache_dir=tmp_path,
        tls=Tls(enabled=True),
        desktop=DesktopSettings(host="desk.example.org"),
    )
    told = await ready(settings, replace(SITE, demo=False), place.database, 8443)
    assert told.url == "https://desk.example.org:8443/"
    assert told.users == []
    assert told.caller_page is None


# --- odd events -----------------------------------------------------------------------------------


async def test_a_channel_that_cannot_be_placed_is_taken_down(
    place: House, caplog: pytest.LogCaptureFixture
) -> None:
    place.asterisk.caller_rings(args=["elsewhere"])
    await place.settle()
    assert place.live() == []
    assert place.asterisk.leftovers() == []
    assert "a channel came in that we cannot place" in caplog.messages


async def test_an_agents_leg_that_was_moved_to_a_number_is_no_caller(place: House) -> None:
    caller = await place.talking()
    leg = place.asterisk.channels[place.asterisk.agents_leg(caller)]
    place.asterisk.enter(leg, "parley", ("inbound", "100"))
    await place.settle()
    assert place.live() == []
    assert leg.id not in place.asterisk.channels
    assert place.agent("ana").state is AgentState.WRAP_UP


async def test_a_channel_that_belongs_to_no_call_at_two_looks_is_taken_down(place: House) -> None:
    place.asterisk.lose("StasisStart")
    stranger = place.asterisk.caller_rings()
    await place.settle()

    assert await place.daemon.reconciler.sweep() == 0
    assert stranger in place.asterisk.channels, "it may just be coming in"
    assert await place.daemon.reconciler.sweep() == 1
    assert place.asterisk.leftovers() == []


async def test_an_event_that_breaks_us_is_logged_and_the_next_one_taken(
    place: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("a fault of ours")

    monkeypatch.setattr(place.daemon.ingress, "_entered", broken)
    place.asterisk.caller_rings()
    await place.settle()
    assert "event not understood" in caplog.messages
    monkeypatch.undo()
    call = place.asterisk.caller_rings()
    await place.settle()
    assert place.live() == [call]


async def test_a_fault_in_one_effect_does_not_cost_the_call_its_tear_down(
    place: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("a fault of ours")

    monkeypatch.setattr(place.daemon.visits, "begin_waiting", broken)
    call = CallId(place.asterisk.caller_rings())
    await place.settle()
    assert "effect broke" in caplog.messages
    await place.daemon.engine.ask(ask.EndCall(call=call, why=EndReason.FAILED))
    await place.settle()
    assert place.asterisk.leftovers() == []


async def test_the_leg_of_an_offer_that_is_over_means_nothing(place: House) -> None:
    talks = place.daemon.talks
    talks.leg_gone(OfferId("nobody~1"), "leg", 16)
    await place.sign_in("ana", PhoneManner.RINGS)
    call = place.asterisk.caller_rings()
    await place.settle()
    talks.leg_gone(OfferId(f"{call}~0"), "leg", 16)
    talks.answered(OfferId("nobody~1"), "leg")
    talks.answered(OfferId(f"{call}~0"), "leg")
    await place.settle()
    assert place.live() == [call]
    assert place.asterisk.ringing() == [place.asterisk.agents_leg(call)]


async def test_a_leg_that_nobody_asked_for_is_hung_up(place: House) -> None:
    await place.sign_in("ana")
    call = place.asterisk.caller_rings()
    await place.settle()
    leg = place.asterisk.agents_leg(call)
    place.daemon.talks.forget(CallId(call))  # so that it is a stranger's
    taken = {"PARLEY_CALL": call, "PARLEY_LEG": leg}
    await place.asterisk.request(
        "POST", "channels", query={"endpoint": TAKE_ENDPOINT}, body={"variables": taken}
    )
    await place.until(lambda: leg not in place.asterisk.channels)


async def test_the_sweep_runs_by_itself(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with house(tmp_path) as place:
        timeouts = replace(place.daemon.settings.timeouts, sweep=timedelta(milliseconds=5))
        place.daemon.settings = replace(place.daemon.settings, timeouts=timeouts)
        place.daemon.supervisor.edge("another sweep", place.daemon._sweep)
        place.asterisk.drop_socket()
        await place.asterisk.come_back()
        await place.asterisk.request("POST", "bridges/parley-1.9~b", query={"type": "mixing"})
        await place.until(lambda: place.asterisk.leftovers() == [])
        await place.until(lambda: "swept legs that belonged to no call" in caplog.messages)


def test_the_daemon_may_open_all_the_files_that_it_is_let() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, before[1]), before[1]))
        use_all_files()
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == min(before[1], FILES_ENOUGH)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)

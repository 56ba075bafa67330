"""Callers whom Asterisk itself brings to an agent, and takes back into our application."""

import asyncio
from datetime import timedelta

import pytest

from cti.ari.errors import Conflict, Gone
from cti.ari.events import ChannelDestroyed, ContactStatusChange, StasisEnd, StasisStart
from cti.call_control import PhoneKind, PhoneSpec
from tests.contract.ari.stage import AGENT, LONG, Stage
from tests.eventually import until

pytestmark = pytest.mark.contract

ONE_SECOND = timedelta(seconds=1)
SOON = 0.3
"""Seconds in which a real Asterisk has told, or forgotten, what it does in its own time."""


async def comes_back(stage: Stage, call: str) -> list[str]:
    start = await stage.log.first(
        StasisStart, lambda e: e.channel.id == call and e.args[0] != "inbound"
    )
    return start.args


async def cause_of(stage: Stage, leg: str) -> int:
    return (await stage.log.first(ChannelDestroyed, lambda e: e.channel.id == leg)).cause


async def only_left(stage: Stage, channel: str) -> None:
    """Wait until no other channel is ours: what took a caller in hand ends a moment later."""

    async def is_alone() -> bool:
        return await stage.control.owned_channels() == {channel}

    await until(is_alone)


class TestRinging:
    async def test_a_caller_handed_over_leaves_us_and_the_agents_phone_rings(
        self, stage: Stage
    ) -> None:
        call, leg = await stage.ringing_for_her()

        assert await stage.control.owned_channels() == frozenset()
        assert stage.heard_of(call) == ["StasisStart inbound 5001", "StasisEnd"]
        assert stage.heard_of(leg) == ["ChannelStateChange Ringing"]

    async def test_the_phone_rings_before_anybody_waits_for_the_reply(self, stage: Stage) -> None:
        call = await stage.caller()
        await stage.agent("rings")

        sent = stage.control.hand_over(call, AGENT, 1, LONG, music=False)
        await stage.wait_rung()

        await sent

    async def test_the_listing_tells_which_offer_a_leg_was_dialled_for(self, stage: Stage) -> None:
        call, leg = await stage.ringing_for_her()

        listed = {c.id: c for c in await stage.control.list_channels()}

        assert {c.id: (c.channelvars or {})["PARLEY_OFFER"] for c in listed.values()} == {
            call: f"{call}~1",
            leg: f"{call}~1",
        }
        assert (listed[call].state, listed[leg].state) == ("Ring", "Ringing")

    async def test_the_phone_shows_the_name_the_caller_was_given(self, stage: Stage) -> None:
        call = await stage.caller()
        await stage.agent("rings")
        await stage.control.show_caller(call, 'Zoë "Li; <x>', "+1202555")

        await stage.control.hand_over(call, AGENT, 1, LONG, music=False)
        await stage.wait_rung()

        assert stage.name_shown() == "Zoë Li x"

    async def test_a_caller_handed_over_takes_no_commands_but_tells_her_variables(
        self, stage: Stage
    ) -> None:
        call, _ = await stage.ringing_for_her()

        for attempt in (
            stage.control.answer(call),
            stage.control.start_moh(call),
            stage.control.play(call, f"{call}~p1", ["sound:beep"]),
            stage.control.set_variables(call, {"PARLEY_STATE": "x"}),
            stage.control.hand_over(call, AGENT, 2, LONG, music=False),
        ):
            with pytest.raises(Conflict):
                await attempt
        assert await stage.control.variable(call, "PARLEY_OFFER") == f"{call}~1"

    async def test_handing_over_a_caller_who_left_is_gone(self, stage: Stage) -> None:
        with pytest.raises(Gone):
            await stage.control.hand_over("parley-0.0", AGENT, 1, LONG, music=False)

    async def test_a_caller_who_cancels_takes_the_ringing_with_her_without_a_word_of_her_own(
        self, stage: Stage
    ) -> None:
        call, leg = await stage.ringing_for_her()

        stage.caller_hangs_up()

        assert await cause_of(stage, leg) == 127
        await stage.gone(call)
        assert stage.heard_of(call) == ["StasisStart inbound 5001", "StasisEnd"]
        assert await stage.control.list_channels() == []

    async def test_a_caller_who_is_hung_up_takes_the_ringing_with_her(self, stage: Stage) -> None:
        call, leg = await stage.ringing_for_her()

        await stage.control.hang_up(call)

        assert await cause_of(stage, leg) == 16
        await stage.gone(call)

    @pytest.mark.parametrize(
        ("manner", "status", "cause"), [("busy", "BUSY", 17), ("refuses", "CHANUNAVAIL", 21)]
    )
    async def test_a_phone_that_will_not_sends_the_caller_back_with_the_cause(
        self, stage: Stage, manner: str, status: str, cause: int
    ) -> None:
        call = await stage.handed_over(manner)

        assert await comes_back(stage, call) == ["back", status, str(cause)]
        destroyed = await stage.log.first(ChannelDestroyed)
        assert destroyed.cause == cause
        assert (destroyed.channel.channelvars or {})["PARLEY_OFFER"] == f"{call}~1"
        await only_left(stage, call)

    async def test_a_phone_that_forwards_sends_the_caller_back_and_nowhere_else(
        self, stage: Stage
    ) -> None:
        call = await stage.handed_over("forwards")

        assert await comes_back(stage, call) == ["back", "BUSY", "0"]
        assert (await stage.log.first(ChannelDestroyed)).cause == 0
        await only_left(stage, call)
        assert [c.id for c in await stage.control.list_channels()] == [call]

    @pytest.mark.parametrize("music", [False, True])
    async def test_a_phone_nobody_answers_sends_the_caller_back_after_the_ring_time(
        self, stage: Stage, music: bool
    ) -> None:
        call = await stage.handed_over(ring_for=ONE_SECOND, music=music)
        await stage.wait_rung()
        leg = await stage.dialled_leg(call, "Ringing")

        stage.let_pass(2 * ONE_SECOND)

        assert await comes_back(stage, call) == ["back", "NOANSWER", "0"]
        assert await cause_of(stage, leg) == 0

    async def test_a_phone_that_is_not_there_sends_the_caller_back_at_once(
        self, stage: Stage
    ) -> None:
        await stage.control.push_phone(PhoneSpec(id=AGENT, kind=PhoneKind.SIP, secret="s3cret"))
        if hasattr(stage, "fake"):
            stage.fake.phone_goes(AGENT)
        call = await stage.caller()

        await stage.control.hand_over(call, AGENT, 1, LONG, music=False)

        assert await comes_back(stage, call) == ["back", "CHANUNAVAIL", "3"]

    async def test_a_phone_asterisk_never_heard_of_sends_the_caller_back_at_once(
        self, stage: Stage
    ) -> None:
        call = await stage.caller()

        await stage.control.hand_over(call, "agent-nobody", 1, LONG, music=False)

        assert await comes_back(stage, call) == ["back", "CHANUNAVAIL", "3"]

    async def test_a_ringing_leg_hung_up_sends_the_caller_back(self, stage: Stage) -> None:
        call, leg = await stage.ringing_for_her()

        await stage.control.hang_up(leg)

        assert await comes_back(stage, call) == ["back", "NOANSWER", "16"]
        assert await cause_of(stage, leg) == 16

    async def test_a_caller_who_came_back_can_be_handed_over_again(self, stage: Stage) -> None:
        call, leg = await stage.ringing_for_her()
        await stage.control.hang_up(leg)
        await comes_back(stage, call)

        await stage.control.claim(call)
        await stage.control.hand_over(call, AGENT, 2, LONG, music=True)

        assert await stage.dialled_leg(call, "Ringing", offer=2) not in {call, leg}


class TestTalking:
    async def test_answering_joins_the_two_and_picks_up_the_caller(self, stage: Stage) -> None:
        call, leg = await stage.talking()

        states = {c.id: c.state for c in await stage.control.list_channels()}

        assert states == {call: "Up", leg: "Up"}
        assert stage.heard_of(leg) == ["ChannelStateChange Ringing", "ChannelStateChange Up"]
        assert stage.heard_of(call) == ["StasisStart inbound 5001", "StasisEnd"]

    async def test_a_caller_who_heard_music_is_joined_too(self, stage: Stage) -> None:
        call = await stage.handed_over(music=True)
        await stage.wait_rung()

        stage.agent_answers()

        await stage.dialled_leg(call, "Up")
        states = [c.state for c in await stage.control.list_channels()]
        assert states == ["Up", "Up"]

    async def test_an_agent_who_hangs_up_ends_the_callers_leg_too(self, stage: Stage) -> None:
        call, leg = await stage.talking()

        stage.agent_hangs_up()

        assert await cause_of(stage, leg) == 16
        await stage.gone(call)
        assert stage.heard_of(call) == ["StasisStart inbound 5001", "StasisEnd"]
        assert stage.heard_of(leg)[2:] == ["ChannelDestroyed 16"]

    async def test_a_caller_who_hangs_up_ends_the_agents_leg_with_a_cause_of_its_own(
        self, stage: Stage
    ) -> None:
        call, leg = await stage.talking()

        stage.caller_hangs_up()

        assert await cause_of(stage, leg) == 31
        assert not await stage.control.is_there(call)
        assert stage.heard_of(call) == ["StasisStart inbound 5001", "StasisEnd"]
        assert stage.heard_of(leg)[2:] == ["ChannelDestroyed 31"]

    @pytest.mark.parametrize(("whose", "cause"), [("caller", 31), ("agent", 16)])
    async def test_hanging_up_either_leg_ends_both(
        self, stage: Stage, whose: str, cause: int
    ) -> None:
        call, leg = await stage.talking()

        await stage.control.hang_up(call if whose == "caller" else leg)

        assert await cause_of(stage, leg) == cause
        await stage.gone(call)

    async def test_a_leg_is_there_until_it_is_gone_ours_or_not(self, stage: Stage) -> None:
        call, leg = await stage.talking()

        before = [await stage.control.is_there(one) for one in (call, leg, "parley-0.0")]
        stage.agent_hangs_up()
        await stage.gone(call)
        await stage.gone(leg)

        assert before == [True, True, False]


class TestTakingInHand:
    async def test_both_legs_of_a_talk_come_to_us_and_can_meet_in_a_bridge_of_ours(
        self, stage: Stage
    ) -> None:
        call, leg = await stage.talking()

        await stage.control.take_in_hand(call, leg)
        caller = await comes_back(stage, call)
        agent = await comes_back(stage, leg)
        await stage.control.create_bridge(f"{call}~b")
        await stage.control.join(f"{call}~b", call, leg)

        assert (caller, agent) == (["hand", "5001"], ["leg"])
        bridges = {b.id: sorted(b.channels) for b in await stage.control.list_bridges()}
        assert bridges[f"{call}~b"] == sorted([call, leg])
        assert not [e for e in stage.log.all(StasisStart) if "taking" in e.args]

    async def test_of_two_in_hand_the_one_who_stays_stays_with_us(self, stage: Stage) -> None:
        call, leg = await stage.talking()
        await stage.control.take_in_hand(call, leg)
        await comes_back(stage, call)
        await comes_back(stage, leg)
        await stage.control.create_bridge(f"{call}~b")
        await stage.control.join(f"{call}~b", call, leg)

        stage.agent_hangs_up()

        assert await cause_of(stage, leg) == 16
        await only_left(stage, call)
        assert stage.heard_of(leg)[2:] == ["StasisStart leg", "StasisEnd", "ChannelDestroyed 16"]

    async def test_a_caller_in_hand_who_hangs_up_says_so_herself(self, stage: Stage) -> None:
        call, leg = await stage.talking()
        await stage.control.take_in_hand(call, leg)
        await comes_back(stage, call)
        await comes_back(stage, leg)

        stage.caller_hangs_up()

        await stage.log.first(StasisEnd, lambda e: e.channel.dialplan.context == "parley-hand")
        assert stage.heard_of(call)[2:] == ["StasisStart hand 5001", "StasisEnd"]
        await only_left(stage, leg)

    async def test_a_caller_taken_from_her_agent_leaves_the_agents_leg_to_end(
        self, stage: Stage
    ) -> None:
        call, leg = await stage.talking()

        await stage.control.take_in_hand(call, None)

        assert await comes_back(stage, call) == ["hand", "5001"]
        assert await cause_of(stage, leg) == 31
        await only_left(stage, call)

    async def test_a_caller_taken_while_a_phone_rings_for_her_ends_the_ringing(
        self, stage: Stage
    ) -> None:
        call, leg = await stage.ringing_for_her()

        await stage.control.take_in_hand(call, None)

        assert await comes_back(stage, call) == ["hand", "5001"]
        assert await cause_of(stage, leg) == 16
        assert [c.state for c in await stage.control.list_channels() if c.id == call] == ["Ring"]

    async def test_a_caller_in_the_safety_net_comes_to_us_and_tells_what_she_rang(
        self, stage: Stage
    ) -> None:
        call = await stage.caller()
        await stage.control.continue_in_dialplan(call, "parley-safety-net", "start")
        await stage.log.first(StasisEnd)

        dialled = await stage.control.variable(call, "CALLERID(dnid)")
        await stage.control.take_in_hand(call, None)

        assert dialled == "5001"
        assert await comes_back(stage, call) == ["hand", "5001"]
        await only_left(stage, call)

    async def test_a_caller_who_is_with_us_already_leaves_and_enters_again(
        self, stage: Stage
    ) -> None:
        call = await stage.caller()
        await stage.control.answer(call)

        await stage.control.take_in_hand(call, None)

        assert await comes_back(stage, call) == ["hand", "5001"]
        assert stage.heard_of(call)[2:] == ["StasisEnd", "StasisStart hand 5001"]

        await only_left(stage, call)

    async def test_a_caller_who_is_gone_cannot_be_taken_and_that_is_fine(
        self, stage: Stage
    ) -> None:
        await stage.control.take_in_hand("parley-0.0", None)

        await stage.log.first(ChannelDestroyed)
        assert stage.log.all(StasisStart) == []

    async def test_what_takes_them_in_hand_is_heard_of_but_never_enters(self, stage: Stage) -> None:
        call, leg = await stage.talking()

        await stage.control.take_in_hand(call, leg)
        await comes_back(stage, leg)
        await until_two_helpers_ended(stage)

        assert {e.channel.id for e in stage.log.all(StasisStart)} == {call, leg}


async def until_two_helpers_ended(stage: Stage) -> None:
    first = await stage.log.first(ChannelDestroyed, is_helper)
    await stage.log.first(
        ChannelDestroyed, lambda e: is_helper(e) and e.channel.id != first.channel.id
    )


def is_helper(event: ChannelDestroyed) -> bool:
    return event.channel.name.startswith("Local/take@parley-hand")


class TestWatchedPhones:
    async def push(self, stage: Stage, secret: str = "s3cret") -> None:
        await stage.control.push_phone(PhoneSpec(id=AGENT, kind=PhoneKind.SIP, secret=secret))

    async def is_online(self, stage: Stage) -> bool:
        phones = {p.resource: p.state for p in await stage.control.list_phones()}
        return phones[AGENT] == "online"

    def statuses(self, stage: Stage) -> list[str]:
        return [
            f"{e.endpoint.resource} {e.contact_info.contact_status} {e.endpoint.state}"
            for e in stage.log.all(ContactStatusChange)
        ]

    async def test_a_phone_is_told_to_come_and_to_go_once(self, stage: Stage) -> None:
        await self.push(stage)
        await stage.control.watch_phones([AGENT])
        await stage.control.watch_phones([AGENT])

        await stage.agent_registers("s3cret")
        await stage.log.first(ContactStatusChange)
        await stage.agent_registers("")
        await stage.log.first(ContactStatusChange, lambda e: e.endpoint.state == "offline")

        assert self.statuses(stage) == [
            f"{AGENT} NonQualified online",
            f"{AGENT} Removed offline",
        ]

    async def test_of_a_phone_that_moves_the_earlier_address_is_told_after_the_new_one(
        self, stage: Stage
    ) -> None:
        await self.push(stage)
        await stage.control.watch_phones([AGENT])
        await stage.agent_registers("s3cret")
        await stage.agent_moves("s3cret")
        await stage.log.first(
            ContactStatusChange, lambda e: e.contact_info.contact_status == "Removed"
        )

        assert self.statuses(stage) == [
            f"{AGENT} NonQualified online",
            f"{AGENT} NonQualified online",
            f"{AGENT} Removed online",
        ]
        first, second, gone = (e.contact_info.uri for e in stage.log.all(ContactStatusChange))
        assert gone == first != second

    async def test_a_phone_that_nobody_watches_is_not_told_of(self, stage: Stage) -> None:
        await self.push(stage)
        await stage.agent_registers("s3cret")
        await until(lambda: self.is_online(stage))
        await asyncio.sleep(SOON)
        await stage.control.watch_phones([AGENT])

        await stage.agent_registers("")
        await stage.log.first(ContactStatusChange)

        assert self.statuses(stage) == [f"{AGENT} Removed offline"]

    async def test_a_phone_asterisk_does_not_know_cannot_be_watched(self, stage: Stage) -> None:
        await self.push(stage)

        for unknown in (["agent-nobody"], [AGENT, "agent-nobody"]):
            with pytest.raises(Conflict):
                await stage.control.watch_phones(unknown)

    @pytest.mark.parametrize("removed", [False, True])
    async def test_a_phone_pushed_anew_is_heard_of_when_watched_again(
        self, stage: Stage, removed: bool
    ) -> None:
        for secret in ("first", "second"):
            if removed:
                await stage.control.remove_phone(AGENT)
            await self.push(stage, secret)
            await stage.control.watch_phones([AGENT])
            await asyncio.sleep(SOON)
            await stage.agent_registers(secret)
            await stage.agent_registers("")
            await asyncio.sleep(SOON)

        once = [f"{AGENT} NonQualified online", f"{AGENT} Removed offline"]
        assert self.statuses(stage) == 2 * once

    async def test_a_phone_removed_and_pushed_anew_is_not_heard_of_by_itself(
        self, stage: Stage
    ) -> None:
        await self.push(stage)
        await stage.control.watch_phones([AGENT])
        await stage.control.remove_phone(AGENT)
        await asyncio.sleep(SOON)
        await self.push(stage, "second")

        await stage.agent_registers("second")
        await until(lambda: self.is_online(stage))
        await asyncio.sleep(SOON)

        assert self.statuses(stage) == []

    async def test_a_leg_is_heard_of_to_its_end_though_its_phone_was_pushed_anew(
        self, stage: Stage
    ) -> None:
        _, leg = await stage.talking()

        await self.push(stage, "second")
        await stage.control.watch_phones([AGENT])
        await asyncio.sleep(SOON)
        stage.caller_hangs_up()

        assert await cause_of(stage, leg) == 31
        assert stage.heard_of(leg)[2:] == ["ChannelDestroyed 31"]

    async def test_watching_no_phones_is_nothing(self, stage: Stage) -> None:
        await stage.control.watch_phones([])

    async def test_a_leg_of_ours_on_a_watched_phone_is_told_of_twice_but_enters_once(
        self, stage: Stage
    ) -> None:
        call = await stage.caller()
        await stage.agent("rings")
        await stage.control.watch_phones([AGENT])
        leg = await stage.ringing_agent(call)

        stage.agent_answers()
        await stage.log.first(StasisStart, lambda e: e.channel.id == leg)
        await stage.control.hang_up(leg)
        await stage.gone(leg)

        heard = stage.heard_of(leg)
        assert [word for word in heard if "Stasis" in word] == [
            f"StasisStart agent {leg}",
            "StasisEnd",
        ]
        assert heard[:4] == ["ChannelStateChange Ringing"] * 2 + ["ChannelStateChange Up"] * 2

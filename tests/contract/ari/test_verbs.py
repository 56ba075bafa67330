"""What Parley relies on in ARI, true of the fake and of a real Asterisk alike."""

from datetime import timedelta

import pytest

from cti.ari.errors import Conflict, Gone, Refused
from cti.ari.events import (
    ChannelDestroyed,
    ChannelDtmfReceived,
    ChannelStateChange,
    Endpoint,
    PlaybackFinished,
    StasisEnd,
    StasisStart,
)
from cti.call_control import HangUpCause, PhoneKind, PhoneSpec
from tests.contract.ari.stage import AGENT, FOREVER, Stage
from tests.eventually import until

pytestmark = pytest.mark.contract


async def test_a_caller_enters_our_application_and_is_answered(stage: Stage) -> None:
    call = await stage.caller()

    await stage.control.answer(call)

    up = await stage.log.first(ChannelStateChange, lambda e: e.channel.id == call)
    assert up.channel.state == "Up"


async def test_answering_twice_is_answering_once(stage: Stage) -> None:
    call = await stage.caller()

    await stage.control.answer(call)
    await stage.control.answer(call)

    assert [c.state for c in await stage.control.list_channels()] == ["Up"]


async def test_the_listing_shows_the_caller_and_that_she_is_ours(stage: Stage) -> None:
    call = await stage.caller()

    listed = await stage.control.list_channels()

    assert [channel.id for channel in listed] == [call]
    assert listed[0].state == "Ring"
    assert await stage.control.owned_channels() == {call}


async def test_a_prompt_plays_to_its_end_and_says_so(stage: Stage) -> None:
    call = await stage.caller()
    await stage.control.answer(call)

    await stage.control.play(call, f"{call}~p1", ["sound:beep"], "en")
    stage.let_pass(FOREVER)

    finished = await stage.log.first(PlaybackFinished)
    assert (finished.playback.id, finished.playback.target_uri, finished.playback.state) == (
        f"{call}~p1",
        f"channel:{call}",
        "done",
    )


async def test_a_prompt_of_several_sounds_finishes_once(stage: Stage) -> None:
    call = await stage.caller()
    await stage.control.answer(call)

    await stage.control.play(call, f"{call}~p1", ["sound:beep", "sound:beep"], "en")
    stage.let_pass(FOREVER)
    await stage.log.first(PlaybackFinished)
    await stage.control.play(call, f"{call}~p2", ["sound:beep"], "en")
    stage.let_pass(FOREVER)
    await stage.log.first(PlaybackFinished, lambda e: e.playback.id == f"{call}~p2")

    assert [e.playback.id for e in stage.log.all(PlaybackFinished)] == [
        f"{call}~p1",
        f"{call}~p2",
    ]


async def test_a_stopped_prompt_finishes_at_once_and_stopping_it_again_is_fine(
    stage: Stage,
) -> None:
    call = await stage.caller()
    await stage.control.answer(call)
    await stage.control.play(call, f"{call}~p1", ["sound:beep"] * 50, "en")

    await stage.control.stop_playback(f"{call}~p1")

    await stage.log.first(PlaybackFinished, lambda e: e.playback.id == f"{call}~p1")
    await stage.control.stop_playback(f"{call}~p1")


async def test_keys_arrive_in_order(stage: Stage) -> None:
    call = await stage.caller()
    await stage.control.answer(call)

    stage.caller_presses("1")
    await stage.log.first(ChannelDtmfReceived, lambda e: e.digit == "1")
    stage.caller_presses("2")
    await stage.log.first(ChannelDtmfReceived, lambda e: e.digit == "2")

    assert [e.digit for e in stage.log.all(ChannelDtmfReceived)] == ["1", "2"]


async def test_music_starts_and_stops_any_number_of_times(stage: Stage) -> None:
    call = await stage.caller()
    await stage.control.answer(call)

    await stage.control.start_moh(call)
    await stage.control.start_moh(call)
    await stage.control.stop_moh(call)
    await stage.control.stop_moh(call)


async def test_an_agents_leg_rings_then_enters_our_application_when_answered(
    stage: Stage,
) -> None:
    call = await stage.caller()
    await stage.agent("rings")
    leg = await stage.ringing_agent(call)
    ringing = await stage.log.first(ChannelStateChange, lambda e: e.channel.id == leg)
    started_while_ringing = [e for e in stage.log.all(StasisStart) if e.channel.id == leg]

    stage.agent_answers()

    start = await stage.log.first(StasisStart, lambda e: e.channel.id == leg)
    assert ringing.channel.state == "Ringing"
    assert started_while_ringing == []
    assert start.args == ["agent", leg]
    assert start.channel.state == "Up"


async def test_ringing_the_same_leg_twice_rings_once(stage: Stage) -> None:
    call = await stage.caller()
    await stage.agent("rings")

    leg = await stage.ringing_agent(call)
    await stage.ring_agent(leg, call)

    assert sorted(c.id for c in await stage.control.list_channels()) == [call, leg]


@pytest.mark.parametrize(("manner", "cause"), [("busy", 17), ("refuses", 21)])
async def test_a_phone_that_will_not_ends_its_leg_with_the_cause(
    stage: Stage, manner: str, cause: int
) -> None:
    call = await stage.caller()
    await stage.agent(manner)

    await stage.ring_agent(f"{call}~1", call)

    destroyed = await stage.log.first(ChannelDestroyed)
    assert (destroyed.channel.id, destroyed.cause) == (f"{call}~1", cause)
    assert not [e for e in stage.log.all(StasisEnd) if e.channel.id == f"{call}~1"]


async def test_a_phone_nobody_answers_ends_its_leg_after_the_ring_time(stage: Stage) -> None:
    call = await stage.caller()
    await stage.agent("rings")

    await stage.ring_agent(f"{call}~1", call, timedelta(seconds=1))
    stage.let_pass(timedelta(seconds=2))

    destroyed = await stage.log.first(ChannelDestroyed)
    assert (destroyed.channel.id, destroyed.cause) == (f"{call}~1", 19)


async def test_a_ringing_leg_can_be_called_off(stage: Stage) -> None:
    call = await stage.caller()
    await stage.agent("rings")
    leg = await stage.ringing_agent(call)

    await stage.control.hang_up(leg, HangUpCause.ANSWERED_ELSEWHERE)

    await stage.log.first(ChannelDestroyed, lambda e: e.channel.id == leg)
    assert [c.id for c in await stage.control.list_channels()] == [call]


async def test_a_phone_that_is_not_there_refuses_at_once(stage: Stage) -> None:
    call = await stage.caller()
    await stage.control.push_phone(
        PhoneSpec(id="agent-gone", kind=PhoneKind.BROWSER, secret="s3cret")
    )
    if hasattr(stage, "fake"):
        stage.fake.phone_goes("agent-gone")

    with pytest.raises(Refused):
        await stage.control.ring_leg(
            f"{call}~1",
            "PJSIP/agent-gone",
            caller_number="1",
            caller_name="",
            ring_for=timedelta(seconds=5),
            call=call,
        )

    assert [c.id for c in await stage.control.list_channels()] == [call]


async def test_ringing_an_agent_for_a_caller_who_left_is_gone(stage: Stage) -> None:
    await stage.agent("rings")

    with pytest.raises(Gone):
        await stage.ring_agent("parley-0.0~1", "parley-0.0")


async def test_caller_and_agent_meet_in_one_bridge(stage: Stage) -> None:
    call, leg, bridge = await stage.talk()

    bridges = await stage.control.list_bridges()

    assert [(b.id, sorted(b.channels)) for b in bridges] == [(bridge, [call, leg])]


async def test_making_a_bridge_and_joining_it_again_changes_nothing(stage: Stage) -> None:
    call, leg, bridge = await stage.talk()

    await stage.control.create_bridge(bridge)
    await stage.control.join(bridge, call, leg)

    assert [sorted(b.channels) for b in await stage.control.list_bridges()] == [[call, leg]]


async def test_a_leg_that_still_rings_cannot_join(stage: Stage) -> None:
    call = await stage.caller()
    await stage.agent("rings")
    await stage.control.create_bridge(f"{call}~b")
    leg = await stage.ringing_agent(call)

    with pytest.raises(Conflict) as refusal:
        await stage.control.join(f"{call}~b", leg)

    assert refusal.value.retry_helps


async def test_hold_takes_the_caller_out_and_retrieve_brings_her_back(stage: Stage) -> None:
    call, leg, bridge = await stage.talk()

    await stage.control.hold(bridge, call)
    held = [b.channels for b in await stage.control.list_bridges()]
    await stage.control.retrieve(bridge, call)
    back = [sorted(b.channels) for b in await stage.control.list_bridges()]

    assert (held, back) == ([[leg]], [[call, leg]])


async def test_a_caller_who_hangs_up_leaves_the_application_and_the_bridge(stage: Stage) -> None:
    call, leg, _bridge = await stage.talk()

    stage.caller_hangs_up()

    await stage.log.first(StasisEnd, lambda e: e.channel.id == call)
    assert [c.id for c in await stage.control.list_channels()] == [leg]
    assert [b.channels for b in await stage.control.list_bridges()] == [[leg]]
    assert not [e for e in stage.log.all(ChannelDestroyed) if e.channel.id == call]


async def test_an_agent_who_hangs_up_ends_only_her_leg(stage: Stage) -> None:
    call, leg, _bridge = await stage.talk()

    stage.agent_hangs_up()

    await stage.log.first(StasisEnd, lambda e: e.channel.id == leg)
    await stage.log.first(ChannelDestroyed, lambda e: e.channel.id == leg)
    assert [c.id for c in await stage.control.list_channels()] == [call]


async def test_tearing_down_what_is_gone_is_done(stage: Stage) -> None:
    call, leg, bridge = await stage.talk()
    stage.caller_hangs_up()
    await stage.log.first(StasisEnd, lambda e: e.channel.id == call)

    for _ in range(2):
        await stage.control.leave(bridge, call)
        await stage.control.stop_moh(call)
        await stage.control.hang_up(call)
        await stage.control.hang_up(leg)
        await stage.control.destroy_bridge(bridge)
        await stage.control.continue_in_dialplan(call, "from-demo")

    await stage.log.first(StasisEnd, lambda e: e.channel.id == leg)
    assert await stage.control.list_channels() == []
    assert await stage.control.list_bridges() == []


async def test_doing_something_with_a_gone_leg_says_gone(stage: Stage) -> None:
    call = await stage.caller()
    await stage.control.answer(call)
    await stage.control.create_bridge(f"{call}~b")
    stage.caller_hangs_up()
    await stage.log.first(StasisEnd, lambda e: e.channel.id == call)

    for attempt in (
        stage.control.answer(call),
        stage.control.start_moh(call),
        stage.control.play(call, f"{call}~p1", ["sound:beep"]),
        stage.control.join(f"{call}~b", call),
        stage.control.join("no-such-bridge", call),
    ):
        with pytest.raises(Gone):
            await attempt


async def test_a_leg_given_back_to_the_dialplan_is_no_longer_ours(stage: Stage) -> None:
    call = await stage.caller()
    await stage.control.answer(call)

    await stage.control.continue_in_dialplan(call, "parley-safety-net", "start")

    await stage.log.first(StasisEnd, lambda e: e.channel.id == call)
    assert await stage.control.owned_channels() == frozenset()
    with pytest.raises((Conflict, Gone)):
        await stage.control.start_moh(call)


async def test_state_written_on_a_channel_can_be_read_back(stage: Stage) -> None:
    call = await stage.caller()

    await stage.control.set_variables(call, {"PARLEY_STATE": "queued:support"})

    assert await stage.control.variable(call, "PARLEY_STATE") == "queued:support"
    assert await stage.control.variable(call, "PARLEY_NOTHING") == ""
    assert await stage.control.variable("parley-0.0", "PARLEY_STATE") == ""


async def test_muting_and_sending_keys_are_accepted(stage: Stage) -> None:
    call, leg, _bridge = await stage.talk()

    await stage.control.mute(leg)
    await stage.control.unmute(leg)
    await stage.control.send_digits(call, "1")


async def test_a_pushed_phone_is_listed_until_it_is_removed(stage: Stage) -> None:
    phone = PhoneSpec(id="agent-ben", kind=PhoneKind.BROWSER, secret="s3cret", caller_name="Ben")

    await stage.control.push_phone(phone)
    await stage.control.push_phone(phone)
    listed = [e.resource for e in await stage.control.list_phones()]
    await stage.control.remove_phone("agent-ben")
    await stage.control.remove_phone("agent-ben")
    after = [e.resource for e in await stage.control.list_phones()]

    assert "agent-ben" in listed
    assert "agent-ben" not in after


async def test_a_phone_pushed_again_with_a_new_address_rings_only_there(stage: Stage) -> None:
    old = PhoneSpec(id=AGENT, kind=PhoneKind.SIP, contact="sip:agent-ana@127.0.0.1:9")
    call = await stage.caller()
    await stage.control.push_phone(old)

    await stage.agent("rings")
    await stage.ringing_agent(call)

    assert AGENT in [e.resource for e in await stage.control.list_phones()]


async def test_a_phone_whose_secret_is_renewed_stays_reachable(stage: Stage) -> None:
    await stage.control.push_phone(PhoneSpec(id=AGENT, kind=PhoneKind.SIP, secret="first"))
    await stage.agent_registers("first")

    await stage.control.push_phone(PhoneSpec(id=AGENT, kind=PhoneKind.SIP, secret="second"))

    states = {e.resource: e.state for e in await stage.control.list_phones()}
    assert states[AGENT] == "online"


async def test_the_listing_tells_whether_a_phone_is_there_and_of_its_calls(stage: Stage) -> None:
    async def listed() -> Endpoint:
        return next(e for e in await stage.control.list_phones() if e.resource == AGENT)

    await stage.control.push_phone(PhoneSpec(id=AGENT, kind=PhoneKind.SIP, secret="s3cret"))
    await stage.agent_registers("s3cret")
    assert (await listed()).state == "online"
    await stage.agent_registers("")
    assert (await listed()).state == "offline"
    await stage.control.remove_phone(AGENT)

    _call, leg, _bridge = await stage.talk()

    async def has_her_leg() -> bool:  # an endpoint's snapshot follows its channels' in its own time
        return (await listed()).channel_ids == [leg]

    await until(has_her_leg)


async def test_the_safety_nets_phones_can_be_told(stage: Stage) -> None:
    await stage.control.set_global("SAFETY_PHONES_support", "PJSIP/agent-ana&PJSIP/agent-ben")


async def test_what_asterisk_does_not_know_is_refused(stage: Stage) -> None:
    with pytest.raises(Gone):
        await stage.commands.request("POST", "no/such/resource")


async def test_a_global_variable_is_read_as_it_was_set(stage: Stage) -> None:
    assert await stage.control.get_global("PARLEY_NOTHING") == ""
    await stage.control.set_global("PARLEY_FLOOD", "192.0.2.7:5060")
    assert await stage.control.get_global("PARLEY_FLOOD") == "192.0.2.7:5060"
    await stage.control.set_global("PARLEY_FLOOD", "")
    assert await stage.control.get_global("PARLEY_FLOOD") == ""


async def test_an_address_is_shut_out_twice_and_let_in_twice(stage: Stage) -> None:
    for _ in range(2):
        await stage.control.shut_out("flood-0", "192.0.2.7")
    await stage.control.shut_out("flood-1", "2001:db8::7")
    for slot in ("flood-0", "flood-1", "flood-0"):
        await stage.control.let_in(slot)

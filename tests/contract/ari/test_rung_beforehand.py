"""Callers for whom Asterisk rings the phone that was named beforehand, without asking us."""

import pytest

from cti.ari.events import ChannelCallerId, ChannelDestroyed, ChannelStateChange, StasisStart
from cti.call_control import PhoneKind, PhoneSpec
from tests.contract.ari.stage import AGENT, Stage
from tests.eventually import until

pytestmark = pytest.mark.contract


async def comes_in(stage: Stage, first: str) -> StasisStart:
    return await stage.log.first(StasisStart, lambda e: e.args[0] == first)


def caller_of(stage: Stage) -> str:
    marks = stage.log.all(ChannelCallerId)[0].channel.channelvars or {}
    return str(marks["PARLEY_OFFER"]).removesuffix("~0")


async def test_the_leg_tells_of_the_caller_before_it_rings(stage: Stage) -> None:
    leg = await stage.rung_beforehand()
    await stage.dialled_leg(caller_of(stage), "Ringing", offer=0)

    told = stage.log.all(ChannelCallerId)[0].channel
    assert told.name.startswith(f"PJSIP/{AGENT}-")
    assert (told.caller.number, told.state) == ("5004", "Down")
    assert stage.heard_of(leg) == ["ChannelStateChange Ringing"]
    assert len(stage.log.all(ChannelCallerId)) == 1
    assert stage.log.all(StasisStart) == []
    assert {c.id for c in await stage.control.list_channels()} == {leg, caller_of(stage)}


async def test_she_answers_and_they_talk_without_us(stage: Stage) -> None:
    leg = await stage.rung_beforehand()
    await stage.wait_rung()

    stage.agent_answers()
    await stage.dialled_leg(caller_of(stage), "Up", offer=0)
    await until(lambda: stage.joined(caller_of(stage), leg))
    stage.agent_hangs_up()

    await stage.gone(caller_of(stage))
    assert await stage.control.list_channels() == []


async def test_each_name_is_good_for_one_caller(stage: Stage) -> None:
    await stage.rung_beforehand()
    await stage.wait_rung()

    await stage.ring_in("5004")

    assert (await comes_in(stage, "inbound")).args == ["inbound", "5004"]
    assert len(stage.log.all(ChannelCallerId)) == 1


async def test_a_phone_that_rings_for_one_caller_is_not_rung_for_another_who_took_its_name(
    stage: Stage,
) -> None:
    await stage.rung_beforehand()
    await stage.wait_rung()
    await stage.control.set_global("NEXT_PHONES_support", AGENT)

    await stage.ring_in("5004")

    start = await comes_in(stage, "inbound")
    assert (start.channel.channelvars or {})["PARLEY_OFFER"] == ""
    assert len(stage.log.all(ChannelCallerId)) == 1


async def test_who_took_a_name_that_another_has_takes_the_next_one(stage: Stage) -> None:
    await stage.rung_beforehand()
    await stage.wait_rung()
    await stage.control.set_global("NEXT_PHONES_support", f"{AGENT}&agent-nobody")

    await stage.ring_in("5004")

    start = await comes_in(stage, "back")
    assert start.args[:2] == ["back", "CHANUNAVAIL"], "nobody has no phone"


async def test_who_rings_in_while_nobody_is_named_comes_to_us(stage: Stage) -> None:
    await stage.ring_in("5004")

    assert (await comes_in(stage, "inbound")).args == ["inbound", "5004"]


@pytest.mark.parametrize(
    ("manner", "status", "cause"), [("busy", "BUSY", "17"), ("refuses", "CHANUNAVAIL", "21")]
)
async def test_a_phone_that_will_not_sends_the_caller_to_us(
    stage: Stage, manner: str, status: str, cause: str
) -> None:
    leg = await stage.rung_beforehand(manner)

    start = await comes_in(stage, "back")
    assert start.args == ["back", status, cause]
    assert start.channel.dialplan.exten == "5004"
    assert (await stage.log.first(ChannelDestroyed)).channel.id == leg


async def test_a_phone_that_is_not_there_sends_the_caller_to_us(stage: Stage) -> None:
    await stage.control.set_global("NEXT_PHONES_support", "agent-nobody")

    await stage.ring_in("5004")

    start = await comes_in(stage, "back")
    assert start.args[:2] == ["back", "CHANUNAVAIL"]
    assert (start.channel.channelvars or {})["PARLEY_OFFER"] == f"{start.channel.id}~0"


async def test_her_phone_is_free_for_others_once_the_caller_is_with_us(stage: Stage) -> None:
    await stage.rung_beforehand("refuses")
    first = await comes_in(stage, "back")
    await stage.control.set_global("NEXT_PHONES_support", AGENT)

    await stage.ring_in("5004")

    await stage.log.first(
        ChannelCallerId,
        lambda e: (e.channel.channelvars or {})["PARLEY_OFFER"] != f"{first.channel.id}~0",
    )


async def test_a_caller_can_be_taken_from_the_phone_that_rings(stage: Stage) -> None:
    leg = await stage.rung_beforehand()
    await stage.wait_rung()

    await stage.control.take_in_hand(caller_of(stage), None)

    assert (await comes_in(stage, "hand")).channel.id == caller_of(stage)
    await stage.gone(leg)


async def test_a_caller_who_hangs_up_takes_the_ringing_with_her(stage: Stage) -> None:
    leg = await stage.rung_beforehand()
    await stage.wait_rung()

    stage.caller_hangs_up()

    destroyed = await stage.log.first(ChannelDestroyed)
    assert (destroyed.channel.id, destroyed.cause) == (leg, 127)
    await stage.gone(caller_of(stage))


async def test_one_who_is_handed_over_to_a_phone_keeps_it_from_the_next_caller(
    stage: Stage,
) -> None:
    call = await stage.handed_over()
    await stage.wait_rung()
    await stage.control.set_global("NEXT_PHONES_support", AGENT)

    await stage.ring_in("5004")

    start = await stage.log.first(StasisStart, lambda e: e.args == ["inbound", "5004"])
    assert start.channel.id != call


async def test_a_phone_that_was_pushed_anew_tells_what_was_rung_by_its_place(stage: Stage) -> None:
    """Asterisk gives such a phone a number of its own, "unknown", and its legs show that one."""
    await stage.agent("rings")
    again = PhoneSpec(id=AGENT, kind=PhoneKind.SIP, contact=stage.contact(), context="from-agents")
    await stage.control.push_phone(again)
    await stage.control.watch_phones([AGENT])
    await stage.control.set_global("NEXT_PHONES_support", AGENT)

    await stage.ring_in("5004")

    rings = await stage.log.first(ChannelStateChange)
    assert rings.channel.dialplan.exten == "5004"

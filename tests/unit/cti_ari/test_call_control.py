"""Verbs where the fake is enough: what is sent, what a repeated verb does, what is refused."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from typing_extensions import override

from acd.ids import AgentId
from cti.ari.errors import Disconnected, Refused, TimedOut
from cti.call_control import CallControl, PhoneKind, PhoneSpec, call_of, caller_id, phone_objects
from cti.phones import desk_phone
from tests.fakes.asterisk import FakeAsterisk, PhoneManner

pytestmark = pytest.mark.unit


@pytest.fixture
def fake() -> FakeAsterisk:
    return FakeAsterisk()


@pytest.fixture
def control(fake: FakeAsterisk) -> CallControl:
    return CallControl(fake)


async def ring(control: CallControl, call: str, **changes: object) -> None:
    base: dict[str, object] = {
        "caller_number": "+15550100",
        "caller_name": "Ann",
        "ring_for": timedelta(seconds=20),
        "call": call,
    }
    await control.ring_leg(f"{call}~1", "PJSIP/agent-ana", **(base | changes))  # type: ignore[arg-type]


async def test_requests_of_a_call_share_its_lane_but_for_the_slow_ones(
    fake: FakeAsterisk, control: CallControl
) -> None:
    fake.phone("agent-ana", PhoneManner.ANSWERS)
    call = fake.caller_rings()

    await control.claim(call)
    await control.answer(call)
    await control.play(call, f"{call}~p1", ["sound:beep"])
    await control.create_bridge(f"{call}~b")
    await ring(control, call)
    await control.join(f"{call}~b", call, f"{call}~1")
    await control.hang_up(f"{call}~1")
    await control.destroy_bridge(f"{call}~b")

    apart = {f"{call}~1", f"{call}~b"}  # ringing and making a bridge hold nobody up
    assert {request.lane for request in fake.requests} == {call} | apart


async def test_the_hot_path_from_offer_to_talk_takes_two_requests(
    fake: FakeAsterisk, control: CallControl
) -> None:
    fake.phone("agent-ana", PhoneManner.ANSWERS)
    call = fake.caller_rings()
    await control.create_bridge(f"{call}~b")
    fake.requests.clear()

    await ring(control, call)
    await control.join(f"{call}~b", call, f"{call}~1")

    assert len(fake.requests) == 2
    assert fake.bridges == {f"{call}~b": [call, f"{call}~1"]}


async def test_a_caller_id_cannot_smuggle_anything_into_a_header(
    fake: FakeAsterisk, control: CallControl
) -> None:
    fake.phone("agent-ana")
    call = fake.caller_rings()

    await ring(
        control,
        call,
        caller_name='Eve" <sip:x>\r\nVia: evil',
        caller_number="+1555;x\r\n<1",
        headers={"X-Note": "a\r\nb"},
    )

    request = fake.requests[-1]
    assert request.query["callerId"] == '"Eve sip:xVia: evil" <+1555x1>'
    assert request.body == {"variables": {"PJSIP_HEADER(add,X-Note)": "ab"}}


def test_names_in_other_scripts_reach_the_phone() -> None:
    assert caller_id("王小明", "+8613800138000") == '"王小明" <+8613800138000>'
    assert caller_id("", "") == ""
    assert caller_id("", "anonymous") == "<anonymous>"  # bare, Asterisk would take it for a name
    assert caller_id("x" * 99, "1" * 99) == f'"{"x" * 60}" <{"1" * 32}>'


async def test_ring_time_is_rounded_up_to_whole_seconds(
    fake: FakeAsterisk, control: CallControl
) -> None:
    fake.phone("agent-ana")
    call = fake.caller_rings()

    await ring(control, call, ring_for=timedelta(seconds=1, milliseconds=1))

    assert fake.requests[-1].query["timeout"] == "2"


async def test_a_prompt_whose_reply_was_lost_is_not_played_twice(
    fake: FakeAsterisk, control: CallControl
) -> None:
    call = fake.caller_rings()
    fake.fail("POST .*/play/", error=TimedOut, done_anyway=True)
    with pytest.raises(TimedOut):
        await control.play(call, f"{call}~p1", ["sound:beep"])
    fake.requests.clear()

    await control.play(call, f"{call}~p1", ["sound:beep"])

    assert [request.method for request in fake.requests] == ["GET"]
    assert list(fake.playbacks) == [f"{call}~p1"]


async def test_a_prompt_whose_request_was_lost_is_played_after_all(
    fake: FakeAsterisk, control: CallControl
) -> None:
    call = fake.caller_rings()
    fake.fail("POST .*/play/", error=Disconnected)
    with pytest.raises(Disconnected):
        await control.play(call, f"{call}~p1", ["sound:beep"])

    await control.play(call, f"{call}~p1", ["sound:beep"])

    assert list(fake.playbacks) == [f"{call}~p1"]


@pytest.mark.parametrize("verb", ["create_bridge", "destroy_bridge"])
async def test_a_bridge_verb_whose_reply_was_lost_can_be_repeated(
    fake: FakeAsterisk, control: CallControl, verb: str
) -> None:
    if verb == "destroy_bridge":
        await control.create_bridge("c~b")
    fake.fail("bridges/", error=TimedOut, done_anyway=True)
    with pytest.raises(TimedOut):
        await getattr(control, verb)("c~b")

    await getattr(control, verb)("c~b")

    assert list(fake.bridges) == (["c~b"] if verb == "create_bridge" else [])


async def test_operations_on_one_bridge_take_turns(control: CallControl) -> None:
    class Slow(FakeAsterisk):
        at_once = most = 0

        @override
        async def request(self, *args: Any, **kwargs: Any) -> Any:
            self.at_once += 1
            self.most = max(self.most, self.at_once)
            await asyncio.sleep(0)
            self.at_once -= 1
            return await super().request(*args, **kwargs)

    slow = Slow()
    control = CallControl(slow)
    call = slow.caller_rings()

    async with asyncio.TaskGroup() as group:
        group.create_task(control.create_bridge("c~b"))
        group.create_task(control.join("c~b", call))
        group.create_task(control.leave("c~b", call))
        group.create_task(control.destroy_bridge("c~b"))

    assert slow.most == 1
    assert slow.bridges == {}


async def test_a_refusal_reaches_the_caller_of_the_verb(
    fake: FakeAsterisk, control: CallControl
) -> None:
    call = fake.caller_rings()
    fake.fail("answer", status=500)

    with pytest.raises(Refused):
        await control.answer(call)


class TestPhones:
    def test_a_browser_phone_is_webrtc_with_its_secret(self) -> None:
        phone = PhoneSpec(id="agent-ana", kind=PhoneKind.BROWSER, secret="s3cret")

        objects = phone_objects(phone)

        assert list(objects) == ["auth", "aor", "endpoint"]
        assert objects["auth"] == {
            "auth_type": "userpass",
            "username": "agent-ana",
            "password": "s3cret",
        }
        assert objects["endpoint"]["webrtc"] == "yes"
        assert objects["endpoint"]["rtp_timeout"] == "30"
        assert objects["endpoint"]["allow"] == "opus,ulaw,alaw"
        assert objects["aor"] == {"max_contacts": "1", "remove_existing": "yes"}

    @pytest.mark.parametrize(
        "phone",
        [
            PhoneSpec(id="agent-ana", kind=PhoneKind.BROWSER, secret="s3cret"),
            PhoneSpec(id="caller-1", kind=PhoneKind.BROWSER, secret="s3cret", context="from-demo"),
            PhoneSpec(id="desk-1", kind=PhoneKind.SIP, secret="s3cret"),
            desk_phone(AgentId("ana"), "sip:ana@10.0.0.1"),
        ],
    )
    def test_no_phone_may_move_a_call_or_watch_others(self, phone: PhoneSpec) -> None:
        endpoint = phone_objects(phone)["endpoint"]

        assert endpoint["allow_transfer"] == "no"
        assert endpoint["allow_subscribe"] == "no"

    def test_a_browser_phone_is_rung_over_the_desktops_websocket_only(self) -> None:
        phone = PhoneSpec(id="agent-ana", kind=PhoneKind.BROWSER, secret="s3cret")

        endpoint = phone_objects(phone)["endpoint"]

        assert endpoint["transport"] == "transport-ws"

    def test_callers_phones_are_not_told_who_serves_them(self) -> None:
        caller = PhoneSpec(id="caller-1", kind=PhoneKind.BROWSER, secret="s3cret")
        agents = desk_phone(AgentId("ana"), "sip:ana@10.0.0.1")

        endpoint = phone_objects(caller)["endpoint"]

        assert "send_pai" not in endpoint
        assert "trust_id_outbound" not in endpoint
        assert endpoint["send_connected_line"] == "no"
        assert phone_objects(agents)["endpoint"]["send_pai"] == "yes"

    def test_a_telephone_with_an_address_needs_no_secret(self) -> None:
        phone = PhoneSpec(id="desk-1", kind=PhoneKind.SIP, contact="sip:1@10.0.0.1")

        objects = phone_objects(phone)

        assert list(objects) == ["aor", "endpoint"]
        assert objects["aor"] == {"contact": "sip:1@10.0.0.1"}
        assert "webrtc" not in objects["endpoint"]
        assert "auth" not in objects["endpoint"]

    def test_nobody_can_speak_in_the_name_of_a_desk_phone_without_a_secret(self) -> None:
        objects = phone_objects(desk_phone(AgentId("ana"), "sip:ana@10.0.0.1"))

        assert objects["endpoint"]["identify_by"] == "ip"
        assert list(objects) == ["aor", "endpoint"], "and no address identifies it"

    @pytest.mark.parametrize(
        ("changes", "place"),
        [
            ({"id": ""}, "an id of letters"),
            ({"id": "a/b"}, "an id of letters"),
            ({"secret": ""}, "give a secret to register with, or a contact"),
            ({"caller_name": "a\r\nb"}, "its caller id holds"),
        ],
    )
    def test_a_phone_that_cannot_work_is_refused(self, changes: dict[str, str], place: str) -> None:
        base = {"id": "agent-ana", "kind": PhoneKind.BROWSER, "secret": "s3cret"}

        with pytest.raises(ValueError, match=place):
            PhoneSpec(**(base | changes))  # type: ignore[arg-type]

    def test_a_secret_does_not_show_in_logs(self) -> None:
        phone = PhoneSpec(id="agent-ana", kind=PhoneKind.BROWSER, secret="s3cret")

        assert "s3cret" not in repr(phone)


def test_ids_say_which_call_they_belong_to() -> None:
    assert call_of("parley-1.2") == call_of("parley-1.2~b") == call_of("parley-1.2~3")

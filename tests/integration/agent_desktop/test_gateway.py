"""The desktop's websocket, end to end over a real socket."""

import asyncio
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from acd import commands as c
from acd.ids import AgentId, CallId, OfferId
from acd.machine import IllegalTransition
from acd.reasons import EndReason, NotReadyReason
from agent_desktop.server.ports import Unavailable
from tests.fakes.backend import FakeCall
from tests.integration.agent_desktop.conftest import Start
from tests.integration.agent_desktop.desk import NINE, Desk

pytestmark = pytest.mark.integration

CALL = FakeCall("c1", "+12025550101", "sales", NINE)


async def eventually(told: object, wanted: object) -> None:
    """Wait until a list in the fake holds what is wanted."""
    async with asyncio.timeout(5):
        while told != wanted:  # noqa: ASYNC110 -- the fake is a plain list
            await asyncio.sleep(0.01)


async def test_hello_is_answered_with_welcome_and_a_snapshot_of_each_topic(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        async with ana.window() as window:
            welcome = await window.next()
            assert welcome["type"] == "welcome"
            assert welcome["topics"] == ["agent:ana", "parties", "queues"]
            snapshots = [await window.next() for _ in welcome["topics"]]
            assert [one["topic"] for one in snapshots] == welcome["topics"]
            me = snapshots[0]["values"]["me"]
            assert me["state"] == "not_ready"
            assert me["desktop"] is True


async def test_supervisor_sees_agents_and_calls_but_a_marketer_sees_nothing(start: Start) -> None:
    async with start() as desk:
        sam, max_ = await desk.signed_in("sam"), await desk.signed_in("max")
        async with sam.window() as window:
            assert (await window.next())["topics"] == [
                "agent:sam",
                "parties",
                "queues",
                "agents",
                "calls",
            ]
        async with max_.window() as window:
            assert (await window.next())["topics"] == []


async def test_a_command_is_replied_to_and_its_effect_arrives_as_a_delta(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        async with ana.window() as window:
            await window.until("snapshot", topic="queues")
            await window.send(type="go_ready", id=1)
            seen = [await window.next(), await window.next()]
            reply = next(frame for frame in seen if frame["type"] == "reply")
            delta = next(frame for frame in seen if frame["type"] == "delta")
            assert reply == {"type": "reply", "id": 1, "ok": True, "code": "", "detail": ""}
            assert delta["put"]["me"]["state"] == "ready"
            assert desk.backend.asked[-1] == c.GoReady(agent=AgentId("ana"))


async def test_every_agent_message_becomes_its_command(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        async with ana.window() as window:
            await window.until("snapshot", topic="queues")
            me, call = AgentId("ana"), CallId("c1")
            assert (await window.ask("phone_is", registered=True))["ok"]
            assert desk.backend.agents["ana"].phone
            assert (await window.ask("go_not_ready", reason="lunch"))["ok"]
            assert (await window.ask("go_ready"))["ok"]
            offer = desk.backend.offer("ana", CALL)
            assert (await window.ask("refuse_offer", offer=offer))["ok"]
            assert (await window.ask("go_ready"))["ok"]
            await desk.backend.ask(c.AcceptOffer(offer=OfferId(desk.backend.offer("ana", CALL))))
            desk.backend.asked.clear()
            assert (await window.ask("hold", call="c1"))["ok"]
            assert (await window.ask("retrieve", call="c1"))["ok"]
            assert (await window.ask("rejoin", call="c1"))["ok"]
            assert (await window.ask("hang_up", call="c1"))["ok"]
            assert (await window.ask("extend_wrap_up"))["ok"]
            assert desk.backend.asked == [
                c.HoldCall(call=call),
                c.RetrieveCall(call=call),
                c.EndCall(call=call, why=EndReason.AGENT_HUNG_UP),
                c.ExtendWrapUp(agent=me, more=timedelta(minutes=1)),
            ]
            assert desk.backend.rejoined == [("ana", "c1")]


async def test_an_agent_may_not_touch_anothers_call_or_offer(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        async with ana.window() as window:
            await window.until("snapshot", topic="queues")
            await desk.backend.ask(c.LogIn(agent=AgentId("ben")))
            await desk.backend.ask(c.GoReady(agent=AgentId("ben")))
            offer = desk.backend.offer("ben", CALL)
            assert (await window.ask("refuse_offer", offer=offer))["code"] == "not_your_offer"
            await desk.backend.ask(c.AcceptOffer(offer=OfferId(offer)))
            for kind in ("hold", "retrieve", "hang_up", "rejoin"):
                assert (await window.ask(kind, call="c1"))["code"] == "not_your_call"
            assert desk.backend.agents["ben"].state == "talking"


async def test_an_agent_may_not_force_a_colleague_but_a_supervisor_may(start: Start) -> None:
    async with start() as desk:
        ana, sam = await desk.signed_in("ana"), await desk.signed_in("sam")
        async with ana.window() as window, sam.window() as boss:
            for kind in ("force_ready", "force_not_ready", "force_log_out"):
                assert (await window.ask(kind, agent="ben"))["code"] == "not_allowed"
            assert (await boss.ask("force_ready", agent="ana"))["ok"]
            assert (await boss.ask("force_not_ready", agent="ana"))["ok"]
            assert (await boss.ask("force_ready", agent="nobody"))["code"] == "unknown_agent"
            assert desk.backend.asked[-1] == c.GoNotReady(
                agent=AgentId("ana"), reason=NotReadyReason.FORCED, by=AgentId("sam")
            )


async def test_forced_log_out_reaches_the_agents_page_at_once(start: Start) -> None:
    async with start() as desk:
        ana, sam = await desk.signed_in("ana"), await desk.signed_in("sam")
        async with ana.window() as window, sam.window() as boss:
            await window.until("snapshot", topic="queues")
            assert (await boss.ask("force_log_out", agent="ana"))["ok"]
            assert (await window.until("signed_out"))["code"] == "forced"
            assert await window.closed() == 4401
        assert (await ana.ask("GET", "/api/session")).status == 401


async def test_ending_the_shift_ends_the_session(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        async with ana.window() as window:
            await window.until("snapshot", topic="queues")
            await window.send(type="sign_out", id=1)
            assert (await window.until("signed_out"))["code"] == "signed_out"
            assert await window.closed() == 4401
        assert (await ana.ask("GET", "/api/session")).status == 401


async def test_reasons_that_only_the_system_states_are_refused(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        async with ana.window() as window:
            reply = await window.ask("go_not_ready", reason="rona")
            assert reply["code"] == "unknown_reason"
            assert "lunch" in reply["detail"]


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (IllegalTransition("ana is talking"), "illegal_transition"),
        (Unavailable("telephony is away"), "unavailable"),
        (TimeoutError(), "timeout"),
        (ZeroDivisionError(), "internal"),
    ],
)
async def test_each_failure_of_a_command_has_its_code(
    start: Start, raised: Exception, code: str
) -> None:
    async with start() as desk:
        desk.backend.refusals[c.GoReady] = raised
        ana = await desk.signed_in("ana")
        async with ana.window() as window:
            assert (await window.ask("go_ready"))["code"] == code
            assert (await window.ask("go_not_ready", reason="break"))["ok"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "[]",
        "{}",
        '{"type":"become_admin","id":4}',
        '{"type":"go_ready","id":"4"}',
        '{"type":"go_ready","id":4,"agent":"ben"}',
        '{"type":"hello","csrf":"again"}',
        '{"type":"hold","id":4,"call":null}',
    ],
)
async def test_a_malformed_frame_is_told_and_the_next_good_one_works(
    start: Start, text: str
) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        async with ana.window() as window:
            await window.until("snapshot", topic="queues")
            await window.socket.send_str(text)
            reply = await window.until("reply")
            assert reply["code"] == "malformed"
            assert reply["id"] == (4 if '"id":4' in text else 0)
            window.id = 10
            assert (await window.ask("go_ready"))["ok"]


async def test_binary_frames_are_malformed_and_the_third_ends_the_connection(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        async with ana.window() as window:
            for _ in range(3):
                await window.socket.send_bytes(b"\x00\xff")
            assert await window.closed() == 4400


async def test_a_frame_beyond_the_limit_closes_the_connection(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        async with ana.window() as window:
            await window.send(type="hold", id=1, call="x" * 20_000)
            assert await window.closed() == aiohttp.WSCloseCode.MESSAGE_TOO_BIG


async def test_ids_that_do_not_grow_are_refused(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        async with ana.window() as window:
            await window.send(type="go_ready", id=5)
            assert (await window.until("reply"))["ok"]
            await window.send(type="go_ready", id=5)
            assert (await window.until("reply"))["code"] == "stale_id"


async def test_a_flood_of_commands_is_refused_not_stored(start: Start) -> None:
    async with start() as desk:
        gate = asyncio.Event()

        async def stuck(command: c.Command) -> None:
            await gate.wait()

        ana = await desk.signed_in("ana")
        async with ana.window() as window:
            await window.until("snapshot", topic="queues")
            desk.backend.ask = stuck  # type: ignore[method-assign]
            for id_ in range(1, 41):
                await window.send(type="go_ready", id=id_)
            reply = await window.until("reply", ok=False)
            assert reply["code"] == "too_many"
            gate.set()


async def test_without_a_session_the_close_code_says_so(start: Start) -> None:
    async with start() as desk, desk.browser().window() as window:
        assert await window.closed() == 4401


async def test_a_wrong_csrf_token_in_hello_is_not_let_in(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        ana.csrf = "guessed"
        async with ana.window() as window:
            assert await window.closed() == 4403


async def test_who_does_not_say_hello_is_shown_out(start: Start) -> None:
    async with start(hello_within=timedelta(milliseconds=50)) as desk:
        ana = await desk.signed_in("ana")
        async with ana.window(hello=False) as window:
            assert await window.closed() == 4400


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None])
async def test_other_origins_do_not_get_a_websocket(start: Start, origin: str | None) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        headers = {"Origin": origin} if origin else {}
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await ana.http.ws_connect(f"{desk.origin}/ws", headers=headers)
        assert refused.value.status == 403


async def test_more_windows_than_allowed_are_refused(start: Start) -> None:
    async with start(sockets_per_session=1) as desk:
        sam = await desk.signed_in("sam")
        async with sam.window() as window, sam.window() as other:
            await window.until("snapshot", topic="calls")
            assert await other.closed() == 4429


async def test_a_second_page_leaves_the_phone_where_it_is_and_both_are_live(start: Start) -> None:
    async with start() as desk:
        at_desk, at_home = await desk.signed_in("ana"), await desk.signed_in("ana")
        async with at_desk.window(page="one") as first, at_home.window(page="two") as second:
            assert (await first.until("phone_at"))["here"]
            assert (await first.ask("phone_is", registered=True, line="ready"))["ok"]
            assert (await second.until("phone_at", line="ready"))["here"] is False
            assert (await second.ask("go_ready"))["ok"]
            shown = await first.until("delta", topic="agent:ana")
            assert shown["put"]["me"]["state"] == "ready"
        assert desk.backend.lost == []


async def test_only_the_page_that_has_the_phone_speaks_for_it_until_another_asks_for_it(
    start: Start,
) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        async with ana.window(page="one") as first, ana.window(page="two") as second:
            await first.until("phone_at", here=True)
            await second.until("phone_at", here=False)
            await first.ask("go_ready")
            offer = desk.backend.offer("ana", CALL)
            await second.until("delta", topic="agent:ana")
            assert (await second.ask("take_phone"))["code"] == "phone_rings"
            await desk.backend.ask(c.AcceptOffer(offer=OfferId(offer)))
            for kind, fields in ("phone_is", {"registered": False}), ("rejoin", {"call": "c1"}):
                assert (await second.ask(kind, **fields))["code"] == "phone_elsewhere"
            assert (await second.ask("take_phone"))["ok"]
            await first.until("phone_at", here=False)
            assert (await first.ask("rejoin", call="c1"))["code"] == "phone_elsewhere"
            assert (await second.ask("rejoin", call="c1"))["ok"]
            assert desk.backend.agents["ana"].state == "talking"


async def test_a_page_without_the_phone_asks_the_one_that_has_it(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        async with ana.window(page="one") as first:
            assert (await first.until("phone_at"))["here"]
            async with ana.window(page="two") as second:
                assert (await second.ask("use_phone", do="press", key="5"))["ok"]
                wish = await first.until("phone_do")
                assert (wish["do"], wish["key"]) == ("press", "5")
                assert (await second.ask("use_phone", do="explode"))["code"] == "phone_elsewhere"
                for key in ("55", "5\n"):
                    refused = await second.ask("use_phone", do="press", key=key)
                    assert refused["code"] == "malformed"


async def test_the_phone_goes_to_an_open_page_when_the_one_that_has_it_is_closed(
    start: Start,
) -> None:
    async with start(phone_claim=timedelta(milliseconds=50)) as desk:
        ana = await desk.signed_in("ana")
        async with ana.window(page="one") as first, ana.window(page="two") as second:
            await first.until("phone_at", here=True)
            await second.until("phone_at", here=False)
            await first.socket.close()
            await second.until("phone_at", here=True)
            async with ana.window(page="three") as third:
                await third.until("phone_at", here=False)
                second.socket._conn.transport.abort()  # type: ignore[union-attr]
                async with ana.window(page="two", phone="here") as again:
                    await again.until("phone_at", here=True)
            assert desk.backend.lost == []


async def test_a_session_whose_page_carries_the_call_is_not_signed_out(start: Start) -> None:
    async with start() as desk:
        carries, other = await desk.signed_in("ana"), await desk.signed_in("ana")
        async with carries.window(page="one") as first, other.window(page="two") as second:
            await first.until("phone_at", here=True)
            assert (await carries.ask("POST", "/api/phone")).status == 201
            await first.ask("go_ready")
            offer = desk.backend.offer("ana", CALL)
            await desk.backend.ask(c.AcceptOffer(offer=OfferId(offer)))
            await first.until("delta", topic="agent:ana")
            refused = await carries.ask("DELETE", "/api/session")
            assert (refused.status, refused.code) == (409, "in_a_call")
            await second.until("phone_at")
            assert (await other.ask("DELETE", "/api/session")).status == 204
            assert desk.backend.agents["ana"].state == "talking"


async def test_a_command_that_was_meant_a_while_ago_is_not_done(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        async with ana.window() as window:
            at = desk.clock.at
            late, soon = (at - timedelta(seconds=1)).isoformat(), at.isoformat()
            assert (await window.ask("go_ready", until=late))["code"] == "too_late"
            assert desk.backend.agents["ana"].state == "not_ready"
            assert (await window.ask("go_ready", until=soon))["ok"]
            naive = "2026-03-02T09:00:00"
            assert (await window.ask("go_ready", until=naive))["code"] == "malformed"


async def test_a_probe_is_answered_at_once(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        async with ana.window() as window:
            await window.until("snapshot", topic="queues")
            await window.send(type="probe")
            assert (await window.until("ping"))["now"]


async def test_a_supervisor_may_have_two_windows(start: Start) -> None:
    async with start() as desk:
        sam = await desk.signed_in("sam")
        async with sam.window() as one, sam.window() as two:
            await two.until("snapshot", topic="calls")
            assert (await one.ask("force_ready", agent="nobody"))["code"] == "unknown_agent"


async def test_a_resumed_connection_gets_only_what_it_missed(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        async with ana.window() as window:
            epoch = (await window.next())["epoch"]
            snapshots = [await window.next() for _ in range(3)]
            seqs = {one["topic"]: one["seq"] for one in snapshots}
        desk.hub.put("queues", "sales", 1)
        async with ana.window(epoch=epoch, seqs=seqs) as window:
            await window.until("welcome")
            frames = [await window.next() for _ in range(3)]
            assert {frame["type"] for frame in frames} == {"delta"}
            queues = next(frame for frame in frames if frame["topic"] == "queues")
            assert (queues["after"], queues["put"]) == (seqs["queues"], {"sales": 1})


async def test_a_lost_desktop_is_reported_after_the_grace_time(start: Start) -> None:
    async with start(grace=timedelta(milliseconds=50)) as desk:
        ana = await desk.signed_in("ana")
        async with ana.window() as window:
            await window.until("snapshot", topic="queues")
            assert desk.backend.lost == []
        await eventually(desk.backend.lost, ["ana"])


async def test_a_reload_within_the_grace_time_is_nobodys_loss(start: Start) -> None:
    async with start(grace=timedelta(milliseconds=300)) as desk:
        ana = await desk.signed_in("ana")
        async with ana.window() as window:
            await window.until("snapshot", topic="queues")
        async with ana.window() as window:
            await window.until("snapshot", topic="queues")
            await asyncio.sleep(0.5)
            assert desk.backend.lost == []


async def test_a_silent_browser_is_cut_and_reported(start: Start) -> None:
    """A closed laptop: the socket stays open, nobody answers the pings."""
    async with start(
        heartbeat=timedelta(milliseconds=20),
        silence=timedelta(milliseconds=100),
        grace=timedelta(milliseconds=50),
    ) as desk:
        ana = await desk.signed_in("ana")
        async with ana.window() as window:
            await eventually(desk.backend.lost, ["ana"])
            assert await window.closed() == 1006
            assert desk.gateway.cut_off == 1


async def test_a_browser_that_answers_pings_stays(start: Start) -> None:
    async with start(
        heartbeat=timedelta(milliseconds=20), silence=timedelta(milliseconds=150)
    ) as desk:
        ana = await desk.signed_in("ana")
        async with ana.window() as window:
            await window.until("snapshot", topic="queues")
            for _ in range(20):
                await window.until("ping")
                await window.send(type="pong")
            assert (await window.ask("go_ready"))["ok"]


async def test_an_expired_session_is_told_so(start: Start) -> None:
    async with start(heartbeat=timedelta(milliseconds=20)) as desk:
        ana = await desk.signed_in("ana")
        async with ana.window() as window:
            await window.until("snapshot", topic="queues")
            desk.clock.advance(hours=25)
            assert (await window.until("signed_out"))["code"] == "expired"
            assert await window.closed() == 4401


async def test_shutting_down_tells_the_browser_to_come_back(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        async with ana.window() as window:
            await window.until("snapshot", topic="queues")
            desk.gateway.shut_down()
            assert await window.closed() == 1001


async def test_a_browser_that_does_not_read_is_cut_off_and_delays_nobody(start: Start) -> None:
    async with start(outbox_soft=16 * 1024, slow_patience=timedelta(milliseconds=300)) as desk:
        sam, slow = await desk.signed_in("sam"), await desk.signed_in("sam")
        async with sam.window() as quick, slow.window() as stuck:
            await quick.until("snapshot", topic="calls")
            await stuck.until("snapshot", topic="calls")
            transport = stuck.socket.get_extra_info("socket")
            assert transport is not None
            stuck.socket._conn.transport.pause_reading()  # type: ignore[union-attr]
            number = await _flood(desk, lambda: desk.gateway.cut_off == 1)
            async with asyncio.timeout(5):
                while True:
                    frame = await quick.next()
                    if frame["type"] == "delta" and frame["put"]["big"][0] == number:
                        break
            assert desk.gateway.connections == 1


async def test_a_browser_that_pauses_gets_the_present_not_every_moment_it_missed(
    start: Start,
) -> None:
    async with start() as desk:
        sam = await desk.signed_in("sam")
        async with sam.window() as window:
            await window.until("snapshot", topic="calls")
            transport: Any = window.socket._conn.transport  # type: ignore[union-attr]
            transport.pause_reading()
            for number in range(400):
                desk.hub.put("calls", "big", [number, "x" * 50_000])
                await asyncio.sleep(0)
            transport.resume_reading()
            numbers: list[int] = []
            while not numbers or numbers[-1] != 399:
                numbers.append((await window.until("delta", topic="calls"))["put"]["big"][0])
            assert numbers == sorted(numbers)
            assert len(numbers) < 200
            assert desk.gateway.cut_off == 0


async def _flood(desk: Desk, enough: object) -> int:
    """Change a large value until the slow browser is gone."""
    number = 0
    async with asyncio.timeout(10):
        while not enough():  # type: ignore[operator]
            number += 1
            desk.hub.put("calls", "big", [number, "x" * 200_000])
            await asyncio.sleep(0.01)
    return number

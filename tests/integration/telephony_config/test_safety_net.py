"""Whatever the daemon does or fails to do, a caller is never left in silence."""

import asyncio
import re
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from prompts import AUDIO
from telephony_config import debian
from telephony_config.embedded import EmbeddedAsterisk
from telephony_config.load import load_site
from telephony_config.render import DialDaemon
from tests import sipp
from tests.ari_http import AriHttp, ari_http
from tests.asterisk_fixture import ROOT, free_port, running_asterisk
from tests.eventually import until
from tests.fakes.sip_phone import SipPhone

pytestmark = pytest.mark.integration

APOLOGY = timedelta(seconds=2)
"""Less than the spoken apology lasts, more than any noise."""


@pytest.fixture
async def ari(asterisk: EmbeddedAsterisk) -> AsyncIterator[AriHttp]:
    async with ari_http(asterisk.runtime) as client:
        await client.push_phone("caller-test")
        yield client


async def call(
    asterisk: EmbeddedAsterisk,
    folder: Path,
    ear: sipp.Ear,
    *,
    dial: str = "5001",
    stay: timedelta | None = None,
) -> float:
    """Ring a number, listen to the end, and return how long it took."""
    began = time.monotonic()
    scenario = sipp.caller(user="caller-test", media=ear.port, stay=stay)
    outcome = await sipp.run(scenario, folder, port=asterisk.runtime.ports.sip_udp, dial=dial)
    assert outcome.code == 0, outcome.said
    return time.monotonic() - began


async def all_is_clean(ari: AriHttp) -> bool:
    return not await ari.ask("GET", "channels") and not await ari.ask("GET", "bridges")


async def test_without_a_daemon_the_caller_hears_it_ring_for_two_seconds_then_the_apology(
    asterisk: EmbeddedAsterisk, ari: AriHttp, tmp_path: Path
) -> None:
    with sipp.Ear() as ear:
        async with asyncio.TaskGroup() as tasks:
            ringing = tasks.create_task(call(asterisk, tmp_path / "sipp", ear))
            await asyncio.sleep(1)
            (caller,) = await ari.ask("GET", "channels")
            took = await ringing
        assert ear.sounding() > APOLOGY

    assert (caller["state"], caller["dialplan"]["exten"]) == ("Ring", "wait")
    assert took < 8.5
    assert await all_is_clean(ari)


async def test_a_daemon_that_never_takes_the_call_loses_it_after_two_seconds(
    asterisk: EmbeddedAsterisk, ari: AriHttp, tmp_path: Path
) -> None:
    kinds: list[tuple[float, str]] = []
    url = f"{asterisk.runtime.events_url}?app=parley"
    async with ari.session.ws_connect(url) as socket, asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(read(socket, kinds))
        with sipp.Ear() as ear:
            await call(asterisk, tmp_path / "sipp", ear)
            assert ear.sounding() > APOLOGY
        reading.cancel()

    at = {kind: when for when, kind in reversed(kinds)}
    assert 1.5 < at["StasisEnd"] - at["StasisStart"] < 3
    assert await all_is_clean(ari)


async def read(socket: aiohttp.ClientWebSocketResponse, kinds: list[tuple[float, str]]) -> None:
    while True:
        event = await socket.receive_json()
        kinds.append((time.monotonic(), event["type"]))


@pytest.mark.parametrize("phone", ["agent-deaf", "agent-gone"])
async def test_a_caller_handed_over_whose_phone_nobody_answers_outlives_the_daemon(
    asterisk: EmbeddedAsterisk, ari: AriHttp, tmp_path: Path, phone: str
) -> None:
    """The daemon watches the phone, hands her over, and dies while it rings."""
    handed = asyncio.Event()
    url = f"{asterisk.runtime.events_url}?app=parley"

    async def hand_over() -> None:
        async with ari.session.ws_connect(url) as events:
            source = f"endpoint:PJSIP/{phone}"
            await ari.ask("POST", "applications/parley/subscription", eventSource=source)
            start = await events.receive_json()
            await ari.ask(
                "POST",
                f"channels/{start['channel']['id']}/continue",
                context="parley-ring",
                extension=f"1~1~m~{phone}",
            )
            handed.set()

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf, sipp.Ear() as ear:
        deaf.bind(("127.0.0.1", 0))
        contact = f"sip:deaf@127.0.0.1:{deaf.getsockname()[1]}"
        await ari.push_phone("agent-deaf", context="from-agents", contact=contact)
        await ari.push_phone("agent-gone", context="from-agents")
        async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
            tasks.create_task(hand_over())
            tasks.create_task(call(asterisk, tmp_path / "sipp", ear))
        assert ear.sounding() > APOLOGY

    assert handed.is_set()
    assert await all_is_clean(ari)


PLACE = r"(?:^exten => [^,]+,1|^ same => n(?:\(\w+\))?),"
"""What comes before the application in a line of the dialplan."""


async def test_what_the_dialplan_uses_asterisk_has(asterisk: EmbeddedAsterisk) -> None:
    """A module too few does not stop Asterisk: the line would fail when a caller comes to it."""
    path = asterisk.runtime.etc / "extensions.conf"
    text = await asyncio.to_thread(path.read_text)
    lines = [line for line in text.splitlines() if not line.startswith(";")]
    applications = {
        name for line in lines for name in re.findall(PLACE + r"([A-Z][A-Za-z]+)\(", line)
    }
    functions = {name for line in lines for name in re.findall(r"\b([A-Z_]{3,})\(", line)}

    absent = [name for name in applications if await lacks(asterisk, "application", name)]
    absent += [name for name in functions if await lacks(asterisk, "function", name)]

    assert {"Dial", "ChannelRedirect", "Stasis"} <= applications
    assert {"CUT", "SHARED", "TIMEOUT"} <= functions
    assert absent == []
    assert await lacks(asterisk, "application", "ExecIf"), "so that the question is a fair one"
    assert await lacks(asterisk, "function", "ODBC")


async def lacks(asterisk: EmbeddedAsterisk, kind: str, name: str) -> bool:
    return "-= Info about" not in await asterisk.cli(f"core show {kind} {name}")


async def test_a_call_the_daemon_has_taken_stays_with_it(
    asterisk: EmbeddedAsterisk, ari: AriHttp, tmp_path: Path
) -> None:
    ended: list[str] = []
    url = f"{asterisk.runtime.events_url}?app=parley"

    async def serve(socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            event = message.json()
            if event["type"] == "StasisStart":
                channel = f"channels/{event['channel']['id']}"
                await ari.ask(
                    "POST", f"{channel}/variable", variable="TIMEOUT(absolute)", value="0"
                )
                await ari.ask("POST", f"{channel}/answer")
                await asyncio.sleep(3)
                ended.append("served for three seconds")
                await ari.ask("DELETE", channel)

    async with ari.session.ws_connect(url) as socket, asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(serve(socket))
        with sipp.Ear() as ear:
            await call(asterisk, tmp_path / "sipp", ear)
            assert ear.sounding() < timedelta(seconds=1)
        serving.cancel()

    assert ended == ["served for three seconds"]


async def test_the_phones_the_daemon_named_are_rung_in_its_stead(
    asterisk: EmbeddedAsterisk, ari: AriHttp, tmp_path: Path
) -> None:
    port = free_port(socket.SOCK_DGRAM)
    await ari.push_phone("agent-ana", context="from-agents", contact=f"sip:a@127.0.0.1:{port}")
    await ari.push_phone("agent-gone", context="from-agents")
    await name_phones(ari, "PJSIP/agent-gone&PJSIP/agent-ana")

    async def talking() -> bool:
        channels = await ari.ask("GET", "channels")
        up = {one["name"].rpartition("-")[0] for one in channels if one["state"] == "Up"}
        return up == {"PJSIP/agent-ana", "PJSIP/caller-test"}

    async with answering_phone(port, tmp_path):
        with sipp.Ear() as ear:
            async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
                tasks.create_task(call(asterisk, tmp_path / "1", ear, stay=timedelta(seconds=3)))
                await until(talking)

        await name_phones(ari, "PJSIP/agent-gone")  # ana has logged out
        with sipp.Ear() as ear:
            await call(asterisk, tmp_path / "2", ear)
            assert ear.sounding() > APOLOGY

    assert "agent-ana" not in await asterisk.cli("queue show safety-support")
    assert await all_is_clean(ari)


async def test_a_phone_that_forwards_loses_no_caller_of_the_safety_net(
    asterisk: EmbeddedAsterisk, ari: AriHttp, tmp_path: Path
) -> None:
    port = free_port(socket.SOCK_DGRAM)
    server = ("127.0.0.1", asterisk.runtime.ports.sip_udp)
    forwards = await SipPhone.open(server, "agent-ben", "forwards")
    forwards.forwards_to = "sip:5090@127.0.0.1"
    await ari.push_phone("agent-ana", context="from-agents", contact=f"sip:a@127.0.0.1:{port}")
    await ari.push_phone("agent-ben", context="from-agents", contact=forwards.contact)
    await name_phones(ari, "PJSIP/agent-ben")

    async def talking() -> list[str]:
        channels = await ari.ask("GET", "channels")
        up = sorted(one["name"].rpartition("-")[0] for one in channels)
        return up if len(up) > 1 and all(one["state"] == "Up" for one in channels) else []

    async with answering_phone(port, tmp_path):
        with sipp.Ear() as ear:
            async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
                tasks.create_task(call(asterisk, tmp_path / "1", ear, stay=timedelta(seconds=7)))
                await forwards.wait_rung()
                member = "PJSIP/agent-ana"
                await asterisk.cli(f"queue add member {member} to safety-support")
                assert await until(talking) == ["PJSIP/agent-ana", "PJSIP/caller-test"]
    forwards.close()
    assert await all_is_clean(ari)


async def name_phones(ari: AriHttp, phones: str) -> None:
    """What the daemon does whenever somebody logs in or out."""
    await ari.ask("POST", "asterisk/variable", variable="SAFETY_PHONES_support", value=phones)


@asynccontextmanager
async def answering_phone(port: int, folder: Path) -> AsyncIterator[None]:
    """SIPp's own phone: it answers every call and waits for the other side to hang up."""
    program = await asyncio.to_thread(debian.command, ROOT, "usr/bin/sipp")
    phone = await asyncio.create_subprocess_exec(
        *program, "-sn", "uas", "-i", "127.0.0.1", "-p", str(port),
        "-nostdin", stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL, cwd=folder,
    )  # fmt: skip
    try:
        yield
    finally:
        phone.kill()
        await phone.wait()


async def test_the_apology_is_spoken_in_the_language_of_the_number(tmp_path: Path) -> None:
    demo = await asyncio.to_thread(load_site, Path("telephony_config/demo_site.toml"))
    async with running_asterisk(tmp_path / "a", of=demo, prompts=AUDIO) as asterisk:
        async with ari_http(asterisk.runtime) as ari:
            await ari.push_phone("caller-test")
        with sipp.Ear() as ear:
            await call(asterisk, tmp_path / "sipp", ear, dial="5003")
            heard = ear.sounding()
        said = (tmp_path / "a" / "log" / "messages").read_text()

    assert heard > APOLOGY
    assert "apology" not in said, "the prompt was found, so Asterisk has nothing to say about it"


async def test_a_caller_for_whom_there_is_no_agent_hears_why_before_she_is_hung_up(
    tmp_path: Path,
) -> None:
    demo = await asyncio.to_thread(load_site, Path("telephony_config/demo_site.toml"))
    async with running_asterisk(tmp_path / "a", of=demo, prompts=AUDIO) as asterisk:
        url = f"{asterisk.runtime.events_url}?app=parley"
        async with (
            ari_http(asterisk.runtime) as ari,
            ari.session.ws_connect(url) as events,
            asyncio.timeout(30),
        ):
            await ari.push_phone("caller-test")
            with sipp.Ear() as ear:
                calling = asyncio.create_task(call(asterisk, tmp_path / "sipp", ear, dial="5004"))
                start = await events.receive_json()
                await ari.ask(
                    "POST",
                    f"channels/{start['channel']['id']}/continue",
                    context="parley-farewell",
                    extension="closed~fa",
                )
                await calling
                assert ear.sounding() > APOLOGY
            assert await all_is_clean(ari)


async def test_asterisk_that_dials_an_absent_daemon_takes_callers_back_too(tmp_path: Path) -> None:
    """Outbound mode: the application stays registered while the daemon is away."""
    port = free_port(socket.SOCK_STREAM)
    met = asyncio.Event()

    async def once(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=["ari"])
        await socket.prepare(request)
        met.set()
        await socket.receive()
        return socket

    daemon = web.Application()
    daemon.router.add_get("/ari", once)
    runner = web.AppRunner(daemon, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    dial = DialDaemon(uri=f"ws://127.0.0.1:{port}/ari", user="asterisk", password="x")
    async with running_asterisk(tmp_path / "a", dial_daemon=dial) as asterisk:
        async with asyncio.timeout(5):
            await met.wait()
        await runner.cleanup()
        async with ari_http(asterisk.runtime) as ari:
            await ari.push_phone("caller-test")
            with sipp.Ear() as ear:
                took = await call(asterisk, tmp_path / "sipp", ear)
                assert ear.sounding() > APOLOGY
            assert await all_is_clean(ari)

    assert took > 2, "the application seemed to be there, so the guard had to end the wait"


@pytest.mark.parametrize(
    ("context", "dialled"),
    [("from-demo", "0049123456"), ("from-agents", "5001"), ("from-agents", "00441632960000")],
)
async def test_what_may_not_be_dialled_is_refused_before_a_channel_exists(
    asterisk: EmbeddedAsterisk, ari: AriHttp, tmp_path: Path, context: str, dialled: str
) -> None:
    await ari.push_phone("caller-curious", context=context)

    outcome = await sipp.run(
        sipp.refused(user="caller-curious", code=404),
        tmp_path / "sipp",
        port=asterisk.runtime.ports.sip_udp,
        dial=dialled,
    )

    assert outcome.code == 0, outcome.said
    assert "0 calls processed" in await asterisk.cli("core show channels")


@pytest.mark.parametrize("dialled", ["T", "h", "s", "i", "start"])
async def test_nobody_reaches_the_safety_net_by_dialling_its_names(
    asterisk: EmbeddedAsterisk, ari: AriHttp, tmp_path: Path, dialled: str
) -> None:
    outcome = await sipp.run(
        sipp.refused(user="caller-test", code=404),
        tmp_path / "sipp",
        port=asterisk.runtime.ports.sip_udp,
        dial=dialled,
    )

    assert outcome.code == 0, outcome.said
    assert await all_is_clean(ari)


async def test_a_number_that_was_dialled_in_vain_is_not_in_asterisks_log(
    asterisk: EmbeddedAsterisk, ari: AriHttp, tmp_path: Path
) -> None:
    outcome = await sipp.run(
        sipp.refused(user="caller-test", code=404),
        tmp_path / "sipp",
        port=asterisk.runtime.ports.sip_udp,
        dial="12025550143",
    )

    assert outcome.code == 0, outcome.said
    logs = await asyncio.to_thread(lambda: list(asterisk.runtime.log.iterdir()))
    said = [await asyncio.to_thread(log.read_text, errors="replace") for log in logs]
    assert logs
    assert not any("12025550143" in text for text in said)


@pytest.mark.parametrize(("address", "status"), [("127.0.0.1", 200), ("127.0.0.2", 403)])
async def test_a_browser_phones_name_opens_nothing_from_elsewhere(
    asterisk: EmbeddedAsterisk, ari: AriHttp, address: str, status: int
) -> None:
    """What comes through the desktop comes from this machine's own address."""
    await ari.push_phone("caller-page")
    server = ("127.0.0.1", asterisk.runtime.ports.sip_udp)
    phone = await SipPhone.open(server, "caller-page", address=address)
    try:
        dialog = await phone.dial("5090")
        async with asyncio.timeout(5):
            await (dialog.answered if status == 200 else dialog.ended).wait()
        await asyncio.sleep(0)  # the phone notes the status after it has told of it
        assert dialog.final_status == status
        phone.hang_up(dialog)
    finally:
        phone.close()


async def test_an_unknown_phone_gets_no_further_than_a_challenge(
    asterisk: EmbeddedAsterisk, tmp_path: Path
) -> None:
    outcome = await sipp.run(
        sipp.refused(user="nobody", code=401),
        tmp_path / "sipp",
        port=asterisk.runtime.ports.sip_udp,
        dial="5001",
    )

    assert outcome.code == 0, outcome.said


async def test_the_echo_number_gives_back_what_it_hears_without_a_daemon(
    asterisk: EmbeddedAsterisk, ari: AriHttp, tmp_path: Path
) -> None:
    with sipp.Ear() as ear:
        async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
            made = tasks.create_task(
                sipp.run(
                    sipp.caller(user="caller-test", media=ear.port, stay=timedelta(seconds=3)),
                    tmp_path / "sipp",
                    port=asterisk.runtime.ports.sip_udp,
                    dial="5090",
                )
            )
            source = await media_address(ari)
            for number in range(50):
                ear.speak(source, number)
                await asyncio.sleep(0.02)
        assert ear.sounding() > timedelta(milliseconds=500)

    assert made.result().code == 0, made.result().said
    assert await all_is_clean(ari)


async def media_address(ari: AriHttp) -> tuple[str, int]:
    """Where Asterisk expects the media of the only call, once it is answered."""

    async def answered() -> list[dict[str, str]]:
        return [one for one in await ari.ask("GET", "channels") if one["state"] == "Up"]

    up = await until(answered)
    path = f"channels/{up[0]['id']}/variable"
    answer = await ari.ask("GET", path, variable="CHANNEL(rtp,src)")
    port = int(answer["value"].rpartition(":")[2])
    return "127.0.0.1", port

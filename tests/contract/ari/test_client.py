"""The ARI client over a real socket: connecting, filtering, lanes, time-outs, falling back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from random import Random

import aiohttp
import pytest

from cti.ari import wire
from cti.ari.client import AriClient
from cti.ari.deadline import within
from cti.ari.errors import Disconnected, Gone, Refused, SteppedDown, TimedOut
from cti.ari.events import Event, StasisStart
from cti.ari.settings import AriSettings
from cti.call_control import CallControl, PhoneKind, PhoneSpec
from tests.fakes.asterisk import FakeAsterisk
from tests.fakes.asterisk_server import PASSWORD, USER, FakeAriServer, eventually

pytestmark = pytest.mark.contract

PATIENCE = 5.0


@pytest.fixture
async def server() -> AsyncIterator[FakeAriServer]:
    async with FakeAriServer(FakeAsterisk()).serving() as served:
        yield served


def settings_of(server: FakeAriServer, **changes: object) -> AriSettings:
    base: dict[str, object] = {
        "url": server.url,
        "user": USER,
        "password": PASSWORD,
        "lanes": 2,
        "first_backoff": timedelta(milliseconds=5),
        "longest_backoff": timedelta(milliseconds=20),
    }
    return AriSettings(**(base | changes))  # type: ignore[arg-type]


class Running:
    """A client with its run() under way and its notices counted."""

    def __init__(self, settings: AriSettings) -> None:
        self.notices: list[str] = []
        self.client = AriClient(
            settings,
            chance=Random(7),
            on_connected=self._connected,
            on_disconnected=self._disconnected,
        )
        self.reconcile = asyncio.Event()
        self.reconcile.set()

    async def _connected(self) -> None:
        self.notices.append("connected")
        await self.reconcile.wait()

    async def _disconnected(self) -> None:
        self.notices.append("disconnected")

    async def until(self, what: str, times: int) -> None:
        await eventually(lambda: self.notices.count(what) >= times)

    async def events(self, count: int) -> list[Event]:
        taken: list[Event] = []
        async with asyncio.timeout(PATIENCE):
            async for event in self.client.events():
                taken.append(event)
                if len(taken) == count:
                    break
        return taken


@asynccontextmanager
async def running(settings: AriSettings) -> AsyncIterator[Running]:
    one = Running(settings)
    task = asyncio.get_running_loop().create_task(one.client.run())
    try:
        async with asyncio.timeout(PATIENCE):
            await one.client.wait_connected()
        await eventually(lambda: one.client.health().lanes_up == settings.lanes)
        yield one
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_the_event_filter_is_set_and_lets_replies_through(server: FakeAriServer) -> None:
    async with running(settings_of(server)) as one:
        await one.client.request("GET", "channels")

        assert "RESTResponse" in server.filters["parley"]
        assert "ContactStatusChange" in server.filters["parley"]
        assert "ChannelVarset" not in server.filters["parley"]


async def test_credentials_never_travel_in_an_address(server: FakeAriServer) -> None:
    async with running(settings_of(server)) as one:
        await one.client.request("GET", "channels")

        assert not [uri for _, _, uri in server.seen if PASSWORD in uri or "api_key" in uri]


async def test_commands_go_over_lanes_and_not_over_the_event_socket(server: FakeAriServer) -> None:
    async with running(settings_of(server)) as one:
        server.seen.clear()

        for n in range(6):
            await one.client.request("GET", "asterisk/ping", lane=f"call-{n}")

        assert {carrier.partition("-lane-")[1] for carrier, _, _ in server.seen} == {"-lane-"}


def over_sockets(server: FakeAriServer) -> list[str]:
    return [f"{method} {uri}" for carrier, method, uri in server.seen if carrier != "http"]


async def test_nothing_whose_answer_grows_with_the_calls_is_asked_for_over_a_websocket(
    server: FakeAriServer,
) -> None:
    """A list of 1,250 channels killed Asterisk in its websocket's writer, and every call."""
    async with running(settings_of(server)) as one:
        control = CallControl(one.client)
        call = server.asterisk.caller_rings()
        server.seen.clear()

        assert [channel.id for channel in await control.list_channels()] == [call]
        assert await control.list_bridges() == []
        assert await control.list_phones() == []
        assert await control.owned_channels() == {call}
        assert await control.is_there(call)
        await control.push_phone(PhoneSpec(id="agent-ana", kind=PhoneKind.BROWSER, secret="x"))
        await control.watch_phones(["agent-ana"])

        assert not server.dead
        pushes = [
            f"PUT asterisk/config/dynamic/res_pjsip/{k}/agent-ana"
            for k in ("auth", "aor", "endpoint")
        ]
        assert sorted(over_sockets(server)) == sorted(pushes)


@pytest.mark.parametrize(
    "command",
    ["channels", "bridges", "endpoints/PJSIP", "applications/parley", "channels/CALL"],
)
async def test_the_fake_dies_of_a_list_over_a_websocket_as_asterisk_does_of_a_long_one(
    server: FakeAriServer, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    async with running(settings_of(server, first_backoff=timedelta(seconds=9))) as one:
        monkeypatch.setattr(wire, "may_be_long", lambda *_: False)
        call = server.asterisk.caller_rings()

        with pytest.raises(Disconnected):
            await one.client.request("GET", command.replace("CALL", call))

        assert server.dead
        assert server.asterisk.channels == {}


async def test_a_daemon_that_is_back_lists_two_thousand_channels(server: FakeAriServer) -> None:
    for _ in range(2000):
        server.asterisk.caller_rings(name="x" * 70)
    async with running(settings_of(server)) as one:
        control = CallControl(one.client)

        assert len(await control.list_channels()) == 2000
        assert len(await control.owned_channels()) == 2000
        assert not server.dead


async def test_requests_of_one_call_keep_their_order_in_one_lane(server: FakeAriServer) -> None:
    async with running(settings_of(server, lanes=3)) as one:
        server.seen.clear()
        server.held_back.clear()

        async def ask(n: int) -> None:
            with pytest.raises(Gone):
                await one.client.request("GET", f"playbacks/p{n}", lane="call-1")

        async with asyncio.TaskGroup() as group:
            for n in range(5):
                group.create_task(ask(n))
            await server.wait_seen("playbacks/p0")
            server.held_back.set()

        assert len({carrier for carrier, _, _ in server.seen}) == 1
        assert [uri for _, _, uri in server.seen] == [f"playbacks/p{n}" for n in range(5)]


async def test_ringing_a_phone_does_not_hold_up_another_call(server: FakeAriServer) -> None:
    async with running(settings_of(server)) as one:
        uri = "channels/slow?endpoint=PJSIP/nobody"
        server.slow = {uri: asyncio.Event()}

        async def ring() -> None:
            with pytest.raises(Refused):
                await one.client.request(
                    "POST", "channels/slow", query={"endpoint": "PJSIP/nobody"}, lane="a"
                )

        async with asyncio.TaskGroup() as group:
            ringing = group.create_task(ring())
            await server.wait_seen(uri)
            await one.client.request("GET", "asterisk/ping", lane="b")
            assert not ringing.done()
            server.slow[uri].set()


async def test_asterisks_refusals_become_typed_errors(server: FakeAriServer) -> None:
    async with running(settings_of(server)) as one:
        with pytest.raises(Gone, match="Channel not found"):
            await one.client.request("POST", "channels/nobody/answer")


async def test_a_command_without_reply_times_out_and_the_next_one_works(
    server: FakeAriServer,
) -> None:
    async with running(settings_of(server)) as one:
        server.held_back.clear()
        with pytest.raises(TimedOut):
            await one.client.request("GET", "asterisk/ping", timeout=timedelta(milliseconds=20))
        server.held_back.set()

        assert await one.client.request("GET", "asterisk/ping") == {"ping": "pong"} | {
            "asterisk_id": "fake"
        }


async def test_one_deadline_bounds_several_requests(server: FakeAriServer) -> None:
    async with running(settings_of(server)) as one:
        with within(timedelta(milliseconds=30)):
            await one.client.request("GET", "asterisk/ping")
            server.held_back.clear()
            with pytest.raises(TimedOut):
                await one.client.request("GET", "asterisk/ping")
            with pytest.raises(TimedOut):
                await one.client.request("GET", "asterisk/ping")
        server.held_back.set()


async def test_events_wait_while_a_reconciliation_is_under_way(server: FakeAriServer) -> None:
    async with running(settings_of(server)) as one:
        one.reconcile.clear()
        server.cut("parley")
        await one.until("connected", 2)
        assert not one.client.connected

        call = server.asterisk.caller_rings()
        waiting = asyncio.get_running_loop().create_task(one.events(1))
        await asyncio.sleep(0.02)
        held = not waiting.done()
        one.reconcile.set()
        (event,) = await waiting

        assert held
        assert isinstance(event, StasisStart)
        assert event.channel.id == call
        assert one.client.connected


async def test_a_cut_socket_is_told_and_mended(server: FakeAriServer) -> None:
    async with running(settings_of(server)) as one:
        server.cut("parley")
        await one.until("connected", 2)

        assert one.notices == ["connected", "disconnected", "connected"]
        assert one.client.health().reconnects == 1


async def test_a_peer_that_dies_silently_is_noticed_by_our_own_ping(
    server: FakeAriServer,
) -> None:
    async with running(settings_of(server, ping_every=timedelta(milliseconds=80))) as one:
        server.freeze("parley")
        await one.until("connected", 2)

        assert one.notices == ["connected", "disconnected", "connected"]


async def test_a_command_under_way_when_its_socket_falls_is_disconnected(
    server: FakeAriServer,
) -> None:
    async with running(settings_of(server)) as one:
        server.held_back.clear()

        async def ask() -> None:
            with pytest.raises(Disconnected) as caught:
                await one.client.request("GET", "playbacks/x")
            assert caught.value.retry_helps

        async with asyncio.TaskGroup() as group:
            group.create_task(ask())
            await server.wait_seen("playbacks/x")
            for lane in server.lanes():
                server.cut(lane)
        server.held_back.set()


async def test_commands_find_another_way_while_lanes_are_down(server: FakeAriServer) -> None:
    async with running(settings_of(server, lanes=1, first_backoff=timedelta(seconds=9))) as one:
        server.cut(server.lanes()[0])
        await eventually(lambda: one.client.health().lanes_up == 0)

        assert await one.client.request("GET", "asterisk/ping")
        assert server.seen[-1][0] == "parley"


async def test_it_steps_down_when_another_daemon_takes_its_application(
    server: FakeAriServer,
) -> None:
    one = Running(settings_of(server))
    task = asyncio.get_running_loop().create_task(one.client.run())
    async with asyncio.timeout(PATIENCE):
        await one.client.wait_connected()
        server.replace("parley")
        with pytest.raises(SteppedDown):
            await task

    assert not one.client.connected


async def test_a_full_event_queue_leads_to_a_new_reconciliation(
    server: FakeAriServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(settings_of(server, queue_size=4)) as one:
        for _ in range(6):
            server.asterisk.caller_rings()
        await one.until("connected", 2)

        assert one.client.health().queue_peak == 4
        assert "events pile up" in caplog.messages
        assert len(await one.events(4)) == 4


async def test_who_takes_events_at_once_gets_them_in_order_after_those_that_waited(
    server: FakeAriServer,
) -> None:
    async with running(settings_of(server)) as one:
        taken: list[str] = []

        async def take_those_that_waited() -> None:
            async for event in one.client.events():
                assert isinstance(event, StasisStart)
                taken.append(event.channel.id)

        def take_at_once(event: Event) -> None:
            assert isinstance(event, StasisStart)
            at_once.append(event.channel.id)
            taken.append(event.channel.id)

        at_once: list[str] = []
        one.client.on_event = take_at_once
        one.reconcile.clear()
        server.cut("parley")
        await one.until("connected", 2)
        calls = [server.asterisk.caller_rings() for _ in range(3)]
        await eventually(lambda: one.client.health().queued == 3)
        assert taken == []
        async with asyncio.TaskGroup() as group:
            taker = group.create_task(take_those_that_waited())
            one.reconcile.set()
            calls += [server.asterisk.caller_rings() for _ in range(3)]
            await eventually(lambda: len(taken) == 6)
            calls.append(server.asterisk.caller_rings())
            await eventually(lambda: len(taken) == 7)
            taker.cancel()

        assert taken == calls
        assert calls[-1] in at_once
        assert not set(calls[:3]) & set(at_once)


async def test_nonsense_from_the_socket_is_counted_and_survived(server: FakeAriServer) -> None:
    async with running(settings_of(server)) as one:
        for text in ("not json", "[1, 2]", '{"type": "StasisStart"}', '{"type": "Unheard"}', "{}"):
            server.say("parley", text)
        call = server.asterisk.caller_rings()
        (event,) = await one.events(1)

        assert isinstance(event, StasisStart)
        assert event.channel.id == call
        assert one.client.health().reconnects == 0
        assert one.client.health().malformed == 3


async def test_an_old_asterisk_gets_its_commands_over_http(server: FakeAriServer) -> None:
    server.answers_commands = False
    quick = settings_of(server, probe_timeout=timedelta(milliseconds=50))
    async with running(quick) as one:
        call = server.asterisk.caller_rings()
        await one.client.request("POST", f"channels/{call}/answer", lane=call)
        with pytest.raises(Gone):
            await one.client.request("POST", "channels/nobody/answer", lane="nobody")

        assert one.client.health().over_http
        assert server.asterisk.channels[call].state == "Up"
        assert {carrier for carrier, _, _ in server.seen[-2:]} == {"http"}


async def test_a_recording_is_downloaded_over_http(server: FakeAriServer) -> None:
    server.recordings["recordings/stored/one/file"] = b"RIFF\x00\xff"
    async with running(settings_of(server)) as one:
        assert await one.client.download("recordings/stored/one/file") == b"RIFF\x00\xff"
        with pytest.raises(Gone):
            await one.client.download("recordings/stored/two/file")


async def test_a_wrong_password_is_explained_and_tried_again(
    server: FakeAriServer, caplog: pytest.LogCaptureFixture
) -> None:
    client = AriClient(settings_of(server, password="wrong"), chance=Random(7))
    task = asyncio.get_running_loop().create_task(client.run())
    try:
        await eventually(lambda: any("ari.conf" in getattr(r, "why", "") for r in caplog.records))
        assert not client.connected
        client.use(settings_of(server))
        async with asyncio.timeout(PATIENCE):
            await client.wait_connected()
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_requests_before_the_first_connection_are_disconnected(
    server: FakeAriServer,
) -> None:
    client = AriClient(settings_of(server), chance=Random(7))

    with pytest.raises(Disconnected):
        await client.request("GET", "channels")


class TestOutbound:
    """Asterisk dials the daemon."""

    def settings(self, server: FakeAriServer, port: int, **changes: object) -> AriSettings:
        return settings_of(
            server,
            mode="outbound",
            listen_port=port,
            listen_user="asterisk",
            listen_password="knock",
            **changes,
        )

    async def test_events_and_commands_work_when_asterisk_dials(
        self, server: FakeAriServer, unused_tcp_port: int
    ) -> None:
        one = Running(self.settings(server, unused_tcp_port))
        url = f"http://127.0.0.1:{unused_tcp_port}/ari"
        loop = asyncio.get_running_loop()
        task = loop.create_task(one.client.run())
        async with asyncio.timeout(PATIENCE):
            dialling = await dial_until_heard(server, url)
            await one.client.wait_connected()
            call = server.asterisk.caller_rings()
            (event,) = await one.events(1)
            await one.client.request("POST", f"channels/{call}/answer", lane=call)

        assert isinstance(event, StasisStart)
        assert server.asterisk.channels[call].state == "Up"
        task.cancel()
        dialling.cancel()
        await asyncio.wait([task, dialling])

    async def test_a_stranger_who_knocks_is_turned_away(
        self, server: FakeAriServer, unused_tcp_port: int
    ) -> None:
        one = Running(self.settings(server, unused_tcp_port))
        url = f"http://127.0.0.1:{unused_tcp_port}/ari"
        task = asyncio.get_running_loop().create_task(one.client.run())
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
                        await server.dial_daemon(url, "parley", "asterisk", "guess")
                    break
                except aiohttp.ClientConnectorError:
                    await asyncio.sleep(0.002)

        assert refusal.value.status == 401
        task.cancel()
        await asyncio.wait([task])

    async def test_a_taken_port_is_named_with_its_remedy(self, server: FakeAriServer) -> None:
        one = Running(self.settings(server, server.port))

        with pytest.raises(Refused, match=f"cannot listen on 127.0.0.1:{server.port}.*choose"):
            await one.client.run()


async def dial_until_heard(server: FakeAriServer, url: str) -> asyncio.Task[None]:
    """Dial the daemon again and again until it listens, as Asterisk does."""

    async def dial() -> None:
        while True:
            try:
                await server.dial_daemon(url, "parley", "asterisk", "knock")
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.002)
            else:
                return

    return asyncio.get_running_loop().create_task(dial())

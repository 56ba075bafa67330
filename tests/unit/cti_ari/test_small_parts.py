"""The small parts of the ARI client: waits, turns, deadlines, lanes, wire, errors, settings."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random

import pytest
from typing_extensions import override

from cti.ari import wire
from cti.ari.backoff import delays
from cti.ari.deadline import left, within
from cti.ari.dial import address, headers
from cti.ari.errors import (
    Conflict,
    Disconnected,
    Gone,
    Refused,
    SteppedDown,
    TelephonyError,
    TimedOut,
    error_for,
    unwrapped,
)
from cti.ari.events import ChannelDestroyed, RESTResponse, StasisStart
from cti.ari.lanes import Lanes
from cti.ari.settings import AriSettings
from cti.ari.turns import Turns

pytestmark = pytest.mark.unit

MS = timedelta(milliseconds=1)


class FakeLink:
    """As much of a link as the choice among lanes looks at."""

    def __init__(self, load: int = 0, *, up: bool = True) -> None:
        self.load, self.up = load, up


def lanes_of(*links: FakeLink) -> Lanes:
    lanes = Lanes()
    for number, link in enumerate(links):
        lanes.add(number, link)  # type: ignore[arg-type]
    return lanes


def borrow(lanes: Lanes, key: str, spare: FakeLink | None = None) -> object:
    return lanes.borrow(key, spare)  # type: ignore[arg-type]


class TestBackoff:
    def test_waits_double_up_to_the_longest(self) -> None:
        class NoChance(Random):
            @override
            def uniform(self, a: float, b: float) -> float:
                return b

        waits = list(islice(delays(50 * MS, 300 * MS, NoChance()), 5))

        assert waits == [50 * MS, 100 * MS, 200 * MS, 300 * MS, 300 * MS]

    def test_jitter_keeps_each_wait_between_half_and_whole(self) -> None:
        for wait, step in zip(delays(64 * MS, 64 * MS, Random(3)), range(200), strict=False):
            assert 32 * MS <= wait <= 64 * MS, step


class TestTurns:
    async def test_one_key_is_strictly_in_turn_and_others_do_not_wait(self) -> None:
        turns, log = Turns(), []

        async def visit(key: str, name: str, hold: asyncio.Event | None = None) -> None:
            async with turns.of(key):
                log.append(f"{name} in")
                if hold is not None:
                    await hold.wait()
                log.append(f"{name} out")

        hold = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(visit("a", "first", hold))
            group.create_task(visit("a", "second"))
            group.create_task(visit("b", "other"))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            hold.set()

        assert log[:3] == ["first in", "other in", "other out"]
        assert log[3:] == ["first out", "second in", "second out"]

    async def test_no_lock_is_left_behind_even_after_a_cancelled_wait(self) -> None:
        turns = Turns()
        async with turns.of("a"):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.001), turns.of("a"):
                    pass
            assert len(turns) == 1

        assert len(turns) == 0


class TestDeadline:
    async def test_without_a_deadline_the_limit_counts(self) -> None:
        assert left(timedelta(seconds=2)) == 2.0

    async def test_a_deadline_bounds_and_a_nearer_outer_one_stays(self) -> None:
        with within(timedelta(seconds=1)), within(timedelta(seconds=5)):
            assert 0 < left(timedelta(seconds=2)) <= 1.0

    async def test_a_passed_deadline_leaves_nothing(self) -> None:
        with within(timedelta(seconds=-1)):
            assert left(timedelta(seconds=2)) == 0.0


class TestLanes:
    def test_a_key_sticks_to_its_lane_while_under_way(self) -> None:
        one, two = FakeLink(), FakeLink()
        lanes = lanes_of(one, two)

        first = borrow(lanes, "call")
        one.load = 9
        second = borrow(lanes, "call")

        assert first is second

    def test_a_key_that_rests_takes_the_least_loaded_lane(self) -> None:
        one, slow, two = FakeLink(), FakeLink(), FakeLink(1)
        lanes = lanes_of(one, slow, two)
        lanes.give_back("call", lanes.borrow("call", None))
        one.load = 5

        assert borrow(lanes, "call") is two

    def test_slow_commands_keep_off_the_lanes_of_quick_ones(self) -> None:
        quick, slow = FakeLink(9), FakeLink(9)
        lanes = lanes_of(quick, slow)

        assert lanes.borrow("a", None, slow=True) is slow  # type: ignore[comparison-overlap]
        assert borrow(lanes, "b") is quick
        slow.up = False
        assert lanes.borrow("c", None, slow=True) is quick  # type: ignore[comparison-overlap]

    @pytest.mark.parametrize(
        ("method", "path", "slow"),
        [
            ("POST", "channels/c~1", True),
            ("PUT", "asterisk/config/dynamic/res_pjsip/aor/a", True),
            ("POST", "channels/c/answer", False),
            ("DELETE", "channels/c", False),
            ("GET", "channels", False),
            ("POST", "bridges/c~b", False),
        ],
    )
    def test_ringing_and_making_phones_are_slow(self, method: str, path: str, slow: bool) -> None:
        assert wire.is_slow(method, path) is slow

    @pytest.mark.parametrize(
        ("method", "path", "long"),
        [
            ("GET", "channels", True),
            ("GET", "channels/1.2", True),
            ("GET", "bridges", True),
            ("GET", "bridges/1.2~b", True),
            ("GET", "endpoints/PJSIP", True),
            ("GET", "applications/parley", True),
            ("PUT", "applications/parley/eventFilter", True),
            ("POST", "applications/parley/subscription", True),
            ("GET", "asterisk/modules", True),
            ("GET", "anything/new", True),
            ("GET", "asterisk/ping", False),
            ("GET", "asterisk/info", False),
            ("GET", "channels/1.2/variable", False),
            ("GET", "playbacks/1.2~p1", False),
            ("POST", "channels/1.2/answer", False),
            ("POST", "channels", False),
            ("DELETE", "bridges/1.2~b", False),
        ],
    )
    def test_what_may_have_a_long_answer_is_known(self, method: str, path: str, long: bool) -> None:
        assert wire.may_be_long(method, path) is long

    def test_a_fallen_lane_is_left_at_once(self) -> None:
        one, two = FakeLink(), FakeLink(7)
        lanes = lanes_of(one, two)
        first = lanes.borrow("call", None)
        one.up = False

        assert borrow(lanes, "call") is two
        lanes.give_back("call", first)
        assert borrow(lanes, "call") is two
        assert len(lanes) == 1

    def test_without_lanes_the_spare_serves_and_without_a_spare_nobody(self) -> None:
        spare = FakeLink()

        assert borrow(Lanes(), "", spare) is spare
        with pytest.raises(Disconnected):
            borrow(Lanes(), "", FakeLink(up=False))


class TestWire:
    def test_unknown_fields_and_unknown_events_do_no_harm(self) -> None:
        text = (
            '{"type":"ChannelDestroyed","cause":17,"cause_txt":"User busy","brand_new":[1],'
            '"channel":{"id":"x~1","name":"n","state":"Down","from_the_future":{},'
            '"caller":{"name":"","number":""},"connected":{"name":"","number":""},'
            '"dialplan":{"context":"c","exten":"e","priority":1}}}'
        )

        event = wire.decode(text)

        assert isinstance(event, ChannelDestroyed)
        assert (event.cause, event.channel.id, event.tech_cause) == (17, "x~1", None)
        assert wire.decode('{"type":"ChannelVarset","value":3}') is None

    def test_an_event_without_its_channel_is_malformed(self) -> None:
        with pytest.raises(wire.MalformedEvent, match="StasisStart"):
            wire.decode('{"type":"StasisStart","args":[]}')

    def test_a_request_reads_back_as_it_was(self) -> None:
        text = wire.encode_request("7", "POST", "channels/a~1", b'{"x":"1"}')

        request = wire.decode_request(text)

        assert (request.request_id, request.method, request.uri) == ("7", "POST", "channels/a~1")
        assert (request.content_type, request.message_body) == ("application/json", '{"x":"1"}')

    def test_ids_in_paths_cannot_break_out(self) -> None:
        assert wire.target("channels/a b?c#d", None) == "channels/a%20b%3Fc%23d"
        assert wire.target("channels/p-1.2~b/play", {"media": "sound:a,sound:b"}) == (
            "channels/p-1.2~b/play?media=sound%3Aa%2Csound%3Ab"
        )

    def test_times_become_aware_utc(self) -> None:
        assert wire.instant("2026-11-22T05:00:00.250+0100") == datetime(
            2026, 11, 22, 4, 0, 0, 250_000, tzinfo=UTC
        )

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            ('{"message":"Channel not found"}', "Channel not found"),
            ('{"error":"Allocation failed"}', "Allocation failed"),
            ("<html>", ""),
            ("[]", ""),
            (None, ""),
        ],
    )
    def test_a_refusal_is_told_in_asterisks_words(self, body: str | None, reason: str) -> None:
        assert wire.message_of(body) == reason

    def test_every_event_name_is_known_by_its_type(self) -> None:
        assert {StasisStart.__name__, RESTResponse.__name__} <= wire.READ


class TestErrors:
    @pytest.mark.parametrize(
        ("status", "reason", "kind"),
        [
            (404, "Channel not found", Gone),
            (400, "Channel not found", Gone),
            (400, "Provided originator channel was not found", Gone),
            (400, "Invalid Reason", Refused),
            (409, "Channel not in Stasis application", Conflict),
            (422, "Channel not in Stasis application", Conflict),
            (500, "Allocation failed", Refused),
        ],
    )
    def test_each_status_has_its_error(
        self, status: int, reason: str, kind: type[TelephonyError]
    ) -> None:
        assert type(error_for("POST x", status, reason)) is kind

    def test_each_error_says_whether_a_retry_helps(self) -> None:
        hopeful = {kind for kind in TelephonyError.__subclasses__() if kind.retry_helps}

        assert hopeful == {Conflict, TimedOut, Disconnected}

    async def test_of_several_errors_stepping_down_counts_most(self) -> None:
        group = ExceptionGroup("x", [Disconnected("a"), ExceptionGroup("y", [SteppedDown("b")])])

        with pytest.raises(SteppedDown), unwrapped():
            raise group

    async def test_a_task_that_fails_meanwhile_does_not_undo_cancelling(self) -> None:
        """A daemon told to end while its Asterisk went down stayed for good."""

        async def fails_when_cancelled() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                raise Disconnected("the event socket fell")

        async def serves() -> None:
            with unwrapped():
                async with asyncio.TaskGroup() as group:
                    group.create_task(fails_when_cancelled())
                    await asyncio.Event().wait()

        serving = asyncio.get_running_loop().create_task(serves())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        serving.cancel()

        with pytest.raises(asyncio.CancelledError):
            await serving

    async def test_an_unexpected_error_stays_visible(self) -> None:
        with pytest.raises(ExceptionGroup), unwrapped():
            raise ExceptionGroup("x", [Disconnected("a"), KeyError("bug")])


class TestSettings:
    def settings(self, **changes: object) -> AriSettings:
        base: dict[str, object] = {"url": "http://127.0.0.1:8088", "user": "u", "password": "p"}
        return AriSettings(**(base | changes))  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("changes", "place"),
        [
            ({"url": "127.0.0.1:8088"}, "ari.url.*give http://host:port"),
            ({"mode": "outbound"}, "ari.listen_port"),
            ({"lanes": 0}, "ari.lanes"),
            ({"allowed": ("StasisStart",)}, "ari.allowed: RESTResponse"),
        ],
    )
    def test_what_cannot_work_is_refused_with_its_place(
        self, changes: dict[str, object], place: str
    ) -> None:
        with pytest.raises(ValueError, match=place):
            self.settings(**changes)

    def test_passwords_do_not_show_in_logs(self) -> None:
        assert "hush" not in repr(self.settings(password="hush", listen_password="hush"))

    @pytest.mark.parametrize("url", ["http://h:1", "http://h:1/", "http://h:1/ari"])
    def test_the_address_may_be_given_with_or_without_its_path(self, url: str) -> None:
        settings = self.settings(url=url)

        assert address(settings, "channels") == "http://h:1/ari/channels"
        assert headers(settings) == {"Authorization": "Basic dTpw"}

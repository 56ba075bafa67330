"""Around the daemon: the Asterisk it keeps up, the signals, the orderly end."""

import asyncio
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cti.host import AsteriskHost, Stop, drain
from cti.settings import AriMode, Asterisk, Settings
from tests.fakes.house import SITE, house, until

pytestmark = pytest.mark.unit


class PrivateAsterisk:
    """Stands in for the Asterisk that the host starts."""

    def __init__(self, folder: Path, *, adopted: bool = False) -> None:
        self.adopted = adopted
        self.starts = self.stops = 0
        self.died = asyncio.Event()
        self.runtime = SimpleNamespace(
            ari_url="http://127.0.0.1:7088/ari",
            ari_user="parley",
            ari_password="secret of the adopted",
            sip_ws_url="ws://127.0.0.1:7088/ws",
        )
        self.made_with: dict[str, Any] = {}

    async def start(self) -> None:
        self.starts += 1
        self.died.clear()

    async def stop(self) -> None:
        self.stops += 1

    async def wait(self) -> None:
        await self.died.wait()


@pytest.fixture
def private(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[PrivateAsterisk]:
    made = PrivateAsterisk(tmp_path)

    def make(*_: object, **given: Any) -> PrivateAsterisk:
        made.made_with = given
        return made

    monkeypatch.setattr("cti.host.EmbeddedAsterisk", make)
    return made  # type: ignore[return-value]


def settings(folder: Path, **asterisk: Any) -> Settings:
    return Settings(data_dir=folder, cache_dir=folder, asterisk=Asterisk(**asterisk))


async def test_an_asterisk_that_runs_anyway_is_only_used(
    tmp_path: Path, private: PrivateAsterisk
) -> None:
    given = settings(tmp_path, url="https://pbx:8088", user="u", password="p")
    host = AsteriskHost(given, SITE)
    await host.start()
    ari = host.ari_settings()
    assert (ari.url, ari.user, ari.password) == ("https://pbx:8088", "u", "p")
    assert host.sip_ws_url == "wss://pbx:8088/ws"
    keeping = asyncio.ensure_future(host.keep_up())
    await asyncio.sleep(0)
    assert not keeping.done()
    keeping.cancel()
    await host.abandon()
    await host.stop()
    assert private.starts == private.stops == 0


async def test_a_private_asterisk_is_started_and_reached_with_its_own_password(
    tmp_path: Path, private: PrivateAsterisk
) -> None:
    host = AsteriskHost(settings(tmp_path), SITE)
    await host.start()
    ari = host.ari_settings()
    assert (ari.url, ari.password) == ("http://127.0.0.1:7088", "secret of the adopted")
    assert ari.mode == "inbound"
    assert host.sip_ws_url == "ws://127.0.0.1:7088/ws"
    assert private.made_with["dial_daemon"] is None
    assert private.made_with["password"]() == "secret of the adopted"
    await host.stop()
    assert private.stops == 1


async def test_asterisk_may_be_told_to_dial_us(tmp_path: Path, private: PrivateAsterisk) -> None:
    host = AsteriskHost(settings(tmp_path, ari=AriMode.OUTBOUND), SITE)
    await host.start()
    ari, dial = host.ari_settings(), private.made_with["dial_daemon"]
    assert ari.mode == "outbound"
    assert dial.uri == f"ws://127.0.0.1:{ari.listen_port}/ari"


async def test_an_asterisk_that_dies_is_started_again_until_we_stop(
    tmp_path: Path, private: PrivateAsterisk
) -> None:
    host = AsteriskHost(settings(tmp_path), SITE)
    await host.start()
    async with asyncio.TaskGroup() as tasks:
        keeping = tasks.create_task(host.keep_up())
        private.died.set()
        await until(lambda: private.starts == 2)
        host.leave_down()
        private.died.set()
        await asyncio.sleep(0)
        assert private.starts == 2
        keeping.cancel()


@pytest.mark.parametrize(
    ("adopted", "served", "stops"), [(False, False, 1), (True, False, 0), (False, True, 0)]
)
async def test_only_an_asterisk_started_in_vain_is_ended(
    tmp_path: Path, private: PrivateAsterisk, adopted: bool, served: bool, stops: int
) -> None:
    private.adopted = adopted
    host = AsteriskHost(settings(tmp_path), SITE)
    await host.start()
    if served:
        host.in_service()
    await host.abandon()
    assert private.stops == stops


async def test_the_first_asking_is_for_an_orderly_end_and_the_second_for_an_immediate_one() -> None:
    stop = Stop()
    stop.ask()
    await stop.asked()
    assert not stop.at_once
    stop.ask()
    assert stop.at_once


async def test_asked_while_it_starts_the_daemon_gives_the_start_up_once() -> None:
    let_go = asyncio.Event()

    async def starting() -> None:
        with Stop.on_signals() as stop:
            try:
                os.kill(os.getpid(), signal.SIGINT)
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                assert stop.gave_up
                os.kill(os.getpid(), signal.SIGINT)  # does not cut the tidying short
                await let_go.wait()

    task = asyncio.ensure_future(starting())
    await asyncio.sleep(0.05)
    let_go.set()
    await task


async def test_once_in_service_the_first_signal_asks_for_an_orderly_end() -> None:
    with Stop.on_signals() as stop:
        stop.in_service()
        os.kill(os.getpid(), signal.SIGTERM)
        await stop.asked()
        assert not stop.gave_up
        assert not stop.at_once


async def test_draining_waits_for_calls_but_not_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("cti.host.STEP", 0.001)
    caplog.set_level("INFO")
    async with house(tmp_path) as place:
        host = AsteriskHost(settings(tmp_path), SITE)
        await drain(place.daemon, host, Stop())
        assert not any("waiting for calls" in each for each in caplog.messages)
        place.daemon.ingress._closing = False
        caller = place.asterisk.caller_rings()
        await place.settle()
        timeouts = replace(place.daemon.settings.timeouts, drain=timedelta(milliseconds=5))
        place.daemon.settings = replace(place.daemon.settings, timeouts=timeouts)
        await drain(place.daemon, host, Stop())
        assert place.live() == [caller]
        assert "waiting for calls to end; Ctrl-C again drops them" in caplog.messages
        stop = Stop()
        stop.ask()
        stop.ask()
        await drain(place.daemon, host, stop)


async def test_asterisk_names_nobody_any_more_when_a_daemon_drains(tmp_path: Path) -> None:
    async with house(tmp_path) as place:
        await place.sign_in("ana")
        await place.named("ana")

        await drain(place.daemon, AsteriskHost(settings(tmp_path), SITE), Stop())

        assert place.asterisk.global_variables["NEXT_PHONES_support"] == ""


async def test_a_daemon_drains_though_asterisk_is_away(tmp_path: Path) -> None:
    async with house(tmp_path) as place:
        await place.sign_in("ana")
        await place.named("ana")
        place.asterisk.drop_socket()

        await drain(place.daemon, AsteriskHost(settings(tmp_path), SITE), Stop())

"""The private Asterisk really starts, stops, dies and is found again."""

import asyncio
import os
import re
import signal
import socket
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from telephony_config.debian import command, library_dir
from telephony_config.embedded import EmbeddedAsterisk, api_docs_dir
from telephony_config.errors import AsteriskFailed, PortTaken
from telephony_config.load import load_site
from telephony_config.model import SystemAsterisk, Trunk, TrunkByPassword
from telephony_config.process import began
from telephony_config.render import DialDaemon
from tests import sipp
from tests.ari_http import ari_http
from tests.asterisk_fixture import ROOT, free_ports, running_asterisk, site
from tests.eventually import until

pytestmark = pytest.mark.integration


async def ping(server: EmbeddedAsterisk) -> int:
    url = f"{server.runtime.ari_url}/asterisk/ping"
    async with ari_http(server.runtime) as ari, ari.session.get(url) as reply:
        return reply.status


def complaints(folder: Path) -> list[str]:
    said = (folder / "log" / "messages").read_text()
    return [line for line in said.splitlines() if "ERROR" in line or "WARNING" in line]


async def test_a_started_asterisk_answers_on_ari_and_complains_of_nothing(tmp_path: Path) -> None:
    async with running_asterisk(tmp_path) as server:
        assert await ping(server) == 200
        assert complaints(tmp_path) == []
        limits = await asyncio.to_thread(Path(f"/proc/{server.pid}/limits").read_text)
        assert re.search(r"Max core file size +0 +0 ", limits), "a dump would fill the disk"
        assert "22." in await server.cli("core show version")


async def seen(server: EmbeddedAsterisk) -> int | None:
    """The process id; an adopted process is looked up in the kernel's files."""
    return await asyncio.to_thread(lambda: server.pid)


async def test_the_demo_site_starts_without_a_complaint(tmp_path: Path) -> None:
    demo = await asyncio.to_thread(load_site, Path("telephony_config/demo_site.toml"))
    async with running_asterisk(tmp_path, of=demo):
        assert complaints(tmp_path) == []


async def test_only_the_right_password_opens_ari(asterisk: EmbeddedAsterisk) -> None:
    wrong = replace(asterisk.runtime, ari_password="wrong")
    url = f"{wrong.ari_url}/asterisk/ping"
    async with ari_http(wrong) as ari, ari.session.get(url) as reply:
        assert reply.status == 401
    async with aiohttp.ClientSession() as plain, plain.get(url) as reply:
        assert reply.status == 401


async def test_files_with_secrets_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    async with running_asterisk(tmp_path) as server:
        modes = {path.name: path.stat().st_mode & 0o77 for path in server.runtime.etc.iterdir()}
        state = (tmp_path / "asterisk.json").stat().st_mode & 0o77

    assert set(modes.values()) == {0}
    assert state == 0


async def test_two_run_side_by_side(tmp_path: Path) -> None:
    async with (
        running_asterisk(tmp_path / "one", node="one") as one,
        running_asterisk(tmp_path / "two", node="two") as two,
    ):
        assert one.pid != two.pid
        assert (await ping(one), await ping(two)) == (200, 200)


async def test_a_deep_folder_does_not_break_the_control_socket(tmp_path: Path) -> None:
    async with running_asterisk(tmp_path / ("x" * 60) / ("y" * 60)) as server:
        assert "22." in await server.cli("core show version")
        run = server.runtime.run
    assert not run.exists()


async def test_a_restart_brings_a_new_password_and_forgets_pushed_phones(
    asterisk: EmbeddedAsterisk,
) -> None:
    before, pid = asterisk.runtime.ari_password, asterisk.pid
    async with ari_http(asterisk.runtime) as ari:
        await ari.push_phone("agent-ana", context="from-agents")
    assert "agent-ana" in await asterisk.cli("pjsip show endpoints")

    await asterisk.restart()

    assert asterisk.runtime.ari_password != before
    assert asterisk.pid != pid
    assert await ping(asterisk) == 200
    assert "agent-ana" not in await asterisk.cli("pjsip show endpoints")


async def test_a_death_is_noticed_at_once(asterisk: EmbeddedAsterisk) -> None:
    async with asyncio.timeout(2), asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(asterisk.wait())
        await asyncio.sleep(0.05)
        assert not waiting.done()
        assert asterisk.pid is not None
        os.kill(asterisk.pid, signal.SIGKILL)

    assert asterisk.pid is None
    await asterisk.start()
    assert await ping(asterisk) == 200


async def test_the_next_daemon_adopts_the_running_asterisk(tmp_path: Path) -> None:
    async with running_asterisk(tmp_path) as first:
        second = EmbeddedAsterisk(ROOT, site(), tmp_path, node="test", ports=first.runtime.ports)
        await second.start()

        assert second.adopted
        assert await seen(second) == await seen(first)
        assert second.runtime.ari_password == first.runtime.ari_password
        assert await ping(second) == 200

        await second.stop()
        assert await seen(first) is None


async def test_adopting_takes_over_a_changed_site(tmp_path: Path) -> None:
    async with running_asterisk(tmp_path) as first:
        changed = site()
        changed = replace(
            changed, numbers=(*changed.numbers, replace(changed.numbers[0], dnis="7"))
        )
        async with ari_http(first.runtime) as ari:
            await ari.push_phone("agent-ana", context="from-agents")
        second = EmbeddedAsterisk(ROOT, changed, tmp_path, node="test", ports=first.runtime.ports)
        await second.start()

        assert second.adopted
        assert "agent-ana" in await second.cli("pjsip show endpoints")
        assert "'7'" in await second.cli("dialplan show parley-numbers")


async def test_adopting_keeps_the_password_that_asterisk_dials_the_daemon_with(
    tmp_path: Path,
) -> None:
    dial = DialDaemon(uri="ws://127.0.0.1:9/ari", user="asterisk", password="first")
    async with running_asterisk(tmp_path, dial_daemon=dial) as first:
        second = EmbeddedAsterisk(
            ROOT, site(), tmp_path, node="test", ports=first.runtime.ports,
            dial_daemon=replace(dial, password="second"),
        )  # fmt: skip
        await second.start()

        assert second.adopted
        assert second.runtime.dial_daemon == dial


async def test_an_asterisk_on_other_ports_is_replaced(tmp_path: Path) -> None:
    async with running_asterisk(tmp_path) as first:
        second = EmbeddedAsterisk(ROOT, site(), tmp_path, node="test", ports=free_ports())
        await second.start()
        try:
            assert not second.adopted
            assert await seen(first) is None
            assert await ping(second) == 200
        finally:
            await asyncio.to_thread(second.kill)


async def test_a_stale_state_file_does_not_hit_a_stranger(tmp_path: Path) -> None:
    """The number of a dead Asterisk may belong to another program by now."""
    own = os.getpid()
    later = f"{await asyncio.to_thread(began, own)}0"
    text = f'{{"pid": {own}, "began": "{later}", "password": "x", "run": "/nowhere"}}'
    (tmp_path / "asterisk.json").write_text(text)

    async with running_asterisk(tmp_path) as server:
        assert not server.adopted
        assert server.pid != own


async def test_stopping_waits_for_calls_in_progress(
    asterisk: EmbeddedAsterisk, tmp_path: Path
) -> None:
    async with ari_http(asterisk.runtime) as ari:
        await ari.push_phone("caller-test")
    loop = asyncio.get_running_loop()

    async def in_a_call() -> bool:
        return "1 active call" in await asterisk.cli("core show channels")

    async with asyncio.TaskGroup() as tasks:
        began_at = loop.time()
        calling = tasks.create_task(
            sipp.run(
                sipp.caller(user="caller-test", media=9, stay=timedelta(seconds=3)),
                tmp_path / "sipp",
                port=asterisk.runtime.ports.sip_udp,
                dial="5090",
            )
        )
        await until(in_a_call)
        await asterisk.stop(drain=timedelta(seconds=10))
        took = loop.time() - began_at

    assert calling.result().code == 0, calling.result().said
    assert 2.5 < took < 8
    assert asterisk.pid is None


async def test_a_taken_port_is_named_with_its_key_and_a_remedy(tmp_path: Path) -> None:
    ports = free_ports()
    with socket.socket() as other:
        other.bind(("127.0.0.1", ports.http))
        other.listen()
        server = EmbeddedAsterisk(ROOT, site(), tmp_path, ports=ports)
        with pytest.raises(PortTaken, match=rf"ports.http.*{ports.http}.*another port"):
            await server.start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", ports.sip_udp))
        with pytest.raises(PortTaken, match=r"ports\.sip_udp"):
            await server.start()


async def test_a_program_that_ends_at_once_is_reported_with_its_last_words(tmp_path: Path) -> None:
    fake = tmp_path / "asterisk"
    fake.write_text("#!/bin/sh\necho no such luck\nexit 3\n")
    fake.chmod(0o755)
    system = SystemAsterisk(
        binary=fake,
        modules=await asyncio.to_thread(library_dir, ROOT) / "asterisk/modules",
        data=ROOT / "usr/share/asterisk",
    )
    server = EmbeddedAsterisk(ROOT, site(asterisk=system), tmp_path / "a", ports=free_ports())
    server.prepare()

    with pytest.raises(AsteriskFailed, match="no such luck"):
        await server.start()

    assert server.pid is None


async def test_a_password_with_a_semicolon_reaches_asterisk_whole(tmp_path: Path) -> None:
    trunk = Trunk(id="pbx", identify=TrunkByPassword(user="pbx", password="a;b\\;c--;--d"))
    async with running_asterisk(tmp_path, of=site(trunks=(trunk,))) as server:
        shown = await server.cli("pjsip show auth pbx")

    assert "a;b\\;c--;--d" in shown


async def test_the_api_description_is_there_for_the_generator() -> None:
    names = {path.name for path in api_docs_dir(ROOT).iterdir()}

    assert {"resources.json", "events.json", "channels.json", "bridges.json"} <= names


async def test_a_module_that_does_not_load_is_named(tmp_path: Path) -> None:
    modules = tmp_path / "modules"
    modules.mkdir()
    root = await asyncio.to_thread(library_dir, ROOT) / "asterisk/modules"
    for module in root.iterdir():
        if module.name != "app_queue.so":
            (modules / module.name).symlink_to(module)
    runner = tmp_path / "asterisk"
    line = await asyncio.to_thread(command, ROOT, "usr/sbin/asterisk")
    runner.write_text(f'#!/bin/sh\nexec {" ".join(line)} "$@"\n')
    runner.chmod(0o755)
    system = SystemAsterisk(binary=runner, modules=modules, data=ROOT / "usr/share/asterisk")

    with pytest.raises(AsteriskFailed, match="started without app_queue:"):
        async with running_asterisk(tmp_path / "a", of=site(asterisk=system)):
            pytest.fail("it must not count as started")


async def test_a_system_asterisk_named_in_the_site_is_used(tmp_path: Path) -> None:
    runner = tmp_path / "asterisk"
    line = await asyncio.to_thread(command, ROOT, "usr/sbin/asterisk")
    runner.write_text(f'#!/bin/sh\nexec {" ".join(line)} "$@"\n')
    runner.chmod(0o755)
    system = SystemAsterisk(
        binary=runner, modules=await asyncio.to_thread(library_dir, ROOT) / "asterisk/modules",
        data=ROOT / "usr/share/asterisk",
    )  # fmt: skip

    async with running_asterisk(tmp_path / "a", of=site(asterisk=system)) as server:
        assert await ping(server) == 200

"""Asterisk's logs stay short, whatever strangers send."""

import asyncio
import os
from pathlib import Path

import pytest

from cti import asterisk_logs
from cti.asterisk_logs import AsteriskLogs

pytestmark = pytest.mark.unit


class FakeLine:
    """Asterisk's command line, which puts logs aside as Asterisk 22 does: the latest is ``.0``."""

    def __init__(self, folder: Path | None) -> None:
        self.log_dir = folder
        self.asked: list[str] = []

    async def cli(self, command: str) -> str:
        self.asked.append(command)
        assert self.log_dir is not None
        await asyncio.to_thread(put_aside, self.log_dir)
        return ""


def put_aside(folder: Path) -> None:
    for name in asterisk_logs.ROTATED:
        for old in sorted(folder.glob(f"{name}.*"), reverse=True):
            old.rename(folder / f"{name}.{int(old.suffix[1:]) + 1}")
        (folder / name).rename(folder / f"{name}.0")
        (folder / name).touch()


def flood(folder: Path) -> None:
    for name in ("messages", "security", "console"):
        with (folder / name).open("a") as file:
            file.write("SIP from a stranger\n" * 100)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(asterisk_logs, "LONGEST", 1000)
    for name in ("messages", "security", "console"):
        (tmp_path / name).write_text("one line\n")
    return tmp_path


def what_is_left(folder: Path) -> tuple[set[str], int]:
    files = list(folder.iterdir())
    return {path.name for path in files}, sum(path.stat().st_size for path in files)


async def test_short_logs_are_left_alone(folder: Path) -> None:
    line = FakeLine(folder)

    await AsteriskLogs(line).look()

    assert line.asked == []
    assert await asyncio.to_thread(what_is_left, folder) == (
        {"messages", "security", "console"},
        27,
    )


async def test_logs_are_bounded_however_much_strangers_make_asterisk_write(folder: Path) -> None:
    line = FakeLine(folder)
    logs = AsteriskLogs(line)

    for _ in range(20):
        await asyncio.to_thread(flood, folder)
        await logs.look()

    assert set(line.asked) == {"logger rotate"}
    names, bytes_left = await asyncio.to_thread(what_is_left, folder)
    assert names == {
        *("messages", "security", "console"),
        *("messages.0", "security.0", "console.0"),
    }, "what was said last can still be read"
    assert bytes_left <= 6 * 2000


async def test_who_writes_the_console_goes_on_at_its_new_end(folder: Path) -> None:
    asterisk = os.open(folder / "console", os.O_WRONLY | os.O_APPEND)
    os.write(asterisk, b"x" * 1500)

    await AsteriskLogs(FakeLine(folder)).look()
    os.write(asterisk, b"after")
    os.close(asterisk)

    read = await asyncio.to_thread((folder / "console").read_bytes)
    assert read == b"after"


async def test_an_asterisk_that_is_not_ours_keeps_its_logs(tmp_path: Path) -> None:
    line = FakeLine(None)

    await AsteriskLogs(line).look()

    assert line.asked == []


@pytest.mark.parametrize(
    ("line", "clean"),
    [
        (
            b"[2026-12-01T04:34:30.545+0000] SECURITY[9972] res_security_log.c: "
            b'EventTV="2026-12-01T04:34:30.544+0000",AccountID="+12025550005",'
            b'RemoteAddress="IPV4/UDP/127.0.0.2/35242"',
            b"[2026-12-01T04:34:30.545+0000] SECURITY[9972] res_security_log.c: "
            b'EventTV="2026-12-01T04:34:30.544+0000",AccountID="xxxxxxxxxxxx",'
            b'RemoteAddress="IPV4/UDP/127.0.0.2/35242"',
        ),
        (
            b"CallerID Name 'Ana O'Hara 7' for number '+12025550017' has invalid",
            b"CallerID Name 'xxxxxxxxxxxx' for number 'xxxxxxxxxxxx' has invalid",
        ),
        (b"CallerID Name 'cut at its end", b"CallerID Name 'xxxxxxxxxxxxxx"),
        (
            b"No response on registration attempt to 'sip:49305550100@sip.example.net', stopping",
            b"No response on registration attempt to 'sip:49305550100@sip.example.net', stopping",
        ),
        (b"from 'sip:4155550123@192.0.2.7:5060'", b"from 'sip:xxxxxxxxxx@192.0.2.7:5060'"),
        (
            b"WARNING[10420][C-00000006] app_stasis.c: PJSIP/wide-00000005: parley-1796098028.17",
            b"WARNING[10420][C-00000006] app_stasis.c: PJSIP/wide-00000005: parley-1796098028.17",
        ),
    ],
)
def test_numbers_and_names_are_masked_and_all_else_is_left(line: bytes, clean: bytes) -> None:
    assert asterisk_logs.masked(line) == clean


async def test_numbers_leave_asterisks_logs_also_those_put_aside(folder: Path) -> None:
    line = FakeLine(folder)
    logs = AsteriskLogs(line)
    say = b'AccountID="+12025550005"\n'

    def write(text: bytes) -> None:
        with (folder / "security").open("ab") as file:
            file.write(text)

    def everything() -> bytes:
        return b"".join(path.read_bytes() for path in folder.iterdir())

    await asyncio.to_thread(write, say + say[:20])
    await logs.look()
    await asyncio.to_thread(write, say[20:] * 2)
    await logs.look()
    assert b"2025550005" not in await asyncio.to_thread(everything)

    await asyncio.to_thread(write, say * 100)
    await logs.look()
    await asyncio.to_thread(write, say)
    await logs.look()

    assert line.asked == ["logger rotate"]
    left = await asyncio.to_thread(everything)
    assert b"2025550005" not in left
    assert left.count(b"AccountID") == 103

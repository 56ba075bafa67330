"""What strangers, accidents and full disks do to the product as it is run: told, and survived."""

import asyncio
import errno
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from socket import AF_INET, SOCK_DGRAM, SOCK_STREAM, socket

import pytest

from crm_core import demo
from crm_core.domain.interaction import Interaction
from crm_core.storage.database import Database
from tests.asterisk_fixture import free_port
from tests.e2e.product import Product, agent, running
from tests.e2e.test_call_path import NUMBER
from tests.eventually import until
from tests.fakes.sip_phone import Dialog, SipPhone

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

Mend = Callable[[Product], None]
ENDED_WITHIN = 40.0
TRUNK_WITH_SERVER = '[trunks.local-phones]\nserver = "127.0.0.1:9"'


@pytest.fixture
def port() -> int:
    return free_port(SOCK_DGRAM)


def one_agent(folder: Path, port: int, **more: object) -> Product:
    """Ben supports."""
    ben = agent("ben", skills={"support": 4, "lang-en": 5}, phone_port=port)
    return Product(folder=folder, agents=[ben], **more)  # type: ignore[arg-type]


async def final(dialog: Dialog) -> int:
    """How the call was answered at last."""
    async with asyncio.timeout(10):
        while not dialog.final_status:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return dialog.final_status


# --- who rings --------------------------------------------------------------------------------

ABSURD = {
    "ten thousand digits": ("9" * 10_000, ""),
    "a long name": ("+12025550101", "Long " * 400),
    "emoji and markup": ("+12025550102", "\U0001f600 <script>alert(1)</script>"),
    "a statement": ("'%20OR%201=1;--", "Robert'); DROP TABLE party;--"),
    "a header": ("12%0d%0aX-Evil:%20yes%0d%0a", "%0d%0aX-Evil: yes"),
    "a terminal's escapes": ("12%1b%5b31m%07%00", "A\x07\x1b[31mB"),
    "a dialplan's function": ("%24%7BSHELL(id)%7D", "${SHELL(id)}"),
    "no number at all": ("anonymous", "Anonymous"),
}


async def test_no_callers_id_however_absurd_gets_beyond_the_agents_screen(
    tmp_path: Path, port: int
) -> None:
    async with (
        running(one_agent(tmp_path, port, ring_for="20s")) as product,
        product.desk("ben") as ben,
        product.phone("ben", port=port) as phone,
    ):
        await ben.ask("go_ready")
        for what, (number, name) in ABSURD.items():
            phone.rung.clear()
            async with product.phone("stranger") as stranger:
                await stranger.dial("5004", caller=number, name=name)
                await ben.until(lambda d: "offer" in d.own and "pop" in d.own, what)
                invite = (await phone.wait_rung()).invite
                stranger.hang_up()
            shown = (ben.own["offer"]["ani"], ben.own["pop"]["ani"])
            assert all(text.isprintable() and len(text) <= 64 for text in shown), what
            assert invite is not None
            assert not any(header.lower().startswith("x-evil") for header, _ in invite.headers)
            assert len(invite["From"]) < 500, what
            await ben.until(lambda d: d.state == "ready", f"free again after {what}")
        await product.until_quiet()
        assert (await ben.request("GET", "/api/health"))["status"] == "ok"

        async def recorded() -> Sequence[Interaction]:
            found = await product.interactions()
            return found if len(found) >= len(ABSURD) else ()

        records = await until(recorded, every=0.2)
    assert len(records) == len(ABSURD)
    assert all(record.ani.isprintable() for record in records)


async def test_sip_that_cannot_be_read_costs_nobody_anything(tmp_path: Path, port: int) -> None:
    async with (
        running(one_agent(tmp_path, port)) as product,
        product.desk("ben") as ben,
        product.phone("ben", "answers", port=port),
        product.phone("stranger") as stranger,
    ):
        await ben.ask("go_ready")
        for raw in (
            b"\x00" * 9_000,
            b"INVITE\r\n\r\n",
            b"INVITE sip:5004 SIP/2.0\r\nFrom: \xff\r\n",
        ):
            stranger.send_raw(raw)
        await stranger.dial("5004", caller="\U0001f4a9")  # no SIP user may be that

        async with product.phone("caller") as caller:
            await caller.dial_and_talk("5004", caller=NUMBER)
            await ben.until(lambda d: d.state == "talking", "the next caller is served")

        assert not stranger.last.final_status


async def test_only_the_sites_numbers_can_be_dialled(tmp_path: Path, port: int) -> None:
    async with (
        running(one_agent(tmp_path, port)) as product,
        product.phone("stranger") as stranger,
    ):
        for dialled in ("5099", "0012025550143", "T", "h", "s", "i", "5090%0d%0a", "5" * 300):
            assert await final(await stranger.dial(dialled, caller=NUMBER)) == 404, dialled
        await product.until_quiet()


async def test_nobody_dials_out_in_the_name_of_an_agents_phone(tmp_path: Path, port: int) -> None:
    """Her desk phone has no secret, so it may be rung and no more; nor may the trunk dial out."""
    product = one_agent(tmp_path, port)
    await product.prepare()
    text = product.site.read_text().replace("[trunks.local-phones]", TRUNK_WITH_SERVER)
    product.site.write_text(text + '\n[outbound]\ntrunk = "local-phones"\nallowed = ["00"]\n')
    await product.start()
    try:
        async with product.desk("ben"), product.phone("agent-ben") as impostor:
            assert await final(await impostor.dial("0012025550143")) == 404
            assert await final(await impostor.dial("5004")) == 200, "a caller like any other"
            impostor.hang_up()
    finally:
        await product.stop(drop=True)


# --- agents -----------------------------------------------------------------------------------


async def test_a_laptop_closed_while_it_rings_costs_the_caller_one_ring(tmp_path: Path) -> None:
    ports = free_port(SOCK_DGRAM), free_port(SOCK_DGRAM)
    agents = [
        agent(name, skills={"support": 4}, phone_port=port)
        for name, port in zip(("ana", "ben"), ports, strict=True)
    ]
    async with (
        running(Product(folder=tmp_path, agents=agents, ring_for="5s")) as product,
        product.desk("ana") as ana,
        product.desk("ben") as ben,
        product.phone("ben", "answers", port=ports[1]),
        product.phone("caller") as caller,
    ):
        async with product.phone("ana", port=ports[0]) as phone:
            await ana.ask("go_ready")
            await asyncio.sleep(0.1)
            await ben.ask("go_ready")
            await caller.dial("5004", caller=NUMBER)
            await phone.wait_rung()
            await ana.disconnect()
        await ben.until(lambda d: d.state == "talking", "Ben has the caller")

        await ana.connect()
        await ana.until(lambda d: d.state == "not_ready", "she is set aside")
        assert "offer" not in ana.own
        caller.hang_up()
        await product.until_quiet()


async def test_nonsense_on_one_websocket_disturbs_no_call(tmp_path: Path, port: int) -> None:
    async with (
        running(one_agent(tmp_path, port)) as product,
        product.desk("ben") as ben,
        product.phone("ben", "answers", port=port) as phone,
        product.phone("caller") as caller,
    ):
        await ben.ask("go_ready")
        await caller.dial_and_talk("5004", caller=NUMBER)
        await ben.until(lambda d: d.state == "talking", "Ben talks")

        async with ben.http.ws_connect(f"{ben.base}/ws", headers={"Origin": ben.base}) as other:
            await other.send_json({"type": "hello", "csrf": ben.csrf})
            for frame in ("{", "[]", '{"type":"hang_up","id":1,"call":"no such"}', '{"type":"x"}'):
                await other.send_str(frame)
            await other.send_bytes(b"\xff\xfe")
            async with asyncio.timeout(5):
                while not other.closed:
                    await other.receive()
            assert other.close_code is not None
            assert other.close_code >= 4000

        assert not phone.last.ended.is_set()
        await ben.disconnect()
        await ben.connect()
        assert ben.state == "talking"


# --- identity and privacy ----------------------------------------------------------------------


async def showcase(database: Database) -> None:
    await demo.seed(database, parties=0)


async def wrong_pins(product: Product) -> tuple[int, bool]:
    """How many were counted, and whether the customer's PIN is locked."""

    def look() -> tuple[int, bool]:
        with sqlite3.connect(product.folder / "data" / "parley.db") as base:
            query = "select sum(failures), count(locked_until) from party_secret"
            failures, locked = base.execute(query).fetchone()
            return int(failures or 0), bool(locked)

    return await asyncio.to_thread(look)


async def keyed(caller: SipPhone, keys: str) -> None:
    for key in keys:
        caller.press(key)
        await asyncio.sleep(0.15)


async def guess(product: Product, caller: SipPhone, customer: str, pin: str) -> None:
    """Key in number and PIN, and wait until the guess was looked at."""
    before = await wrong_pins(product)
    await keyed(caller, f"{customer}#")
    await asyncio.sleep(0.5)
    await keyed(caller, f"{pin}#")
    async with asyncio.timeout(15):
        while await wrong_pins(product) == before:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    await asyncio.sleep(0.5)  # he does not hear out that there is no such customer with this PIN


async def test_pins_cannot_be_guessed_call_after_call_and_no_log_has_them(
    tmp_path: Path, port: int
) -> None:
    """Five wrong ones over two calls; then the right one opens nothing either."""
    victim = next(one for one in demo.showcase() if one.pin)
    wrong = "0000" if victim.pin != "0000" else "1111"
    product = one_agent(
        tmp_path, port, fill=showcase, environment={"PARLEY_LOGS_LEVEL": "debug"}, ring_for="20s"
    )
    async with (
        running(product),
        product.desk("ben") as ben,
        product.phone("ben", port=port),
    ):
        await ben.ask("go_ready")
        for pins in ((wrong, wrong), (wrong, wrong, wrong)):
            async with product.phone("caller") as caller:
                await caller.dial_and_talk("5001", caller=NUMBER, name="Mallory")
                await asyncio.sleep(1)
                await keyed(caller, "14")  # English, the state of an order
                await asyncio.sleep(1)
                for pin in pins:
                    await guess(product, caller, victim.customer_number, pin)
                caller.hang_up()
        assert (await wrong_pins(product))[1], "five in a row lock it"

        async with product.phone("caller") as caller:
            await caller.dial_and_talk("5001", caller=NUMBER, name="Mallory")
            await asyncio.sleep(1)
            await keyed(caller, "14")
            for _ in range(3):
                await asyncio.sleep(1)
                await keyed(caller, f"{victim.customer_number}#")
                await asyncio.sleep(0.5)
                await keyed(caller, f"{victim.pin}#")
            await ben.until(lambda d: "offer" in d.own, "an agent, not the order", 20)
            assert ben.own["pop"]["verified"] is False
            caller.hang_up()
        await ben.until(lambda d: d.state == "ready", "the caller is gone")

    said = [product.folder / "daemon.log", *(tmp_path / "data" / "asterisk" / "log").iterdir()]
    logs = "".join(file.read_text(errors="replace") for file in said)
    for secret in (NUMBER.removeprefix("+"), "Mallory", victim.customer_number, victim.name):
        assert secret not in logs
    assert victim.pin not in re.findall(r"\b\d+\b", re.sub(r"[\d:.+T-]{19,}", "", logs))


async def test_under_tls_page_websocket_and_sip_are_all_on_one_self_made_certificate(
    tmp_path: Path,
) -> None:
    product = Product(
        folder=tmp_path, agents=[agent("ben", skills={"support": 4})], options=["--tls"]
    )
    async with running(product), product.desk("ben") as ben:
        (cookie,) = ben.http.cookie_jar
        assert cookie.key == "__Host-parley_session"
        assert cookie["secure"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Strict"
        async with ben.http.get(f"{ben.base}/api/health") as answer:
            stays = answer.headers["Strict-Transport-Security"]
            assert stays == "max-age=31536000; includeSubDomains"

        phone = await ben.request("POST", "/api/phone")
        async with ben.http.ws_connect(
            f"{ben.base}{phone['ws_path']}", protocols=["sip"], headers={"Origin": ben.base}
        ) as line:
            assert line.protocol == "sip"
        key = tmp_path / "data" / "tls" / "self-made.key"
        assert (await asyncio.to_thread(key.stat)).st_mode & 0o077 == 0


# --- the machine -------------------------------------------------------------------------------


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A disk of its own that can be filled; only root can make one."""
    folder.mkdir(parents=True, exist_ok=True)
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder],
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip(f"no disk can be mounted here: {made.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path) -> Path:
    """Leave not a byte free."""
    junk = folder / "junk"
    with junk.open("wb", buffering=0) as file:
        for size in (65536, 512):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError as error:
                assert error.errno == errno.ENOSPC  # noqa: PT017
    return junk


async def test_a_full_disk_costs_neither_a_call_nor_its_record(tmp_path: Path) -> None:
    ports = free_port(SOCK_DGRAM), free_port(SOCK_DGRAM)
    agents = [
        agent(name, skills={"support": 4}, phone_port=port)
        for name, port in zip(("ana", "ben"), ports, strict=True)
    ]
    product = Product(folder=tmp_path, agents=agents, ring_for="10s")
    with small_disk(tmp_path / "data", "16M") as disk:
        async with (
            running(product),
            product.desk("ana") as ana,
            product.phone("ana", "answers", port=ports[0]) as phone,
            product.phone("ben", "answers", port=ports[1]),
            product.phone("first") as first,
            product.phone("second") as second,
        ):
            await ana.ask("go_ready")
            await first.dial_and_talk("5004", caller="+12025550101")
            await ana.until(lambda d: d.state == "talking", "Ana talks")
            junk = await asyncio.to_thread(fill, disk)

            async with product.desk("ben") as ben:  # he can even sign in
                assert (await ben.ask("go_ready"))["ok"]
                await second.dial_and_talk("5004", caller="+12025550102")
                await ben.until(lambda d: d.state == "talking", "a new call on a full disk")
                refused = await ana.request(
                    "POST", "/api/parties", {"kind": "person", "name": "Ada"}, status=503
                )
                assert refused["code"] == "storage_full"
                assert "free some space" in refused["detail"]
                health = await ana.request("GET", "/api/health", status=503)
                assert "disk full" in health["components"]["journal"]
                assert not phone.last.ended.is_set()

                await asyncio.to_thread(junk.unlink)
                first.hang_up()
                second.hang_up()
                await ben.until(lambda d: d.state == "wrap_up", "the second call is over")
                await until_recorded(product, ["+12025550101", "+12025550102"])
                assert (await ana.request("GET", "/api/health"))["status"] == "ok"


async def until_recorded(product: Product, callers: list[str]) -> None:
    """These have completed calls on record; the recorder tries again within ten seconds."""
    found: list[str] = []
    async with asyncio.timeout(25):
        while found != callers:
            await asyncio.sleep(0.3)
            records = await product.interactions()
            found = sorted(record.ani for record in records if record.outcome == "completed")


@asynccontextmanager
async def ended(product: Product, *options: str) -> AsyncIterator[tuple[int, str]]:
    """Start it as an administrator would, and wait for its end: exit code and last words."""
    command = [sys.executable, "-m", "cti", "up", "--site", str(product.site)]
    process = await asyncio.create_subprocess_exec(
        *command, "--data-dir", str(product.folder / "data"), *options,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=dict(os.environ) | {"PARLEY_DESKTOP_PAGES": str(product.folder), "COLUMNS": "400"},
    )  # fmt: skip
    try:
        async with asyncio.timeout(ENDED_WITHIN):
            said, _ = await process.communicate()
        yield process.returncode or 0, said.decode()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


def damaged(name: str) -> Mend:
    def spoil(product: Product) -> None:
        (product.folder / "data" / name).write_bytes(b"not a database " * 500)

    return spoil


def newer(product: Product) -> None:
    with sqlite3.connect(product.folder / "data" / "parley.db") as base:
        base.execute("update alembic_version set version_num = '9999'")


def misspelt(product: Product) -> None:
    product.site.write_text(product.site.read_text().replace("ring_for", "rang_for"))


def flowless(product: Product) -> None:
    product.site.write_text(product.site.read_text().replace('"demo"', '"nonesuch"'))


@pytest.mark.parametrize(
    ("spoil", "code", "words"),
    [
        (damaged("parley.db"), 1, "restore a backup"),
        (damaged("floor.db"), 1, "floor.db: .* move the file away"),
        (newer, 1, "update the program, or restore a backup"),
        (misspelt, 3, r"site\.toml:\d+: queues\.sales\.rang_for: is unknown; did you mean"),
        (flowless, 3, r"site\.toml:\d+: numbers\[1\]\.flow: there is no flow 'nonesuch'; choose"),
    ],
    ids=["damaged database", "damaged journal", "newer database", "malformed site", "no such flow"],
)
async def test_what_cannot_be_used_is_named_with_its_remedy_and_nothing_starts(
    tmp_path: Path, spoil: Mend, code: int, words: str
) -> None:
    product = Product(folder=tmp_path, agents=[])
    await product.prepare()
    await asyncio.to_thread(spoil, product)

    async with ended(product) as (exit_code, said):
        assert exit_code == code, said
        assert re.search(words, said), said
        assert "Traceback" not in said


@pytest.mark.parametrize("which", ["desktop", "sip_udp", "http"])
async def test_a_taken_port_is_named_and_no_asterisk_stays_behind(
    tmp_path: Path, which: str
) -> None:
    product = Product(folder=tmp_path, agents=[])
    await product.prepare()
    kind = SOCK_DGRAM if which == "sip_udp" else SOCK_STREAM
    number = product.desktop_port if which == "desktop" else getattr(product.ports, which)
    with socket(AF_INET, kind) as other:
        other.bind(("127.0.0.1", number))
        if kind is SOCK_STREAM:
            other.listen()
        async with ended(product) as (exit_code, said):
            assert exit_code == 1, said
            assert str(number) in said
            assert said.count("stop the program that") == 1, said
            assert "Traceback" not in said
    assert not (tmp_path / "data" / "asterisk" / "asterisk.json").exists()


async def test_a_second_start_on_the_same_data_is_refused_and_the_first_serves_on(
    tmp_path: Path,
) -> None:
    async with running(Product(folder=tmp_path, agents=[])) as product:
        assert product.process is not None
        async with ended(product, "--port", "0") as (exit_code, said):
            assert exit_code == 1, said
            assert f"(process {product.process.pid})" in said
            assert "--data-dir" in said
            assert "starting it again" not in said
        await product.serving(within=1)
    async with running(Product(folder=tmp_path, agents=[])):
        pass  # the lock went with the first


async def test_a_full_disk_at_the_start_is_told_as_such(tmp_path: Path) -> None:
    product = Product(folder=tmp_path, agents=[])
    with small_disk(tmp_path / "data", "1M") as disk:
        await product.prepare()
        await asyncio.to_thread(fill, disk)
        async with ended(product) as (exit_code, said):
            assert exit_code == 1, said
            assert "free space" in said
            assert "Traceback" not in said


def test_secrets_and_customers_are_for_the_owner_alone(tmp_path: Path, port: int) -> None:
    async def look() -> dict[str, int]:
        async with running(one_agent(tmp_path, port)) as product, product.desk("ben"):
            data = product.folder / "data"
            private = [*data.glob("*.db*"), *data.glob("*.jsonl"), data / "asterisk"]
            return {path.name: path.stat().st_mode & 0o077 for path in private}

    modes = asyncio.run(look())
    assert {"parley.db", "floor.db", "sessions.jsonl", "asterisk"} <= modes.keys()
    assert not any(modes.values()), modes

"""What carriers, callers and phones may not do with a leg, and what of ours they never learn."""

import asyncio
import contextlib
import math
import re
import struct
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from socket import SOCK_DGRAM

import pytest

from tests.asterisk_fixture import free_port
from tests.e2e.product import Product, agent, running
from tests.e2e.test_call_path import NUMBER, press_when_asked
from tests.eventually import until
from tests.fakes.sip_phone import Dialog, SipMessage, SipPhone
from tests.sipp import Ear

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

INTERNAL = re.compile(r"ana\b|ben\b|agent|parley-|parley_|asterisk|stasis|support", re.IGNORECASE)
"""Log-ins, names of the dialplan and of the programs: nobody's business outside."""


def floor(folder: Path, ports: tuple[int, int]) -> Product:
    return Product(
        folder=folder,
        agents=[
            agent("ana", skills={"support": 4, "lang-en": 5}, phone_port=ports[0]),
            agent("ben", skills={"support": 4, "lang-en": 5}, phone_port=ports[1]),
        ],
        ring_for="5s",
    )


@pytest.fixture
def ports() -> tuple[int, int]:
    return free_port(SOCK_DGRAM), free_port(SOCK_DGRAM)


def leaks(messages: Iterable[SipMessage]) -> list[str]:
    """Whatever of ours a carrier can read in these messages."""
    found = []
    for message in messages:
        ours = [(k, v) for k, v in message.headers if k not in ("Call-ID", "Via", "From", "To")]
        found += [f"{message.first} | {k}: {v}" for k, v in ours if INTERNAL.search(v)]
        claims = [k for k, _ in ours if k.startswith(("P-", "X-", "Remote-", "Diversion"))]
        found += [f"{message.first} | {k}" for k in claims]
        if not re.fullmatch(r"(Q\.850;cause=\d+)?", message["Reason"]):
            found.append(f"{message.first} | Reason: {message['Reason']}")
        found += [line for line in message.body.splitlines() if INTERNAL.search(line)]
    return found


async def over(dialog: Dialog) -> None:
    async with asyncio.timeout(8):
        await dialog.ended.wait()


async def test_a_carrier_learns_nothing_of_who_serves_its_call(
    tmp_path: Path, ports: tuple[int, int]
) -> None:
    async with (
        running(floor(tmp_path, ports)) as product,
        product.desk("ben") as ben,
        product.phone("ben", "answers", port=ports[1]) as phone,
        product.phone("caller") as line,
    ):
        assert (await ben.ask("go_ready"))["ok"]
        straight = await line.dial_and_talk("5004", caller=NUMBER)
        await ben.until(lambda d: d.state == "talking", "rung beforehand, and answered")
        call = ben.own["call"]["call"]
        for command, state in (("hold", "held"), ("retrieve", "talking")) * 2:
            assert (await ben.ask(command, call=call))["ok"]
            await ben.until(lambda d, s=state: d.own["call"]["state"] == s, state)  # type: ignore[misc]
        line.transfer("sip:5001@127.0.0.1", straight)
        line.send_raw(b"SUBSCRIBE")  # and what is no SIP
        await asyncio.sleep(0.3)
        phone.hang_up()
        await over(straight)
        await ben.request("POST", f"/api/calls/{call}/wrap-up", {"disposition": "resolved"})
        await ben.until(lambda d: d.state == "ready", "ready again")

        menu = await line.dial_and_talk("5001", caller=NUMBER)
        await press_when_asked(line, "12")
        await ben.until(lambda d: d.state == "talking", "out of the menu", 20)
        line.hang_up(menu)
        await ben.until(lambda d: d.state == "wrap_up", "she has hung up")
        nobody = await line.dial("5004", caller=NUMBER)  # she waits, with music
        async with asyncio.timeout(8):
            await nobody.answered.wait()
        line.hang_up(nobody)
        refused = await line.dial("5999", caller=NUMBER)
        await over(refused)

        assert (await phone_of(phone)).startswith("sip:"), "the agent's phone is told who calls"
        assert {m.status for m in line.heard} >= {100, 180, 200, 404}
        assert {m.method for m in line.heard if not m.status} >= {"BYE"}
        assert leaks(line.heard) == []
        await product.until_quiet()


async def phone_of(phone: SipPhone) -> str:
    """Whom the INVITE to the agent's phone shows."""
    invite = phone.dialogs[0].invite
    assert invite is not None
    assert NUMBER in invite["From"]
    return invite["From"].partition("<")[2]


async def test_a_callers_refer_moves_nobody(tmp_path: Path, ports: tuple[int, int]) -> None:
    async with (
        running(floor(tmp_path, ports)) as product,
        product.desk("ben") as ben,
        product.phone("ben", "answers", port=ports[1]) as phone,
        product.phone("caller") as line,
    ):
        await ben.ask("go_ready")
        talk = await line.dial_and_talk("5004", caller=NUMBER)
        await ben.until(lambda d: d.state == "talking", "they talk", 20)
        for target in ("sip:5004@127.0.0.1", f"{phone.contact}?Replaces=x%3Bto-tag%3D1"):
            line.transfer(target, talk)
            phone.transfer(target)
        replaces = f"Replaces: {talk.call_id};to-tag=x;from-tag={talk.call_id}"
        again = await line.dial("5999", caller=NUMBER, more=["Require: replaces", replaces])
        await over(again)
        await asyncio.sleep(0.5)

        assert again.final_status == 420
        answers = [each for one in (line, phone) for each in one.heard]
        asked = [each for each in answers if each["CSeq"].endswith("REFER")]
        assert [each.first for each in asked if each.status < 400] == []
        assert len(await product.ari("channels")) == 2
        assert ben.state == "talking"
        line.hang_up(talk)
        await ben.until(lambda d: d.state == "wrap_up", "she has hung up")
        await product.until_quiet()


@pytest.mark.parametrize(
    ("number", "to"), [("5004", "sip:+12025559999@{host}"), ("5001", "sip:5090@{host}")]
)
async def test_a_desk_phone_that_forwards_takes_no_calls_and_the_next_agent_is_rung(
    tmp_path: Path, ports: tuple[int, int], number: str, to: str
) -> None:
    async with (
        running(floor(tmp_path, ports)) as product,
        product.desk("ana") as ana,
        product.desk("ben") as ben,
        product.phone("ana", "forwards", port=ports[0]) as hers,
        product.phone("ben", "answers", port=ports[1]),
        product.phone("caller") as line,
    ):
        hers.forwards_to = to.format(host=f"127.0.0.1:{product.ports.sip_udp}")
        await ana.ask("go_ready")
        await asyncio.sleep(0.2)
        await ben.ask("go_ready")
        call = await line.dial(number, caller=NUMBER)
        if number == "5001":
            await press_when_asked(line, "12")
        await ben.until(lambda d: d.state == "talking", "Ben gets the call", 20)

        await ana.until(lambda d: d.state == "not_ready", "Ana is set aside")
        assert ana.own["me"]["reason"] == "phone_forwarded"
        assert len(await product.ari("channels")) == 2
        why = await ben.request("GET", f"/api/calls/{ben.own['call']['call']}/why")
        assert why["offers"][0]["ended"] == "phone_forwarded"
        line.hang_up(call)
        await product.until_quiet()


WITHHELD = {
    "anonymous From, asserted number": (
        "anonymous@anonymous.invalid",
        ["P-Asserted-Identity: <tel:{number}>", "Privacy: id"],
    ),
    "more than id": ("{number}", ["P-Asserted-Identity: <sip:{number}@x>", "Privacy: user;id"]),
    "in capitals": ("{number}", ["P-Asserted-Identity: <sip:{number}@x>", "PRIVACY: ID"]),
    "two headers": ("{number}", ["Privacy: none", "Privacy: id"]),
    "a From of her own": ("{number}", ["Privacy: id"]),
    "the older header": ("{number}", ['Remote-Party-ID: "Grace" <sip:{number}@x>;privacy=full']),
    "the older header, anonymous": (
        "anonymous@anonymous.invalid",
        ['Remote-Party-ID: <sip:{number}@x>;party=calling;privacy="full";screen=yes'],
    ),
    "only From": ("anonymous@anonymous.invalid", ["P-Asserted-Identity: <sip:{number}@x>"]),
}
SHOWN = {
    "nothing said": ("{number}", []),
    "asserted": ("7000", ["P-Asserted-Identity: <sip:{number}@x>"]),
    "asserted, Privacy none": ("7000", ["P-Asserted-Identity: <sip:{number}@x>", "Privacy: none"]),
    "the older header, privacy off": (
        "7000",
        ["Remote-Party-ID: <sip:{number}@x>;privacy=off;screen=yes"],
    ),
}


async def test_who_withholds_her_number_is_anonymous_everywhere(
    tmp_path: Path, ports: tuple[int, int]
) -> None:
    async with (
        running(floor(tmp_path, ports)) as product,
        product.desk("ben") as ben,
        product.phone("ben", port=ports[1]) as phone,
        product.phone("caller") as line,
    ):
        await ben.ask("go_ready")
        for name, (sender, more) in (WITHHELD | SHOWN).items():
            said = [header.format(number=NUMBER) for header in more]
            phone.rung.clear()
            talk = await line.dial(
                "5004", caller=sender.format(number=NUMBER), name="Grace", more=said
            )
            ringing = await phone.wait_rung()
            await ben.until(lambda d: "offer" in d.own and d.own["pop"]["complete"], name)
            channels = str(await product.ari("channels"))
            assert ringing.invite is not None
            invite = str(ringing.invite.headers)
            told = [NUMBER[1:] in text for text in (str(ben.topics), channels, invite)]
            assert told == [name in SHOWN] * 3, name
            if name in WITHHELD:
                assert ben.own["pop"]["ani_kind"] == "anonymous", name
            line.hang_up(talk)
            await over(ringing)
            await ben.until(lambda d: d.state == "ready", "free again")
        await product.until_quiet()

        async def stored() -> bool:
            return len(await product.interactions()) == len(WITHHELD | SHOWN)

        await until(stored)
        records = [NUMBER[1:] in str(record) for record in await product.interactions()]
        assert records == [False] * len(WITHHELD) + [True] * len(SHOWN)
        assert NUMBER[1:] not in product.said()


def tone(key: str) -> Iterator[bytes]:
    """A key's two tones, in packets of 20 ms of µ-law."""
    rows, columns = (697, 770, 852, 941), (1209, 1336, 1477)
    at = "123456789*0#".index(key)
    low, high = rows[at // 3], columns[at % 3]
    for packet in range(8):
        yield bytes(
            ulaw(
                0.35 * math.sin(2 * math.pi * low * n / 8000)
                + 0.35 * math.sin(2 * math.pi * high * n / 8000)
            )
            for n in range(packet * 160, packet * 160 + 160)
        )


def ulaw(level: float) -> int:
    """One sample in µ-law (ITU-T G.711)."""
    sample = int(level * 32767)
    sign, sample = (0x80, -sample) if sample < 0 else (0, sample)
    sample = min(sample + 132, 32767)
    exponent = max(sample.bit_length() - 8, 0)
    return ~(sign | exponent << 4 | sample >> exponent + 3 & 0x0F) & 0xFF


@contextlib.asynccontextmanager
async def sounding(line: SipPhone, ear: Ear, dialog: Dialog) -> AsyncIterator[asyncio.Queue[str]]:
    """A caller whose keys are tones in the sound; silence between them."""
    keys: asyncio.Queue[str] = asyncio.Queue()

    async def send() -> None:
        number = 0
        while True:
            packets = [b"\xff" * 160] if keys.empty() else [*tone(keys.get_nowait())]
            for packet in packets:
                number += 1
                if dialog.sound is not None:
                    head = struct.pack("!BBHII", 0x80, 0, number, 160 * number, 0x5041524C)
                    ear.send(head + packet, dialog.sound)
                await asyncio.sleep(0.02)

    task = asyncio.create_task(send())
    try:
        yield keys
    finally:
        task.cancel()


async def test_a_caller_who_offers_no_events_reaches_an_agent_through_the_menu(
    tmp_path: Path, ports: tuple[int, int]
) -> None:
    with Ear() as ear:
        async with (
            running(floor(tmp_path, ports)) as product,
            product.desk("ben") as ben,
            product.phone("ben", "answers", port=ports[1]),
            product.phone("caller", media=ear.port) as line,
        ):
            await ben.ask("go_ready")
            line.events = False
            call = await line.dial_and_talk("5001", caller=NUMBER)
            async with sounding(line, ear, call) as keys:
                await asyncio.sleep(1.5)
                keys.put_nowait("1")  # English, in the sound
                await asyncio.sleep(1.5)
                line.press("2")  # support, in SIP INFO
                await ben.until(lambda d: d.state == "talking", "she is put through", 20)
            line.hang_up(call)
            await product.until_quiet()

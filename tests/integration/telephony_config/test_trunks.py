"""Trunks against the real Asterisk: it registers for ever, and numbers ring in every writing."""

import asyncio
import contextlib
import re
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import pytest
from typing_extensions import override

from cti import tls
from cti.settings import Tls as TlsSettings
from cti.trunk_reading import TrunkCause, read, refusals
from telephony_config.model import Number, Site, Tls, ToEcho, Transport, Trunk, TrunkByPassword
from tests.asterisk_fixture import free_port, free_ports, running_asterisk, site
from tests.eventually import until
from tests.fakes.sip_phone import SipPhone

pytestmark = pytest.mark.integration


class Registrar(asyncio.DatagramProtocol):
    """A carrier that answers every REGISTER with one status, and keeps what it was sent."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.heard: list[str] = []
        self._transport: asyncio.DatagramTransport | None = None

    @override
    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    @override
    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        text = data.decode()
        if not text.startswith("REGISTER"):
            return
        self.heard.append(text)
        assert self._transport is not None
        self._transport.sendto(_reply(text, self.status), addr)


def _reply(request: str, status: int) -> bytes:
    """Answer a request: a 401 asks for a proof that never satisfies."""
    copied = re.findall(r"^(?:Via|From|To|Call-ID|CSeq|Contact): .*$", request, re.MULTILINE)
    lines = [f"SIP/2.0 {status} Said", *(line.strip() for line in copied)]
    if status == 401:
        lines.append('WWW-Authenticate: Digest realm="x", nonce="y"')
    return "\r\n".join([*lines, "Content-Length: 0", "", ""]).encode()


@asynccontextmanager
async def registrar(status: int) -> AsyncIterator[tuple[Registrar, str]]:
    loop = asyncio.get_running_loop()
    transport, found = await loop.create_datagram_endpoint(
        lambda: Registrar(status), local_addr=("127.0.0.1", 0)
    )
    try:
        yield found, f"127.0.0.1:{transport.get_extra_info('sockname')[1]}"
    finally:
        transport.close()


def registering(name: str, server: str, transport: Transport = Transport.UDP) -> Trunk:
    account = TrunkByPassword(user=f"acct-{name}", password="secret", register=True)
    return Trunk(id=name, identify=account, server=server, transport=transport)


async def test_a_registration_that_fails_for_whatever_cause_is_tried_for_ever(
    tmp_path: Path,
) -> None:
    closed = free_port(socket.SOCK_STREAM)
    async with (
        registrar(403) as (_, forbids),
        registrar(401) as (_, doubts),
        registrar(404) as (_, knows_not),
        registrar(200) as (good, takes),
    ):
        trunks = (
            registering("forbids", forbids),
            registering("doubts", doubts),
            registering("knows-not", knows_not),
            registering("closed", f"127.0.0.1:{closed}", Transport.TCP),
            registering("nameless", "no-such-carrier.invalid"),
            registering("takes", takes),
        )
        async with running_asterisk(tmp_path, of=site(trunks=trunks)) as server:
            messages = tmp_path / "log" / "messages"

            async def all_refused() -> bool:
                return (await asyncio.to_thread(messages.read_text)).count("retrying in") >= 5

            await until(all_refused)
            shown = await server.cli("pjsip show registrations")
            said = await asyncio.to_thread(messages.read_text)
            seen = await read(server.cli, trunks, said)
    assert {name: (str(one.state), str(one.cause)) for name, one in seen.items()} == {
        "forbids": ("unregistered", "credentials"),
        "doubts": ("unregistered", "credentials"),
        "knows-not": ("unregistered", "account"),
        "closed": ("unregistered", "no_answer"),
        "nameless": ("unregistered", "no_answer"),
        "takes": ("registered", ""),
    }
    assert re.search(r"'401' fatal response .* retrying in '300'", said), "lest the carrier lock us"
    assert not re.findall(r"stopping|Maximum retries|Stopped", said + shown)
    assert re.search(r"takes/sip\S+ +takes +Registered", shown)
    (contact,) = {*re.findall(r"Contact: <sip:([^@]+)@", good.heard[0])}
    assert contact == "acct-takes", "so that the carrier has something to ring"


NUMBERS = ("+49305550100", "18005550100", "5001")
"""As a site in Germany with an American number has them; all give back what they hear."""


async def test_a_number_rings_in_every_writing_that_carriers_dial(tmp_path: Path) -> None:
    numbers = tuple(
        Number(dnis=dnis, label=dnis, language="en", target=ToEcho()) for dnis in NUMBERS
    )
    carrier = Trunk(
        id="carrier",
        identify=TrunkByPassword(
            user="acct", password="x", register=True, addresses=(ip_network("127.0.0.1"),)
        ),
        server=f"127.0.0.1:{free_port(socket.SOCK_DGRAM)}",
    )
    dialled = {
        "+49305550100": 200, "49305550100": 200, "0305550100": 200, "0049305550100": 200,
        "+18005550100": 200, "18005550100": 200, "0018005550100": 200, "5001": 200,
        "+49-30-5550100": 200, "0305550101": 404, "8005550100": 404, "acct": 404, "nobody": 404,
        "T": 404, "h": 404, "7": 404,
    }  # fmt: skip
    of = site(region="DE", numbers=numbers, trunks=(carrier,))
    async with running_asterisk(tmp_path, of=of) as server:
        at = ("127.0.0.1", server.runtime.ports.sip_udp)
        phone = await SipPhone.open(at, "stranger")
        try:
            answers = {number: await _status(phone, number) for number in dialled}
        finally:
            phone.close()
        counted = await server.cli("dialplan show globals")
    assert answers == dialled
    assert refusals(counted) == {("carrier", "number"): 4, ("carrier", "account"): 1}


async def _status(phone: SipPhone, number: str) -> int:
    dialog = await phone.dial(number)

    async def final() -> int:
        return dialog.final_status

    status = await until(final)
    phone.hang_up(dialog)
    return status


@asynccontextmanager
async def registrar_over_tls(pair: tls.Pair) -> AsyncIterator[str]:
    """A carrier that takes every registration and shows this certificate."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(_reply(head.decode(), 200))

    context = await asyncio.to_thread(tls.server_context, pair)
    context.set_alpn_protocols([])
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


def _pair(folder: Path) -> tls.Pair:
    folder.mkdir()
    return tls.pair(TlsSettings(), folder, ("127.0.0.1",), now=datetime.now(UTC))


def secure_site(ours: tls.Pair, trusted: Path, **changes: object) -> Site:
    pair = Tls(certificate=ours.certificate, key=ours.key, authorities=trusted)
    return site(tls=pair, **changes)


async def test_over_tls_a_carrier_must_show_a_certificate_that_we_trust(tmp_path: Path) -> None:
    ours, theirs, stranger = [
        await asyncio.to_thread(_pair, tmp_path / name) for name in ("ours", "theirs", "stranger")
    ]
    async with registrar_over_tls(theirs) as good, registrar_over_tls(stranger) as bad:
        of = secure_site(
            ours,
            theirs.certificate,
            trunks=(
                registering("good", good, Transport.TLS),
                registering("bad", bad, Transport.TLS),
            ),
        )
        ports = replace(free_ports(), sip_tls=free_port(socket.SOCK_STREAM))
        of = replace(of, ports=ports)
        async with running_asterisk(tmp_path / "a", of=of, ports=ports) as server:
            messages = tmp_path / "a" / "log" / "messages"

            async def both_known() -> str:
                shown = await server.cli("pjsip show registrations")
                said = await asyncio.to_thread(messages.read_text)
                return shown if re.search(r"good +Registered", shown) and "retrying" in said else ""

            shown = await until(both_known)
            seen = await read(server.cli, of.trunks, await asyncio.to_thread(messages.read_text))
    assert re.search(r"bad +Rejected", shown), "and tried again"
    assert seen["bad"].cause is TrunkCause.CERTIFICATE


SRTP = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"


async def test_a_secure_trunk_talks_over_tls_in_encrypted_sound_only(tmp_path: Path) -> None:
    ours = await asyncio.to_thread(_pair, tmp_path / "ours")
    ports = replace(free_ports(), sip_tls=free_port(socket.SOCK_STREAM))
    trunk = Trunk(
        id="secure",
        identify=TrunkByPassword(
            user="acct", password="x", register=True, addresses=(ip_network("127.0.0.1"),)
        ),
        server="127.0.0.1:9",
        transport=Transport.TLS,
        srtp=True,
    )
    of = replace(secure_site(ours, ours.certificate, trunks=(trunk,)), ports=ports)
    async with running_asterisk(tmp_path / "a", of=of, ports=ports):
        answers = {
            secure: await _invite_over_tls(ports.sip_tls or 0, ours, secure=secure)
            for secure in (True, False)
        }
    assert "SIP/2.0 200" in answers[True]
    assert re.search(r"m=audio \d+ RTP/SAVP .*a=crypto:1 AES_CM_128", answers[True], re.DOTALL)
    assert "SIP/2.0 488" in answers[False]


async def _invite_over_tls(port: int, ours: tls.Pair, *, secure: bool) -> str:
    context = ssl.create_default_context(cafile=str(ours.certificate))
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    me = writer.get_extra_info("sockname")[1]
    profile, key = ("SAVP", f"{SRTP}\r\n") if secure else ("AVP", "")
    body = (
        "v=0\r\no=p 1 1 IN IP4 127.0.0.1\r\ns=p\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"m=audio 40000 RTP/{profile} 0\r\na=rtpmap:0 PCMU/8000\r\n{key}"
    )
    writer.write(
        (
            f"INVITE sip:5090@127.0.0.1 SIP/2.0\r\n"
            f"Via: SIP/2.0/TLS 127.0.0.1:{me};branch=z9hG4bK{secure}\r\n"
            f"From: <sip:x@127.0.0.1>;tag=1\r\nTo: <sip:5090@127.0.0.1>\r\n"
            f"Call-ID: {secure}@t\r\nCSeq: 1 INVITE\r\nMax-Forwards: 9\r\n"
            f"Contact: <sip:x@127.0.0.1:{me};transport=tls>\r\n"
            f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode()
    )
    said = b""
    async with asyncio.timeout(10):
        while not re.search(rb"SIP/2.0 [2-6].*\r\n\r\n(?:.*a=ptime|$)?", said, re.DOTALL):
            said += await reader.read(4096)
    writer.close()
    return said.decode()


async def test_a_carrier_we_register_with_is_known_by_its_token_and_not_by_a_name(
    tmp_path: Path,
) -> None:
    async with registrar(200) as (carrier, at):
        of = site(trunks=(registering("carrier", at),))
        async with running_asterisk(tmp_path, of=of) as server:

            async def registered() -> str:
                found = re.search(r"Contact: <sip:[^>]*;(line=\w+)", "".join(carrier.heard))
                return found[1] if found else ""

            token = await until(registered)
            port = server.runtime.ports.sip_udp
            named = await asyncio.to_thread(_invite, port, "5090", caller="carrier")
            told = await asyncio.to_thread(_invite, port, f"5090@127.0.0.1;{token}", caller="x")
    assert named == 401
    assert told == 200


def _invite(port: int, target: str, *, caller: str) -> int:
    """Ring in over UDP and give the first final status."""
    body = (
        "v=0\r\no=p 1 1 IN IP4 127.0.0.1\r\ns=p\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        "m=audio 40000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
    )
    where = target if "@" in target else f"{target}@127.0.0.1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.bind(("127.0.0.1", 0))
        wire.settimeout(5)
        me = f"127.0.0.1:{wire.getsockname()[1]}"
        request = (
            f"INVITE sip:{where} SIP/2.0\r\nVia: SIP/2.0/UDP {me};branch=z9hG4bK{caller}\r\n"
            f"From: <sip:{caller}@127.0.0.1>;tag=1\r\nTo: <sip:5090@127.0.0.1>\r\n"
            f"Call-ID: {caller}@t\r\nCSeq: 1 INVITE\r\nMax-Forwards: 9\r\n"
            f"Contact: <sip:{caller}@{me}>\r\nContent-Type: application/sdp\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
        wire.sendto(request.encode(), ("127.0.0.1", port))
        while True:
            status = int(wire.recv(8192).split()[1])
            if status >= 200:
                return status

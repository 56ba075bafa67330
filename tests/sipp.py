"""SIP callers for tests, made by SIPp; what they hear lands in a socket of our own."""

import asyncio
import socket
import struct
import subprocess
from collections import Counter
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from typing_extensions import override

from telephony_config import debian

ROOT = debian.default_cache() / "asterisk"
ULAW_SILENCE = frozenset(range(0x78, 0x80)) | frozenset(range(0xF8, 0x100))
TIME_LIMIT = timedelta(seconds=30)

_INVITE = """\
  <send retrans="500"><![CDATA[
    INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: "{name}" <sip:{user}@[local_ip]:[local_port]>;tag=[call_number]
    To: <sip:[service]@[remote_ip]:[remote_port]>
    Call-ID: [call_id]
    CSeq: 1 INVITE
    Contact: <sip:{user}@[local_ip]:[local_port]>
    Max-Forwards: 70
    Content-Type: application/sdp
    Content-Length: [len]

{sdp}
  ]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="183" optional="true"/>
"""
_SDP = """\
    v=0
    o=- 1 1 IN IP4 [local_ip]
    s=-
    c=IN IP4 [local_ip]
    t=0 0
    m=audio {media} RTP/AVP 0 101
    a=rtpmap:0 PCMU/8000
    a=rtpmap:101 telephone-event/8000
    a=sendrecv
"""
_ACK = """\
  <send><![CDATA[
    ACK sip:[service]@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: "{name}" <sip:{user}@[local_ip]:[local_port]>;tag=[call_number]
    To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
    Call-ID: [call_id]
    CSeq: {cseq} {method}
    Max-Forwards: 70
    Content-Length: 0

  ]]></send>
"""
_OK = """\
  <send><![CDATA[
    SIP/2.0 200 OK
    [last_Via:]
    [last_From:]
    [last_To:]{tag}
    [last_Call-ID:]
    [last_CSeq:]
    Contact: <sip:[local_ip]:[local_port]>
{body}
  ]]></send>
"""
_NO_BODY = "    Content-Length: 0\n"
_BODY = "    Content-Type: application/sdp\n    Content-Length: [len]\n\n{sdp}"


def caller(*, user: str, media: int, name: str = "", stay: timedelta | None = None) -> str:
    """Ring in, listen; hang up after ``stay``, or wait for the other side to."""
    words = {"user": user, "name": name, "sdp": _SDP.format(media=media)}
    parts = [_INVITE.format(**words), '  <recv response="200" rrs="true"/>\n']
    parts.append(_ACK.format(**words, cseq=1, method="ACK"))
    if stay is None:
        parts += ['  <recv request="BYE"/>\n', _OK.format(tag="", body=_NO_BODY)]
    else:
        parts.append(f'  <pause milliseconds="{int(stay.total_seconds() * 1000)}"/>\n')
        parts.append(_ACK.format(**words, cseq=2, method="BYE").replace("ACK sip", "BYE sip"))
        parts.append('  <recv response="200"/>\n')
    return _scenario(parts)


def refused(*, user: str, code: int) -> str:
    """Ring in and be refused with ``code``."""
    words = {"user": user, "name": "", "sdp": _SDP.format(media=9)}
    return _scenario(
        [
            _INVITE.format(**words),
            f'  <recv response="{code}"/>\n',
            _ACK.format(**words, cseq=1, method="ACK"),
        ]
    )


def _scenario(parts: list[str]) -> str:
    lines = "".join(parts).replace("\n    ", "\n")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="parley">\n{lines}</scenario>\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How SIPp ended: 0 when every call went as the scenario says."""

    code: int
    said: str


async def run(
    scenario: str, folder: Path, *, port: int, dial: str, calls: int = 1, local_port: int = 0
) -> Outcome:
    """Run a calling scenario against Asterisk's UDP port until its calls are over."""
    path = _written(scenario, folder)
    line = [
        *await asyncio.to_thread(debian.command, ROOT, "usr/bin/sipp"),
        f"127.0.0.1:{port}",
        "-i",
        "127.0.0.1",
        "-sf",
        str(path),
        "-s",
        dial,
        "-m",
        str(calls),
        "-nostdin",
        "-trace_err",
        "-error_file",
        str(folder / "errors"),
        "-timeout",
        f"{TIME_LIMIT.total_seconds():.0f}",
        "-timeout_error",
    ]
    if local_port:
        line += ["-p", str(local_port)]
    process = await asyncio.create_subprocess_exec(
        *line,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder,
    )
    try:
        out, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    said = out.decode(errors="replace")[-3000:] + _read(folder / "errors")
    return Outcome(code=process.returncode or 0, said=said)


def _written(scenario: str, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "scenario.xml"
    path.write_text(scenario)
    return path


def _read(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""


class Ear(AbstractContextManager["Ear"]):
    """A UDP socket that RTP is sent to; it tells what was heard."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.port: int = self._socket.getsockname()[1]

    @override
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()

    @override
    def __enter__(self) -> Self:
        return self

    def speak(self, to: tuple[str, int], number: int) -> None:
        """Send one packet of 20 ms of a loud tone."""
        head = struct.pack("!BBHII", 0x80, 0, number, 160 * number, 0x5041524C)
        self.send(head + b"\x10\x90" * 80, to)

    def send(self, packet: bytes, to: tuple[str, int]) -> None:
        """Send one packet as it is."""
        self._socket.sendto(packet, to)

    def packets(self) -> list[bytes]:
        """Take the payloads received so far."""
        found: list[bytes] = []
        while True:
            try:
                found.append(self._socket.recv(2048)[12:])
            except BlockingIOError:
                return found

    def sounding(self) -> timedelta:
        """How long something other than silence was heard, in µ-law packets of 20 ms."""
        loud = 0
        for payload in self.packets():
            quiet = sum(count for byte, count in Counter(payload).items() if byte in ULAW_SILENCE)
            loud += quiet < len(payload) * 0.8
        return timedelta(milliseconds=20 * loud)

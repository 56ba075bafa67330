"""A small SIP telephone over UDP, for tests that need a real leg on a real Asterisk.

It signals but sends no sound: it can be rung (``manner``), can ring in through the trunk
(``dial``), press keys (SIP INFO) and its hold key (``hold``), and hang up. One call at a time per
direction of dialog. ``media`` is where it wants sound sent to: a socket of the test's.
"""

import asyncio
import hashlib
import re
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable

CRLF: Final = "\r\n"
ANSWER_WITHIN: Final = 5.0
NO_EAR: Final = 40000
"""A port that nobody listens at."""


class SipMessage:
    """One message, parsed as far as a telephone needs."""

    def __init__(self, text: str) -> None:
        head, _, self.body = text.partition(CRLF + CRLF)
        first, *lines = head.split(CRLF)
        self.first = first
        self.headers: list[tuple[str, str]] = []
        for line in lines:
            name, _, value = line.partition(":")
            self.headers.append((name.strip(), value.strip()))

    @property
    def status(self) -> int:
        """The status of a response; 0 for a request."""
        return int(self.first.split()[1]) if self.first.startswith("SIP/2.0") else 0

    @property
    def method(self) -> str:
        return self["CSeq"].split()[1] if self.status else self.first.split()[0]

    def __getitem__(self, name: str) -> str:
        return next((v for k, v in self.headers if k.lower() == name.lower()), "")

    def all(self, name: str) -> list[str]:
        return [v for k, v in self.headers if k.lower() == name.lower()]


class Dialog:
    """One call of the telephone."""

    def __init__(self, call_id: str, local: str, remote: str, target: str) -> None:
        self.call_id, self.local, self.remote, self.target = call_id, local, remote, target
        self.sequence = 1
        self.invite: SipMessage | None = None
        self.answered = asyncio.Event()
        self.ended = asyncio.Event()
        self.final_status = 0
        self.cancelled = False
        self.branch = ""
        self.sound: tuple[str, int] | None = None
        self.direction = ""
        """Where the other side takes sound, and what it does with sound: ``sendrecv`` and so on."""
        self.ours = "sendrecv"
        """What this phone does with sound; on hold it keeps to that when it is asked anew."""
        self.agreed: asyncio.Future[int] | None = None


class SipPhone(asyncio.DatagramProtocol):
    """Speaks to one Asterisk."""

    def __init__(
        self, server: tuple[str, int], name: str, manner: str = "rings", media: int = NO_EAR
    ) -> None:
        self.server, self.name, self.manner, self.media = server, name, manner, media
        self.dialogs: list[Dialog] = []
        self.rung = asyncio.Event()
        self.heard: deque[SipMessage] = deque(maxlen=1000)
        """What the other side has sent lately."""
        self.events = True
        """Whether it offers to send keys as telephone-events."""
        self.forwards_to = ""
        """With the manner ``forwards``: where it sends whoever rings."""
        self._transport: asyncio.DatagramTransport | None = None
        self._serial = 0
        self._secret, self._expires = "", 0
        self._registered: asyncio.Future[int] | None = None
        self._registration: Dialog | None = None

    @classmethod
    async def open(
        cls,
        server: tuple[str, int],
        name: str,
        manner: str = "rings",
        port: int = 0,
        media: int = NO_EAR,
        address: str = "127.0.0.1",
    ) -> "SipPhone":
        """Plug the phone in; ``manner`` is rings, answers, busy, refuses or forwards."""
        loop = asyncio.get_running_loop()
        _, phone = await loop.create_datagram_endpoint(
            lambda: cls(server, name, manner, media), local_addr=(address, port)
        )
        return phone

    @override
    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def close(self) -> None:
        assert self._transport is not None
        self._transport.close()

    @property
    def port(self) -> int:
        assert self._transport is not None
        return int(self._transport.get_extra_info("sockname")[1])

    @property
    def contact(self) -> str:
        return f"sip:{self.name}@127.0.0.1:{self.port}"

    @property
    def last(self) -> Dialog:
        return self.dialogs[-1]

    # -- what the person does -----------------------------------------------------------------

    async def dial(
        self, number: str, *, caller: str = "", name: str = "", more: Sequence[str] = ()
    ) -> Dialog:
        """Ring in; returns at once, ``Dialog.answered`` tells the rest.

        ``caller`` may name a host of its own; ``more`` are headers besides.
        """
        self._serial += 1
        call_id = f"{self.name}-{self.port}-{self._serial}"
        display = f'"{name}" ' if name else ""
        user = caller or self.name
        address = user if "@" in user else f"{user}@127.0.0.1:{self.port}"
        local = f"{display}<sip:{address}>;tag={call_id}"
        target = f"sip:{number}@{self.server[0]}:{self.server[1]}"
        dialog = Dialog(call_id, local, f"<{target}>", target)
        self.dialogs.append(dialog)
        self._request(dialog, "INVITE", self._sdp(), "application/sdp", more=more)
        return dialog

    async def dial_and_talk(self, number: str, *, caller: str = "", name: str = "") -> Dialog:
        """Ring in and wait until somebody answers."""
        dialog = await self.dial(number, caller=caller, name=name)
        async with asyncio.timeout(ANSWER_WITHIN):
            await dialog.answered.wait()
        return dialog

    async def wait_rung(self) -> Dialog:
        """Wait until this phone rings."""
        async with asyncio.timeout(ANSWER_WITHIN):
            await self.rung.wait()
        return self.last

    def answer(self, dialog: Dialog | None = None) -> None:
        """Lift the receiver of a ringing phone."""
        self._final(dialog or self.last, 200, "OK")

    def refuse(self, status: int = 603, dialog: Dialog | None = None) -> None:
        """Refuse a ringing call: 603 decline, 486 busy."""
        self._final(dialog or self.last, status, "No")

    def hang_up(self, dialog: Dialog | None = None) -> None:
        """Hang up; an unanswered call of ours is cancelled."""
        dialog = dialog or self.last
        if dialog.ended.is_set():
            return
        if dialog.invite is None and not dialog.answered.is_set():
            dialog.cancelled = True
            self._request(dialog, "CANCEL")
            return
        self._request(dialog, "BYE")
        dialog.ended.set()

    def press(self, digits: str, dialog: Dialog | None = None) -> None:
        """Press keys, one after another."""
        for digit in digits:
            body = f"Signal={digit}\r\nDuration=100\r\n"
            self._request(dialog or self.last, "INFO", body, "application/dtmf-relay")

    async def hold(self, dialog: Dialog | None = None, *, direction: str = "sendonly") -> int:
        """Press the hold key: the other side shall hear music; returns the final status."""
        return await self._offer(dialog or self.last, direction)

    async def resume(self, dialog: Dialog | None = None) -> int:
        """Press the hold key once more."""
        return await self._offer(dialog or self.last, "sendrecv")

    async def _offer(self, dialog: Dialog, direction: str) -> int:
        agreed: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        dialog.agreed, dialog.ours = agreed, direction
        dialog.sequence += 1
        self._request(dialog, "INVITE", self._sdp(direction, dialog.sequence), "application/sdp")
        async with asyncio.timeout(ANSWER_WITHIN):
            return await agreed

    async def register(self, secret: str, *, expires: int = 300) -> int:
        """Register with Asterisk, or with ``expires`` 0 sign off; returns the final status."""
        self._serial += 1
        registered: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._registered = registered
        where = f"sip:{self.server[0]}:{self.server[1]}"
        me = f"<sip:{self.name}@{self.server[0]}>"
        dialog = Dialog(f"reg-{self.name}-{self.port}", f"{me};tag=r", me, where)
        dialog.sequence = self._serial * 10
        self._registration = dialog
        self._secret, self._expires = secret, expires
        self._request(dialog, "REGISTER", more=[f"Expires: {expires}"])
        async with asyncio.timeout(ANSWER_WITHIN):
            return await registered

    def _on_register_response(self, message: SipMessage) -> None:
        dialog, registered = self._registration, self._registered
        if dialog is None or registered is None:
            return
        challenge = dict(re.findall(r'(\w+)="?([^",]+)"?', message["WWW-Authenticate"]))
        if message.status == 401 and not dialog.answered.is_set():
            dialog.answered.set()
            uri = dialog.target

            def md5(*parts: str) -> str:
                return hashlib.md5(":".join(parts).encode()).hexdigest()

            proof = md5(
                md5(self.name, challenge["realm"], self._secret),
                challenge["nonce"],
                "00000001",
                "c0ffee",
                "auth",
                md5("REGISTER", uri),
            )
            fields = (
                f'Authorization: Digest username="{self.name}", realm="{challenge["realm"]}", '
                f'nonce="{challenge["nonce"]}", uri="{uri}", response="{proof}", qop=auth, '
                f'nc=00000001, cnonce="c0ffee", opaque="{challenge.get("opaque", "")}"'
            )
            more = [f"Expires: {self._expires}", fields]
            self._request(dialog, "REGISTER", more=more)
        elif message.status >= 200 and not registered.done():
            registered.set_result(message.status)

    # -- the wire -----------------------------------------------------------------------------

    @override
    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = SipMessage(data.decode())
        self.heard.append(message)
        dialog = next((d for d in self.dialogs if d.call_id == message["Call-ID"]), None)
        if message.status:
            if message.method == "REGISTER":
                self._on_register_response(message)
            elif dialog is not None:
                self._on_response(dialog, message)
            return
        handlers: dict[str, Callable[[SipMessage, Dialog | None], None]] = {
            "INVITE": self._on_invite,
            "BYE": self._on_bye,
            "CANCEL": self._on_cancel,
        }
        if message.method == "ACK":
            return
        handlers.get(message.method, self._on_other)(message, dialog)

    @override
    def error_received(self, exc: Exception) -> None:
        """Ignore what the net says about datagrams sent to an Asterisk that is gone."""

    def _on_invite(self, message: SipMessage, dialog: Dialog | None) -> None:
        if dialog is not None:
            if dialog.answered.is_set():
                _hear(dialog, message)
                self._reply(message, 200, "OK", dialog, self._sdp(dialog.ours))
            return
        target = re.search(r"<([^>]+)>", message["Contact"])
        dialog = Dialog(
            message["Call-ID"],
            f"{message['To']};tag={self.name}-{len(self.dialogs)}",
            message["From"],
            target[1] if target else "",
        )
        dialog.invite = message
        _hear(dialog, message)
        self.dialogs.append(dialog)
        self._reply(message, 180, "Ringing", dialog)
        if self.manner == "answers":
            self.answer(dialog)
        elif self.manner == "busy":
            self.refuse(486, dialog)
        elif self.manner == "refuses":
            self.refuse(603, dialog)
        elif self.manner == "forwards":
            self.refuse(302, dialog)
        self.rung.set()

    def _on_other(self, message: SipMessage, dialog: Dialog | None) -> None:
        self._reply(message, 200, "OK")

    def _on_bye(self, message: SipMessage, dialog: Dialog | None) -> None:
        self._reply(message, 200, "OK")
        if dialog is not None:
            dialog.ended.set()

    def _on_cancel(self, message: SipMessage, dialog: Dialog | None) -> None:
        self._reply(message, 200, "OK")
        if dialog is not None:
            self._final(dialog, 487, "Request Terminated")

    def _on_response(self, dialog: Dialog, message: SipMessage) -> None:
        if message.method != "INVITE" or message.status < 200:
            return
        if dialog.agreed is not None:
            dialog.remote = message["To"] or dialog.remote
            refused = message.status >= 300
            self._request(dialog, "ACK", branch=dialog.branch if refused else "")
            _hear(dialog, message)
            if not dialog.agreed.done():
                dialog.agreed.set_result(message.status)
            return
        if message.status < 300:
            _hear(dialog, message)
            target = re.search(r"<([^>]+)>", message["Contact"])
            dialog.remote = message["To"]
            dialog.target = target[1] if target else dialog.target
            self._request(dialog, "ACK")
            dialog.answered.set()
            if dialog.cancelled:  # the answer crossed our CANCEL (RFC 3261, 9.1): hang up anew
                self.hang_up(dialog)
        else:
            dialog.remote = message["To"]
            self._request(dialog, "ACK", branch=dialog.branch)
            dialog.ended.set()
        dialog.final_status = message.status

    def _final(self, dialog: Dialog, status: int, reason: str) -> None:
        if dialog.invite is None or dialog.final_status:
            return
        dialog.final_status = status
        body = self._sdp() if status == 200 else ""
        self._reply(dialog.invite, status, reason, dialog, body)
        (dialog.answered if status == 200 else dialog.ended).set()

    def _reply(
        self,
        message: SipMessage,
        status: int,
        reason: str,
        dialog: Dialog | None = None,
        body: str = "",
    ) -> None:
        lines = [f"SIP/2.0 {status} {reason}"]
        lines += [f"Via: {via}" for via in message.all("Via")]
        to = dialog.local if dialog is not None and dialog.invite is not None else message["To"]
        lines += [f"From: {message['From']}", f"To: {to}", f"Call-ID: {message['Call-ID']}"]
        contact = self.forwards_to if status == 302 else self.contact
        lines += [f"CSeq: {message['CSeq']}", f"Contact: <{contact}>"]
        if body:
            lines.append("Content-Type: application/sdp")
        self._send(lines, body)

    def _request(
        self,
        dialog: Dialog,
        method: str,
        body: str = "",
        content: str = "",
        branch: str = "",
        more: Sequence[str] = (),
    ) -> None:
        if method not in {"ACK", "CANCEL", "INVITE"}:
            dialog.sequence += 1
        self._serial += 1
        branch = branch or f"z9hG4bK{self.port}{self._serial}"
        if method == "INVITE":
            dialog.branch = branch
        elif method == "CANCEL":
            branch = dialog.branch
        lines = [
            f"{method} {dialog.target} SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch={branch};rport",
            "Max-Forwards: 70",
            f"From: {dialog.local}",
            f"To: {dialog.remote}",
            f"Call-ID: {dialog.call_id}",
            f"CSeq: {dialog.sequence} {method}",
            f"Contact: <{self.contact}>",
        ]
        lines += more
        if content:
            lines.append(f"Content-Type: {content}")
        self._send(lines, body)

    def _send(self, lines: list[str], body: str) -> None:
        assert self._transport is not None
        lines.append(f"Content-Length: {len(body)}")
        text = CRLF.join(lines) + CRLF + CRLF + body
        self._transport.sendto(text.encode(errors="surrogateescape"), self.server)

    def transfer(self, to: str, dialog: Dialog | None = None) -> None:
        """Press the transfer key: the other side shall talk with ``to``."""
        more = [f"Refer-To: <{to}>", f"Referred-By: <{self.contact}>"]
        self._request(dialog or self.last, "REFER", more=more)

    def send_raw(self, datagram: bytes) -> None:
        """Send what no telephone would."""
        assert self._transport is not None
        self._transport.sendto(datagram, self.server)

    def _sdp(self, direction: str = "sendrecv", version: int = 1) -> str:
        event = ["a=rtpmap:101 telephone-event/8000"] if self.events else []
        return CRLF.join(
            [
                "v=0",
                f"o=phone 1 {version} IN IP4 127.0.0.1",
                "s=phone",
                "c=IN IP4 127.0.0.1",
                "t=0 0",
                f"m=audio {self.media} RTP/AVP 0{' 101' if self.events else ''}",
                "a=rtpmap:0 PCMU/8000",
                *event,
                f"a={direction}",
                "",
            ]
        )


def _hear(dialog: Dialog, message: SipMessage) -> None:
    """Note where the other side takes sound."""
    if at := re.search(r"c=IN IP4 (\S+)[^$]*m=audio (\d+)", message.body):
        dialog.sound = (at[1], int(at[2]))
        way = re.search(r"a=(sendrecv|sendonly|recvonly|inactive)", message.body)
        dialog.direction = way[1] if way else "sendrecv"

"""Looks at SIP that a browser wants to send: it may speak for its own phone only.

Asterisk authenticates most requests besides; this keeps one page from trying another's phone, and
whatever no browser phone needs from reaching Asterisk at all. A frame holds exactly one message, in
the one way of writing in which JsSIP writes it: short names, folded lines, repeated headers, other
line ends and everything else that two parsers might read differently is refused, not understood.
"""

import re
from collections.abc import Set
from typing import Final

LARGEST: Final = 64 * 1024
"""Bytes of the longest SIP message; an offer with many ICE candidates has some 8,000."""
METHODS: Final = frozenset({"REGISTER", "INVITE", "ACK", "BYE", "CANCEL", "UPDATE"})
HEADERS: Final = frozenset(
    {
        *("via", "from", "to", "call-id", "cseq", "max-forwards", "contact", "expires"),
        *("content-type", "content-length", "authorization", "proxy-authorization"),
        *("allow", "supported", "user-agent", "accept", "reason", "retry-after"),
        *("session-expires", "min-se"),
    }
)
"""What a browser phone says. None of them can route, replace, refer, or claim an identity."""
NEEDED: Final = ("via", "from", "to", "call-id", "cseq", "content-length")
SDP: Final = "application/sdp"
CONTACTS: Final = 8
"""Contacts that one socket may have registered; a page has one."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_REQUEST: Final = re.compile(r'([A-Z]+) sips?:[^\s<>"]+ SIP/2\.0')
_RESPONSE: Final = re.compile(r"SIP/2\.0 ([12456]\d\d)(?: .*)?")
_LINE: Final = re.compile(r"([A-Za-z-]+): ?(.*)")
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,9}")
_TOKEN: Final = r"[A-Za-z0-9.!%*_+`'~-]+"  # noqa: S105 - RFC 3261's word for it
_PARAMETERS: Final = rf'(?P<parameters>(?:;{_TOKEN}(?:=(?:{_TOKEN}|"[^"\\]*"))?)*)'
_ADDRESS: Final = re.compile(
    r'(?:"(?:[^"\\]|\\["\\])*" )?'
    r"<sips?:(?:(?P<user>[A-Za-z0-9_.!~*'()&=+$,/%-]+)@)?(?P<host>[A-Za-z0-9.:\[\]-]+)"
    rf'(?:;[^\s<>"?]*)?>{_PARAMETERS}'
)
_TAG: Final = re.compile(r";tag(?:=|;|$)", re.IGNORECASE)
_CREDENTIAL: Final = r'(?P<name>[a-z]+)=(?:"(?P<quoted>[^"\\]*)"|[A-Za-z0-9_.-]+)'
_CREDENTIALS: Final = re.compile(
    rf"Digest ({_CREDENTIAL}(?:, ?|$))+".replace("?P<name>", "").replace("?P<quoted>", "")
)
_EACH_CREDENTIAL: Final = re.compile(_CREDENTIAL)

Headers = dict[str, str]


class SipGuard:
    """What one websocket may send for the phones ``users``, told at every message."""

    def __init__(self, users: Set[str]) -> None:
        self._users = users
        self._contacts: set[str] = set()
        """Users of the contacts registered here: in a call that rang in they stand in ``From``."""

    def complaint(self, frame: str) -> str:
        """Why ``frame`` must not be passed on; "" when it may."""
        if not frame.strip("\r\n"):
            return ""  # keep-alive
        head, end, body = frame.partition("\r\n\r\n")
        start, *lines = head.split("\r\n")
        if not end or any(_CONTROL.search(line) for line in (start, *lines)):
            return "no SIP"
        headers = _headers(lines)
        if headers is None:
            return "headers"
        if not _fits(headers, body):
            return "body"
        if not _is_at_home(headers):
            return "contact"
        if _RESPONSE.fullmatch(start):  # no 3xx: phones redirect nobody
            return ""
        request = _REQUEST.fullmatch(start)
        if request is None:
            return "no SIP"
        return self._of_request(request[1], headers)

    def _of_request(self, method: str, headers: Headers) -> str:
        if method not in METHODS:
            return "method"
        number, _, named = headers["cseq"].partition(" ")
        if named != method or not _NUMBER.fullmatch(number):
            return "headers"
        if any(
            name in headers and not self._is_proof(headers[name])
            for name in ("authorization", "proxy-authorization")
        ):
            return "credentials"
        return self._of_parties(method, headers)

    def _of_parties(self, method: str, headers: Headers) -> str:
        """Who says it to whom: outside of a call, only this page's own phones."""
        sender, target = _ADDRESS.fullmatch(headers["from"]), _ADDRESS.fullmatch(headers["to"])
        if sender is None or target is None:
            return "headers"
        in_dialog = _TAG.search(target["parameters"]) is not None
        own = sender["user"] in self._users
        if not own and not (in_dialog and sender["user"] in self._contacts):
            return "from"
        if method != "REGISTER":
            return ""
        if in_dialog or not own or target["user"] != sender["user"]:
            return "to"
        return self._registers(headers.get("contact", ""))

    def _registers(self, contact: str) -> str:
        """Remember under which name this page's calls will reach it."""
        address = _ADDRESS.fullmatch(contact)
        name = address["user"] if address is not None else None
        if name is None or not name.isalnum() or len(self._contacts | {name}) > CONTACTS:
            return "contact"
        self._contacts.add(name)
        return ""

    def _is_proof(self, credentials: str) -> bool:
        """Whether these credentials are of this page's own phone, beyond misreading."""
        if not _CREDENTIALS.fullmatch(credentials):
            return False
        found = [(each["name"], each["quoted"]) for each in _EACH_CREDENTIAL.finditer(credentials)]
        values = dict(found)
        return len(values) == len(found) and values.get("username") in self._users


def _headers(lines: list[str]) -> Headers | None:
    """The headers by lower-case name; None when one is unknown, repeated, missing or odd."""
    headers: Headers = {}
    for line in lines:
        parts = _LINE.fullmatch(line)
        name = parts[1].lower() if parts is not None else ""
        if parts is None or name not in HEADERS or name in headers:
            return None
        headers[name] = parts[2]
    return headers if all(name in headers for name in NEEDED) else None


def _fits(headers: Headers, body: str) -> bool:
    """Whether the body is all that is left of the frame, and a description of sound."""
    length = headers["content-length"]
    if not _NUMBER.fullmatch(length) or int(length) != len(body.encode()):
        return False
    return headers.get("content-type", SDP) == SDP


def _is_at_home(headers: Headers) -> bool:
    """Whether the contact, if one is named, is a page: such have no address of their own."""
    contact = headers.get("contact")
    if contact is None:
        return True
    address = _ADDRESS.fullmatch(contact)
    return address is not None and address["host"].endswith(".invalid")

"""Looks at SIP that a browser wants to send: it may speak for its own phone only.

Asterisk authenticates every request besides; this keeps one session from trying another's phone,
and methods that no browser phone needs from reaching Asterisk at all. Requests inside a dialog
and answers are let through: Asterisk knows its dialogs, and their From is a random contact.
"""

import re
from collections.abc import Set
from typing import Final

LARGEST: Final = 64 * 1024
"""Characters of the longest SIP message; an offer with many ICE candidates has some 8,000."""
METHODS: Final = frozenset(
    {"REGISTER", "INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "INFO", "PRACK", "UPDATE"}
)
_SHORT: Final = {"f": "from", "t": "to"}
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_USER: Final = re.compile(r"sips?:([^@;>?\s]+)@", re.IGNORECASE)
_USERNAME: Final = re.compile(r'username="([^"]*)"', re.IGNORECASE)
_TAG: Final = re.compile(r";\s*tag=", re.IGNORECASE)


def complaint(message: str, users: Set[str]) -> str:
    """Why ``message`` must not be passed on for the phones ``users``; "" when it may."""
    if not message.strip("\r\n"):
        return ""  # keep-alive
    start, headers = _parsed(message)
    if start.startswith("SIP/2.0 "):
        return ""
    parts = start.split(" ")
    if len(parts) != 3 or parts[2] != "SIP/2.0":
        return "no SIP"
    return "method" if parts[0] not in METHODS else _of_request(parts[0], headers, users)


def _of_request(method: str, headers: dict[str, list[str]], users: Set[str]) -> str:
    froms, tos = headers.get("from", []), headers.get("to", [])
    if len(froms) != 1 or len(tos) != 1:
        return "headers"
    named = [user for header in _credentials(headers) for user in _USERNAME.findall(header)]
    if any(user not in users for user in named):
        return "credentials"
    if _TAG.search(_bare(tos[0])):
        return ""
    if _user_of(froms[0]) not in users:
        return "from"
    return "to" if method == "REGISTER" and _user_of(tos[0]) not in users else ""


def _parsed(message: str) -> tuple[str, dict[str, list[str]]]:
    """The start line and the headers by full lower-case name, folded lines joined."""
    head = message.split("\r\n\r\n", 1)[0]
    lines = re.sub(r"\r?\n[ \t]+", " ", head).splitlines()
    headers: dict[str, list[str]] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        key = name.strip().lower()
        if colon:
            headers.setdefault(_SHORT.get(key, key), []).append(value.strip())
    return lines[0] if lines else "", headers


def _credentials(headers: dict[str, list[str]]) -> list[str]:
    return headers.get("authorization", []) + headers.get("proxy-authorization", [])


def _bare(address: str) -> str:
    """The address without its display name in quotes."""
    return _QUOTED.sub("", address)


def _user_of(address: str) -> str:
    found = _USER.search(_bare(address))
    return found.group(1) if found else ""

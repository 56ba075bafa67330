"""Reads ``desktop.ice_servers``: STUN and TURN servers by which browser phones get through a NAT.

One address that is not exactly right makes browsers refuse the whole list, so each is checked here
(RFC 7064, RFC 7065). What a TURN server asks for to let us in is a setting, never in the site file.
"""

import re
from typing import Final

from telephony_config.reading import Table

KEY: Final = "ice_servers"
SCHEMES: Final = ("stun:", "stuns:", "turn:", "turns:")
TURN: Final = ("turn:", "turns:")
HINT: Final = 'write "stun:stun.example.org:3478" or "turn:turn.example.org:3478?transport=udp"'
_HOST: Final = r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:.]+\]"
_ADDRESS: Final = re.compile(rf"(?:{_HOST})(?::(\d{{1,5}}))?(\?transport=(?:udp|tcp))?")
_HIGHEST_PORT: Final = 65535


def ice_servers_of(table: Table) -> tuple[str, ...]:
    """Read the list; empty when the phones are all on our own network."""
    uris = table.texts(KEY)
    for uri in uris:
        _check(table, uri)
    return uris


def _check(table: Table, uri: str) -> None:
    scheme, _, address = uri.partition(":")
    scheme += ":"
    if "@" in uri:  # not repeated: what stands before it may be a password
        remedy = "leave that out; the daemon makes them from PARLEY_DESKTOP_TURN_SECRET"
        table.complain(KEY, "an address holds a user or a password", remedy)
    elif scheme not in SCHEMES:
        table.complain(KEY, f"{uri!r} is neither a STUN nor a TURN server", HINT)
    elif (found := _ADDRESS.fullmatch(address)) is None:
        table.complain(KEY, f"{uri!r} is not an address of a {scheme[:4].upper()} server", HINT)
    elif found[1] and not 0 < int(found[1]) <= _HIGHEST_PORT:
        table.complain(KEY, f"{uri!r} has no possible port", f"choose 1 to {_HIGHEST_PORT}")
    elif found[2] and scheme not in TURN:
        table.complain(KEY, f"{uri!r} says how to travel", f"only TURN servers have {found[2]!r}")

"""Websocket framing of what the server says, so that one frame's bytes serve every subscriber."""

import struct
from typing import Final

_TEXT_FIN: Final = 0x81


def text_frame(payload: bytes) -> bytes:
    """A whole unmasked, uncompressed text frame (RFC 6455 section 5.2)."""
    size = len(payload)
    if size < 126:
        return bytes((_TEXT_FIN, size)) + payload
    if size < 1 << 16:
        return struct.pack("!BBH", _TEXT_FIN, 126, size) + payload
    return struct.pack("!BBQ", _TEXT_FIN, 127, size) + payload

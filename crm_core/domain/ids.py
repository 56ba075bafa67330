"""Ids of records: UUIDv7, so that new rows land at the end of every index.

The factory is handed to ``Database``; tests give their own. An interaction's id follows from the
call alone, so that a daemon that was killed writes to the same record after its restart.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Final
from uuid import UUID

import uuid_utils

NewId = Callable[[], str]
"""Gives a fresh record id."""

_VERSION: Final = 0x7 << 76
_VARIANT: Final = 0b10 << 62
_RANDOM_A: Final = (1 << 12) - 1
_RANDOM_B: Final = (1 << 62) - 1


def uuid7() -> str:
    """Return a fresh time-ordered id."""
    return str(uuid_utils.uuid7())


def seeded(kind: str, key: str, at: datetime) -> str:
    """Return the UUIDv7 of ``at`` whose random bits follow from ``kind`` and ``key``."""
    digest = int.from_bytes(hashlib.sha256(f"{kind}\0{key}".encode()).digest()[:10], "big")
    stamp = int(at.timestamp() * 1000) & ((1 << 48) - 1)
    bits = stamp << 80 | _VERSION | ((digest >> 62) & _RANDOM_A) << 64
    text = f"{bits | _VARIANT | (digest & _RANDOM_B):032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


@lru_cache(maxsize=8192)
def interaction_id(external_id: str, started_at: datetime) -> str:
    """Return the id of the interaction of a call: the same for the same call, always."""
    return seeded("interaction", external_id, started_at)


def is_id(text: str) -> bool:
    """Tell whether ``text`` has the form of a record id."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False

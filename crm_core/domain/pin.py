"""PINs for the phone menu: hashed with scrypt, compared in constant time.

A PIN has few values, so the hash alone cannot protect it from somebody who holds the database;
the limit on attempts is what protects it from callers.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from crm_core.domain.errors import BadValue
from crm_core.domain.names import ascii_digits

_PIN: Final = re.compile(r"[0-9]{4,8}")
COST: Final = 14
"""Binary logarithm of scrypt's N; demo data uses less, which the hash itself records."""
BLOCK: Final = 8


@dataclass(frozen=True, slots=True)
class Secret:
    """What a PIN is checked against."""

    party_id: str
    pin_hash: str


def hash_pin(
    pin: str, *, cost: int = COST, salt: Callable[[], bytes] = lambda: secrets.token_bytes(16)
) -> str:
    """Hash a PIN of 4 to 8 digits."""
    digits = ascii_digits(pin)
    if not _PIN.fullmatch(digits):
        raise BadValue("pin", "use 4 to 8 digits")
    seasoning = salt()
    return f"scrypt${cost}${seasoning.hex()}${_derive(digits, cost, seasoning).hex()}"


NOBODY: Final = f"scrypt${COST}${'00' * 16}${'00' * 32}"
"""Checked when there is no such customer, so that the answer takes as long."""


def check_pin(pin: str, pin_hash: str) -> bool:
    """Tell whether ``pin`` is the one that was hashed, in time that does not depend on it."""
    _scheme, cost, salt, digest = pin_hash.split("$")
    derived = _derive(ascii_digits(pin), int(cost), bytes.fromhex(salt))
    return hmac.compare_digest(derived, bytes.fromhex(digest))


def _derive(pin: str, cost: int, salt: bytes) -> bytes:
    return hashlib.scrypt(
        pin.encode(), salt=salt, n=1 << cost, r=BLOCK, p=1, dklen=32, maxmem=64 << 20
    )

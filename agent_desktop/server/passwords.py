"""Argon2id off the event loop, a few at a time: hashing is slow by design, so it is a DoS lever."""

import asyncio
import hashlib
import unicodedata
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from agent_desktop.server import new_passwords
from agent_desktop.server.problems import Problem

T = TypeVar("T")

_HASHER: Final = PasswordHasher(
    time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16, type=Type.ID
)
"""The floor of the OWASP advice: 19 MiB, two passes, one lane."""
VERIFY_WITHIN: Final = 5.0
"""Seconds a log-in may wait for its turn and its hash."""


def hash_password(password: str) -> str:
    """A new argon2id hash; takes some 20 ms, so never on the event loop of a running server."""
    return _HASHER.hash(_bytes(password))


def proof_of(password_hash: str) -> str:
    """Which password a session was opened with, without telling anything of it."""
    return hashlib.sha256(password_hash.encode()).hexdigest()[:16]


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False


def _bytes(password: str) -> bytes:
    """The same bytes for what looks the same, whichever keyboard wrote it."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def busy() -> Problem:
    """There is no room for another log-in now."""
    return Problem(503, "busy", "too many log-ins at once; try again", headers={"Retry-After": "2"})


class Passwords:
    """Passwords in a small pool of threads; an unknown user costs the same work as a known one."""

    def __init__(self, *, threads: int, queue: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._room = queue
        self._one_new = asyncio.Semaphore(1)
        self._nobody = hash_password("nobody has this password")

    async def close(self) -> None:
        """End the threads; a hash takes some 20 ms, so not on the event loop."""
        async with asyncio.timeout(VERIFY_WITHIN):
            await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether it is the password; None stands for an unknown user and is never right.

        Raises:
            Problem: 503 ``busy`` when too many log-ins wait already.
        """
        known = password_hash or self._nobody
        right = await self._in_turn(lambda: _matches(known, password))
        return right and password_hash is not None

    async def hash_new(self, password: str, about: Sequence[str]) -> str:
        """The hash of a new password.

        Raises:
            Problem: 422 when it is too short or too common; 503 as above.
        """
        try:
            async with self._one_new:
                wrong = await new_passwords.asked(password, about=about)
        except TimeoutError:
            raise busy() from None
        if wrong:
            raise Problem(422, f"password_{wrong}", new_passwords.COMPLAINTS[wrong])
        return await self._in_turn(lambda: hash_password(password))

    async def _in_turn(self, job: Callable[[], T]) -> T:
        if self._room <= 0:
            raise busy()
        self._room -= 1
        try:
            async with asyncio.timeout(VERIFY_WITHIN):
                return await asyncio.get_running_loop().run_in_executor(self._pool, job)
        except TimeoutError:
            raise busy() from None
        finally:
            self._room += 1

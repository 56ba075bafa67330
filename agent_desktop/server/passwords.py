"""Argon2id off the event loop, a few at a time: hashing is slow by design, so it is a DoS lever."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from agent_desktop.server.problems import Problem

_HASHER: Final = PasswordHasher(
    time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16, type=Type.ID
)
"""The floor of the OWASP advice: 19 MiB, two passes, one lane."""
VERIFY_WITHIN: Final = 5.0
"""Seconds a log-in may wait for its turn and its hash."""


def hash_password(password: str) -> str:
    """A new argon2id hash; takes some 20 ms, so never on the event loop of a running server."""
    return _HASHER.hash(password)


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


class Passwords:
    """Verifies passwords in a small pool; an unknown user costs the same work as a known one."""

    def __init__(self, *, threads: int, queue: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._room = queue
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
        if self._room <= 0:
            raise Problem(
                503, "busy", "too many log-ins at once; try again", headers={"Retry-After": "2"}
            )
        self._room -= 1
        try:
            async with asyncio.timeout(VERIFY_WITHIN):
                right = await asyncio.get_running_loop().run_in_executor(
                    self._pool, _matches, password_hash or self._nobody, password
                )
        except TimeoutError:
            raise Problem(503, "busy", "too many log-ins at once; try again") from None
        finally:
            self._room += 1
        return right and password_hash is not None

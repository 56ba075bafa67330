"""What is wrong with a new password. Also a program, for whoever must not wait for it.

zxcvbn, which keeps the lists of common passwords, tries every reading of every sign that stands
for a letter: a few signs in a row cost it tens of seconds of Python's lock. So a server asks in a
process of its own and ends that when it thinks too long (``asked``).
"""

import asyncio
import contextlib
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping, Sequence
from typing import Final

from zxcvbn import zxcvbn

SHORTEST: Final = 10
LONGEST: Final = 256
_SCORE: Final = 3
"""zxcvbn's score for what takes a hundred million guesses; ``Winter2026!`` takes fewer."""
_LOOKED_AT: Final = 72
"""Characters that zxcvbn takes; more make no guess easier."""
COMPLAINTS: Final[Mapping[str, str]] = {
    "short": f"use {SHORTEST} characters or more",
    "long": f"use {LONGEST} characters or fewer",
    "common": "this one is guessed quickly; several words that do not belong together are better",
}
"""What ``complaint`` finds, and the remedy."""


def complaint(password: str, *, about: Sequence[str] = ()) -> str:
    """What is wrong with a new password: ``short``, ``long``, ``common`` or "" for nothing.

    ``common``: known from published lists, a pattern of the keyboard, or made of what is known
    ``about`` the user. zxcvbn keeps the lists. Takes milliseconds.
    """
    if len(password) < SHORTEST:
        return "short"
    if len(password) > LONGEST:
        return "long"
    found = zxcvbn(password[:_LOOKED_AT], user_inputs=["parley", *about])
    return "common" if found["score"] < _SCORE else ""


READY_WITHIN: Final = 5.0
"""Seconds for the other process to begin."""
THINKS_WITHIN: Final = 2.0
"""Seconds after which a password that is still thought about is none of the common ones."""
_READY: Final = b"ready"


async def asked(password: str, *, about: Sequence[str] = ()) -> str:
    """``complaint``, found in another process; the password goes through a pipe.

    Raises:
        TimeoutError: this machine is too busy to begin.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, stdin=PIPE, stdout=PIPE, stderr=DEVNULL
    )
    try:
        assert process.stdin is not None  # noqa: S101 - for the type checker
        assert process.stdout is not None  # noqa: S101 - for the type checker
        process.stdin.write(json.dumps([password, *about]).encode() + b"\n")
        async with asyncio.timeout(READY_WITHIN):
            if (await process.stdout.readline()).strip() != _READY:
                raise TimeoutError
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(THINKS_WITHIN):
                found = (await process.stdout.read()).decode()
                return found if found in COMPLAINTS else ""
        return ""
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await process.wait()


def main() -> None:
    """Read the password and what it may be about as JSON, and write what is wrong with it."""
    password, *about = json.loads(sys.stdin.readline())
    sys.stdout.buffer.write(_READY + b"\n")
    sys.stdout.flush()
    sys.stdout.write(complaint(password, about=about))


if __name__ == "__main__":
    main()

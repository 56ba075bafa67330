"""One Parley for each data folder: a second one would take the first one's calls away from it.

The lock is the kernel's, on an open file: it goes with the last process that holds it, however that
ended. The daemon inherits it from its keeper.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

FILE: Final = "parley.lock"


class AlreadyRuns(Exception):
    """Another Parley uses this data folder; the message says which and what to do."""


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep others from this data folder while the block lasts; ``AlreadyRuns`` if one is there."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _took(lock, fcntl.LOCK_EX):
            raise AlreadyRuns(
                f"Parley runs already with the data in {folder} (process {_read(lock)}). "
                "Stop that one first, or give this one another folder with --data-dir"
            )
        with suppress(OSError):  # on a full disk the database says so, and better
            os.ftruncate(lock, 0)
            os.write(lock, str(os.getpid()).encode())
        yield
    finally:
        os.close(lock)


def runs(folder: Path) -> int | None:
    """The process that uses this data folder now, if any does."""
    try:
        lock = os.open(folder / FILE, os.O_RDONLY)
    except OSError:
        return None
    try:
        return None if _took(lock, fcntl.LOCK_SH) else int(_read(lock) or 0)
    finally:
        os.close(lock)


def _took(lock: int, kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(lock: int) -> str:
    return os.pread(lock, 20, 0).decode()

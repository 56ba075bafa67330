"""Where the checkout is, and the cache that all checkouts of one user share."""

import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]


def cache() -> Path:
    """The same folder as ``cti.settings.cache_dir``; what is in it can always be made again."""
    if chosen := os.environ.get("PARLEY_CACHE_DIR"):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path("~/.cache").expanduser()) / "parley"


def key(*parts: str | bytes) -> str:
    """A short name that changes whenever any part does."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()[:16]


def key_of_files(files: Iterable[Path], *more: str) -> str:
    """A short name for the content of ``files`` (paths taken relative to the checkout)."""
    parts = [
        piece
        for each in sorted(files)
        for piece in (each.relative_to(ROOT).as_posix(), each.read_bytes())
    ]
    return key(*parts, *more)


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Let one process at a time build ``name`` in the cache."""
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / f".{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

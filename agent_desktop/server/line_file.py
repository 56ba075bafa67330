"""A small log in a file, one entry a line: added to as things happen, rewritten at the start."""

from collections.abc import Sequence
from pathlib import Path


def lines(file: Path) -> Sequence[bytes]:
    """Every line there is; none when there is no file. The last may be torn."""
    return file.read_bytes().splitlines() if file.exists() else ()


def replace(file: Path, content: bytes) -> None:
    """Write the file anew; whoever reads meanwhile sees the old or the new."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_bytes(content)
    new.replace(file)


def add(file: Path, content: bytes) -> None:
    """Write at the end, of a new file too if the one of the start is gone or never came."""
    file.touch(mode=0o600)
    with file.open("ab") as log_file:
        log_file.write(content)

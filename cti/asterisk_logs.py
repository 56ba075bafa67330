"""Keeps the logs of our own Asterisk short and free of numbers, whatever strangers send.

What comes in as SIP decides how much Asterisk writes, so neither time nor Asterisk itself bounds
it. A log that has grown too long becomes an old one, and only the latest old one of each is kept.
Some warnings of Asterisk's, and its security events, quote callers' numbers and names. They are
masked where they stand, a few seconds after: each by as many signs, so that Asterisk, which only
appends, need not be told.
"""

import asyncio
import logging
import os
import re
import shutil
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Final

from cti.trunks import Line
from telephony_config.errors import AsteriskFailed

log = logging.getLogger(__name__)

LONGEST: Final = 5_000_000
"""Bytes of one log; between two looks a flood may add some."""

ROTATED: Final = ("messages", "security")
"""Logs that Asterisk opens itself: told to, it puts them aside and begins anew."""

CONSOLE: Final = "console"
"""What Asterisk says on its standard output, which stays open as long as it runs."""


_PERSONAL: Final = re.compile(
    rb"(?<=CallerID Name ')[^\n]*(?=' for number)"
    rb"|(?<=CallerID Name ')[^\n]*"
    rb"|(?<![\w.-])(?<!attempt to 'sip:)\+?\d{7,}(?![.]\d)"
)
"""A caller's name, and what is as long as a telephone number: dates, ports, addresses and the
numbers of channels are not. Nor is our own account with a carrier, by which it is told why we are
not registered."""

AT_ONCE: Final = 1_000_000


class AsteriskLogs:
    """Looks at the logs of our own Asterisk; of one that is not ours its operator takes care."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._masked: dict[int, int] = {}
        """How far each file is masked, by its inode."""

    async def run(self, every: timedelta) -> None:
        """Look until cancelled; what fails is tried again at the next look."""
        while True:
            try:
                await self.look()
            except (OSError, AsteriskFailed) as error:
                log.warning("logs not put aside", extra={"why": type(error).__name__})
            await asyncio.sleep(every.total_seconds())

    async def look(self) -> None:
        """Put aside what is too long, and delete what was put aside before it."""
        folder = self._line.log_dir
        if folder is None:
            return
        if await asyncio.to_thread(_any_too_long, folder):
            await self._line.cli("logger rotate")
        await asyncio.to_thread(_tidy, folder)
        await asyncio.to_thread(self._mask, folder)

    def _mask(self, folder: Path) -> None:
        """Mask what was written since the last look, up to the last whole line."""
        done: dict[int, int] = {}
        for name in ROTATED:
            for path in (folder / f"{name}.0", folder / name):
                with suppress(FileNotFoundError), path.open("r+b") as file:
                    inode = os.fstat(file.fileno()).st_ino
                    done[inode] = _masked_to(file, self._masked.get(inode, 0))
        self._masked = done


def _masked_to(file: BinaryIO, at: int) -> int:
    """Mask from ``at`` on; return how far the file is masked now."""
    file.seek(0, os.SEEK_END)
    if file.tell() < at:
        at = 0
    while True:
        file.seek(at)
        text = file.read(AT_ONCE)
        whole = text.rfind(b"\n") + 1 or (len(text) if len(text) == AT_ONCE else 0)
        if not whole:
            return at
        clean = masked(text[:whole])
        if clean != text[:whole]:
            file.seek(at)
            file.write(clean)
        at += whole


def masked(text: bytes) -> bytes:
    """The same with as many x in place of callers' numbers and names."""
    return _PERSONAL.sub(lambda found: b"x" * len(found[0]), text)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _any_too_long(folder: Path) -> bool:
    return any(_size(folder / name) > LONGEST for name in ROTATED)


def _tidy(folder: Path) -> None:
    """Keep ``<log>.0``, the latest put aside; cut the console's own, which cannot be reopened."""
    for name in ROTATED:
        for old in folder.glob(f"{name}.*"):
            if old.name != f"{name}.0":
                old.unlink(missing_ok=True)
    console = folder / CONSOLE
    if _size(console) > LONGEST:
        shutil.copyfile(console, folder / f"{CONSOLE}.0")
        with console.open("r+b") as file:  # Asterisk appends, so it goes on at the new end
            file.truncate()

"""Keeps the logs of our own Asterisk short, so that no stranger can fill a disk with them.

What comes in as SIP decides how much Asterisk writes, so neither time nor Asterisk itself bounds
it. A log that has grown too long becomes an old one, and only the latest old one of each is kept.
"""

import asyncio
import logging
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Final

from cti.trunks import Line
from telephony_config.errors import AsteriskFailed

log = logging.getLogger(__name__)

LONGEST: Final = 5_000_000
"""Bytes of one log; between two looks a flood may add some."""

ROTATED: Final = ("messages", "security")
"""Logs that Asterisk opens itself: told to, it puts them aside and begins anew."""

CONSOLE: Final = "console"
"""What Asterisk says on its standard output, which stays open as long as it runs."""


class AsteriskLogs:
    """Looks at the logs of our own Asterisk; of one that is not ours its operator takes care."""

    def __init__(self, line: Line) -> None:
        self._line = line

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

"""Asterisk's control socket: one command of its command line, without starting a second process."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path
from typing import Final

from telephony_config.errors import AsteriskFailed

TIME_LIMIT: Final = timedelta(seconds=5)
LONGEST_PATH: Final = 100
"""A Unix socket's path may have 107 bytes; ``asterisk.ctl`` and a slash come after the folder."""


async def ask(socket: Path, command: str, *, within: timedelta = TIME_LIMIT) -> str:
    """Run one command and return what Asterisk says; ``OSError`` when nobody listens."""
    async with asyncio.timeout(within.total_seconds()):
        reader, writer = await asyncio.open_unix_connection(str(socket))
        try:
            await reader.readline()  # host/pid/version
            writer.write(f"cli quit after {command}\0".encode())
            await writer.drain()
            said = await reader.read()
        except ConnectionError as error:
            raise AsteriskFailed(f"Asterisk closed its control socket on {command!r}") from error
        finally:
            writer.close()
    return re.sub(r"\x00|\x1b\[[0-9;]*m|\x7f.?", "", said.decode(errors="replace")).strip()

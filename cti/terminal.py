"""The command line's exit codes and its two consoles: results on one, the rest on the other."""

from enum import IntEnum
from typing import Final

from rich.console import Console

out = Console()
err = Console(stderr=True)


class ExitCode(IntEnum):
    """What `parley` ends with; documented in its ``--help``."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    MACHINE = 4
    INTERRUPTED = 130


EXIT_CODES: Final = (
    "Exit codes: 0 done · 1 something failed · 2 wrong usage · 3 settings, site or flow refused · "
    "4 this machine lacks something · 130 interrupted"
)

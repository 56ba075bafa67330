"""The command line's exit codes and its two consoles: results on one, the rest on the other."""

from enum import IntEnum

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

"""Children that shall not outlive their parent, however it ends."""

import ctypes
import os
import signal
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None)
"""Loaded here and not in a child just forked, which may do next to nothing."""


def die_with(parent: int) -> None:
    """Ask the kernel to kill this process when ``parent``, which started it, ends."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)

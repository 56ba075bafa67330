"""Python's own settings for a process that answers within milliseconds."""

import gc
import resource
import sys
from typing import Final

THREADS_TAKE_TURNS: Final = 0.0005
"""Seconds a thread that reads or stores may keep the loop from running; Python's own is ten times
that, and a call would pay it at each of its steps."""

FILES_ENOUGH: Final = 65_536

COLLECT_AFTER: Final = (20_000, 20, 50)
"""Objects, and young and middle collections, between searches for cycles of garbage. By Python's
own rule one of them stops all calls for a tenth of a second; ours make hardly any cycles."""


def take_short_turns() -> None:
    """Let threads hand over to each other often."""
    sys.setswitchinterval(THREADS_TAKE_TURNS)


def use_all_files() -> None:
    """Let this process open as many files as it may: every connection is one."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_ENOUGH if most == resource.RLIM_INFINITY else min(most, FILES_ENOUGH)
    if now != resource.RLIM_INFINITY and now < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def settle_memory() -> None:
    """Spare what was made for the start from every later search for garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)

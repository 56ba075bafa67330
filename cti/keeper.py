"""Keeps the daemon up: a parent that has everything imported, and forks the daemon anew if it dies.

Starting Python and importing the daemon takes longer than callers should wait. The keeper has
done both; when the daemon is killed or crashes, a fresh one is forked within milliseconds, adopts
the Asterisk that kept the calls up, and reads the floor from the journal. A daemon that never got
ready is not tried again: its fault is one that a person must mend.
"""

import ctypes
import logging
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Final

log = logging.getLogger(__name__)

MOST_RESTARTS: Final = 5
WITHIN: Final = 30.0
"""Seconds; a daemon that dies more often than that is not started again."""

_PR_SET_PDEATHSIG: Final = 1

Serve = Callable[[Callable[[], None], bool], int]
"""Runs the daemon; is given what to call when it is ready, and whether this is not the first."""


def keep(serve: Serve) -> int:
    """Run ``serve`` in a child until it ends in order; return its exit code.

    SIGINT and SIGTERM are passed on. Dies the keeper, the daemon dies with it.
    """
    deaths: deque[float] = deque(maxlen=MOST_RESTARTS)
    while True:
        child, ready = _fork(serve, again=bool(deaths))
        code = _wait(child)
        was_ready = bool(os.read(ready, 1))
        os.close(ready)
        if code >= 0 and not (was_ready and code == 1):
            return code
        if not was_ready:
            return 1
        deaths.append(time.monotonic())
        if len(deaths) == MOST_RESTARTS and deaths[-1] - deaths[0] < WITHIN:
            log.error("the daemon dies again and again; giving up", extra={"deaths": len(deaths)})
            return 1
        log.error("the daemon has died; starting it again", extra={"code": code})


def _fork(serve: Serve, *, again: bool) -> tuple[int, int]:
    """Start the child; return its process id and the pipe on which it says that it is ready."""
    ready, tell = os.pipe()
    keeper = os.getpid()
    child = os.fork()
    if child == 0:
        os.close(ready)
        _exit_with(lambda: _serve(serve, tell, keeper, again))
    os.close(tell)
    return child, ready


def _serve(serve: Serve, tell: int, keeper: int, again: bool) -> int:
    os.setpgid(0, 0)  # Ctrl-C reaches the keeper, which passes it on once
    _die_with(keeper)
    return serve(lambda: _say(tell), again)


def _say(tell: int) -> None:
    os.write(tell, b"!")


def _exit_with(work: Callable[[], int]) -> None:
    """End this process with what ``work`` returns, running nothing of the parent's clean-up."""
    code = 1
    try:
        code = work()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        log.exception("the daemon has crashed")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _die_with(keeper: int) -> None:
    """Ask the kernel to kill this process when its parent ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != keeper:
        os._exit(1)


def _wait(child: int) -> int:
    """Wait for the child, passing signals on; its exit code, or minus the signal that killed it."""

    def pass_on(number: int, _frame: object) -> None:
        os.kill(child, number)

    before = {n: signal.signal(n, pass_on) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        _, status = os.waitpid(child, 0)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return os.waitstatus_to_exitcode(status)

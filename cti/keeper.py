"""Keeps the daemon up: a parent that has everything imported, and forks the daemon anew if it dies.

Starting Python and importing the daemon takes longer than callers should wait. The keeper has
done both; when the daemon is killed or crashes, a fresh one is forked within milliseconds, adopts
the Asterisk that kept the calls up, and reads the floor from the journal. A daemon that never got
ready is not tried again: its fault is one that a person must mend.
"""

import logging
import os
import select
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from cti.parenthood import die_with

log = logging.getLogger(__name__)

MOST_RESTARTS: Final = 5
WITHIN: Final = 30.0
"""Seconds; a daemon that dies more often than that is not started again."""

FROM_A_SIGNAL: Final = 128
"""Added to a signal's number: the exit code of what the signal ended, as shells have it."""

_HANGUP_IGNORED: Final = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
ENDING: Final = (signal.SIGINT, signal.SIGTERM)
"""What asks for the end: Ctrl-C, a service manager."""

HANGUP: Final = () if _HANGUP_IGNORED else (signal.SIGHUP,)
"""Asks to read again what can be, or says that the terminal has closed (not under nohup)."""

PASSED_ON: Final = (*ENDING, *HANGUP)
_AT_A_TERMINAL: Final = os.isatty(0)


def terminal_closed() -> bool:
    """Whether we were started at a terminal that is no more: then SIGHUP asks for the end."""
    return _AT_A_TERMINAL and not os.isatty(0)


Serve = Callable[[Callable[[], None], bool], int]
"""Runs the daemon; is given what to call when it is ready, and whether this is not the first."""


def keep(serve: Serve) -> int:
    """Run ``serve`` in a child until it ends in order; return its exit code.

    SIGINT, SIGTERM and SIGHUP are passed on; the last does not end it. Dies the keeper, the daemon
    dies with it.
    """
    deaths: deque[float] = deque(maxlen=MOST_RESTARTS)
    while True:
        with _passing_on() as child:
            ready = _fork(serve, child, again=bool(deaths))
            code = child.wait()
        was_ready = bool(os.read(ready, 1))
        os.close(ready)
        if code >= 0 and not (was_ready and code == 1):
            return code
        if child.told_to_end and -code in PASSED_ON:  # told before it could listen
            return FROM_A_SIGNAL - code
        if not was_ready or child.told_to_end:
            return 1
        deaths.append(time.monotonic())
        if len(deaths) == MOST_RESTARTS and deaths[-1] - deaths[0] < WITHIN:
            log.error("the daemon dies again and again; giving up", extra={"deaths": len(deaths)})
            return 1
        log.error("the daemon has died; starting it again", extra={"code": code})


@dataclass(slots=True)
class _Child:
    """The daemon's process, and whether it was told to end."""

    pid: int = 0
    told_to_end: bool = False
    missed: int | None = None

    def pass_on(self, number: int, _frame: object) -> None:
        """Tell the daemon what we were told; one not yet forked hears of it when it is."""
        self.told_to_end |= number in ENDING or terminal_closed()
        if self.pid == 0:
            self.missed = number
            return
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def wait(self) -> int:
        """Wait for its end; its exit code, or minus the signal that killed it."""
        with _waking_up() as woken, _pidfd(self.pid) as ended:
            if self.missed is not None:
                self.pass_on(self.missed, None)
            while ended not in select.select([ended, woken], [], [])[0]:
                os.read(woken, 1)  # a signal has come; its handler has run by now
        _, status = os.waitpid(self.pid, 0)
        return os.waitstatus_to_exitcode(status)


@contextmanager
def _waking_up() -> Iterator[int]:
    """What becomes readable with every signal.

    One that comes just before a wait begins would else be handled when the wait ends.
    """
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    before = signal.set_wakeup_fd(wake)
    try:
        yield woken
    finally:
        signal.set_wakeup_fd(before)
        os.close(woken)
        os.close(wake)


@contextmanager
def _pidfd(pid: int) -> Iterator[int]:
    """What becomes readable when the process ends."""
    found = os.pidfd_open(pid)
    try:
        yield found
    finally:
        os.close(found)


@contextmanager
def _passing_on() -> Iterator[_Child]:
    """Pass what asks for the end on to the child that is forked in the block."""
    child = _Child()
    before = {n: signal.signal(n, child.pass_on) for n in PASSED_ON}
    try:
        yield child
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _fork(serve: Serve, child: _Child, *, again: bool) -> int:
    """Start the child; return the pipe on which it says that it is ready."""
    ready, tell = os.pipe()
    keeper = os.getpid()
    # No signal may come between the fork and our knowing whom to pass it on to.
    signal.pthread_sigmask(signal.SIG_BLOCK, PASSED_ON)
    child.pid = os.fork()
    if child.pid == 0:
        os.close(ready)
        _exit_with(lambda: _serve(serve, tell, keeper, again))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, PASSED_ON)
    os.close(tell)
    return ready


def _serve(serve: Serve, tell: int, keeper: int, again: bool) -> int:
    for number in ENDING:
        signal.signal(number, signal.SIG_DFL)  # not the keeper's handler
    for number in HANGUP:  # until the daemon listens, there is nothing to read again
        signal.signal(number, signal.SIG_DFL if _AT_A_TERMINAL else signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, PASSED_ON)
    os.setpgid(0, 0)  # Ctrl-C reaches the keeper, which passes it on once
    die_with(keeper)
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

"""What can go wrong when Asterisk is asked for something, and whether asking again can help.

TelephonyError
├── Gone          404: channel, bridge or playback is no more; a tear-down takes it as done
├── Conflict      409, 422: it exists but not in the state asked for (not in Stasis yet, id taken)
├── Refused       any other 4xx or 5xx: the request is wrong, or Asterisk cannot do it
├── TimedOut      no reply within the deadline; it may have been done or not
├── Disconnected  the socket is down or fell while we waited; it may have been done or not
└── SteppedDown   another daemon took over our application; this one must not go on
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar, Final


class TelephonyError(Exception):
    """A request to Asterisk that did not succeed."""

    retry_helps: ClassVar[bool] = False

    def __init__(self, what: str, *, status: int = 0, reason: str = "") -> None:
        super().__init__(f"{what}: {status} {reason}".rstrip(" :0") if status else what)
        self.what, self.status, self.reason = what, status, reason


class Gone(TelephonyError):
    """The object is no more."""


class Conflict(TelephonyError):
    """The object is in another state; that may pass (a channel about to enter Stasis)."""

    retry_helps = True


class Refused(TelephonyError):
    """Asterisk will not or cannot do this."""


class TimedOut(TelephonyError):
    """No reply in time; verbs are idempotent, so asking again is safe."""

    retry_helps = True


class Disconnected(TelephonyError):
    """No socket to Asterisk; asking again helps once it is back."""

    retry_helps = True


class SteppedDown(TelephonyError):
    """Another daemon serves our application now."""


GONE_BUT_400: Final = frozenset({"Channel not found", "Provided originator channel was not found"})
"""What Asterisk 22 says with status 400 when a channel named in the query is no more."""


def error_for(what: str, status: int, reason: str) -> TelephonyError:
    """Map one HTTP status to its error."""
    match status:
        case 404:
            return Gone(what, status=status, reason=reason)
        case 400 if reason in GONE_BUT_400:
            return Gone(what, status=status, reason=reason)
        case 409 | 422:
            return Conflict(what, status=status, reason=reason)
        case _:
            return Refused(what, status=status, reason=reason)


@contextmanager
def unwrapped() -> Iterator[None]:
    """Let a TaskGroup inside fail with the one error that says most, not with a group of them."""
    try:
        yield
    except BaseExceptionGroup as group:
        _heed_cancelling()
        expected, others = group.split((TelephonyError, TimeoutError))
        if expected is None or others is not None:
            raise
        leaves = list(_leaves(expected))
        raise next((e for e in leaves if isinstance(e, SteppedDown)), leaves[0]) from None


def _heed_cancelling() -> None:
    """Go on being cancelled: a TaskGroup in which something fails meanwhile tells of that only.

    Its block must not end before its tasks, or Python 3.11 leaves the parent marked as cancelled.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error

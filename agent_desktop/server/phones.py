"""Which SIP user belongs to whom: the SIP websocket lets nobody speak for another's phone."""

import hashlib
from collections import OrderedDict
from datetime import datetime


def key_of(token: str) -> str:
    """How a demo caller's cookie is remembered."""
    return hashlib.sha256(token.encode()).hexdigest()


class Phones:
    """SIP users by owner: a session's key or the hash of a demo caller's cookie."""

    def __init__(self, *, demo_callers: int) -> None:
        self._sessions: dict[str, str] = {}
        self._callers: OrderedDict[str, tuple[str, datetime]] = OrderedDict()
        self._limit = demo_callers

    def issued(self, session_key: str, sip_user: str) -> None:
        """This session may speak for ``sip_user``."""
        self._sessions[session_key] = sip_user

    def closed(self, session_key: str) -> None:
        """The session is over."""
        self._sessions.pop(session_key, None)

    def caller_issued(self, token: str, sip_user: str, now: datetime) -> None:
        """The holder of this cookie may speak for ``sip_user``; the oldest caller makes room."""
        self._callers[key_of(token)] = (sip_user, now)
        self._callers.move_to_end(key_of(token))
        while len(self._callers) > self._limit:
            self._callers.popitem(last=False)

    def of_session(self, session_key: str) -> str | None:
        """The SIP user of a session."""
        return self._sessions.get(session_key)

    def of_caller(self, token: str | None) -> str | None:
        """The SIP user of a demo caller."""
        found = self._callers.get(key_of(token)) if token else None
        return found[0] if found else None

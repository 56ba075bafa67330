"""The outcomes an agent may give a call; ``disposition.<code>`` is the key of the page's words."""

from collections.abc import Mapping
from typing import Final

from agent_desktop.server.problems import Problem
from crm_core.services.wrap_up import DISPOSITIONS as CODES
from crm_core.services.wrap_up import FollowUp

_PROPOSED: Final[Mapping[str, FollowUp]] = {
    "follow_up": FollowUp.CASE,
    "complaint": FollowUp.CASE,
    "callback_promised": FollowUp.CALLBACK,
}

DISPOSITIONS: Final[Mapping[str, str]] = {
    code: str(_PROPOSED.get(code, FollowUp.NOTHING)) for code in CODES
}
"""Code -> the follow-up the form proposes with it."""


def require_disposition(code: str) -> None:
    """Refuse an outcome that an agent may not choose."""
    if code not in DISPOSITIONS:
        raise Problem(
            422, "unknown_disposition", f"disposition must be one of {', '.join(DISPOSITIONS)}"
        )

"""The outcomes an agent may give a call; ``disposition.<code>`` is the key of the page's words."""

from collections.abc import Mapping
from typing import Final

DISPOSITIONS: Final[Mapping[str, str]] = {
    "resolved": "",
    "information_given": "",
    "order_placed": "",
    "order_changed": "",
    "complaint_taken": "case",
    "case_opened": "case",
    "callback_promised": "callback",
    "caller_hung_up": "",
    "wrong_number": "",
    "spam": "",
}
"""Code -> the follow-up the form proposes with it."""

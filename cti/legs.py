"""The names we give to channels, bridges and playbacks, and what a name tells.

All ids are chosen by us and lead back to the call, so a restarted daemon knows every object it
meets in Asterisk: ``<call>`` is the caller's channel, ``<call>~3`` the leg of the third offer,
``<call>~3r1`` the same agent's leg after her page was reloaded, ``<call>~b`` the bridge.
"""

import re
from typing import Final

from acd.ids import CallId, OfferId

_OURS: Final = re.compile(r"(?P<call>.+)~(?P<offer>\d+)(?:r\d+)?")


def bridge_of(call: CallId) -> str:
    """The bridge where this caller and the agent meet."""
    return f"{call}~b"


def call_of_bridge(bridge: str) -> CallId | None:
    """The call a bridge of ours belongs to, or None if it is not ours."""
    return CallId(bridge.removesuffix("~b")) if bridge.endswith("~b") else None


def offer_of(channel: str) -> OfferId | None:
    """The offer an agent's leg was made for, or None if the channel is no agent's leg."""
    match = _OURS.fullmatch(channel)
    return OfferId(f"{match['call']}~{match['offer']}") if match else None


def call_of(channel: str) -> CallId:
    """The call a channel belongs to: its own, or the one an agent's leg was made for."""
    match = _OURS.fullmatch(channel)
    return CallId(match["call"] if match else channel)


def rejoin_leg(offer: OfferId, time: int) -> str:
    """The leg that brings an agent back into her call, for the ``time``-th time."""
    return f"{offer}r{time}"

"""The names of channels, bridges and playbacks, and which call each of them belongs to.

A restarted daemon knows every object it meets in Asterisk: ``<call>`` is the caller's channel,
``<call>~3`` her third offer, ``<call>~3r1`` the leg that brought that agent back after her page
was reloaded, ``<call>~b`` the bridge. An offer's own leg has an id of Asterisk's; a variable on it,
set by the dialplan, names the offer.
"""

import re
from typing import Final

from acd.ids import CallId, OfferId
from acd.match import RUNG_ALREADY
from cti.ari.events import Channel

DIALLED_FOR: Final = "PARLEY_OFFER"
"""Channel variable: the offer for which a leg was dialled. Her caller has it too."""
REGION: Final = "PARLEY_REGION"
"""Channel variable: where numbers without a country code are from, if her trunk says so."""

_OURS: Final = re.compile(r"(?P<call>.+)~(?P<offer>\d+)(?:r\d+)?")


def bridge_of(call: CallId) -> str:
    """The bridge where this caller and the agent meet."""
    return f"{call}~b"


def call_of_bridge(bridge: str) -> CallId | None:
    """The call a bridge of ours belongs to, or None if it is not ours."""
    return CallId(bridge.removesuffix("~b")) if bridge.endswith("~b") else None


def handed_over_for(channel: Channel) -> OfferId | None:
    """The offer for which the dialplan last had this caller, or dialled this leg."""
    offer = (channel.channelvars or {}).get(DIALLED_FOR)
    return OfferId(offer) if isinstance(offer, str) and offer else None


def region_of(channel: Channel) -> str:
    """The region of the trunk over which the caller came, or "" if it has none of its own."""
    return str((channel.channelvars or {}).get(REGION) or "")


def dialled_for(channel: Channel) -> OfferId | None:
    """The offer for which Asterisk dialled this leg, or None if it is another kind of channel."""
    offer = handed_over_for(channel)
    if offer is None or call_of(channel.id) == call_of(offer):
        return None  # the caller, or a leg of ours that has the variable from her
    return offer


def offer_of(channel: Channel) -> OfferId | None:
    """The offer an agent's leg was made for, or None if the channel is no agent's leg."""
    match = _OURS.fullmatch(channel.id)
    return OfferId(f"{match['call']}~{match['offer']}") if match else dialled_for(channel)


def rung_already(offer: OfferId) -> bool:
    """Whether Asterisk made this offer itself, on the floor's earlier word."""
    return number_of(offer) == RUNG_ALREADY


def number_of(offer: OfferId) -> int:
    """Which offer of its call this is, from 1."""
    return int(offer.rpartition("~")[2])


def offer_named(leg: str) -> OfferId | None:
    """The offer that the id of a leg of ours names: one that brings an agent back."""
    match = _OURS.fullmatch(leg)
    return OfferId(f"{match['call']}~{match['offer']}") if match else None


def call_of(leg: str) -> CallId:
    """The call that an offer, or a leg of ours, was made for; of a caller's channel its own."""
    match = _OURS.fullmatch(leg)
    return CallId(match["call"] if match else leg)


def rejoin_leg(offer: OfferId, time: int) -> str:
    """The leg that brings an agent back into her call, for the ``time``-th time."""
    return f"{offer}r{time}"

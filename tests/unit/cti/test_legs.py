"""Names of channels and bridges lead back to the call."""

import pytest

from acd.ids import CallId, OfferId
from cti import legs
from cti.ari.events import CallerID, Channel, DialplanCEP

pytestmark = pytest.mark.unit

CALL = CallId("parley-1763784000.12")


def test_every_name_leads_back_to_its_call() -> None:
    offer = OfferId(f"{CALL}~3")
    again = legs.rejoin_leg(offer, 2)
    assert again == f"{CALL}~3r2"
    assert legs.call_of(again) == legs.call_of(offer) == legs.call_of(CALL) == CALL
    assert legs.offer_named(again) == legs.offer_named(offer) == offer
    assert legs.number_of(offer) == 3
    assert legs.call_of_bridge(legs.bridge_of(CALL)) == CALL


def channel(leg: str, offer: object = "") -> Channel:
    caller = CallerID()
    return Channel(
        id=leg,
        caller=caller,
        connected=caller,
        dialplan=DialplanCEP(),
        channelvars={legs.DIALLED_FOR: offer},
    )


def test_a_leg_that_asterisk_dialled_tells_its_offer_and_its_caller_has_none() -> None:
    offer = OfferId(f"{CALL}~3")
    assert legs.offer_of(channel("parley-1763784000.13", offer)) == offer
    assert legs.dialled_for(channel("parley-1763784000.13", offer)) == offer
    assert legs.offer_of(channel(CALL, offer)) is None
    assert legs.dialled_for(channel("parley-1763784000.13", {})) is None
    assert legs.offer_of(channel(legs.rejoin_leg(offer, 1))) == offer
    assert legs.dialled_for(channel(legs.rejoin_leg(offer, 1), offer)) is None


def test_what_is_not_ours_is_known_as_such() -> None:
    assert legs.offer_of(channel(CALL)) is None
    assert legs.offer_named(f"{CALL}~p4") is None
    assert legs.call_of_bridge("somebody-elses") is None

"""Names of channels and bridges lead back to the call."""

import pytest

from acd.ids import CallId, OfferId
from cti import legs

pytestmark = pytest.mark.unit

CALL = CallId("parley-1763784000.12")


def test_every_name_leads_back_to_its_call() -> None:
    offer = OfferId(f"{CALL}~3")
    again = legs.rejoin_leg(offer, 2)
    assert again == f"{CALL}~3r2"
    assert legs.call_of(again) == legs.call_of(offer) == legs.call_of(CALL) == CALL
    assert legs.offer_of(again) == legs.offer_of(offer) == offer
    assert legs.call_of_bridge(legs.bridge_of(CALL)) == CALL


def test_what_is_not_ours_is_known_as_such() -> None:
    assert legs.offer_of(CALL) is None
    assert legs.offer_of(f"{CALL}~p4") is None
    assert legs.call_of_bridge("somebody-elses") is None

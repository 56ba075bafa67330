"""A number is dialled in many writings; each leads to it, and to no other."""

from dataclasses import replace

import pytest

from telephony_config.dialled import regions, table, writings
from telephony_config.load import load_site
from telephony_config.model import Number, ToEcho
from tests.unit.telephony_config.golden_sites import DEMO, carrier_site

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("dnis", "home", "dialled_in", "expected"),
    [
        ("+49305550100", "DE", "DE", ["49305550100", "0305550100", "0049305550100", "305550100"]),
        ("0305550100", "DE", "DE", ["+49305550100", "49305550100"]),
        ("49305550100", "DE", "US", ["+49305550100", "01149305550100", "0049305550100"]),
        ("18005550100", "US", "US", ["+18005550100", "8005550100", "01118005550100"]),
        ("8005550100", "US", "US", ["+18005550100", "18005550100"]),
        ("18005550100", "DE", "DE", ["+18005550100", "0018005550100"]),
        ("+982155501234", "IR", "IR", ["02155501234", "00982155501234"]),
        ("+390399999999", "IT", "IT", ["0399999999", "390399999999"]),
        ("+8613800138000", "CN", "CN", ["13800138000", "8613800138000"]),
        ("5001", "US", "US", ["5001"]),
        ("5001", "DE", "US", ["5001"]),
        ("110", "DE", "DE", ["110"]),
    ],
)
def test_a_number_has_these_writings(
    dnis: str, home: str, dialled_in: str, expected: list[str]
) -> None:
    assert {dnis, *expected} <= writings(dnis, home=home, dialled_in=dialled_in)


def test_a_trunk_of_another_country_dials_no_national_numbers_of_ours() -> None:
    assert "0305550100" not in writings("+49305550100", home="DE", dialled_in="US")


def test_an_extension_is_dialled_as_it_is() -> None:
    assert writings("5001", home="US", dialled_in="US") == {"5001"}


def test_the_table_leads_every_writing_to_the_number_as_the_site_has_it() -> None:
    number = Number(dnis="18005550100", label="x", language="en", target=ToEcho())
    site = replace(load_site(DEMO), numbers=(number,))

    led = table(site, "US")

    assert led["8005550100"] == led["+18005550100"] == "18005550100"


def test_each_region_of_a_trunk_has_its_own_way_to_dial() -> None:
    assert regions(carrier_site()) == ("IR", "CN")

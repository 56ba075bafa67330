"""STUN and TURN servers of the site: what browsers would choke on is refused at its line."""

from pathlib import Path

import pytest

from telephony_config.load import SiteRefused, load_site
from tests.unit.telephony_config.sites import GOOD, written

pytestmark = pytest.mark.unit


def site_with(*uris: str) -> str:
    listed = ", ".join(f'"{uri}"' for uri in uris)
    return f"{GOOD}\n[desktop]\nport = 8443\nice_servers = [{listed}]\n"


@pytest.mark.parametrize(
    "uri",
    [
        "stun:stun.example.org",
        "stun:stun.example.org:3478",
        "stuns:192.0.2.7:5349",
        "turn:[2001:db8::7]:3478",
        "turn:turn.example.org:3478?transport=tcp",
        "turns:turn.example.org?transport=tcp",
    ],
)
def test_every_form_that_browsers_know_is_taken(tmp_path: Path, uri: str) -> None:
    assert load_site(written(tmp_path, site_with(uri))).desktop.ice_servers == (uri,)


def test_a_site_without_such_servers_has_none(tmp_path: Path) -> None:
    assert load_site(written(tmp_path, GOOD)).desktop.ice_servers == ()


@pytest.mark.parametrize(
    ("uri", "message", "remedy"),
    [
        ("stun.example.org:3478", "neither", "stun:stun.example.org:3478"),
        ("https://stun.example.org", "neither", "turn:turn.example.org"),
        ("stun://stun.example.org", "not an address of a STUN server", "stun:stun.example.org"),
        ("stun:", "not an address", "stun:stun.example.org"),
        ("turn:turn.example.org:", "not an address of a TURN server", "turn:turn.example.org"),
        ("turn:turn example", "not an address", "turn:turn.example.org"),
        ("turn:turn.example.org?transport=sctp", "not an address", "?transport=udp"),
        ("stun:stun.example.org:70000", "no possible port", "65535"),
        ("stun:stun.example.org:0", "no possible port", "65535"),
        ("stun:stun.example.org?transport=udp", "how to travel", "only TURN"),
    ],
)
def test_a_malformed_address_is_refused_at_its_line(
    tmp_path: Path, uri: str, message: str, remedy: str
) -> None:
    text = site_with("stun:stun.example.org", uri)

    with pytest.raises(SiteRefused) as refused:
        load_site(written(tmp_path, text))

    (complaint,) = refused.value.complaints
    assert complaint.key == "desktop.ice_servers"
    assert complaint.line == text.splitlines().index(text.splitlines()[-1]) + 1
    assert message in complaint.message
    assert remedy in complaint.remedy


def test_a_password_in_an_address_is_refused_and_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(SiteRefused, match="PARLEY_DESKTOP_TURN_SECRET") as refused:
        load_site(written(tmp_path, site_with("turn:ana:hush@turn.example.org")))

    assert "hush" not in str(refused.value)

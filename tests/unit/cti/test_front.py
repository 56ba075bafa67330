"""What the settings make of the desktop's addresses and names."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cti import front
from cti.settings import Desktop, Settings, Tls
from tests.fakes.house import SITE

pytestmark = pytest.mark.unit


def settings(*, tls: bool = False, **desktop: Any) -> Settings:
    folder = Path("/nowhere")
    return Settings(
        data_dir=folder, cache_dir=folder, desktop=Desktop(**desktop), tls=Tls(enabled=tls)
    )


@pytest.mark.parametrize(
    ("given", "link"),
    [
        ({}, "http://localhost:8080/"),
        ({"tls": True}, "https://localhost:8080/"),
        ({"host": "0.0.0.0"}, "http://localhost:8080/"),
        ({"host": "192.0.2.1"}, "http://192.0.2.1:8080/"),
        ({"host": "2001:db8::1"}, "http://[2001:db8::1]:8080/"),
        ({"public_url": "https://Desk.example.org:443/"}, "https://desk.example.org/"),
    ],
)
def test_the_link_is_what_browsers_type(given: dict[str, Any], link: str) -> None:
    assert front.link(settings(**given), SITE, 8080) == link


@pytest.mark.parametrize(
    ("given", "public"),
    [
        ({}, False),
        ({"host": "::1"}, False),
        ({"host": "localhost"}, False),
        ({"host": "0.0.0.0"}, True),
        ({"host": "192.0.2.1"}, True),
        ({"trusted_proxies": 1}, True),
        ({"public_url": "https://desk.example.org"}, True),
    ],
)
def test_what_others_can_reach_is_public(given: dict[str, Any], public: bool) -> None:
    assert front.is_public(settings(**given), SITE) is public


def test_behind_a_proxy_that_speaks_https_the_server_knows_it() -> None:
    given = settings(public_url="https://desk.example.org/", hosts=("Alias.example.org",))
    names = front.own_names(given, SITE)

    config = front.desktop_config(given, SITE, names, sip_upstream="")

    assert config.tls
    assert config.public_url == "https://desk.example.org"
    assert {"localhost", "desk.example.org", "alias.example.org"} <= config.hosts
    assert replace(config, tls=False).demo_open


def test_the_server_is_told_how_long_and_how_many_sessions_may_be() -> None:
    given = settings(
        sessions_per_user=2, session_longest=timedelta(hours=8), session_idle=timedelta(hours=1)
    )

    config = front.desktop_config(given, SITE, (), sip_upstream="")

    assert (config.sessions_per_user, config.session_longest, config.session_idle) == (
        2,
        timedelta(hours=8),
        timedelta(hours=1),
    )

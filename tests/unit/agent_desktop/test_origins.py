"""Which names are ours, and whose pages may talk to us."""

from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from agent_desktop.server.config import DesktopConfig
from agent_desktop.server.origins import host_name, is_ours, origin_of, same_origin

pytestmark = pytest.mark.unit


def asked(*headers: tuple[str, str]) -> web.Request:
    return make_mocked_request("POST", "/", headers=CIMultiDict(headers))


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("desk.example.org", "desk.example.org"),
        ("Desk.Example.org:8080", "desk.example.org"),
        ("desk.example.org.", "desk.example.org"),
        ("127.0.0.1:80", "127.0.0.1"),
        ("[::1]:8080", "::1"),
        ("[::1]", "::1"),
        ("[::1", ""),
        ("[", ""),
        ("desk.example.org:", ""),
        ("desk.example.org:80a", ""),
        ("", ""),
    ],
)
def test_a_host_is_read_without_its_port(host: str, name: str) -> None:
    assert host_name(host) == name


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("localhost:8080", True),
        ("desk.example.org", True),
        ("a.wild.org", True),
        ("a.b.wild.org", False),
        ("wild.org", False),
        ("203.0.113.9", True),
        ("[2001:db8::1]:8080", True),
        ("evil.example", False),
        ("desk.example.org.evil.example", False),
        ("desk.example.org@evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("", False),
    ],
)
def test_names_are_held_to_a_list(host: str, ours: bool) -> None:
    config = DesktopConfig(hosts=frozenset({"localhost", "desk.example.org", "*.wild.org"}))
    assert is_ours(asked(("Host", host)), config) is ours


def test_no_host_or_two_of_them_is_none_of_ours() -> None:
    config = DesktopConfig()
    assert not is_ours(asked(), config)
    assert not is_ours(asked(("Host", "localhost"), ("Host", "evil.example")), config)


@pytest.mark.parametrize(
    ("settings", "host", "origin", "ours"),
    [
        ({}, "localhost:8080", "http://localhost:8080", True),
        ({}, "localhost:8080", "http://localhost:9090", False),
        ({}, "localhost:8080", "null", False),
        ({}, "localhost:8080", "http://[", False),
        ({}, "localhost:8080", "http://", False),
        ({}, "localhost:8080", "http://localhost:8080/", False),
        ({}, "localhost:8080", "ftp://localhost:8080", False),
        ({}, "localhost:8080", "http://localhost:8080\xff", False),
        ({"public_url": "https://d.org"}, "127.0.0.1:8080", "https://d.org", True),
        ({"public_url": "https://d.org"}, "d.org", "https://d.org", True),
        ({"public_url": "https://d.org"}, "d.org", "http://d.org", False),
        ({"public_url": "https://d.org"}, "d.org", "https://evil.example", False),
        ({"public_url": "https://d.org"}, "localhost:8080", "http://localhost:8080", True),
        ({"origins": frozenset({"https://o.org"})}, "d.org", "https://o.org", True),
    ],
)
def test_only_our_own_pages_talk_to_us(
    settings: dict[str, Any], host: str, origin: str, ours: bool
) -> None:
    request = asked(("Host", host), ("Origin", origin))
    assert same_origin(request, DesktopConfig(**settings), required=True) is ours


def test_an_origin_is_written_as_browsers_do() -> None:
    assert origin_of("HTTPS://Desk.example.org:443/") == "https://desk.example.org"
    assert origin_of("http://desk.example.org:8080") == "http://desk.example.org:8080"

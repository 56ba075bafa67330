"""Whose address counts, behind proxies and with headers that a stranger made up."""

from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from agent_desktop.server.clients import client_address, counted_as, is_local, is_secure
from agent_desktop.server.config import DesktopConfig
from agent_desktop.server.keys import CONFIG

pytestmark = pytest.mark.unit


def asked(peer: str, *headers: tuple[str, str], **settings: Any) -> web.Request:
    """A request as it comes from ``peer`` with these headers."""
    app = web.Application()
    app[CONFIG] = DesktopConfig(**settings)
    request = make_mocked_request("GET", "/", headers=CIMultiDict(headers), app=app)
    return request.clone(remote=peer)


def said(addresses: str) -> tuple[str, str]:
    return ("X-Forwarded-For", addresses)


def test_without_proxies_whatever_the_headers_say_the_peer_is_the_client() -> None:
    forged = [said("198.51.100.9"), ("X-Real-IP", "198.51.100.9"), ("Forwarded", "for=8.8.8.8")]
    assert client_address(asked("203.0.113.7", *forged)) == "203.0.113.7"


@pytest.mark.parametrize(
    ("proxies", "headers", "client"),
    [
        (1, [said("203.0.113.7")], "203.0.113.7"),
        (1, [said("198.51.100.9, 203.0.113.7")], "203.0.113.7"),  # the first she wrote herself
        (1, [said("198.51.100.9"), said("203.0.113.7")], "203.0.113.7"),
        (2, [said("198.51.100.9, 203.0.113.7, 10.0.0.2")], "203.0.113.7"),
        (2, [said("203.0.113.7")], "203.0.113.7"),  # past the outer one
        (1, [], "127.0.0.1"),  # it adds nothing: all are counted as one
        (1, [said("unknown")], "127.0.0.1"),
        (1, [said("")], "127.0.0.1"),
        (1, [said("203.0.113.7:51234")], "203.0.113.7"),
        (1, [said("[2001:db8::7]:51234")], "2001:db8::7"),
        (1, [said("2001:db8::7")], "2001:db8::7"),
        (1, [said("::ffff:203.0.113.7")], "203.0.113.7"),
        (1, [said("203.0.113.7\xff")], "127.0.0.1"),
    ],
)
def test_as_many_hops_count_as_there_are_proxies(
    proxies: int, headers: list[tuple[str, str]], client: str
) -> None:
    assert client_address(asked("127.0.0.1", *headers, trusted_proxies=proxies)) == client


def test_a_header_from_who_is_no_proxy_changes_nothing() -> None:
    forged = [said("198.51.100.9"), ("X-Forwarded-Proto", "https")]
    past_the_proxy = asked("203.0.113.7", *forged, trusted_proxies=1)
    assert client_address(past_the_proxy) == "203.0.113.7"
    assert not is_secure(past_the_proxy)


def test_proxies_on_other_machines_are_named_by_their_network() -> None:
    settings: dict[str, Any] = {"trusted_proxies": 1, "proxy_networks": ("10.1.0.0/16",)}
    assert client_address(asked("10.1.2.3", said("203.0.113.7"), **settings)) == "203.0.113.7"
    assert client_address(asked("10.2.2.3", said("203.0.113.7"), **settings)) == "10.2.2.3"


def test_a_customers_whole_ipv6_network_is_counted_as_one() -> None:
    assert counted_as("2001:db8:1:2::7") == counted_as("2001:db8:1:2:ffff::1")
    assert counted_as("2001:db8:1:2::7") != counted_as("2001:db8:1:3::7")
    assert counted_as("203.0.113.7") == "203.0.113.7"
    assert counted_as("") == ""


@pytest.mark.parametrize(
    ("settings", "proto", "secure"),
    [
        ({}, "https", False),
        ({"tls": True}, "http", True),
        ({"trusted_proxies": 1}, "https", True),
        ({"trusted_proxies": 1}, "http", False),
        ({"trusted_proxies": 1}, "https, http", False),
        ({"trusted_proxies": 1, "public_url": "http://desk.lan"}, "https", False),
    ],
)
def test_the_public_address_decides_what_is_secure_else_the_trusted_proxy(
    settings: dict[str, Any], proto: str, secure: bool
) -> None:
    assert is_secure(asked("127.0.0.1", ("X-Forwarded-Proto", proto), **settings)) is secure


@pytest.mark.parametrize(
    "header",
    ["X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via", "Forwarded", "CF-Connecting-IP"],
)
def test_what_a_proxy_passed_on_is_not_local(header: str) -> None:
    assert is_local(asked("127.0.0.1"))
    assert is_local(asked("::1"))
    assert is_local(asked("::ffff:127.0.0.1"))
    assert not is_local(asked("203.0.113.7"))
    assert not is_local(asked("127.0.0.1", (header, "127.0.0.1")))


def test_where_proxies_are_known_of_nobody_is_local_even_if_they_add_nothing() -> None:
    assert not is_local(asked("127.0.0.1", trusted_proxies=1))
    assert not is_local(asked("127.0.0.1", public_url="https://desk.example.org"))

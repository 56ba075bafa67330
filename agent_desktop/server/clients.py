"""Who asks: the client's address, also behind reverse proxies, and whether she came over HTTPS.

A proxy adds to ``X-Forwarded-For`` whom it speaks for. Everybody else can write that header too, so
it counts only from a proxy's own address, and only as many entries, from the right, as there are
proxies: what a client wrote herself stands further left.
"""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from aiohttp import web

from agent_desktop.server.config import CONFIG, DesktopConfig

_PROXIED: Final = ("Forwarded", "Via", "X-Real-Ip", "True-Client-Ip", "Cf-Connecting-Ip")
_PREFIX: Final = "x-forwarded-"
_NEIGHBOURS: Final = 64
"""Bits of an IPv6 address that a provider gives to one customer."""


def client_address(request: web.Request) -> str:
    """The client's address, for throttles, logs and the audit log; "" when nobody knows it."""
    config, peer = request.app[CONFIG], _plain(request.remote or "")
    if not _is_proxy(peer, config):
        return peer
    hops = [each for line in request.headers.getall("X-Forwarded-For", ()) for each in _list(line)]
    chain = [*hops, peer]
    return _plain(chain[max(0, len(chain) - 1 - config.trusted_proxies)]) or peer


def account_of(peer: str, config: DesktopConfig) -> str:
    """On whose account a connection from ``peer`` goes; "" for a proxy's, which are everybody's."""
    address = _plain(peer)
    return "" if _is_proxy(address, config) else counted_as(address)


def counted_as(address: str) -> str:
    """Under which name failures from ``address`` are counted: a customer's IPv6 network is one."""
    if ":" not in address:
        return address
    return str(ip_network(f"{address}/{_NEIGHBOURS}", strict=False))


def is_secure(request: web.Request) -> bool:
    """Whether the browser came over HTTPS, here or at a proxy: its cookies are Secure then."""
    config = request.app[CONFIG]
    if config.tls:
        return True
    if config.public_url or not _is_proxy(_plain(request.remote or ""), config):
        return False
    said = [
        each for line in request.headers.getall("X-Forwarded-Proto", ()) for each in _list(line)
    ]
    return bool(said) and said[max(0, len(said) - config.trusted_proxies)].lower() == "https"


def is_local(request: web.Request) -> bool:
    """Whether a program on this very machine asks, with no proxy between.

    Where a proxy is known of, what comes from this machine may come from anywhere.
    """
    config = request.app[CONFIG]
    if config.trusted_proxies or config.public_url or _is_forwarded(request):
        return False
    return _is_loopback(_plain(request.remote or ""))


def _is_forwarded(request: web.Request) -> bool:
    if any(name in request.headers for name in _PROXIED):
        return True
    return any(name.lower().startswith(_PREFIX) for name in request.headers)


def _is_proxy(peer: str, config: DesktopConfig) -> bool:
    return config.trusted_proxies > 0 and _within(peer, config.proxy_networks)


@lru_cache(1024)
def _within(address: str, networks: tuple[str, ...]) -> bool:
    if not address:
        return False
    at = ip_address(address)
    return any(at in ip_network(each, strict=False) for each in networks)


@lru_cache(1024)
def _is_loopback(address: str) -> bool:
    return bool(address) and ip_address(address).is_loopback


def _list(line: str) -> list[str]:
    return [part.strip() for part in line.split(",")]


@lru_cache(1024)
def _plain(address: str) -> str:
    """The bare address without port, brackets or zone; "" when it is none."""
    text = address.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return str(found)

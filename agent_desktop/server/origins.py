"""Under which names browsers reach us, and which pages may talk to us.

The ``Host`` header is written by the client. A page of a stranger whose name was made to lead here
would send its own, so names are held to a list; a bare address cannot be made to lead elsewhere.
"""

from functools import lru_cache
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from agent_desktop.server.config import DesktopConfig

_STANDARD: Final = {"http": ":80", "https": ":443"}


def origin_of(url: str) -> str:
    """``url`` as browsers write an origin: lower case, no standard port, nothing behind it."""
    parts = urlsplit(url.lower())
    return f"{parts.scheme}://{parts.netloc.removesuffix(_STANDARD.get(parts.scheme, ''))}"


def is_ours(request: web.Request, config: DesktopConfig) -> bool:
    """Whether the request is for a name that this server goes by."""
    said = request.headers.getall("Host", ())
    return len(said) == 1 and _is_known(said[0], config.hosts)


@lru_cache(1024)
def _is_known(host: str, names: frozenset[str]) -> bool:
    name = host_name(host)
    return name in names or _is_address(name) or f"*.{name.partition('.')[2]}" in names


def host_name(host: str) -> str:
    """The name or address in a ``Host`` header, without port and brackets; "" when it is none."""
    name, colon, port = host.lower().rpartition(":") if not host.endswith("]") else (host, "", "")
    if not colon:
        name = host.lower()
    elif not (port.isascii() and port.isdigit()):
        return ""
    if name.startswith("["):
        return name[1:-1] if name.endswith("]") else ""
    return name.removesuffix(".")


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def same_origin(request: web.Request, config: DesktopConfig, *, required: bool) -> bool:
    """Whether the request comes from our own page; ``required``: it must say so itself."""
    origin = request.headers.get("Origin")
    if origin is None:
        site = request.headers.get("Sec-Fetch-Site", "" if required else "none")
        return not required and site in ("none", "same-origin")
    return origin in config.origins or _is_own(origin.lower(), request.host.lower(), config)


def _is_own(origin: str, host: str, config: DesktopConfig) -> bool:
    """The public address counts, and where we are reached by another, that one."""
    if config.public_url and f"//{host}" == config.public_url.partition(":")[2]:
        return origin == config.public_url
    return origin in (f"http://{host}", f"https://{host}", config.public_url or f"http://{host}")

"""Cookies, origins and headers: what keeps other sites' pages out of ours."""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from agent_desktop.server.config import DesktopConfig

HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'self'",
            "script-src 'self'",
            "style-src 'self' 'unsafe-inline'",  # Ant Design writes its styles at run time
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "media-src 'self' blob: mediastream:",
            "connect-src 'self'",
            "worker-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": (
        "microphone=(self), speaker-selection=(self), camera=(), geolocation=(), payment=(), usb=()"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_SESSION: Final = "parley_session"
_CALLER: Final = "parley_caller"


HSTS: Final = "max-age=31536000"
"""A year. Browsers heed it only where they trust the certificate, so never a self-made one."""


def header_adder(
    config: DesktopConfig,
) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Make what puts the security headers on every answer, static files and refusals included."""

    async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
        if config.tls and request.url.host != "localhost":  # other programs live there too
            response.headers.setdefault("Strict-Transport-Security", HSTS)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.popall("Server", None)  # no need to tell versions to strangers

    return add_headers


def _name(plain: str, config: DesktopConfig) -> str:
    """Under TLS the ``__Host-`` prefix ties the cookie to this very host."""
    return f"__Host-{plain}" if config.tls else plain


def session_token(request: web.Request, config: DesktopConfig) -> str | None:
    """The token in the session cookie."""
    return request.cookies.get(_name(_SESSION, config))


def caller_token(request: web.Request, config: DesktopConfig) -> str | None:
    """The token in the demo caller's cookie."""
    return request.cookies.get(_name(_CALLER, config))


def set_session(
    response: web.StreamResponse, token: str, config: DesktopConfig, longest: timedelta
) -> None:
    """Give the browser its session cookie."""
    _set(response, _name(_SESSION, config), token, config, longest)


def set_caller(response: web.StreamResponse, token: str, config: DesktopConfig) -> None:
    """Give the browser its demo caller's cookie."""
    _set(response, _name(_CALLER, config), token, config, timedelta(hours=12))


def _set(
    response: web.StreamResponse, name: str, token: str, config: DesktopConfig, age: timedelta
) -> None:
    response.set_cookie(
        name,
        token,
        httponly=True,
        samesite="Strict",
        secure=config.tls,
        path="/",
        max_age=int(age.total_seconds()),
    )


def forget_session(response: web.StreamResponse, config: DesktopConfig) -> None:
    """Take the session cookie back."""
    response.del_cookie(
        _name(_SESSION, config), path="/", httponly=True, samesite="Strict", secure=config.tls
    )


def same_origin(request: web.Request, config: DesktopConfig, *, required: bool) -> bool:
    """Whether the request comes from our own page; ``required``: it must say so itself."""
    origin = request.headers.get("Origin")
    if origin is None:
        site = request.headers.get("Sec-Fetch-Site", "" if required else "none")
        return not required and site in ("none", "same-origin")
    return origin in config.origins or _is_own(origin, request.host)


def _is_own(origin: str, host: str) -> bool:
    parts = urlsplit(origin)
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()


def same_token(given: str, right: str) -> bool:
    """Compare secrets in constant time."""
    return hmac.compare_digest(given.encode(), right.encode())

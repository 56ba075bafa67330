"""Cookies and headers: what keeps other sites' pages out of ours."""

import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from aiohttp import web

from agent_desktop.server.clients import is_secure
from agent_desktop.server.origins import host_name

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


HSTS: Final = "max-age=31536000; includeSubDomains"
"""A year. Browsers heed it only where they trust the certificate, so never a self-made one."""


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Put the security headers on an answer, static files and refusals included."""
    if (
        is_secure(request) and host_name(request.headers.get("Host", "")) != "localhost"
    ):  # others live there too
        response.headers.setdefault("Strict-Transport-Security", HSTS)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.popall("Server", None)  # no need to tell versions to strangers


def _name(plain: str, *, secure: bool) -> str:
    """Under TLS the ``__Host-`` prefix ties the cookie to this very host."""
    return f"__Host-{plain}" if secure else plain


def session_token(request: web.Request) -> str | None:
    """The token in the session cookie."""
    return _cookie(request, _SESSION)


def caller_token(request: web.Request) -> str | None:
    """The token in the demo caller's cookie."""
    return _cookie(request, _CALLER)


def _cookie(request: web.Request, plain: str) -> str | None:
    """A token of ours is ASCII; whatever else stands there was never given by us."""
    found = request.cookies.get(_name(plain, secure=is_secure(request)))
    return found if found is not None and found.isascii() else None


def set_session(
    request: web.Request, response: web.StreamResponse, token: str, longest: timedelta
) -> None:
    """Give the browser its session cookie."""
    _set(request, response, _SESSION, token, longest)


def set_caller(request: web.Request, response: web.StreamResponse, token: str) -> None:
    """Give the browser its demo caller's cookie."""
    _set(request, response, _CALLER, token, timedelta(hours=12))


def _set(
    request: web.Request, response: web.StreamResponse, plain: str, token: str, age: timedelta
) -> None:
    secure = is_secure(request)
    response.set_cookie(
        _name(plain, secure=secure),
        token,
        httponly=True,
        samesite="Strict",
        secure=secure,
        path="/",
        max_age=int(age.total_seconds()),
    )


def forget_session(request: web.Request, response: web.StreamResponse) -> None:
    """Take the session cookie back."""
    secure = is_secure(request)
    response.del_cookie(
        _name(_SESSION, secure=secure), path="/", httponly=True, samesite="Strict", secure=secure
    )


def same_token(given: str, right: str) -> bool:
    """Compare secrets in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), right.encode())

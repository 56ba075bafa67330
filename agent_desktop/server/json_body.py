"""Reads the body of a request: one JSON object in UTF-8, all of it within a time limit."""

import asyncio
from datetime import timedelta

import msgspec
from aiohttp import web
from aiohttp.web import RequestPayloadError

from agent_desktop.server.problems import Problem


async def require_object(request: web.Request, within: timedelta) -> None:
    """Read the body for the first time; refuse what is no JSON object, and say why."""
    if request.content_type != "application/json":
        raise Problem(415, "not_json", "send the body as application/json")
    if (request.charset or "utf-8").lower() not in ("utf-8", "utf8", "us-ascii"):
        raise _malformed("has another character set; send UTF-8")
    if (request.content_length or 0) > request.client_max_size:
        raise web.HTTPRequestEntityTooLarge(request.client_max_size, request.content_length or 0)
    try:
        async with asyncio.timeout(within.total_seconds()):
            raw = await request.read()
    except TimeoutError:
        headers = {"Connection": "close"}
        raise Problem(408, "timeout", "the body took too long", headers=headers) from None
    except RequestPayloadError:
        raise _malformed("is not encoded or cut as its headers say") from None
    what = _wrong_with(raw)
    if what:
        raise _malformed(what)


def _wrong_with(raw: bytes) -> str:
    """Why ``raw`` is no JSON object as everybody reads it; "" when it is one."""
    try:
        raw.decode()
        body = msgspec.json.decode(raw)
    except UnicodeDecodeError as error:
        return f"is not UTF-8 text from byte {error.start} on"
    except RecursionError:
        return "is nested too deeply"
    except msgspec.DecodeError as error:
        return f"is not JSON: {error}"
    return "" if isinstance(body, dict) else "must be a JSON object"


def _malformed(what: str) -> Problem:
    return Problem(400, "malformed", f"the body {what}")

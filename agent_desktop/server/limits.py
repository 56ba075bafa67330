"""Every wait that leaves the process has its limit; these are the limits of requests."""

import asyncio

from aiohttp import web

from agent_desktop.server.keys import CONFIG


def floor_limit(request: web.Request) -> asyncio.Timeout:
    """For commands to the floor."""
    return asyncio.timeout(request.app[CONFIG].ask_within.total_seconds())


def telephony_limit(request: web.Request) -> asyncio.Timeout:
    """For what waits for Asterisk."""
    return asyncio.timeout(request.app[CONFIG].telephony_within.total_seconds())


def database_limit(request: web.Request) -> asyncio.Timeout:
    """For one unit of work."""
    return asyncio.timeout(request.app[CONFIG].database_within.total_seconds())

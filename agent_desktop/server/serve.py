"""Runs the application on a port until cancelled."""

import asyncio
import errno
import ssl
from collections.abc import Callable
from typing import Final

from aiohttp import web

from agent_desktop.server.keys import GATEWAY, STANDING

STOP_WITHIN: Final = 5.0


class PortTaken(Exception):
    """Another program listens there."""


async def serve(
    app: web.Application,
    *,
    host: str,
    port: int,
    tls: ssl.SSLContext | None = None,
    started: Callable[[int], object] = lambda _port: None,
) -> None:
    """Listen, call ``started`` with the port (0 asks for a free one), serve until cancelled.

    Raises:
        PortTaken: with a message that says what to do.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=STOP_WITHIN)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port, ssl_context=tls, reuse_address=True)
        try:
            await site.start()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortTaken(
                    f"port {port} on {host} is taken: stop the program that listens there, "
                    "or choose another port for the desktop"
                ) from error
            raise
        started(runner.addresses[0][1])
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(app[GATEWAY].run())
            tasks.create_task(app[STANDING].run())
    finally:
        async with asyncio.timeout(2 * STOP_WITHIN):
            await runner.cleanup()

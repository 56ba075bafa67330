"""Runs the application on a port until cancelled."""

import asyncio
import errno
import logging
import socket
import ssl
from collections.abc import Callable
from typing import Final

from aiohttp import web

from agent_desktop.server.keys import CONFIG, GATEWAY, STANDING
from agent_desktop.server.wires import BACKLOG, Reception, Runner

STOP_WITHIN: Final = 0.8
"""Seconds for requests to end by themselves, and once more when they have been cancelled."""

log = logging.getLogger(__name__)
RESOLVE_WITHIN: Final = 5.0


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
    runner = Runner(app, app[CONFIG], stop_within=STOP_WITHIN)
    await runner.setup()
    try:
        listening = await _listen(host, port)
        reception = Reception(runner.wires, listening, tls)
        started(listening[0].getsockname()[1])
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(app[GATEWAY].run())
            tasks.create_task(app[STANDING].run())
            tasks.create_task(reception.run())
    finally:
        try:
            async with asyncio.timeout(3 * STOP_WITHIN):
                await runner.cleanup()
        except TimeoutError:  # whoever does not read must not hold up what comes after
            log.warning("some pages did not close in time")


async def _listen(host: str, port: int) -> list[socket.socket]:
    """Listen on every address that ``host`` stands for, all on one port."""
    loop, bound = asyncio.get_running_loop(), list[socket.socket]()
    async with asyncio.timeout(RESOLVE_WITHIN):
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    try:
        for family, kind, proto, _, address in dict.fromkeys(found):
            wire = socket.socket(family, kind, proto)
            bound.append(wire)
            wire.setblocking(False)
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                wire.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            chosen = port or (bound[0].getsockname()[1] if len(bound) > 1 else 0)
            wire.bind((address[0], chosen, *address[2:]))
            wire.listen(BACKLOG)
    except OSError as error:
        for each in bound:
            each.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(
                f"port {port} on {host} is taken: stop the program that listens there, "
                "or choose another port for the desktop"
            ) from error
        raise
    return bound

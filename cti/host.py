"""Around the daemon: the Asterisk it drives, the web server, and the orderly end."""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC
from pathlib import Path
from typing import Any, Final

from agent_desktop.server.app import create_app
from agent_desktop.server.serve import serve
from crm_core.storage.database import Database
from cti import front, tls
from cti.ari.errors import TelephonyError
from cti.ari.settings import AriSettings
from cti.daemon import Daemon
from cti.keeper import ENDING, HANGUP, terminal_closed
from cti.reread import Reread
from cti.settings import AriMode, Settings
from prompts import AUDIO
from telephony_config.embedded import ARI_USER, EmbeddedAsterisk
from telephony_config.model import Site
from telephony_config.render import DialDaemon

log = logging.getLogger(__name__)

STEP: Final = 0.2
"""Seconds between two looks at whether the last call has ended."""


class AsteriskHost:
    """The Asterisk we drive: a private one that we keep up, or one that runs anyway."""

    def __init__(self, settings: Settings, site: Site) -> None:
        self._settings, self._site = settings, site
        self._secret = secrets.token_urlsafe(24)
        self._stopping = self._serving = False
        self._own: EmbeddedAsterisk | None = None

    async def start(self) -> None:
        """Start the private Asterisk, or adopt the one an earlier daemon left running."""
        if self._settings.asterisk.url is not None:
            return
        self._own = EmbeddedAsterisk(
            self._settings.asterisk_programs,
            self._site,
            self._settings.asterisk_dir,
            prompts=AUDIO,
            dial_daemon=self._dial_daemon(),
            password=lambda: self._secret,
        )
        await self._start(self._own)
        self._secret = self._own.runtime.ari_password  # an adopted one keeps its own
        log.info("asterisk is up", extra={"adopted": self._own.adopted})

    async def _start(self, asterisk: EmbeddedAsterisk) -> None:
        async with asyncio.timeout(self._settings.timeouts.asterisk_start.total_seconds()):
            await asterisk.start()

    def _dial_daemon(self) -> DialDaemon | None:
        if self._settings.asterisk.ari is not AriMode.OUTBOUND:
            return None
        uri = f"ws://127.0.0.1:{self._listen_port}/ari"
        return DialDaemon(uri=uri, user=ARI_USER, password=self._secret)

    @property
    def _listen_port(self) -> int:
        """Where Asterisk dials us in outbound mode: beside its own HTTP port."""
        return self._site.ports.http + 1

    def ari_settings(self) -> AriSettings:
        """How to reach it."""
        given, limits = self._settings.asterisk, self._settings.timeouts
        if self._own is not None:
            runtime = self._own.runtime
            url, user, password = (
                runtime.ari_url.removesuffix("/ari"),
                runtime.ari_user,
                runtime.ari_password,
            )
        else:
            url, user, password = given.url or "", given.user, given.password or ""
        return AriSettings(
            url=url,
            user=user,
            password=password,
            mode="outbound" if given.ari is AriMode.OUTBOUND else "inbound",
            listen_port=self._listen_port,
            request_timeout=limits.ari_request,
            list_timeout=limits.ari_list,
            connect_timeout=limits.ari_connect,
            reconcile_timeout=limits.reconcile,
        )

    @property
    def sip_ws_url(self) -> str:
        """Where the browser phones' signalling is proxied to."""
        if self._own is not None:
            return self._own.runtime.sip_ws_url
        return f"{self._settings.asterisk.url or ''}/ws".replace("http", "ws", 1)

    async def keep_up(self) -> None:
        """Start the private Asterisk again whenever it dies; the ARI client then reconciles."""
        if self._own is None:
            await asyncio.Event().wait()
            return
        while True:
            await self._own.wait()
            if self._stopping:
                await asyncio.Event().wait()
            log.error("asterisk has ended; starting it again")
            await self._start(self._own)

    @property
    def log_dir(self) -> Path | None:
        """Where our own Asterisk keeps its logs; None if it is not ours."""
        return None if self._own is None else self._own.runtime.log

    async def cli(self, command: str) -> str:
        """Run a command of our own Asterisk's command line."""
        return "" if self._own is None else await self._own.cli(command)

    def in_service(self) -> None:
        """The daemon is up: should it die from now on, its Asterisk keeps the calls up."""
        self._serving = True

    async def abandon(self) -> None:
        """End an Asterisk started for a daemon that did not come up; an adopted one has calls."""
        if self._own is not None and not self._serving and not self._own.adopted:
            await self.stop()

    def leave_down(self) -> None:
        """From now on an Asterisk that ends is not started again."""
        self._stopping = True

    async def stop(self) -> None:
        """End the private Asterisk at once; calls have been drained before."""
        self.leave_down()
        if self._own is not None:
            await self._own.stop()


class Stop:
    """Ctrl-C and its like: the first asks for an orderly end, the second for an immediate one.

    SIGHUP asks to read again what can be; only a terminal that has closed asks for the end by it.

    While the daemon still starts there is nothing to drain: the first gives the start up.
    """

    def __init__(self, starting: "asyncio.Task[Any] | None" = None) -> None:
        self._first, self._second = asyncio.Event(), asyncio.Event()
        self._starting = starting
        self.gave_up = False
        self.read_again: Callable[[], object] = _nothing_to_read
        """What SIGHUP begins once the daemon is in service."""

    @classmethod
    @contextlib.contextmanager
    def on_signals(cls) -> Iterator["Stop"]:
        """A Stop that listens to the process's signals while the block, which starts, lasts."""
        stop, loop = cls(asyncio.current_task()), asyncio.get_running_loop()
        for number in ENDING:
            loop.add_signal_handler(number, stop.ask)
        for number in HANGUP:
            loop.add_signal_handler(number, stop.hung_up)
        try:
            yield stop
        finally:
            for number in (*ENDING, *HANGUP):
                loop.remove_signal_handler(number)

    def in_service(self) -> None:
        """The start is over: from now on the first asking lets calls end."""
        self._starting = None

    def ask(self) -> None:
        """Ask for the end; asked again, calls are dropped."""
        if self._starting is not None:
            self.gave_up = True
            self._starting.cancel()
            self._starting = None  # once is enough: what was started is being ended
            return
        (self._second if self._first.is_set() else self._first).set()

    def hung_up(self) -> None:
        """Take SIGHUP."""
        if terminal_closed():
            log.info("the terminal has closed")
            self.ask()
        elif self._starting is None:
            self.read_again()

    @property
    def is_asked(self) -> bool:
        """Whether an end in order was asked for."""
        return self._first.is_set()

    async def asked(self) -> None:
        """Return when the end is asked for."""
        await self._first.wait()

    @property
    def at_once(self) -> bool:
        """Whether calls are to be dropped."""
        return self._second.is_set()


def _nothing_to_read() -> None:
    log.info("SIGHUP: nothing can be read again yet")


async def drain(daemon: Daemon, host: AsteriskHost, stop: Stop) -> None:
    """Let calls end by themselves within the limit, unless asked to drop them."""
    calls = len(list(daemon.floor.live_calls()))
    if calls:
        log.info("waiting for calls to end; Ctrl-C again drops them", extra={"calls": calls})
    host.leave_down()
    daemon.backend.drain()
    daemon.ingress.refuse_calls()
    daemon.next_phones.stop()
    with contextlib.suppress(TelephonyError):  # else those callers are turned away one by one
        await daemon.board.carry()
    limit = daemon.settings.timeouts.drain.total_seconds()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(limit):
            while not stop.at_once and any(True for _ in daemon.floor.live_calls()):  # noqa: ASYNC110 - the second Ctrl-C must be seen too
                await asyncio.sleep(STEP)


async def serve_desktop(
    daemon: Daemon,
    database: Database,
    host: AsteriskHost,
    port: "asyncio.Future[int]",
    reread: Reread,
) -> None:
    """Serve the agents' pages until cancelled; ``port`` tells where."""
    settings, site = daemon.settings, daemon.site
    address = front.bind_address(settings, site)
    names = await asyncio.to_thread(front.own_names, settings, site)
    context = None
    if settings.tls.enabled:
        now = daemon.clock.now().astimezone(UTC)
        pair = await asyncio.to_thread(tls.pair, settings.tls, settings.tls_dir, names, now=now)
        context = await asyncio.to_thread(tls.server_context, pair)
        reread.serve_with(context, pair)
        names = (*names, *await asyncio.to_thread(tls.names_in, pair))
    config = await asyncio.to_thread(
        front.desktop_config, settings, site, names, sip_upstream=host.sip_ws_url
    )
    app = create_app(config, daemon.backend, database, daemon.hub, now=daemon.clock.now)
    wanted = site.desktop.port if settings.desktop.port is None else settings.desktop.port
    try:
        await serve(app, host=address, port=wanted, tls=context, started=port.set_result)
    except BaseException as error:
        if not port.done():
            port.set_exception(error)
        raise

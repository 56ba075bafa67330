"""What SIGHUP asks for: reads again what can be read while calls go on, and says what cannot.

The pages' certificate is read again, so that a renewed one serves from the next connection on.
Users are read all the time. A changed site file takes a restart: it is checked, and said.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable, Coroutine
from typing import Any

from cti import tls
from cti.settings import Settings
from cti.sites import load_site
from telephony_config.complaint import SiteRefused
from telephony_config.model import Site

log = logging.getLogger(__name__)


class Reread:
    """``ask`` begins it; ``certificate`` is what is read again for the pages, if they have one."""

    def __init__(
        self,
        settings: Settings,
        site: Site,
        spawn: Callable[[str, Coroutine[Any, Any, None]], object],
    ) -> None:
        self._settings, self._site, self._spawn = settings, site, spawn
        self._pages: tuple[ssl.SSLContext, tls.Pair] | None = None

    def serve_with(self, context: ssl.SSLContext, pair: tls.Pair) -> None:
        """Take note of the certificate that the pages are served with."""
        self._pages = (context, pair)

    def ask(self) -> None:
        """Read again."""
        self._spawn("read again", self.run())

    async def run(self) -> None:
        """Read everything once; nothing of it can end the daemon."""
        log.info("SIGHUP: reading again; an end is asked for with SIGTERM")
        await self._read_certificate()
        await self._compare_site()

    async def _read_certificate(self) -> None:
        if self._pages is None:
            return
        context, pair = self._pages
        try:
            await asyncio.to_thread(tls.server_context, pair)  # a bad one spoils nothing
            await asyncio.to_thread(context.load_cert_chain, pair.certificate, pair.key)
        except (tls.CertificateRefused, OSError) as error:
            log.warning(
                "certificate not read again; the old one serves on",
                extra={"why": type(error).__name__, "file": str(pair.certificate)},
            )
        else:
            log.info("certificate read again", extra={"file": str(pair.certificate)})

    async def _compare_site(self) -> None:
        try:
            found = await asyncio.to_thread(load_site, self._settings)
        except SiteRefused as refused:
            first = refused.complaints[0]
            log.warning(
                "site file has faults; the site that runs goes on",
                extra={"file": str(first.file), "line": first.line, "key": first.key,
                       "remedy": "Run: parley telephony check"},
            )  # fmt: skip
            return
        if found != self._site:
            log.warning(
                "site file has changed", extra={"remedy": "Restart Parley to use it; calls go on"}
            )

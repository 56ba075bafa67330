"""Shuts out, for a while, addresses that flood us with calls.

The dialplan refuses calls beyond the limits of a trunk or an address, but each refusal costs
Asterisk a session, which lives on for half a minute when nobody acknowledges it. So who brings many
times what may come is named in a variable, and from then on answered with 503 and Retry-After
without more. Calls that are up go on.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final

from cti.ari.errors import TelephonyError
from cti.call_control import CallControl
from telephony_config.errors import AsteriskFailed
from telephony_config.render import FLOODED

log = logging.getLogger(__name__)

NAMED: Final = "PARLEY_FLOOD"
"""The global variable in which the dialplan names who floods us: ``<address>:<port>``."""

FIRST: Final = timedelta(seconds=30)
LONGEST: Final = timedelta(minutes=10)
"""An address that goes on when it is let in again is shut out twice as long, up to this."""

SLOT: Final = "0-flood-"
"""Asterisk looks at these rules in the order of their names, and trunks' begin with a letter."""

SLOTS: Final = 32
"""Addresses that are shut out at once; of more, those that were to be let in first come in."""


@dataclass(slots=True)
class _Shut:
    slot: str
    until: datetime
    length: timedelta
    inside: bool = False
    """Whether it has been let in again; it is remembered for a while."""


class Floods:
    """Who is shut out now, and until when."""

    def __init__(
        self,
        control: CallControl,
        cli: Callable[[str], Awaitable[str]],
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._control, self._cli, self._now = control, cli, now
        self._shut: dict[str, _Shut] = {}
        self._swept = False

    @property
    def shut_out(self) -> list[str]:
        """Addresses from which no call comes in now."""
        return [address for address, shut in self._shut.items() if not shut.inside]

    async def run(self, every: timedelta) -> None:
        """Look until cancelled; what fails is tried again at the next look."""
        while True:
            await asyncio.sleep(every.total_seconds())
            try:
                await self.look()
            except (TelephonyError, OSError, AsteriskFailed) as error:
                log.debug("no look at floods", extra={"why": type(error).__name__})

    async def look(self) -> None:
        """Shut out who is named, and let in whose time is over."""
        if not self._swept:
            await self._sweep()
        named = await self._control.get_global(NAMED)
        if named:
            await self._control.set_global(NAMED, "")
            address = address_of(named)
            if address:
                await self._shut_out(address)
        for address, shut in list(self._shut.items()):
            await self._let_in(address, shut)

    async def _sweep(self) -> None:
        """Let in whom an earlier daemon has shut out, and is not there to let in."""
        shown = await self._cli("pjsip show identifies")
        for number in range(SLOTS):
            if f" {SLOT}{number}/" in shown:
                await self._control.let_in(f"{SLOT}{number}")
        self._swept = True

    async def _shut_out(self, address: str) -> None:
        before = self._shut.get(address)
        if before is not None and not before.inside:
            return  # of a call that came just before
        length = min(2 * before.length, LONGEST) if before else FIRST
        slot = before.slot if before else await self._free_slot()
        await self._cli(f"pjsip set maintenance on {FLOODED}")  # Asterisk forgets it at a restart
        await self._control.shut_out(slot, address)
        self._shut[address] = _Shut(slot=slot, until=self._now() + length, length=length)
        extra = {"address": address, "seconds": length.total_seconds()}
        log.warning("an address floods us with calls and is shut out", extra=extra)

    async def _free_slot(self) -> str:
        taken = {shut.slot for shut in self._shut.values()}
        free = next((f"{SLOT}{n}" for n in range(SLOTS) if f"{SLOT}{n}" not in taken), None)
        if free is not None:
            return free
        first = min(self._shut, key=lambda address: self._shut[address].until)
        slot = self._shut.pop(first).slot
        await self._control.let_in(slot)
        return slot

    async def _let_in(self, address: str, shut: _Shut) -> None:
        over = self._now() - shut.until
        if over < timedelta(0):
            return
        if not shut.inside:
            await self._control.let_in(shut.slot)
            shut.inside = True
            log.info("an address may call again", extra={"address": address})
        elif over > LONGEST:
            del self._shut[address]


def address_of(named: str) -> str:
    """The address without its port; "" when it is none."""
    host = named.rpartition(":")[0].strip("[]")
    try:
        return str(ip_address(host))
    except ValueError:
        return ""

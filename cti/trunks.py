"""Watches the trunks: who is down since when and why, whose calls were refused, and what to mend.

Each change is told in the log once; how many calls were refused is told once in a while for each
kind, so that a flood fills nothing. No number stands in the log: the last one dialled in vain is
shown to administrators only.
"""

import asyncio
import logging
import socket
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from agent_desktop.server.ports import StrangerFacts, TrunkFacts
from cti import trunk_reading as reading
from cti.trunk_reading import LogReader, Reading, TrunkCause, TrunkState
from telephony_config.errors import AsteriskFailed
from telephony_config.model import Trunk

log = logging.getLogger(__name__)

PATIENCE: Final = timedelta(seconds=45)
"""So long a trunk may have no result at first; a REGISTER waits 32 s for an answer."""

SAID_AGAIN_AFTER: Final = timedelta(minutes=10)
"""Between two lines in the log about calls refused for one and the same reason."""

MOST_STRANGERS: Final = 20
"""Addresses that are remembered at once."""

NUMBER_REMEDY: Final = (
    "Add the number to [[numbers]] as the carrier writes it; GET /api/trunks shows the last one"
)
ACCOUNT_REMEDY: Final = (
    "The carrier calls the account and names no number of ours: add number = to the trunk"
)
FULL_REMEDY: Final = "If they were callers, raise max_calls and max_rate of the trunk"
REMEDIES: Final = {"account": ACCOUNT_REMEDY, "full": FULL_REMEDY}
STRANGER_REMEDY: Final = "If this is a carrier of yours, add the address to addresses of its trunk"


class Line(Protocol):
    """The command line of our own Asterisk."""

    @property
    def log_dir(self) -> Path | None:
        """Where its logs are; None when it is not ours, and can be asked nothing."""
        ...

    async def cli(self, command: str) -> str:
        """Run one command; ``OSError``, ``TimeoutError`` or ``AsteriskFailed`` if it cannot."""
        ...


class NoLine:
    """Stands for the command line of an Asterisk that is not ours."""

    log_dir: Path | None = None

    async def cli(self, command: str) -> str:
        """Say nothing."""
        return ""


@dataclass(slots=True)
class _Known:
    now: Reading
    since: datetime
    told: Reading | None = None


class Trunks:
    """What is known of the trunks. ``look`` is to be called again and again."""

    def __init__(
        self,
        trunks: Iterable[Trunk],
        line: Line,
        *,
        now: Callable[[], datetime],
        patience: timedelta,
    ) -> None:
        self._trunks = {trunk.id: trunk for trunk in trunks}
        self._line, self._now, self._patience = line, now, patience
        self._known: dict[str, _Known] = {}
        self._refused: dict[tuple[str, str], int] = {}
        self._dialled: dict[str, str] = {}
        self._pending: Counter[tuple[str, str]] = Counter()
        self._said: dict[tuple[str, str], datetime] = {}
        self._strangers: dict[str, StrangerFacts] = {}
        self._security: LogReader | None = None

    async def run(self, every: timedelta) -> None:
        """Look until cancelled; an Asterisk that does not answer is looked at the next time."""
        while True:
            try:
                await self.look()
            except (OSError, AsteriskFailed) as error:
                log.debug("trunks not looked at", extra={"why": type(error).__name__})
            await asyncio.sleep(every.total_seconds())

    async def look(self) -> None:
        """Ask Asterisk once, and tell what has changed."""
        folder = self._line.log_dir
        if folder is None:
            return
        messages = await asyncio.to_thread(reading.tail, folder / "messages")
        found = await reading.read(self._line.cli, self._trunks.values(), messages)
        for name, seen in found.items():
            await self._note(self._trunks[name], seen)
        shown = await self._line.cli("dialplan show globals")
        self._dialled = reading.last_dialled(shown)
        self._count(reading.refusals(shown))
        if self._security is None:
            self._security = LogReader(folder / "security")
        self._meet(reading.strangers(await asyncio.to_thread(self._security.new)))
        self._tell_refusals()

    def facts(self) -> list[TrunkFacts]:
        """Every trunk, for the administrator's page."""
        return [self._facts(trunk) for trunk in self._trunks]

    def strangers(self) -> list[StrangerFacts]:
        """Who called lately and belongs to no trunk, the busiest first."""
        return sorted(self._strangers.values(), key=lambda each: -each.messages)

    def well(self) -> str:
        """Say for the health endpoint, which strangers may read, how many are down."""
        down = sum(known.now.state.down for known in self._known.values())
        return "ok" if not down else f"{down} of {len(self._trunks)} down"

    def _facts(self, trunk: str) -> TrunkFacts:
        known = self._known.get(trunk)
        return TrunkFacts(
            id=trunk,
            state=str(known.now.state if known else TrunkState.UNKNOWN),
            since=known.since if known else None,
            cause=str(known.now.cause if known else ""),
            refused_numbers=self._refused.get((trunk, "number"), 0),
            refused_accounts=self._refused.get((trunk, "account"), 0),
            last_dialled=self._dialled.get(trunk, ""),
        )

    async def _note(self, trunk: Trunk, seen: Reading) -> None:
        known = self._known.get(trunk.id)
        if known is None:
            known = self._known[trunk.id] = _Known(seen, self._now())
        seen = await self._judged(trunk, seen, known)
        if seen.state is not known.now.state:
            known.since = self._now()
        known.now = seen
        if seen != known.told and seen.state not in (TrunkState.TRYING, TrunkState.UNKNOWN):
            self._tell(trunk, seen, first=known.told is None)
            known.told = seen

    async def _judged(self, trunk: Trunk, seen: Reading, known: _Known) -> Reading:
        """What one look cannot tell: that a trunk tries too long, and that its name is unknown."""
        if seen.state is TrunkState.TRYING:
            if known.now.state.down:
                return known.now  # it tries again, and is still down
            if self._now() - known.since < PATIENCE:
                return seen
            down = TrunkState.UNREGISTERED if trunk.registers else TrunkState.UNREACHABLE
            seen = Reading(state=down, cause=TrunkCause.NO_ANSWER)
        if seen.cause is TrunkCause.NO_ANSWER and not await self._resolves(trunk.server):
            return Reading(state=seen.state, cause=TrunkCause.NO_SUCH_NAME)
        return seen

    async def _resolves(self, server: str) -> bool:
        return await resolves(server, within=self._patience)

    def _tell(self, trunk: Trunk, seen: Reading, *, first: bool) -> None:
        if seen.state.down:
            log.warning(
                "trunk is down",
                extra={
                    "trunk": trunk.id,
                    "state": str(seen.state),
                    "cause": str(seen.cause),
                    "remedy": reading.REMEDIES[seen.cause],
                },
            )
        else:
            what = "trunk is up" if first else "trunk is up again"
            log.info(what, extra={"trunk": trunk.id, "state": str(seen.state)})

    def _count(self, refused: dict[tuple[str, str], int]) -> None:
        for key, count in refused.items():
            before = self._refused.get(key, 0)
            self._pending[key] += count - before if count >= before else count
        self._refused = refused

    def _meet(self, addresses: Iterable[str]) -> None:
        for address, messages in Counter(addresses).most_common():
            before = self._strangers.pop(address, None)
            total = messages + (before.messages if before else 0)
            self._strangers[address] = StrangerFacts(
                address=address, messages=total, last=self._now()
            )
            self._pending["", address] += messages
        while len(self._strangers) > MOST_STRANGERS:
            self._strangers.pop(next(iter(self._strangers)))

    def _tell_refusals(self) -> None:
        """One line for each trunk and reason, and one for all strangers together."""
        now = self._now()
        told_of = {key: count for key, count in self._pending.items() if count and key[0]}
        for (trunk, why), count in told_of.items():
            if self._may_say((trunk, why), now):
                remedy = REMEDIES.get(why, NUMBER_REMEDY)
                extra = {"trunk": trunk, "why": why, "calls": count, "remedy": remedy}
                log.warning("calls were refused", extra=extra)
                del self._pending[trunk, why]
        unknown = Counter({key[1]: count for key, count in self._pending.items() if not key[0]})
        if unknown and self._may_say(("", ""), now):
            extra = {
                "messages": unknown.total(),
                "addresses": ", ".join(address for address, _ in unknown.most_common(3)),
                "of": len(unknown),
                "remedy": STRANGER_REMEDY,
            }
            log.warning("calls from addresses of no trunk were refused", extra=extra)
            for address in unknown:
                del self._pending["", address]
        elif len(unknown) > MOST_STRANGERS:
            for address, _ in unknown.most_common()[MOST_STRANGERS:]:
                del self._pending["", address]

    def _may_say(self, about: tuple[str, str], now: datetime) -> bool:
        said = self._said.get(about)
        if said is not None and now - said < SAID_AGAIN_AFTER:
            return False
        self._said[about] = now
        return True


async def resolves(server: str, *, within: timedelta) -> bool:
    """Tell whether a server's name has an address; an address has itself."""
    host = server.rpartition(":")[0] if ":" in server and not server.endswith("]") else server
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(within.total_seconds()):
            await loop.getaddrinfo(host.strip("[]"), None)
    except TimeoutError:
        return True  # not said yet; the next look asks again
    except (socket.gaierror, UnicodeError):
        return False
    return True

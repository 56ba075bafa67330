"""The clerk: a process beside the daemon that keeps the customer base's books for live calls.

Python runs one thread at a time. Looking callers up and storing records in threads of the daemon
made every ringing phone wait for both, and them for it; in a process of their own they use another
core (ADR 12). The two talk over a socket pair in msgpack, each message after its length. While
there is no clerk (starting, died), the daemon does the work itself, so that nothing waits for it.
"""

import asyncio
import contextlib
import logging
import socket
import sys
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from typing import Final, cast

import msgspec
from typing_extensions import override

from crm_core.domain import errors
from crm_core.domain.caller import CallerFile
from crm_core.domain.interaction import Interaction
from cti.books import Books, LookingUp, Viewing

log = logging.getLogger(__name__)

HEADER: Final = 4
"""Bytes that tell a message's length, most significant first."""
START_WITHIN: Final = 30.0
END_WITHIN: Final = 5.0
READY: Final = 0
"""The number of the first answer, which answers to no task."""


class Open(msgspec.Struct, frozen=True, tag=True):
    """The first message: which database to keep."""

    url: str


class LookUp(msgspec.Struct, frozen=True, tag=True):
    """``Books.look_up``."""

    ani: str
    region: str
    queue: str | None
    party_id: str | None


class Record(msgspec.Struct, frozen=True, tag=True):
    """``Books.record``."""

    records: Sequence[Interaction]


class Note(msgspec.Struct, frozen=True, tag=True):
    """``Books.note``."""

    viewings: Sequence[Viewing]


Task = LookUp | Record | Note


async def perform(task: Task, books: Books) -> CallerFile | None:
    """Do a task; only a look-up has a result."""
    match task:
        case LookUp(ani=ani, region=region, queue=queue, party_id=party_id):
            return await books.look_up(ani, region=region, queue=queue, party_id=party_id)
        case Record(records=records):
            await books.record(records)
        case Note(viewings=viewings):
            await books.note(viewings)
    return None


class Asked(msgspec.Struct, frozen=True, array_like=True):
    """A task with the number that its answer will bear."""

    number: int
    task: Task


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """What came of a task: a caller file, nothing, or an error's code and text."""

    number: int
    file: CallerFile | None = None
    code: str = ""
    text: str = ""


class Away(Exception):
    """There is no clerk now, or he died over the task."""


def frame(message: bytes) -> bytes:
    """A message as it is sent."""
    return len(message).to_bytes(HEADER, "big") + message


class Line(asyncio.Protocol):
    """One end of the socket pair: whole messages in and out."""

    def __init__(self, take: Callable[[bytes], None], end: socket.socket) -> None:
        self._take, self._buffer = take, bytearray()
        self._transport: asyncio.Transport | None = None
        self._direct = end.dup()
        self._direct.setblocking(False)
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when the other side is gone."""

    def send(self, message: bytes) -> None:
        """Send at once what the socket takes at once: the loop may be busy for a while."""
        assert self._transport is not None  # noqa: S101 - connected before anybody has it
        data, sent = frame(message), 0
        if self._transport.get_write_buffer_size() == 0:
            with contextlib.suppress(OSError):
                sent = self._direct.send(data)
        if sent < len(data):
            self._transport.write(data[sent:])

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own kind

    @override
    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while len(self._buffer) >= HEADER:
            end = HEADER + int.from_bytes(self._buffer[:HEADER], "big")
            if len(self._buffer) < end:
                return
            message = bytes(self._buffer[HEADER:end])
            del self._buffer[:end]
            self._take(message)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._direct.close()
        if not self.ended.done():
            self.ended.set_result(None)


async def connect(end: socket.socket, take: Callable[[bytes], None]) -> Line:
    """Talk over ``end``; ``take`` is given each message."""
    loop = asyncio.get_running_loop()
    _, line = await loop.create_connection(lambda: Line(take, end), sock=end)
    return line


class Clerk(Books):
    """Has the clerk do it, or does it itself while there is none."""

    def __init__(self, own: Books, url: str) -> None:
        self._own, self._url = own, url
        self._line: Line | None = None
        self.pid: int | None = None
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(Answer).decode

    @property
    def at_work(self) -> bool:
        """Whether there is a clerk now."""
        return self._line is not None

    @override
    async def look_up(
        self, ani: str, *, region: str, queue: str | None, party_id: str | None
    ) -> CallerFile:
        """Find out who calls."""
        return await self.begin_look_up(ani, region=region, queue=queue, party_id=party_id)()

    @override
    def begin_look_up(
        self, ani: str, *, region: str, queue: str | None, party_id: str | None
    ) -> LookingUp:
        """Let the clerk begin to find out who calls."""
        task = LookUp(ani, region, queue, party_id)
        return partial(self._found, task, self._ask(task))

    async def _found(self, task: LookUp, answer: asyncio.Future[Answer] | None) -> CallerFile:
        file = await self._done(task, answer)
        assert file is not None  # noqa: S101 - a look-up ends in a file or an error
        return file

    @override
    async def record(self, records: Sequence[Interaction]) -> None:
        """Write what is known of these calls; done twice, it is done once."""
        await self._done(task := Record(records), self._ask(task))

    @override
    async def note(self, viewings: Sequence[Viewing]) -> None:
        """Write into the audit log who was shown whose data; twice rather than not at all."""
        await self._done(task := Note(viewings), self._ask(task))

    async def _done(self, task: Task, answer: asyncio.Future[Answer] | None) -> CallerFile | None:
        """By the clerk, or by ourselves while there is none. The caller's time limit bounds it."""
        if answer is None:
            return await perform(task, self._own)
        try:
            got = await answer
        except Away:
            return await perform(task, self._own)
        if got.code:
            raise _error(got)
        return got.file

    def _ask(self, task: Task) -> "asyncio.Future[Answer] | None":
        """Hand over one task at once; None while there is no clerk."""
        if self._line is None:
            return None
        number = next(self._numbers)
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._line.send(self._encode(Asked(number, task)))
        return waiting

    async def run(self) -> None:
        """Start a clerk and take his answers until he ends; an edge of the supervisor."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "cti.clerk_process",
                str(theirs.fileno()),
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,  # Ctrl-C is for us: he ends when we do
            )
        self.pid = process.pid
        opened = self._waiting[READY] = asyncio.get_running_loop().create_future()
        line = await connect(ours, self._take)
        try:
            line.send(self._encode(Open(self._url)))
            async with asyncio.timeout(START_WITHIN):
                await asyncio.wait([opened, line.ended], return_when=asyncio.FIRST_COMPLETED)
            if opened.done():
                self._line = line
            await line.ended
            log.warning("the clerk has ended")
        finally:
            self._line = None
            left, self._waiting = self._waiting, {}
            for waiting in left.values():
                if not waiting.done():
                    waiting.set_exception(Away())
                    waiting.exception()  # who asked may not look at it any more
            line.close()
            await _end(process)

    def _take(self, message: bytes) -> None:
        answer = self._decode(message)
        waiting = self._waiting.pop(answer.number, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)


async def _end(process: asyncio.subprocess.Process) -> None:
    """He ends by himself when the socket closes."""
    try:
        async with asyncio.timeout(END_WITHIN):
            await process.wait()
    except TimeoutError:
        process.kill()


_ERRORS: Final = {
    kind.code: kind
    for kind in (
        errors.StorageError,
        errors.StorageUnavailable,
        errors.StorageFull,
        errors.StorageReadOnly,
        errors.StorageDamaged,
        errors.DatabaseTooNew,
        errors.DatabaseNotReady,
        errors.BadReference,
    )
}


def _error(answer: Answer) -> errors.CrmError:
    return _ERRORS.get(answer.code, errors.CrmError)(answer.text)

"""The clerk's own side: answers one task after another, several at a time, until the daemon ends.

Started by ``cti.clerk`` with the number of an open socket. He holds no state: whatever he was at
when he dies, the daemon does again.
"""

import asyncio
import logging
import signal
import socket
import sys
from typing import Any

import msgspec
import uvloop

from crm_core.domain.errors import CrmError
from crm_core.storage.database import Database
from cti.books import Books, OwnBooks
from cti.clerk import READY, Answer, Asked, Line, Open, connect, perform
from cti.tuning import settle_memory, take_short_turns

log = logging.getLogger(__name__)


class Counter:
    """Where tasks are handed in and answers handed out."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self._tasks = tasks
        self._decode = msgspec.msgpack.Decoder(Asked).decode
        self._encode = msgspec.msgpack.Encoder().encode
        self._books: Books | None = None
        self._line: Line | None = None
        self.opening: asyncio.Future[Open] = asyncio.get_running_loop().create_future()

    def take(self, message: bytes) -> None:
        """Take the opening message or a task."""
        if self._books is None:
            self.opening.set_result(msgspec.msgpack.decode(message, type=Open))
        else:
            self._tasks.create_task(self._answer(self._decode(message), self._books))

    def open(self, books: Books, line: Line) -> None:
        """From now on tasks are done."""
        self._books, self._line = books, line
        self._say(Answer(READY))

    def _say(self, answer: Answer) -> None:
        if self._line is not None and not self._line.ended.done():
            self._line.send(self._encode(answer))

    async def _answer(self, asked: Asked, books: Books) -> None:
        try:
            answer = Answer(asked.number, await perform(asked.task, books))
        except CrmError as error:
            answer = Answer(asked.number, code=error.code, text=str(error))
        except Exception:
            log.exception("a task broke", extra={"task": type(asked.task).__name__})
            answer = Answer(asked.number, code=CrmError.code, text="a fault of ours")
        self._say(answer)


async def main(end: socket.socket) -> None:
    """Keep the books of the database that the first message names, until the daemon is gone."""
    async with asyncio.TaskGroup() as tasks:
        counter = Counter(tasks)
        line = await connect(end, counter.take)
        first: list[asyncio.Future[Any]] = [counter.opening, line.ended]
        await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
        if line.ended.done():
            return
        database = Database(counter.opening.result().url, reads_at_once=True)
        await database.open()
        try:
            settle_memory()
            counter.open(OwnBooks(database), line)
            await line.ended
        finally:
            await database.close()


if __name__ == "__main__":
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)  # he ends with the daemon, not before
    logging.basicConfig(level=logging.WARNING)
    take_short_turns()
    uvloop.run(main(socket.socket(fileno=int(sys.argv[1]))))

"""The clerk's own side: answers one task after another, several at a time, until the daemon ends.

Started by ``cti.clerk`` with the number of an open socket. He holds no state: whatever he was at
when he dies, the daemon does again.
"""

import asyncio
import logging
import signal
import socket
import sys
from typing import Final

import msgspec
import uvloop

from crm_core.domain.caller import CallerFile
from crm_core.domain.errors import CrmError
from crm_core.storage.database import Database
from cti.books import Books, OwnBooks
from cti.clerk import Answer, Asked, LookUp, Note, Open, Record, frame, read_frame

log = logging.getLogger(__name__)

AT_ONCE: Final = 100
"""Tasks under way; more wait in the socket."""


class Counter:
    """Where tasks are handed in and answers handed out."""

    def __init__(self, books: Books, writer: asyncio.StreamWriter) -> None:
        self._books, self._writer = books, writer
        self._room = asyncio.Semaphore(AT_ONCE)
        self._encode = msgspec.msgpack.Encoder().encode

    def say(self, answer: Answer) -> None:
        """Hand out one answer."""
        self._writer.write(frame(self._encode(answer)))

    async def serve(self, reader: asyncio.StreamReader) -> None:
        """Do tasks until the daemon is gone."""
        decode = msgspec.msgpack.Decoder(Asked).decode
        try:
            async with asyncio.TaskGroup() as tasks:
                while True:
                    asked = decode(await read_frame(reader))
                    await self._room.acquire()
                    tasks.create_task(self._answer(asked))
        except* (asyncio.IncompleteReadError, ConnectionError):
            pass  # the daemon has gone; what was under way is of no use to anybody

    async def _answer(self, asked: Asked) -> None:
        try:
            answer = Answer(asked.number, await self._do(asked))
        except CrmError as error:
            answer = Answer(asked.number, code=error.code, text=str(error))
        except Exception:
            log.exception("a task broke", extra={"task": type(asked.task).__name__})
            answer = Answer(asked.number, code=CrmError.code, text="a fault of ours")
        finally:
            self._room.release()
        self.say(answer)

    async def _do(self, asked: Asked) -> CallerFile | None:
        match asked.task:
            case LookUp(ani=ani, region=region, queue=queue, party_id=party_id):
                return await self._books.look_up(ani, region=region, queue=queue, party_id=party_id)
            case Record(records=records):
                await self._books.record(records)
            case Note(viewings=viewings):
                await self._books.note(viewings)
        return None


async def main(end: socket.socket) -> None:
    """Keep the books of the database that the first message names."""
    reader, writer = await asyncio.open_connection(sock=end)
    opening = msgspec.msgpack.decode(await read_frame(reader), type=Open)
    database = Database(opening.url)
    await database.open()
    try:
        counter = Counter(OwnBooks(database), writer)
        counter.say(Answer(0))
        await counter.serve(reader)
    finally:
        writer.close()
        await database.close()


if __name__ == "__main__":
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)  # he ends with the daemon, not before
    logging.basicConfig(level=logging.WARNING)
    uvloop.run(main(socket.socket(fileno=int(sys.argv[1]))))

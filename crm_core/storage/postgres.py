"""PostgreSQL as a store: a pool of asyncpg connections, one for each unit that is at work."""

import asyncio
from collections.abc import Callable
from typing import Any, Final, TypeVar

from sqlalchemy import URL, Connection
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from typing_extensions import override

from crm_core.storage.faults import translated
from crm_core.storage.prepared import Prepared, Row, Values
from crm_core.storage.session import STATEMENT_TIMEOUT, Operation, Session, Store

T = TypeVar("T")

POOL: Final = 10
CONNECT_TIMEOUT: Final = 5.0


class PostgresStore(Store):
    """An opened PostgreSQL database."""

    def __init__(self, url: URL) -> None:
        self.engine = create_async_engine(
            url.set(drivername="postgresql+asyncpg"),
            pool_size=POOL,
            max_overflow=POOL,
            pool_timeout=CONNECT_TIMEOUT,
            pool_pre_ping=True,
            hide_parameters=True,  # they are people's data, and errors are logged
            connect_args={"timeout": CONNECT_TIMEOUT},
        )

    @property
    @override
    def engines(self) -> list[Any]:
        return [self.engine.sync_engine]

    @override
    def session(self) -> "PostgresSession":
        return PostgresSession(self)

    @override
    async def close(self) -> None:
        await self.engine.dispose()


class PostgresSession(Session):
    """One unit on PostgreSQL: one connection from its first statement to its end."""

    dialect = "postgresql"

    def __init__(self, store: PostgresStore) -> None:
        self._store = store
        self._changes: list[Operation] = []
        self._connection: AsyncConnection | None = None

    @override
    async def read(self, query: Callable[[Connection], T]) -> T:
        return await self.write_now(query)

    @override
    async def fetch(self, statement: Prepared, values: Values) -> list[Row]:
        return await self.write_now(lambda connection: statement.run(connection, values))

    @override
    def write(self, change: Operation) -> None:
        self._changes.append(change)

    @override
    async def write_now(self, change: Callable[[Connection], T]) -> T:
        changes, self._changes = self._changes, []

        def run(connection: Connection) -> T:
            for earlier in changes:
                earlier(connection)
            return change(connection)

        with translated():
            async with asyncio.timeout(STATEMENT_TIMEOUT):
                connection = await self._connected()
                return await connection.run_sync(run)

    @override
    async def commit(self) -> None:
        if not self._changes and self._connection is None:
            return
        await self.write_now(lambda _connection: None)
        with translated():
            async with asyncio.timeout(STATEMENT_TIMEOUT):
                await (await self._connected()).commit()
        await self.close()

    @override
    async def close(self) -> None:
        self._changes.clear()
        connection, self._connection = self._connection, None
        if connection is not None:
            with translated():
                async with asyncio.timeout(STATEMENT_TIMEOUT):
                    await asyncio.shield(connection.close())

    async def _connected(self) -> AsyncConnection:
        if self._connection is None:
            self._connection = await self._store.engine.connect()
        return self._connection

"""The private PostgreSQL that other tests use: the system's programs, and Debian's unpacked."""

import asyncpg
import pytest

from tests.integration.postgres import PostgresServer, postgres

__all__ = ["postgres"]

pytestmark = pytest.mark.integration


@pytest.mark.timeout(180)
async def test_each_test_gets_a_database_of_its_own(postgres: PostgresServer) -> None:
    addresses = [await postgres.new_database() for _ in range(2)]

    assert len(set(addresses)) == 2
    for address in addresses:
        connection = await asyncpg.connect(address.replace("+asyncpg", ""))
        try:
            await connection.execute("CREATE TABLE t (word text)")
            await connection.execute("INSERT INTO t VALUES ('سلام 你好')")
            assert await connection.fetchval("SELECT word FROM t") == "سلام 你好"
        finally:
            await connection.close()

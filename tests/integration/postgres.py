"""A private PostgreSQL server for tests: the system's programs, or Debian's in the user's cache.

PostgreSQL refuses to run as root, so root runs it as ``nobody``; its data are in a folder of
their own below the system's temporary folder, which ``nobody`` can reach. It listens on a free
port of loopback and is gone, data and all, when the test run ends.
"""

import asyncio
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from uuid import uuid4

import asyncpg
import pytest

from telephony_config import debian

START_LIMIT = 30.0
STOP_LIMIT = 10.0
POLL = 0.05
OTHER_USER = "nobody"
PACKAGE = "postgresql-18"
SETTINGS = "fsync=off full_page_writes=off synchronous_commit=off shared_buffers=32MB jit=off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """Where ``initdb`` and ``postgres`` are."""

    initdb: Path
    postgres: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """A running server; every database on it may be made and dropped at will."""

    port: int

    def url(self, database: str = "postgres") -> str:
        """Address for SQLAlchemy with asyncpg."""
        return f"postgresql+asyncpg://parley@127.0.0.1:{self.port}/{database}"

    async def new_database(self) -> str:
        """Make an empty database and give its URL."""
        name = f"t{uuid4().hex[:12]}"
        address = self.url().replace("+asyncpg", "")
        connection = await asyncpg.connect(address, timeout=START_LIMIT)
        try:
            await connection.execute(f"CREATE DATABASE {name}")
        finally:
            await connection.close()
        return self.url(name)


def system_programs() -> Programs | None:
    """Find the newest PostgreSQL of the system."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3])
    )
    if found:
        folder = found[-1].parent
    elif (path := shutil.which("postgres")) is not None:
        folder = Path(path).parent
    else:
        return None
    return Programs(initdb=folder / "initdb", postgres=folder / "postgres")


def fetch_postgresql(into: Path) -> Programs:
    """Unpack Debian's PostgreSQL in ``into`` and make its programs run from there.

    Each finds its data by its own path, and ``initdb`` starts the ``postgres`` beside it. So the
    two become scripts at their old places that call the real ones through the unpacked loader.
    """
    debian.fetch([PACKAGE], into)
    folder = next(into.glob("usr/lib/postgresql/*/bin"))
    for name in ("initdb", "postgres"):
        script, real = folder / name, folder / f"{name}.real"
        if not real.exists():
            script.rename(real)
        loader, *words = debian.command(into, str(real.relative_to(into)))
        script.write_text(f'#!/bin/sh\nexec {loader} --argv0 "$0" {" ".join(words)} "$@"\n')
        script.chmod(0o755)
    return Programs(initdb=folder / "initdb", postgres=folder / "postgres")


def programs() -> Programs:
    """Take the system's PostgreSQL when there is one, else Debian's."""
    found = system_programs()
    if found is not None:
        return found
    if os.getuid() != 0:
        return fetch_postgresql(debian.default_cache() / "postgresql")
    shared = Path(tempfile.gettempdir()) / "parley-postgresql"  # ``nobody`` must reach it
    shared.mkdir(mode=0o755, exist_ok=True)
    if shared.stat().st_uid != 0:
        raise RuntimeError(f"{shared} belongs to somebody else; remove it")
    return fetch_postgresql(shared / "root")


@contextmanager
def running_postgres(of: Programs) -> Iterator[PostgresServer]:
    """A server with an empty cluster of its own, stopped and removed at the end."""
    other = pwd.getpwnam(OTHER_USER) if os.getuid() == 0 else None
    user = None if other is None else other.pw_uid
    with tempfile.TemporaryDirectory(prefix="parley-pg-") as name:
        folder = Path(name)
        folder.chmod(0o700)
        if other is not None:
            os.chown(folder, other.pw_uid, other.pw_gid)
        data, port = folder / "data", _free_port()
        words = [str(of.initdb), "-D", str(data), "-U", "parley", "-A", "trust", "-E", "UTF8", "-N"]
        made = subprocess.run(
            [*words, "--locale=C.UTF-8"], user=user, cwd=folder, capture_output=True, text=True,
            check=False, timeout=START_LIMIT,
        )  # fmt: skip
        if made.returncode != 0:
            raise RuntimeError(f"initdb failed: {made.stdout[-500:]}{made.stderr[-1500:]}")
        line = [str(of.postgres), "-D", str(data), "-h", "127.0.0.1", "-p", str(port), "-k", name]
        line += [f"--{setting}" for setting in SETTINGS.split()]
        with (Path(name).parent / f"{folder.name}.log").open("w+") as log:
            Path(log.name).unlink()
            server = subprocess.Popen(line, user=user, cwd=folder, stdout=log, stderr=log)
            try:
                _wait_until_it_answers(server, port, log)
                yield PostgresServer(port=port)
            finally:
                server.send_signal(signal.SIGINT)  # a fast shutdown: sessions are cut off
                try:
                    server.wait(STOP_LIMIT)
                except subprocess.TimeoutExpired:
                    server.kill()
                    server.wait()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for the whole run; ask it for a new database in each test."""
    with running_postgres(programs()) as server:
        yield server


def _wait_until_it_answers(server: subprocess.Popen[bytes], port: int, log: IO[str]) -> None:
    deadline = time.monotonic() + START_LIMIT
    while server.poll() is None and time.monotonic() < deadline:
        with suppress(OSError, asyncpg.CannotConnectNowError):  # it listens before it is ready
            asyncio.run(_greet(port))
            return
        time.sleep(POLL)
    log.seek(0)
    raise RuntimeError(f"PostgreSQL did not start: {log.read()[-1500:]}")


async def _greet(port: int) -> None:
    address = PostgresServer(port=port).url().replace("+asyncpg", "")
    await (await asyncpg.connect(address, timeout=POLL * 20)).close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

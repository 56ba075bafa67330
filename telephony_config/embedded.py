"""Runs a private Asterisk: fetch it, lay out its folders, start, watch, stop.

Several run side by side, each with its own folder and ports. The process outlives the daemon on
purpose: when the daemon is killed, callers who talk go on talking, and the next daemon adopts the
running Asterisk through the state file instead of starting another one.
"""

import asyncio
import base64
import json
import os
import resource
import secrets
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from telephony_config import control, debian
from telephony_config.errors import AsteriskFailed, PortTaken
from telephony_config.layout import (
    RUN_PREFIX,
    Installation,
    api_docs_dir,
    entity_id,
    installation,
    lay_out,
    run_dir,
)
from telephony_config.model import Ports, Site
from telephony_config.modules import MODULES, OPTIONAL
from telephony_config.process import Process, began
from telephony_config.render import DialDaemon, Runtime, render

__all__ = ["EmbeddedAsterisk", "api_docs_dir"]

START_LIMIT: Final = timedelta(seconds=30)
STOP_LIMIT: Final = timedelta(seconds=5)
PING_LIMIT: Final = timedelta(seconds=2)
POLL: Final = timedelta(milliseconds=10)
SECOND_LOOK: Final = timedelta(milliseconds=500)
"""On a machine under heavy load the first list of modules was once not whole."""
ARI_USER: Final = "parley"
STATE: Final = "asterisk.json"
MOST_FILES: Final = 65536
LAST_WORDS: Final = 2000


class EmbeddedAsterisk:
    """One Asterisk of our own in ``folder``; ``runtime`` is known once it is started.

    ``root`` holds the unpacked packages and is shared by all instances. ``ports`` replaces the
    site's. With ``dial_daemon`` Asterisk connects to the daemon, else the daemon to Asterisk.
    """

    def __init__(
        self,
        root: Path,
        site: Site,
        folder: Path,
        *,
        node: str = "parley",
        ports: Ports | None = None,
        prompts: Path | None = None,
        dial_daemon: DialDaemon | None = None,
        password: Callable[[], str] = lambda: secrets.token_urlsafe(24),
    ) -> None:
        self._root, self._site, self._folder = root.absolute(), site, folder.absolute()
        self._node, self._ports, self._prompts = node, ports or site.ports, prompts
        self._dial_daemon, self._password = dial_daemon, password
        self._runtime: Runtime | None = None
        self._process: Process | None = None
        self.adopted = False

    @property
    def runtime(self) -> Runtime:
        """Addresses, user and password; a new password at every start."""
        if self._runtime is None:
            raise AsteriskFailed("Asterisk is not started yet, so it has no addresses")
        return self._runtime

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        alive = self._process is not None and self._process.alive
        return self._process.pid if self._process is not None and alive else None

    def prepare(self, progress: debian.Report = debian.silent) -> None:
        """Fetch what is missing; blocks, so call it before the loop runs or in a thread."""
        if self._site.asterisk is None:
            debian.fetch_asterisk(self._root, progress)

    async def start(self) -> None:
        """Adopt the Asterisk that runs in the folder, else start one; return when ARI answers."""
        state = await asyncio.to_thread(self._read_state)
        if state is not None and await self._adopt(state):
            return
        self.adopted = False
        launching = asyncio.get_running_loop().run_in_executor(None, self._launch)
        try:
            await self._ready(await asyncio.shield(launching))
        except BaseException:
            await asyncio.wait(
                [launching]
            )  # cancelled meanwhile, it starts the program all the same
            await asyncio.to_thread(self.kill)
            raise

    def _launch(self) -> Process:
        """Lay out the folder, write the files, start the program; blocks."""
        self._process = None
        self._check_ports()
        installed = installation(self._site, self._root)
        lay_out(self._folder, installed, self._prompts, self._site.recordings)
        self._runtime = self._new_runtime(
            installed, run_dir(self._folder), self._password(), self._dial_daemon
        )
        self._write_files()
        self._process = self._spawn(installed)
        self._write_state(self._process)
        return self._process

    async def stop(self, *, drain: timedelta = timedelta(0)) -> None:
        """End it: new calls are refused, those in progress have ``drain``, then all is dropped."""
        process = self._process
        if process is None:
            return
        if drain and await process.lives():
            try:
                await self.cli("core stop gracefully")
                await process.gone(within=drain)
            except (OSError, AsteriskFailed):
                pass  # it does not answer: the signals below do without
        await asyncio.to_thread(process.send, signal.SIGTERM)
        if not await process.gone(within=STOP_LIMIT):
            await asyncio.to_thread(process.send, signal.SIGKILL)
            await process.gone(within=STOP_LIMIT)
        await asyncio.to_thread(self._forget)

    def kill(self) -> None:
        """End it without a word, as a power cut would."""
        if self._process is not None:
            self._process.send(signal.SIGKILL)
            if self._process.child is not None:
                self._process.child.wait()
            self._forget()

    async def restart(self) -> None:
        """Stop and start again, with a new password."""
        await self.stop()
        await self.start()

    async def wait(self) -> None:
        """Return when the process has ended, by whatever cause."""
        if self._process is not None:
            await self._process.gone()

    async def cli(self, command: str) -> str:
        """Run one command of Asterisk's command line."""
        return await control.ask(self.runtime.run / "asterisk.ctl", command)

    def last_words(self) -> str:
        """Give the end of its log, for a message to the operator."""
        texts = [_tail(self._folder / "log" / name) for name in ("console", "messages")]
        return "\n".join(text for text in texts if text)[-LAST_WORDS:]

    def _new_runtime(
        self, installed: Installation, run: Path, password: str, dial_daemon: DialDaemon | None
    ) -> Runtime:
        folder = self._folder
        return Runtime(
            node=self._node,
            entity_id=entity_id(self._node),
            etc=folder / "etc",
            modules=installed.modules,
            data=folder / "data",
            var=folder / "var",
            spool=folder / "spool",
            run=run,
            log=folder / "log",
            ports=self._ports,
            ari_user=ARI_USER,
            ari_password=password,
            dial_daemon=dial_daemon,
        )

    def _write_files(self) -> bool:
        changed = False
        for name, text in render(self._site, self.runtime).items():
            path = self.runtime.etc / name
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                path.touch(mode=0o600)
                path.write_text(text, encoding="utf-8")
                changed = True
        return changed

    def _spawn(self, installed: Installation) -> Process:
        line = [*installed.run, "-f", "-C", str(self.runtime.etc / "asterisk.conf")]
        with (self.runtime.log / "console").open("ab") as console:
            child = subprocess.Popen(  # noqa: S603 - our own words
                line,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                cwd=self.runtime.var,
                start_new_session=True,  # Ctrl-C is for the daemon, which drains first
            )
        _, hard = resource.prlimit(child.pid, resource.RLIMIT_NOFILE)
        most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
        resource.prlimit(child.pid, resource.RLIMIT_NOFILE, (most, hard))
        # A dump is as large as its memory, and holds what callers said.
        resource.prlimit(child.pid, resource.RLIMIT_CORE, (0, 0))
        return Process(pid=child.pid, began=began(child.pid), child=child)

    async def _ready(self, process: Process) -> None:
        try:
            async with asyncio.timeout(START_LIMIT.total_seconds()):
                while not await self._booted() and not await process.gone(within=POLL):
                    pass
        except TimeoutError as error:
            raise await self._failed("Asterisk is not ready in time") from error
        if not await process.lives():
            raise await self._failed("Asterisk ended while starting")
        missing = await self._missing_modules()
        if missing and not await process.gone(within=SECOND_LOOK):
            missing = await self._missing_modules()
        if missing:
            raise await self._failed(f"Asterisk started without {', '.join(missing)}")

    async def _failed(self, what: str) -> AsteriskFailed:
        return AsteriskFailed(f"{what}:\n{await asyncio.to_thread(self.last_words)}")

    async def _missing_modules(self) -> list[str]:
        shown = await self.cli("module show")
        running = {line.split(".so")[0] for line in shown.splitlines() if "Running" in line}
        return sorted(set(MODULES) - OPTIONAL - running)

    async def _booted(self) -> bool:
        try:
            await self.cli("core waitfullybooted")
            return await _ari_answers(self.runtime)
        except (OSError, TimeoutError, AsteriskFailed):
            return False

    def _check_ports(self) -> None:
        bind = self._site.addresses.bind
        wanted = [
            ("ports.http", "127.0.0.1", self._ports.http, socket.SOCK_STREAM),
            ("ports.sip_udp", bind, self._ports.sip_udp, socket.SOCK_DGRAM),
        ]
        if self._ports.sip_tls is not None:
            wanted.append(("ports.sip_tls", bind, self._ports.sip_tls, socket.SOCK_STREAM))
        for key, host, port, kind in wanted:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            with socket.socket(family, kind) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, kind == socket.SOCK_STREAM)
                try:
                    probe.bind((host, port))
                except OSError as error:
                    raise PortTaken(
                        f"{key}: {host}:{port} cannot be used ({error.strerror}); stop the program "
                        "that uses it or choose another port in the site description"
                    ) from error

    def _read_state(self) -> Mapping[str, Any] | None:
        try:
            state: Mapping[str, Any] = json.loads((self._folder / STATE).read_text())
        except (OSError, ValueError):
            return None
        return state

    def _write_state(self, process: Process) -> None:
        state = {
            "pid": process.pid,
            "began": process.began,
            "password": self.runtime.ari_password,
            "run": str(self.runtime.run),
            "http": self.runtime.ports.http,
        }
        if self.runtime.dial_daemon is not None:
            state["daemon_password"] = self.runtime.dial_daemon.password
        path = self._folder / STATE
        fresh = path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(state))
        fresh.replace(path)

    async def _adopt(self, state: Mapping[str, Any]) -> bool:
        """Take over the process of an earlier daemon, with its secrets; else see to its end."""
        found = Process(pid=int(state["pid"]), began=str(state["began"]))
        run = Path(state["run"])
        dial = self._dial_daemon
        if dial is not None:
            dial = replace(dial, password=str(state.get("daemon_password", dial.password)))
        if await found.lives():
            self._process = found
            installed = await asyncio.to_thread(installation, self._site, self._root)
            self._runtime = self._new_runtime(installed, run, str(state["password"]), dial)
            if await self._booted():
                if await asyncio.to_thread(self._write_files):
                    await self.cli("core reload")
                self.adopted = True
                return True
            await self.stop()  # deaf, or on other ports than ours: it serves nobody
        await asyncio.to_thread(self._remove_run_dir, run)
        return False

    def _forget(self) -> None:
        (self._folder / STATE).unlink(missing_ok=True)
        if self._runtime is not None:
            self._remove_run_dir(self._runtime.run)

    def _remove_run_dir(self, run: Path) -> None:
        if run.name.startswith(RUN_PREFIX):
            shutil.rmtree(run, ignore_errors=True)


async def _ari_answers(runtime: Runtime) -> bool:
    """Ask ``/ari/asterisk/ping`` once with the instance's own credentials."""
    pair = base64.b64encode(f"{runtime.ari_user}:{runtime.ari_password}".encode()).decode()
    request = (
        f"GET /ari/asterisk/ping HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Basic {pair}\r\nConnection: close\r\n\r\n"
    )
    async with asyncio.timeout(PING_LIMIT.total_seconds()):
        reader, writer = await asyncio.open_connection("127.0.0.1", runtime.ports.http)
        try:
            writer.write(request.encode())
            status = await reader.readline()
        finally:
            writer.close()
    return b" 200 " in status


def _tail(path: Path) -> str:
    try:
        with path.open("rb") as log:
            log.seek(max(0, os.fstat(log.fileno()).st_size - LAST_WORDS))
            return log.read().decode(errors="replace")
    except OSError:
        return ""

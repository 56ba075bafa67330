"""The desktop's websocket: hello, live topics, commands with replies, presence of agents.

An agent may have several pages open; one of them has the phone (``phone_pages``). An agent whose
last websocket is gone for longer than the grace time is reported lost to the floor. This module
owns the TaskGroup of everything that runs per connection or per agent.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any, Final

import msgspec
from aiohttp import WSMessage, WSMsgType, web

from acd.commands import LogIn
from acd.ids import AgentId
from acd.machine import Refused
from agent_desktop.server import protocol as p
from agent_desktop.server.access import MESSAGES, allowed, is_agent, topics_for
from agent_desktop.server.commands import NotYours, command_of, own_call
from agent_desktop.server.config import DesktopConfig
from agent_desktop.server.connection import Close, Connection
from agent_desktop.server.frames import text_frame
from agent_desktop.server.hub import Hub
from agent_desktop.server.phone_pages import PhonePages
from agent_desktop.server.ports import Backend, Unavailable
from agent_desktop.server.security import same_token
from agent_desktop.server.sessions import Session, Sessions

log = logging.getLogger(__name__)

LARGEST_FRAME: Final = 16 * 1024
"""Bytes of the longest message a browser may send."""
MALFORMED_LIMIT: Final = 3
PHONE_WISHES: Final = frozenset({"answer", "mute", "unmute", "press"})
SLOW_LANE_EVERY: Final = 0.1
_LEFT: Final = frozenset({1000, 1001, *p.CLOSE_CODES.values()})
"""How a websocket ends in order: the page was left, or we closed it."""
_DECODER: Final[msgspec.json.Decoder[Any]] = msgspec.json.Decoder(p.ClientFrame)
_ENCODE: Final = msgspec.json.Encoder().encode


async def until_first(*jobs: Coroutine[Any, Any, None]) -> None:
    """Run the jobs together until one of them ends, then end the others."""
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(job) for job in jobs]
        try:
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in running:
                task.cancel()


class Gateway:
    """All desktop websockets of this process."""

    def __init__(
        self,
        config: DesktopConfig,
        backend: Backend,
        hub: Hub,
        sessions: Sessions,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._config, self._backend, self._hub, self._sessions = config, backend, hub, sessions
        self._now = now
        self._connections: set[Connection] = set()
        self._greeting: Counter[str] = Counter()
        """Session -> websockets that have not said hello yet; they count like the others."""
        self._pages = PhonePages(
            lambda delay, run: asyncio.get_running_loop().call_later(delay, run),
            claim=config.phone_claim.total_seconds(),
            claim_broken=config.phone_claim_broken.total_seconds(),
        )
        self._lost: dict[str, asyncio.TimerHandle] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._slow: set[Connection] = set()
        self._any_slow = asyncio.Event()
        self._tasks: asyncio.TaskGroup | None = None
        self.cut_off = 0
        """Slow or silent browsers that were dropped, for metrics."""

    @property
    def connections(self) -> int:
        """Open websockets."""
        return len(self._connections)

    def _clock(self) -> float:
        return asyncio.get_running_loop().time()

    async def run(self) -> None:
        """Heartbeats, slow browsers, agents who are lost; until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            tasks.create_task(self._beat())
            tasks.create_task(self._slow_lane())

    def shut_down(self) -> None:
        """Tell every browser to come back to the next daemon."""
        for connection in list(self._connections):
            connection.close("shutting_down")
        for timer in self._lost.values():
            timer.cancel()
        self._lost.clear()

    def end_session(self, session: Session, code: str) -> None:
        """Tell the windows of a session that it is over."""
        for connection in list(self._connections):
            if connection.session is session:
                connection.say(p.SignedOut(code=code))
                connection.close("not_signed_in")

    # --- one connection ---------------------------------------------------------------------

    async def serve(self, request: web.Request, session: Session | None) -> web.WebSocketResponse:
        """Answer ``GET /ws`` until the browser or we close."""
        socket = web.WebSocketResponse(compress=False, max_msg_size=LARGEST_FRAME, timeout=2.0)
        await socket.prepare(request)
        transport = request.transport  # never isinstance: uvloop's are asyncio's by shape only
        if session is None or transport is None:
            await socket.close(code=p.CLOSE_CODES["not_signed_in"], message=b"not_signed_in")
            return socket
        hello = await self._greeted(socket, session)
        if hello is None:
            return socket
        connection = Connection(
            socket,
            transport,
            session,
            self._config,
            clock=self._clock,
            fell_behind=self._fell_behind,
        )
        self._connections.add(connection)
        try:
            await until_first(self._work(connection, hello), self._read(connection))
        finally:
            self._hub.unsubscribe(connection)
            self._connections.discard(connection)
            self._slow.discard(connection)
            self._left(connection)
        return socket

    async def _greeted(self, socket: web.WebSocketResponse, session: Session) -> p.Hello | None:
        """The first frame, or None after closing with the reason."""
        mine = sum(one.session is session for one in self._connections)
        if mine + self._greeting[session.key] >= self._config.sockets_per_session:
            await socket.close(code=p.CLOSE_CODES["too_many"], message=b"too_many")
            return None
        self._greeting[session.key] += 1  # before anything is waited for
        try:
            return await self._hello(socket, session)
        finally:
            self._greeting[session.key] -= 1
            if not self._greeting[session.key]:
                del self._greeting[session.key]

    async def _hello(self, socket: web.WebSocketResponse, session: Session) -> p.Hello | None:
        reason = "malformed"
        try:
            async with asyncio.timeout(self._config.hello_within.total_seconds()):
                message = await socket.receive()
            frame = _decoded(message)
        except (msgspec.DecodeError, TimeoutError):
            frame = None
        if isinstance(frame, p.Hello):
            if not self._sessions.alive(session):
                reason = "not_signed_in"
            elif same_token(frame.csrf, session.csrf):
                return frame
            else:
                reason = "not_allowed"
        await socket.close(code=p.CLOSE_CODES[reason], message=reason.encode())
        return None

    async def _read(self, connection: Connection) -> None:
        async for message in connection.websocket:
            connection.heard()
            try:
                frame = _decoded(message)
                if isinstance(frame, p.Hello):
                    raise msgspec.DecodeError("hello was said already")  # noqa: TRY301
            except msgspec.DecodeError as error:
                self._malformed(connection, message, error)
                continue
            if isinstance(frame, p.Probe):
                connection.say(p.Ping(now=self._now()))
            elif not isinstance(frame, p.Pong):
                self._take(connection, frame)

    def _malformed(
        self, connection: Connection, message: WSMessage, error: msgspec.DecodeError
    ) -> None:
        """Say what is wrong with the frame; who goes on like this is shown out."""
        connection.malformed += 1
        connection.say(p.Reply(id=_id_of(message), ok=False, code="malformed", detail=str(error)))
        if connection.malformed >= MALFORMED_LIMIT:
            connection.close("malformed")

    def _take(self, connection: Connection, frame: p.Ask) -> None:
        """Queue a command, or refuse it at once."""
        code = detail = ""
        if not allowed(MESSAGES[type(frame)], connection.session.roles):
            code, detail = "not_allowed", "your roles do not allow this"
        elif frame.id <= connection.last_id:
            code, detail = "stale_id", "ids of commands must grow"
        else:
            connection.last_id = frame.id
            try:
                connection.asks.put_nowait(frame)
            except asyncio.QueueFull:
                code, detail = "too_many", "too many commands at once; wait for the replies"
        if code:
            connection.say(p.Reply(id=frame.id, ok=False, code=code, detail=detail))

    async def _work(self, connection: Connection, hello: p.Hello) -> None:
        """Start the live topics, then answer commands in their order."""
        await self._arrived(connection)
        session = connection.session
        topics = topics_for(session.user, session.roles)
        connection.say(
            p.Welcome(
                epoch=self._hub.epoch,
                user=session.user,
                roles=sorted(session.roles),
                topics=topics,
                now=self._now(),
                heartbeat_s=self._config.heartbeat.total_seconds(),
            )
        )
        self._hub.subscribe(connection, topics, epoch=hello.epoch, seqs=hello.seqs)
        self._place_phone(connection, hello)
        while True:
            frame = await connection.asks.get()
            if isinstance(frame, Close):
                await connection.finish(frame.reason)
                return
            connection.say(await self._answer(connection, frame))

    async def _answer(self, connection: Connection, frame: p.Ask) -> p.Reply:
        """Perform one command; every refusal has its stable code."""
        user = connection.session.user
        code = detail = ""
        try:
            async with asyncio.timeout(self._config.ask_within.total_seconds()):
                await self._perform(frame, connection)
        except (Refused, NotYours) as refusal:
            code, detail = refusal.code, str(refusal)
        except Unavailable as error:
            code, detail = "unavailable", str(error) or "telephony does not answer; try again"
        except TimeoutError:
            code, detail = "timeout", "the floor did not answer in time; look before you try again"
        except Exception as error:  # one bad command must not end the connection
            log.exception("command failed", extra={"why": type(error).__name__})
            code, detail = "internal", "something went wrong here; it has been logged"
        else:
            await self._after(frame, user)
        return p.Reply(id=frame.id, ok=not code, code=code, detail=detail)

    async def _perform(self, frame: p.Ask, connection: Connection) -> None:
        user = connection.session.user
        if frame.until is not None and self._now() > frame.until:
            raise NotYours("too_late", "this was asked a while ago; ask again")
        match frame:
            case p.PhoneIs(registered=registered):
                self._needs_phone(connection)
                self._pages.said(user, frame)
                await self._backend.phone_is(AgentId(user), registered=registered)
            case p.Rejoin(call=call):
                self._needs_phone(connection)
                await self._backend.rejoin(AgentId(user), own_call(self._hub, user, call))
            case p.TakePhone():
                self._take_phone(connection)
            case p.UsePhone(do=do, key=key):
                self._use_phone(user, p.PhoneDo(do=do, key=key))
            case _:
                await self._backend.ask(command_of(frame, user, self._hub))

    async def _after(self, frame: p.Ask, user: str) -> None:
        """A shift that has ended ends the sessions; one that ends after the call does not yet."""
        if isinstance(frame, p.SignOut):
            await self._end_shift(user, "signed_out")
        elif isinstance(frame, p.ForceLogOut):
            await self._end_shift(frame.agent, "forced")

    async def _end_shift(self, user: str, code: str) -> None:
        me = self._hub.current(f"agent:{user}", "me")
        if me is not None and me.state != "logged_out":
            return
        for session in self._sessions.of(user):
            await self._sessions.close(session, code)

    # --- the agent's phone, and on which page it is ------------------------------------------

    def _place_phone(self, connection: Connection, hello: p.Hello) -> None:
        """Tell an agent's page whether it has the phone."""
        if is_agent(connection.session.roles):
            dead = self._pages.arrived(connection.session.user, connection, hello)
            if isinstance(dead, Connection):
                dead.cut()

    def _needs_phone(self, connection: Connection) -> None:
        """Only the page that has the phone may speak for it; a supervisor has no other."""
        session = connection.session
        if is_agent(session.roles) and self._pages.holder(session.user) is not connection:
            raise NotYours("phone_elsewhere", "another window has the phone; take it first")

    def _take_phone(self, connection: Connection) -> None:
        user = connection.session.user
        if self._hub.current(f"agent:{user}", "offer") is not None:
            raise NotYours("phone_rings", "the phone rings in another window; answer first")
        self._pages.take(user, connection)

    def _use_phone(self, user: str, wish: p.PhoneDo) -> None:
        holder = self._pages.holder(user)
        if wish.do not in PHONE_WISHES or holder is None:
            raise NotYours("phone_elsewhere", "no open window has the phone; take it first")
        holder.say(wish)

    # --- presence of agents -----------------------------------------------------------------

    async def _arrived(self, connection: Connection) -> None:
        """An agent's page is here: the floor may ring."""
        user = connection.session.user
        if not is_agent(connection.session.roles):
            return
        timer = self._lost.pop(user, None)
        if timer is not None:
            timer.cancel()
        try:
            async with (
                asyncio.timeout(self._config.ask_within.total_seconds()),
                self._locks.setdefault(user, asyncio.Lock()),
            ):
                await self._backend.ask(LogIn(agent=AgentId(user)))
                await self._backend.desktop_connected(AgentId(user))
        except (Refused, Unavailable, TimeoutError) as error:
            log.warning("desktop not announced", extra={"agent": user, "why": _why(error)})
        except Exception as error:  # her page must come up even then
            log.exception("desktop not announced", extra={"agent": user, "why": _why(error)})

    def _left(self, connection: Connection) -> None:
        """A page is gone; if it was the agent's last one, the grace time begins."""
        user = connection.session.user
        broken = connection.websocket.close_code not in _LEFT
        was_page = self._pages.left(user, connection, broken=broken)
        if was_page and not self._pages.has_page(user) and self._tasks is not None:
            self._lost[user] = asyncio.get_running_loop().call_later(
                self._config.grace.total_seconds(), self._grace_is_over, user
            )

    def _grace_is_over(self, user: str) -> None:
        self._lost.pop(user, None)
        if self._tasks is not None:
            self._tasks.create_task(self._report_lost(user))

    async def _report_lost(self, user: str) -> None:
        try:
            async with (
                asyncio.timeout(self._config.ask_within.total_seconds()),
                self._locks.setdefault(user, asyncio.Lock()),
            ):
                if not self._pages.has_page(user):
                    await self._backend.desktop_lost(AgentId(user))
        except (Refused, Unavailable, TimeoutError) as error:
            log.warning("lost desktop not reported", extra={"agent": user, "why": _why(error)})

    # --- heartbeat and slow browsers --------------------------------------------------------

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._config.heartbeat.total_seconds())
            ping = text_frame(_ENCODE(p.Ping(now=self._now())))
            silence = self._config.silence.total_seconds()
            for connection in list(self._connections):
                if connection.silent_for() > silence:
                    self._cut(connection)
                elif not connection.is_busy():
                    connection.say_encoded(ping)
                    self._sessions.touch(connection.session)

    def _fell_behind(self, connection: Connection) -> None:
        self._slow.add(connection)
        self._any_slow.set()

    async def _slow_lane(self) -> None:
        """Bring slow browsers up to date when they read again, cut those who do not."""
        patience = self._config.slow_patience.total_seconds()
        while True:
            await self._any_slow.wait()
            await asyncio.sleep(SLOW_LANE_EVERY)
            for connection in list(self._slow):
                if self._hub.catch_up(connection):
                    connection.behind_since = None
                    self._slow.discard(connection)
                elif self._clock() - (connection.behind_since or 0.0) > patience:
                    self._cut(connection)
            if not self._slow:
                self._any_slow.clear()

    def _cut(self, connection: Connection) -> None:
        self.cut_off += 1
        self._slow.discard(connection)
        connection.cut()


def _decoded(message: WSMessage) -> Any:
    """The frame in a message; everything that is no text is malformed."""
    if message.type is not WSMsgType.TEXT:
        raise msgspec.DecodeError("frames are JSON text")
    try:
        return _DECODER.decode(message.data)
    except RecursionError:
        raise msgspec.DecodeError("nested too deeply") from None


def _id_of(message: WSMessage) -> int:
    """The id of a malformed command, as far as it can be read, so that its sender hears of it."""
    try:
        found = msgspec.json.decode(message.data)["id"]
    except (msgspec.DecodeError, RecursionError, KeyError, TypeError, IndexError):
        return 0
    return found if isinstance(found, int) and 0 <= found <= p.LARGEST_ID else 0


def _why(error: Exception) -> str:
    return error.code if isinstance(error, Refused) else type(error).__name__

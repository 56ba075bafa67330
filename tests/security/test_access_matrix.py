"""Every route and every live command, tried by nobody and by each role, against one table."""

from pathlib import Path

import msgspec
import pytest
from aiohttp import WSServerHandshakeError

from agent_desktop.server import protocol as p
from agent_desktop.server.access import LOCAL, MESSAGES, PUBLIC, ROLES, ROUTES, Roles, allowed
from crm_core.domain.user import User, UserRole
from tests.integration.agent_desktop.desk import HASH, Browser, Desk
from tests.security.test_odd_http import running

pytestmark = [pytest.mark.integration, pytest.mark.security]

_NOBODY = "00000000-0000-0000-0000-000000000000"
ELSEWHERE = {"X-Forwarded-For": "192.0.2.1"}
"""So that what is open to this machine is not."""
OPEN = {(method, path) for (method, path), roles in ROUTES.items() if roles is PUBLIC}
SOCKETS = {"/ws", "/sip"}
VALUES = {
    "call": "c1",
    "offer": "c1~1",
    "do": "hold",
    "agent": "ana",
    "reason": "break",
    "registered": True,
}
"""What a command needs, as far as it has such a field."""
ENDS_THE_SESSION = {("DELETE", "/api/session")}


async def everybody(desk: Desk) -> dict[str, Browser]:
    """A browser for each role, and one of nobody, each from elsewhere."""
    async with desk.database.work(actor="test") as work:
        for role in ROLES:
            await work.users.add(
                User(id=f"a-{role}", name=role, roles=(UserRole(role),), password_hash=HASH)
            )
        await work.commit()
    return {"": desk.browser(), **{role: await desk.signed_in(f"a-{role}") for role in ROLES}}


def filled(path: str) -> str:
    for name in ("party", "case"):
        path = path.replace(f"{{{name}}}", _NOBODY)
    return path.replace("{path}", "").replace("{", "").replace("}", "")


async def test_each_route_is_open_to_whom_the_table_names_and_to_nobody_else(
    tmp_path: Path, template: Path
) -> None:
    wrong: list[str] = []
    async with running(tmp_path, template) as desk:
        for role, browser in (await everybody(desk)).items():
            held: Roles = frozenset({role} if role else ())
            for (method, path), roles in ROUTES.items():
                if path in SOCKETS or (method, path) in ENDS_THE_SESSION | OPEN:
                    continue
                body: dict[str, str] | None = None if method in ("GET", "DELETE") else {}
                answer = await browser.ask(method, filled(path), body, headers=ELSEWHERE)
                let_in = answer.status != 401 and (answer.json or {}).get("code") != "not_allowed"
                if let_in is not allowed(roles - {LOCAL}, held):
                    wrong.append(f"{method} {path} by {role or 'nobody'}: {answer.status}")
    assert not wrong


async def test_no_change_is_taken_without_the_token_or_from_a_strangers_page(
    tmp_path: Path, template: Path
) -> None:
    wrong: list[str] = []
    async with running(tmp_path, template) as desk:
        browser = (await everybody(desk))["supervisor"]
        for method, path in ROUTES:
            if method == "GET" or (method, path) in ENDS_THE_SESSION:
                continue
            for headers in (
                {"Origin": "https://evil.example"},
                {"Origin": "null"},
                {"X-CSRF-Token": "wrong"},
            ):
                if "X-CSRF-Token" in headers and (method, path) in OPEN:
                    continue
                answer = await browser.ask(method, filled(path), {}, headers=headers)
                if answer.status != 403:
                    wrong.append(f"{method} {path} {headers}: {answer.status}")
    assert not wrong


async def test_no_websocket_opens_from_a_strangers_page(tmp_path: Path, template: Path) -> None:
    async with running(tmp_path, template) as desk:
        browser = await desk.signed_in("ana")
        for path in SOCKETS:
            for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {}):
                with pytest.raises(WSServerHandshakeError) as refused:
                    await browser.http.ws_connect(desk.origin + path, headers=headers)
                assert refused.value.status == 403


async def test_each_live_command_is_for_whom_the_table_names(
    tmp_path: Path, template: Path
) -> None:
    wrong: list[str] = []
    async with running(tmp_path, template) as desk:
        for role, browser in (await everybody(desk)).items():
            if not role:
                continue
            async with browser.window() as window:
                await window.until("welcome")
                for kind, roles in MESSAGES.items():
                    if not issubclass(kind, p.Ask) or kind is p.SignOut:
                        continue
                    tag = kind.__struct_config__.tag
                    names = {each.name for each in msgspec.structs.fields(kind)} & set(VALUES)
                    reply = await window.ask(str(tag), **{name: VALUES[name] for name in names})
                    assert reply["code"] != "malformed", f"{tag}: {reply['detail']}"
                    if (reply["code"] != "not_allowed") is not allowed(roles, frozenset({role})):
                        wrong.append(f"{tag} by {role}: {reply['code'] or 'done'}")
    assert not wrong

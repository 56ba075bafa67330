"""Signing in and out, throttling, cookies, CSRF and origins, over real HTTP."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from acd import commands as c
from acd.machine import IllegalTransition
from agent_desktop.server.protocol import CLOSE_CODES
from crm_core.domain.user import UserRole
from tests.eventually import until
from tests.integration.agent_desktop.conftest import Start
from tests.integration.agent_desktop.desk import Browser, Desk
from tests.integration.agent_desktop.test_rest import in_call

pytestmark = pytest.mark.integration


async def test_signing_in_gives_a_cookie_no_script_can_read(start: Start) -> None:
    async with start() as desk:
        answer = await desk.browser().log_in("ana")
        cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert answer.json["user"] == "ana"
        assert answer.json["roles"] == ["agent"]


async def test_under_tls_the_cookie_is_secure_and_tied_to_this_host(start: Start) -> None:
    async with start(tls=True) as desk:
        cookie = (await desk.browser().log_in("ana")).headers["Set-Cookie"]
        assert cookie.startswith("__Host-parley_session=")
        assert "Secure" in cookie


async def test_unknown_user_and_wrong_password_get_the_same_answer(start: Start) -> None:
    async with start() as desk:
        wrong = await desk.browser().log_in("ana", "wrong")
        unknown = await desk.browser().log_in("nobody", "wrong")
        assert wrong.status == unknown.status == 401
        assert wrong.text == unknown.text
        assert wrong.code == "wrong_credentials"


@pytest.mark.parametrize("user", ["ana", "nobody"])
async def test_too_many_failures_are_throttled_known_or_not(start: Start, user: str) -> None:
    async with start(failures_per_user=3) as desk:
        browser = desk.browser()
        for _ in range(3):
            assert (await browser.log_in(user, "wrong")).code == "wrong_credentials"
        refused = await browser.log_in(user)
        assert refused.status == 429
        assert refused.code == "too_many_attempts"
        assert refused.headers["Retry-After"] == "2"
        assert (await browser.log_in("ben")).status == 201
        desk.clock.advance(seconds=2)
        assert (await browser.log_in(user)).status == (201 if user == "ana" else 401)


async def test_guesses_side_by_side_are_throttled_like_guesses_in_a_row(start: Start) -> None:
    async with start(failures_per_user=3) as desk:
        browser = desk.browser()
        async with asyncio.TaskGroup() as tasks:
            guesses = [tasks.create_task(browser.log_in("ana", "wrong")) for _ in range(12)]
        statuses = sorted(guess.result().status for guess in guesses)
        assert statuses == [401] * 3 + [429] * 9


async def test_a_database_that_is_away_is_no_failure_of_the_user(start: Start) -> None:
    async with start(failures_per_user=1) as desk:
        await desk.database.close()
        assert (await desk.browser().log_in("ana")).status == 503
        await desk.database.open()
        assert (await desk.browser().log_in("ana")).status == 201


async def test_failures_from_one_address_are_throttled_over_all_users(start: Start) -> None:
    async with start(failures_per_address=4) as desk:
        for user in ("a", "b", "c", "d"):
            assert (await desk.browser().log_in(user, "wrong")).status == 401
        assert (await desk.browser().log_in("ana")).status == 429


async def test_without_a_session_nothing_but_the_public_routes_answers(start: Start) -> None:
    async with start() as desk:
        stranger = desk.browser()
        assert (await stranger.ask("GET", "/api/session")).code == "not_signed_in"
        assert (await stranger.ask("GET", "/api/parties?q=x")).status == 401
        assert (await stranger.ask("GET", "/api/health")).status == 200


async def test_a_write_needs_the_csrf_token(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        body = {"language": "fa"}
        for headers in ({"X-CSRF-Token": ""}, {"X-CSRF-Token": "guess"}):
            answer = await ana.ask("PUT", "/api/me/preferences", body, headers=headers)
            assert answer.code == "csrf"
        assert (await ana.ask("PUT", "/api/me/preferences", body)).json["language"] == "fa"


async def test_a_write_from_another_origin_is_refused_even_on_public_routes(start: Start) -> None:
    async with start() as desk:
        for path in ("/api/session", "/api/demo/caller"):
            answer = await desk.browser().ask(
                "POST", path, {}, headers={"Origin": "https://evil.example"}
            )
            assert answer.code == "foreign_origin"


async def test_an_origin_of_the_configuration_is_let_in(start: Start) -> None:
    async with start(origins=frozenset({"https://desk.example.org"})) as desk:
        ana = await desk.signed_in("ana")
        answer = await ana.ask(
            "PUT",
            "/api/me/preferences",
            {"theme": "dark"},
            headers={"Origin": "https://desk.example.org"},
        )
        assert answer.status == 200


async def test_a_body_of_another_type_is_refused(start: Start) -> None:
    async with start() as desk:
        url = f"{desk.origin}/api/session"
        async with desk.browser().http.post(url, data="user=ana&password=x") as response:
            assert response.status == 415


@pytest.mark.parametrize(
    ("body", "kind", "status", "says"),
    [
        (b"", "application/json", 400, "send a JSON object as the body"),
        (b'{\n"user": ana}', "application/json", 400, "is not JSON: .*byte 10"),
        (b'{"user": "\xff"}', "application/json", 400, "is not UTF-8 text from byte 10 on"),
        (b"{}", "application/json; charset=klingon", 400, "another character set; send UTF-8"),
        (b'{"user": ' * 20_000, "application/json", 400, "is nested too deeply"),
        (b'["ana", "x"]', "application/json", 400, "must be a JSON object"),
        (b'{"user": "' + b"x" * 700_000 + b'"}', "application/json", 413, "too large; send less"),
    ],
    ids=["empty", "syntax", "bytes", "charset", "depth", "list", "size"],
)
async def test_a_body_that_cannot_be_read_is_told_where(
    start: Start, body: bytes, kind: str, status: int, says: str
) -> None:
    async with start() as desk:
        url = f"{desk.origin}/api/session"
        headers = {"Content-Type": kind}
        async with desk.browser().http.post(url, data=body, headers=headers) as response:
            assert response.status == status
            problem = await response.json(content_type=None)
        assert problem["code"] == ("malformed" if status == 400 else "too_large")
        assert re.search(says, problem["detail"]), problem["detail"]


async def test_each_bad_field_is_named(start: Start) -> None:
    async with start() as desk:
        answer = await desk.browser().ask("POST", "/api/session", {"user": "", "pass": "x"})
        assert answer.status == 422
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.code == "invalid"
        assert {one["field"] for one in answer.json["errors"]} == {"user", "password", "pass"}


async def test_a_body_beyond_the_limit_is_refused(start: Start) -> None:
    async with start(body_limit=1000) as desk:
        ana = await desk.signed_in("ana")
        answer = await ana.ask("PUT", "/api/calls/c1/draft", {"note": "x" * 2000})
        assert answer.status == 413
        assert answer.code == "too_large"


async def test_signing_out_ends_the_shift_and_the_session(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        assert (await ana.ask("DELETE", "/api/session")).status == 204
        assert desk.backend.asked == [c.LogOut(agent="ana")]  # type: ignore[arg-type]
        assert (await ana.ask("GET", "/api/session")).status == 401


async def test_signing_out_in_a_call_is_refused_and_the_session_stays(start: Start) -> None:
    async with start() as desk:
        desk.backend.refusals[c.LogOut] = IllegalTransition("ana is talking")
        ana = await desk.signed_in("ana")
        answer = await ana.ask("DELETE", "/api/session")
        assert answer.status == 409
        assert answer.code == "in_a_call"
        assert (await ana.ask("GET", "/api/session")).status == 200


async def test_signing_in_again_replaces_the_browsers_old_session(start: Start) -> None:
    async with start() as desk:
        browser = await desk.signed_in("ana")
        stolen = {c.key: c.value for c in browser.http.cookie_jar}
        await browser.log_in("ana")
        async with (
            aiohttp.ClientSession(cookies=stolen) as thief,
            thief.get(f"{desk.origin}/api/session") as response,
        ):
            assert response.status == 401


async def test_sessions_outlive_a_restart_and_tokens_are_not_in_the_file(
    start: Start, tmp_path: Path
) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        await desk.signed_in("sam")
        jar = {cookie.key: cookie.value for cookie in ana.http.cookie_jar}
    kept = (tmp_path / "sessions.jsonl").read_text()
    assert jar["parley_session"] not in kept
    with (tmp_path / "sessions.jsonl").open("a") as file:
        file.write('{"type":"opened","key":"torn')
    async with (
        start() as desk,
        aiohttp.ClientSession(cookies=jar) as http,
        http.get(f"{desk.origin}/api/session") as response,
    ):
        assert (await response.json())["user"] == "ana"


async def test_a_session_ends_after_its_longest_time_and_after_idleness(start: Start) -> None:
    async with start(session_idle=timedelta(hours=1), session_longest=timedelta(hours=3)) as desk:
        ana = await desk.signed_in("ana")
        for _ in range(3):
            desk.clock.advance(minutes=50)
            assert (await ana.ask("GET", "/api/session")).status == 200
        desk.clock.advance(minutes=50)
        assert (await ana.ask("GET", "/api/session")).status == 401
        ben = await desk.signed_in("ben")
        desk.clock.advance(minutes=61)
        assert (await ben.ask("GET", "/api/session")).status == 401


async def test_preferences_are_kept_for_the_next_log_in(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        await ana.ask("PUT", "/api/me/preferences", {"language": "zh", "theme": "dark"})
        answer = await desk.browser().log_in("ana")
        assert (answer.json["language"], answer.json["theme"]) == ("zh", "dark")


# --- users changed while they are signed in ---------------------------------------------------

SOON = timedelta(milliseconds=20)


async def change(desk: Desk, user: str, **fields: Any) -> None:
    """What ``parley user …`` does."""
    async with desk.database.work(actor="command line") as work:
        await work.users.save(replace(await work.users.get(user), **fields))
        await work.commit()


async def status(browser: Browser) -> int:
    return (await browser.ask("GET", "/api/session")).status


async def test_a_deactivated_user_is_signed_out_everywhere_and_told_why(start: Start) -> None:
    async with start(standing_every=SOON) as desk:
        sam, again, root = [await desk.signed_in(user) for user in ("sam", "sam", "root")]
        async with sam.window() as window:
            await window.until("welcome")
            await change(desk, "sam", active=False)
            assert (await window.until("signed_out"))["code"] == "not_allowed"
            assert await window.closed() == CLOSE_CODES["not_signed_in"]
        assert (await status(sam), await status(again), await status(root)) == (401, 401, 200)
        assert (await desk.browser().log_in("sam")).code == "wrong_credentials"
        await change(desk, "sam", active=True)
        assert (await desk.browser().log_in("sam")).status == 201


async def test_a_deactivated_agents_shift_ends_with_her_session(start: Start) -> None:
    async with start(standing_every=SOON) as desk:
        ana = await desk.signed_in("ana")
        async with ana.window() as window:
            await window.until("snapshot", topic="agent:ana")
            await change(desk, "ana", active=False)
            await window.until("signed_out")
        assert desk.backend.agents["ana"].state == "logged_out"
        assert await status(ana) == 401


async def test_a_deactivated_agent_in_a_call_may_finish_it_and_nothing_more(start: Start) -> None:
    async with start(standing_every=SOON) as desk:
        await change(desk, "ana", roles=(UserRole.AGENT, UserRole.SUPERVISOR))
        ana = await desk.signed_in("ana")
        async with ana.window() as window:
            await window.until("snapshot", topic="agent:ana")
            call = await in_call(desk)
            assert (await window.ask("force_ready", agent="ana"))["code"] != "not_allowed"
            await change(desk, "ana", active=False)
            await until(lambda: has_roles(ana, ["agent"]))
            assert (await window.ask("force_ready", agent="ana"))["code"] == "not_allowed"
            assert await status(ana) == 200
            assert (await window.ask("hold", call=call))["ok"]
            assert (await window.ask("hang_up", call=call))["ok"]
            done = {"disposition": "resolved", "note": "Done."}
            assert (await ana.ask("POST", f"/api/calls/{call}/wrap-up", done)).status == 200
            assert (await window.until("signed_out"))["code"] == "not_allowed"
        assert await status(ana) == 401


async def has_roles(browser: Browser, roles: list[str]) -> bool:
    return bool((await browser.ask("GET", "/api/session")).json["roles"] == roles)


async def test_other_roles_count_without_a_new_log_in(start: Start, tmp_path: Path) -> None:
    async with start(standing_every=SOON) as desk:
        ben = await desk.signed_in("ben")
        async with ben.window() as window:
            assert "queues" in (await window.until("welcome"))["topics"]
            await change(desk, "ben", roles=(UserRole.ADMIN,))
            assert (await window.until("signed_out"))["code"] == "changed"
        answer = await ben.ask("GET", "/api/session")
        assert answer.json["roles"] == ["admin"]
        assert (await ben.ask("POST", "/api/phone")).code == "not_allowed"
        assert desk.backend.agents["ben"].state == "logged_out"
        async with ben.window() as window:
            assert (await window.until("welcome"))["topics"] == ["parties"]
    assert (tmp_path / "sessions.jsonl").read_text().splitlines()[-1].count('"admin"') == 1


async def test_roles_that_changed_while_no_daemon_ran_count_at_its_start(
    start: Start, tmp_path: Path
) -> None:
    async with start() as desk:
        sam = await desk.signed_in("sam")
        jar = {cookie.key: cookie.value for cookie in sam.http.cookie_jar}
    file = tmp_path / "sessions.jsonl"
    file.write_text(file.read_text().replace('["supervisor"]', '["admin","supervisor"]'))
    async with start() as desk, aiohttp.ClientSession(cookies=jar) as http:

        async def roles() -> list[str]:
            async with http.get(f"{desk.origin}/api/session") as response:
                found: list[str] = (await response.json())["roles"]
                return found

        await until(lambda: is_now(roles, ["supervisor"]))


async def is_now(look: Callable[[], Awaitable[object]], wanted: object) -> bool:
    return await look() == wanted


async def test_a_database_that_is_away_signs_nobody_out(start: Start) -> None:
    async with start(standing_every=SOON) as desk:
        sam = await desk.signed_in("sam")
        await desk.database.close()
        await asyncio.sleep(0.1)
        await desk.database.open()
        assert await status(sam) == 200
        await change(desk, "sam", active=False)
        await until(lambda: is_signed_out(sam))


async def is_signed_out(browser: Browser) -> bool:
    return await status(browser) == 401

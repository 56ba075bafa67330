"""Guessing passwords, changing them, and where a user is signed in, over real HTTP."""

import asyncio
from collections.abc import Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from acd import commands as c
from acd.ids import AgentId
from acd.reasons import NotReadyReason
from agent_desktop.server.passwords import hash_password
from agent_desktop.server.protocol import CLOSE_CODES
from crm_core.services import users
from crm_core.storage.history import AuditEntry
from tests.eventually import until
from tests.integration.agent_desktop.conftest import Start
from tests.integration.agent_desktop.desk import PASSWORD, Browser, Desk
from tests.integration.agent_desktop.test_rest import in_call
from tests.integration.agent_desktop.test_sessions import SOON, change, is_signed_out, status

pytestmark = pytest.mark.integration

NEW = "four quiet otters read"
ELSEWHERE = "127.0.0.2"
LAST_CALL = c.GoNotReady(agent=AgentId("ana"), reason=NotReadyReason.UNREACHABLE)


async def from_address(desk: Desk, address: str) -> Browser:
    """A browser at another address of this machine."""
    browser = desk.browser()
    await browser.http.close()
    browser.http = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(local_addr=(address, 0)),
        cookie_jar=aiohttp.CookieJar(unsafe=True),
    )
    return browser


async def audited(desk: Desk, user: str) -> Sequence[AuditEntry]:
    """What the audit log says of a user, first things first."""
    async with desk.database.work() as work:
        entries = reversed(await work.audit.of("user", user))
        return [entry for entry in entries if entry.action not in ("created", "changed")]


def told(entries: Sequence[AuditEntry]) -> list[tuple[str, str, str]]:
    return [(entry.actor, entry.action, str(entry.details.get("address", ""))) for entry in entries]


async def change_password(browser: Browser, current: str = PASSWORD, new: str = NEW) -> Any:
    return await browser.ask("PUT", "/api/me/password", {"current": current, "new": new})


# --- guessing -------------------------------------------------------------------------------


async def test_of_eighty_guesses_at_once_five_are_looked_at(start: Start) -> None:
    async with start() as desk:
        browser = desk.browser()
        async with asyncio.TaskGroup() as tasks:
            guesses = [tasks.create_task(browser.log_in("ana", "wrong")) for _ in range(80)]
        statuses = [guess.result().status for guess in guesses]
        assert statuses.count(401) <= 5
        assert set(statuses) <= {401, 429, 503}


async def test_one_password_tried_with_thirty_nine_users_meets_a_throttle(start: Start) -> None:
    async with start() as desk:
        browser = desk.browser()
        statuses = [(await browser.log_in(f"user{n}", "Winter2026!")).status for n in range(39)]
        assert statuses == [401] * 20 + [429] * 19


async def test_a_guesser_locks_a_colleague_out_neither_elsewhere_nor_where_she_is_known(
    start: Start,
) -> None:
    async with start() as desk:
        await desk.signed_in("ben")
        thief = desk.browser()
        for n in range(30):
            await thief.log_in("ana" if n % 2 else f"user{n}", "wrong")
        assert (await thief.log_in("ana")).status == 429, "here nobody has signed in as ana"
        assert (await (await from_address(desk, ELSEWHERE)).log_in("ana")).status == 201
        assert (await desk.browser().log_in("ben")).status == 201, "known here"


async def test_who_had_a_session_here_before_a_restart_is_known_here(start: Start) -> None:
    async with start() as desk:
        await desk.signed_in("ana")
    async with start() as desk:
        for n in range(30):
            await desk.browser().log_in(f"user{n}", "wrong")
        assert (await desk.browser().log_in("ana")).status == 201
        assert (await desk.browser().log_in("ben")).status == 429


async def test_thirty_colleagues_behind_one_router_sign_in_at_once(start: Start) -> None:
    async with start(sessions_per_user=50) as desk:
        async with asyncio.TaskGroup() as tasks:
            asked = [
                tasks.create_task(desk.browser().log_in(("ana", "ben", "sam")[n % 3]))
                for n in range(30)
            ]
        assert {one.result().status for one in asked} == {201}


async def test_an_unlocked_user_may_try_again_at_once(start: Start) -> None:
    async with start(standing_every=SOON) as desk:
        browser = desk.browser()
        for _ in range(6):
            await browser.log_in("ana", "wrong")
        assert (await browser.log_in("ana")).status == 429
        async with desk.database.work(actor="command line") as work:
            await users.unlock(work, "ana")
        await until(lambda: _gets_in(browser, "ana"))
        assert ("command line", "user_unlocked", "") in told(await audited(desk, "ana"))


async def _gets_in(browser: Browser, user: str) -> bool:
    return (await browser.log_in(user)).status == 201


@pytest.mark.parametrize(
    "user",
    ["ana\0", "an\N{LATIN SMALL LETTER A WITH DIAERESIS}", "\N{CYRILLIC SMALL LETTER A}na",
     "\N{FULLWIDTH LATIN SMALL LETTER A}na", "ana' or '1'='1", "\ud83d", "a" * 64, "*"],
)  # fmt: skip
async def test_a_name_that_looks_like_hers_is_not_hers(start: Start, user: str) -> None:
    async with start() as desk:
        answer = await desk.browser().log_in(user)
        assert answer.status in (400, 401, 422)
        assert answer.status in (400, 422) or answer.code == "wrong_credentials"


@pytest.mark.parametrize("password", ["\0", PASSWORD + "\0", "\0" + PASSWORD, "\ud800", "x" * 256])
async def test_a_password_of_any_characters_is_just_wrong(start: Start, password: str) -> None:
    async with start() as desk:
        answer = await desk.browser().log_in("ana", password)
        assert answer.status in (400, 401, 422), answer.text


async def test_a_password_is_the_same_from_every_keyboard(start: Start) -> None:
    composed, apart = "caf\u00e9 au lait matin", "cafe\u0301 au lait matin"
    async with start() as desk:
        await change(desk, "ana", password_hash=hash_password(composed))
        assert (await desk.browser().log_in("ana", apart)).status == 201


async def test_a_password_longer_than_allowed_is_refused_before_it_is_hashed(start: Start) -> None:
    async with start() as desk:
        assert (await desk.browser().log_in("ana", "x" * 100_000)).status == 422


async def test_two_log_ins_of_one_browser_at_the_same_instant_leave_two_sessions_at_most(
    start: Start,
) -> None:
    async with start() as desk:
        browser = await desk.signed_in("sam")
        before = {cookie.key: cookie.value for cookie in browser.http.cookie_jar}
        await asyncio.gather(browser.log_in("sam"), browser.log_in("sam"))
        latest = await desk.signed_in("sam")
        listed = (await latest.ask("GET", "/api/me/sessions")).json["items"]
        assert len(listed) == 3, "two of the one browser, one of the other"
        async with (
            aiohttp.ClientSession(cookies=before) as old,
            old.get(f"{desk.origin}/api/session") as response,
        ):
            assert response.status == 401


async def test_a_cookie_made_up_by_somebody_else_is_never_taken_for_the_session(
    start: Start,
) -> None:
    async with start() as desk:
        fixed = {"Cookie": "parley_session=chosen-by-the-attacker"}
        answer = await desk.browser().ask(
            "POST", "/api/session", {"user": "ana", "password": PASSWORD}, headers=fixed
        )
        assert answer.status == 201
        assert "chosen-by-the-attacker" not in answer.headers["Set-Cookie"]
        assert (await desk.browser().ask("GET", "/api/session", headers=fixed)).status == 401


# --- the audit log --------------------------------------------------------------------------


async def test_the_audit_log_tells_of_every_log_in_and_end_with_the_address(start: Start) -> None:
    async with start(failures_per_user=1) as desk:
        ana = await from_address(desk, ELSEWHERE)
        await ana.log_in("ana", "wrong")
        for _ in range(3):
            await ana.log_in("ana")
        desk.clock.advance(seconds=2)
        assert (await ana.log_in("ana")).status == 201
        assert (await ana.ask("POST", "/api/phone", {})).status == 201
        assert (await ana.ask("DELETE", "/api/session")).status == 204
        await until(lambda: _has_written(desk, "ana", "session_ended"))
        entries = await audited(desk, "ana")
        assert told(entries) == [
            ("stranger", "sign_in_failed", ELSEWHERE),
            ("stranger", "sign_in_refused", ELSEWHERE),
            ("ana", "signed_in", ELSEWHERE),
            ("ana", "phone_issued", ELSEWHERE),
            ("ana", "session_ended", ELSEWHERE),
        ]
        assert entries[-1].details["why"] == "signed_out"


async def _has_written(desk: Desk, user: str, action: str) -> bool:
    return any(entry.action == action for entry in await audited(desk, user))


async def _revoked(desk: Desk, *users: str) -> bool:
    return sorted(desk.backend.revoked) == list(users)


async def test_a_name_that_is_no_users_is_not_written_down(start: Start) -> None:
    async with start() as desk:
        await desk.browser().log_in("hunter2 is my password", "x")
        entries = await audited(desk, "")
        assert [entry.details["why"] for entry in entries] == ["unknown_user"]
        assert "hunter2" not in repr(entries)


# --- the phone ------------------------------------------------------------------------------


async def test_a_phone_ends_with_the_session_that_asked_for_it(start: Start) -> None:
    async with start() as desk:
        first, second = await desk.signed_in("ana"), await desk.signed_in("ana")
        await first.ask("POST", "/api/phone", {})
        await second.ask("POST", "/api/phone", {})
        await first.ask("DELETE", "/api/session")
        await until(lambda: _has_written(desk, "ana", "session_ended"))
        assert desk.backend.revoked == [], "the other session has it now"
        await second.ask("DELETE", "/api/session")
        await until(lambda: _revoked(desk, "ana"))


async def test_a_phone_is_taken_away_as_soon_as_telephony_answers_again(start: Start) -> None:
    async with start(standing_every=SOON) as desk:
        ana = await desk.signed_in("ana")
        await ana.ask("POST", "/api/phone", {})
        desk.backend.phones_refuse = True
        await ana.ask("DELETE", "/api/session")
        await asyncio.sleep(0.1)
        desk.backend.phones_refuse = False
        await until(lambda: _revoked(desk, "ana"))


async def test_a_phone_whose_session_ended_while_no_daemon_ran_is_taken_away(
    start: Start, tmp_path: Path
) -> None:
    kept: dict[str, Any] = {
        "phones_file": tmp_path / "phones.jsonl",
        "session_longest": timedelta(hours=3),
    }
    async with start(**kept) as desk:
        ana = await desk.signed_in("ana")
        await ana.ask("POST", "/api/phone", {})
        await (await desk.signed_in("ben")).ask("POST", "/api/phone", {})
    async with start(**kept) as desk:
        await asyncio.sleep(0.05)
        assert desk.backend.revoked == []
    (tmp_path / "sessions.jsonl").write_text("")
    async with start(**kept) as desk:
        await until(lambda: _revoked(desk, "ana", "ben"))


# --- the end of a session -------------------------------------------------------------------


async def test_an_expired_session_ends_in_mid_connection_with_its_phone(start: Start) -> None:
    async with start(session_longest=timedelta(hours=3), standing_every=SOON) as desk:
        ana = await desk.signed_in("ana")
        await ana.ask("POST", "/api/phone", {})
        async with ana.window() as window:
            await window.until("snapshot", topic="agent:ana")
            desk.clock.advance(hours=3)
            assert (await window.until("signed_out"))["code"] == "expired"
            assert await window.closed() == CLOSE_CODES["not_signed_in"]
        await until(lambda: _revoked(desk, "ana"))
        assert desk.backend.agents["ana"].state == "logged_out"
        assert await status(ana) == 401


async def test_a_session_that_expires_in_a_call_ends_after_it(start: Start) -> None:
    async with start(session_longest=timedelta(hours=3), standing_every=SOON) as desk:
        ana = await desk.signed_in("ana")
        async with ana.window() as window:
            await window.until("snapshot", topic="agent:ana")
            call = await in_call(desk)
            desk.clock.advance(hours=3, minutes=1)
            await until(lambda: _asked(desk, LAST_CALL))
            assert (await window.ask("hang_up", call=call))["ok"]
            done = {"disposition": "resolved", "note": "Done."}
            assert (await ana.ask("POST", f"/api/calls/{call}/wrap-up", done)).status == 200
            assert (await window.until("signed_out"))["code"] == "expired"
        assert await status(ana) == 401


async def _asked(desk: Desk, command: c.Command) -> bool:
    return command in desk.backend.asked


async def test_a_call_does_not_keep_a_session_for_ever(start: Start) -> None:
    async with start(session_longest=timedelta(hours=3), standing_every=SOON) as desk:
        ana = await desk.signed_in("ana")
        async with ana.window() as window:
            await window.until("snapshot", topic="agent:ana")
            await in_call(desk)
            desk.clock.advance(hours=4, minutes=1)
            assert (await window.until("signed_out"))["code"] == "expired"


async def test_signing_out_in_a_call_is_refused_where_its_phone_is_and_nowhere_else(
    start: Start,
) -> None:
    async with start() as desk:
        phone, other = await desk.signed_in("ana"), await desk.signed_in("ana")
        await phone.ask("POST", "/api/phone", {})
        async with phone.window() as window:
            await window.until("snapshot", topic="agent:ana")
            await in_call(desk)
            assert (await phone.ask("DELETE", "/api/session")).code == "in_a_call"
            assert (await other.ask("DELETE", "/api/session")).status == 204
            assert c.LogOut(agent=AgentId("ana")) not in desk.backend.asked


async def test_websockets_that_have_not_said_hello_count(start: Start) -> None:
    async with start(sockets_per_session=3) as desk:
        ana = await desk.signed_in("ana")
        async with many_windows(ana, 12) as sockets:
            async with asyncio.timeout(5):
                while sum(socket.closed for socket in sockets) < 9:
                    for socket in sockets:
                        with_timeout = asyncio.wait_for(socket.receive(), 0.05)
                        await asyncio.gather(with_timeout, return_exceptions=True)
            codes = [socket.close_code for socket in sockets]
            assert codes.count(CLOSE_CODES["too_many"]) == 9


@asynccontextmanager
async def many_windows(browser: Browser, number: int) -> Any:
    """So many websockets opened at once, silent."""
    headers = {"Origin": browser.desk.origin}
    url = browser.desk.origin + "/ws"
    sockets = await asyncio.gather(
        *(browser.http.ws_connect(url, headers=headers) for _ in range(number))
    )
    try:
        yield sockets
    finally:
        for socket in sockets:
            await socket.close()


# --- the user's own password and sessions ---------------------------------------------------


async def test_a_new_password_ends_the_users_other_sessions_and_keeps_this_one(
    start: Start,
) -> None:
    async with start(standing_every=SOON) as desk:
        sam, other, root = [await desk.signed_in(user) for user in ("sam", "sam", "root")]
        async with other.window() as window:
            await window.until("welcome")
            assert (await change_password(sam)).status == 204
            assert (await window.until("signed_out"))["code"] == "new_password"
        assert (await status(sam), await status(other), await status(root)) == (200, 401, 200)
        await asyncio.sleep(0.1)
        assert await status(sam) == 200, "looked at again"
        assert (await desk.browser().log_in("sam")).status == 401
        assert (await desk.browser().log_in("sam", NEW)).status == 201
        assert ("sam", "password_changed", "127.0.0.1") in told(await audited(desk, "sam"))


async def test_a_password_set_by_an_operator_ends_every_session(start: Start) -> None:
    async with start(standing_every=SOON) as desk:
        sam, root = await desk.signed_in("sam"), await desk.signed_in("root")
        async with sam.window() as window:
            await window.until("welcome")
            async with desk.database.work(actor="command line") as work:
                await users.set_password(work, "sam", hash_password(NEW))
            assert (await window.until("signed_out"))["code"] == "new_password"
        assert (await status(sam), await status(root)) == (401, 200)
        assert ("command line", "password_changed", "") in told(await audited(desk, "sam"))


async def test_a_password_set_while_no_daemon_ran_ends_the_sessions_at_the_start(
    start: Start, tmp_path: Path
) -> None:
    async with start() as desk:
        sam = await desk.signed_in("sam")
        jar = {cookie.key: cookie.value for cookie in sam.http.cookie_jar}
    file = tmp_path / "sessions.jsonl"
    file.write_text(file.read_text().replace('"proof":"', '"proof":"another'))
    async with start(standing_every=SOON) as desk, aiohttp.ClientSession(cookies=jar) as http:

        async def is_out() -> bool:
            async with http.get(f"{desk.origin}/api/session") as response:
                return response.status == 401

        await until(is_out)


async def test_a_new_password_ends_the_session_of_a_call_after_the_call(start: Start) -> None:
    async with start(standing_every=SOON) as desk:
        phone, other = await desk.signed_in("ana"), await desk.signed_in("ana")
        await phone.ask("POST", "/api/phone", {})
        async with phone.window() as window:
            await window.until("snapshot", topic="agent:ana")
            call = await in_call(desk)
            assert (await change_password(other)).status == 204
            await asyncio.sleep(0.1)
            listed = (await other.ask("GET", "/api/me/sessions")).json["items"]
            assert [(one["current"], one["phone"], one["ending"]) for one in listed] == [
                (True, False, False),
                (False, True, True),
            ]
            for method in ("DELETE", "PUT"):
                path = "/api/me/sessions" if method == "DELETE" else "/api/me/password"
                body = None if method == "DELETE" else {"current": NEW, "new": PASSWORD}
                assert (await phone.ask(method, path, body)).code == "not_allowed"
            assert LAST_CALL in desk.backend.asked, "else a queue rings her before it can end"
            assert (await window.ask("hang_up", call=call))["ok"]
            done = {"disposition": "resolved", "note": "Done."}
            assert (await phone.ask("POST", f"/api/calls/{call}/wrap-up", done)).status == 200
            assert (await window.until("signed_out"))["code"] == "new_password"
        assert (await status(phone), await status(other)) == (401, 200)


@pytest.mark.parametrize(
    ("new", "code"),
    [
        ("short", "password_short"),
        ("Password123!", "password_common"),
        ("qwertyuiop", "password_common"),
        ("iloveyou2026", "password_common"),
        ("Winter2026!", "password_common"),
        ("aaaaaaaaaaaa", "password_common"),
        ("Parley2026!", "password_common"),
        (PASSWORD, "password_same"),
    ],
)
async def test_a_password_that_is_guessed_quickly_is_refused(
    start: Start, new: str, code: str
) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        answer = await change_password(ana, new=new)
        assert (answer.status, answer.code) == (422, code)
        assert (await desk.browser().log_in("ana")).status == 201, "the old one still counts"


async def test_a_password_that_is_thought_about_for_long_holds_nobody_up(start: Start) -> None:
    riddle = "4@8({[<3696!|1l70$5+7%2" * 4
    async with start() as desk:
        ana = await desk.signed_in("ana")
        async with asyncio.timeout(10):
            changing = asyncio.create_task(change_password(ana, new=riddle))
            assert (await desk.browser().log_in("ben")).status == 201
            assert (await changing).status == 204


async def test_guesses_at_the_present_password_wait_like_log_ins(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        codes = [(await change_password(ana, current="wrong")).code for _ in range(7)]
        assert codes == ["wrong_credentials"] * 5 + ["too_many_attempts"] * 2


async def test_the_list_of_sessions_tells_where_and_since_when_and_ends_one_or_all_others(
    start: Start,
) -> None:
    async with start() as desk:
        sam = await desk.signed_in("sam")
        desk.clock.advance(minutes=5)
        there = await from_address(desk, ELSEWHERE)
        await there.log_in("sam")
        desk.clock.advance(minutes=5)
        third, root = await desk.signed_in("sam"), await desk.signed_in("root")

        listed = (await sam.ask("GET", "/api/me/sessions")).json["items"]
        assert [(one["current"], one["address"]) for one in listed] == [
            (True, "127.0.0.1"),
            (False, "127.0.0.1"),
            (False, ELSEWHERE),
        ]
        assert listed[0]["opened_at"] < listed[2]["opened_at"] < listed[1]["opened_at"]
        assert "Python" in listed[0]["browser"]
        jar = {cookie.key: cookie.value for cookie in sam.http.cookie_jar}
        assert jar["parley_session"] not in repr(listed)

        left = await sam.ask("DELETE", f"/api/me/sessions/{listed[2]['id']}")
        assert [one["id"] for one in left.json["items"]] == [listed[0]["id"], listed[1]["id"]]
        assert await status(there) == 401
        foreign = (await root.ask("GET", "/api/me/sessions")).json["items"][0]["id"]
        assert (await sam.ask("DELETE", f"/api/me/sessions/{foreign}")).code == "not_found"
        assert (await sam.ask("DELETE", "/api/me/sessions/x")).status == 422
        left = await sam.ask("DELETE", "/api/me/sessions")
        assert [one["current"] for one in left.json["items"]] == [True]
        assert (await status(third), await status(root), await status(sam)) == (401, 200, 200)


async def test_beyond_the_most_sessions_of_a_user_the_oldest_ends_and_is_told_why(
    start: Start,
) -> None:
    async with start(sessions_per_user=2) as desk:
        first = await desk.signed_in("sam")
        async with first.window() as window:
            await window.until("welcome")
            for _ in range(2):
                desk.clock.advance(minutes=1)
                last = await desk.signed_in("sam")
            assert (await window.until("signed_out"))["code"] == "too_many"
        assert len((await last.ask("GET", "/api/me/sessions")).json["items"]) == 2


async def test_a_user_taken_off_a_role_loses_the_phone_at_once(start: Start) -> None:
    async with start(standing_every=SOON) as desk:
        ana = await desk.signed_in("ana")
        await ana.ask("POST", "/api/phone", {})
        await change(desk, "ana", active=False)
        await until(lambda: is_signed_out(ana))
        await until(lambda: _revoked(desk, "ana"))
        async with desk.database.work() as work:
            ana_now = await work.users.get("ana")
            await work.users.save(replace(ana_now, active=True))
            await work.commit()
        assert await status(ana) == 401, "a new log-in is needed"

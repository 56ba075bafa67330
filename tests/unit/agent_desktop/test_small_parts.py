"""Framing, throttle, passwords, the access table, generated files."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Opcode
from websockets.protocol import CLIENT
from websockets.protocol import Protocol as WebSocketProtocol

from agent_desktop.server import generate, line_file, openapi, protocol
from agent_desktop.server.access import LOCAL, MESSAGES, ROLES, ROUTES, allowed, topics_for
from agent_desktop.server.frames import text_frame
from agent_desktop.server.passwords import Passwords, hash_password
from agent_desktop.server.phones import Phones
from agent_desktop.server.problems import Problem
from agent_desktop.server.throttle import Throttle

pytestmark = pytest.mark.unit

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@given(st.sampled_from([0, 1, 125, 126, 127, 65_535, 65_536, 70_000]))
def test_a_frame_of_any_size_is_read_back_by_another_implementation(size: int) -> None:
    payload = b"x" * size
    reader = WebSocketProtocol(CLIENT)
    reader.receive_data(text_frame(payload))
    (frame,) = reader.events_received()
    assert (frame.opcode, frame.data, frame.fin) == (Opcode.TEXT, payload, True)  # type: ignore[union-attr]


def test_a_line_file_is_for_its_owner_alone_however_it_came_to_be(tmp_path: Path) -> None:
    anew, added = tmp_path / "anew", tmp_path / "added"

    line_file.replace(anew, b"a\n")
    line_file.add(added, b"a\n")
    line_file.add(added, b"b\n")

    assert list(line_file.lines(added)) == [b"a", b"b"]
    assert [file.stat().st_mode & 0o777 for file in (anew, added)] == [0o600, 0o600]


def test_throttle_lets_in_again_when_the_oldest_attempt_has_aged() -> None:
    throttle = Throttle(limit=2, window=MINUTE)
    assert throttle.admit("ana", NINE)
    assert throttle.admit("ana", NINE + timedelta(seconds=20))
    assert not throttle.admit("ana", NINE + timedelta(seconds=59))
    assert throttle.admit("ben", NINE)
    assert throttle.admit("ana", NINE + timedelta(seconds=61))
    assert not throttle.admit("ana", NINE + timedelta(seconds=61))


def test_throttle_keeps_a_bounded_number_of_keys() -> None:
    throttle = Throttle(limit=1, window=MINUTE)
    for number in range(10_050):
        assert throttle.admit(str(number), NINE)
    assert throttle.admit("0", NINE), "forgotten"
    assert not throttle.admit("10049", NINE)


async def test_passwords_are_argon2id_and_an_unknown_user_is_never_right() -> None:
    passwords = Passwords(threads=1, queue=4)
    try:
        right = hash_password("correct horse")
        assert right.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert await passwords.verify(right, "correct horse")
        assert not await passwords.verify(right, "wrong")
        assert not await passwords.verify(None, "nobody has this password")
        assert not await passwords.verify("no hash at all", "x")
    finally:
        await passwords.close()


async def test_more_log_ins_than_may_wait_are_told_to_come_back() -> None:
    passwords = Passwords(threads=1, queue=0)
    try:
        with pytest.raises(Problem) as refused:
            await passwords.verify(None, "x")
        assert (refused.value.status, refused.value.code) == (503, "busy")
    finally:
        await passwords.close()


def test_demo_phones_are_bounded_and_a_strange_cookie_speaks_for_nobody() -> None:
    phones = Phones(demo_callers=2)
    for number in range(3):
        phones.caller_issued(f"token{number}", f"caller-{number}", NINE)
    assert phones.of_caller("token0") is None
    assert phones.of_caller("token2") == "caller-2"
    assert phones.of_caller("made up") is None
    assert phones.of_caller(None) is None
    phones.issued("session", "ana", "agent-ana")
    phones.closed("session", "ana")
    assert phones.of_session("session") is None


async def test_phones_outlive_a_restart_with_their_sessions_and_a_torn_line(tmp_path: Path) -> None:
    file = tmp_path / "phones.jsonl"
    first = Phones(demo_callers=2, file=file)
    await first.load(lambda _key: "ana")
    first.issued("open", "ana", "agent-ana")
    first.issued("closed meanwhile", "ben", "agent-ben")
    await first.save()
    first.caller_issued("token", "caller-1", NINE)
    await first.save()
    with file.open("ab") as torn:
        torn.write(b'{"key":"op')

    second = Phones(demo_callers=2, file=file)
    left = await second.load(lambda key: "ana" if key == "open" else None)
    assert second.of_session("open") == "agent-ana"
    assert second.of_session("closed meanwhile") is None
    assert second.of_caller("token") == "caller-1"
    assert left == ["ben"], "whose secret belonged to a session that is over"


async def test_phones_that_cannot_be_written_down_are_phones_all_the_same(tmp_path: Path) -> None:
    phones = Phones(demo_callers=2, file=tmp_path)
    await phones.load(lambda _key: "ana")
    phones.issued("session", "ana", "agent-ana")
    await phones.save()
    assert phones.of_session("session") == "agent-ana"


def test_the_secret_of_a_phone_is_the_sessions_that_asked_last() -> None:
    phones = Phones(demo_callers=2)
    for key in ("first", "second"):
        phones.asked(key, "ana")
        phones.issued(key, "ana", "agent-ana")
    assert not phones.closed("first", "ana")
    assert phones.is_held("ana")
    phones.asked("third", "ana")
    assert not phones.closed("second", "ana"), "the third has asked, though it has nothing yet"
    assert phones.closed("third", "ana")
    assert not phones.is_held("ana")


def test_every_message_and_every_described_route_has_its_line_in_the_table() -> None:
    assert set(MESSAGES) == set(get_args(protocol.ClientFrame))
    described = {
        (method.upper(), path)
        for path, item in openapi.document()["paths"].items()
        for method in item
    }
    assert described <= set(ROUTES)
    assert all(roles <= {*ROLES, "*", LOCAL} for roles in ROUTES.values())
    assert all(roles <= set(ROLES) for roles in MESSAGES.values())
    assert [route for (_, route), roles in ROUTES.items() if LOCAL in roles] == ["/metrics"]


def test_nobody_sees_anothers_own_topic() -> None:
    for role in ROLES:
        own = [one for one in topics_for("ana", frozenset({role})) if one.startswith("agent:")]
        assert own in ([], ["agent:ana"])
    assert not allowed(frozenset({"supervisor"}), frozenset())


def test_generated_files_are_up_to_date() -> None:
    for path, text in generate.files().items():
        assert path.read_text("utf-8") == text, f"{path.name}: run agent_desktop.server.generate"


def test_check_names_a_stale_file_and_writing_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stale = tmp_path / "web" / "openapi.json"
    monkeypatch.setattr(generate, "files", lambda: {stale: "{}\n"})
    assert generate.main(["--check"]) == 1
    assert "openapi.json is out of date" in capsys.readouterr().err
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0


def test_the_document_describes_every_answer_and_every_refusal() -> None:
    spec = json.loads(json.dumps(openapi.document()))
    operations = [one for item in spec["paths"].values() for one in item.values()]
    assert len({one["operationId"] for one in operations}) == len(operations)
    for operation in operations:
        assert operation["description"]
        assert "default" in operation["responses"]
        assert any(status.startswith("2") for status in operation["responses"])

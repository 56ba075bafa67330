"""The command line as a person meets it: messages, exit codes, help."""

import errno
import io
import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from rich.console import Console
from typer.main import get_command

from cti import doctor_machine
from cti.announcing import DemoUser, DialNumber, Ready, announce_on
from cti.cli import app, main
from cti.doctor_finding import Finding, Verdict
from cti.failures import explain
from cti.settings import describe
from cti.sites import DEMO_SITE
from cti.terminal import ExitCode

pytestmark = pytest.mark.unit

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def parley(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Run:
    monkeypatch.setenv("PARLEY_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("PARLEY_CONFIG", raising=False)

    def run(*words: str, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = main(["--data-dir", str(tmp_path / "data"), *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.mark.parametrize(
    "words",
    [
        (), ("up",), ("doctor",), ("settings",), ("db",), ("db", "upgrade"), ("db", "status"),
        ("db", "import", "parties"), ("db", "import", "list"),
        ("db", "import", "undo"), ("user", "import"), ("user", "queues"), ("user", "add"),
        ("user", "list"), ("user", "deactivate"),
        ("user", "activate"), ("user", "roles"), ("user", "skills"), ("user", "password"),
        ("user", "unlock"),
        ("phone", "add"), ("phone", "secret"), ("phone", "remove"), ("phone", "list"),
        ("telephony", "render"), ("telephony", "check"), ("demo", "seed"), ("demo", "traffic"),
        ("ivr", "lint"),
    ],
)  # fmt: skip
def test_every_verb_has_help(parley: Run, words: tuple[str, ...]) -> None:
    code, said, _ = parley(*words, "--help")

    assert code == ExitCode.DONE
    assert "Usage" in said
    group = words in {("db",), ("user",), ("telephony",), ("demo",), ("ivr",)}
    assert group or "Exit codes: 0 done" in said


def test_a_narrow_terminal_shows_every_variable_whole(
    parley: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cti.cli.out", Console(width=80))

    said = parley("settings")[1]

    for key, *_ in describe():
        assert f"PARLEY_{key.upper().replace('.', '_')} " in said


@pytest.mark.parametrize("words", [("upp",), ("up", "--prot", "1"), ("db", "import", "parties")])
def test_wrong_usage_ends_with_2(parley: Run, words: tuple[str, ...]) -> None:
    assert parley(*words)[0] == ExitCode.USAGE


def test_an_interrupted_command_says_that_it_goes_on(
    parley: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cti.preparing.prepare", interrupted)

    code, _, said = parley("up", "--prepare-only")

    assert code == ExitCode.INTERRUPTED
    assert "Interrupted; the same command goes on from here." in said


def test_refused_settings_end_with_3_and_say_which(parley: Run) -> None:
    code, _, said = parley("up", "--port", "99999", "--prepare-only")

    assert code == ExitCode.REFUSED
    assert "desktop.port: 99999 is no TCP port" in said


def test_a_refused_site_ends_with_3_and_names_the_line(parley: Run, tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text('[site]\nname = "x"\ncolour = "red"\n')

    code, _, said = parley("telephony", "check", "--site", str(site))

    assert code == ExitCode.REFUSED
    assert "site.toml:3" in said.replace("\n", "")


def test_a_site_that_names_no_flow_of_ours_is_refused(parley: Run, tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(DEMO_SITE.read_text().replace('flow = "demo"', 'flow = "nonesuch"'))

    code, _, said = parley("telephony", "check", "--site", str(site))

    assert code == ExitCode.REFUSED
    assert "site.toml:" in said
    assert "numbers[1].flow: there is no flow 'nonesuch'; choose from demo or write" in said


def test_a_refused_flow_ends_with_3_and_names_the_line(parley: Run, tmp_path: Path) -> None:
    flow = tmp_path / "flow.yaml"
    flow.write_text("steps: [\n")

    code, _, said = parley("ivr", "lint", str(flow))

    assert code == ExitCode.REFUSED
    assert "flow.yaml:" in said.replace("\n", "")


def test_the_database_is_made_filled_with_a_user_and_listed(parley: Run) -> None:
    assert parley("db", "status")[0] == ExitCode.FAILED
    assert parley("db", "upgrade")[0] == ExitCode.DONE
    assert parley("db", "status")[0] == ExitCode.DONE
    new = ("user", "add", "joe", "--name", "Joe Hill", "--role", "agent", "--skill", "billing=3")

    assert parley(*new, typed="long enough for us\n")[0] == ExitCode.DONE
    assert "Joe Hill" in parley("user", "list")[1]
    code, _, said = parley(*new, typed="long enough for us\n")
    assert code == ExitCode.FAILED
    assert "joe" in said


def test_a_user_is_deactivated_and_activated_and_both_are_in_the_audit_log(
    parley: Run, tmp_path: Path
) -> None:
    parley("db", "upgrade")
    new = ("user", "add", "joe", "--name", "Joe Hill", "--role", "agent")
    parley(*new, typed="long enough for us\n")

    assert "can no longer log in" in parley("user", "deactivate", "joe")[1]
    assert re.search(r"Joe Hill .*│ no ", parley("user", "list")[1])
    code, said, _ = parley("user", "deactivate", "joe")
    assert (code, "was deactivated already" in said) == (ExitCode.DONE, True)
    assert "can log in again" in parley("user", "activate", "joe")[1]
    assert "was active already" in parley("user", "activate", "joe")[1]
    assert re.search(r"Joe Hill .*│ yes ", parley("user", "list")[1])
    assert [line for line in audit(tmp_path) if "active" in line[3]] == [
        ("command line", "changed", "joe", {"active": [True, False]}),
        ("command line", "changed", "joe", {"active": [False, True]}),
    ]


def test_a_user_is_given_other_roles(parley: Run, tmp_path: Path) -> None:
    parley("db", "upgrade")
    new = ("user", "add", "joe", "--name", "Joe Hill", "--role", "agent")
    parley(*new, typed="long enough for us\n")

    assert "is now supervisor, agent" in parley("user", "roles", "joe", "supervisor", "agent")[1]
    assert "had these roles already" in parley("user", "roles", "joe", "agent", "supervisor")[1]
    assert audit(tmp_path)[-1][3] == {"roles": [["agent"], ["supervisor", "agent"]]}
    code, _, said = parley("user", "roles", "joe", "boss")
    assert (code, "must be one of agent, supervisor" in said) == (ExitCode.FAILED, True)
    assert parley("user", "roles", "joe")[0] == ExitCode.USAGE


def test_a_user_is_given_other_skills(parley: Run, tmp_path: Path) -> None:
    parley("db", "upgrade")
    new = ("user", "add", "joe", "--name", "Joe Hill", "--role", "agent", "--skill", "sales=2")
    parley(*new, typed="long enough for us\n")

    assert (
        "now has billing=3, lang-zh=5"
        in parley("user", "skills", "joe", "billing=3", "lang-zh=5")[1]
    )
    assert "billing 3, lang-zh 5" in parley("user", "list")[1]
    assert "already" in parley("user", "skills", "joe", "lang-zh=5", "billing=3")[1]
    assert "now has no skills" in parley("user", "skills", "joe")[1]
    assert [line[3] for line in audit(tmp_path)] == [
        {"skills": [{"sales": 2}, {"billing": 3, "lang-zh": 5}]},
        {"skills": [{"billing": 3, "lang-zh": 5}, {}]},
    ]
    code, _, said = parley("user", "skills", "joe", "billing")
    assert (code, "write it as billing=3" in said) == (ExitCode.FAILED, True)


def test_a_user_is_given_a_new_password(parley: Run, tmp_path: Path) -> None:
    parley("db", "upgrade")
    new = ("user", "add", "joe", "--name", "Joe Hill", "--role", "agent")
    parley(*new, typed="long enough for us\n")

    code, _, said = parley("user", "password", "joe", typed="short\n")
    assert (code, "10 characters" in said) == (ExitCode.FAILED, True)
    done = parley("user", "password", "joe", typed="still long enough\r\n")
    assert (done[0], "can log in with the new password" in done[1]) == (ExitCode.DONE, True)
    (file,) = (tmp_path / "data").rglob("*.db")
    with closing(sqlite3.connect(file)) as connection:
        ((stored,),) = connection.execute('SELECT password_hash FROM "user"').fetchall()
    assert PasswordHasher().verify(stored, "still long enough")


def test_a_user_is_unlocked_and_that_is_in_the_audit_log(parley: Run, tmp_path: Path) -> None:
    parley("db", "upgrade")
    parley(
        "user", "add", "joe", "--name", "Joe Hill", "--role", "agent", typed="long enough for us\n"
    )

    assert "joe can try again" in parley("user", "unlock", "joe")[1]
    (file,) = (tmp_path / "data").rglob("*.db")
    with closing(sqlite3.connect(file)) as connection:
        actions = connection.execute("SELECT action FROM audit_log").fetchall()
        ((at,),) = connection.execute('SELECT unlocked_at FROM "user"').fetchall()
    assert ("user_unlocked",) in actions
    assert at is not None


def test_no_verb_takes_a_secret_as_an_option() -> None:
    for verb, command in verbs(get_command(app)):
        options = [word for each in command.params for word in each.opts]
        secret = [word for word in options if re.search("pass|secret|token|pin", word)]
        assert not secret, f"parley {verb}: everybody on the machine sees {secret}"


def verbs(command: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every verb with its words."""
    for word, inner in getattr(command, "commands", {}).items():
        yield from verbs(inner, f"{name} {word}".strip())
    yield name, command


@pytest.mark.parametrize(
    "words",
    [
        ("deactivate",), ("activate",), ("roles", "agent"), ("skills", "billing=3"),
        ("password",), ("unlock",),
    ],
)  # fmt: skip
def test_a_user_who_does_not_exist_is_named(parley: Run, words: tuple[str, ...]) -> None:
    parley("db", "upgrade")

    code, _, said = parley("user", words[0], "jo", *words[1:], typed="still long enough\n")

    assert code == ExitCode.FAILED
    assert "there is no 'jo'; 'parley user list' shows all" in said


def audit(folder: Path) -> list[tuple[str, str, str, dict[str, object]]]:
    """Who changed which user and how, in order."""
    (file,) = (folder / "data").rglob("*.db")
    with closing(sqlite3.connect(file)) as connection:
        rows = connection.execute(
            "SELECT actor, action, entity_id, details FROM audit_log"
            " WHERE entity = 'user' AND action = 'changed' ORDER BY at, id"
        ).fetchall()
    return [(*row[:3], json.loads(row[3])) for row in rows]


@pytest.mark.parametrize(
    ("words", "password", "remedy"),
    [
        (("--role", "boss"), "long enough for us", "supervisor"),
        (("--role", "agent"), "short", "10 characters"),
        (("--role", "agent"), "", "10 characters"),
        (("--role", "agent"), "Winter2026!", "guessed quickly"),
        (("--role", "agent"), "joejoejoejoe", "guessed quickly"),
        (("--role", "agent", "--skill", "x"), "long enough for us", "billing=3"),
        (("--role", "agent", "--skill", "sales=9"), "long enough for us", "1 to 5"),
        (("--role", "agent", "--skill", "saels=3"), "long enough for us", "perhaps sales was"),
        (("--role", "agent", "--queue", "slaes"), "long enough for us", "perhaps sales was"),
        (("--role", "agent", "--queue", "x"), "long enough for us", "has no 'x'; it has billing"),
    ],
)
def test_a_user_who_makes_no_sense_is_refused(
    parley: Run, words: tuple[str, ...], password: str, remedy: str
) -> None:
    parley("db", "upgrade")

    code, _, said = parley("user", "add", "joe", "--name", "Joe", *words, typed=f"{password}\n")

    assert code == ExitCode.FAILED
    assert remedy in said


def staff(folder: Path, *rows: str, head: str = "user,name,roles,skills,queues,language") -> Path:
    file = folder / "staff.csv"
    file.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return file


def test_users_are_made_from_a_file_with_passwords_that_only_its_owner_reads(
    parley: Run, tmp_path: Path
) -> None:
    parley("db", "upgrade")
    file = staff(
        tmp_path,
        'joe,Joe Hill,agent,"billing=3, lang-zh=5",billing,en',
        "li,李娜,agent supervisor,,,zh",
    )

    code, said, _ = parley("user", "import", str(file), "--dry-run")
    assert (code, "2 made" in said, "dry run" in said) == (ExitCode.DONE, True, True)
    assert "Joe Hill" not in parley("user", "list")[1]

    code, said, _ = parley("user", "import", str(file))
    assert (code, "2 made" in said) == (ExitCode.DONE, True)
    listed = parley("user", "list")[1]
    assert "billing 3," in listed
    assert "agent, supervisor" in listed
    secret = tmp_path / "staff.passwords.csv"
    assert secret.stat().st_mode & 0o777 == 0o600
    users = [line.split(",")[0] for line in secret.read_text().splitlines()]
    assert users == ["user", "joe", "li"]
    assert secret.read_text().splitlines()[1].split(",")[1] not in said


def test_a_file_of_users_changes_those_who_are_there_only_when_asked(
    parley: Run, tmp_path: Path
) -> None:
    parley("db", "upgrade")
    parley("user", "import", str(staff(tmp_path, "joe,Joe,agent,billing=3,billing,en")))
    changed = staff(tmp_path, "joe,Joe Hill,agent,sales=2", head="user,name,roles,skills")

    code, _, said = parley("user", "import", str(changed))
    assert (code, "line 2: user: 'joe' is there; --update" in said) == (ExitCode.FAILED, True)
    assert (
        "0 made, 1 changed, 0 as they were" in parley("user", "import", str(changed), "--update")[1]
    )
    assert "0 changed, 1 as they were" in parley("user", "import", str(changed), "--update")[1]
    listed = parley("user", "list")[1]
    assert "Joe Hill" in listed
    assert "sales 2" in listed


@pytest.mark.parametrize(
    ("head", "rows", "remedies"),
    [
        ("user,name", ("joe,Joe",), ["without roles; it may name user, name, roles"]),
        ("user,name,roles,shoe", ("joe,Joe,agent,9",), ["with 'shoe'"]),
        ("user,name,roles,password", ("joe,Joe,agent,x",), ["leave passwords out"]),
        (
            "user,name,roles,skills",
            ("Joe,Joe,agent,", "ben,Ben,boss,", "li,Li,agent,saels=3", "li,Li,agent,sales=3",
             "li,Li,agent,sales=2", "mei,Mei,,"),
            ["line 2: id", "line 3: role", "line 4: skill", "line 6: user: 'li' is in line 5 too",
             "line 7: role: must be one of", "Nothing was changed"],
        ),
    ],
)  # fmt: skip
def test_a_file_of_users_with_faults_changes_nothing_and_names_them_all(
    parley: Run, tmp_path: Path, head: str, rows: tuple[str, ...], remedies: list[str]
) -> None:
    parley("db", "upgrade")
    file = staff(tmp_path, *rows, head=head)

    code, _, said = parley("user", "import", str(file))

    assert code == ExitCode.FAILED
    for remedy in remedies:
        assert remedy in said
    assert not (tmp_path / "staff.passwords.csv").exists()
    assert "Ben" not in parley("user", "list")[1]


def test_an_agent_is_given_other_queues(parley: Run) -> None:
    parley("db", "upgrade")
    new = ("user", "add", "joe", "--name", "Joe Hill", "--role", "agent")
    parley(*new, typed="long enough for us\n")
    assert "now serves billing, sales" in parley("user", "queues", "joe", "billing", "sales")[1]
    assert "already" in parley("user", "queues", "joe", "sales", "billing")[1]
    code, _, said = parley("user", "queues", "joe", "slaes")
    assert (code, "perhaps sales was meant" in said) == (ExitCode.FAILED, True)


def test_an_import_that_would_lose_second_phones_says_further_ones(
    parley: Run, tmp_path: Path
) -> None:
    file = tmp_path / "in.csv"
    file.write_text("name,phone,Reach\nAna Ruiz,+1 212 555 0123,+1 212 555 0124\n")
    parley("db", "upgrade")
    _, _, told = parley("db", "import", "parties", str(file), "--region", "US", "--dry-run")
    assert "Further phones will be left out; these columns look like one: Reach" in told


def test_an_import_that_would_lose_phones_asks_first_and_can_be_taken_back(
    parley: Run, tmp_path: Path
) -> None:
    parley("db", "upgrade")
    file = tmp_path / "people.csv"
    file.write_text("name;Reach\nAna Ruiz;+1 212 555 0123\nBen;+1 212 555 0124\n")
    command = ("db", "import", "parties", str(file), "--region", "US")

    code, _, told = parley(*command)
    assert code == ExitCode.REFUSED
    assert "2 of 2 people will have no phone; these columns look like one: Reach" in told
    assert "give --yes to go on" in told
    code, said, _ = parley(*command, "--map", "Reach=phone")
    assert (code, "parley db import undo" in said) == (ExitCode.DONE, True)
    assert "people.csv" in parley("db", "import", "list")[1]
    code, said, _ = parley("db", "import", "undo")
    assert (code, "2 customers removed" in said) == (ExitCode.DONE, True)
    assert "undone" in parley("db", "import", "list")[1]
    assert parley("db", "import", "undo")[0] == ExitCode.FAILED


def test_a_file_is_imported_and_its_faults_are_shown(parley: Run, tmp_path: Path) -> None:
    parley("db", "upgrade")
    file = tmp_path / "people.csv"
    file.write_text("name;phone\nAna Ruiz;+1 212 555 0123\nBen;12\n", encoding="utf-8")

    code, said, told = parley("db", "import", "parties", str(file), "--region", "US")

    assert code == ExitCode.FAILED
    assert "delimiter ';'" in told.replace("\n", "")
    assert "line 3: failed" in said


def test_a_column_with_a_name_of_its_own_is_mapped(parley: Run, tmp_path: Path) -> None:
    parley("db", "upgrade")
    file = tmp_path / "people.csv"
    file.write_text("Wer,Tel\nAna Ruiz,+12125550123\n")
    words = ("db", "import", "parties", str(file), "--region", "us")

    refused = parley(*words)
    unclear = parley(*words, "--map", "Wer")
    done = parley(*words, "--map", "Wer=name")

    assert refused[0] == unclear[0] == ExitCode.FAILED
    assert "say which one does, such as --map 'COLUMN=name'" in refused[2].replace("\n", " ")
    assert "write it as 'COLUMN=name'" in unclear[2]
    assert done[0] == ExitCode.DONE


def test_rendered_files_land_in_the_folder(parley: Run, tmp_path: Path) -> None:
    code, _, _ = parley("telephony", "render", str(tmp_path / "etc"))

    assert code == ExitCode.DONE
    assert (tmp_path / "etc" / "pjsip.conf").read_text()


def test_a_folder_that_cannot_be_written_is_named(parley: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    code, _, said = parley("telephony", "render", str(tmp_path / "file" / "etc"))

    assert code == ExitCode.FAILED
    assert "Name another folder" in said


def test_doctor_speaks_json_and_fails_when_a_part_does(parley: Run) -> None:
    code, said, _ = parley("doctor", "--json")

    report = json.loads(said)
    parts = {each["part"]: each for each in report["findings"] if each["verdict"] == "failed"}
    assert code == ExitCode.FAILED
    assert not report["ok"]
    assert parts["database"]["remedy"] == "Run: parley db upgrade"
    assert "prepare-only" in parts["asterisk"]["remedy"]


def test_doctor_says_when_a_turn_server_would_let_nobody_in(
    parley: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = 'ice_servers = ["turn:turn.example.org"]'
    file = tmp_path / "site.toml"
    file.write_text(DEMO_SITE.read_text().replace("[desktop]", f"[desktop]\n{turn}"))

    def found() -> list[dict[str, str]]:
        report = json.loads(parley("doctor", "--json", "--site", str(file))[1])
        return [each for each in report["findings"] if each["part"] == "TURN"]

    assert "PARLEY_DESKTOP_TURN_SECRET" in found()[0]["remedy"]
    monkeypatch.setenv("PARLEY_DESKTOP_TURN_SECRET", "north wind in a teacup")
    assert found() == []


@pytest.mark.parametrize(
    ("free", "verdict"),
    [(1, Verdict.FAILED), (2**30, Verdict.WARNING), (2**40, Verdict.GOOD)],
)
def test_doctor_sees_a_disk_filling_up(tmp_path: Path, free: int, verdict: Verdict) -> None:
    (found,) = doctor_machine.disk(tmp_path / "not" / "yet", free=lambda _: free)

    assert found.verdict is verdict
    assert bool(found.remedy) is (verdict is not Verdict.GOOD)


def test_doctor_sees_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    found: Finding = doctor_machine.folder("data folder", tmp_path / "file" / "below")

    assert found.verdict is Verdict.FAILED


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, "Free some space"),
        (errno.EADDRINUSE, "--port"),
        (errno.EROFS, "--data-dir"),
    ],
)
def test_a_full_disk_or_a_taken_port_is_explained(
    number: int, remedy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = explain(ExceptionGroup("tasks", [OSError(number, "no")]))

    assert code is ExitCode.FAILED
    assert remedy in capsys.readouterr().err


def test_quoted_input_commands_no_terminal(parley: Run, tmp_path: Path) -> None:
    file = tmp_path / "names.csv"
    file.write_bytes(b"\x1b]0;owned\x07,\x1b[2J\n1,2\n")

    code, _, said = parley("db", "import", "parties", str(file))

    assert code == ExitCode.FAILED
    assert "no column holds a name" in said
    assert "\x07" not in said
    assert "\x1b]" not in said
    assert "\x1b[2J" not in said


def test_one_fault_told_by_two_tasks_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    taken = OSError(errno.EADDRINUSE, "Address already in use")

    code = explain(ExceptionGroup("tasks", [taken, OSError(*taken.args)]))

    assert code == ExitCode.FAILED
    assert capsys.readouterr().err.count("Address already in use") == 1


def test_a_fault_of_the_program_is_not_explained_away() -> None:
    assert explain(KeyError("bug")) is None
    assert explain(ExceptionGroup("tasks", [OSError(errno.ENOSPC, "no"), KeyError("bug")])) is None


def test_the_closing_table_says_where_to_go_and_whom_to_be() -> None:
    console = Console(record=True, width=100, force_terminal=False)
    ready = Ready(
        url="http://localhost:8080/",
        data_dir=Path("/data"),
        users=[DemoUser(user="ana", password="pw", name="Ana", role="agent", skills="sales 3")],
        numbers=[DialNumber(number="5001", label="Main line")],
        sip="127.0.0.1:5060",
    )

    announce_on(console)(ready)

    said = console.export_text(clear=False)
    for word in ("http://localhost:8080/", "ana / pw", "sales 3", "5001  Main line", "/data"):
        assert word in said

    announce_on(console)(replace(ready, users=(), nobody=True))
    assert "parley user add" in console.export_text()


def test_a_desk_phone_is_given_once_with_a_secret_that_is_shown_and_not_kept(
    parley: Run, tmp_path: Path
) -> None:
    assert parley("db", "upgrade")[0] == ExitCode.DONE
    new = ("user", "add", "joe", "--name", "Joe Hill", "--role", "agent")
    assert parley(*new, typed="long enough for us\n")[0] == ExitCode.DONE
    assert "parley phone add NAME" in parley("phone", "list")[2]

    code, shown, _ = parley("phone", "add", "joe")
    assert code == ExitCode.DONE
    (secret,) = re.findall(r"Password\s+(\S+)", shown)
    assert len(secret) >= 20
    assert "agent-joe" in shown
    with closing(sqlite3.connect(tmp_path / "data" / "parley.db")) as database:
        dump = "\n".join(database.iterdump())
    assert secret not in dump
    (digest,) = re.findall(r"'([0-9a-f]{32})'", dump)
    assert dump.count(digest) == 1, "and the audit log has it neither"
    assert "desk_phone_issued" in dump

    code, _, said = parley("phone", "add", "joe")
    assert (code, "parley phone secret joe" in said) == (ExitCode.FAILED, True)
    assert secret not in parley("phone", "secret", "joe")[1]
    assert "registers" in parley("phone", "list")[1]
    assert "browser from the next log-in" in parley("phone", "remove", "joe")[1]
    assert "no desk phone" in parley("phone", "remove", "joe")[2]


def test_who_takes_no_calls_gets_no_desk_phone(parley: Run) -> None:
    assert parley("db", "upgrade")[0] == ExitCode.DONE
    new = ("user", "add", "sue", "--name", "Sue", "--role", "supervisor")
    assert parley(*new, typed="long enough for us\n")[0] == ExitCode.DONE

    code, _, said = parley("phone", "add", "sue")

    assert (code, "takes no calls" in said) == (ExitCode.FAILED, True)
    assert parley("phone", "add", "nobody")[0] == ExitCode.FAILED

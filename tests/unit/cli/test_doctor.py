"""`parley doctor` where one part is broken: it names the part and the remedy."""

import json
import os
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from blockbuster import BlockBuster
from typing_extensions import override

from acd.ids import AgentId
from crm_core.domain.user import User
from cti import doctor_site, tls
from cti.alone import AlreadyRuns, alone, runs
from cti.cli import main
from cti.doctor_finding import Verdict
from cti.doctor_machine import disk
from cti.settings import Settings, Tls
from cti.sites import DEMO_SITE
from telephony_config.load import load_site
from telephony_config.model import BrowserPhone

pytestmark = pytest.mark.unit


@pytest.fixture
def findings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> "Examine":
    monkeypatch.setenv("PARLEY_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("PARLEY_CONFIG", raising=False)
    return Examine(tmp_path, capsys)


class Examine:
    """Runs the doctor and gives what it found of one part."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._folder, self._capsys = folder, capsys
        self.data = folder / "data"
        self.data.mkdir()

    def __call__(self, part: str, *words: str) -> list[dict[str, str]]:
        main(["doctor", "--json", "--data-dir", str(self.data), *words])
        report = json.loads(self._capsys.readouterr().out)
        return [each for each in report["findings"] if each["part"] == part]

    def upgrade(self) -> None:
        assert main(["--data-dir", str(self.data), "db", "upgrade"]) == 0
        self._capsys.readouterr()

    def site(self, *changes: tuple[str, str]) -> tuple[str, str]:
        text = DEMO_SITE.read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (self._folder / "site.toml").write_text(text)
        return "--site", str(self._folder / "site.toml")


def test_a_damaged_database_is_named_with_its_file(findings: Examine) -> None:
    (findings.data / "parley.db").write_text("no database at all " * 100)

    (found,) = findings("database")

    assert found["verdict"] == Verdict.FAILED
    assert found["what"].count(str(findings.data / "parley.db")) == 1
    assert found["remedy"].startswith("Restore the file from a backup")


def test_a_database_server_that_is_away_is_named_without_the_password(
    findings: Examine, monkeypatch: pytest.MonkeyPatch, blockbuster: BlockBuster
) -> None:
    blockbuster.deactivate()  # asyncpg looks for its files at home when it connects
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{unheard.getsockname()[1]}"
        monkeypatch.setenv("PARLEY_DATABASE_URL", f"postgresql://joe:hush-hush@{place}/crm")
        (found,) = findings("database")

    assert found["verdict"] == Verdict.FAILED
    assert f"PostgreSQL, crm at {place}" in found["what"]
    assert "PARLEY_DATABASE_URL" in found["remedy"]
    assert "hush-hush" not in json.dumps(found)


def test_a_url_of_no_database_is_refused_with_what_can_be_written(
    findings: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARLEY_DATABASE_URL", "mysql://joe:hush-hush@host/crm")

    (found,) = findings("database")

    assert "postgresql://USER:PASSWORD@HOST/DATABASE" in found["what"]
    assert "PARLEY_DATABASE_URL" in found["remedy"]
    assert "hush-hush" not in json.dumps(found)


def test_modules_that_an_asterisk_lacks_are_named(findings: Examine, tmp_path: Path) -> None:
    program = tmp_path / "asterisk"
    program.write_text("#!/bin/sh\necho Asterisk 22.0\n")
    program.chmod(0o755)
    own = f'[asterisk]\nbinary = "{program}"\nmodules = "{tmp_path}"\ndata = "{tmp_path}"\n'
    site = findings.site(("[ports]", f"{own}\n[ports]"))

    lacking = [each for each in findings("asterisk", *site) if each["verdict"] == Verdict.FAILED]

    assert len(lacking) == 1
    assert "lacks res_sorcery_config, " in lacking[0]["what"]
    assert "asterisk.modules" in lacking[0]["remedy"]


class Pong(BaseHTTPRequestHandler):
    """Stands in for an Asterisk that answers."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    @override
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def answering() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), Pong)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def remember_asterisk(data: Path, port: int) -> None:
    (data / "asterisk").mkdir()
    state = {"pid": os.getpid(), "began": "", "password": "p", "run": "", "http": port}
    (data / "asterisk" / "asterisk.json").write_text(json.dumps(state))


def test_an_asterisk_of_another_site_file_is_found_and_said(findings: Examine) -> None:
    with answering() as port, alone(findings.data):
        remember_asterisk(findings.data, port)

        (ari,) = findings("ari")
        site = findings("site")

    assert ari["verdict"] == Verdict.GOOD
    assert f":{port}" in ari["what"]
    assert [each["verdict"] for each in site] == [Verdict.GOOD, Verdict.WARNING]
    assert "--site FILE" in site[1]["remedy"]


def test_an_asterisk_of_ours_that_is_deaf_is_said_with_its_log(findings: Examine) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        remember_asterisk(findings.data, unheard.getsockname()[1])
        (found,) = findings("ari")

    assert found["verdict"] == Verdict.FAILED
    assert "asterisk/log/messages" in found["remedy"]
    assert "asterisk.url" not in found["remedy"]


def test_the_doctor_tells_whether_parley_runs(findings: Examine) -> None:
    assert "does not run now" in findings("parley")[0]["what"]
    with alone(findings.data):
        assert findings("parley")[0]["what"] == f"runs, process {os.getpid()}"
    with answering() as port:
        remember_asterisk(findings.data, port)
        (left,) = findings("parley")
        assert left["verdict"] == Verdict.WARNING
        assert "takes it over" in left["remedy"]


def test_one_parley_at_a_time_uses_a_data_folder(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with alone(data):
        assert runs(data) == os.getpid()
        with pytest.raises(AlreadyRuns, match=rf"process {os.getpid()}.*--data-dir"), alone(data):
            pass
    assert runs(data) is None
    with alone(data):
        assert runs(data) == os.getpid()


def test_little_room_is_told_in_its_own_unit(tmp_path: Path) -> None:
    (found,) = disk(tmp_path, free=lambda _: 20 * 2**20)

    assert found.what.startswith("20 MiB free")


def test_a_phone_of_a_user_who_does_not_exist_is_named(findings: Examine) -> None:
    findings.upgrade()
    site = findings.site(("[ports]", '[phones]\nnobody = "sip:x@192.0.2.7"\n\n[ports]'))

    (found,) = findings("phones", *site)

    assert found["verdict"] == Verdict.FAILED
    assert "phones.nobody: there is no user nobody" in found["what"]
    assert "parley user add nobody" in found["remedy"]


def test_phones_of_users_who_cannot_take_calls_are_warned_of() -> None:
    site = replace(load_site(DEMO_SITE), phones={AgentId(n): BrowserPhone() for n in ("a", "b")})
    users = [User(id="a", name="A", active=False), User(id="b", name="B", roles=())]

    found = list(doctor_site.phones_of_nobody(site, users))

    assert [one.verdict for one in found] == [Verdict.WARNING] * 2
    assert "may not log in" in found[0].what
    assert "takes no calls" in found[1].what


def test_a_trunks_server_that_nobody_knows_is_named(findings: Examine) -> None:
    trunk = '[trunks.x]\naddresses = ["192.0.2.1"]\nserver = "no-such-carrier.invalid"\n\n[ports]'

    (found,) = findings("trunks", *findings.site(("[ports]", trunk)))

    assert found["verdict"] == Verdict.FAILED
    assert "no-such-carrier.invalid" in found["what"]


@pytest.mark.parametrize(
    "content", [b"no database at all " * 300, b"SQLite format 3\x00" + b"x" * 9]
)
def test_a_damaged_journal_is_named_with_its_file(findings: Examine, content: bytes) -> None:
    (findings.data / "floor.db").write_bytes(content)

    (found,) = findings("journal")

    assert found["verdict"] == Verdict.FAILED
    assert str(findings.data / "floor.db") in found["what"]
    assert "Move it away" in found["remedy"]


def test_a_page_of_the_journal_that_is_overwritten_is_found(findings: Examine) -> None:
    file = findings.data / "floor.db"
    with closing(sqlite3.connect(file)) as made:
        made.execute("CREATE TABLE event (seq INTEGER PRIMARY KEY, body TEXT)")
        made.executemany("INSERT INTO event (body) VALUES (?)", [("x" * 500,)] * 100)
        made.commit()
    assert doctor_site.journal(file).verdict == Verdict.GOOD
    with file.open("r+b") as damaged:
        damaged.seek(2 * 4096)
        damaged.write(b"\xff" * 4096)

    assert doctor_site.journal(file).verdict == Verdict.FAILED


def test_a_site_file_newer_than_what_runs_is_told(tmp_path: Path) -> None:
    started, file = tmp_path / "parley.lock", tmp_path / "site.toml"
    for path, at in ((started, 1000), (file, 900)):
        path.touch()
        os.utime(path, (at, at))
    assert list(doctor_site.newer_site(file, started, running=1)) == []
    os.utime(file, (1100, 1100))

    (found,) = doctor_site.newer_site(file, started, running=1)

    assert (found.verdict, "Restart" in found.remedy) == (Verdict.WARNING, True)
    assert list(doctor_site.newer_site(file, started, running=None)) == []


@pytest.mark.parametrize(
    ("after", "verdict", "said"),
    [
        (timedelta(days=0), Verdict.GOOD, "until"),
        (timedelta(days=390), Verdict.WARNING, "in 6 days"),
        (timedelta(days=400), Verdict.FAILED, "ended"),
    ],
)
def test_a_certificate_that_ends_soon_is_told(
    tmp_path: Path, after: timedelta, verdict: Verdict, said: str
) -> None:
    now = datetime.now(UTC)
    pair = tls.pair(Tls(), tmp_path, ("localhost",), now=now)
    settings = Settings(
        data_dir=tmp_path,
        cache_dir=tmp_path,
        tls=Tls(enabled=True, certificate=pair.certificate, key=pair.key),
    )

    (found,) = doctor_site.certificates(settings, load_site(DEMO_SITE), now + after)

    assert found.verdict == verdict
    assert said in found.what


def test_a_key_that_is_not_the_certificates_is_told(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    one, other = [
        tls.pair(Tls(), folder, ("localhost",), now=datetime.now(UTC))
        for folder in (tmp_path, tmp_path / "b")
    ]
    settings = Settings(
        data_dir=tmp_path, cache_dir=tmp_path, tls=Tls(certificate=one.certificate, key=other.key)
    )

    (found,) = doctor_site.certificates(settings, load_site(DEMO_SITE), datetime.now(UTC))

    assert found.verdict == Verdict.FAILED
    assert "its own key" in found.remedy

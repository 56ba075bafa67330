"""The Debian archive is found in the machine's own apt sources, whatever their format."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from cti.settings import describe
from telephony_config import debian
from telephony_config.apt_sources import ArchiveSource, debian_archive, read_sources
from telephony_config.errors import AptMissing
from telephony_config.model import SystemAsterisk

pytestmark = pytest.mark.unit

OTHERS = """\
Types: deb
URIs: https://packages.example.net/tool
Suites: nodistro
Components: main
"""
DEB822 = """\
# the archive
Types: deb deb-src
URIs: http://mirror.example.org/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
Enabled: no
URIs: http://off.example.org/debian
Suites: sid
Components: main
"""


def etc(folder: Path, **files: str) -> Path:
    parts = folder / "sources.list.d"
    parts.mkdir()
    for name, text in files.items():
        stem, _, suffix = name.rpartition("_")
        path = folder / "sources.list" if name == "list" else parts / f"{stem}.{suffix}"
        path.write_text(text)
    return folder


def test_a_deb822_file_is_read(tmp_path: Path) -> None:
    found = debian_archive(read_sources(etc(tmp_path, a_sources=OTHERS, debian_sources=DEB822)))

    assert found == ArchiveSource(
        uri="http://mirror.example.org/debian",
        suite="bookworm",
        components=("main", "contrib"),
        signed_by="/usr/share/keyrings/debian-archive-keyring.gpg",
    )


def test_a_one_line_file_is_read_with_its_options(tmp_path: Path) -> None:
    text = (
        "# deb http://comment.example.org/debian sid main\n"
        "deb-src http://source.example.org/debian sid main\n"
        "deb [arch=amd64 signed-by=/k.gpg] http://mirror.example.org/debian trixie main # note\n"
    )

    found = debian_archive(read_sources(etc(tmp_path, list=text)))

    assert found is not None
    assert (found.uri, found.suite, found.signed_by) == (
        "http://mirror.example.org/debian", "trixie", "/k.gpg",
    )  # fmt: skip


def test_a_key_written_into_the_source_itself_is_not_taken_for_a_file(tmp_path: Path) -> None:
    text = (
        DEB822.split("Signed-By", maxsplit=1)[0]
        + "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n"
    )

    found = debian_archive(read_sources(etc(tmp_path, debian_sources=text)))

    assert found is not None
    assert found.signed_by == ""


def test_security_other_archives_and_disabled_ones_are_passed_over(tmp_path: Path) -> None:
    security = DEB822.replace("bookworm bookworm-updates", "bookworm-security")

    assert debian_archive(read_sources(etc(tmp_path, a_sources=OTHERS, b_sources=security))) is None


def test_a_machine_whose_apt_knows_no_debian_archive_hears_the_alternatives(tmp_path: Path) -> None:
    with pytest.raises(AptMissing, match=r"(?s)No apt source.*Asterisk 22 or newer.*site file"):
        debian.fetch_asterisk(tmp_path / "root", etc=etc(tmp_path, a_sources=OTHERS))

    assert not (tmp_path / "root").exists()


def test_a_machine_without_apt_hears_the_alternatives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(AptMissing, match=r"(?s)no apt-get\..*\[asterisk\] of the site file"):
        debian.fetch_asterisk(tmp_path / "root")


def test_the_alternatives_to_asterisk_are_named_for_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(AptMissing) as refused:
        debian.fetch(["python3-pip-whl"], tmp_path / "root")

    assert str(refused.value) == "This machine has no apt-get."


def test_what_the_alternatives_name_exists() -> None:
    known = {f"PARLEY_{key.upper().replace('.', '_')}" for key, *_ in describe()}
    variables = set(re.findall("PARLEY_[A-Z_]+", debian.ALTERNATIVES))
    keys = re.search(r"\[asterisk\] of the site file \(([a-z, ]+)\)", debian.ALTERNATIVES)

    assert variables
    assert variables <= known
    assert keys is not None
    assert {field.name for field in fields(SystemAsterisk)} == set(keys[1].split(", "))


def test_an_unfinished_folder_counts_as_empty(tmp_path: Path) -> None:
    (tmp_path / debian.MARKER).write_text('{"packages": ')

    assert debian.installed(tmp_path) == {}
    assert not debian.has(tmp_path, ["asterisk"])

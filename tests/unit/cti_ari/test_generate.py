"""The generator of events.py."""

import json
from pathlib import Path

import pytest

from cti.ari import generate

pytestmark = pytest.mark.unit


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the generator work on copies."""
    for name in ("DIGEST", "TARGET"):
        source: Path = getattr(generate, name)
        copy = tmp_path / source.name
        copy.write_bytes(source.read_bytes())
        monkeypatch.setattr(generate, name, copy)
    return tmp_path


def test_the_committed_events_are_what_the_description_says() -> None:
    assert generate.main(["--check"]) == 0


def test_a_changed_file_fails_the_check_and_is_mended(
    elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (elsewhere / "events.py").write_text("# by hand\n")

    assert generate.main(["--check"]) == 1
    assert "run python -m cti.ari.generate" in capsys.readouterr().err
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0


def test_a_description_without_a_model_that_we_read_is_refused(
    elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    description = json.loads((elsewhere / "description.json").read_text())
    del description["models"]["StasisStart"]
    (elsewhere / "description.json").write_text(json.dumps(description))

    assert generate.main([]) == 2
    assert "no StasisStart" in capsys.readouterr().err


def test_a_field_that_went_away_is_refused_by_name(
    elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    description = json.loads((elsewhere / "description.json").read_text())
    del description["models"]["Channel"]["language"]
    (elsewhere / "description.json").write_text(json.dumps(description))

    assert generate.main([]) == 2
    assert "Channel has no language" in capsys.readouterr().err


def test_a_folder_that_is_no_description_is_refused_with_the_remedy(
    elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate.main(["--read", str(elsewhere)]) == 2
    assert "give the folder rest-api of an Asterisk 22" in capsys.readouterr().err


def test_only_names_and_types_are_kept_of_asterisks_description(elsewhere: Path) -> None:
    folder = elsewhere / "rest-api"
    folder.mkdir()
    known = json.loads((elsewhere / "description.json").read_text())
    for source in generate.SOURCES:
        models = {
            name: {
                "properties": {
                    field: what | {"description": "long text"} for field, what in fields.items()
                }
            }
            for name, fields in known["models"].items()
        }
        document = {"apiVersion": known["apiVersion"], "models": models}
        (folder / f"{source}.json").write_text(json.dumps(document))

    assert generate.main(["--read", str(folder)]) == 0

    assert json.loads((elsewhere / "description.json").read_text()) == known
    assert "long text" not in (elsewhere / "description.json").read_text()

from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from cti.settings import AriMode, Settings, SettingsRefused, describe, load

pytestmark = pytest.mark.unit

HOME = {"HOME": "/home/ana"}


def refusal(environ: dict[str, str], config: Path | None = None) -> str:
    with pytest.raises(SettingsRefused) as refused:
        load(HOME | environ, config=config)
    return str(refused.value)


def test_nothing_set_gives_folders_below_home_and_a_private_asterisk() -> None:
    settings = load(HOME)

    assert settings.data_dir == Path("/home/ana/.local/share/parley")
    assert settings.cache_dir == Path("/home/ana/.cache/parley")
    assert settings.database_url == "sqlite:////home/ana/.local/share/parley/parley.db"
    assert settings.asterisk.url is None


def test_xdg_variables_move_the_folders() -> None:
    settings = load(HOME | {"XDG_DATA_HOME": "/data", "XDG_CACHE_HOME": "/cache"})

    assert (settings.data_dir, settings.cache_dir) == (Path("/data/parley"), Path("/cache/parley"))


def test_options_win_over_environment_over_file(tmp_path: Path) -> None:
    file = tmp_path / "parley.toml"
    file.write_text('[desktop]\nport = 1\nhost = "one"\n[asterisk]\nari = "outbound"\n')
    environ = HOME | {"PARLEY_DESKTOP_PORT": "2", "PARLEY_DESKTOP_HOST": "two"}

    settings = load(environ, config=file, overrides={"desktop.port": 3, "desktop.host": None})

    assert (settings.desktop.port, settings.desktop.host) == (3, "two")
    assert settings.asterisk.ari is AriMode.OUTBOUND


def test_the_environment_can_name_the_file(tmp_path: Path) -> None:
    file = tmp_path / "parley.toml"
    file.write_text("demo_parties = 7\n")

    assert load(HOME | {"PARLEY_CONFIG": str(file)}).demo_parties == 7


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2", timedelta(seconds=2)),
        ("0.5", timedelta(milliseconds=500)),
        ("250ms", timedelta(milliseconds=250)),
        ("3 m", timedelta(minutes=3)),
        ("1h", timedelta(hours=1)),
    ],
)
def test_durations_are_seconds_or_have_a_unit(text: str, meant: timedelta) -> None:
    assert load(HOME | {"PARLEY_TIMEOUTS_DRAIN": text}).timeouts.drain == meant


@pytest.mark.parametrize("text", ["", "-1", "0", "soon", "5 weeks", "nan", "inf", "1e9"])
def test_what_is_no_duration_is_refused_with_the_remedy(text: str) -> None:
    said = refusal({"PARLEY_TIMEOUTS_DRAIN": text})

    assert "environment: PARLEY_TIMEOUTS_DRAIN" in said
    assert '"500ms"' in said


def test_all_complaints_come_at_once_and_name_place_and_remedy(tmp_path: Path) -> None:
    file = tmp_path / "parley.toml"
    file.write_text('[desktop]\nprot = 80\n[logs]\npersonal = "perhaps"\n[tls]\nkey = "k.pem"\n')

    said = refusal({"PARLEY_DATABASE_POOL": "many"}, file).splitlines()

    assert said == [
        f"{file}: desktop.prot: no such setting. Perhaps desktop.port was meant.",
        f"{file}: logs.personal: 'perhaps' is neither true nor false. Write true or false.",
        "environment: PARLEY_DATABASE_POOL: 'many' is not a whole number. Write digits only.",
        "settings: tls: certificate without key, or key alone. Give tls.certificate and tls.key"
        " together, or neither for a self-made one.",
    ]


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("PARLEY_DESKTOP_PORT", "65536", "no TCP port"),
        ("PARLEY_DESKTOP_SESSIONS_PER_USER", "0", "1 session or more"),
        ("PARLEY_ASTERISK_ARI", "sideways", "inbound, outbound"),
        ("PARLEY_LOGS_LEVEL", "loud", "not a level"),
        ("PARLEY_ASTERISK_URL", "http://127.0.0.1:8088", "PARLEY_ASTERISK_PASSWORD"),
        ("PARLEY_DESKTOP_PROT", "1", "no such setting"),
        ("PARLEY_DESKTOP_TURN_SECRET", "too short", "openssl rand"),
    ],
)
def test_values_that_cannot_be_are_refused(name: str, value: str, word: str) -> None:
    assert word in refusal({name: value})


def test_a_broken_or_missing_file_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("[desktop\n")

    assert str(broken) in refusal({}, broken)
    assert "No such file" in refusal({}, tmp_path / "nowhere.toml")


def test_variables_of_the_tests_are_not_settings() -> None:
    assert load(HOME | {"PARLEY_TEST_BROWSER": "x"}) == load(HOME)


def test_passwords_do_not_show_in_a_printed_setting() -> None:
    environ = HOME | {
        "PARLEY_ASTERISK_URL": "http://127.0.0.1:8088",
        "PARLEY_ASTERISK_PASSWORD": "s3cret",
        "PARLEY_DATABASE_URL": "postgresql://p:s3cret@db/parley",
        "PARLEY_DESKTOP_TURN_SECRET": "s3cret" * 4,
    }

    settings = load(environ)

    assert settings.asterisk.password == "s3cret"
    assert settings.desktop.turn_secret == "s3cret" * 4
    assert "s3cret" not in repr(settings)


def test_a_refused_secret_is_not_repeated() -> None:
    assert "hush" not in refusal({"PARLEY_DESKTOP_TURN_SECRET": "hush"})


def test_every_setting_has_a_meaning() -> None:
    described = {key: meaning for key, _, meaning in describe()}

    assert {each.name for each in fields(Settings)} <= {key.split(".")[0] for key in described}
    assert described["timeouts.ari_request"] == "one ARI command"
    assert all(described.values())
    assert isinstance(load(HOME), Settings)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("TRUSTED_PROXIES", "-1"),
        ("TRUSTED_PROXIES", "9"),
        ("PROXY_NETWORKS", "10.0.0.0/8,nginx"),
        ("PUBLIC_URL", "desk.example.org"),
        ("PUBLIC_URL", "https://desk.example.org/parley"),
        ("PUBLIC_URL", "https://ana@desk.example.org"),
        ("PUBLIC_URL", "https://desk.example.org:0"),
        ("PUBLIC_URL", "http://["),
    ],
)
def test_what_is_said_of_proxies_is_checked(key: str, value: str) -> None:
    assert f"desktop.{key.lower()}" in refusal({f"PARLEY_DESKTOP_{key}": value})

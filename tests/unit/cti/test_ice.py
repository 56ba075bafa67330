"""STUN and TURN servers as phones are told of them."""

import base64
import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cti.ice import IceServers, lacks_turn_secret
from cti.settings import Desktop, Settings, SettingsRefused, Timeouts
from telephony_config import model
from telephony_config.model import Site
from tests.fakes.house import SITE, HandClock

pytestmark = pytest.mark.unit

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SECRET = "north wind in a teacup"
STUN, TURN = "stun:stun.example.org:3478", "turn:turn.example.org:3478?transport=udp"


def site(*uris: str) -> Site:
    return replace(SITE, desktop=model.Desktop(ice_servers=uris))


def settings(secret: str | None = SECRET, **timeouts: timedelta) -> Settings:
    return Settings(
        data_dir=Path("/data"),
        cache_dir=Path("/cache"),
        desktop=Desktop(turn_secret=secret),
        timeouts=Timeouts(**timeouts),
    )


def test_stun_servers_need_no_credential() -> None:
    (only,) = IceServers.of(settings(None), site(STUN), HandClock(NOON)).of_phone("agent-ana")

    assert (tuple(only.urls), only.username, only.credential) == ((STUN,), "", "")


def test_without_servers_a_phone_is_told_of_none() -> None:
    assert IceServers.of(settings(None), site(), HandClock(NOON)).of_phone("agent-ana") == ()


def test_turn_credentials_end_in_time_and_are_proven_by_the_secret() -> None:
    servers = IceServers.of(
        settings(turn_credentials=timedelta(hours=1)), site(TURN, STUN), HandClock(NOON)
    )

    stun, turn = servers.of_phone("agent-ana")

    ends = int((NOON + timedelta(hours=1)).timestamp())
    assert (tuple(stun.urls), tuple(turn.urls)) == ((STUN,), (TURN,))
    assert turn.username == f"{ends}:agent-ana"
    proof = hmac.new(SECRET.encode(), turn.username.encode(), hashlib.sha1).digest()
    assert base64.b64decode(turn.credential) == proof


def test_the_scheme_is_the_one_that_turn_servers_know() -> None:
    """The figures are of ``openssl dgst -sha1 -hmac SECRET -binary | base64``."""
    at = datetime.fromtimestamp(1_700_000_000, UTC) - timedelta(hours=24)

    (turn,) = IceServers.of(settings(), site(TURN), HandClock(at)).of_phone("ana")

    assert turn.username == "1700000000:ana"
    assert turn.credential == "Y5QvzmhkZ/E70DDtec4DOedRYfc="


def test_each_phone_and_each_moment_has_a_credential_of_its_own() -> None:
    clock = HandClock(NOON)
    servers = IceServers.of(settings(), site(TURN), clock)
    first, other = servers.of_phone("agent-ana"), servers.of_phone("caller-1")
    clock.advance(timedelta(seconds=1))
    later = servers.of_phone("agent-ana")

    assert len({one[0].credential for one in (first, other, later)}) == 3


def test_a_turn_server_without_the_secret_is_refused_with_the_remedy() -> None:
    assert lacks_turn_secret(settings(None), site(STUN, TURN))
    assert not lacks_turn_secret(settings(None), site(STUN))
    with pytest.raises(SettingsRefused, match="PARLEY_DESKTOP_TURN_SECRET") as refused:
        IceServers.of(settings(None), site(STUN, TURN), HandClock(NOON))
    assert refused.value.complaints[0].key == "desktop.turn_secret"


def test_a_credential_does_not_show_when_printed() -> None:
    (turn,) = IceServers.of(settings(), site(TURN), HandClock(NOON)).of_phone("agent-ana")

    assert turn.credential not in repr(turn)

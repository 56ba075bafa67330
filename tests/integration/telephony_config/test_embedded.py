"""The private Asterisk really starts, stops, dies and is found again."""

from pathlib import Path

import aiohttp
import pytest

from telephony_config.embedded import EmbeddedAsterisk
from tests.asterisk_fixture import running_asterisk

pytestmark = pytest.mark.integration


async def ping(server: EmbeddedAsterisk) -> int:
    run = server.runtime
    pair = aiohttp.encode_basic_auth(run.ari_user, run.ari_password)
    async with aiohttp.ClientSession(headers={"Authorization": pair}) as client:
        async with client.get(f"{run.ari_url}/asterisk/ping") as reply:
            return reply.status


async def test_a_started_asterisk_answers_on_ari(asterisk: EmbeddedAsterisk) -> None:
    assert await ping(asterisk) == 200


async def test_a_started_asterisk_has_nothing_to_complain_about(tmp_path: Path) -> None:
    async with running_asterisk(tmp_path):
        said = (tmp_path / "log" / "messages").read_text()

    assert [line for line in said.splitlines() if "ERROR" in line or "WARNING" in line] == []

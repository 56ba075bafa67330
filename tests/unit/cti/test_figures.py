"""What monitoring reads tells what happened on the floor, and nothing about persons."""

from pathlib import Path

import pytest

from tests.fakes.house import house

pytestmark = pytest.mark.unit


async def test_figures_count_calls_offers_and_states_without_naming_anybody(tmp_path: Path) -> None:
    async with house(tmp_path) as place:
        before = place.daemon.backend.figures()
        await place.sign_in("ana")
        place.asterisk.caller_rings("+12025550143")
        await place.settle()

        after = place.daemon.backend.figures()

    assert "parley_calls_started_total 0\n" in before
    assert 'parley_agents{state="logged_out"} 2\n' in before
    assert "parley_calls_started_total 1\n" in after
    assert 'parley_offers_total{end="answered"} 1\n' in after
    assert 'parley_calls{state="talking"} 1\n' in after
    assert 'parley_agents{state="talking"} 1\n' in after
    assert 'parley_wait_seconds_count{queue="support"} 1\n' in after
    assert "parley_asterisk_connected 1\n" in after
    assert "12025550143" not in after
    assert "ana" not in after

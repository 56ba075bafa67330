"""Rules for every test: a category per module, no blocking of the event loop, a choice of loops.

``--uvloop`` runs the asyncio tests on uvloop, the loop that ``parley up`` uses. asyncio's debug
mode (``asyncio_debug`` in pyproject.toml) is on with both.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping

import pytest
from blockbuster import BlockBuster, blockbuster_ctx

CATEGORIES = frozenset({"unit", "property", "contract", "integration", "e2e"})
OURS = ["acd", "agent_desktop", "crm_core", "cti", "ivr", "telephony_config"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--uvloop", action="store_true", help="run asyncio tests on uvloop")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    homeless = {
        item.location[0]
        for item in items
        if not CATEGORIES & {marker.name for marker in item.iter_markers()}
    }
    if homeless:
        names, choice = ", ".join(sorted(homeless)), "|".join(sorted(CATEGORIES))
        raise pytest.UsageError(
            f"no category in {names}: add `pytestmark = pytest.mark.<{choice}>`"
        )


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    if config.getoption("--uvloop"):
        import uvloop

        return {"uvloop": uvloop.new_event_loop}
    return {"asyncio": asyncio.new_event_loop}


@pytest.fixture(autouse=True)
def blockbuster() -> Iterator[BlockBuster]:
    """Fail a test whose code under test blocks the event loop."""
    with blockbuster_ctx(OURS) as buster:
        # Thread pools take locks for a moment whenever they are handed work.
        buster.functions["threading.Lock.acquire"].deactivate()
        for verb in ("execute", "executemany"):  # a few rows into the page cache: ADR 11
            buster.functions[f"sqlite3.Connection.{verb}"].can_block_in(
                "cti/journal.py", "_at_once"
            )
        yield buster

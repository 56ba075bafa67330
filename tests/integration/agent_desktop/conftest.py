import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.integration.agent_desktop.desk import Desk, desk, make_template

Start = Callable[..., AbstractAsyncContextManager[Desk]]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("desk") / "template.db"
    asyncio.run(make_template(path))
    return path


@pytest.fixture
def start(tmp_path: Path, template: Path) -> Start:
    """``async with start(grace=…) as desk`` runs a server."""

    def one(**settings: Any) -> AbstractAsyncContextManager[Desk]:
        return desk(tmp_path, template, **settings)

    return one

import asyncio
from pathlib import Path

import pytest

from tests.integration.agent_desktop.desk import make_template


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("odd") / "template.db"
    asyncio.run(make_template(path))
    return path

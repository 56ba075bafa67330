"""Which licences of dependencies are let through."""

import pytest

from tools.licences import fine

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "licence",
    [
        "MIT", "Apache-2.0 AND MIT", "Apache Software License, MIT License", "(MIT OR CC0-1.0)",
        "GPL-3.0-or-later OR MIT", "MIT OR (GPL-2.0 AND MIT)", "DFSG approved, MIT License", "LGPL",
        "Mozilla Public License 2.0 (MPL 2.0)",
    ],
)  # fmt: skip
def test_what_goes_with_apache_is_fine(licence: str) -> None:
    assert fine(licence)


@pytest.mark.parametrize(
    "licence",
    [
        "", "GPL-3.0-or-later", "AGPL-3.0-only", "MIT AND GPL-2.0", "SSPL-1.0", "UNLICENSED",
        "GNU Affero General Public License v3", "see LICENSE.txt", "(GPL-2.0 OR AGPL-3.0)",
    ],
)  # fmt: skip
def test_what_does_not_or_is_unknown_is_not(licence: str) -> None:
    assert not fine(licence)

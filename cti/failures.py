"""Turns what went wrong into an exit code and words for the person at the terminal.

Each package has its own tree of errors whose messages name the place and the remedy; here they
meet. Packages that were never imported cannot have raised, so nothing is imported for this.
"""

import errno
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final

from rich.markup import escape

from cti.settings import SettingsRefused
from cti.terminal import ExitCode, err

# Most telling first: (module, class, exit code).
_KINDS: Final = (
    ("telephony_config.load", "SiteRefused", ExitCode.REFUSED),
    ("ivr.errors", "FlowRefused", ExitCode.REFUSED),
    ("telephony_config.errors", "AptMissing", ExitCode.MACHINE),
    ("telephony_config.errors", "TelephonyConfigError", ExitCode.FAILED),
    ("ivr.errors", "IvrError", ExitCode.FAILED),
    ("crm_core.domain.errors", "CrmError", ExitCode.FAILED),
    ("cti.ari.errors", "TelephonyError", ExitCode.FAILED),
    ("agent_desktop.server.serve", "PortTaken", ExitCode.FAILED),
    ("cti.preparing", "NotPrepared", ExitCode.MACHINE),
    ("cti.alone", "AlreadyRuns", ExitCode.FAILED),
    ("cti.journal", "JournalBroken", ExitCode.FAILED),
    ("cti.tls", "CertificateRefused", ExitCode.REFUSED),
)
_DISK: Final = {
    errno.ENOSPC: "Free some space, or choose another folder with --data-dir.",
    errno.EROFS: "Choose a folder that can be written, with --data-dir.",
    errno.EACCES: "Give this user the right, or choose another folder with --data-dir.",
    errno.EADDRINUSE: "Stop the other program, or choose another port with --port (0: any free).",
    errno.EADDRNOTAVAIL: "Choose an address of this machine with --host.",
}


def explain(error: BaseException) -> ExitCode | None:
    """Say what ``error`` means and give the exit code; None if it is a fault of the program."""
    if isinstance(error, BaseExceptionGroup):
        once = {(type(each), str(each)): each for each in error.exceptions}
        codes = [explain(each) for each in once.values()]
        return None if None in codes else codes[0]
    if isinstance(error, SettingsRefused):
        _complain("Settings refused", [each.text for each in error.complaints])
        return ExitCode.REFUSED
    if isinstance(error, OSError) and error.errno in _DISK:
        place = f" {error.filename}" if error.filename else ""
        _complain(f"{error.strerror}{place}", [_DISK[error.errno]])
        return ExitCode.FAILED
    for module, name, code in _KINDS:
        if isinstance(error, _known(module, name)):
            title, lines = _title(error), [str(each) for each in getattr(error, "complaints", ())]
            _complain(title, lines or [str(error)])
            return code
    return None


def _known(module: str, name: str) -> tuple[type[BaseException], ...]:
    found: Any = getattr(sys.modules.get(module), name, None)
    return (found,) if found is not None else ()


def _title(error: BaseException) -> str:
    name = type(error).__name__
    return "".join(_spaced(name)).strip().capitalize()


def _spaced(name: str) -> Iterator[str]:
    for letter in name:
        yield f" {letter.lower()}" if letter.isupper() else letter


def _complain(title: str, lines: Sequence[str]) -> None:
    err.print(f"[bold red]✗ {escape(title)}[/bold red]")
    for line in lines:
        err.print(f"  {escape(_harmless(line))}", highlight=False, soft_wrap=True)


def _harmless(text: str) -> str:
    """Quoted input without what would command the terminal."""
    return "".join("\ufffd" if (c < " " and c not in "\n\t") or c == "\x7f" else c for c in text)

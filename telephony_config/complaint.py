"""What is wrong with a site description, where, and what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from typing_extensions import override

from telephony_config.errors import TelephonyConfigError
from telephony_config.toml_lines import KeyPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One fault: the file, the line, the key, what is wrong and how to mend it."""

    file: Path
    line: int
    key: str
    message: str
    remedy: str

    @override
    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.key}: {self.message}; {self.remedy}"


class SiteRefused(TelephonyConfigError):
    """The site description cannot be used; ``complaints`` lists every fault found."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        super().__init__("\n".join(str(complaint) for complaint in complaints))
        self.complaints = list(complaints)


class Complaints:
    """Collects faults of one file, so that the operator sees all of them at once."""

    def __init__(self, file: Path, lines: dict[KeyPath, int]) -> None:
        self._file, self._lines = file, lines
        self.found: list[Complaint] = []

    def add(self, path: KeyPath, message: str, remedy: str) -> None:
        """Note a fault at ``path``, or at its nearest part that the file has."""
        self.found.append(
            Complaint(
                file=self._file,
                line=self.line(path),
                key=dotted(path) or "(file)",
                message=message,
                remedy=remedy,
            )
        )

    def line(self, path: KeyPath) -> int:
        """Find the line of ``path`` or of the nearest table around it."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._lines:
                return self._lines[path[:length]]
        return 1


def dotted(path: KeyPath) -> str:
    """Write a path as people do: ``numbers[2].queue``."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text

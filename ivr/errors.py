"""What can be wrong with a flow, said so that its author can mend it.

IvrError
├── FlowRefused     the file is not a flow; carries every complaint, not only the first
├── Unspeakable     a value that no recorded word can say
└── (ports.LineGone, ports.AccountsUnavailable)
"""

from collections.abc import Sequence
from dataclasses import dataclass

from typing_extensions import override


class IvrError(Exception):
    """Anything this package refuses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One fault in a flow: where it is, what it is, how to mend it."""

    file: str
    line: int
    key: str
    message: str
    remedy: str

    @override
    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.key}: {self.message}. {self.remedy}."


class FlowRefused(IvrError):
    """The flow cannot be used; ``complaints`` says why, one by one."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        super().__init__("\n".join(str(complaint) for complaint in complaints))
        self.complaints = tuple(complaints)


class Unspeakable(IvrError):
    """A value has no spoken form in this language; saying the rest is better than stopping."""

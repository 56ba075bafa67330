"""What one check of `parley doctor` found."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """``warning``: works, but not as well as it could."""

    GOOD = "good"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One part, how it is, and what to do if that is not good."""

    part: str
    verdict: Verdict
    what: str
    remedy: str = ""


def good(part: str, what: str) -> Finding:
    """Nothing to do."""
    return Finding(part=part, verdict=Verdict.GOOD, what=what)


def warning(part: str, what: str, remedy: str) -> Finding:
    """Better done something about."""
    return Finding(part=part, verdict=Verdict.WARNING, what=what, remedy=remedy)


def failed(part: str, what: str, remedy: str) -> Finding:
    """Does not work."""
    return Finding(part=part, verdict=Verdict.FAILED, what=what, remedy=remedy)

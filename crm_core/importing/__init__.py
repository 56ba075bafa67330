"""Imports parties from a CSV file: guessed layout, dry run, duplicates shown, resumable."""

from crm_core.importing.reading import COLUMNS, Layout, look_at
from crm_core.importing.running import (
    Duplicates,
    Options,
    Outcome,
    Progress,
    Report,
    import_parties,
)

__all__ = [
    "COLUMNS",
    "Duplicates",
    "Layout",
    "Options",
    "Outcome",
    "Progress",
    "Report",
    "import_parties",
    "look_at",
]

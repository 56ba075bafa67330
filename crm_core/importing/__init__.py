"""Imports parties from a CSV file: guessed layout, dry run, duplicates shown, resumable."""

from crm_core.importing.columns import COLUMNS
from crm_core.importing.foreseeing import Forecast, foresee
from crm_core.importing.reading import Layout, look_at
from crm_core.importing.running import (
    Duplicates,
    Kind,
    Options,
    Outcome,
    Progress,
    Report,
    import_parties,
)
from crm_core.importing.undoing import Undone, latest_jobs, undo

__all__ = [
    "COLUMNS",
    "Duplicates",
    "Forecast",
    "Kind",
    "Layout",
    "Options",
    "Outcome",
    "Progress",
    "Report",
    "Undone",
    "foresee",
    "import_parties",
    "latest_jobs",
    "look_at",
    "undo",
]

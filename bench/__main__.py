"""Runs every benchmark, one after the other, and prints one table.

``bench_*.py`` each have ``run(quick) -> rows``; a row has ``bench, metric, value, unit``, what it
is held against (``peer, peer_value, ratio``) and ``limit, ok``. The rows and the machine go to
``bench/results/<date>.json``; ``--keep`` also replaces the committed ``latest.json``. Exit code 1
when a limit is missed or a benchmark breaks.
"""

import argparse
import importlib
import json
import os
import pkgutil
import platform
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import bench

RESULTS = Path(__file__).parent / "results"
WIDE = 140
"""Columns of the table where no terminal says how many there are."""
Row = Mapping[str, Any]


def main(words: list[str]) -> int:
    """Run those named, or all."""
    names = sorted(each.name for each in pkgutil.iter_modules(bench.__path__, "bench."))
    parts = [name.removeprefix("bench.bench_") for name in names if name.startswith("bench.bench_")]
    reading = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    reading.add_argument("--quick", action="store_true", help="small loads, 3 minutes in all")
    reading.add_argument("--keep", action="store_true", help="replace results/latest.json")
    reading.add_argument("parts", nargs="*", help=f"of {', '.join(parts)}")
    given = reading.parse_args(words)
    if strange := set(given.parts) - set(parts):
        reading.error(f"no such benchmark: {', '.join(sorted(strange))}")
    rows, took = list[Row](), dict[str, float]()
    console = Console(width=None if sys.stdout.isatty() else WIDE)
    chosen = given.parts or parts
    for index, part in enumerate(chosen, 1):
        started = time.monotonic()
        console.print(f"[{index}/{len(chosen)}] {part} …", markup=False, highlight=False)
        rows += _run(part, given.quick, console)
        took[part] = round(time.monotonic() - started, 1)
        console.print(f"      {took[part]} s", highlight=False)
    _show(console, rows)
    file = _keep(rows, took, quick=given.quick, latest=given.keep)
    console.print(f"Kept in {file}")
    return 0 if rows and all(row["ok"] for row in rows) else 1


def _run(part: str, quick: bool, console: Console) -> list[Row]:
    """Run one; a broken one is a row of the table, so that the others still run."""
    try:
        rows: list[Row] = importlib.import_module(f"bench.bench_{part}").run(quick)
    except Exception as error:  # noqa: BLE001 - shown with its traceback
        console.print_exception()
        said = f"broke: {type(error).__name__}"
        return [{"bench": part, "metric": said, "value": 0, "unit": "", "limit": "", "ok": False}]
    return [{"bench": part, **row} for row in rows]


def _show(console: Console, rows: list[Row]) -> None:
    table = Table("", "Benchmark", "Figure", "Value", "Against", "Ratio", "Limit")
    for row in rows:
        against = f"{row['peer']} {_number(row.get('peer_value'))}" if row.get("peer") else ""
        table.add_row(
            "[green]✓[/]" if row["ok"] else "[red]✗[/]",
            str(row["bench"]), str(row["metric"]), f"{_number(row['value'])} {row['unit']}",
            against, _number(row.get("ratio")), _number(row.get("limit")),
        )  # fmt: skip
    console.print(table)


def _number(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,.4g}" if isinstance(value, float) else str(value)


def _keep(rows: list[Row], took: Mapping[str, float], *, quick: bool, latest: bool) -> Path:
    now = datetime.now(UTC)
    said = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    text = json.dumps(
        {
            "at": now.isoformat(timespec="seconds"),
            "commit": said.stdout.strip(),
            "quick": quick,
            "machine": {
                "cores": os.cpu_count(),
                "load_before": os.getloadavg()[2],
                "python": platform.python_version(),
                "kernel": platform.release(),
            },
            "seconds": took,
            "rows": [dict(row) for row in rows],
        },
        indent=1,
    )
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{now:%Y-%m-%dT%H%M%S}.json"
    file.write_text(text + "\n")
    if latest:
        (RESULTS / "latest.json").write_text(text + "\n")
    return file


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

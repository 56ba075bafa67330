"""Site descriptions for tests: a small one that is right, and ways to spoil it."""

from pathlib import Path

GOOD = """\
[site]
name = "Shop"
region = "US"
timezone = "Europe/Berlin"
languages = ["en", "fa"]

[skills]
support = "Support"

[queues.support]
name = "Support"
needs = ["support:2"]
ring_for = "20s"

[[numbers]]
number = "5001"
label = "Main"
flow = "main"
queue = "support"

[[numbers]]
number = "5090"
echo = true
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "site.toml"
    path.write_text(text, encoding="utf-8")
    return path

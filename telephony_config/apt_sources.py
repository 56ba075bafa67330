"""Reads from the machine's own apt sources where the Debian archive is.

No host is written into this program: whoever set the machine up chose a mirror, perhaps behind a
proxy or on an intranet, and that choice is followed. Both formats are read: one-line ``*.list`` and
deb822 ``*.sources``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

DEBIAN_SUITES = frozenset(
    [
        "stable",
        "testing",
        "unstable",
        "sid",
        "oldstable",
        "bullseye",
        "bookworm",
        "trixie",
        "forky",
        "duke",
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveSource:
    """One archive: its address and the keyring that its signatures are checked with."""

    uri: str
    suite: str
    components: tuple[str, ...]
    signed_by: str = ""


def read_sources(etc: Path) -> list[ArchiveSource]:
    """List the binary sources that apt would use with its settings in ``etc``."""
    found: list[ArchiveSource] = []
    parts = etc / "sources.list.d"
    names = sorted(parts.iterdir()) if parts.is_dir() else []
    for path in [etc / "sources.list", *names]:
        if not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        if path.suffix == ".list":
            found.extend(_one_line(text))
        elif path.suffix == ".sources":
            found.extend(_deb822(text))
    return found


def debian_archive(sources: list[ArchiveSource]) -> ArchiveSource | None:
    """Pick the source that is the Debian archive itself: a whole suite of it, component main."""
    for source in sources:
        if source.suite.rstrip("/") in DEBIAN_SUITES and "main" in source.components:
            return source
    return None


def _one_line(text: str) -> Iterator[ArchiveSource]:
    for raw in text.splitlines():
        line = raw.split("#", 1)[0].strip()
        if not line.startswith("deb ") and not line.startswith("deb\t"):
            continue
        rest = line[3:].strip()
        options: dict[str, str] = {}
        if rest.startswith("["):
            inside, _, rest = rest[1:].partition("]")
            options = dict(part.split("=", 1) for part in inside.split() if "=" in part)
        words = rest.split()
        if len(words) >= 2:
            yield ArchiveSource(
                uri=words[0],
                suite=words[1],
                components=tuple(words[2:]),
                signed_by=options.get("signed-by", ""),
            )


def _deb822(text: str) -> Iterator[ArchiveSource]:
    for stanza in _stanzas(text):
        if "deb" not in stanza.get("types", "").split():
            continue
        if stanza.get("enabled", "yes").lower() in {"no", "false"}:
            continue
        key = stanza.get("signed-by", "")
        for uri in stanza.get("uris", "").split():
            for suite in stanza.get("suites", "").split():
                yield ArchiveSource(
                    uri=uri,
                    suite=suite,
                    components=tuple(stanza.get("components", "").split()),
                    signed_by=key if key.startswith("/") and len(key.split()) == 1 else "",
                )


def _stanzas(text: str) -> Iterator[Mapping[str, str]]:
    stanza: dict[str, str] = {}
    key = ""
    for line in [*text.splitlines(), ""]:
        if line.startswith("#"):
            continue
        if not line.strip():
            if stanza:
                yield stanza
            stanza, key = {}, ""
        elif line[0] in " \t" and key:
            stanza[key] += f" {line.strip()}"
        elif ":" in line:
            name, _, value = line.partition(":")
            key = name.strip().lower()
            stanza[key] = value.strip()

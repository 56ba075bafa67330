"""Renders the recordings that are missing or whose text has changed.

    python -m prompts.synth [--language LANG]... [--engine LANG=ENGINE]... [--check] [--all]

Engines: ``espeak`` (Debian's espeak-ng), ``kokoro`` (better, English and Chinese) and ``piper``
(English). They are tools of the author's, never a dependency of Parley: README.md here says where
they come from. ``manifest.json`` keeps what each file was made from, so that nothing is rendered
twice and ``--check`` can tell a stale file without any engine.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from prompts import AUDIO, Catalogue, CatalogueRefused, catalogue
from prompts.engines import ENGINES, Engine, EngineMissing
from prompts.sound import levelled, read, trimmed, write

FORMAT: Final = "2"
"""Raised when ``sound`` changes what it makes, so that every file is rendered anew."""
DEFAULT_ENGINES: Final[Mapping[str, str]] = {"en": "kokoro", "zh": "kokoro", "fa": "espeak"}


def digest(text: str) -> str:
    """What a file is known by: its text and the shape of the sound."""
    return hashlib.sha256(f"{FORMAT}\n{text}".encode()).hexdigest()[:16]


class Manifest:
    """What each recording was made from: ``{language: {key: {text: digest, by: engine}}}``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.entries: dict[str, dict[str, dict[str, str]]] = {}
        if path.exists():
            self.entries = json.loads(path.read_text(encoding="utf-8"))

    def is_current(self, language: str, key: str, text: str) -> bool:
        """Whether the recording was made from this text."""
        return self.entries.get(language, {}).get(key, {}).get("text") == digest(text)

    def note(self, language: str, key: str, text: str, by: str) -> None:
        """Remember what a recording was made from, and save."""
        self.entries.setdefault(language, {})[key] = {"text": digest(text), "by": by}
        self._save()

    def forget_all_but(self, language: str, keys: Sequence[str]) -> list[str]:
        """Drop what is no longer in the catalogue and return the dropped keys."""
        entries = self.entries.get(language, {})
        gone = sorted(set(entries) - set(keys))
        for key in gone:
            del entries[key]
        self._save()
        return gone

    def _save(self) -> None:
        text = json.dumps(self.entries, indent=0, sort_keys=True, ensure_ascii=False)
        self._path.write_text(text + "\n", encoding="utf-8")


def stale(book: Catalogue, audio: Path, language: str) -> dict[str, str]:
    """Key and text of the recordings that are missing or made from another text."""
    manifest = Manifest(audio / "manifest.json")
    return {
        key: text
        for key, text in book.texts(language).items()
        if not (audio / language / f"{key}.wav").exists()
        or not manifest.is_current(language, key, text)
    }


def render(engine: Engine, text: str, target: Path) -> None:
    """Render one text into one telephone recording, all or nothing."""
    with tempfile.TemporaryDirectory() as folder:
        raw, done = Path(folder) / "raw.wav", Path(folder) / "done.wav"
        engine.render(text, raw)
        write(done, levelled(trimmed(read(raw))))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(done.read_bytes())


def main(arguments: Sequence[str] | None = None) -> int:
    """Render what is missing; with ``--check`` only tell what is."""
    options = _options(arguments)
    try:
        book = catalogue()
        chosen = dict(DEFAULT_ENGINES) | dict(pair.split("=", 1) for pair in options.engine)
        missing = 0
        for language in options.language or book.languages:
            wanted = book.texts(language) if options.all else stale(book, options.audio, language)
            if options.check:
                missing += len(wanted)
                _say(f"{language}: {len(wanted)} to render {' '.join(sorted(wanted)[:10])}")
            else:
                _render_all(book, options.audio, language, chosen[language], wanted)
    except (CatalogueRefused, EngineMissing, subprocess.SubprocessError) as fault:
        _say(str(fault))
        return 1
    return 1 if missing else 0


def _render_all(
    book: Catalogue, audio: Path, language: str, name: str, wanted: Mapping[str, str]
) -> None:
    audio.mkdir(parents=True, exist_ok=True)
    manifest = Manifest(audio / "manifest.json")
    for gone in manifest.forget_all_but(language, list(book.texts(language))):
        (audio / language / f"{gone}.wav").unlink(missing_ok=True)
    if not wanted:
        return
    engine = ENGINES[name](language)
    for at, (key, text) in enumerate(wanted.items(), start=1):
        render(engine, text, audio / language / f"{key}.wav")
        manifest.note(language, key, text, engine.name)
        _say(f"{language} {at}/{len(wanted)} {key}")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="prompts.synth", description=__doc__)
    parser.add_argument("--language", action="append", default=[], help="only this language")
    parser.add_argument(
        "--engine",
        action="append",
        default=[],
        metavar="LANG=ENGINE",
        help=f"the engine of a language: {', '.join(ENGINES)}",
    )
    parser.add_argument("--all", action="store_true", help="render anew what is there already")
    parser.add_argument("--check", action="store_true", help="only tell what is stale")
    parser.add_argument("--audio", type=Path, default=AUDIO, help="where the recordings are")
    options = parser.parse_args(arguments)
    for pair in options.engine:
        if pair.partition("=")[2] not in ENGINES:
            parser.error(f"--engine {pair}: write LANG=ENGINE with {', '.join(ENGINES)}")
    return options


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

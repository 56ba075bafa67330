"""What Parley says: the catalogue of texts in every language, and where the recordings are.

``catalogue.toml`` is the source, ``synth.py`` renders it, ``audio/<language>/<key>.wav`` are the
results and are committed, so that a fresh machine needs no synthesiser.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
CATALOGUE: Final = HERE / "catalogue.toml"
AUDIO: Final = HERE / "audio"
"""Link ``parley`` in Asterisk's sounds folder to this; URIs are ``sound:parley/<lang>/<key>``."""
BYTES_A_SECOND: Final = 16_000
MUSIC: Final = AUDIO / "music"
"""Hold music, for a class of ``musiconhold.conf`` in mode ``files``."""
WAV_HEADER: Final = 44
"""Bytes; a file that is no longer holds no sound."""
KEY: Final = re.compile(r"[a-zA-Z0-9]+(-[a-zA-Z0-9]+)*")


class CatalogueRefused(Exception):
    """The catalogue cannot be used; the message names file, place and remedy of every fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Every text: ``prompts`` exist in all languages, ``words`` are each language's own."""

    languages: tuple[str, ...]
    prompts: Mapping[str, Mapping[str, str]]
    words: Mapping[str, Mapping[str, str]]

    def texts(self, language: str) -> dict[str, str]:
        """Key and text of everything said in one language."""
        sentences = {key: texts[language] for key, texts in self.prompts.items()}
        return sentences | dict(self.words.get(language, {}))

    def keys(self) -> dict[str, frozenset[str]]:
        """The keys of each language, recorded or not."""
        return {language: frozenset(self.texts(language)) for language in self.languages}

    def recorded(self, audio: Path = AUDIO) -> dict[str, frozenset[str]]:
        """The keys of each language whose recording is there, with sound in it."""
        return {
            language: frozenset(
                path.stem
                for path in (audio / language).glob("*.wav")
                if path.stem in keys and path.stat().st_size > WAV_HEADER
            )
            for language, keys in self.keys().items()
        }

    def lengths(self, audio: Path = AUDIO) -> dict[str, timedelta]:
        """How long each recording lasts, by ``<language>/<key>``."""
        return {
            f"{language}/{key}": timedelta(
                seconds=(audio / language / f"{key}.wav").stat().st_size / BYTES_A_SECOND
            )
            for language, keys in self.recorded(audio).items()
            for key in keys
        }


def catalogue(path: Path = CATALOGUE) -> Catalogue:
    """Read the catalogue; CatalogueRefused with every fault if it is not right."""
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise CatalogueRefused(f"{path}: cannot be read ({fault.strerror})") from fault
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise CatalogueRefused(f"{path}: is not TOML: {fault}. Mend the syntax there") from fault
    faults = [f"{path}: {fault}" for fault in _faults(tree)]
    if faults:
        raise CatalogueRefused("\n".join(faults))
    return Catalogue(
        languages=tuple(tree["languages"]), prompts=tree["prompts"], words=tree.get("words", {})
    )


def _faults(tree: Mapping[str, object]) -> list[str]:
    languages, prompts, words = tree.get("languages"), tree.get("prompts"), tree.get("words", {})
    if not isinstance(languages, list) or not languages:
        return ['languages: is missing. Write languages = ["en", ...]']
    if not isinstance(prompts, dict) or not isinstance(words, dict):
        return ["prompts: is missing. Write a table [prompts.<key>] for each prompt"]
    faults = [
        f"{name}: is not known here. Remove it"
        for name in sorted(set(tree) - {"languages", "prompts", "words"})
    ]
    for key, texts in prompts.items():
        faults += _key_faults(f"prompts.{key}", key)
        faults += _text_faults(f"prompts.{key}", texts, languages)
    for language in languages:
        own = words.get(language, {})
        for key in own:
            faults += _key_faults(f"words.{language}.{key}", key)
            if key in prompts:
                faults.append(f"words.{language}.{key}: is a prompt as well. Rename one of them")
        faults += _text_faults(f"words.{language}", own, list(own))
    return faults


def _key_faults(place: str, key: str) -> list[str]:
    if KEY.fullmatch(key):
        return []
    return [f"{place}: cannot be a file name. Use letters, digits and single dashes"]


def _text_faults(place: str, texts: object, wanted: list[str]) -> list[str]:
    if not isinstance(texts, dict):
        return [f"{place}: must be a table of texts. Write en = ..."]
    faults = [
        f"{place}.{name}: has no text. Write what is said"
        for name in wanted
        if not isinstance(texts.get(name), str) or not texts[name].strip()
    ]
    faults += [
        f"{place}.{name}: is not a language here. Remove it" for name in set(texts) - {*wanted}
    ]
    return faults

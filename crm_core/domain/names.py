"""Names made comparable: case, width, Arabic and Persian letter forms, digits, Chinese bigrams.

Both full-text engines split Chinese badly (a two-character word inside a run is not found), so
the text is cut here, the same way for storing and for asking.
"""

import re
import unicodedata
from typing import Final

_LETTERS: Final = {
    ord(there): here
    for there, here in {
        "ي": "ی", "ى": "ی", "ئ": "ی", "ك": "ک", "ة": "ه", "ۀ": "ه",
        "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ؤ": "و",
        "\u0640": "", "\u200c": " ", "\u200d": "", "\u200e": "", "\u200f": "", "ß": "ss",
    }.items()
}  # fmt: skip
_SELECTORS: Final = frozenset({"\u034f", *map(chr, range(0xFE00, 0xFE10))})
_WORD: Final = re.compile(r"[^\W_]+")
_CJK: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af]+")
LONGEST_WORD: Final = 40


def ascii_digits(text: str) -> str:
    """Write Persian, Arabic, full-width and all other scripts' digits as 0 to 9."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


def visible(text: str) -> str:
    """Leave out what has no width: joiners, soft hyphens, marks of direction."""
    if text.isascii():
        return text
    return "".join(c for c in text if unicodedata.category(c) != "Cf" and c not in _SELECTORS)


def fold(text: str) -> str:
    """Return ``text`` without the differences a human would not mean when searching."""
    if text.isascii():
        return text.casefold()
    folded = unicodedata.normalize("NFKC", text).translate(_LETTERS)
    folded = ascii_digits(folded).casefold()
    bare = "".join(c for c in unicodedata.normalize("NFD", folded) if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", bare)


def words(text: str) -> list[str]:
    """Return the folded words of ``text``; a Chinese run is one word."""
    found: list[str] = []
    for word in _WORD.findall(fold(text)):
        rest = 0
        for run in _CJK.finditer(word):
            found += [word[rest : run.start()], run.group()]
            rest = run.end()
        found.append(word[rest:])
    return [word[:LONGEST_WORD] for word in found if word]


def name_key(text: str) -> str:
    """Return the key under which equal names meet, whatever the order of their words."""
    return " ".join(sorted(words(text)))[:200]


def index_tokens(text: str) -> str:
    """Return what the search index stores: words, and bigrams plus the last sign of Chinese."""
    return " ".join(token for word in words(text) for token in _stored(word))


def query_tokens(text: str) -> list[str]:
    """Return the beginnings of words that a search for ``text`` must all find."""
    return [token for word in words(text) for token in _asked(word)]


def _stored(word: str) -> list[str]:
    return [*_bigrams(word), word[-1]] if _CJK.fullmatch(word) else [word]


def _asked(word: str) -> list[str]:
    return _bigrams(word) if _CJK.fullmatch(word) and len(word) > 1 else [word]


def _bigrams(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)]

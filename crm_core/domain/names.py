"""Names made comparable: case, width, letters that differ by a mark, by language or by habit.

Both full-text engines split Chinese badly (a two-character word inside a run is not found), so
the text is cut here, the same way for storing and for asking. Whoever changes what a name becomes
adds a migration that calls ``storage.search_index.refold``.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

_LETTERS: Final = {
    ord(there): here
    for there, here in {
        # Arabic script: the same letter by its Arabic, Persian, Urdu, Kurdish or Uyghur code.
        "ي": "ی", "ى": "ی", "ئ": "ی", "ے": "ی", "ۓ": "ی", "ې": "ی", "ۍ": "ی", "ێ": "ی", "ۑ": "ی",
        "ك": "ک", "ڪ": "ک", "ګ": "گ",
        "ة": "ه", "ۀ": "ه", "ہ": "ه", "ۂ": "ه", "ۃ": "ه", "ھ": "ه", "ە": "ه", "ۿ": "ه",
        "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ؤ": "و", "ۆ": "و", "ۇ": "و", "ۈ": "و", "ۋ": "و",
        "ں": "ن", "ء": "", "\u0640": "",
        # Latin and Cyrillic letters that do not come apart into a letter and a mark.
        "ß": "ss", "æ": "ae", "ǽ": "ae", "œ": "oe", "ø": "o", "ǿ": "o", "ł": "l", "đ": "d",
        "ð": "d", "þ": "th", "ħ": "h", "ŧ": "t", "ŋ": "n", "ĸ": "k", "ı": "i", "ȷ": "j", "ə": "a",
        "ɓ": "b", "ɖ": "d", "ɗ": "d", "ƙ": "k", "ƴ": "y", "ɛ": "e", "ɔ": "o", "ɣ": "g", "ƒ": "f",
        "ґ": "г", "ї": "и", "і": "и", "є": "е", "ј": "й", "ђ": "д",
        # Signs that the standard counts as letters, and that stand for an apostrophe.
        "ʼ": "'", "ʻ": "'", "ʹ": "'", "ʽ": "'", "ʾ": "'", "ʿ": "'", "ˈ": "'", "ˊ": "'", "ˋ": "'",
    }.items()
}  # fmt: skip
_UNSEEN: Final = re.compile(
    "[\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0001-\U000e01ef]"
)
_WORD: Final = re.compile(r"[^\W_]+")
_SIGNS: Final = (
    r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af\U00020000-\U0003ffff"
)
_CJK: Final = re.compile(f"[{_SIGNS}]+")
_BETWEEN_SIGNS: Final = re.compile(rf"(?<=[{_SIGNS}])[^\w]+(?=[{_SIGNS}])")
_UMLAUT: Final = re.compile(r"([ou])e+|(a)[ae]+")
"""How ö, ü, ä, å, ø and æ are written on keyboards without them."""
LONGEST_WORD: Final = 40
SHORTEST_SPELLED: Final = 4
"""A shorter word is near to too many others."""
MOST_TOKENS: Final = 40
"""What a query may ask for at once; the rest is left out."""
MOST_WORDS: Final = 8
"""Words of a query that are tried joined with their neighbours."""


def ascii_digits(text: str) -> str:
    """Write Persian, Arabic, full-width and all other scripts' digits as 0 to 9."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


def visible(text: str) -> str:
    """Leave out what has no width: joiners, soft hyphens, marks of direction."""
    if text.isascii():
        return text
    return _UNSEEN.sub("", text)


def fold(text: str) -> str:
    """Return ``text`` without the differences a human would not mean when searching."""
    if text.isascii():
        return text.casefold()
    folded = ascii_digits(unicodedata.normalize("NFKC", visible(text))).casefold()
    bare = "".join(
        c
        for c in unicodedata.normalize("NFD", folded.translate(_LETTERS))
        if not unicodedata.combining(c)
    )
    return unicodedata.normalize("NFC", bare).translate(_LETTERS)


def words(text: str) -> list[str]:
    """Return the folded words of ``text``; a Chinese run is one word."""
    return [_cut(word) for word in _split(text)]


def name_key(text: str) -> str:
    """Return the key under which equal names meet, however they are joined or turned round.

    The letters stand in a ring: "Jean-Luc Picard", "jeanluc picard" and "Picard, Jean Luc" are
    one ring, which the key cuts open where that gives the least text.
    """
    return _least_turn(_ring_without_umlaut("".join(_split(text))))[:200]


def index_tokens(text: str) -> str:
    """Return what the search index stores: words, neighbours joined, and bigrams of Chinese."""
    parts = list(_split(text))
    joined = [one + other for one, other in pairwise(parts) if not _CJK.search(one + other)]
    tokens = [token for part in parts + joined for token in _stored(_cut(part))]
    return " ".join(tokens)


def query_tokens(text: str) -> list[str]:
    """Return the beginnings of words that a search for ``text`` must all find."""
    return [token for word in words(text) for token in _asked(word)]


def query_alternatives(text: str) -> list[list[str]]:
    """Return ``query_tokens``, and the same with neighbours joined: any of them will do."""
    parts = list(_split(text))
    ways = [parts]
    for at, (one, other) in enumerate(pairwise(parts[:MOST_WORDS])):
        if not _CJK.search(one + other):
            ways.append([*parts[:at], one + other, *parts[at + 2 :]])
    asked = [[token for part in way for token in _asked(_cut(part))] for way in ways if way]
    return [tokens[:MOST_TOKENS] for tokens in asked]


def is_spelled(word: str) -> bool:
    """Tell whether a folded word is one that may be mistyped: letters, and enough of them."""
    return len(word) >= SHORTEST_SPELLED and word.isalpha() and not _CJK.search(word)


def neighbours(word: str) -> list[str]:
    """Return the word, and the word without each of its letters.

    Two words share one of these when one letter was left out, added, mistyped or swapped.
    """
    return [word, *dict.fromkeys(word[:at] + word[at + 1 :] for at in range(len(word)))]


def _split(text: str) -> Iterator[str]:
    for word in _WORD.findall(_BETWEEN_SIGNS.sub("", fold(text))):
        rest = 0
        for run in _CJK.finditer(word):
            if rest < run.start():
                yield word[rest : run.start()]
            yield run.group()
            rest = run.end()
        if rest < len(word):
            yield word[rest:]


def _cut(word: str) -> str:
    return _without_umlaut(word)[:LONGEST_WORD]


def _without_umlaut(word: str) -> str:
    return _UMLAUT.sub(r"\1\2", word)


def _ring_without_umlaut(ring: str) -> str:
    """Write umlauts as one letter where they stand in a ring: its ends touch."""
    start = next((at for at, letter in enumerate(ring) if letter not in "ae"), None)
    if start is None:
        return ring[:1]
    return _without_umlaut(ring[start:] + ring[:start])


def _least_turn(ring: str) -> str:
    """Return the least of the texts that a ring of letters gives."""
    doubled, size = ring + ring, len(ring)
    one, other, same = 0, 1, 0  # two places to cut it, and how far they agree
    while other < size and same < size:
        here, there = doubled[one + same], doubled[other + same]
        if here == there:
            same += 1
            continue
        if here > there:
            one = max(one + same + 1, other)
            other = one + 1
        else:
            other += same + 1
        same = 0
    return doubled[one : one + size]


def _stored(word: str) -> list[str]:
    return [*_bigrams(word), word[-1]] if _CJK.fullmatch(word) else [word]


def _asked(word: str) -> list[str]:
    return _bigrams(word) if _CJK.fullmatch(word) and len(word) > 1 else [word]


def _bigrams(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)]

"""Whole numbers as recorded words, by the grammar of each language.

The words 0 to 99 are recorded whole, because joining "twenty" and "six" sounds like a machine.
What remains is each language's way of building on them: English hundreds and thousands; Chinese
groups of four digits with 零 for a gap, 两 for a leading two and 一十 inside a number; Persian
parts joined by و, with no یک before هزار.
"""

from collections.abc import Callable, Mapping
from typing import Final

from ivr.errors import Unspeakable

Words = tuple[str, ...]
LIMIT: Final = 10**12


def number(language: str, value: int) -> Words:
    """The words of a whole number; Unspeakable beyond a million millions or in other languages."""
    speak = _SPEAKERS.get(language)
    if speak is None:
        raise Unspeakable(f"no numbers are recorded in language {language!r}")
    if abs(value) >= LIMIT:
        raise Unspeakable("the number is too large to be said as one")
    return ("minus", *speak(-value)) if value < 0 else speak(value)


def count(language: str, value: int) -> Words:
    """The words of a number of things: as ``number``, but Chinese counts 两 before a measure."""
    if language == "zh" and value == 2:
        return ("liang",)
    return number(language, value)


def digits(text: str) -> Words:
    """Each digit by its name, letters and signs left out; Unspeakable if nothing is left."""
    words = tuple(f"digit-{sign}" for sign in text if sign.isascii() and sign.isdigit())
    if not words:
        raise Unspeakable("there is no digit to say")
    return words


def _small(value: int) -> str:
    return f"number-{value}"


def _english(value: int) -> Words:
    if value < 100:
        return (_small(value),)
    for size, word in (
        (10**9, "billion"),
        (10**6, "million"),
        (1000, "thousand"),
        (100, "hundred"),
    ):
        if value >= size:
            many, rest = divmod(value, size)
            return (*_english(many), word, *(_english(rest) if rest else ()))
    raise AssertionError(value)


def _persian(value: int) -> Words:
    if value < 100:
        return (_small(value),)
    if value < 1000:
        rest = value % 100
        word = _small(value - rest)
        return (f"{word}-and", _small(rest)) if rest else (word,)
    for size, word in ((10**9, "billion"), (10**6, "million"), (1000, "thousand")):
        if value >= size:
            many, rest = divmod(value, size)
            lead = () if many == 1 and size == 1000 else _persian(many)
            return (*lead, f"{word}-and", *_persian(rest)) if rest else (*lead, word)
    raise AssertionError(value)


def _chinese(value: int) -> Words:
    if value < 100:
        return (_small(value),)
    words: list[str] = []
    gap = False
    for size, unit in ((10**8, "yi"), (10**4, "wan"), (1, "")):
        group = value // size % 10**4
        if group:
            if words and (gap or group < 1000):
                words.append(_small(0))
            words.extend(_chinese_group(group, leading=not words, unit=unit))
        gap = bool(words) and not group
    return tuple(words)


def _chinese_group(group: int, *, leading: bool, unit: str) -> Words:
    if leading and group == 2 and unit:
        return ("liang", unit)
    words: list[str] = []
    thousands, hundreds, rest = group // 1000, group // 100 % 10, group % 100
    if thousands:
        words += ["liang" if leading and thousands == 2 else _small(thousands), "thousand"]
    if hundreds:
        words += [_small(hundreds), "hundred"]
    if rest:
        if (thousands and not hundreds) or (hundreds and rest < 10):
            words.append(_small(0))
        if 10 <= rest < 20 and (words or not leading):
            words.append(_small(1))
        words.append(_small(rest))
    return (*words, unit) if unit else tuple(words)


_SPEAKERS: Final[Mapping[str, Callable[[int], Words]]] = {
    "en": _english,
    "zh": _chinese,
    "fa": _persian,
}

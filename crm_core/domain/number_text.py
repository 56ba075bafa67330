"""A phone number's text as people, address books and spreadsheets leave it, made readable.

What a spreadsheet has spoilt cannot be guessed back: it is refused, with what to do.
"""

import re
import unicodedata
from typing import Final

from crm_core.domain.errors import BadValue
from crm_core.domain.names import ascii_digits, visible

_DASHES: Final = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_QUOTED: Final = re.compile(r'="(.*)"')
_URI: Final = re.compile(r"(?:sips?|tel|callto|phone):(?://)?(.*)", re.IGNORECASE | re.DOTALL)
_PARAMETERS: Final = re.compile(r";(?!ext=\d|phone-context=)[a-z][\w.-]*(?:=[^;]*)?", re.IGNORECASE)
_WITHHOLD: Final = re.compile(r"(?:[*#]+3[01][*#]|[*#](?:67|82))[\s-]*(?=[+(\d])")
"""Codes that hide or show the caller's number, dialled before the number called."""
_PLUS_LAST: Final = re.compile(r"[\d\s().-]*\d\+")

_WHOLE: Final = re.compile(r"([+-]?\d{5,})[.,]0{1,2}")
_THOUSANDS: Final = re.compile(r"\d{1,3}(,\d{3}){2,}(\.0{1,2})?")
_POWER: Final = re.compile(r"[+-]?(\d)[.,]?(\d*)E\+?(\d{1,2})", re.IGNORECASE)
_DATE: Final = re.compile(
    r"(?:(?:0?[1-9]|[12]\d|3[01])([./-])(?:0?[1-9]|[12]\d|3[01])\1(?:1[89]|20)\d\d"
    r"|(?:1[89]|20)\d\d([./-])(?:0?[1-9]|1[0-2])\2(?:0?[1-9]|[12]\d|3[01]))"
    r"(?:[T\s]+\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?Z?)?"
)
_NOTHING: Final = frozenset(
    {"", "n/a", "na", "none", "null", "nil", "nan", "nobody", "unknown", "no", "tbd", "?", "."}
    | {"无", "没有", "暂无", "未知", "空", "ندارد", "نامشخص", "هیچ"}
)
_NOTE: Final = re.compile(r"\s*[(\[][^()\[\]\d]*[^\W\d_][^()\[\]\d]*[)\]]\s*")
_WORDS_BEHIND: Final = re.compile(r"(?<=\d)\s*[\s:,(\[-]\s*[^\W\d_]{2,}[^\d]*$")
_BEFORE: Final = re.compile(r"^[^\d+*#]*[^\W\d_][^\d+*#(]*(?=[\d+*#(])")
_EXTENSION: Final = re.compile(
    r"[\s,;-]*(?:分机|内线|转|داخلی|\b(?:durchwahl|dw|poste|interno|ramal))[.:\s]*(?=\d{1,12}$)",
    re.IGNORECASE,
)
_TAIL: Final = re.compile(
    r"[\s,;]*(?:\bext|ext|x|#|~|\bint|anexo|доб)[a-zó]*[.:=\s]*\d+#?$", re.IGNORECASE
)
_VANITY: Final = re.compile(r"[+\d\s().-]*\d[\s.-]*[A-Za-z]{2,}(?:-?[A-Za-z\d]+)*")
_STRONG: Final = re.compile(
    r"\s*(?::::|[;|\n\r；、،؛](?!\s*ext\b)|,(?!,)|，|&|\b(?:or|and|oder|und|ou|et|y|o)\b|或|和|(?<=\d)\s+(?:یا|و)\s+)\s*",
    re.IGNORECASE,
)
_WEAK: Final = re.compile(r"\s*/\s*|\s+(?=\+\d)")
_LEAST: Final = 7
"""Digits of a number that stands beside another one: fewer are an extension or an area."""

_SAVE_AS_TEXT: Final = "give the column the format Text in the spreadsheet and save it again"
_SPOILT: Final = (
    (_DATE, f"is a date and no phone number; {_SAVE_AS_TEXT}"),
    (
        re.compile(r"#(?:N/A|REF!|VALUE!|NAME\?|NUM!|NULL!|DIV/0!|#+)", re.IGNORECASE),
        "is an error of the spreadsheet; correct the cell",
    ),
    (
        re.compile(r"[+-]?\d{7,}[.,](?!0{1,2}$)\d{1,2}"),
        f"is a fraction and no phone number; {_SAVE_AS_TEXT}",
    ),
    (re.compile(r"-\d[\d.,]*"), f"is below zero and no phone number; {_SAVE_AS_TEXT}"),
    (
        re.compile("2147483647|4294967295"),
        "is what longer numbers become in a column of whole numbers;"
        f" {_SAVE_AS_TEXT}, or write it with + and country if it is one",
    ),
)


def tidied(text: str) -> str:
    """Return one line of text as plain digits, signs and blanks, without what nobody sees."""
    plain = unicodedata.normalize("NFKC", visible(text)) if not text.isascii() else text
    plain = _DASHES.sub("-", ascii_digits(plain)).strip().strip("'\"<>").strip()
    return f"+{plain[:-1]}" if _PLUS_LAST.fullmatch(plain) else plain


def dialable(text: str) -> str:
    """Return what is dialled of a tidied caller id: the user of an address, without codes."""
    found = _URI.fullmatch(text)
    text = (found[1] if found else text).split("@")[0].split("?")[0]
    return _WITHHOLD.sub("", _PARAMETERS.sub("", text).strip())


def written(text: str) -> str:
    """Return the number a person or a spreadsheet meant, or "" for none; refuse what is spoilt."""
    quoted = _QUOTED.fullmatch(text.strip())
    plain = tidied(quoted[1] if quoted else text)
    if plain.casefold() in _NOTHING or not plain.strip("-–—_./0+ "):
        return ""
    _refuse_spoilt(plain)
    whole = _WHOLE.fullmatch(plain)
    if whole:
        plain = whole[1]
    elif _THOUSANDS.fullmatch(plain):
        plain = plain.split(".")[0].replace(",", "")
    elif power := _POWER.fullmatch(plain):
        plain = power[1] + power[2] + "0" * (int(power[3]) - len(power[2]))
    return plain


def without_words(text: str) -> str:
    """Leave out what is said about a number: "home", "Tel.", "(office)"."""
    text = _EXTENSION.sub(" ext. ", _BEFORE.sub("", _NOTE.sub(" ", text)))
    return _WORDS_BEHIND.sub("", text).strip()


def is_readable(text: str) -> bool:
    """Tell whether its letters are only an extension's, or part of it as in 1-800-TAXI."""
    number = _TAIL.sub("", text)
    return not any(c.isalpha() for c in number) or _VANITY.fullmatch(number) is not None


def pieces(text: str) -> list[str]:
    """Return the numbers of a list, or the text itself when it is one number."""
    found = _long_enough(_STRONG.split(text))
    return [
        piece for part in found or [text] for piece in _long_enough(_WEAK.split(part)) or [part]
    ]


def _long_enough(parts: list[str]) -> list[str]:
    """Return the parts that hold a number each; none if one is too short to be one."""
    told = [part.strip() for part in parts if any(c.isdigit() for c in part)]
    short = any(sum(c.isdigit() for c in part) < _LEAST for part in told)
    return [] if short else told


def _refuse_spoilt(text: str) -> None:
    power = _POWER.fullmatch(text)
    if power and int(power[3]) > len(power[2]):
        raise BadValue("phone", f"was shortened by a spreadsheet; {_SAVE_AS_TEXT}")
    for spoilt, why in _SPOILT:
        if spoilt.fullmatch(text):
            raise BadValue("phone", why)

"""Languages that people speak, as BCP 47 tags: ``de``, ``pt-BR``, ``zh-Hant``."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from babel import Locale, localedata

from crm_core.domain.errors import BadValue
from crm_core.domain.names import fold

LONGEST_TAG: Final = 35
"""What RFC 5646, section 4.4.1, tells to have room for."""
_TAG: Final = re.compile(
    r"(?P<language>[A-Za-z]{2,3})"
    r"(?:-(?P<script>[A-Za-z]{4}))?"
    r"(?:-(?P<region>[A-Za-z]{2}|[0-9]{3}))?"
    r"(?P<variants>(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*)"
)
_ENGLISH: Final = Locale("en")
_LANGUAGES: Final = frozenset(_ENGLISH.languages)
_SCRIPTS: Final = frozenset(_ENGLISH.scripts)
_REGIONS: Final = frozenset(_ENGLISH.territories)
"""Read with the module: a server's loop must not wait for a file."""
_NAMED_IN: Final = ("en", "zh", "fa")
_ALSO: Final = {
    "eng": "en", "英文": "en", "per": "fa", "farsi": "fa",
    "cn": "zh", "汉语": "zh", "普通话": "zh", "国语": "zh",
}  # fmt: skip


def language_tag(text: str) -> str:
    """Return a tag as it is usually written; "" for none."""
    text = text.strip()
    return _tag(text) or _refuse(text, "write a tag") if text else ""


def language_named(text: str) -> str:
    """Return the tag of a language that is written as a tag or by name; "" for none.

    Names are known in English, Chinese, Persian and in the language itself.
    """
    text = text.strip()
    if not text:
        return ""
    return _tag(text) or _names().get(fold(text)) or _refuse(text, "write its name or a tag")


def _refuse(text: str, remedy: str) -> str:
    raise BadValue("language", f"{text[:40]!r} is none; {remedy} such as de, pt-BR or zh-Hant")


def _tag(text: str) -> str:
    parts = _TAG.fullmatch(text.replace("_", "-"))
    if parts is None or len(text) > LONGEST_TAG:
        return ""
    language = parts["language"].lower()
    script, region = (parts["script"] or "").title(), (parts["region"] or "").upper()
    known = (
        language in _LANGUAGES
        and (not script or script in _SCRIPTS)
        and (not region or region in _REGIONS)
    )
    tag = "-".join(part for part in (language, script, region) if part)
    return tag + parts["variants"].lower() if known else ""


@cache
def _names() -> Mapping[str, str]:
    """Folded name -> tag; of two languages with one name the better known stays."""
    names = dict(_ALSO)
    for name, code in _all_names():
        names.setdefault(fold(name), code.replace("_", "-"))
    return names


def _all_names() -> Iterator[tuple[str, str]]:
    for language in _NAMED_IN:
        yield from ((name, code) for code, name in Locale(language).languages.items())
    for code in localedata.locale_identifiers():
        if "_" not in code and (own := Locale(code).get_language_name(code)):
            yield own, code

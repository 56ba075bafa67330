"""Reads what something is called: one text for every language, or a table with one for each.

``name = "Support"`` or ``name = {en = "Support", zh = "技术支持"}``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from telephony_config.model import PAGE_LANGUAGES
from telephony_config.reading import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """``plain`` is the text where a language has none: the site's first language, then any."""

    plain: str
    texts: Mapping[str, str] = field(default_factory=dict)


class NameReader:
    """Reads names for a site with these languages; the pages' own languages are known besides."""

    def __init__(self, languages: tuple[str, ...]) -> None:
        self._languages = languages
        self._known = dict.fromkeys((*languages, *PAGE_LANGUAGES))

    def read(self, table: Table, key: str, default: str | None = None) -> Called:
        """Read the name under ``key``; required when there is no default."""
        if not table.is_table(key):
            return Called(plain=table.text(key, default))
        given = table.table(key)
        texts: dict[str, str] = {}
        for language in given.ids():
            if language in self._known:
                texts[language] = given.text(language)
            else:
                given.complain(
                    language,
                    "is no language of this site or of the pages",
                    f"choose from {', '.join(sorted(self._known))} or add it to site.languages",
                )
        if not given.ids():
            table.complain(key, "is empty", f'write {self._languages[0]} = "..." into it')
        first = next((texts[each] for each in self._languages if each in texts), "")
        return Called(plain=first or next(iter(texts.values()), default or ""), texts=texts)

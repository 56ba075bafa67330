"""Phrases and a language into the list of sounds to play.

A sound that is missing in the caller's language is taken from the first language that has it: a
sentence in the wrong language is better than silence. Lint finds such gaps before a caller does.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from ivr.errors import Unspeakable
from ivr.flow import Known, Money, Phrase, Prompt, Spoken, SpokenAs
from ivr.numerals import Words, count, digits, number
from ivr.sayings import day, money, whole

DEFAULT_BASE: Final = "sound:parley"
LONGEST: Final = timedelta(seconds=30)
"""What a sound is taken to last whose length is not known."""


@dataclass(frozen=True, slots=True)
class Sound:
    """One recorded file: a key in a language."""

    key: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptBook:
    """What has been recorded: the keys of each language, and where Asterisk finds them."""

    keys: Mapping[str, Collection[str]]
    base: str = DEFAULT_BASE
    lengths: Mapping[str, timedelta] = field(default_factory=dict)
    """How long each recording lasts, by ``<language>/<key>``."""

    def media(
        self,
        phrases: Sequence[Phrase],
        language: str,
        *,
        known: Mapping[str, Known] | None = None,
        today: date,
    ) -> list[str]:
        """The media URIs of ``phrases``: ``sound:parley/<language>/<key>``."""
        sounds = self.sounds(phrases, language, known=known or {}, today=today)
        return [f"{self.base}/{sound.language}/{sound.key}" for sound in sounds]

    def lasts(self, media: Sequence[str]) -> timedelta:
        """How long it takes at most to play these, one after the other."""
        lengths = (self.lengths.get(uri.removeprefix(f"{self.base}/"), LONGEST) for uri in media)
        return sum(lengths, timedelta())

    def sounds(
        self, phrases: Sequence[Phrase], language: str, *, known: Mapping[str, Known], today: date
    ) -> list[Sound]:
        """The sounds of ``phrases``; what cannot be said is left out."""
        found: list[Sound] = []
        for phrase in phrases:
            spoken_in = (isinstance(phrase, Prompt) and phrase.language) or language
            try:
                words = self._words(phrase, spoken_in, known, today)
            except Unspeakable:
                continue
            found += [sound for word in words if (sound := self._sound(word, spoken_in))]
        return found

    def _words(
        self, phrase: Phrase, language: str, known: Mapping[str, Known], today: date
    ) -> Words:
        match phrase:
            case Prompt(key=key):
                return (key,)
            case Spoken(name=name, spoken_as=spoken_as):
                if name not in known:
                    raise Unspeakable(f"{name} is not known")
                words = spoken(language, known[name], spoken_as, today=today)
                if spoken_as is SpokenAs.ORDER_STATE and self._sound(words[0], language) is None:
                    return ("order-state-unknown",)
                return words

    def _sound(self, key: str, language: str) -> Sound | None:
        if key in self.keys.get(language, ()):
            return Sound(key, language)
        return next((Sound(key, other) for other in self.keys if key in self.keys[other]), None)


def spoken(language: str, value: Known, spoken_as: SpokenAs, *, today: date) -> Words:
    """The words for one value; Unspeakable if it cannot be read out that way."""
    match spoken_as:
        case SpokenAs.DIGITS:
            return digits(str(value))
        case SpokenAs.NUMBER:
            return number(language, whole(value))
        case SpokenAs.COUNT:
            return count(language, whole(value))
        case SpokenAs.ORDER_STATE:
            return (f"order-state-{value}",)
        case SpokenAs.MONEY if isinstance(value, Money):
            return money(language, value)
        case SpokenAs.DATE if isinstance(value, date):
            return day(language, value, today=today)
    raise Unspeakable(f"a {type(value).__name__} cannot be read out as {spoken_as.value}")

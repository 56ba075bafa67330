"""Numbers spoken and understood again by an independent reading of each language's grammar."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import jdatetime
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ivr.flow import Money
from ivr.numerals import LIMIT, Words, count, digits, number
from ivr.sayings import COINS, day, money
from prompts import catalogue

pytestmark = pytest.mark.property

CATALOGUE = catalogue()
LANGUAGES = ("en", "zh", "fa")
NUMBERS = st.one_of(
    st.integers(0, LIMIT - 1),
    st.integers(0, 11_000),
    st.builds(lambda many, power: many * 10**power, st.integers(0, 999), st.integers(0, 9)),
    st.builds(lambda high, low: high * 10**8 + low, st.integers(0, 9999), st.integers(0, 9999)),
)


def texts(language: str, words: Words) -> list[str]:
    """Fails on a word that the catalogue of this language does not have."""
    return [CATALOGUE.texts(language)[word] for word in words]


def understood_english(words: list[str]) -> int:
    total = part = 0
    for word in words:
        size = {"thousand": 10**3, "million": 10**6, "billion": 10**9}.get(word)
        if size:
            total, part = total + part * size, 0
        elif word == "hundred":
            part *= 100
        else:
            part += sum(
                UNITS_EN.index(piece) if piece in UNITS_EN else TENS_EN.index(piece) * 10
                for piece in word.split("-")
            )
    return total + part


def understood_chinese(words: list[str]) -> int:
    total = section = digit = 0
    for sign in "".join(words).replace("两", "二"):
        if sign in "零一二三四五六七八九":
            digit = "零一二三四五六七八九".index(sign)
        elif sign in "十百千":
            size = {"十": 10, "百": 100, "千": 1000}[sign]
            section, digit = section + (digit or 1) * size, 0
        else:
            size = {"万": 10**4, "亿": 10**8}[sign]
            total, section, digit = total + (section + digit) * size, 0, 0
    return total + section + digit


def understood_persian(words: list[str]) -> int:
    total = part = 0
    for word in " ".join(words).split():
        if word == "و":
            continue
        size = {"هزار": 10**3, "میلیون": 10**6, "میلیارد": 10**9}.get(word)
        if size:
            total, part = total + (part or 1) * size, 0
        else:
            part += ATOMS_FA[word]
    return total + part


EN = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen
"""
EN_TENS = "- - twenty thirty forty fifty sixty seventy eighty ninety"
FA = """
    صفر یک دو سه چهار پنج شش هفت هشت نُه ده یازده دوازده سیزده چهارده پانزده شانزده هفده هجده نوزده
    بیست سی چهل پنجاه شصت هفتاد هشتاد نود
    صد دویست سیصد چهارصد پانصد ششصد هفتصد هشتصد نهصد
"""
UNITS_EN, TENS_EN = EN.split(), EN_TENS.split()
ATOMS_FA = dict(
    zip(FA.split(), [*range(20), *range(20, 100, 10), *range(100, 1000, 100)], strict=True)
)
UNDERSTOOD: dict[str, Callable[[list[str]], int]] = {
    "en": understood_english,
    "zh": understood_chinese,
    "fa": understood_persian,
}


@pytest.mark.parametrize("language", LANGUAGES)
@given(value=NUMBERS)
@example(value=0)
@example(value=100_000_000_000)
@example(value=LIMIT - 1)
def test_a_spoken_number_is_understood_as_itself(language: str, value: int) -> None:
    assert UNDERSTOOD[language](texts(language, number(language, value))) == value


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_up_to_twenty_thousand_is_understood_as_itself(language: str) -> None:
    own = CATALOGUE.texts(language)
    for value in range(20_001):
        assert UNDERSTOOD[language]([own[word] for word in number(language, value)]) == value


@given(value=NUMBERS)
def test_chinese_never_says_two_zeros_in_a_row_nor_ends_in_one(value: int) -> None:
    said = "".join(texts("zh", number("zh", value)))

    assert "零零" not in said
    assert said == "零" or not said.endswith("零")
    assert "两十" not in said
    assert "两百" not in said


@given(value=NUMBERS)
def test_persian_never_says_one_thousand_and_joins_every_part(value: int) -> None:
    said = " ".join(texts("fa", number("fa", value)))

    assert not said.startswith("یک هزار")
    assert not said.endswith(" و")
    assert " و و " not in said


@pytest.mark.parametrize("language", LANGUAGES)
@given(value=NUMBERS)
def test_a_negative_number_is_minus_the_positive_one(language: str, value: int) -> None:
    if value:
        assert number(language, -value) == ("minus", *number(language, value))
    assert texts(language, count(language, value))


@pytest.mark.parametrize("language", LANGUAGES)
@given(said=st.from_regex(r"[A-Z]{0,3}-?[0-9]{1,12}", fullmatch=True))
def test_digits_are_said_each_and_in_order(language: str, said: str) -> None:
    words = digits(said)

    assert "".join(word.removeprefix("digit-") for word in words) == "".join(
        sign for sign in said if sign.isdigit()
    )
    assert texts(language, words)


@pytest.mark.parametrize("language", LANGUAGES)
@given(
    cents=st.integers(-(10**9), 10**9),
    currency=st.sampled_from(sorted(COINS)),
)
def test_every_amount_has_recorded_words(language: str, cents: int, currency: str) -> None:
    words = money(language, Money(Decimal(cents) / 100, currency))

    assert texts(language, words)
    assert any(word.startswith(("unit-", "minor-", "jiao")) for word in words)


@given(total=st.integers(1, 10**9))
def test_renminbi_is_understood_to_the_fen(total: int) -> None:
    said = "".join(texts("zh", money("zh", Money(Decimal(total) / 100, "CNY"))))
    yuan, _, coins = said.rpartition("元")
    jiao, _, fen = coins.rpartition("角")
    worth = understood_chinese([yuan]) * 100 if yuan else 0
    worth += understood_chinese([jiao]) * 10 if jiao else 0
    worth += understood_chinese([fen.removesuffix("分").lstrip("零")]) if fen else 0

    assert worth == total


@pytest.mark.parametrize("language", LANGUAGES)
@given(
    value=st.dates(date(1950, 1, 1), date(2099, 12, 31)),
    later=st.integers(-400, 400),
)
def test_every_date_has_recorded_words_and_a_year_only_when_needed(
    language: str, value: date, later: int
) -> None:
    today = value + timedelta(days=later)
    words = day(language, value, today=today)

    assert texts(language, words)
    same = value.year == today.year
    if language == "fa":
        there, here = (jdatetime.date.fromgregorian(date=each) for each in (value, today))
        same = there.year == here.year
        assert words[:2] == (f"day-{there.day}", f"month-{there.month}")
    assert (len(words) == 2) is same

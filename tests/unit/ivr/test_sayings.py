from datetime import date
from decimal import Decimal

import pytest

from ivr.errors import Unspeakable
from ivr.flow import Known, Money, Prompt, Spoken, SpokenAs
from ivr.numerals import LIMIT, Words, count, digits, number
from ivr.prompt_book import PromptBook, Sound, spoken
from ivr.sayings import day, money
from prompts import catalogue

pytestmark = pytest.mark.unit

CATALOGUE = catalogue()
BOOK = PromptBook(keys=CATALOGUE.keys())
TODAY = date(2026, 3, 2)


def text(language: str, words: Words) -> str:
    """The words as they are written, so that a reader of the language can judge them."""
    texts = CATALOGUE.texts(language)
    return ("" if language == "zh" else " ").join(texts[word] for word in words)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "zero"),
        (13, "thirteen"),
        (100, "one hundred"),
        (115, "one hundred fifteen"),
        (1000, "one thousand"),
        (2026, "two thousand twenty-six"),
        (1_000_001, "one million one"),
        (
            999_999_999_999,
            "nine hundred ninety-nine billion nine hundred ninety-nine million"
            " nine hundred ninety-nine thousand nine hundred ninety-nine",
        ),
        (-5, "minus five"),
    ],
)
def test_english_numbers(value: int, words: str) -> None:
    assert text("en", number("en", value)) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "零"),
        (2, "二"),
        (10, "十"),
        (12, "十二"),
        (100, "一百"),
        (101, "一百零一"),
        (110, "一百一十"),
        (112, "一百一十二"),
        (120, "一百二十"),
        (200, "二百"),
        (222, "二百二十二"),
        (1000, "一千"),
        (1001, "一千零一"),
        (1010, "一千零一十"),
        (1100, "一千一百"),
        (2000, "两千"),
        (2002, "两千零二"),
        (2200, "两千二百"),
        (10_000, "一万"),
        (10_001, "一万零一"),
        (10_100, "一万零一百"),
        (11_000, "一万一千"),
        (12_000, "一万二千"),
        (20_000, "两万"),
        (22_000, "两万二千"),
        (100_000, "十万"),
        (100_010, "十万零一十"),
        (120_000, "十二万"),
        (1_020_304, "一百零二万零三百零四"),
        (20_000_000, "两千万"),
        (100_000_000, "一亿"),
        (100_000_005, "一亿零五"),
        (100_005_000, "一亿零五千"),
        (100_050_000, "一亿零五万"),
        (200_000_000, "两亿"),
        (1_200_000_000, "十二亿"),
        (-8, "负八"),
    ],
)
def test_chinese_numbers(value: int, words: str) -> None:
    assert text("zh", number("zh", value)) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "صفر"),
        (19, "نوزده"),
        (21, "بیست و یک"),
        (100, "صد"),
        (125, "صد و بیست و پنج"),
        (300, "سیصد"),
        (1000, "هزار"),
        (1001, "هزار و یک"),
        (1405, "هزار و چهارصد و پنج"),
        (2000, "دو هزار"),
        (21_000, "بیست و یک هزار"),
        (101_000, "صد و یک هزار"),
        (1_000_000, "یک میلیون"),
        (1_001_000, "یک میلیون و هزار"),
        (2_500_000, "دو میلیون و پانصد هزار"),
        (1_000_000_000, "یک میلیارد"),
        (-3, "منفی سه"),
    ],
)
def test_persian_numbers(value: int, words: str) -> None:
    assert text("fa", number("fa", value)) == words


def test_chinese_counts_two_things_with_liang() -> None:
    assert text("zh", count("zh", 2)) == "两"
    assert text("zh", count("zh", 12)) == "十二"
    assert text("en", count("en", 2)) == "two"


@pytest.mark.parametrize("value", [LIMIT, -LIMIT])
def test_a_number_too_large_to_say_is_refused(value: int) -> None:
    with pytest.raises(Unspeakable, match="too large"):
        number("en", value)


def test_a_language_without_numbers_is_refused() -> None:
    with pytest.raises(Unspeakable, match="'xx'"):
        number("xx", 1)


def test_digits_are_said_one_by_one_and_chinese_says_yao() -> None:
    assert text("en", digits("A-105")) == "one zero five"
    assert text("zh", digits("A-105")) == "幺零五"


def test_nothing_to_say_is_refused() -> None:
    with pytest.raises(Unspeakable, match="no digit"):
        digits("٣-x")


@pytest.mark.parametrize(
    ("language", "amount", "words"),
    [
        ("en", ("12.50", "USD"), "twelve dollars and fifty cents"),
        ("en", ("1.01", "USD"), "one dollar and one cent"),
        ("en", ("0.05", "EUR"), "five cents"),
        ("en", ("0.01", "GBP"), "one penny"),
        ("en", ("0", "USD"), "zero dollars"),
        ("en", ("1200000", "IRR"), "one million two hundred thousand rials"),
        ("en", ("-3", "EUR"), "minus three euros"),
        ("en", ("1.999", "USD"), "two dollars"),
        ("zh", ("12.50", "CNY"), "十二元五角"),
        ("zh", ("12.05", "CNY"), "十二元零五分"),
        ("zh", ("12.34", "CNY"), "十二元三角四分"),
        ("zh", ("2", "CNY"), "两元"),
        ("zh", ("0.20", "CNY"), "两角"),
        ("zh", ("0.03", "CNY"), "三分"),
        ("zh", ("0", "CNY"), "零元"),
        ("zh", ("2.50", "USD"), "两美元五十美分"),
        ("fa", ("120000", "IRR"), "صد و بیست هزار ریال"),
        ("fa", ("12.50", "USD"), "دوازده دلار و پنجاه سنت"),
        ("fa", ("1", "EUR"), "یک یورو"),
    ],
)
def test_money(language: str, amount: tuple[str, str], words: str) -> None:
    assert text(language, money(language, Money(Decimal(amount[0]), amount[1]))) == words


def test_a_currency_without_a_name_is_refused() -> None:
    with pytest.raises(Unspeakable, match="'XAU'"):
        money("en", Money(Decimal(1), "XAU"))


@pytest.mark.parametrize(
    ("language", "value", "words"),
    [
        ("en", date(2026, 3, 21), "March twenty-first"),
        ("en", date(2027, 1, 30), "January thirtieth twenty twenty-seven"),
        ("en", date(2005, 5, 5), "May fifth two thousand five"),
        ("en", date(1905, 5, 5), "May fifth nineteen oh five"),
        ("en", date(1900, 5, 5), "May fifth nineteen hundred"),
        ("en", date(2000, 5, 5), "May fifth two thousand"),
        ("zh", date(2026, 12, 31), "十二月三十一日"),
        ("zh", date(2027, 10, 1), "二零二七年十月一日"),
        ("zh", date(2011, 1, 1), "二零一一年一月一日"),
        ("fa", date(2026, 3, 5), "چهاردهمِ اسفند ماه"),
        ("fa", date(2026, 3, 21), "یکمِ فروردین ماه هزار و چهارصد و پنج"),
        ("fa", date(2026, 3, 20), "بیست و نهمِ اسفند ماه"),
    ],
)
def test_dates(language: str, value: date, words: str) -> None:
    assert text(language, day(language, value, today=TODAY)) == words


def test_a_language_without_dates_is_refused() -> None:
    with pytest.raises(Unspeakable, match="'xx'"):
        day("xx", TODAY, today=TODAY)


@pytest.mark.parametrize(
    ("value", "way", "words"),
    [
        ("0012", SpokenAs.DIGITS, "zero zero one two"),
        ("12", SpokenAs.NUMBER, "twelve"),
        (2, SpokenAs.COUNT, "two"),
        (Money(Decimal(3), "USD"), SpokenAs.MONEY, "three dollars"),
        (date(2026, 3, 3), SpokenAs.DATE, "March third"),
        ("shipped", SpokenAs.ORDER_STATE, "has been shipped."),
    ],
)
def test_each_value_is_read_out_in_its_way(value: Known, way: SpokenAs, words: str) -> None:
    assert text("en", spoken("en", value, way, today=TODAY)) == words


@pytest.mark.parametrize(
    ("value", "way"),
    [
        ("soon", SpokenAs.DATE),
        (3, SpokenAs.MONEY),
        ("many", SpokenAs.NUMBER),
        (date(2026, 1, 1), SpokenAs.COUNT),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(value: Known, way: SpokenAs) -> None:
    with pytest.raises(Unspeakable):
        spoken("en", value, way, today=TODAY)


def test_what_cannot_be_said_is_left_out_and_the_rest_is_said() -> None:
    phrases = (
        Prompt("order-total-is"),
        Spoken("order.total", SpokenAs.MONEY),
        Spoken("unknown", SpokenAs.DIGITS),
        Prompt("goodbye", "fa"),
    )
    known: dict[str, Known] = {"order.total": Money(Decimal(1), "XAU")}

    assert BOOK.media(phrases, "zh", known=known, today=TODAY) == [
        "sound:parley/zh/order-total-is",
        "sound:parley/fa/goodbye",
    ]


def test_a_prompt_missing_in_one_language_is_taken_from_another() -> None:
    book = PromptBook(keys={"en": {"hello"}, "zh": set()})

    assert book.sounds((Prompt("hello"), Prompt("none")), "zh", known={}, today=TODAY) == [
        Sound("hello", "en")
    ]

"""Phone numbers as trunks, people and spreadsheets write them."""

import pytest

from crm_core.domain.errors import BadValue
from crm_core.domain.party import phone_point, phone_points
from crm_core.domain.phone import AniKind, best_reading, classify, with_country

pytestmark = pytest.mark.unit

BOB, EVE = "+14155550142", "+14155550143"


@pytest.mark.parametrize(
    ("raw", "region", "e164"),
    [
        ("447911123456", "US", "+447911123456"),
        ("447911123456", "CN", "+447911123456"),
        ("4930123456", "US", "+4930123456"),
        ("8613900000143", "US", "+8613900000143"),
        ("989120000143", "US", "+989120000143"),
        ("004930123456", "US", "+4930123456"),
        ("(00)49 30 123456", "US", "+4930123456"),
        ("011 49 30 123456", "DE", "+4930123456"),
        ("+00447911123456", "US", "+447911123456"),
        ("+07911123456", "GB", "+447911123456"),
        ("14107911123456", "GB", "+447911123456"),
        ("5215512345678", "US", "+525512345678"),
        ("+5215512345678", "US", "+525512345678"),
        ("+551187654321", "US", "+5511987654321"),
        ("+39612345678", "US", "+390612345678"),
        ("+22997123456", "US", "+2290197123456"),
    ],
)
def test_what_only_likely_is_a_number_is_read_and_said_to_be_likely(
    raw: str, region: str, e164: str
) -> None:
    ani = classify(raw, region)
    assert (ani.kind, ani.e164, ani.sure) == (AniKind.VALID, e164, False)
    assert e164 in ani.likely
    assert best_reading(raw, region) == e164
    assert with_country(raw, region) == raw, "a trunk's reading is not made from a guess"


@pytest.mark.parametrize(
    ("raw", "region", "e164"),
    [
        ("989120000143", "IR", "+989120000143"),
        ("4930123456", "DE", "+4930123456"),
        ("011 49 30 123456", "US", "+4930123456"),
        ("00 49 30 123456", "CN", "+4930123456"),
        ("*67 202 555 0143", "US", "+12025550143"),
        ("*672025550143", "US", "+12025550143"),
        ("#31#2025550143", "US", "+12025550143"),
        ("*31#030 1234567", "DE", "+49301234567"),
        ("*31*030 1234567", "DE", "+49301234567"),
        ("2025550143;ext=12", "US", "+12025550143"),
        ("+12025550143;ext=", "US", "+12025550143"),
        ("tel:+1-202-555-0143", "CN", "+12025550143"),
        ("TEL:+1-202-555-0143;isub=7", "CN", "+12025550143"),
        ("tel:2025550143;phone-context=+1", "CN", "+12025550143"),
        ("sip:+12025550143;npdi;cpc=ordinary@example.org;user=phone", "CN", "+12025550143"),
        ("callto:+12025550143", "CN", "+12025550143"),
        ("۰۲۱ ۵۵۵۵ ۰۱۴۳", "IR", "+982155550143"),
        ("٠٩١٢٠٠٠٠١٤٣", "IR", "+989120000143"),
        ("९१२३४५६७८९", "IN", "+919123456789"),
        ("\u202a+98\u200c912 000\u200f 0143\u202c", "US", "+989120000143"),
        ("989120000143+", "US", "+989120000143"),
        ("030 123456 home", "DE", "+4930123456"),
        ("+54 11 15 2345 6789", "US", "+5491123456789"),
        ("1-800-FLOWERS", "US", "+18003569377"),
    ],
)
def test_a_clear_writing_of_a_number_is_surely_it(raw: str, region: str, e164: str) -> None:
    ani = classify(raw, region)
    assert (ani.kind, ani.e164, ani.sure) == (AniKind.VALID, e164, True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+5511987654321", "+551187654321"),
        ("+5491123456789", "+541123456789"),
        ("+525512345678", "+5215512345678"),
        ("+390612345678", "+39612345678"),
        ("+2290197123456", "+22997123456"),
    ],
)
def test_both_writings_of_a_countrys_numbers_meet_both_ways(one: str, other: str) -> None:
    for here, there in ((one, other), (other, one)):
        ani = classify(here, "US")
        assert there in (ani.literal, *ani.likely)


def test_a_number_that_is_clear_and_has_no_other_writing_has_no_likely_reading() -> None:
    assert classify("+12025550143", "CN").likely == ()
    assert classify("2025550143", "US").likely == ()


@pytest.mark.parametrize(
    ("raw", "region", "norm"),
    [
        ("13800138000.0", "CN", "+8613800138000"),
        ("+8613800138000.0", "US", "+8613800138000"),
        ("13800138000,00", "CN", "+8613800138000"),
        ("13,800,138,000", "CN", "+8613800138000"),
        ('="13800138000"', "CN", "+8613800138000"),
        ("'13800138000", "CN", "+8613800138000"),
        ("1.3800138000E+10", "CN", "+8613800138000"),
        ("447911123456", "US", "+447911123456"),
        ("415\u200c555\u200c0142", "US", BOB),
        ("\u200e415\u00a0555\u202f0142\u200f", "US", BOB),
        ("\ufeff415\u00ad555\u20110142", "US", BOB),
        ("４１５５５５０１４２", "US", BOB),
        ("＋１（４１５）５５５－０１４２", "US", BOB),
        ("415–555–0142", "US", BOB),
        ("Tel.: 415 555 0142 (office)", "US", BOB),
        ("4155550142 home", "US", BOB),
        ("030/1234567", "DE", "+49301234567"),
        ("+44 (0)20 7946 0018", "US", "+442079460018"),
    ],
)
def test_a_number_that_went_through_a_spreadsheet_is_read(raw: str, region: str, norm: str) -> None:
    assert phone_point(raw, region=region).norm == norm


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("1.38E+10", "shortened by a spreadsheet.*Text"),
        ("1.38001E+10", "shortened by a spreadsheet"),
        ("01/01/1970", "is a date"),
        ("31.12.1999", "is a date"),
        ("1970-01-01", "is a date"),
        ("2024-05-06 07:08:09", "is a date"),
        ("-2147483648", "below zero"),
        ("2147483647", "what longer numbers become"),
        ("4155550142.5", "is a fraction"),
        ("#N/A", "error of the spreadsheet"),
        ("##########", "error of the spreadsheet"),
        ("138001380000", "digits too many to be a phone number in CN"),
        ("1380013800", "lacks a digit to be a phone number in CN"),
        ("13800138000 Etage 2", r"write it with \+ and country"),
        ("12", r"write it with \+ and country"),
        ("hello", r"write it with \+ and country"),
        ("", r"holds no number"),
        ("n/a", r"holds no number"),
        ("13800138000;13900000143", "holds 2 numbers; add them one by one"),
        ("13800138000;139000001", r"not each is a whole number"),
    ],
)
def test_what_a_spreadsheet_has_spoilt_is_refused_with_the_remedy(raw: str, why: str) -> None:
    with pytest.raises(BadValue, match=f"^phone: .*{why}"):
        phone_point(raw, region="CN")


@pytest.mark.parametrize(
    "raw",
    [
        "4155550142;4155550143",
        "4155550142 / 4155550143",
        "4155550142, 4155550143",
        "4155550142 or 4155550143",
        "4155550142 ::: 4155550143",
        "4155550142\n4155550143",
        "4155550142|(415) 555-0143|4155550142",
        "+1 415 555 0142 +1 415 555 0143",
        "4155550142、4155550143",
        "4155550142 یا 4155550143",
        "4155550142; n/a; 4155550143",
    ],
)
def test_a_list_is_split_into_its_numbers(raw: str) -> None:
    points = phone_points(raw, region="US", label="mobile", primary=True)
    assert [(point.norm, point.extension) for point in points] == [(BOB, ""), (EVE, "")]
    assert [(point.label, point.is_primary) for point in points] == [
        ("mobile", True),
        ("mobile", False),
    ]


@pytest.mark.parametrize("raw", ["", " ", "-", "n/a", "None", "0", "无", "ندارد", "000-000"])
def test_what_stands_for_no_number_is_none(raw: str) -> None:
    assert phone_points(raw, region="US") == []


@pytest.mark.parametrize(
    "raw",
    [
        "4155550142x12",
        "4155550142,,12",
        "4155550142;12",
        "4155550142;ext=12",
        "415 555 0142 转 12",
        "4155550142 分机12",
        "+1 415 555 0142, ext. 12",
        "۴۱۵۵۵۵۰۱۴۲ داخلی ۱۲",
    ],
)
def test_an_extension_is_no_second_number(raw: str) -> None:
    point = phone_point(raw, region="US")
    assert (point.norm, point.extension) == (BOB, "12")

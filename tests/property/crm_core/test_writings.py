"""One number, many writings: all of them meet."""

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_core.domain.errors import BadValue
from crm_core.domain.party import phone_points
from crm_core.domain.phone import AniKind, classify

pytestmark = pytest.mark.property

REGIONS = ("US", "GB", "DE", "CN", "IR", "BR", "AR", "MX", "IT", "FR", "IN", "AE", "AU")


@st.composite
def numbers(draw: st.DrawFn) -> tuple[str, str]:
    """A valid number and its country."""
    region = draw(st.sampled_from(REGIONS))
    example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    assert example is not None
    text = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    e164 = text[:-4] + draw(st.text("0123456789", min_size=4, max_size=4))
    parsed = phonenumbers.parse(e164)
    if not phonenumbers.is_valid_number(parsed):
        return text, region
    return e164, region


def written(draw: st.DrawFn, e164: str, region: str) -> tuple[str, str]:
    """One writing of it and the trunk's region over which it comes."""
    parsed = phonenumbers.parse(e164)
    form = phonenumbers.PhoneNumberFormat
    abroad = draw(st.sampled_from(REGIONS))
    return draw(
        st.sampled_from(
            [
                (e164, abroad),
                (e164[1:], abroad),
                (f"00{e164[1:]}", abroad),
                (f"011{e164[1:]}", abroad),
                (f"tel:{e164}", abroad),
                (f"sip:{e164}@example.org;user=phone", abroad),
                (f"*67{e164}", abroad),
                (f"{e164};ext=12", abroad),
                (phonenumbers.format_number(parsed, form.INTERNATIONAL), abroad),
                (phonenumbers.format_number(parsed, form.NATIONAL), region),
                (phonenumbers.national_significant_number(parsed), region),
            ]
        )
    )


digits = st.sampled_from(["0123456789", "۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩", "０１２３４５６７８９"])
unseen = st.sampled_from(["", "\u200c", "\u200e", "\u202a", "\u00ad", "\ufeff"])


@settings(deadline=None)
@given(numbers(), st.data(), digits, unseen)
def test_any_writing_of_one_number_meets(
    number: tuple[str, str], data: st.DataObject, script: str, nothing: str
) -> None:
    e164, region = number
    text, trunk = data.draw(st.composite(written)(e164, region))
    text = nothing.join(text.translate(dict(zip(map(ord, "0123456789"), script, strict=True))))
    ani = classify(text, trunk)
    # A reading for the trunk's own region is tried first; the true one is among the likely.
    assert e164 in (ani.literal, *ani.likely)


@settings(deadline=None)
@given(numbers(), st.sampled_from(REGIONS))
def test_a_stored_number_finds_itself(number: tuple[str, str], region: str) -> None:
    (point,) = phone_points(number[0], region=region)
    again = classify(point.norm, region)
    assert (again.kind, again.e164) == (AniKind.VALID, point.norm)


@settings(deadline=None)
@given(st.text(st.sampled_from("0123456789+-./,;:EeTx#*()[] ab\u200c۰۹٫٬\n|，、"), max_size=40))
def test_no_text_breaks_the_reading_of_numbers(text: str) -> None:
    try:
        points = phone_points(text, region="US")
    except BadValue:
        return
    assert all(point.norm.startswith("+") for point in points)
    assert len({(point.norm, point.extension) for point in points}) == len(points)

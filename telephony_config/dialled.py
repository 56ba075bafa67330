"""In which writings a carrier may dial a number: with and without +, country code, trunk prefix.

One rule for the check, which refuses numbers that could be taken for each other, and for the
dialplan, which leads each writing to the number as the site description has it.
"""

from collections.abc import Iterator

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat

from telephony_config.model import Site


def regions(site: Site) -> tuple[str, ...]:
    """The regions by which numbers are dialled: the site's own first, then those of trunks."""
    return tuple(dict.fromkeys((site.region, *(one.region or site.region for one in site.trunks))))


def writings(dnis: str, *, home: str, dialled_in: str) -> frozenset[str]:
    """Give the ways to dial ``dnis``, which the site in ``home`` has, on a trunk of another region.

    What is no public telephone number, such as an extension, is dialled as it is written.
    """
    number = _public(dnis, home)
    if number is None:
        return frozenset({dnis, dnis.lstrip("+")})
    return frozenset(_of(number, dialled_in)) | {dnis}


def table(site: Site, region: str) -> dict[str, str]:
    """Give the number that each writing stands for; a number as it is written comes first."""
    plain = {number.dnis: number.dnis for number in site.numbers}
    found = {
        writing: number.dnis
        for number in site.numbers
        for writing in writings(number.dnis, home=site.region, dialled_in=region)
    }
    return dict(sorted((found | plain).items()))


def _public(dnis: str, home: str) -> PhoneNumber | None:
    """Read the number: with its country, or as a national one if it is written as they are dialled.

    A national number without the 0 that belongs before it comes last: it is no way to write one.
    """
    national, abroad = _valid(dnis, home), _valid(f"+{dnis.lstrip('+')}", home)
    if national is None:
        return abroad
    usual = _digits(phonenumbers.format_number(national, PhoneNumberFormat.NATIONAL))
    return national if dnis[0] in "+0" or dnis == usual else abroad or national


def _valid(text: str, home: str) -> PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, home)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def _of(number: PhoneNumber, region: str) -> Iterator[str]:
    code = str(number.country_code)
    rest = phonenumbers.national_significant_number(number)
    yield f"+{code}{rest}"
    yield f"{code}{rest}"
    yield f"00{code}{rest}"
    exit_code = _exit_code(region)
    if exit_code:
        yield f"{exit_code}{code}{rest}"
    if phonenumbers.country_code_for_region(region) == number.country_code:
        yield rest
        yield _digits(phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL))
        yield f"{phonenumbers.ndd_prefix_for_region(region, True) or ''}{rest}"


def _exit_code(region: str) -> str:
    """What is dialled there before a country code, "" where each carrier has one of its own."""
    data = phonenumbers.PhoneMetadata.metadata_for_region(region)
    if data is None:
        return ""
    prefix = data.preferred_international_prefix or data.international_prefix or ""
    return prefix if prefix.isdigit() else ""


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())

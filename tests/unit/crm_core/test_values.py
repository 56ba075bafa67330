"""Phone numbers, names, numbers with check digits, PINs, ids, users."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from crm_core.domain import ids, names, numbers
from crm_core.domain.errors import BadValue
from crm_core.domain.party import Party, PointKind, email_point, phone_point, renamed
from crm_core.domain.phone import AniKind, classify, shown
from crm_core.domain.pin import check_pin, hash_pin
from crm_core.domain.user import User, checked

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "region", "kind", "e164"),
    [
        ("+1 (202) 555-0143", "CN", AniKind.VALID, "+12025550143"),
        ("2025550143", "US", AniKind.VALID, "+12025550143"),
        ('"<+12025550143>"', "US", AniKind.VALID, "+12025550143"),
        ("sip:+12025550143@example.org", "US", AniKind.VALID, "+12025550143"),
        ("09120000143", "IR", AniKind.VALID, "+989120000143"),
        ("۰۹۱۲۰۰۰۰۱۴۳", "IR", AniKind.VALID, "+989120000143"),
        ("00989120000143", "CN", AniKind.VALID, "+989120000143"),
        ("13900000143", "CN", AniKind.VALID, "+8613900000143"),
        ("1234567890", "US", AniKind.INVALID, "+11234567890"),
        ("+1202555014399999", "US", AniKind.INVALID, ""),
        ("hello", "US", AniKind.INVALID, ""),
        ("9" * 400, "US", AniKind.INVALID, ""),
        ("1001", "US", AniKind.INTERNAL, ""),
        ("agent-ana", "US", AniKind.INTERNAL, ""),
        ("", "US", AniKind.ANONYMOUS, ""),
        ("Anonymous", "US", AniKind.ANONYMOUS, ""),
        ("restricted", "CN", AniKind.ANONYMOUS, ""),
        ("+000000", "US", AniKind.ANONYMOUS, ""),
    ],
)
def test_a_caller_id_is_classed_and_normalised(
    raw: str, region: str, kind: AniKind, e164: str
) -> None:
    ani = classify(raw, region)
    assert (ani.kind, ani.e164) == (kind, e164)


def test_an_absurd_caller_id_is_not_kept_whole() -> None:
    assert len(classify("9" * 400, "US").raw) == 64


def test_extensions_and_region_are_kept_apart() -> None:
    ani = classify("+44 20 7946 0018 ext. 12", "US")
    assert (ani.e164, ani.extension, ani.region) == ("+442079460018", "12", "GB")


def test_numbers_are_shown_with_spaces_and_garbage_as_it_is() -> None:
    assert shown("+12025550143") == "+1 202-555-0143"
    assert shown("anonymous") == "anonymous"


def test_contact_points_keep_the_raw_text() -> None:
    point = phone_point(" (202) 555-0143 ", region="US", primary=True)
    assert (point.kind, point.raw, point.norm) == (
        PointKind.PHONE,
        "(202) 555-0143",
        "+12025550143",
    )
    assert email_point(" Grace@Example.ORG ").norm == "grace@example.org"


@pytest.mark.parametrize("raw", ["", "@", "a@", "@b.c", "a b@c.d", "a@b", "no mail"])
def test_what_is_no_address_is_refused(raw: str) -> None:
    with pytest.raises(BadValue, match=r"name@example\.org"):
        email_point(raw)


def test_what_is_no_number_is_refused_with_the_remedy() -> None:
    with pytest.raises(BadValue, match=r"write it with \+ and country"):
        phone_point("12", region="US")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Grace Holloway", "HOLLOWAY, grace"),
        ("José Álvarez", "jose alvarez"),
        ("علي كريمي", "علی کریمی"),
        ("نيک‌نام", "نیک نام"),
        ("Ｇｒａｃｅ ２", "grace ۲"),
        ("Straße", "STRASSE"),
        ("مُحَمَّد", "محمد"),
        ("محـــمد", "محمد"),
        ("عبداللہ", "عبدالله"),
        ("بهاء", "بها"),
        ("علیرضا", "علی‌رضا"),
        ("علیرضا", "علی رضا"),
        ("محمدرضا کریمی", "محمد رضا کريمي"),
        ("کریمی محمدرضا", "محمد رضا کريمي"),
        ("Łukasz", "lukasz"),
        ("Søren", "Soren"),
        ("Søren", "Soeren"),
        ("Nguyễn Đức", "nguyen duc"),
        ("Müller", "Mueller"),
        ("Müller", "Muller"),
        ("Jäger", "Jaeger"),
        ("Åse", "Aase"),
        ("IŞIK", "ışık"),
        ("İbrahim", "ibrahim"),
        ("Gurþór", "Gurthor"),
        ("OBrien", "O'Brien"),
        ("Obrien", "O’Brien"),
        ("OBrien", "Oʼbrien"),
        ("Jean-Luc", "jeanluc"),
        ("Jean-Luc Picard", "Picard, Jean Luc"),
        ("Anna Eva", "Eva, Anna"),
        ("李雷", "李 雷"),
        ("让·雅克", "让雅克"),
        ("김 철수", "김철수"),
        ("Ho\u00adllo\u200bway", "holloway"),
        ("Зоя Ёлкина", "зоя елкина"),
    ],
)
def test_names_a_human_calls_the_same_have_one_key(one: str, other: str) -> None:
    assert names.name_key(one) == names.name_key(other)


def test_chinese_is_cut_into_bigrams_and_a_last_sign() -> None:
    assert names.index_tokens("王小明 Wang").split() == ["王小", "小明", "明", "wang"]
    assert names.query_tokens("王小明") == ["王小", "小明"]
    assert names.query_tokens("明") == ["明"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ronald Li", "Arnold Li"), ("Grace Hall", "Grace Hill"), ("王小明", "王明小"), ("Jo", "Joy")],
)
def test_other_names_have_other_keys(one: str, other: str) -> None:
    assert names.name_key(one) != names.name_key(other)


def test_neighbours_are_indexed_joined_and_asked_for_joined() -> None:
    assert names.index_tokens("Jean-Luc 王").split() == ["jean", "luc", "王", "jeanluc"]
    assert names.query_alternatives("o brien") == [["o", "brien"], ["obrien"]]
    assert names.query_alternatives("") == []


@pytest.mark.parametrize(
    "typed", ["hollowy", "hollowway", "hollaway", "hlloway", "hollowya", "oholloway"]
)
def test_a_mistyped_word_shares_a_neighbour_with_the_right_one(typed: str) -> None:
    assert set(names.neighbours(typed)) & set(names.neighbours("holloway"))


def test_a_check_digit_is_luhns() -> None:
    assert numbers.with_check_digit(1_000_001) == "10000016"
    assert numbers.is_sound("10000016")
    assert not any(numbers.is_sound(n) for n in ("10000017", "", "abc", "１０００００１６"))


def test_a_pin_is_hashed_with_salt_and_checked() -> None:
    hashed = hash_pin("2468", cost=2)
    assert hashed != hash_pin("2468", cost=2)
    assert "2468" not in hashed
    assert check_pin("2468", hashed)
    assert check_pin("۲۴۶۸", hashed)
    assert not check_pin("2469", hashed)
    assert not check_pin("", hashed)


@pytest.mark.parametrize("pin", ["", "123", "123456789", "12a4", "１２ ４"])
def test_a_pin_that_cannot_be_typed_is_refused(pin: str) -> None:
    with pytest.raises(BadValue, match="4 to 8 digits"):
        hash_pin(pin, cost=2)


def test_the_id_of_a_calls_record_follows_from_the_call() -> None:
    one = ids.interaction_id("parley-1.1", NOON)
    assert one == ids.interaction_id("parley-1.1", NOON)
    assert one != ids.interaction_id("parley-1.2", NOON)
    assert UUID(one).version == 7
    assert ids.interaction_id("z", NOON) < ids.interaction_id("a", NOON + timedelta(seconds=1))


def test_fresh_ids_are_uuid7() -> None:
    assert UUID(ids.uuid7()).version == 7
    assert ids.is_id(ids.uuid7())
    assert not ids.is_id("ana")


@pytest.mark.parametrize(
    ("user", "field"),
    [
        (User(id="Ana", name="Ana"), "id"),
        (User(id="ana", name=" "), "name"),
        (User(id="ana", name="Ana", skills={"sales": 6}), "skills"),
        (User(id="ana", name="Ana", theme="pink"), "theme"),
        (User(id="ana", name="Ana", phone="string"), "phone"),
    ],
)
def test_a_user_that_makes_no_sense_names_the_field(user: User, field: str) -> None:
    with pytest.raises(BadValue, match=f"^{re.escape(field)}"):
        checked(user)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Grace Underhill", ("Grace", "")),
        ("Hannah Holloway", ("", "Holloway")),
        ("Holloway, GRACE", ("Grace", "Holloway")),
        ("Gracey Hollow", ("", "")),
    ],
)
def test_a_renamed_party_keeps_only_what_is_still_in_its_name(
    name: str, kept: tuple[str, str]
) -> None:
    grace = Party(display_name="Grace Holloway", given_name="Grace", family_name="Holloway")

    party = renamed(grace, name)

    assert (party.display_name, party.sort_name) == (name, name)
    assert (party.given_name, party.family_name) == kept

import pytest

from ivr.digits import Fit, Number, OneOf, fit, settle, value

pytestmark = pytest.mark.unit

MENU = OneOf(frozenset({"1", "12", "3", "#"}))
NUMBER = Number(least=4, most=6)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("", Fit.INCOMPLETE),
        ("1", Fit.INCOMPLETE),  # 12 may follow
        ("12", Fit.COMPLETE),
        ("3", Fit.COMPLETE),
        ("#", Fit.COMPLETE),
        ("4", Fit.INVALID),
        ("13", Fit.INVALID),
    ],
)
def test_a_menu_key_waits_only_while_a_longer_choice_may_follow(keys: str, expected: Fit) -> None:
    assert fit(MENU, keys) is expected


@pytest.mark.parametrize(("keys", "expected"), [("1", Fit.COMPLETE), ("", Fit.INVALID)])
def test_when_no_more_keys_come_a_short_choice_counts(keys: str, expected: Fit) -> None:
    assert settle(MENU, keys) is expected


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("", Fit.INCOMPLETE),
        ("123", Fit.INCOMPLETE),
        ("12345", Fit.INCOMPLETE),
        ("123456", Fit.COMPLETE),
        ("1234#", Fit.COMPLETE),
        ("123#", Fit.INVALID),
        ("#", Fit.INVALID),
        ("12*", Fit.INVALID),
        ("1234567", Fit.INVALID),
        ("12٣٤", Fit.INVALID),
    ],
)
def test_a_number_is_complete_at_its_length_or_its_terminator(keys: str, expected: Fit) -> None:
    assert fit(NUMBER, keys) is expected


@pytest.mark.parametrize(
    ("keys", "expected"), [("123", Fit.INVALID), ("1234", Fit.COMPLETE), ("1234#", Fit.COMPLETE)]
)
def test_when_no_more_digits_come_a_long_enough_number_counts(keys: str, expected: Fit) -> None:
    assert settle(NUMBER, keys) is expected


def test_the_terminator_is_not_part_of_the_number() -> None:
    assert value(NUMBER, "1234#") == "1234"
    assert value(MENU, "#") == "#"
    assert value(Number(least=1, most=2, terminator=""), "12") == "12"

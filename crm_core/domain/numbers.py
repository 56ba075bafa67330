"""Check digits (Luhn): a mistyped customer number is noticed before anything is looked up."""


def with_check_digit(number: int) -> str:
    """Return ``number`` with its Luhn digit behind it."""
    return f"{number}{-_sum(f'{number}0') % 10}"


def is_sound(number: str) -> bool:
    """Tell whether the last digit of ``number`` is its Luhn digit."""
    return number.isascii() and number.isdigit() and _sum(number) % 10 == 0


def _sum(number: str) -> int:
    digits = [int(digit) for digit in reversed(number)]
    return sum(digits[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])

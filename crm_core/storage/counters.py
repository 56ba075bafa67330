"""Numbers that people say aloud: customers, cases, orders. Gaps are possible, repeats are not."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import Connection, select, update

from crm_core.domain.numbers import with_check_digit
from crm_core.storage.schema import counter, party

CUSTOMER: Final = "customer"
CASE: Final = "case"
ORDER: Final = "order"


def take(connection: Connection, name: str, how_many: int = 1) -> range:
    """Take the next numbers of a counter."""
    statement = (
        update(counter)
        .where(counter.c.name == name)
        .values(value=counter.c.value + how_many)
        .returning(counter.c.value)
    )
    last: int = connection.execute(statement).scalar_one()
    return range(last - how_many + 1, last + 1)


def customer_number(connection: Connection) -> str:
    """Take a customer number: seven digits and a check digit."""
    return customer_numbers(connection, 1)[0]


def case_number(connection: Connection) -> str:
    """Take a case number."""
    return f"C{take(connection, CASE)[0]}"


def order_number(connection: Connection) -> str:
    """Take an order number: seven digits and a check digit."""
    return with_check_digit(take(connection, ORDER)[0])


def customer_numbers(
    connection: Connection, how_many: int, *, besides: Collection[str] = ()
) -> list[str]:
    """Take many customer numbers at once, none that came with an import or is in ``besides``."""
    given: list[str] = []
    while missing := how_many - len(given):
        fresh = [with_check_digit(number) for number in take(connection, CUSTOMER, missing)]
        number = party.c.customer_number
        there = set(connection.execute(select(number).where(number.in_(fresh))).scalars())
        given += [each for each in fresh if each not in there and each not in besides]
    return given

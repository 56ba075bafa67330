"""Numbers that people say aloud: customers, cases, orders. Gaps are possible, repeats are not."""

from typing import Final

from sqlalchemy import Connection, update

from crm_core.domain.numbers import with_check_digit
from crm_core.storage.schema import counter

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
    return with_check_digit(take(connection, CUSTOMER)[0])


def case_number(connection: Connection) -> str:
    """Take a case number."""
    return f"C{take(connection, CASE)[0]}"


def order_number(connection: Connection) -> str:
    """Take an order number: seven digits and a check digit."""
    return with_check_digit(take(connection, ORDER)[0])


def customer_numbers(connection: Connection, how_many: int) -> list[str]:
    """Take many customer numbers at once."""
    if how_many == 0:
        return []
    return [with_check_digit(number) for number in take(connection, CUSTOMER, how_many)]

"""An address that floods us is shut out for a while, and longer when it does not stop."""

from datetime import timedelta

import pytest

from cti.call_control import CallControl
from cti.floods import FIRST, LONGEST, NAMED, SLOTS, Floods, address_of
from tests.fakes.asterisk import FakeAsterisk

pytestmark = pytest.mark.unit


class Door:
    """The dialplan that names who floods us, and the command line beside it."""

    def __init__(self) -> None:
        self.fake = FakeAsterisk()
        self.said: list[str] = []
        self.identifies = ""
        self.now = self.fake.now
        self.floods = self.daemon()

    def daemon(self) -> Floods:
        return Floods(CallControl(self.fake), self.cli, now=lambda: self.now)

    async def cli(self, command: str) -> str:
        self.said.append(command)
        return self.identifies

    async def names(self, address: str) -> None:
        self.fake.global_variables[NAMED] = address
        await self.floods.look()

    async def after(self, time: timedelta) -> None:
        self.now += time
        await self.floods.look()

    @property
    def out(self) -> set[str]:
        return set(self.fake.identified.values())


async def test_nobody_is_shut_out_in_quiet_times() -> None:
    door = Door()

    await door.floods.look()

    assert door.out == set()
    assert door.said == ["pjsip show identifies"]


async def test_who_floods_us_is_shut_out_and_let_in_when_the_time_is_over() -> None:
    door = Door()

    await door.names("192.0.2.7:5060")
    assert door.out == {"192.0.2.7"}
    assert door.said[-1] == "pjsip set maintenance on parley-flooded"
    assert door.fake.global_variables[NAMED] == "", "named once, shut out once"

    await door.after(FIRST - timedelta(seconds=1))
    assert door.out == {"192.0.2.7"}
    await door.after(timedelta(seconds=1))
    assert door.out == set()
    assert door.floods.shut_out == []


async def test_calls_of_the_moment_in_which_it_was_shut_out_make_it_no_longer() -> None:
    door = Door()
    await door.names("192.0.2.7:5060")
    await door.names("192.0.2.7:5060")

    await door.after(FIRST)
    assert door.out == set()


async def test_who_goes_on_is_shut_out_longer_each_time_but_not_for_ever() -> None:
    door = Door()

    length = FIRST
    for _ in range(8):
        await door.names("192.0.2.7:5060")
        await door.after(length - timedelta(seconds=1))
        assert door.out == {"192.0.2.7"}
        await door.after(timedelta(seconds=1))
        assert door.out == set()
        length = min(2 * length, LONGEST)

    await door.after(LONGEST + timedelta(seconds=1))
    await door.names("192.0.2.7:5060")
    await door.after(FIRST)
    assert door.out == set(), "long ago is forgotten"


async def test_of_more_addresses_than_can_be_shut_out_the_first_comes_in() -> None:
    door = Door()

    for number in range(SLOTS + 3):
        await door.names(f"198.51.100.{number}:5060")
        door.now += timedelta(seconds=0.1)

    assert len(door.out) == SLOTS
    assert "198.51.100.2" not in door.out
    assert "198.51.100.3" in door.out


async def test_whom_an_earlier_daemon_shut_out_comes_in() -> None:
    door = Door()
    await door.names("192.0.2.7:5060")
    door.identifies = " Identify:  0-flood-0/parley-flooded\n      Match: 192.0.2.7/32\n"

    door.floods = door.daemon()
    await door.floods.look()

    assert door.out == set()


@pytest.mark.parametrize(
    ("named", "address"),
    [
        ("192.0.2.7:5060", "192.0.2.7"),
        ("[2001:db8::7]:5060", "2001:db8::7"),
        ("", ""),
        ("nonsense", ""),
        ("a.b.c.d:5060", ""),
    ],
)
def test_an_address_is_read_without_its_port(named: str, address: str) -> None:
    assert address_of(named) == address

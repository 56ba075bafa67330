"""Who has to go when too many are connected, and who is never made to."""

from datetime import timedelta

import pytest

from agent_desktop.server.clients import account_of
from agent_desktop.server.config import DesktopConfig
from agent_desktop.server.wires import Guest, Ledger

pytestmark = pytest.mark.unit

MANY = 1_000
"""Files that may be open."""
FEW = DesktopConfig(
    strangers=6,
    strangers_per_address=3,
    connections_per_session=2,
    header_within=timedelta(seconds=10),
)


class Ended(list[str]):
    """The names of those who were made to go."""

    def guest(self, ledger: Ledger, name: str, key: str, deadline: float = 10.0) -> Guest:
        guest = Guest(key, deadline)
        guest.end = lambda: self.append(name)
        ledger.came(guest)
        return guest


def test_one_more_from_an_address_makes_its_longest_silent_one_go() -> None:
    ledger, ended = Ledger(FEW, MANY), Ended()
    for name in ("a1", "a2", "a3"):
        ended.guest(ledger, name, "a")
    ended.guest(ledger, "b1", "b")
    ended.guest(ledger, "a4", "a")
    assert ended == ["a1"]
    assert len(ledger) == 4


def test_who_is_being_answered_goes_last() -> None:
    ledger, ended = Ledger(FEW, MANY), Ended()
    ended.guest(ledger, "a1", "a").busy = True
    ended.guest(ledger, "a2", "a")
    ended.guest(ledger, "a3", "a")
    ended.guest(ledger, "a4", "a")
    assert ended == ["a2"]


def test_strangers_of_many_addresses_take_no_room_from_who_is_signed_in() -> None:
    ledger, ended = Ledger(FEW, MANY), Ended()
    ledger.known(ended.guest(ledger, "ana", "a"), "session of ana")
    for number in range(100):
        ended.guest(ledger, str(number), f"address {number}")
    assert "ana" not in ended
    assert ledger.strangers == FEW.strangers
    assert len(ended) == 100 - FEW.strangers


def test_where_few_files_may_be_open_fewer_strangers_may_come() -> None:
    ledger, ended = Ledger(FEW, files=12), Ended()
    for number in range(5):
        ended.guest(ledger, str(number), f"address {number}")
    assert ended == ["0", "1"]


def test_a_session_too_has_only_so_many_connections() -> None:
    ledger, ended = Ledger(FEW, MANY), Ended()
    for name in ("first", "second", "third"):
        ledger.known(ended.guest(ledger, name, "a"), "session of ana")
    assert ended == ["first"]


def test_being_known_twice_changes_nothing() -> None:
    ledger, ended = Ledger(FEW, MANY), Ended()
    guest = ended.guest(ledger, "ana", "a")
    for session in ("one", "two", "one"):
        ledger.known(guest, session)
    assert (guest.key, ended) == ("session one", [])


def test_what_a_proxy_keeps_open_is_on_no_sessions_account() -> None:
    ledger, ended = Ledger(FEW, MANY), Ended()
    for number in range(5):
        ledger.known(ended.guest(ledger, str(number), ""), "session of ana")
    assert (ended, ledger.strangers, len(ledger)) == ([], 0, 5)


def test_who_keeps_us_waiting_beyond_the_limit_goes() -> None:
    ledger, ended = Ledger(FEW, MANY), Ended()
    ended.guest(ledger, "slow", "a", deadline=10.0)
    ended.guest(ledger, "quick", "a", deadline=20.0)
    ledger.sweep(15.0)
    assert ended == ["slow"]
    assert ledger.ended == {"slow": 1}


def test_nothing_is_kept_of_who_is_gone() -> None:
    ledger, ended = Ledger(FEW, MANY), Ended()
    guests = [ended.guest(ledger, str(number), f"a{number % 2}") for number in range(4)]
    ledger.known(guests[0], "s")
    for guest in guests:
        ledger.gone(guest)
        ledger.gone(guest)
    assert (len(ledger), ledger.strangers, ledger._accounts, ended) == (0, 0, {}, [])


def test_a_proxys_connections_are_on_nobodys_account() -> None:
    behind = DesktopConfig(trusted_proxies=1)
    assert account_of("127.0.0.1", behind) == ""
    assert account_of("127.0.0.1", DesktopConfig()) == "127.0.0.1"
    assert account_of("203.0.113.7", behind) == "203.0.113.7"

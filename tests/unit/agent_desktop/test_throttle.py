"""Who guesses passwords waits; whom he guesses at does not."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from agent_desktop.server.config import DesktopConfig
from agent_desktop.server.throttle import Delays, LogInDelays, Turns

pytestmark = pytest.mark.unit

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HERE, THERE = "192.0.2.1", "198.51.100.7"


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def guess(delays: LogInDelays, user: str, address: str, at: datetime, times: int) -> int:
    """Guess wrong so often at one instant; how many guesses were looked at."""
    return sum(delays.admit(user, address, at) is None for _ in range(times))


def test_each_failure_beyond_the_free_ones_doubles_the_wait_up_to_the_longest() -> None:
    delays = Delays(free=2, longest=seconds(5), forget=timedelta(minutes=1))
    waits = []
    for _ in range(6):
        delays.count("ana", NINE)
        waits.append(delays.wait("ana", NINE).total_seconds())
    assert waits == [0, 1, 2, 4, 5, 5]
    assert delays.wait("ana", NINE + seconds(4.5)) == seconds(0.5)
    assert not delays.wait("ana", NINE + seconds(5))
    assert not delays.wait("ana", NINE + timedelta(minutes=1))
    delays.count("ana", NINE + timedelta(minutes=1))
    assert not delays.wait("ana", NINE + timedelta(minutes=1)), "begun anew"


@pytest.mark.parametrize("jump", [timedelta(days=-400), timedelta(hours=-1)])
def test_a_clock_set_back_makes_nobody_wait_longer_than_the_longest(jump: timedelta) -> None:
    delays = Delays(free=0, longest=seconds(5), forget=timedelta(minutes=1))
    delays.count("ana", NINE)
    assert delays.wait("ana", NINE + jump) <= seconds(5)


def test_a_thousand_failures_overflow_nothing_and_keys_are_bounded() -> None:
    delays = Delays(free=0, longest=seconds(5), forget=timedelta(minutes=1))
    for _ in range(1000):
        delays.count("ana", NINE)
    assert delays.wait("ana", NINE) == seconds(5)
    for number in range(10_050):
        delays.count(str(number), NINE)
    assert len(delays.with_failures()) == 10_000


def test_thirty_nine_users_tried_from_one_address_meet_the_address() -> None:
    delays = LogInDelays(DesktopConfig())
    looked_at = [delays.admit(f"user{n}", HERE, NINE) is None for n in range(39)]
    assert looked_at == [True] * 20 + [False] * 19


def test_a_guesser_keeps_the_user_out_nowhere_but_where_he_is() -> None:
    delays = LogInDelays(DesktopConfig())
    assert guess(delays, "ana", HERE, NINE, 80) == 5
    assert delays.admit("ana", THERE, NINE) is None


def test_who_has_signed_in_here_before_waits_for_her_own_failures_only() -> None:
    delays = LogInDelays(DesktopConfig())
    assert delays.admit("ana", HERE, NINE) is None
    delays.succeeded("ana", HERE)
    for number in range(60):
        delays.admit(f"user{number}", HERE, NINE)
    assert delays.admit("ben", HERE, NINE) is not None, "a stranger here"
    assert delays.admit("ana", HERE, NINE) is None


def test_many_addresses_guessing_at_one_user_delay_strangers_and_not_her_own_address() -> None:
    delays = LogInDelays(DesktopConfig())
    delays.know("ana", HERE)
    looked_at = sum(delays.admit("ana", f"198.51.100.{n}", NINE) is None for n in range(200))
    assert looked_at == 50
    wait = delays.wait("ana", "203.0.113.1", NINE)
    assert wait is not None
    assert wait.time <= seconds(10)
    assert delays.admit("ana", HERE, NINE) is None


def test_a_right_password_does_not_forgive_what_was_tried_with_others_names() -> None:
    delays = LogInDelays(DesktopConfig())
    for number in range(19):
        assert delays.admit(f"user{number}", HERE, NINE) is None
        assert delays.admit("mallory", HERE, NINE) is None
        delays.succeeded("mallory", HERE)
    assert delays.admit("user20", HERE, NINE) is None
    assert delays.admit("user21", HERE, NINE) is not None


def test_what_could_not_be_looked_at_is_taken_back() -> None:
    delays = LogInDelays(DesktopConfig())
    for _ in range(100):
        assert delays.admit("ana", HERE, NINE) is None
        delays.take_back("ana", HERE)


def test_an_unlocked_user_may_try_at_once_wherever_she_failed() -> None:
    delays = LogInDelays(DesktopConfig())
    for number in range(40):
        delays.admit(f"user{number}", HERE, NINE)
    guess(delays, "ana", THERE, NINE, 10)
    assert delays.wait("user3", HERE, NINE) is not None
    assert delays.wait("ana", THERE, NINE) is not None
    delays.unlock("ana")
    assert delays.wait("ana", THERE, NINE) is None
    assert delays.wait("user3", HERE, NINE) is not None, "not hers"
    delays.unlock("user3")
    assert delays.wait("user3", HERE, NINE) is None


def test_each_wait_is_new_once() -> None:
    delays = LogInDelays(DesktopConfig())
    guess(delays, "ana", HERE, NINE, 5)
    waits = [delays.wait("ana", HERE, NINE) for _ in range(3)]
    assert [wait is not None and wait.is_new for wait in waits] == [True, False, False]
    assert delays.admit("ana", HERE, NINE + seconds(1)) is None
    again = delays.wait("ana", HERE, NINE + seconds(1))
    assert again is not None
    assert again.is_new


async def test_of_one_key_only_so_many_are_looked_at_at_once_and_so_many_wait() -> None:
    turns, inside, most = Turns(at_once=2, waiting=3), 0, 0
    release = asyncio.Event()

    async def one(key: str) -> bool:
        nonlocal inside, most
        async with turns.of(key) as may:
            if may:
                inside += 1
                most = max(most, inside)
                await release.wait()
                inside -= 1
            return may

    async with asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(one("a")) for _ in range(8)]
        other = tasks.create_task(one("b"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert (most, inside) == (3, 3), "two of a, one of b"
        release.set()
    assert [task.result() for task in asked] == [True] * 5 + [False] * 3
    assert other.result()
    async with turns.of("a") as may:
        assert may

"""Who owns the tasks, and what happens when one fails."""

import asyncio
from datetime import timedelta
from random import Random

import pytest

from cti.supervisor import Supervisor, supervise
from tests.fakes.house import until

pytestmark = pytest.mark.unit


class Fault(Exception):
    """Something of ours is wrong."""


async def forever() -> None:
    await asyncio.Event().wait()


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cti.supervisor.FIRST_PAUSE", 0.0)
    monkeypatch.setattr("cti.supervisor.LONGEST_PAUSE", 0.0)


async def test_an_edge_that_fails_or_ends_is_begun_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    begun: list[object] = []

    async def edge() -> None:
        begun.append(1)
        if len(begun) == 1:
            raise Fault
        if len(begun) == 3:
            await forever()

    async with supervise(Random(1)) as supervisor:
        supervisor.edge("shaky", edge)
        await until(lambda: len(begun) >= 3)
    assert {"edge failed", "edge ended"} <= set(caplog.messages)


async def test_an_edge_that_lived_long_starts_with_a_short_pause_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cti.supervisor.HEALTHY_AFTER", -1.0)
    begun: list[object] = []

    async def edge() -> None:
        begun.append(1)

    async with supervise(Random(1)) as supervisor:
        supervisor.edge("long-lived", edge)
        await until(lambda: len(begun) >= 5)


async def test_a_core_task_that_fails_ends_the_daemon() -> None:
    async def core() -> None:
        raise Fault

    async def daemon() -> None:
        async with supervise(Random(1)) as supervisor:
            supervisor.core("engine", core())
            await forever()

    with pytest.raises(ExceptionGroup) as caught:
        await daemon()
    assert isinstance(caught.value.exceptions[0], Fault)


async def test_a_session_that_fails_ends_alone(caplog: pytest.LogCaptureFixture) -> None:
    async def session() -> None:
        raise Fault

    async with supervise(Random(1)) as supervisor:
        task = supervisor.session("call", session())
        other = supervisor.session("other", forever())
        await asyncio.wait([task])
        assert not other.done()
        assert supervisor.sessions == 1
    assert other.cancelled()
    assert "session failed" in caplog.messages


async def test_a_session_begun_while_everything_stops_does_not_keep_it_up() -> None:
    async def late(supervisor: Supervisor) -> None:
        try:
            await forever()
        finally:
            _ = supervisor.session("late", forever())

    async with asyncio.timeout(5):
        async with supervise(Random(1)) as supervisor:
            _ = supervisor.session("first", late(supervisor))
            await asyncio.sleep(0)


async def test_a_session_stopped_before_it_began_leaves_no_loose_end() -> None:
    async with supervise(Random(1)) as supervisor:
        _ = supervisor.session("never begun", forever())


async def test_what_is_due_later_is_begun_once_and_not_after_the_end() -> None:
    begun: list[str] = []
    async with supervise(Random(1)) as supervisor:
        supervisor.later(timedelta(0), lambda: begun.append("now"))
        await until(lambda: begun)
        supervisor.later(timedelta(0), lambda: begun.append("too late"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert begun == ["now"]

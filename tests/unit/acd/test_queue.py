import pytest

from acd.ids import CallId
from acd.queue import WaitingLine
from tests.unit.acd.house import agent_profile, at, need, queue_profile

pytestmark = pytest.mark.unit


def join(line: WaitingLine, call: str, seconds: float, *skills: str, at_head: bool = False) -> None:
    needs = tuple(need(skill) for skill in skills)
    line.join(CallId(call), needs, at(seconds), 0.0, at_head=at_head)


def test_an_empty_line_has_no_oldest_and_nobody_for_an_agent() -> None:
    line = WaitingLine(queue_profile())

    assert (len(line), line.oldest_since(), line.first_for(agent_profile("ana"))) == (0, None, None)
    assert line.position(CallId("c1")) is None


def test_leaving_a_line_one_is_not_in_changes_nothing() -> None:
    line = WaitingLine(queue_profile())
    join(line, "c1", 0)

    line.leave(CallId("c2"))

    assert list(line) == ["c1"]


def test_lanes_of_other_needs_keep_the_common_order() -> None:
    line = WaitingLine(queue_profile())
    join(line, "c3", 3, "french")
    join(line, "c1", 1, "french")
    join(line, "c2", 2)
    join(line, "c0", 9, "german", at_head=True)

    assert list(line) == ["c0", "c1", "c2", "c3"]
    assert line.first_for(agent_profile("ana", french=1)) == "c1"
    assert line.first_for(agent_profile("bob")) == "c2"
    line.leave(CallId("c1"))
    assert line.first_for(agent_profile("ana", french=1)) == "c2"
    assert line.oldest_since() == at(2)


def test_without_ageing_only_priority_and_then_arrival_count() -> None:
    line = WaitingLine(queue_profile(ageing=0.0))
    line.join(CallId("late"), (), at(500), 1.0, at_head=False)
    line.join(CallId("early"), (), at(0), 0.0, at_head=False)
    line.join(CallId("later"), (), at(501), 1.0, at_head=False)

    assert list(line) == ["late", "later", "early"]


def test_those_at_the_head_stay_there_when_the_settings_change() -> None:
    line = WaitingLine(queue_profile())
    join(line, "c1", 1)
    join(line, "again", 5, at_head=True)

    line.redefine(queue_profile(ageing=2.0))

    assert list(line) == ["again", "c1"]

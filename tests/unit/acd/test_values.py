from dataclasses import FrozenInstanceError, fields, is_dataclass

import pytest

from acd.agent import Agent, AgentState
from acd.call import Call
from acd.metrics import AgentDay, QueueDay
from acd.values import changed
from tests.unit.acd.house import agent_profile, at

pytestmark = pytest.mark.unit


def test_a_changed_value_differs_in_the_named_fields_only_and_leaves_the_first_as_it_was() -> None:
    profile = agent_profile("ana")
    first = Agent(id=profile.id, profile=profile, state=AgentState.READY, since=at(0), handled=3)

    second = changed(first, handled=4, since=at(9))

    assert (first.handled, second.handled) == (3, 4)
    assert second == Agent(
        id=profile.id, profile=profile, state=AgentState.READY, since=at(9), handled=4
    )
    assert hash(QueueDay(offered=2)) == hash(changed(QueueDay(), offered=2))
    with pytest.raises(FrozenInstanceError):
        second.handled = 5  # type: ignore[misc]


@pytest.mark.parametrize("kind", [Agent, Call, QueueDay, AgentDay])
def test_what_is_changed_by_copying_its_dict_keeps_all_of_its_fields_there(kind: type) -> None:
    assert is_dataclass(kind)
    assert not hasattr(kind, "__slots__")
    assert not hasattr(kind, "__post_init__")
    assert fields(kind)

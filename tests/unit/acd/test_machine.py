import pytest

from acd.agent import AGENT_EDGES, AgentState, AgentTrigger
from acd.call import CALL_EDGES, OUTCOMES, CallState
from acd.machine import IllegalTransition, Refused, diagram, step, sure
from acd.reasons import EndReason

pytestmark = pytest.mark.unit


def test_an_edge_of_the_table_gives_the_next_state() -> None:
    after = step(AGENT_EDGES, "agent ana", AgentState.READY, AgentTrigger.RESERVE)

    assert after is AgentState.RESERVED


def test_a_missing_edge_is_refused_with_subject_state_and_trigger() -> None:
    with pytest.raises(IllegalTransition, match="agent ana is logged_out: reserve") as refusal:
        step(AGENT_EDGES, "agent ana", AgentState.LOGGED_OUT, AgentTrigger.RESERVE)

    assert refusal.value.code == "illegal_transition"
    assert refusal.value.params == {
        "subject": "agent ana",
        "state": "logged_out",
        "trigger": "reserve",
    }


def test_every_refusal_has_a_code_of_its_own() -> None:
    kinds: list[type[Refused]] = [Refused, *Refused.__subclasses__()]
    codes = [kind.code for kind in kinds]

    assert len(set(codes)) == len(codes)


def test_a_diagram_names_start_edges_and_final_states() -> None:
    drawn = diagram(CALL_EDGES, CallState.IN_IVR).splitlines()

    assert drawn[0] == "stateDiagram-v2"
    assert "    [*] --> in_ivr" in drawn
    assert "    offered --> queued: requeue" in drawn
    assert drawn[-1] == "    ended --> [*]"


def test_edges_between_the_same_states_share_one_arrow() -> None:
    table = {
        (AgentState.READY, AgentTrigger.GO_NOT_READY): AgentState.NOT_READY,
        (AgentState.READY, AgentTrigger.LOG_IN): AgentState.NOT_READY,
    }

    assert "    ready --> not_ready: go_not_ready / log_in" in diagram(table, AgentState.READY)


def test_every_way_to_end_has_an_outcome_in_every_live_state() -> None:
    assert set(OUTCOMES) == set(CallState) - {CallState.ENDED}
    assert all(set(outcomes) == set(EndReason) for outcomes in OUTCOMES.values())


def test_a_value_that_must_be_there_is_passed_on_and_its_absence_is_a_defect() -> None:
    assert sure("ana") == "ana"
    with pytest.raises(AssertionError, match="defect"):
        sure(None)

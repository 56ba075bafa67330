"""No sequence of inputs leads the demo flow astray, and no run of the line's events the runner."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.checks import reachable
from ivr.dialogue import begin, step
from ivr.digits import Fit, Number, OneOf, fit, settle
from ivr.load import FLOWS, load_flow
from ivr.ports import DigitPressed, HungUp, LineEvent, PlayingFinished, PlayingId, PlayingStarted
from ivr.rehearse import ORDERS
from ivr.runner import run
from ivr.turns import (
    Abandoned,
    CallerGone,
    Finished,
    Heard,
    Keyed,
    Leave,
    LookUpFailed,
    LookUpOrder,
    Misdialled,
    NothingFound,
    NothingOrdered,
    OrderFound,
    Said,
    Silent,
    Speak,
    ToQueue,
)
from tests.unit.ivr.fake_line import BOOK, FakeAccounts, FakeLine

pytestmark = pytest.mark.property

DEMO = load_flow(FLOWS / "demo.yaml")
FACTS = st.fixed_dictionaries(
    {
        "hours": st.sampled_from(["open", "closed", ""]),
        "language": st.sampled_from(["", "en", "zh", "fa", "xx"]),
    }
)
KEYS = st.sampled_from("0123456789*#")


@given(facts=FACTS, data=st.data())
def test_any_answers_lead_from_step_to_step_to_an_end(
    facts: dict[str, str], data: st.DataObject
) -> None:
    place, action = begin(DEMO, facts)
    known_steps = reachable(DEMO)
    for _ in range(60):
        assert place.step in known_steps
        assert place.over is isinstance(action, Leave)
        if isinstance(action, Leave):
            break
        heard: Heard
        if isinstance(action, Speak):
            heard = Said()
        elif isinstance(action, LookUpOrder):
            orders = [OrderFound(order) for order in ORDERS]
            told: list[Heard] = [*orders, NothingOrdered("p1"), NothingFound(), LookUpFailed()]
            heard = data.draw(st.sampled_from(told))
        else:
            pattern = action.pattern
            keys = sorted(pattern.choices) if isinstance(pattern, OneOf) else ["4711"]
            answers: list[Heard] = [*map(Keyed, keys), Misdialled(), Silent()]
            heard = data.draw(st.sampled_from(answers))
        place, action = step(DEMO, place, heard)
    if not place.over:
        _, action = step(DEMO, place, CallerGone())
        assert isinstance(action, Leave)
        assert isinstance(action.exit, Abandoned | Finished)


@given(
    keys=st.text(alphabet="0123456789*#", max_size=10),
    choices=st.frozensets(st.text(alphabet="0123456789*#", min_size=1, max_size=3), min_size=1),
)
def test_three_values_agree_with_what_choices_there_are(keys: str, choices: frozenset[str]) -> None:
    longer = {choice for choice in choices if choice.startswith(keys) and choice != keys}
    verdict = fit(OneOf(choices), keys)

    assert (verdict is Fit.INCOMPLETE) is bool(longer)
    if not longer:
        assert (verdict is Fit.COMPLETE) is (keys in choices)
    assert (settle(OneOf(choices), keys) is Fit.COMPLETE) is (keys in choices)


@given(keys=st.text(alphabet="0123456789*#", max_size=9), least=st.integers(1, 4))
def test_an_invalid_start_of_a_number_never_becomes_right(keys: str, least: int) -> None:
    pattern = Number(least=least, most=6)
    if fit(pattern, keys) is Fit.INVALID:
        assert all(fit(pattern, keys + more) is Fit.INVALID for more in "059*#")
        assert settle(pattern, keys) is Fit.INVALID


EVENTS = st.one_of(
    KEYS.map(DigitPressed),
    st.builds(PlayingStarted, st.integers(1, 40).map(lambda n: PlayingId(f"p{n}"))),
    st.builds(PlayingFinished, st.integers(1, 40).map(lambda n: PlayingId(f"p{n}")), st.booleans()),
    st.just(HungUp()),
)


@given(
    facts=FACTS,
    events=st.lists(st.tuples(st.floats(0, 200), EVENTS), max_size=40),
    gone_at=st.none() | st.integers(1, 30),
)
def test_no_run_of_events_in_any_order_stops_the_runner(
    facts: dict[str, str], events: list[tuple[float, LineEvent]], gone_at: int | None
) -> None:
    """Late, early, doubled and foreign events included; after a hang-up nothing is asked."""
    line = FakeLine()
    line.gone_at_verb = gone_at
    for delay, event in events:
        line.later(delay, event)

    way_out = asyncio.run(run(DEMO, line, FakeAccounts(), book=BOOK, facts=facts, now=line.now))

    assert isinstance(way_out, ToQueue | Finished | Abandoned)
    if isinstance(way_out, Abandoned):
        assert line.gone
    assert line.passed() <= DEMO.longest.total_seconds() + 200

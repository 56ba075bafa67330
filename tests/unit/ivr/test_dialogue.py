from dataclasses import replace
from datetime import timedelta

import pytest

from acd.ids import QueueId, SkillId
from acd.skills import Need
from ivr.dialogue import OutOfPlace, begin, facts_of, step
from ivr.flow import Branch, Flow, HangUp, Prompt, QueueStep, StepName
from ivr.load import FLOWS, load_flow, parse_flow
from ivr.rehearse import visit
from ivr.turns import (
    Abandoned,
    Ask,
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
    Place,
    Said,
    Silent,
    Speak,
    TookTooLong,
    ToQueue,
)
from tests.unit.ivr.fake_line import ORDER

pytestmark = pytest.mark.unit

DEMO = load_flow(FLOWS / "demo.yaml")
OPEN_EN = {"hours": "open", "language": "en"}
NUMBER_AND_PIN: list[Heard] = [Keyed("4"), Keyed("4711"), Keyed("1234")]


def test_a_number_with_a_language_goes_straight_to_the_menu() -> None:
    seen = visit(DEMO, [Keyed("2")], facts=OPEN_EN)

    assert seen.steps == ("welcome", "main", "support")
    assert seen.exit == ToQueue(
        queue=QueueId("support"),
        needs=(Need(skill=SkillId("lang-en")),),
        priority=0.0,
        language="en",
        path=("ivr.menu.support", "ivr.queue.support"),
    )


@pytest.mark.parametrize(
    ("key", "language", "skill"),
    [("1", "en", "lang-en"), ("2", "zh", "lang-zh"), ("3", "fa", "lang-fa")],
)
def test_the_chosen_language_becomes_a_need(key: str, language: str, skill: str) -> None:
    seen = visit(DEMO, [Keyed(key), Keyed("1")], facts={"hours": "open", "language": ""})

    assert isinstance(seen.exit, ToQueue)
    assert seen.exit.language == language
    assert seen.exit.needs == (Need(skill=SkillId(skill)),)
    assert seen.exit.path[0] == f"ivr.language.{language}"


def test_a_closed_office_says_so_and_ends_the_call() -> None:
    seen = visit(DEMO, [], facts={"hours": "closed", "language": "fa"})

    assert seen.exit == Finished(language="fa", path=("ivr.closed",))


def test_a_closed_office_speaks_every_language_when_none_is_known() -> None:
    _, action = begin(DEMO, {"hours": "closed", "language": ""})

    assert isinstance(action, Speak)
    languages = {phrase.language for phrase in action.phrases if isinstance(phrase, Prompt)}
    assert languages == {"en", "zh", "fa"}


def test_an_unknown_language_fact_falls_back_to_the_first_language() -> None:
    place, _ = begin(DEMO, {"hours": "open", "language": "xx"})

    assert place.language == "en"


def test_three_wrong_or_silent_tries_lead_to_an_agent() -> None:
    seen = visit(DEMO, [Misdialled(), Silent(), Misdialled()], facts=OPEN_EN)

    assert seen.steps == ("welcome", "main", "main", "main", "agent_after_tries", "agent")
    assert isinstance(seen.exit, ToQueue)


def test_each_try_says_first_what_was_wrong() -> None:
    place, _ = _at_main()

    place, action = step(DEMO, place, Misdialled())
    assert isinstance(action, Ask)
    assert action.phrases == (Prompt("invalid-choice"), Prompt("menu-main"))
    _, action = step(DEMO, place, Silent())
    assert isinstance(action, Ask)
    assert action.phrases == (Prompt("nothing-heard"), Prompt("menu-main"))


def test_repeating_the_menu_costs_no_try() -> None:
    seen = visit(DEMO, [*[Keyed("9")] * 10, Misdialled(), Keyed("1")], facts=OPEN_EN)

    assert isinstance(seen.exit, ToQueue)
    assert seen.exit.queue == "sales"


def test_a_key_that_is_no_choice_counts_as_misdialled() -> None:
    place, _ = _at_main()

    after, _ = step(DEMO, place, Keyed("7"))

    assert after.failures == 1


def test_number_and_pin_identify_the_caller_for_the_agent() -> None:
    seen = visit(DEMO, [*NUMBER_AND_PIN, OrderFound(ORDER), Keyed("0")], facts=OPEN_EN)

    assert isinstance(seen.exit, ToQueue)
    assert (seen.exit.party_id, seen.exit.verified) == ("party-7", True)
    assert seen.exit.path == ("ivr.menu.order_status", "ivr.menu.agent", "ivr.queue.support")
    assert "order_due" in seen.steps
    assert "order_total" in seen.steps


def test_an_order_without_date_and_total_is_told_without_them() -> None:
    bare = replace(ORDER, due_on=None, total=None)

    seen = visit(DEMO, [*NUMBER_AND_PIN, OrderFound(bare), Silent(), Silent()], facts=OPEN_EN)

    assert not {"order_due", "order_total"}.intersection(seen.steps)
    assert seen.exit == Finished(
        language="en",
        path=("ivr.menu.order_status", "ivr.finished"),
        party_id="party-7",
        verified=True,
    )


def test_a_wrong_pin_may_be_tried_three_times_on_one_call() -> None:
    again: list[Heard] = [Keyed("4711"), Keyed("9999"), NothingFound()]

    seen = visit(DEMO, [Keyed("4"), *again, *again, *again], facts=OPEN_EN)

    assert isinstance(seen.exit, ToQueue)
    assert seen.steps.count(StepName("look_up")) == 3
    assert not seen.exit.verified


def test_going_back_to_the_menu_does_not_give_new_pin_tries() -> None:
    place = Place(step=StepName("look_up"), language="en", look_ups=2)

    place, _ = step(DEMO, place, NothingFound())

    assert place.step == "no_match_at_all"


def test_who_has_ordered_nothing_is_told_so_and_known_for_certain() -> None:
    seen = visit(DEMO, [*NUMBER_AND_PIN, NothingOrdered("party-7"), Keyed("0")], facts=OPEN_EN)

    assert seen.steps[-4:] == ("look_up", "no_order", "main", "agent")
    assert isinstance(seen.exit, ToQueue)
    assert (seen.exit.party_id, seen.exit.verified) == ("party-7", True)


@pytest.mark.parametrize(
    ("state", "late", "said"),
    [
        ("shipped", True, "order_late"),
        ("shipped", False, "order_due"),
        ("delivered", False, "order_delivered"),
    ],
)
def test_a_late_order_is_not_expected_on_a_day_that_has_passed(
    state: str, late: bool, said: str
) -> None:
    order = replace(ORDER, state=state, late=late)
    seen = visit(DEMO, [*NUMBER_AND_PIN, OrderFound(order), Silent(), Silent()], facts=OPEN_EN)

    told = {"order_late", "order_due", "order_delivered"}.intersection(seen.steps)
    assert told == {said}


def test_a_failed_look_up_is_told_and_leads_to_an_agent() -> None:
    seen = visit(DEMO, [*NUMBER_AND_PIN, LookUpFailed()], facts=OPEN_EN)

    assert seen.steps[-2:] == ("look_up_failed", "agent")


def test_the_pin_is_forgotten_once_it_was_used_and_never_printed() -> None:
    place, action = begin(DEMO, OPEN_EN)
    for heard in (Said(), *NUMBER_AND_PIN, Said()):
        place, action = step(DEMO, place, heard)
    assert isinstance(action, LookUpOrder)
    assert (action.customer_number, action.pin) == ("4711", "1234")
    assert "1234" not in f"{place!r}{action!r}{Keyed('1234')!r}"

    place, _ = step(DEMO, place, OrderFound(ORDER))

    assert "pin" not in place.known


@pytest.mark.parametrize("keys", [[], [Keyed("4")], [Keyed("4"), Keyed("4711")], NUMBER_AND_PIN])
def test_a_caller_may_hang_up_anywhere(keys: list[Heard]) -> None:
    seen = visit(DEMO, [*keys, CallerGone()], facts=OPEN_EN)

    assert isinstance(seen.exit, Abandoned)


def test_hanging_up_during_the_good_bye_is_no_abandon() -> None:
    place, _ = begin(DEMO, {"hours": "closed", "language": "en"})

    _, action = step(DEMO, place, CallerGone())

    assert action == Leave(exit=Finished(language="en", path=("ivr.closed",)))


def test_a_visit_that_takes_too_long_ends_in_the_fallback() -> None:
    place, _ = _at_main()

    _, action = step(DEMO, place, TookTooLong())

    assert isinstance(action, Leave)
    assert isinstance(action.exit, ToQueue)
    assert action.exit.queue == "support"


@pytest.mark.parametrize(
    ("at", "heard"),
    [
        ("main", Said()),
        ("welcome", Keyed("1")),
        ("customer_number", NothingFound()),
        ("look_up", Silent()),
        ("goodbye", Keyed("1")),
        ("sales", Said()),
    ],
)
def test_what_was_not_asked_for_is_refused(at: str, heard: Heard) -> None:
    place = Place(step=StepName(at), language="en")

    with pytest.raises(OutOfPlace, match=at):
        step(DEMO, place, heard)


def test_branches_in_a_circle_are_refused_rather_than_followed() -> None:
    turn = Branch(name=StepName("turn"), fact="x", cases={}, otherwise=StepName("turn"))
    end = HangUp(name=StepName("end"))
    flow = Flow(
        name="circle",
        file="circle.yaml",
        version=1,
        languages=("en",),
        start=turn.name,
        fallback=end.name,
        steps={turn.name: turn, end.name: end},
    )

    with pytest.raises(OutOfPlace, match="circle"):
        begin(flow, {})


def test_a_silent_end_needs_no_word() -> None:
    flow = parse_flow(
        "version: 1\nlanguages: [en]\nstart: end\nfallback: end\nsteps: {end: {do: hang_up}}"
    )

    _, action = begin(flow, {})

    assert action == Leave(exit=Finished(language="en", path=()))


def test_a_queue_may_do_without_the_language_skill() -> None:
    queue = QueueStep(
        name=StepName("q"),
        queue=QueueId("sales"),
        needs=(Need(skill=SkillId("gold"), level=3),),
        needs_language=False,
        priority=2.5,
    )
    flow = replace(DEMO, steps={queue.name: queue}, start=queue.name, fallback=queue.name)

    _, action = begin(flow, {})

    assert isinstance(action, Leave)
    assert isinstance(action.exit, ToQueue)
    assert (action.exit.needs, action.exit.priority) == (queue.needs, 2.5)


def test_a_queue_that_names_the_language_skill_itself_keeps_its_level() -> None:
    need = Need(skill=SkillId("lang-en"), level=4)
    queue = QueueStep(name=StepName("q"), queue=QueueId("sales"), needs=(need,))
    flow = replace(DEMO, steps={queue.name: queue}, start=queue.name, fallback=queue.name)

    _, action = begin(flow, {"language": "en"})

    assert isinstance(action, Leave)
    assert isinstance(action.exit, ToQueue)
    assert action.exit.needs == (need,)


def test_what_is_not_known_of_an_order_is_said_to_be_missing() -> None:
    facts = facts_of(replace(ORDER, due_on=None, placed_on=None))

    assert (facts["order.has_due"], facts["order.has_total"]) == ("no", "yes")
    assert "order.due" not in facts


def test_the_deadline_of_the_look_up_comes_from_the_flow() -> None:
    place, action = begin(DEMO, OPEN_EN)
    for heard in (Said(), *NUMBER_AND_PIN, Said()):
        place, action = step(DEMO, place, heard)

    assert isinstance(action, LookUpOrder)
    assert action.within == timedelta(seconds=3)


def _at_main() -> tuple[Place, object]:
    place, _ = begin(DEMO, OPEN_EN)
    return step(DEMO, place, Said())

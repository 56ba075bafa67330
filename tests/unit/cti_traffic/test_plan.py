"""What made-up callers and agents do follows from the seed and fits the site."""

from itertools import islice
from random import Random

import pytest

from cti.traffic import plan
from cti.traffic.plan import Line, Person

pytestmark = pytest.mark.unit

GRACE = Person(number="+12025550143", name="Grace", customer_number="9000001", pin="2468")
MINA = Person(number="+989120000143", name="مینا", language="fa")
LINES = (
    Line(dialled="5001", language="en", menu=True),
    Line(dialled="5003", language="fa", menu=True),
    Line(dialled="5004", language="en", menu=False),
)


def some_calls(seed: int, count: int = 400) -> list[plan.PlannedCall]:
    return list(islice(plan.calls(Random(seed), (GRACE, MINA), LINES, every_ms=2000), count))


def test_the_same_seed_gives_the_same_calls_and_another_seed_others() -> None:
    assert some_calls(1) == some_calls(1)
    assert some_calls(1) != some_calls(2)


def test_callers_ring_a_number_of_their_own_language() -> None:
    dialled = {call.dialled for call in some_calls(1) if call.person is MINA}
    assert dialled == {"5003"}


def test_nobody_presses_keys_where_no_menu_is() -> None:
    assert all(not call.keys for call in some_calls(1) if call.dialled == "5004")


def test_only_who_has_a_pin_asks_for_the_order_and_types_both_numbers() -> None:
    asking = [c for c in some_calls(1) if c.keys and c.keys[0][1] == plan.ORDER_STATUS]
    assert asking
    assert {call.person for call in asking} == {GRACE}
    typed = "".join(key for _, key in asking[0].keys)
    assert typed == plan.ORDER_STATUS + "9000001#2468#"


def test_some_are_known_some_are_strangers_some_hide_and_some_give_up_early() -> None:
    made = some_calls(3)
    known = sum(call.person in (GRACE, MINA) for call in made)
    assert 0.6 < known / len(made) < 0.9
    assert any(not call.person.number for call in made)
    hasty = sum(call.stay_ms < 10_000 for call in made)
    assert 0.05 < hasty / len(made) < 0.25


def test_a_call_becomes_one_line_of_the_injection_file() -> None:
    call = plan.PlannedCall(
        person=GRACE, dialled="5001", late_ms=120, keys=((2500, "1"), (300, "#")), stay_ms=9000
    )
    assert call.row() == ("+12025550143", "Grace", "5001", "120", "2500:1,300:#,", "9000")


def test_phones_are_mostly_answered_and_sometimes_refused_or_missed() -> None:
    rows = list(islice(plan.phone_rows(Random(1)), 500))
    manners = [manner for manner, _ in rows]
    assert manners.count(plan.ANSWERS) > 400
    assert manners.count(plan.REFUSES) > 0 < manners.count(plan.MISSES)
    assert all(900 <= int(after) <= 6000 for _, after in rows)


def test_the_agents_cover_every_queue_and_language_with_skills_the_site_knows() -> None:
    known = ["sales", "support", "billing", "lang-en", "lang-zh", "lang-fa"]
    made = plan.bots(
        Random(1), 8, needs=[["sales"], ["support"], ["billing"]],
        languages=["en", "zh", "fa"], known=known,
    )  # fmt: skip
    assert [bot.user for bot in made[:2]] == ["bot01", "bot02"]
    assert {skill for bot in made for skill in bot.skills} == set(known)
    assert all("lang-en" in bot.skills for bot in made)


def test_every_queue_has_a_bot_in_every_language_even_when_there_are_as_many_of_both() -> None:
    queues, languages = ["sales", "support", "billing"], ["en", "zh", "fa"]
    known = [*queues, *(f"lang-{each}" for each in languages)]
    made = plan.bots(
        Random(1), 6, needs=[[each] for each in queues], languages=languages, known=known
    )
    met = {
        (queue, language)
        for bot in made
        for queue in queues
        for language in languages
        if {queue, f"lang-{language}"} <= bot.skills.keys()
    }
    assert met == {(queue, language) for queue in queues for language in languages}
    assert len({bot.name for bot in made}) == len(made)


def test_a_site_without_skills_has_agents_all_the_same() -> None:
    (bot,) = plan.bots(Random(1), 1, needs=[[]], languages=["en"], known=[])
    assert bot.skills == {}

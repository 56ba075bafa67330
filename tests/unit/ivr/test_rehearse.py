from dataclasses import replace

import pytest

from ivr.flow import Branch, StepName
from ivr.load import FLOWS, load_flow
from ivr.rehearse import ORDERS, ScriptTooShort, explore, visit, ways_of
from ivr.turns import Heard, Keyed, OrderFound, ToQueue
from prompts import catalogue
from tests.unit.ivr.fake_line import BOOK, NINE, ORDER

pytestmark = pytest.mark.unit

DEMO = load_flow(FLOWS / "demo.yaml")
TEXTS = {language: catalogue().texts(language) for language in ("en", "zh", "fa")}


def test_every_branch_of_the_demo_can_be_taken() -> None:
    coverage = explore(DEMO)

    assert coverage.missed == frozenset()
    assert coverage.taken == ways_of(DEMO)


def test_a_branch_nobody_can_take_is_found() -> None:
    hours = replace(
        next(here for here in DEMO.steps.values() if isinstance(here, Branch)),
        cases={"closed": StepName("closed_language"), "holiday": StepName("closed")},
    )

    coverage = explore(replace(DEMO, steps={**DEMO.steps, hours.name: hours}))

    assert coverage.missed == {("hours", "cases.holiday")}


def test_every_end_comes_with_a_script_that_leads_there() -> None:
    ends = explore(DEMO).ends

    assert {queue for kind, queue, _ in ends if kind == "to_queue"} == {
        "sales",
        "support",
        "billing",
    }
    assert {kind for kind, _, _ in ends} == {"to_queue", "finished", "abandoned"}


def test_a_script_that_ends_too_early_names_the_waiting_step() -> None:
    with pytest.raises(ScriptTooShort, match="main"):
        visit(DEMO, [], facts={"hours": "open", "language": "en"})


def test_orders_of_the_rehearsal_differ_in_what_is_known() -> None:
    assert len({(order.due_on is None, order.total is None) for order in ORDERS}) == 4
    assert {order.state for order in ORDERS} == {
        key.removeprefix("order-state-") for key in TEXTS["en"] if key.startswith("order-state-")
    } - {"unknown"}


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "order_state: Your order number one zero two four has been shipped."),
        ("zh", "order_total: 订单总额是 十二 美元 五十 美分"),
        ("fa", "order_due: تاریخِ تحویلِ آن چهاردهمِ اسفند ماه"),
    ],
)
def test_the_transcript_is_what_the_caller_hears(language: str, told: str) -> None:
    script: list[Heard] = [Keyed("4"), Keyed("4711"), Keyed("1234"), OrderFound(ORDER), Keyed("0")]
    seen = visit(DEMO, script, facts={"hours": "open", "language": language})

    assert told in seen.transcript(BOOK, TEXTS, today=NINE.date())
    assert isinstance(seen.exit, ToQueue)

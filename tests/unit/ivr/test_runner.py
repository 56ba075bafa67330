import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from typing_extensions import override

from ivr.flow import Known, OrderStatusCheck, StepName
from ivr.load import FLOWS, load_flow
from ivr.ports import HungUp, OrderStatus, PlayingId
from ivr.runner import run
from ivr.turns import Abandoned, Exit, Finished, ToQueue
from tests.unit.ivr.fake_line import BOOK, DOWN, ORDER, FakeAccounts, FakeLine

pytestmark = pytest.mark.unit

DEMO = load_flow(FLOWS / "demo.yaml")
OPEN_EN: Mapping[str, Known] = {"hours": "open", "language": "en"}
IDENTIFIED = {"menu-main": ["4"], "ask-customer-number": ["4711#"], "ask-pin": ["1234#"]}


async def play(
    line: FakeLine, accounts: FakeAccounts | None = None, facts: Mapping[str, Known] = OPEN_EN
) -> Exit:
    return await run(DEMO, line, accounts or FakeAccounts(), book=BOOK, facts=facts, now=line.now)


async def test_the_call_is_answered_before_anything_is_said() -> None:
    line = FakeLine({"menu-main": ["1"]})

    await play(line)

    assert line.log[:2] == ["answer", "play en/welcome"]


async def test_a_key_ends_the_prompt_and_chooses() -> None:
    line = FakeLine({"menu-main": ["1"]}, sounds_last=20)

    way_out = await play(line)

    assert isinstance(way_out, ToQueue)
    assert way_out.queue == "sales"
    assert line.log[-2:] == ["play en/menu-main", "stop"]
    assert line.passed() == pytest.approx(20.05 + 0.5)  # the greeting, then half a second


async def test_keys_typed_ahead_skip_the_prompts() -> None:
    line = FakeLine({"welcome": ["1"]}, sounds_last=20)

    way_out = await play(line)

    assert isinstance(way_out, ToQueue)
    assert way_out.queue == "sales"
    assert line.log == ["answer", "play en/welcome", "stop"]
    assert line.passed() < 1


async def test_a_whole_path_can_be_typed_ahead() -> None:
    line = FakeLine({"welcome": ["4" + "4711#" + "1234#" + "0"]}, sounds_last=6)

    way_out = await play(line)

    assert isinstance(way_out, ToQueue)
    assert way_out.verified


async def test_a_wrong_key_is_told_and_the_next_key_counts_anew() -> None:
    line = FakeLine({"welcome": ["71"]}, sounds_last=30)

    way_out = await play(line)

    assert isinstance(way_out, ToQueue)
    assert way_out.queue == "sales"
    assert line.log[-2:] == ["play en/invalid-choice en/menu-main", "stop"]


async def test_silence_waits_for_the_first_key_and_asks_again_then_sends_to_the_queue() -> None:
    line = FakeLine()

    way_out = await play(line)

    assert isinstance(way_out, ToQueue)
    assert way_out.queue == "support"
    assert line.heard("menu-main") == 3
    assert line.heard("nothing-heard") == 2
    assert line.heard("to-an-agent") == 1
    spoken = sum(0.05 + len(entry.split()) - 1 for entry in line.log if entry.startswith("play"))
    assert line.passed() == pytest.approx(spoken + 3 * 5)


async def test_a_number_ends_when_no_more_digits_come() -> None:
    line = FakeLine({"menu-main": ["4"], "ask-customer-number": ["4711"], "ask-pin": ["1234"]})
    accounts = FakeAccounts()

    await play(line, accounts)

    assert accounts.asked == [("4711", "1234")]


async def test_a_number_that_is_too_short_is_asked_for_again() -> None:
    line = FakeLine(IDENTIFIED | {"ask-customer-number": ["47", "4711#"]})
    accounts = FakeAccounts()

    await play(line, accounts)

    assert line.heard("invalid-number") == 1
    assert accounts.asked == [("4711", "1234")]


async def test_the_order_is_read_out_in_the_callers_language() -> None:
    line = FakeLine(IDENTIFIED | {"menu-after-order": ["0"]})

    way_out = await play(line, facts={"hours": "open", "language": "zh"})

    assert isinstance(way_out, ToQueue)
    assert (
        "play zh/your-order zh/digit-1 zh/digit-0 zh/digit-2 zh/digit-4 zh/order-state-shipped"
        in line.log
    )
    assert "play zh/order-due-on zh/month-3 zh/day-5" in line.log


async def test_an_unknown_order_state_is_told_in_general_words() -> None:
    line = FakeLine(IDENTIFIED)
    order = OrderStatus(party_id="p", order_number="A-77", state="teleported")

    await play(line, FakeAccounts(order=order))

    assert "play en/your-order en/digit-7 en/digit-7 en/order-state-unknown" in line.log


@pytest.mark.parametrize("fault", [DOWN, TimeoutError(), ConnectionResetError(), KeyError("x")])
async def test_accounts_that_fail_are_spoken_of_and_lead_to_an_agent(fault: Exception) -> None:
    line = FakeLine(IDENTIFIED)

    way_out = await play(line, FakeAccounts(fault=fault))

    assert isinstance(way_out, ToQueue)
    assert line.heard("look-up-failed") == 1


async def test_accounts_that_never_answer_are_given_up_at_the_deadline() -> None:
    class Stuck(FakeAccounts):
        @override
        async def order_status(self, customer_number: str, pin: str) -> OrderStatus | None:
            await asyncio.Event().wait()
            raise AssertionError

    look_up = DEMO.steps[StepName("look_up")]
    assert isinstance(look_up, OrderStatusCheck)
    hasty = replace(look_up, within=timedelta(milliseconds=5))
    flow = replace(DEMO, steps={**DEMO.steps, hasty.name: hasty})
    line = FakeLine(IDENTIFIED)

    way_out = await run(flow, line, Stuck(), book=BOOK, facts=OPEN_EN, now=line.now)

    assert isinstance(way_out, ToQueue)
    assert line.heard("look-up-failed") == 1


async def test_a_fault_of_our_own_does_not_cost_the_caller_his_call(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Faulty(FakeLine):
        @override
        async def play(self, media: Sequence[str], language: str) -> PlayingId:
            if "ask-pin" in media[0]:
                raise ZeroDivisionError("4711 1234")
            return await super().play(media, language)

    with caplog.at_level(logging.ERROR, logger="ivr.runner"):
        way_out = await play(Faulty(IDENTIFIED))

    assert isinstance(way_out, ToQueue)
    assert way_out.path == ("ivr.menu.order_status", "ivr.queue.support")
    assert "dialogue failed" in caplog.text
    assert "4711" not in caplog.text


async def test_a_leg_that_cannot_be_answered_for_any_other_reason_goes_to_the_fallback() -> None:
    class Faulty(FakeLine):
        @override
        async def answer(self) -> None:
            raise ConnectionResetError

    way_out = await play(Faulty())

    assert isinstance(way_out, ToQueue)


async def test_a_fallback_that_cannot_speak_still_ends() -> None:
    class Faulty(FakeLine):
        @override
        async def play(self, media: Sequence[str], language: str) -> PlayingId:
            raise ConnectionResetError

    line = Faulty()
    flow = replace(DEMO, fallback=StepName("goodbye"))

    way_out = await run(flow, line, FakeAccounts(), book=BOOK, facts=OPEN_EN, now=line.now)

    assert isinstance(way_out, Finished)


async def test_what_went_wrong_with_the_accounts_is_logged_without_personal_data(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO, logger="ivr"):
        await play(FakeLine(IDENTIFIED), FakeAccounts(fault=ZeroDivisionError("4711 1234")))

    assert "account look-up failed" in caplog.text
    assert "4711" not in caplog.text


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("delivered", "play en/order-delivered-on en/month-3 en/day-5"),
        ("shipped", "play en/order-due-on en/month-3 en/day-5"),
        ("cancelled", None),
    ],
)
async def test_the_day_is_told_in_words_that_fit_the_state(state: str, told: str | None) -> None:
    line = FakeLine(IDENTIFIED)

    await play(line, FakeAccounts(order=replace(ORDER, state=state)))

    days = [entry for entry in line.log if "day-" in entry]
    assert days == ([] if told is None else [told])


async def test_a_prompt_that_does_not_start_is_skipped_after_two_seconds() -> None:
    line = FakeLine({"menu-main": [" " * 6 + "1"]}, mute=frozenset({"welcome", "menu-main"}))

    way_out = await play(line)

    assert isinstance(way_out, ToQueue)
    assert way_out.queue == "sales"
    assert line.passed() == pytest.approx(2 + 3.5)


async def test_a_prompt_that_fails_is_taken_as_said(caplog: pytest.LogCaptureFixture) -> None:
    line = FakeLine({"menu-main": [" " * 4 + "1"]}, broken=frozenset({"welcome", "menu-main"}))

    way_out = await play(line)

    assert isinstance(way_out, ToQueue)
    assert way_out.queue == "sales"
    assert caplog.messages == ["playback failed"] * 2


async def test_a_prompt_whose_end_is_never_told_ends_at_the_overall_limit() -> None:
    line = FakeLine(sounds_last=100_000)

    way_out = await play(line)

    assert isinstance(way_out, ToQueue)
    assert line.passed() <= DEMO.longest.total_seconds() + 90


async def test_a_good_bye_cannot_be_cut_short_by_a_key() -> None:
    line = FakeLine({"closed": ["1"]})

    way_out = await play(line, facts={"hours": "closed", "language": "en"})

    assert isinstance(way_out, Finished)
    assert "stop" not in line.log
    assert line.passed() == pytest.approx(2.05)


async def test_a_visit_longer_than_the_flow_allows_goes_to_the_fallback() -> None:
    line = FakeLine({"menu-main": [" " * 20 + "9"] * 10_000}, sounds_last=30)

    way_out = await play(line)

    assert isinstance(way_out, ToQueue)
    longest = DEMO.longest.total_seconds()
    assert longest <= line.passed() < longest + 60
    assert line.heard("menu-main") < 60


async def test_a_machine_that_presses_keys_without_end_is_sent_to_the_queue() -> None:
    line = FakeLine({"menu-main": ["9"] * 10_000})
    start = line.now()

    way_out = await run(DEMO, line, FakeAccounts(), book=BOOK, facts=OPEN_EN, now=lambda: start)

    assert isinstance(way_out, ToQueue)
    assert line.heard("menu-main") > 900


@pytest.mark.parametrize("prompt", ["welcome", "menu-main", "ask-customer-number", "ask-pin"])
async def test_a_caller_who_hangs_up_is_abandoned(
    prompt: str, caplog: pytest.LogCaptureFixture
) -> None:
    line = FakeLine(IDENTIFIED | {prompt: ["hang up"]})

    assert isinstance(await play(line), Abandoned)
    assert caplog.messages == [], "what she did not hear to its end did not fail"


async def test_a_leg_that_is_gone_at_any_verb_ends_the_dialogue() -> None:
    verbs = await _verbs_of_a_whole_visit()
    for number in range(1, verbs + 1):
        line = FakeLine(IDENTIFIED | {"menu-after-order": ["1", "0"]})
        line.gone_at_verb = number

        way_out = await play(line)

        assert isinstance(way_out, Abandoned), number
        assert line.verbs == number, "nothing is asked of a leg that is gone"


async def test_a_hang_up_at_any_instant_ends_the_dialogue() -> None:
    for tenth in range(0, 300, 2):
        line = FakeLine(IDENTIFIED | {"menu-after-order": ["1", "0"]})
        line.later(tenth / 10, HungUp())

        way_out = await play(line)

        assert isinstance(way_out, Abandoned) or line.passed() <= tenth / 10


async def test_cancelling_is_not_swallowed() -> None:
    class Waiting(FakeLine):
        @override
        async def next_event(self, timeout: timedelta) -> None:
            await asyncio.Event().wait()

    line = Waiting()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(play(line))
        await asyncio.sleep(0)
        task.cancel()

    assert task.cancelled()


async def _verbs_of_a_whole_visit() -> int:
    line = FakeLine(IDENTIFIED | {"menu-after-order": ["1", "0"]})
    assert isinstance(await play(line), ToQueue)
    return line.verbs

"""Laws of the domain that hold for every input."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from crm_core.domain import names, numbers
from crm_core.domain.case import EDGES, Case, CaseTrigger
from crm_core.domain.errors import IllegalMove
from crm_core.domain.phone import AniKind, classify
from crm_core.storage.types import Amount, Instant, Span

pytestmark = pytest.mark.property

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DIALECT = sqlite.dialect()
chinese = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1)


@given(st.lists(st.sampled_from(CaseTrigger)))
def test_no_sequence_of_triggers_leaves_the_table(triggers: list[CaseTrigger]) -> None:
    case = Case(party_id="p", subject="A", opened_at=NOON, state_since=NOON)
    for trigger in triggers:
        before = case
        assert (trigger in before.moves()) == ((before.state, trigger) in EDGES)
        try:
            case = case.on(trigger, at=NOON)
        except IllegalMove:
            assert (before.state, trigger) not in EDGES
        else:
            assert EDGES[before.state, trigger] is case.state


@given(chinese, st.data())
def test_every_part_of_a_chinese_name_finds_it(name: str, data: st.DataObject) -> None:
    name = name[: names.LONGEST_WORD]
    start = data.draw(st.integers(0, len(name) - 1))
    end = data.draw(st.integers(start + 1, len(name)))
    stored = names.index_tokens(name).split()
    for asked in names.query_tokens(name[start:end]):
        assert any(token.startswith(asked) for token in stored)


@given(st.text())
def test_the_beginning_of_every_word_finds_the_name(name: str) -> None:
    stored = names.index_tokens(name).split()
    for asked in names.query_tokens(name):
        assert any(token.startswith(asked) for token in stored)


@given(st.text())
def test_folding_twice_changes_nothing_and_keys_have_no_syntax(text: str) -> None:
    folded, key = names.fold(text), names.name_key(text)
    assert names.fold(folded) == folded
    assert names.name_key(key) == key
    assert all(c.isalnum() or c == " " for c in names.index_tokens(text))


words = st.text(st.sampled_from("aeoubcnüßøæłعلیرض李雷"), min_size=1, max_size=6)


@given(st.lists(words, min_size=1, max_size=4), st.data())
def test_a_name_keeps_its_key_however_it_is_joined_and_turned_round(
    parts: list[str], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(parts) - 1))
    joint = data.draw(st.sampled_from(["", " ", "-", "'", "\u200c", "\u00ad", ", "]))
    assert names.name_key(joint.join(parts[at:] + parts[:at])) == names.name_key(" ".join(parts))


@given(st.lists(words.filter(lambda w: not set(w) & {*"李雷"}), min_size=1, max_size=4), st.data())
def test_a_name_is_found_with_one_joint_more_or_less(parts: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(parts) - 1))
    asked = " ".join(["".join(parts[at : at + 2]), *parts[at + 2 :], *parts[:at]])
    for stored, query in ((" ".join(parts), asked), (asked, " ".join(parts))):
        tokens = names.index_tokens(stored).split()
        assert any(
            all(any(token.startswith(word) for token in tokens) for word in way)
            for way in names.query_alternatives(query)
        )


@given(st.integers(0, 10**12), st.data())
def test_one_wrong_digit_is_always_noticed(number: int, data: st.DataObject) -> None:
    sound = numbers.with_check_digit(number)
    assert numbers.is_sound(sound)
    at = data.draw(st.integers(0, len(sound) - 1))
    digit = data.draw(st.sampled_from([d for d in "0123456789" if d != sound[at]]))
    assert not numbers.is_sound(sound[:at] + digit + sound[at + 1 :])


@given(st.text(), st.sampled_from(["US", "CN", "IR", "XX", ""]))
def test_no_caller_id_breaks_the_classing(raw: str, region: str) -> None:
    ani = classify(raw, region)
    assert len(ani.raw) <= max(64, len(raw))
    if ani.kind is AniKind.VALID:
        assert ani.e164.startswith("+")
        assert classify(ani.e164, region).e164 == ani.e164


@given(st.datetimes(timezones=st.just(UTC)), st.timedeltas())
def test_instants_come_back_exactly_and_keep_their_order(
    instant: datetime, span: timedelta
) -> None:
    stored = Instant().process_bind_param(instant, DIALECT)
    assert Instant().process_result_value(stored, DIALECT) == instant
    milliseconds = Span().process_bind_param(span, DIALECT)
    again = Span().process_result_value(milliseconds, DIALECT)
    assert again is not None
    assert timedelta() <= span - again < timedelta(milliseconds=1)


@given(st.decimals(-(10**10), 10**10, places=2))
def test_money_comes_back_to_the_cent(amount: Decimal) -> None:
    stored = Amount().process_bind_param(amount, DIALECT)
    assert Amount().process_result_value(stored, DIALECT) == amount

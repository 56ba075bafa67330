import json
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from acd.ids import QueueId, SkillId
from acd.skills import Need
from ivr.checks import lint
from ivr.errors import Complaint, FlowRefused
from ivr.flow import Collect, QueueStep
from ivr.load import FLOWS, load_flow, parse_flow
from prompts import catalogue

pytestmark = pytest.mark.unit

HEAD = "version: 1\nlanguages: [en]\nstart: main\nfallback: agent\nsteps:\n"
AGENT = "  agent: {do: queue, queue: sales}\n"


def complaints(text: str) -> list[Complaint]:
    with pytest.raises(FlowRefused) as refused:
        parse_flow(text, file="f.yaml")
    return list(refused.value.complaints)


def test_the_demo_flow_is_free_of_faults() -> None:
    flow = load_flow(FLOWS / "demo.yaml")

    assert (
        lint(
            flow,
            catalogue().recorded(),
            queues={QueueId("sales"), QueueId("support"), QueueId("billing")},
            skills={SkillId("lang-en"), SkillId("lang-zh"), SkillId("lang-fa")},
            languages={"en", "zh", "fa"},
        )
        == []
    )


def test_a_flow_in_json_is_the_same_flow(tmp_path: Path) -> None:
    source = (FLOWS / "demo.yaml").read_text(encoding="utf-8")
    tree = yaml.load(source, Loader=yaml.BaseLoader)
    path = tmp_path / "demo.json"
    path.write_text(json.dumps(tree, ensure_ascii=False, indent=1), encoding="utf-8")

    assert load_flow(path).steps == load_flow(FLOWS / "demo.yaml").steps


def test_every_setting_of_a_step_is_read() -> None:
    flow = parse_flow(
        HEAD
        + """
  main:
    do: collect
    say: [{value: language, as: number}, {prompt: hello, language: en}]
    into: n
    least: 2
    most: 3
    terminator: "*"
    start_within: 500ms
    first_digit: 7s
    inter_digit: 2.5s
    overall: 1m
    barge_in: false
    tries: 2
    next: agent
    gave_up: agent
  agent: {do: queue, queue: sales, needs: {vip: 3, gold: 1}, priority: 2.5, needs_language: no}
"""
    )

    main, agent = flow.steps.values()
    assert isinstance(main, Collect)
    assert isinstance(agent, QueueStep)
    assert main.pattern.terminator == "*"
    assert main.patience.start == timedelta(milliseconds=500)
    assert main.patience.overall == timedelta(minutes=1)
    assert (main.barge_in, main.retry.tries) == (False, 2)
    assert agent.needs == (
        Need(skill=SkillId("gold"), level=1),
        Need(skill=SkillId("vip"), level=3),
    )
    assert (agent.priority, agent.needs_language) == (2.5, False)


FAULTS = [
    ("start: [", 1, "flow", "is not YAML"),
    ("- a\n- b\n", 1, "flow", "must be a mapping"),
    ("", 1, "flow", "must be a mapping"),
    (HEAD.replace("version: 1", "version: 2") + AGENT, 1, "version", "from 1 to 1"),
    (HEAD.replace("start: main\n", "") + AGENT, 1, "start", "is missing"),
    (HEAD.replace("main", "agent") + AGENT + "wrong: 1\n", 7, "wrong", "is not known here"),
    (HEAD + "  main: {do: say, say: [a], nexxt: agent}\n" + AGENT, 6, "steps.main.next", "missing"),
    (
        HEAD + "  main: {do: say, say: [a], next: agent, nxt: a}\n" + AGENT,
        6,
        "steps.main.nxt",
        "is not known",
    ),
    (HEAD + "  main: {do: sing}\n" + AGENT, 6, "steps.main.do", "no kind of step called 'sing'"),
    (HEAD + "  main: {say: [a]}\n" + AGENT, 6, "steps.main.do", "is missing"),
    (HEAD + "  main: 7\n" + AGENT, 6, "steps.main", "must be a mapping"),
    (HEAD + "  main: {do: say, say: [a], next: ''}\n" + AGENT, 6, "steps.main.next", "is empty"),
    (HEAD + "  main: {do: say, say: [a], next: [x]}\n" + AGENT, 6, "steps.main.next", "single"),
    (
        HEAD + "  main: {do: say, say: [a], next: agent, barge_in: perhaps}\n" + AGENT,
        6,
        "steps.main.barge_in",
        "true or false",
    ),
    (
        HEAD + "  main: {do: say, say: [{value: x, as: song}], next: agent}\n" + AGENT,
        6,
        "steps.main.say.1.as",
        "cannot be 'song'",
    ),
    (
        HEAD + "  main: {do: say, say: [a], next: nowhere}\n" + AGENT,
        6,
        "steps.main.next",
        "no step 'nowhere'",
    ),
    (
        HEAD + "  main:\n    do: say\n    do: say\n    say: a\n    next: agent\n" + AGENT,
        8,
        "steps.main.do",
        "given twice",
    ),
    (
        HEAD + "  main: {do: menu, say: [a], choices: {x: agent}, gave_up: agent}\n" + AGENT,
        6,
        "steps.main.choices.x",
        "not on a telephone",
    ),
    (
        HEAD + "  main: {do: menu, say: [a], choices: {}, gave_up: agent}\n" + AGENT,
        6,
        "steps.main.choices",
        "nothing to choose",
    ),
    (
        HEAD
        + "  main: {do: menu, say: [a], choices: {1: agent}, repeat: 1, gave_up: agent}\n"
        + AGENT,
        6,
        "steps.main.repeat",
        "is a choice as well",
    ),
    (
        HEAD
        + "  main: {do: menu, say: a, choices: {1: agent}, gave_up: agent, tries: 0}\n"
        + AGENT,
        6,
        "steps.main.tries",
        "from 1 to 10",
    ),
    (
        HEAD
        + "  main: {do: menu, say: a, choices: {1: agent}, gave_up: agent, overall: 5}\n"
        + AGENT,
        6,
        "steps.main.overall",
        "not a length of time",
    ),
    (
        HEAD
        + "  main: {do: menu, say: a, choices: {1: agent}, gave_up: agent, overall: 0s}\n"
        + AGENT,
        6,
        "steps.main.overall",
        "not a length of time",
    ),
    (
        HEAD
        + "  main: {do: collect, say: a, into: n, least: 5, most: 4, next: agent, gave_up: agent}\n"
        + AGENT,
        6,
        "steps.main.most",
        "less than least",
    ),
    (
        HEAD
        + "  main: {do: collect, say: a, into: n, least: 1, most: 4, terminator: x, next: agent,"
        " gave_up: agent}\n" + AGENT,
        6,
        "steps.main.terminator",
        "cannot be 'x'",
    ),
    (
        HEAD
        + "  main: {do: say, say: a, next: agent}\n  agent: {do: queue, queue: q, priority: -1}\n",
        7,
        "steps.agent.priority",
        "must be a number",
    ),
    (
        HEAD
        + "  main: {do: say, say: a, next: agent}\n  agent: {do: queue, queue: q, needs: {s: 6}}\n",
        7,
        "steps.agent.needs.s",
        "from 1 to 5",
    ),
    (HEAD + "  main: {do: say, say: a, next: main}\n" + AGENT, 6, "steps.main", "no way from here"),
    (
        HEAD + "  main: {do: say, say: a, next: agent}\n  lost: {do: hang_up}\n" + AGENT,
        7,
        "steps.lost",
        "no way leads here",
    ),
    (
        HEAD + "  main: {do: say, say: a, next: turn}\n"
        "  turn: {do: branch, on: language, cases: {en: agent}, otherwise: main}\n" + AGENT,
        6,
        "steps.main",
        "comes back to itself",
    ),
    (
        HEAD + "  main: {do: branch, on: moon, cases: {full: agent}, otherwise: agent}\n" + AGENT,
        6,
        "steps.main.on",
        "nothing sets 'moon'",
    ),
    (
        HEAD + "  main: {do: say, say: [{value: order.due, as: date}], next: agent}\n" + AGENT,
        6,
        "steps.main.say",
        "nothing sets 'order.due'",
    ),
    (
        "facts: {hours: [open]}\n"
        + HEAD
        + "  main: {do: branch, on: hours, cases: {shut: agent}, otherwise: agent}\n"
        + AGENT,
        7,
        "steps.main.cases.shut",
        "is never 'shut'",
    ),
    (
        HEAD + "  main: {do: say, say: [{prompt: a, language: xx}], next: agent}\n" + AGENT,
        6,
        "steps.main",
        "'xx' is not a language",
    ),
    (
        HEAD + "  main: {do: menu, say: a, choices: {1: {next: agent, language: xx}},"
        " gave_up: agent}\n" + AGENT,
        6,
        "steps.main",
        "'xx' is not a language",
    ),
    (
        "language_skills: {xx: s}\n" + HEAD.replace("main", "agent") + AGENT,
        1,
        "language_skills.xx",
        "not a language of the flow",
    ),
    (HEAD.replace("[en]", "[]").replace("main", "agent") + AGENT, 2, "languages", "no language"),
    (
        HEAD.replace("fallback: agent", "fallback: main")
        + "  main: {do: say, say: a, next: agent}\n"
        + AGENT,
        4,
        "fallback",
        "does not end",
    ),
    (HEAD.replace("start: main", "start: none") + AGENT, 3, "start", "no step 'none'"),
    (HEAD + "  ? [a, b]\n  : {do: hang_up}\n" + AGENT, 6, "steps", "a key that is no text"),
]


@pytest.mark.parametrize(("text", "line", "key", "message"), FAULTS)
def test_a_fault_is_told_with_its_line_its_place_and_a_remedy(
    text: str, line: int, key: str, message: str
) -> None:
    found = [(each.line, each.key) for each in complaints(text) if message in each.message]

    assert (line, key) in found
    assert all(each.remedy and each.file == "f.yaml" for each in complaints(text))


def test_every_fault_of_a_file_is_told_at_once() -> None:
    text = HEAD + "  main: {do: say, say: [a], nexxt: agent, barge_in: 7}\n  agent: {do: queue}\n"

    assert {each.key for each in complaints(text)} >= {
        "steps.main.next",
        "steps.main.nexxt",
        "steps.main.barge_in",
        "steps.agent.queue",
    }


def test_the_message_reads_like_a_compilers() -> None:
    with pytest.raises(FlowRefused) as refused:
        parse_flow(HEAD + "  main: {do: sing}\n" + AGENT, file="f.yaml")

    assert str(refused.value).startswith("f.yaml:6: steps.main.do: there is no kind of step")


def test_a_file_that_is_not_there_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(FlowRefused, match="cannot be read"):
        load_flow(tmp_path / "none.yaml")


def test_a_file_in_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "flow.yaml"
    path.write_bytes(b"version: 1\nname: " + "销售".encode("gbk"))

    with pytest.raises(FlowRefused, match=r":2: flow: is not UTF-8"):
        load_flow(path)


def test_a_tree_too_deep_to_read_is_refused() -> None:
    assert complaints("[" * 600)[0].key == "flow"


def test_a_tree_that_contains_itself_is_refused() -> None:
    text = HEAD + "  main: {do: say, say: &a [*a], next: agent}\n" + AGENT

    assert [each.key for each in complaints(text)] == ["steps.main.say.1"]

"""A flow file (YAML, or JSON, which is YAML too) into a checked Flow.

Every fault is collected with its line and its place, such as ``steps.main.choices.3``; the author
mends them all at once. Unknown keys are faults: a mistyped ``nexxt`` must not pass in silence.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import yaml

from acd.ids import QueueId, SkillId
from acd.skills import Need
from ivr.checks import structure
from ivr.digits import KEYS, Number
from ivr.errors import Complaint, FlowRefused
from ivr.flow import (
    LONGEST_VISIT,
    LOOK_UP_WITHIN,
    Branch,
    Choice,
    Collect,
    Flow,
    HangUp,
    Menu,
    OrderStatusCheck,
    Patience,
    Phrase,
    Phrases,
    Prompt,
    QueueStep,
    Retry,
    Say,
    Spoken,
    SpokenAs,
    Step,
    StepName,
)
from ivr.reading import Fields, Reader, Value

VERSION: Final = 1
FLOWS: Final = Path(__file__).parent / "flows"
"""The flows that come with Parley."""


def load_flow(path: Path) -> Flow:
    """Read one flow; FlowRefused with every complaint if it cannot be used."""
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as fault:
        raise _refused(path, 1, f"cannot be read ({fault.strerror})", "Check the path") from fault
    except UnicodeDecodeError as fault:
        line = fault.object[: fault.start].count(b"\n") + 1
        raise _refused(path, line, "is not UTF-8 text", "Save the file as UTF-8") from fault
    return parse_flow(text, file=str(path), name=path.stem)


def parse_flow(text: str, *, file: str = "<text>", name: str = "flow") -> Flow:
    """Read a flow from text; as ``load_flow``."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        line = mark.line + 1 if mark else 1
        what = f"is not YAML: {fault.problem or fault.context}"
        raise _refused(Path(file), line, what, "Mend the syntax there") from fault
    except (yaml.YAMLError, RecursionError) as fault:
        raise _refused(Path(file), 1, "is not YAML", "Write it anew in plain YAML") from fault
    reader = Reader(file)
    flow = _flow(reader.fields(root, "flow"), file, name)
    complaints = reader.complaints or structure(flow)
    if complaints:
        raise FlowRefused(complaints)
    return flow


def _refused(path: Path, line: int, message: str, remedy: str) -> FlowRefused:
    complaint = Complaint(file=str(path), line=line, key="flow", message=message, remedy=remedy)
    return FlowRefused([complaint])


def _flow(top: Fields, file: str, name: str) -> Flow:
    steps: dict[StepName, Step] = {}
    lines = dict(top.lines)
    version = top.whole("version", least=VERSION, most=VERSION)
    name = top.text("name", default=name)
    languages = tuple(top.texts("languages"))
    facts = {key: tuple(field.texts_here()) for key, field in top.entries("facts")}
    skills = {key: SkillId(field.text_here()) for key, field in top.entries("language_skills")}
    start = StepName(top.text("start"))
    fallback = StepName(top.text("fallback"))
    longest = top.duration("longest", default=LONGEST_VISIT)
    for step_name, value in top.entries("steps", required=True):
        fields = value.fields_here()
        lines[f"steps.{step_name}"] = value.line
        step = _step(StepName(step_name), fields)
        fields.done()
        if step is not None:
            steps[step.name] = step
    top.done()
    return Flow(
        name=name,
        file=file,
        version=version,
        languages=languages,
        start=start,
        fallback=fallback,
        steps=steps,
        facts=facts,
        language_skills=skills,
        longest=longest,
        lines=lines,
    )


def _step(name: StepName, fields: Fields) -> Step | None:
    kind = fields.text("do")
    read = _KINDS.get(kind)
    if read is not None:
        return read(name, fields)
    if kind:
        kinds = ", ".join(_KINDS)
        fields.complain("do", f"there is no kind of step called {kind!r}", f"Use one of {kinds}")
    fields.ignore_rest()
    return None


def _say(name: StepName, fields: Fields) -> Say:
    return Say(
        name=name,
        phrases=_phrases(fields, "say"),
        next=StepName(fields.text("next")),
        barge_in=fields.flag("barge_in", default=True),
    )


def _branch(name: StepName, fields: Fields) -> Branch:
    cases = fields.entries("cases", required=True)
    return Branch(
        name=name,
        fact=fields.text("on"),
        cases={case: StepName(value.text_here()) for case, value in cases},
        otherwise=StepName(fields.text("otherwise")),
    )


def _hang_up(name: StepName, fields: Fields) -> HangUp:
    return HangUp(
        name=name,
        phrases=_phrases(fields, "say", required=False),
        label=fields.text("label", default=""),
    )


def _menu(name: StepName, fields: Fields) -> Menu:
    choices: dict[str, Choice] = {}
    for key, value in fields.entries("choices", required=True):
        if not key or set(key) - KEYS:
            value.complain(f"{key!r} is not on a telephone", "Use keys 0 to 9, * and #")
        if value.is_text:
            choices[key] = Choice(next=StepName(value.text_here()))
            continue
        choice = value.fields_here()
        choices[key] = Choice(
            next=StepName(choice.text("next")),
            label=choice.text("label", default=""),
            language=choice.text("language", default=""),
        )
        choice.done()
    return Menu(
        name=name,
        phrases=_phrases(fields, "say"),
        choices=choices,
        retry=_retry(fields),
        repeat=fields.text("repeat", default=""),
        patience=_patience(fields),
        barge_in=fields.flag("barge_in", default=True),
    )


def _collect(name: StepName, fields: Fields) -> Collect:
    least = fields.whole("least", least=1, most=32)
    most = fields.whole("most", least=1, most=32)
    if least > most:
        fields.complain("most", f"is less than least ({least})", "Swap the two")
    terminator = fields.text("terminator", default="#")
    if terminator not in {"", "#", "*"}:
        fields.complain("terminator", f"cannot be {terminator!r}", 'Use "#", "*" or ""')
    return Collect(
        name=name,
        phrases=_phrases(fields, "say"),
        into=fields.text("into"),
        pattern=Number(least=least, most=most, terminator=terminator),
        next=StepName(fields.text("next")),
        retry=_retry(fields),
        patience=_patience(fields),
        barge_in=fields.flag("barge_in", default=True),
    )


def _order_status(name: StepName, fields: Fields) -> OrderStatusCheck:
    return OrderStatusCheck(
        name=name,
        number=fields.text("number"),
        pin=fields.text("pin"),
        found=StepName(fields.text("found")),
        no_order=StepName(fields.text("no_order")),
        not_found=StepName(fields.text("not_found")),
        failed=StepName(fields.text("failed")),
        gave_up=StepName(fields.text("gave_up")),
        tries=fields.whole("tries", least=1, most=10, default=3),
        within=fields.duration("within", default=LOOK_UP_WITHIN),
    )


def _queue(name: StepName, fields: Fields) -> QueueStep:
    needs = [
        Need(skill=SkillId(skill), level=value.whole_here(least=1, most=5))
        for skill, value in fields.entries("needs")
    ]
    return QueueStep(
        name=name,
        queue=QueueId(fields.text("queue")),
        needs=tuple(sorted(needs)),
        priority=fields.number("priority", default=0.0),
        label=fields.text("label", default=""),
        needs_language=fields.flag("needs_language", default=True),
    )


def _retry(fields: Fields) -> Retry:
    return Retry(
        invalid=_phrases(fields, "invalid", required=False),
        silent=_phrases(fields, "silent", required=False),
        gave_up=StepName(fields.text("gave_up")),
        tries=fields.whole("tries", least=1, most=10, default=3),
    )


def _patience(fields: Fields) -> Patience:
    usual = Patience()
    return Patience(
        start=fields.duration("start_within", default=usual.start),
        first_digit=fields.duration("first_digit", default=usual.first_digit),
        inter_digit=fields.duration("inter_digit", default=usual.inter_digit),
        overall=fields.duration("overall", default=usual.overall),
    )


def _phrases(fields: Fields, key: str, *, required: bool = True) -> Phrases:
    return tuple(_phrase(value) for value in fields.values(key, required=required))


def _phrase(value: Value) -> Phrase:
    if value.is_text:
        return Prompt(value.text_here())
    fields = value.fields_here()
    if "prompt" in fields:
        phrase: Phrase = Prompt(fields.text("prompt"), fields.text("language", default=""))
    else:
        ways = {way.value: way for way in SpokenAs}
        way = fields.text("as")
        if way and way not in ways:
            fields.complain("as", f"cannot be {way!r}", f"Use {', '.join(ways)}")
        phrase = Spoken(fields.text("value"), ways.get(way, SpokenAs.DIGITS))
    fields.done()
    return phrase


_KINDS: Final[Mapping[str, Callable[[StepName, Fields], Step]]] = {
    "say": _say,
    "branch": _branch,
    "menu": _menu,
    "collect": _collect,
    "order_status": _order_status,
    "queue": _queue,
    "hang_up": _hang_up,
}

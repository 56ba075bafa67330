"""Transition tables as data, the refusals of the floor, and diagrams drawn from the tables.

A state machine here is a mapping from (state, trigger) to the next state. An edge exists, or the
command is refused with an error whose ``code`` never changes and whose ``params`` name the place.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar, TypeVar

ValueT = TypeVar("ValueT")
StateT = TypeVar("StateT", bound=StrEnum)
TriggerT = TypeVar("TriggerT", bound=StrEnum)


class Refused(Exception):
    """The floor will not do what was asked. Asking the same again cannot help."""

    code: ClassVar[str] = "refused"

    def __init__(self, message: str, **params: str) -> None:
        super().__init__(message)
        self.params = params


class IllegalTransition(Refused):
    """The state of the agent or call has no edge for this."""

    code = "illegal_transition"


class UnknownAgent(Refused):
    """No agent of this id is defined."""

    code = "unknown_agent"


class UnknownQueue(Refused):
    """No queue of this id is defined."""

    code = "unknown_queue"


class UnknownCall(Refused):
    """No live or lately ended call has this id."""

    code = "unknown_call"


class OfferGone(Refused):
    """The offer has ended: someone else has the call, the caller left, or the lease ran out."""

    code = "offer_gone"


class WrapUpTooLong(Refused):
    """The wrap-up cannot be extended any more: it has its queue's limit."""

    code = "wrap_up_too_long"


class BadValue(Refused):
    """The command's values make no sense on this floor, such as a level above 5."""

    code = "bad_value"


def step(
    table: Mapping[tuple[StateT, TriggerT], StateT], subject: str, state: StateT, trigger: TriggerT
) -> StateT:
    """Return the state that follows, or refuse if the table has no such edge."""
    target = table.get((state, trigger))
    if target is None:
        raise IllegalTransition(
            f"{subject} is {state.value}: {trigger.value} is not possible now",
            subject=subject,
            state=state.value,
            trigger=trigger.value,
        )
    return target


def sure(value: ValueT | None) -> ValueT:
    """Return a value that the state guarantees, such as the agent of a call that rings."""
    if value is None:
        raise AssertionError("the state guarantees a value here: this is a defect in acd")
    return value


def diagram(table: Mapping[tuple[StateT, TriggerT], StateT], initial: StateT) -> str:
    """Draw the table as a Mermaid state diagram; states without a way out are final."""
    labels: dict[tuple[StateT, StateT], list[str]] = {}
    for (source, trigger), target in table.items():
        labels.setdefault((source, target), []).append(trigger.value)
    sources = {source for source, _ in labels}
    finals = dict.fromkeys(target for _, target in labels if target not in sources)
    lines = ["stateDiagram-v2", f"    [*] --> {initial.value}"]
    lines += [
        f"    {source.value} --> {target.value}: {' / '.join(triggers)}"
        for (source, target), triggers in labels.items()
    ]
    lines += [f"    {state.value} --> [*]" for state in finals]
    return "\n".join(lines) + "\n"

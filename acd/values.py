"""Values that are replaced, not changed: a copy with other fields, at a price fit for each event.

``dataclasses.replace`` of Python 3.11 asks for every field by name and sets it anew through
``__init__``: 4 to 9 us for a call or an agent, most of what an event cost. Copying the fields as
one dict takes 0.7 us. It needs a dataclass without slots and without ``__post_init__``.
"""

from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["changed"]

ValueT = TypeVar("ValueT")

if TYPE_CHECKING:
    from dataclasses import replace as changed  # so that names and types of the fields are checked
else:

    def changed(value: ValueT, **fields: Any) -> ValueT:
        """Return a copy of a frozen dataclass with other values for some of its fields."""
        copy = object.__new__(type(value))
        copy.__dict__.update(value.__dict__)
        copy.__dict__.update(fields)
        return copy

"""What every stored value carries: identity, version, who and when, free fields."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""``created_at`` of a value that was not stored yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Base of stored values. ``add`` gives an empty ``id`` one; ``save`` checks ``version``."""

    id: str = ""
    version: int = 1
    created_at: datetime = EPOCH
    created_by: str = ""
    updated_at: datetime = EPOCH
    updated_by: str = ""
    deleted_at: datetime | None = None
    ext: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned(Record):
    """A record with a responsible user, team and business unit, for hand-over and row rights."""

    owner_id: str | None = None
    team_id: str | None = None
    unit_id: str | None = None

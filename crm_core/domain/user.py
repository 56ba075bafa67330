"""User: somebody who signs in. The password is hashed elsewhere; here it is a field."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from crm_core.domain.errors import BadValue
from crm_core.domain.record import Record

_ID: Final = re.compile(r"[a-z][a-z0-9_.-]{0,31}")
LEVELS: Final = range(1, 6)
LANGUAGES: Final = ("en", "zh", "fa")
THEMES: Final = ("light", "dark", "system")
PHONES: Final = ("browser", "sip")


class UserRole(StrEnum):
    """What a user may do; one table in the desktop server spells it out."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    MARKETER = "marketer"
    SALES = "sales"
    SERVICE = "service"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class User(Record):
    """Somebody who signs in; the id is her short name, such as ``ana``."""

    name: str
    roles: Sequence[UserRole] = ()
    team_id: str | None = None
    skills: Mapping[str, int] = field(default_factory=dict)
    queues: Sequence[str] = ()
    language: str = "en"
    theme: str = "system"
    phone: str = "browser"
    preferences: Mapping[str, Any] = field(default_factory=dict)
    password_hash: str = ""
    active: bool = True
    unlocked_at: datetime | None = None
    """Since when wrong passwords count anew."""
    sip_digest: str | None = field(default=None, repr=False)
    """What a desk phone that registers proves itself with: MD5 of user, realm and secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is asked again and again of users who may sign in."""

    roles: Sequence[UserRole]
    password_hash: str = field(repr=False)
    unlocked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Team(Record):
    """Users who work together."""

    name: str
    lead_id: str | None = None


def is_user_id(text: str) -> bool:
    """Whether a user could be called so."""
    return _ID.fullmatch(text) is not None


def checked(user: User) -> User:
    """Return ``user`` if its fields make sense, else say which does not."""
    if not is_user_id(user.id):
        raise BadValue("id", "use 1 to 32 of a-z, 0-9, _ . - and begin with a letter")
    if not user.name.strip():
        raise BadValue("name", "write the name that colleagues will see")
    for skill, level in user.skills.items():
        if level not in LEVELS:
            raise BadValue("skills", f"the level of {skill!r} must be 1 to 5")
    for field_, value, allowed in (
        ("language", user.language, LANGUAGES),
        ("theme", user.theme, THEMES),
        ("phone", user.phone, PHONES),
    ):
        if value not in allowed:
            raise BadValue(field_, f"must be one of {', '.join(allowed)}")
    return user

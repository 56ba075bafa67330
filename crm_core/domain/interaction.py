"""Interaction: the record of one contact, and its segments, one per agent who had it.

``external_id`` is the call's id, so there is exactly one record per call however often it is
written. Fields left None or empty mean "not known (yet)" and never erase what is stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from crm_core.domain.record import Record


class Channel(StrEnum):
    """Where a contact happened."""

    PHONE = "phone"
    EMAIL = "email"
    CHAT = "chat"
    SMS = "sms"
    WEB = "web"
    VISIT = "visit"
    OTHER = "other"


class Direction(StrEnum):
    """Who reached whom."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One stretch with one agent, from offer to end; refused and missed offers count too."""

    seq: int
    agent_id: str
    queue: str = ""
    offered_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    talked: timedelta | None = None
    held: timedelta | None = None
    wrapped: timedelta | None = None
    outcome: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction(Record):
    """One contact. ``outcome`` is how it ended, ``disposition`` the agent's code."""

    external_id: str
    channel: Channel = Channel.PHONE
    direction: Direction = Direction.INBOUND
    party_id: str | None = None
    case_id: str | None = None
    parent_id: str | None = None
    campaign_id: str | None = None
    queue: str = ""
    agent_id: str = ""
    ani: str = ""
    """E.164 when it is a number, else as it came."""
    dnis: str = ""
    language: str = ""
    started_at: datetime
    queued_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    waited: timedelta | None = None
    talked: timedelta | None = None
    held: timedelta | None = None
    outcome: str = ""
    cause: str = ""
    disposition: str = ""
    note: str = ""
    verified: bool | None = None
    ivr_path: Sequence[str] | None = None
    inferred_reason: str = ""
    decisions: Sequence[Mapping[str, Any]] | None = None
    """Why this agent: the decision record of every offer, oldest first."""
    recording_ref: str = ""
    transcript_ref: str = ""
    segments: Sequence[Segment] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEvent:
    """Something that happened to a party; written once, in the transaction of its cause."""

    id: str = ""
    party_id: str
    occurred_at: datetime
    kind: str
    subject_type: str
    subject_id: str
    actor: str = ""
    summary: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)

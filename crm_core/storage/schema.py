"""The tables, as ``crm.md`` section 2 draws them; columns are named as the domain's fields."""

from typing import Any, Final

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from crm_core.domain.case import CaseKind, CaseState, Priority
from crm_core.domain.interaction import Channel, Direction
from crm_core.domain.party import PartyKind, PointKind, Role, Tier
from crm_core.domain.sales import OrderState, Stage
from crm_core.domain.task import TaskKind, TaskState
from crm_core.domain.user import UserRole
from crm_core.storage.types import Amount, Choice, Document, Id, Instant, Span, sorted_text

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
LIVE: Final = text("deleted_at IS NULL")


def roles_of(values: list[str]) -> tuple[UserRole, ...]:
    """Read a user's roles."""
    return tuple(UserRole(value) for value in values)


def _kept(key: Any = None) -> list[Column[Any]]:
    return [
        Column("id", key if key is not None else Id, primary_key=True),
        Column("version", Integer, nullable=False),
        Column("created_at", Instant, nullable=False),
        Column("created_by", String(36), nullable=False),
        Column("updated_at", Instant, nullable=False),
        Column("updated_by", String(36), nullable=False),
        Column("deleted_at", Instant),
        Column("ext", Document, nullable=False),
    ]


def _owned() -> list[Column[Any]]:
    return [
        *_kept(),
        Column("owner_id", String(36)),
        Column("team_id", String(36)),
        Column("unit_id", String(36)),
    ]


def _text(name: str, length: int = 200) -> Column[Any]:
    return Column(name, String(length), nullable=False)


def _party(*, nullable: bool = False) -> Column[Any]:
    return Column("party_id", Id, ForeignKey("party.id"), nullable=nullable)


party: Final = Table(
    "party",
    metadata,
    *_owned(),
    Column("kind", Choice(PartyKind), nullable=False),
    _text("display_name"),
    _text("sort_name"),
    Column("name_key", sorted_text(200), nullable=False),
    _text("given_name", 100),
    _text("family_name", 100),
    _text("title", 50),
    Column("birth_date", Date),
    _text("tax_no", 50),
    _text("industry", 100),
    Column("customer_number", sorted_text(20)),
    _text("lifecycle", 20),
    Column("tier", Choice(Tier), nullable=False),
    _text("language", 35),
    _text("timezone", 50),
    _text("city", 100),
    _text("country", 2),
    _text("source", 50),
    Column("customer_since", Instant),
    _text("blocked_reason"),
    Column("do_not_sell", Boolean, nullable=False),
    Column("merged_into_id", Id, ForeignKey("party.id")),
    Index("uq_party_customer_number", "customer_number", unique=True),
    Index("ix_party_name_key", "name_key"),
    Index("ix_party_owner_id", "owner_id"),
)

party_role: Final = Table(
    "party_role",
    metadata,
    Column("party_id", Id, ForeignKey("party.id"), primary_key=True),
    Column("role", Choice(Role), primary_key=True),
    Column("since", Instant, nullable=False),
)

party_relation: Final = Table(
    "party_relation",
    metadata,
    *_kept(),
    Column("from_id", Id, ForeignKey("party.id"), nullable=False),
    Column("to_id", Id, ForeignKey("party.id"), nullable=False),
    _text("kind", 30),
    _text("title", 100),
    Column("since", Instant, nullable=False),
    Index("ix_party_relation_from_id", "from_id"),
    Index("ix_party_relation_to_id", "to_id"),
)

party_secret: Final = Table(
    "party_secret",
    metadata,
    Column("party_id", Id, ForeignKey("party.id"), primary_key=True),
    Column("pin_hash", String(200), nullable=False),
    Column("failures", Integer, nullable=False),
    Column("locked_until", Instant),
    Column("updated_at", Instant, nullable=False),
)

contact_point: Final = Table(
    "contact_point",
    metadata,
    *_kept(),
    _party(),
    Column("kind", Choice(PointKind), nullable=False),
    _text("raw"),
    Column("norm", sorted_text(200), nullable=False),
    Column("national", sorted_text(20), nullable=False),
    _text("extension", 12),
    _text("region", 3),
    _text("label", 30),
    Column("is_primary", Boolean, nullable=False),
    Column("is_shared", Boolean, nullable=False),
    Column("verified_at", Instant),
    _text("status", 20),
    Column("consent_call", Boolean, nullable=False),
    Column("consent_sms", Boolean, nullable=False),
    Column("consent_mail", Boolean, nullable=False),
    _text("consent_source", 100),
    Index("ix_contact_point_kind_norm", "kind", "norm", sqlite_where=LIVE, postgresql_where=LIVE),
    Index(
        "ix_contact_point_kind_national",
        "kind",
        "national",
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    ),
    Index(
        "uq_contact_point_party_id",
        "party_id",
        "kind",
        "norm",
        "extension",
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    ),
)

caller_hint: Final = Table(
    "caller_hint",
    metadata,
    *_kept(),
    Column("norm", sorted_text(200), nullable=False),
    _party(),
    _text("source_type", 30),
    _text("source_id", 64),
    Index("ix_caller_hint_norm", "norm"),
)

interaction: Final = Table(
    "interaction",
    metadata,
    *_kept(),
    Column("external_id", sorted_text(150), nullable=False),
    Column("channel", Choice(Channel), nullable=False),
    Column("direction", Choice(Direction), nullable=False),
    _party(nullable=True),
    Column("case_id", Id),
    Column("parent_id", Id),
    Column("campaign_id", Id),
    _text("queue", 64),
    _text("agent_id", 36),
    Column("ani", sorted_text(64), nullable=False),
    _text("dnis", 64),
    _text("language", 8),
    Column("started_at", Instant, nullable=False),
    Column("queued_at", Instant),
    Column("answered_at", Instant),
    Column("ended_at", Instant),
    Column("waited", Span),
    Column("talked", Span),
    Column("held", Span),
    _text("outcome", 40),
    _text("cause", 60),
    _text("disposition", 40),
    Column("note", Text, nullable=False),
    Column("verified", Boolean),
    Column("ivr_path", Document(tuple)),
    _text("inferred_reason", 60),
    Column("decisions", Document(tuple)),
    _text("recording_ref"),
    _text("transcript_ref"),
    Index("uq_interaction_external_id", "external_id", unique=True),
    Index("ix_interaction_party_id_started_at", "party_id", "started_at"),
    Index("ix_interaction_ani_started_at", "ani", "started_at"),
    Index("ix_interaction_agent_id_started_at", "agent_id", "started_at"),
    Index(
        "ix_interaction_open",
        "started_at",
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
)

segment: Final = Table(
    "segment",
    metadata,
    Column("interaction_id", Id, ForeignKey("interaction.id"), primary_key=True),
    Column("seq", SmallInteger, primary_key=True),
    _text("agent_id", 36),
    _text("queue", 64),
    Column("offered_at", Instant),
    Column("answered_at", Instant),
    Column("ended_at", Instant),
    Column("talked", Span),
    Column("held", Span),
    Column("wrapped", Span),
    _text("outcome", 40),
    Index("ix_segment_agent_id_offered_at", "agent_id", "offered_at"),
)

timeline_event: Final = Table(
    "timeline_event",
    metadata,
    Column("id", Id, primary_key=True),
    _party(),
    Column("occurred_at", Instant, nullable=False),
    _text("kind", 40),
    _text("subject_type", 30),
    _text("subject_id", 64),
    _text("actor", 36),
    _text("summary", 500),
    Column("payload", Document, nullable=False),
    Index("ix_timeline_event_party_id_occurred_at_id", "party_id", "occurred_at", "id"),
    Index("ix_timeline_event_subject_id", "subject_id"),
)

case: Final = Table(
    "case",
    metadata,
    *_owned(),
    Column("number", sorted_text(20), nullable=False),
    _party(),
    _text("subject"),
    Column("kind", Choice(CaseKind), nullable=False),
    Column("state", Choice(CaseState), nullable=False),
    Column("priority", Choice(Priority), nullable=False),
    _text("channel", 20),
    _text("queue", 64),
    Column("description", Text, nullable=False),
    Column("order_id", Id),
    Column("parent_id", Id),
    Column("interaction_id", Id),
    Column("state_since", Instant, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("due_at", Instant),
    Column("closed_at", Instant),
    Index("uq_case_number", "number", unique=True),
    Index("ix_case_party_id_state", "party_id", "state"),
    Index("ix_case_state_priority_due_at", "state", "priority", "due_at"),
)

opportunity: Final = Table(
    "opportunity",
    metadata,
    *_owned(),
    _party(),
    _text("name"),
    Column("stage", Choice(Stage), nullable=False),
    _text("product"),
    Column("amount", Amount, nullable=False),
    _text("currency", 3),
    Column("probability", SmallInteger, nullable=False),
    Column("close_on", Date),
    _text("lost_reason"),
    Index("ix_opportunity_party_id_stage", "party_id", "stage"),
)

sales_order: Final = Table(
    "sales_order",
    metadata,
    *_owned(),
    Column("number", sorted_text(20), nullable=False),
    _party(),
    Column("state", Choice(OrderState), nullable=False),
    _text("item"),
    Column("placed_at", Instant, nullable=False),
    Column("expected_at", Instant),
    Column("delivered_at", Instant),
    Column("due_at", Instant),
    Column("paid_at", Instant),
    Column("total", Amount, nullable=False),
    _text("currency", 3),
    Index("uq_sales_order_number", "number", unique=True),
    Index("ix_sales_order_party_id_placed_at", "party_id", "placed_at"),
)

sales_order_line: Final = Table(
    "sales_order_line",
    metadata,
    Column("order_id", Id, ForeignKey("sales_order.id"), primary_key=True),
    Column("line", SmallInteger, primary_key=True),
    _text("sku", 40),
    _text("item"),
    Column("quantity", Integer, nullable=False),
    Column("price", Amount, nullable=False),
)

task: Final = Table(
    "task",
    metadata,
    *_owned(),
    Column("kind", Choice(TaskKind), nullable=False),
    _text("subject"),
    Column("state", Choice(TaskState), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("assignee_id", String(36)),
    _text("queue", 64),
    _party(nullable=True),
    Column("case_id", Id),
    Column("interaction_id", Id),
    _text("number", 64),
    Column("done_at", Instant),
    Index("ix_task_party_id_state_due_at", "party_id", "state", "due_at"),
    Index("ix_task_assignee_id_state_due_at", "assignee_id", "state", "due_at"),
    Index("ix_task_state_due_at", "state", "due_at"),
    Index("ix_task_interaction_id", "interaction_id"),
)

call_draft: Final = Table(
    "call_draft",
    metadata,
    Column("external_id", sorted_text(150), primary_key=True),
    _text("agent_id", 36),
    Column("form", Document, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Index("ix_call_draft_agent_id", "agent_id"),
)

team: Final = Table(
    "team",
    metadata,
    *_kept(String(36)),
    _text("name", 100),
    Column("lead_id", String(36)),
)

user: Final = Table(
    "user",
    metadata,
    *_kept(String(36)),
    _text("name", 100),
    Column("roles", Document(roles_of), nullable=False),
    Column("team_id", String(36), ForeignKey("team.id")),
    Column("skills", Document, nullable=False),
    Column("queues", Document(tuple), nullable=False),
    _text("language", 8),
    _text("theme", 10),
    _text("phone", 10),
    Column("preferences", Document, nullable=False),
    Column("password_hash", String(300), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("unlocked_at", Instant),
    Column("sip_digest", String(32)),
)

audit_log: Final = Table(
    "audit_log",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Instant, nullable=False),
    _text("actor", 36),
    _text("action", 20),
    _text("entity", 30),
    _text("entity_id", 64),
    Column("party_id", Id),
    Column("details", Document, nullable=False),
    Index("ix_audit_log_entity_entity_id_at", "entity", "entity_id", "at"),
    Index("ix_audit_log_actor_at", "actor", "at"),
)

counter: Final = Table(
    "counter",
    metadata,
    Column("name", String(30), primary_key=True),
    Column("value", Integer, nullable=False),
)

search_doc: Final = Table(
    "search_doc",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    _party(),
    Column("tokens", Text, nullable=False),
    UniqueConstraint("party_id"),
)
"""One row a party; the migration hangs FTS5 (SQLite) or a tsvector index (PostgreSQL) on it."""

search_near: Final = Table(
    "search_near",
    metadata,
    Column("key", sorted_text(40), primary_key=True),
    Column("word", sorted_text(40), primary_key=True),
    sqlite_with_rowid=False,
)
"""Leads from a word, and from it without any one letter, to the word."""

import_job: Final = Table(
    "import_job",
    metadata,
    *_kept(),
    _text("file_name"),
    Column("digest", String(64), nullable=False),
    _text("options", 300),
    _text("state", 20),
    Column("cursor", Integer, nullable=False),
    Column("created", Integer, nullable=False),
    Column("duplicates", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("error_bytes", Integer, nullable=False),
    Column("updated", Integer, nullable=False, server_default="0"),
    Column("notes", Integer, nullable=False, server_default="0"),
    Index("ix_import_job_digest", "digest"),
)

import_entry: Final = Table(
    "import_entry",
    metadata,
    Column("job_id", Id, ForeignKey("import_job.id"), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("party_id", Id, ForeignKey("party.id"), nullable=False),
    Column("made", Boolean, nullable=False),
    Column("changes", Document, nullable=False),
    Index("ix_import_entry_party_id", "party_id"),
)
"""One line of a file that made a party or changed one: what undoing the import takes back."""

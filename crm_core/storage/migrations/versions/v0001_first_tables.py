"""The first tables: parties, contact points, interactions, cases, sales, tasks, users, audit.

A migration is history: it spells its columns out and does not follow later changes of schema.py.
"""

import sqlalchemy as sa
from alembic import op

from crm_core.storage import types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "segment",
    "sales_order_line",
    "user",
    "timeline_event",
    "task",
    "search_doc",
    "sales_order",
    "party_secret",
    "party_role",
    "party_relation",
    "opportunity",
    "interaction",
    "contact_point",
    "case",
    "caller_hint",
    "team",
    "party",
    "import_job",
    "counter",
    "audit_log",
)
COUNTERS = {"customer": 1_000_000, "case": 100_000, "order": 1_000_000}

FTS = (
    "CREATE VIRTUAL TABLE search_fts USING fts5(tokens, content='search_doc', content_rowid='seq',"
    " tokenize='unicode61 remove_diacritics 0', prefix='2 3', detail='none')",
    "CREATE TRIGGER search_doc_ai AFTER INSERT ON search_doc BEGIN"
    " INSERT INTO search_fts(rowid, tokens) VALUES (new.seq, new.tokens); END",
    "CREATE TRIGGER search_doc_ad AFTER DELETE ON search_doc BEGIN"
    " INSERT INTO search_fts(search_fts, rowid, tokens) VALUES ('delete', old.seq, old.tokens);"
    " END",
    "CREATE TRIGGER search_doc_au AFTER UPDATE ON search_doc BEGIN"
    " INSERT INTO search_fts(search_fts, rowid, tokens) VALUES ('delete', old.seq, old.tokens);"
    " INSERT INTO search_fts(rowid, tokens) VALUES (new.seq, new.tokens); END",
)
TSV = "CREATE INDEX ix_search_doc_tokens ON search_doc USING gin (to_tsvector('simple', tokens))"


def upgrade() -> None:  # noqa: PLR0915 - one statement a table or index
    op.create_table(
        "audit_log",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("actor", sa.String(length=36), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("entity", sa.String(length=30), nullable=False),
        sa.Column("entity_id", sa.String(length=64), nullable=False),
        sa.Column("party_id", types.Id, nullable=True),
        sa.Column("details", types.Document(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
    )
    op.create_index("ix_audit_log_actor_at", "audit_log", ["actor", "at"], unique=False)
    op.create_index(
        "ix_audit_log_entity_entity_id_at", "audit_log", ["entity", "entity_id", "at"], unique=False
    )
    op.create_table(
        "counter",
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
    )
    op.create_table(
        "import_job",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.Column("updated_at", types.Instant(), nullable=False),
        sa.Column("updated_by", sa.String(length=36), nullable=False),
        sa.Column("deleted_at", types.Instant(), nullable=True),
        sa.Column("ext", types.Document(), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("options", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("duplicates", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("error_bytes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_job")),
    )
    op.create_index("ix_import_job_digest", "import_job", ["digest"], unique=False)
    op.create_table(
        "party",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.Column("updated_at", types.Instant(), nullable=False),
        sa.Column("updated_by", sa.String(length=36), nullable=False),
        sa.Column("deleted_at", types.Instant(), nullable=True),
        sa.Column("ext", types.Document(), nullable=False),
        sa.Column("owner_id", sa.String(length=36), nullable=True),
        sa.Column("team_id", sa.String(length=36), nullable=True),
        sa.Column("unit_id", sa.String(length=36), nullable=True),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("display_name", sa.String(length=200), nullable=False),
        sa.Column("sort_name", sa.String(length=200), nullable=False),
        sa.Column("name_key", types.sorted_text(200), nullable=False),
        sa.Column("given_name", sa.String(length=100), nullable=False),
        sa.Column("family_name", sa.String(length=100), nullable=False),
        sa.Column("title", sa.String(length=50), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("tax_no", sa.String(length=50), nullable=False),
        sa.Column("industry", sa.String(length=100), nullable=False),
        sa.Column("customer_number", types.sorted_text(20), nullable=True),
        sa.Column("lifecycle", sa.String(length=20), nullable=False),
        sa.Column("tier", sa.String(24), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("timezone", sa.String(length=50), nullable=False),
        sa.Column("city", sa.String(length=100), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("source", sa.String(length=50), nullable=False),
        sa.Column("customer_since", types.Instant(), nullable=True),
        sa.Column("blocked_reason", sa.String(length=200), nullable=False),
        sa.Column("do_not_sell", sa.Boolean(), nullable=False),
        sa.Column("merged_into_id", types.Id, nullable=True),
        sa.ForeignKeyConstraint(
            ["merged_into_id"], ["party.id"], name=op.f("fk_party_merged_into_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party")),
    )
    op.create_index("ix_party_name_key", "party", ["name_key"], unique=False)
    op.create_index("ix_party_owner_id", "party", ["owner_id"], unique=False)
    op.create_index("uq_party_customer_number", "party", ["customer_number"], unique=True)
    op.create_table(
        "team",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.Column("updated_at", types.Instant(), nullable=False),
        sa.Column("updated_by", sa.String(length=36), nullable=False),
        sa.Column("deleted_at", types.Instant(), nullable=True),
        sa.Column("ext", types.Document(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("lead_id", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
    )
    op.create_table(
        "caller_hint",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.Column("updated_at", types.Instant(), nullable=False),
        sa.Column("updated_by", sa.String(length=36), nullable=False),
        sa.Column("deleted_at", types.Instant(), nullable=True),
        sa.Column("ext", types.Document(), nullable=False),
        sa.Column("norm", types.sorted_text(200), nullable=False),
        sa.Column("party_id", types.Id, nullable=False),
        sa.Column("source_type", sa.String(length=30), nullable=False),
        sa.Column("source_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_caller_hint_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_caller_hint")),
    )
    op.create_index("ix_caller_hint_norm", "caller_hint", ["norm"], unique=False)
    op.create_table(
        "case",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.Column("updated_at", types.Instant(), nullable=False),
        sa.Column("updated_by", sa.String(length=36), nullable=False),
        sa.Column("deleted_at", types.Instant(), nullable=True),
        sa.Column("ext", types.Document(), nullable=False),
        sa.Column("owner_id", sa.String(length=36), nullable=True),
        sa.Column("team_id", sa.String(length=36), nullable=True),
        sa.Column("unit_id", sa.String(length=36), nullable=True),
        sa.Column("number", types.sorted_text(20), nullable=False),
        sa.Column("party_id", types.Id, nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("priority", sa.String(24), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("queue", sa.String(length=64), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("order_id", types.Id, nullable=True),
        sa.Column("parent_id", types.Id, nullable=True),
        sa.Column("interaction_id", types.Id, nullable=True),
        sa.Column("state_since", types.Instant(), nullable=False),
        sa.Column("opened_at", types.Instant(), nullable=False),
        sa.Column("due_at", types.Instant(), nullable=True),
        sa.Column("closed_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_case_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case")),
    )
    op.create_index("ix_case_party_id_state", "case", ["party_id", "state"], unique=False)
    op.create_index(
        "ix_case_state_priority_due_at", "case", ["state", "priority", "due_at"], unique=False
    )
    op.create_index("uq_case_number", "case", ["number"], unique=True)
    op.create_table(
        "contact_point",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.Column("updated_at", types.Instant(), nullable=False),
        sa.Column("updated_by", sa.String(length=36), nullable=False),
        sa.Column("deleted_at", types.Instant(), nullable=True),
        sa.Column("ext", types.Document(), nullable=False),
        sa.Column("party_id", types.Id, nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("raw", sa.String(length=200), nullable=False),
        sa.Column("norm", types.sorted_text(200), nullable=False),
        sa.Column("national", types.sorted_text(20), nullable=False),
        sa.Column("extension", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=3), nullable=False),
        sa.Column("label", sa.String(length=30), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("verified_at", types.Instant(), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("consent_call", sa.Boolean(), nullable=False),
        sa.Column("consent_sms", sa.Boolean(), nullable=False),
        sa.Column("consent_mail", sa.Boolean(), nullable=False),
        sa.Column("consent_source", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_contact_point_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_point")),
    )
    op.create_index(
        "ix_contact_point_kind_norm",
        "contact_point",
        ["kind", "norm"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "ix_contact_point_national",
        "contact_point",
        ["national"],
        unique=False,
        sqlite_where=sa.text("kind = 'phone' AND deleted_at IS NULL"),
        postgresql_where=sa.text("kind = 'phone' AND deleted_at IS NULL"),
    )
    op.create_index(
        "uq_contact_point_party_id",
        "contact_point",
        ["party_id", "kind", "norm", "extension"],
        unique=True,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "interaction",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.Column("updated_at", types.Instant(), nullable=False),
        sa.Column("updated_by", sa.String(length=36), nullable=False),
        sa.Column("deleted_at", types.Instant(), nullable=True),
        sa.Column("ext", types.Document(), nullable=False),
        sa.Column("external_id", types.sorted_text(150), nullable=False),
        sa.Column("channel", sa.String(24), nullable=False),
        sa.Column("direction", sa.String(24), nullable=False),
        sa.Column("party_id", types.Id, nullable=True),
        sa.Column("case_id", types.Id, nullable=True),
        sa.Column("parent_id", types.Id, nullable=True),
        sa.Column("campaign_id", types.Id, nullable=True),
        sa.Column("queue", sa.String(length=64), nullable=False),
        sa.Column("agent_id", sa.String(length=36), nullable=False),
        sa.Column("ani", types.sorted_text(64), nullable=False),
        sa.Column("dnis", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("started_at", types.Instant(), nullable=False),
        sa.Column("queued_at", types.Instant(), nullable=True),
        sa.Column("answered_at", types.Instant(), nullable=True),
        sa.Column("ended_at", types.Instant(), nullable=True),
        sa.Column("waited", types.Span(), nullable=True),
        sa.Column("talked", types.Span(), nullable=True),
        sa.Column("held", types.Span(), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("cause", sa.String(length=60), nullable=False),
        sa.Column("disposition", sa.String(length=40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=True),
        sa.Column("ivr_path", types.Document(), nullable=True),
        sa.Column("inferred_reason", sa.String(length=60), nullable=False),
        sa.Column("decisions", types.Document(), nullable=True),
        sa.Column("recording_ref", sa.String(length=200), nullable=False),
        sa.Column("transcript_ref", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_interaction_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interaction")),
    )
    op.create_index(
        "ix_interaction_agent_id_started_at",
        "interaction",
        ["agent_id", "started_at"],
        unique=False,
    )
    op.create_index(
        "ix_interaction_ani_started_at", "interaction", ["ani", "started_at"], unique=False
    )
    op.create_index(
        "ix_interaction_open",
        "interaction",
        ["started_at"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_interaction_party_id_started_at",
        "interaction",
        ["party_id", "started_at"],
        unique=False,
    )
    op.create_index("uq_interaction_external_id", "interaction", ["external_id"], unique=True)
    op.create_table(
        "opportunity",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.Column("updated_at", types.Instant(), nullable=False),
        sa.Column("updated_by", sa.String(length=36), nullable=False),
        sa.Column("deleted_at", types.Instant(), nullable=True),
        sa.Column("ext", types.Document(), nullable=False),
        sa.Column("owner_id", sa.String(length=36), nullable=True),
        sa.Column("team_id", sa.String(length=36), nullable=True),
        sa.Column("unit_id", sa.String(length=36), nullable=True),
        sa.Column("party_id", types.Id, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("stage", sa.String(24), nullable=False),
        sa.Column("product", sa.String(length=200), nullable=False),
        sa.Column("amount", types.Amount(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("probability", sa.SmallInteger(), nullable=False),
        sa.Column("close_on", sa.Date(), nullable=True),
        sa.Column("lost_reason", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_opportunity_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opportunity")),
    )
    op.create_index(
        "ix_opportunity_party_id_stage", "opportunity", ["party_id", "stage"], unique=False
    )
    op.create_table(
        "party_relation",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.Column("updated_at", types.Instant(), nullable=False),
        sa.Column("updated_by", sa.String(length=36), nullable=False),
        sa.Column("deleted_at", types.Instant(), nullable=True),
        sa.Column("ext", types.Document(), nullable=False),
        sa.Column("from_id", types.Id, nullable=False),
        sa.Column("to_id", types.Id, nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("since", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["from_id"], ["party.id"], name=op.f("fk_party_relation_from_id")),
        sa.ForeignKeyConstraint(["to_id"], ["party.id"], name=op.f("fk_party_relation_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_relation")),
    )
    op.create_index("ix_party_relation_from_id", "party_relation", ["from_id"], unique=False)
    op.create_index("ix_party_relation_to_id", "party_relation", ["to_id"], unique=False)
    op.create_table(
        "party_role",
        sa.Column("party_id", types.Id, nullable=False),
        sa.Column("role", sa.String(24), nullable=False),
        sa.Column("since", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_party_role_party_id")),
        sa.PrimaryKeyConstraint("party_id", "role", name=op.f("pk_party_role")),
    )
    op.create_table(
        "party_secret",
        sa.Column("party_id", types.Id, nullable=False),
        sa.Column("pin_hash", sa.String(length=200), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", types.Instant(), nullable=True),
        sa.Column("updated_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_party_secret_party_id")),
        sa.PrimaryKeyConstraint("party_id", name=op.f("pk_party_secret")),
    )
    op.create_table(
        "sales_order",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.Column("updated_at", types.Instant(), nullable=False),
        sa.Column("updated_by", sa.String(length=36), nullable=False),
        sa.Column("deleted_at", types.Instant(), nullable=True),
        sa.Column("ext", types.Document(), nullable=False),
        sa.Column("owner_id", sa.String(length=36), nullable=True),
        sa.Column("team_id", sa.String(length=36), nullable=True),
        sa.Column("unit_id", sa.String(length=36), nullable=True),
        sa.Column("number", types.sorted_text(20), nullable=False),
        sa.Column("party_id", types.Id, nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("item", sa.String(length=200), nullable=False),
        sa.Column("placed_at", types.Instant(), nullable=False),
        sa.Column("expected_at", types.Instant(), nullable=True),
        sa.Column("delivered_at", types.Instant(), nullable=True),
        sa.Column("due_at", types.Instant(), nullable=True),
        sa.Column("paid_at", types.Instant(), nullable=True),
        sa.Column("total", types.Amount(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_sales_order_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_order")),
    )
    op.create_index(
        "ix_sales_order_party_id_placed_at", "sales_order", ["party_id", "placed_at"], unique=False
    )
    op.create_index("uq_sales_order_number", "sales_order", ["number"], unique=True)
    op.create_table(
        "search_doc",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("party_id", types.Id, nullable=False),
        sa.Column("tokens", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_search_doc_party_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_search_doc")),
        sa.UniqueConstraint("party_id", name=op.f("uq_search_doc_party_id")),
    )
    op.create_table(
        "task",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.Column("updated_at", types.Instant(), nullable=False),
        sa.Column("updated_by", sa.String(length=36), nullable=False),
        sa.Column("deleted_at", types.Instant(), nullable=True),
        sa.Column("ext", types.Document(), nullable=False),
        sa.Column("owner_id", sa.String(length=36), nullable=True),
        sa.Column("team_id", sa.String(length=36), nullable=True),
        sa.Column("unit_id", sa.String(length=36), nullable=True),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("due_at", types.Instant(), nullable=False),
        sa.Column("assignee_id", sa.String(length=36), nullable=True),
        sa.Column("queue", sa.String(length=64), nullable=False),
        sa.Column("party_id", types.Id, nullable=True),
        sa.Column("case_id", types.Id, nullable=True),
        sa.Column("interaction_id", types.Id, nullable=True),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("done_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_task_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    op.create_index(
        "ix_task_assignee_id_state_due_at", "task", ["assignee_id", "state", "due_at"], unique=False
    )
    op.create_index("ix_task_party_id_state", "task", ["party_id", "state"], unique=False)
    op.create_index("ix_task_state_due_at", "task", ["state", "due_at"], unique=False)
    op.create_table(
        "timeline_event",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("party_id", types.Id, nullable=False),
        sa.Column("occurred_at", types.Instant(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject_type", sa.String(length=30), nullable=False),
        sa.Column("subject_id", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.String(length=36), nullable=False),
        sa.Column("summary", sa.String(length=500), nullable=False),
        sa.Column("payload", types.Document(), nullable=False),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_timeline_event_party_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timeline_event")),
    )
    op.create_index(
        "ix_timeline_event_party_id_occurred_at_id",
        "timeline_event",
        ["party_id", "occurred_at", "id"],
        unique=False,
    )
    op.create_index("ix_timeline_event_subject_id", "timeline_event", ["subject_id"], unique=False)
    op.create_table(
        "user",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.Column("updated_at", types.Instant(), nullable=False),
        sa.Column("updated_by", sa.String(length=36), nullable=False),
        sa.Column("deleted_at", types.Instant(), nullable=True),
        sa.Column("ext", types.Document(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("roles", types.Document(), nullable=False),
        sa.Column("team_id", sa.String(length=36), nullable=True),
        sa.Column("skills", types.Document(), nullable=False),
        sa.Column("queues", types.Document(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("theme", sa.String(length=10), nullable=False),
        sa.Column("phone", sa.String(length=10), nullable=False),
        sa.Column("preferences", types.Document(), nullable=False),
        sa.Column("password_hash", sa.String(length=300), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_user_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
    )
    op.create_table(
        "sales_order_line",
        sa.Column("order_id", types.Id, nullable=False),
        sa.Column("line", sa.SmallInteger(), nullable=False),
        sa.Column("sku", sa.String(length=40), nullable=False),
        sa.Column("item", sa.String(length=200), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("price", types.Amount(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_sales_order_line_order_id")
        ),
        sa.PrimaryKeyConstraint("order_id", "line", name=op.f("pk_sales_order_line")),
    )
    op.create_table(
        "segment",
        sa.Column("interaction_id", types.Id, nullable=False),
        sa.Column("seq", sa.SmallInteger(), nullable=False),
        sa.Column("agent_id", sa.String(length=36), nullable=False),
        sa.Column("queue", sa.String(length=64), nullable=False),
        sa.Column("offered_at", types.Instant(), nullable=True),
        sa.Column("answered_at", types.Instant(), nullable=True),
        sa.Column("ended_at", types.Instant(), nullable=True),
        sa.Column("talked", types.Span(), nullable=True),
        sa.Column("held", types.Span(), nullable=True),
        sa.Column("wrapped", types.Span(), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["interaction_id"], ["interaction.id"], name=op.f("fk_segment_interaction_id")
        ),
        sa.PrimaryKeyConstraint("interaction_id", "seq", name=op.f("pk_segment")),
    )
    op.create_index(
        "ix_segment_agent_id_offered_at", "segment", ["agent_id", "offered_at"], unique=False
    )
    op.bulk_insert(
        sa.table("counter", sa.column("name"), sa.column("value")),
        [{"name": name, "value": first} for name, first in COUNTERS.items()],
    )
    for statement in FTS if op.get_bind().dialect.name == "sqlite" else (TSV,):
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_fts")
    for name in TABLES:
        op.drop_table(name)

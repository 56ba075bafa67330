"""Drafts of after-call forms, and the way from a contact to what was promised in it."""

import sqlalchemy as sa
from alembic import op

from crm_core.storage.types import Document, Instant, sorted_text

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_draft",
        sa.Column("external_id", sorted_text(150), nullable=False),
        sa.Column("agent_id", sa.String(36), nullable=False),
        sa.Column("form", Document(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("external_id", name=op.f("pk_call_draft")),
    )
    op.create_index("ix_call_draft_agent_id", "call_draft", ["agent_id"])
    op.create_index("ix_task_interaction_id", "task", ["interaction_id"])


def downgrade() -> None:
    op.drop_index("ix_task_interaction_id", table_name="task")
    op.drop_index("ix_call_draft_agent_id", table_name="call_draft")
    op.drop_table("call_draft")

"""Indexes that SQLite chooses without statistics, which no base in use has.

Of two indexes that fit, it then prefers the one with more columns compared: the national number
lost to (kind, norm) with the kind alone, a party's open tasks to (state, due_at) with the state.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

LIVE = sa.text("deleted_at IS NULL")
LIVE_PHONE = sa.text("kind = 'phone' AND deleted_at IS NULL")


def upgrade() -> None:
    op.drop_index("ix_contact_point_national", table_name="contact_point")
    op.create_index(
        "ix_contact_point_kind_national",
        "contact_point",
        ["kind", "national"],
        unique=False,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.drop_index("ix_task_party_id_state", table_name="task")
    op.create_index(
        "ix_task_party_id_state_due_at", "task", ["party_id", "state", "due_at"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_task_party_id_state_due_at", table_name="task")
    op.create_index("ix_task_party_id_state", "task", ["party_id", "state"], unique=False)
    op.drop_index("ix_contact_point_kind_national", table_name="contact_point")
    op.create_index(
        "ix_contact_point_national",
        "contact_point",
        ["national"],
        unique=False,
        sqlite_where=LIVE_PHONE,
        postgresql_where=LIVE_PHONE,
    )

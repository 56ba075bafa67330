"""When a user was unlocked: since then her wrong passwords count anew."""

import sqlalchemy as sa
from alembic import op

from crm_core.storage.types import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user", sa.Column("unlocked_at", Instant(), nullable=True))


def downgrade() -> None:
    op.drop_column("user", "unlocked_at")

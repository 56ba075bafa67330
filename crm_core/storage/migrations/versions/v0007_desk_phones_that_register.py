"""What a user's desk phone proves itself with: the digest of its user, realm and secret."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user", sa.Column("sip_digest", sa.String(length=32), nullable=True))


def downgrade() -> None:
    op.drop_column("user", "sip_digest")

"""Names under keys that joints, umlauts and letters' codes do not part; numbers by their ends.

Every party's key and index text are written anew, and the words that a mistyped one may mean are
gathered. The function that does it is that of the program: a later change of the keys comes with
a step of its own, which would write them anew anyway.
"""

import sqlalchemy as sa
from alembic import op

from crm_core.storage import types
from crm_core.storage.search_index import refold

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_near",
        sa.Column("key", types.sorted_text(40), nullable=False),
        sa.Column("word", types.sorted_text(40), nullable=False),
        sa.PrimaryKeyConstraint("key", "word", name=op.f("pk_search_near")),
        sqlite_with_rowid=False,
    )
    refold(op.get_bind())


def downgrade() -> None:
    op.drop_table("search_near")

"""What an import made and changed, so that it can be undone; languages as whole BCP 47 tags."""

import sqlalchemy as sa
from alembic import op

from crm_core.storage import types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in ("updated", "notes"):
        op.add_column(
            "import_job", sa.Column(column, sa.Integer(), nullable=False, server_default="0")
        )
    op.create_table(
        "import_entry",
        sa.Column("job_id", types.Id, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("party_id", types.Id, nullable=False),
        sa.Column("made", sa.Boolean(), nullable=False),
        sa.Column("changes", types.Document(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["import_job.id"], name=op.f("fk_import_entry_job_id")),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_import_entry_party_id")),
        sa.PrimaryKeyConstraint("job_id", "line", name=op.f("pk_import_entry")),
    )
    op.create_index("ix_import_entry_party_id", "import_entry", ["party_id"])
    _language(8, 35)


def downgrade() -> None:
    _language(35, 8)
    op.drop_index("ix_import_entry_party_id", table_name="import_entry")
    op.drop_table("import_entry")
    for column in ("notes", "updated"):
        op.drop_column("import_job", column)


def _language(before: int, after: int) -> None:
    """Change how long a customer's language may be.

    SQLite does not look at the length of a text, so its table is not copied but renamed in words
    (https://sqlite.org/lang_altertable.html, section 7, the simpler procedure).
    """
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.alter_column("party", "language", type_=sa.String(after), existing_nullable=False)
        return
    version = connection.execute(sa.text("PRAGMA schema_version")).scalar_one()
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    connection.execute(
        sa.text(
            "UPDATE sqlite_schema SET sql = replace(sql, :before, :after)"
            " WHERE type = 'table' AND name = 'party'"
        ),
        {"before": f"language VARCHAR({before})", "after": f"language VARCHAR({after})"},
    )
    connection.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(sa.text("PRAGMA writable_schema = OFF"))

"""Alembic's entry: the caller hands over an open connection, so both databases run the same."""

from alembic import context

from crm_core.storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()

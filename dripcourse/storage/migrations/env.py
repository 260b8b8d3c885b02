"""Alembic's entry: runs on the connection that storage/schema.py hands over, never on one of its own."""

from alembic import context

from dripcourse.storage.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=False,
    transaction_per_migration=False,
)
context.run_migrations()

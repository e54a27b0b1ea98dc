"""Alembic's entry: migrates the tables of monitor on the connection it is handed. It is run by `monitor.storage.schema`."""

from alembic import context
from sqlmodel import SQLModel

from monitor.storage import tables  # noqa: F401  (fills the metadata)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    version_table="alembic_version_monitor",
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()

"""Alembic's entry: migrates over the connection that it is handed (`config.attributes["connection"]`), nothing else."""

from __future__ import annotations

from alembic import context

from alerts.storage.tables import AlertsTable


def migrate() -> None:
    """Run what is due on the connection, inside the caller's transaction."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=AlertsTable.metadata,
        version_table="alembic_version_alerts",
        render_as_batch=True,
        include_name=lambda name, kind, _parents: kind != "table" or name in AlertsTable.metadata.tables,
    )
    with context.begin_transaction():
        context.run_migrations()


migrate()

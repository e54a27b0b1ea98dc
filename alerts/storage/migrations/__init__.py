"""Alembic migrations of the alerts' tables: append-only, run by the front door."""

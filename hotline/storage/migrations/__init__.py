"""Alembic migrations of the hotline's tables: append-only, run by the front door."""

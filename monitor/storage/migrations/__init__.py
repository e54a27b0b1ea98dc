"""Migrations of monitor's tables, append-only."""

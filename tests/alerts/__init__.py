"""Alerts: whom they reach, when and why."""

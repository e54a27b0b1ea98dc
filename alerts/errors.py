"""What can be wrong with what an operator wrote."""

from __future__ import annotations


class AlertsError(Exception):
    """Root of this package's errors; the message is a sentence for the operator."""


class RuleBookError(AlertsError):
    """`alerts.toml` cannot be used; the message names the place, the value and how to mend it."""

"""What can be wrong with a database for good; a passing trouble is a `monitor.runtime.journal.TransientStoreError`."""

from __future__ import annotations


class DatabaseError(Exception):
    """The database cannot be used as it is configured; the message is one line that says what to do."""

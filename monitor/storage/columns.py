"""Column types that both databases keep alike. UTC is enforced here, by type: a naive time cannot be stored.

A time is stored as whole microseconds since 1970-01-01 UTC in a BIGINT: exact, ordered and the same on SQLite (which drops
time zones) and PostgreSQL.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def to_micros(instant: datetime) -> int:
    """Return `instant` as microseconds since the epoch.

    Raises:
        ValueError: when `instant` is naive.
    """
    if instant.tzinfo is None:
        message = f"naive time {instant.isoformat()}: times are stored as aware UTC"
        raise ValueError(message)
    return (instant - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the aware UTC instant that `to_micros` made `micros` of."""
    return _EPOCH + timedelta(microseconds=micros)


class UtcInstant(TypeDecorator[datetime]):
    """An aware UTC instant as a BIGINT of microseconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002  (SQLAlchemy's signature)
        """Store."""
        return None if value is None else to_micros(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ANN401, ARG002
        """Read."""
        return None if value is None else from_micros(value)

"""Pure. Instants as whole microseconds since 1970 (UTC): exact to compare, to store as JSON, and to replay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 86_400 * SECOND

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(at: datetime) -> int:
    """Microseconds since 1970 of an aware instant. Raises TypeError for a naive one."""
    return (at - _EPOCH) // _MICROSECOND


def to_datetime(micros: int) -> datetime:
    """The instant, in UTC, that lies `micros` microseconds after 1970."""
    return _EPOCH + timedelta(microseconds=micros)

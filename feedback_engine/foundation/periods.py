"""Pure. The periods that pages count: so many whole days (UTC), of which the last is under way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

PERIODS = (30, 90, 365)
"""The days among which a reader chooses."""
USUAL_DAYS = 90


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def from_at(self) -> datetime:
        """Its first instant."""
        return datetime.combine(self.first, time.min, UTC)

    @property
    def to_at(self) -> datetime:
        """The first instant after it."""
        return datetime.combine(self.last + timedelta(days=1), time.min, UTC)


def last_days(now: datetime, days: int = USUAL_DAYS) -> Period:
    """The last `days` days, that of `now` included."""
    last = now.astimezone(UTC).date()
    return Period(last - timedelta(days=days - 1), last)


def chosen_days(text: str | None) -> int:
    """The days that a reader chose in an address, the usual ones where they are none of those offered."""
    return int(text) if text in {str(days) for days in PERIODS} else USUAL_DAYS

"""Pure. The periods that pages count: whole days, of UTC where they are the last ones, or those of a quarter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

PERIODS = (30, 90, 365)
"""The days among which a reader chooses."""
USUAL_DAYS = 90
LAST_QUARTER = "last-quarter"
"""What an address calls the calendar quarter before this one."""


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `first` to `last`, both included, as they begin and end in `zone`."""

    first: date
    last: date
    zone: tzinfo = UTC

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def from_at(self) -> datetime:
        """Its first instant."""
        return self._midnight(self.first)

    @property
    def to_at(self) -> datetime:
        """The first instant after it."""
        return self._midnight(self.last + timedelta(days=1))

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, self.zone).astimezone(UTC)


def last_days(now: datetime, days: int = USUAL_DAYS) -> Period:
    """The last `days` days, that of `now` included."""
    last = now.astimezone(UTC).date()
    return Period(last - timedelta(days=days - 1), last)


def last_quarter(now: datetime, zone: tzinfo) -> Period:
    """The calendar quarter before the one of `now`, where clocks show the time of `zone`."""
    today = now.astimezone(zone).date()
    last = date(today.year, today.month - (today.month - 1) % 3, 1) - timedelta(days=1)
    return Period(date(last.year, last.month - 2, 1), last, zone)


def chosen_days(text: str | None) -> int:
    """The days that a reader chose in an address, the usual ones where they are none of those offered."""
    return int(text) if text in {str(days) for days in PERIODS} else USUAL_DAYS


def chosen_period(text: str | None, now: datetime, zone: tzinfo) -> tuple[int | str, Period]:
    """What a reader chose among the periods, and its days: those of a quarter begin and end where they are (`zone`)."""
    if text == LAST_QUARTER:
        return text, last_quarter(now, zone)
    days = chosen_days(text)
    return days, last_days(now, days)

"""Pure. Time that passes only while a calendar is at work: due times, and the hours left until them.

A working day is a pair of instants in UTC, made from the wall clock of the calendar's zone on that day. All sums are
done on those instants, so a night in which the clocks change is exactly as long as it really was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from feedback_engine.foundation.errors import Invalid

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_A_DAY = 24 * 60

# A calendar whose next working hour is further away than this is a mistake in its holidays, not a long holiday.
LONGEST_REST_DAYS = 400


@dataclass(frozen=True, slots=True)
class Hours:
    """From and until, in minutes after local midnight; `until` may be 1440, the midnight that ends the day."""

    start: int
    until: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.until <= MINUTES_A_DAY:
            raise Invalid("Working hours must start before they end, on one day: for example 09:00-17:00.")


@dataclass(frozen=True, slots=True)
class Calendar:
    """A zone by name, the hours of each weekday (0 = Monday; absent = no work) and the dates without work."""

    time_zone: str
    week: Mapping[int, Hours]
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if not self.week:
            raise Invalid("A calendar needs working hours on at least one weekday.")


ALWAYS = Calendar("UTC", {weekday: Hours(0, MINUTES_A_DAY) for weekday in range(7)})
"""Every hour of every day, for an installation that has published no calendar."""


def add_hours(calendar: Calendar, start: datetime, hours: float) -> datetime:
    """The first instant (UTC) at which `hours` of working time have passed since `start`; `start` itself for 0.

    Raises Invalid for negative hours, and for a calendar that rests longer than LONGEST_REST_DAYS.
    """
    return add_time(calendar, start, timedelta(hours=hours))


def add_time(calendar: Calendar, start: datetime, left: timedelta) -> datetime:
    """`add_hours`, for working time that was measured rather than agreed."""
    if left < timedelta():
        raise Invalid("Working hours can only be added, not taken away.")
    if not left:
        return start.astimezone(UTC)
    rested = 0
    for opens, closes in _spans(calendar, start):
        rested = 0 if opens < closes else rested + 1
        if rested > LONGEST_REST_DAYS:
            raise _no_work(calendar)
        if closes - opens >= left:
            return opens + left
        left -= closes - opens
    raise Invalid("The due time lies beyond the last day of the calendar.")


def working_time(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """Working time from `start` to `end`; negative when `end` comes first."""
    if end < start:
        return -working_time(calendar, end, start)
    total = timedelta()
    for opens, closes in _spans(calendar, start):
        if opens >= end:
            break
        total += min(closes, end) - opens
    return total


def is_working(calendar: Calendar, at: datetime) -> bool:
    """Whether a calendar is at work at an instant."""
    opens, closes = next(_spans(calendar, at), (at, at))
    return opens == at < closes


def hours_between(calendar: Calendar, start: datetime, end: datetime) -> float:
    """Working hours from `start` to `end`; negative when `end` comes first."""
    return working_time(calendar, start, end) / timedelta(hours=1)


def end_of_work(calendar: Calendar, day: date) -> datetime:
    """When work ends on a day of the calendar's zone, as an instant in UTC; on a day without work, that of the next.

    Raises Invalid for a calendar that rests longer than LONGEST_REST_DAYS.
    """
    zone = ZoneInfo(calendar.time_zone)
    for rested, (opens, closes) in enumerate(_spans(calendar, _instant(zone, day, 0))):
        if opens < closes:
            return closes
        if rested > LONGEST_REST_DAYS:
            break
    raise _no_work(calendar)


def _no_work(calendar: Calendar) -> Invalid:
    return Invalid(f"The calendar in {calendar.time_zone} has no working hour within {LONGEST_REST_DAYS} days.")


def _spans(calendar: Calendar, start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """What is left of each local day from `start` on, as UTC instants; a day of rest is an empty span.

    Successive spans never overlap, because hours end at the day's own midnight at the latest.
    """
    zone = ZoneInfo(calendar.time_zone)
    start = start.astimezone(UTC)
    day = start.astimezone(zone).date()
    while day < date.max:
        hours = calendar.week.get(day.weekday())
        if hours is None or day in calendar.holidays:
            opens = closes = max(start, _instant(zone, day, 0))
        else:
            opens = max(start, _instant(zone, day, hours.start))
            # Hours that lie wholly inside the hour a spring night skips do not exist on that day.
            closes = max(opens, _instant(zone, day, hours.until))
        yield opens, closes
        day += timedelta(days=1)


def _instant(zone: ZoneInfo, day: date, minutes: int) -> datetime:
    """When the wall clock of `zone` shows `minutes` after midnight of `day`; the first time, if it does so twice."""
    if minutes == MINUTES_A_DAY:
        day, minutes = day + timedelta(days=1), 0
    return datetime.combine(day, time(minutes // 60, minutes % 60), zone).astimezone(UTC)

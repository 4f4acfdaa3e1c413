"""Pure. The clock of a case: what it counts down to, what is due when, and what a pause does to it.

A case has two targets, first contact and settlement, which start together; the clock shows the first until it is met,
then the second. At 75 % of a target's working time its owner is warned; once it is missed, the levels of escalation
follow. These are the rungs of a clock, numbered from 1, the warning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from alerts.clocks.business_time import Calendar, add_hours, add_time, working_time

WARN_SHARE = 0.75
WARNING = 1
"""The rung of the warning; rung 2 is the first level of escalation."""


@dataclass(frozen=True, slots=True)
class Target:
    """When a target is missed, and when its owner is warned of it."""

    warn_at: datetime
    due_at: datetime


class Counted(Protocol):
    """A case, with its due times and when its partner was reached."""

    @property
    def due_at(self) -> datetime: ...

    @property
    def contact_due_at(self) -> datetime: ...

    @property
    def resolve_due_at(self) -> datetime: ...

    @property
    def contacted_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Clock:
    """The target that counts now, and the rung that was reached on it (0: none)."""

    target: Target
    rung: int = 0


def start(calendar: Calendar, at: datetime, hours: float) -> Target:
    """A target of `hours` working hours that begins at `at`."""
    return Target(add_hours(calendar, at, hours * WARN_SHARE), add_hours(calendar, at, hours))


def resumed(calendar: Calendar, target: Target, paused_at: datetime, at: datetime) -> Target:
    """The target after a pause: the working time that was left is left. What was past by then stays past."""
    return replace(
        target,
        warn_at=_shifted(calendar, target.warn_at, paused_at, at),
        due_at=_shifted(calendar, target.due_at, paused_at, at),
    )


def rungs(calendar: Calendar, target: Target, level_hours: Sequence[float]) -> list[datetime]:
    """When each rung of a clock is due: the warning, then each level so many working hours after the target."""
    return [target.warn_at, *(add_hours(calendar, target.due_at, hours) for hours in level_hours)]


def due_rung(due: Sequence[datetime], reached: int, now: datetime) -> int | None:
    """The rung that is due now: the highest one, once, however many passed unseen; None when nothing new is due."""
    highest = sum(instant <= now for instant in due)
    return highest if highest > reached else None


def next_instant(due: Sequence[datetime], reached: int) -> datetime | None:
    """When the clock has to be looked at again; None after the last rung."""
    return due[reached] if reached < len(due) else None


def awaits_contact(case: Counted) -> bool:
    """Whether the clock of a case runs until somebody talks with the partner; else it runs until the case is settled.

    It runs until it is settled, too, where that is due before the contact is, as a merge or a split may have it.
    """
    return case.due_at != case.resolve_due_at or (
        case.contacted_at is None and case.contact_due_at <= case.resolve_due_at
    )


def morning(now: datetime, zone: str, days: int = 1, hour: int = 9) -> datetime:
    """`hour` o'clock in `zone` on the day `days` after today there, as an instant in UTC."""
    return morning_of(now.astimezone(ZoneInfo(zone)).date() + timedelta(days=days), zone, hour)


def morning_of(day: date, zone: str, hour: int = 9) -> datetime:
    """`hour` o'clock in `zone` on a day, as an instant in UTC."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _shifted(calendar: Calendar, instant: datetime, paused_at: datetime, at: datetime) -> datetime:
    if instant <= paused_at:
        return instant
    return add_time(calendar, at, working_time(calendar, paused_at, instant))

"""Pure. What an absence means, in words for whoever entered it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from feedback_engine.directory.views import AbsenceView, DeputyView
from feedback_engine.foundation.i18n import format_date, gettext


def away_words(absence: AbsenceView | None, deputy: DeputyView | None, zone: str, now: datetime) -> str:
    """From when to when its reader is away and who stands in, or why the deputy cannot; or that they are not away."""
    if absence is None or deputy is None:
        return gettext("You have entered no absence: new cases still come to you.")
    named = {"away": _days_away(absence, zone, now), "name": deputy.staff.name}
    if deputy.hindered == "gone":
        return gettext("{away}. {name}, your deputy, can take no cases any more: choose somebody else.", **named)
    if deputy.hindered == "away":
        return gettext("{away}. {name}, your deputy, is away in that time, too: choose somebody else.", **named)
    return gettext("{away}; {name} receives your new cases.", **named)


def _days_away(absence: AbsenceView, zone: str, now: datetime) -> str:
    first, last = (format_date(day) for day in first_and_last(absence, zone))
    if first == last:
        told = gettext("You will be away on {day}") if absence.from_at > now else gettext("You are away on {day}")
        return told.format(day=first)
    if absence.from_at > now:
        return gettext("You will be away from {first} to {last}", first=first, last=last)
    return gettext("You are away from {first} to {last}", first=first, last=last)


def days_words(from_at: datetime, until_at: datetime, zone: str) -> str:
    """The days of a time in the reader's zone: 9 Mar 2026, or from 10 Mar 2026 to 12 Mar 2026."""
    first, last = (format_date(day) for day in _days_of(from_at, until_at, zone))
    return first if first == last else gettext("from {first} to {last}", first=first, last=last)


def first_and_last(absence: AbsenceView, zone: str) -> tuple[date, date]:
    """The first and the last day away, in the reader's zone."""
    return _days_of(absence.from_at, absence.until_at, zone)


def _days_of(from_at: datetime, until_at: datetime, zone: str) -> tuple[date, date]:
    first = from_at.astimezone(ZoneInfo(zone)).date()
    return first, (until_at - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date()


def period_away(first: date, last: date, zone: str) -> tuple[datetime, datetime]:
    """From the beginning of the first day to the end of the last, in this zone."""
    begins, ends = (datetime.combine(day, time(), ZoneInfo(zone)) for day in (first, last + timedelta(days=1)))
    return begins, ends

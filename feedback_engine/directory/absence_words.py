"""Pure. What an absence means, in words for whoever entered it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from feedback_engine.directory.views import AbsenceView
from feedback_engine.foundation.i18n import format_date, gettext


def away_words(absence: AbsenceView | None, deputy: str, zone: str, now: datetime) -> str:
    """From when to when its reader is away and who (`deputy`, a name) stands in; or that they are not away."""
    if absence is None:
        return gettext("You have entered no absence: new cases still come to you.")
    first, last = (format_date(day) for day in first_and_last(absence, zone))
    days = {"first": first, "last": last, "name": deputy}
    if absence.from_at > now:
        return gettext("You will be away from {first} to {last}; {name} receives your new cases.", **days)
    return gettext("You are away from {first} to {last}; {name} receives your new cases.", **days)


def first_and_last(absence: AbsenceView, zone: str) -> tuple[date, date]:
    """The first and the last day away, in the reader's zone."""
    first = absence.from_at.astimezone(ZoneInfo(zone)).date()
    return first, (absence.until_at - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date()

"""By when something is due, in the words of what is told of it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from alerts.views import CaseView
from feedback_engine.foundation.i18n import city_of, format_datetime, format_time, gettext


def due_for(case: CaseView, zone: str) -> str:
    """By when, in the zone of the reader, and in the partner's where the hour differs."""
    due = format_datetime(case.due_at, zone, style="weekday")
    there = case.partner_zone
    if there and ZoneInfo(there).utcoffset(case.due_at) != ZoneInfo(zone).utcoffset(case.due_at):
        time = format_time(case.due_at, there)
        return gettext("{due} your time, {time} in {place}", due=due, time=time, place=city_of(there))
    return due


def due_line(case: CaseView, zone: str) -> str:
    """What has to be done, and by when."""
    by = gettext("Contact by") if case.awaits_contact else gettext("Settle by")
    return f"{by}: {due_for(case, zone)}"

"""By when something is due, in the words of what is told of it."""

from __future__ import annotations

from datetime import datetime

from alerts.clocks import words as clock_words
from alerts.settling.flow import ESCALATION, MEDIATION
from alerts.views import CaseView
from feedback_engine.foundation.i18n import city_of, format_datetime, gettext


def due_for(case: CaseView, zone: str) -> str:
    """By when, in the zone of the reader, and in the partner's where the hour differs."""
    return both_clocks(case, case.due_at, zone)


def both_clocks(case: CaseView, at: datetime, zone: str) -> str:
    """An instant in the zone of the reader, and in the partner's where the hour differs."""
    due = format_datetime(at, zone, style="weekday")
    there = clock_words.there(at, zone, case.partner_zone)
    if there:
        return gettext("{due} your time, {time} in {place}", due=due, time=there, place=city_of(case.partner_zone))
    return due


def due_line(case: CaseView, zone: str) -> str:
    """What has to be done, and by when."""
    by = gettext("Settle by")
    if case.awaits_contact:
        whose = {MEDIATION: gettext("Mediator’s call by"), ESCALATION: gettext("Escalation contact’s call by")}
        by = whose[case.ladder_rung] if case.is_brought else gettext("Contact by")
    return f"{by}: {due_for(case, zone)}"

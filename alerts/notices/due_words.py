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
    return f"{due_label(case)}: {due_for(case, zone)}"


def due_label(case: CaseView) -> str:
    """What has to be done by then, and whose it is where that is not the owner’s."""
    if case.kind == "thanks":
        return gettext("Thank by")
    if not case.awaits_contact:
        return gettext("Settle by")
    if not case.is_brought:
        return gettext("Contact by")
    whose = {MEDIATION: gettext("Mediator’s call by"), ESCALATION: gettext("Escalation contact’s call by")}
    return whose[case.ladder_rung]

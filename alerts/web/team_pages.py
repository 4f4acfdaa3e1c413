"""The manager's view: `/team` and `GET /case-figures`; of the cases that the reader may see."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request

from alerts import published, words
from alerts import reading as cases
from alerts.clocks.service_levels import DEFAULT_LEVELS
from alerts.figures import pareto_chart
from alerts.figures.durations import Quantile
from alerts.figures.reading import document, team_view
from alerts.reading import EVERYTHING, CaseView
from alerts.settling.flow import UNSETTLED
from alerts.terms import Kind
from alerts.web.showing import places_words, with_clocks
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Fault, Invalid
from feedback_engine.foundation.i18n import format_number, gettext, ngettext
from feedback_engine.foundation.instants import parse_instant, words_of
from feedback_engine.foundation.periods import LAST_QUARTER, PERIODS, chosen_period, last_days
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import SIGNED_IN, allow, current_staff, scope
from feedback_engine.foundation.web.figures import FEW_ANSWERS

KINDS_IN_TIME: tuple[Kind, ...] = ("recovery", "callback")
"""Thank-yous are not counted on the page: a late one breaks no promise."""
MOST_DENIED = 10
LONGEST_PERIOD = timedelta(days=5 * 365)
_FRAMES = (("at-desk", pareto_chart.DESK), ("on-phone", pareto_chart.PHONE))


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the page to the blueprint."""

    @pages.get("/team")
    @allow(SIGNED_IN)
    def show_team() -> str:
        asked = request.args.get("days")
        with engine.work.read() as reading:
            days, period = chosen_period(asked, reading.now, ZoneInfo(current_staff().time_zone))
            view = team_view(reading, current_staff(), period.from_at, period.to_at)
            causes = cases.root_causes(reading)
            alerts, now = published.in_force(reading), reading.now
        drawn = ((name, pareto_chart.place(view.whole.causes, frame)) for name, frame in _FRAMES)
        return render_template(
            "alerts/team.html",
            view=view,
            targets=targets_words(alerts),
            hours_in=places_words(view.hours_zones, current_staff().time_zone, now),
            days=days,
            period=period,
            periods=PERIODS,
            last_quarter=LAST_QUARTER,
            charts=[(name, chart) for name, chart in drawn if chart is not None],
            cause_names={key: cause.name for key, cause in causes.items()},
            hours_words=hours_words,
            hours_notes=hours_notes,
            few_answers=FEW_ANSWERS,
            most_denied=MOST_DENIED,
            denied_words=denied_words,
            oldest=with_clocks(view.oldest, current_staff().time_zone),
        )


def add_to_api(endpoints: Blueprint, engine: Engine) -> None:
    """Add the endpoint to the blueprint."""

    @endpoints.get("/case-figures")
    @allow(scope("cases:read"), reads=("from", "to"))
    def get_case_figures() -> dict[str, Any]:
        with engine.work.read() as reading:
            return document(team_view(reading, EVERYTHING, *period_of(reading, request.args)))


def period_of(reading: Reading, given: Mapping[str, str]) -> tuple[datetime, datetime]:
    """From and to; without them the last 90 days, as pages count. Raises Invalid with a pointer to what cannot be read.

    A period is a few years at most: each of its weeks is a step for charts and for trials of rules.
    """
    found: dict[str, datetime] = {}
    for name in ("from", "to"):
        try:
            if given.get(name):
                found[name] = parse_instant(given[name])
        except ValueError as error:
            told = words_of(error, gettext("Write a time with its zone, like 2026-03-01T08:00:00Z."))
            raise Invalid(told, [Fault(f"/{name}", told)]) from None
    to_at = found.get("to", reading.now)
    from_at = found.get("from", last_days(to_at).from_at)
    if from_at >= to_at:
        told = gettext("The period has to begin before it ends.")
        raise Invalid(told, [Fault("/from", told)])
    if to_at - from_at > LONGEST_PERIOD:
        told = gettext("Choose a period of at most {n} years.", n=LONGEST_PERIOD.days // 365)
        raise Invalid(told, [Fault("/from", told)])
    return from_at, to_at


def targets_words(alerts: published.Published | None) -> list[str]:
    """The hours behind "in time", a sentence for each kind of case that is counted; none without a program."""
    if alerts is None:
        return []
    levels = {kind: alerts.program.service_levels.get(kind, DEFAULT_LEVELS[kind]) for kind in KINDS_IN_TIME}
    told = [
        gettext(
            "{kind}: first contact within {contact} working hours, settled within {settle}.",
            kind=words.kind(kind),
            contact=format_number(level.first_contact_hours),
            settle=format_number(level.resolve_hours),
        )
        for kind, level in levels.items()
    ]
    if any(level.special for level in levels.values()):
        told.append(gettext("Some severities or tiers have hours of their own."))
    return told


def denied_words(case: CaseView) -> str:
    """What became of a case of which its partner said partly or no."""
    if not case.is_open and case.settlement in UNSETTLED:
        return gettext("another case takes it up")
    return gettext("open again") if case.is_open else gettext("closed anew")


def hours_words(found: Quantile) -> str:
    """A time as it is read: 5.2 h; words where it is not known yet."""
    if found.value is None:
        return gettext("none yet") if not found.n else gettext("not known yet")
    return gettext("{n} h", n=format_number(found.value, digits=1))


def hours_notes(found: Quantile, *, few: bool = True) -> list[str]:
    """n, how many of them are still open, the interval, and (`few`) whether they are few."""
    if not found.n:
        return []
    still = found.n - found.ended
    told = [gettext("n = {n}", n=format_number(found.n))]
    told += [ngettext("{n} still open", "{n} still open", still)] if still else []
    if found.value is not None:
        told.append(_interval(found))
    return [*told, gettext("few cases")] if few and found.n < FEW_ANSWERS else told


def _interval(found: Quantile) -> str:
    low, high = (None if end is None else format_number(end, digits=1) for end in (found.low, found.high))
    if low is not None and high is not None:
        return gettext("{low} to {high} h", low=low, high=high)
    if low is not None:
        return gettext("{low} h or more", low=low)
    return gettext("at most {high} h", high=high) if high is not None else gettext("interval not known yet")

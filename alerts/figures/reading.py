"""Reads the manager's view: the cases of a period that the reader may see, measured in working hours, team by team."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from alerts import published, store_past
from alerts.clocks import rests
from alerts.clocks.business_time import ALWAYS, Calendar, working_time
from alerts.clocks.misses import misses_of
from alerts.figures import closings, store
from alerts.figures.casework import CaseFigures, CaseLine, figures_of
from alerts.figures.durations import Quantile
from alerts.figures.loops import Loops, loops_closed
from alerts.models import ENTRY_KINDS
from alerts.regrouping import home_store
from alerts.settling import store as settling_store
from alerts.store import CaseRow, cases_by_id
from alerts.viewing import case_views_of
from alerts.views import CaseView
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import Viewer
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.statistics.nps import Estimate

MOST_OLDEST = 10


@dataclass(frozen=True, slots=True)
class TeamFigures:
    """One team; without a name, the cases of those who are in none."""

    team_id: UUID | None
    name: str
    figures: CaseFigures


@dataclass(frozen=True, slots=True)
class TeamView:
    """The manager's view of a period: the cases opened in it, and in `loops` those closed in it.

    `denied` are the cases of closings to which the partner said partly or no. Most of them are open again, so no count
    of closed cases holds them. `hours_zones` are where working hours of all these cases are counted.
    """

    from_at: datetime
    to_at: datetime
    whole: CaseFigures
    loops: Loops
    teams: tuple[TeamFigures, ...]
    oldest: tuple[CaseView, ...]
    denied: tuple[CaseView, ...] = ()
    hours_zones: frozenset[str] = frozenset()


def team_view(reading: Reading, viewer: Viewer, from_at: datetime, to_at: datetime) -> TeamView:
    """The figures of the cases opened or closed in [from_at, to_at) that `viewer` may see, and the oldest open ones."""
    rows = store.opened_between(reading, viewer, from_at, to_at)
    lines = case_lines(reading, rows)
    names = {team.id: team.name for team in directory.list_teams(reading)}
    by_team: dict[UUID | None, list[CaseLine]] = {}
    for line in lines:
        by_team.setdefault(line.team_id, []).append(line)
    teams = [
        TeamFigures(key, names.get(key, "") if key else "", figures_of(of, reading.now)) for key, of in by_team.items()
    ]
    oldest = case_views_of(reading, store.oldest_open(reading, viewer, MOST_OLDEST))
    return TeamView(
        from_at,
        to_at,
        figures_of(lines, reading.now),
        loops_closed(reading, viewer, from_at, to_at),
        tuple(sorted((team for team in teams if team.figures.cases), key=lambda team: (not team.name, team.name))),
        tuple(oldest),
        tuple(case_views_of(reading, settling_store.denied_between(reading, viewer, from_at, to_at))),
        frozenset({line.hours_zone for line in lines} | {case.hours_zone for case in oldest if case.hours_zone}),
    )


def case_lines(reading: Reading, rows: Sequence[CaseRow]) -> list[CaseLine]:
    """One line for each case, with its hours up to now."""
    case_ids = [row.id for row in rows]
    pauses = store_past.entries_of_cases(reading, case_ids, rests.KINDS)
    into = home_store.merged_into(reading, case_ids)
    missed, called_late = _missed(reading, case_ids, into), _called_late(reading, rows, into)
    owners = directory.staff_by_id(reading, {row.owner_id for row in rows if row.owner_id})
    calendars = _Calendars(reading)
    lines = []
    for row in rows:
        owner = owners.get(row.owner_id)
        still = rests.rests_of(pauses.get(row.id, ()), reading.now)
        calendar = calendars.of(row, owner.time_zone if owner else None)
        contacted_at = rests.clock_at(still, row.contacted_at) if row.contacted_at else None
        lines.append(
            CaseLine(
                **{name: getattr(row, name) for name in _SAME},
                contacted_at=contacted_at,
                closed_at=rests.clock_at(still, row.closed_at) if row.closed_at else None,
                reopened=row.reopened_count > 0,
                contact_hours=_hours(calendar, row.opened_at, row.contacted_at or row.closed_at or reading.now, still),
                settle_hours=_hours(calendar, row.opened_at, row.closed_at or reading.now, still),
                team_id=owner.team_id if owner else row.team_id,
                missed=row.id in missed,
                called_late=row.id in called_late,
                after_work=_came_after_work(calendar, row.contact_due_at, contacted_at),
                hours_zone=calendar.time_zone,
            )
        )
    return lines


def _came_after_work(calendar: Calendar, due_at: datetime, at: datetime | None) -> bool:
    """Whether something came after its time, and no working time had passed since."""
    return at is not None and at > due_at and not working_time(calendar, due_at, at)


def _missed(reading: Reading, case_ids: Sequence[UUID], into: Mapping[UUID, UUID]) -> set[UUID]:
    """Those that missed their target before they were opened again, themselves or in a case merged into them."""
    all_ids = [*case_ids, *into]
    pauses = store_past.entries_of_cases(reading, all_ids, rests.KINDS)
    missed = set()
    for case_id, lines in store_past.entries_of_cases(reading, all_ids, closings.KINDS).items():
        if closings.is_missed(lines, rests.rests_of(pauses.get(case_id, ()), reading.now)):
            missed |= {case_id, *_above(case_id, into)}
    return missed


def _called_late(reading: Reading, rows: Sequence[CaseRow], into: Mapping[UUID, UUID]) -> set[UUID]:
    """Of the cases that were opened again or that others were merged into, those in which a contact was missed,
    themselves or in one of those.

    A reopening owes the partner another contact by a new time, and a merge leaves one for the contacts of both; which
    of them was missed, only the timelines tell.
    """
    case_ids = {*into, *into.values(), *(row.id for row in rows if row.reopened_count)}
    entries = store_past.entries_of_cases(reading, case_ids, ENTRY_KINDS)
    late = set()
    for row in cases_by_id(reading, case_ids):
        if any(miss.of == "contact" for miss in misses_of(row, entries.get(row.id, ()), reading.now)):
            late |= {row.id, *_above(row.id, into)}
    return late


def _above(case_id: UUID, into: Mapping[UUID, UUID]) -> Iterator[UUID]:
    """The case that this one was merged into, the one that was merged into, and so on."""
    while case_id in into:
        case_id = into[case_id]
        yield case_id


_SAME = (
    *("id", "kind", "opened_at", "contact_due_at", "resolve_due_at", "outcome"),
    *("root_cause", "paused_at"),
)


class _Calendars:
    """The calendar by which each case is counted, made once for each version and name."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._known: dict[tuple[str, str | None, str | None], Calendar] = {}

    def of(self, row: CaseRow, zone: str | None) -> Calendar:
        key = (row.alerts_version, row.calendar, None if row.calendar else zone)
        if key not in self._known:
            program = published.of_version(self._reading, row.alerts_version)
            self._known[key] = program.calendar_named(row.calendar) if row.calendar else program.calendar_for(zone)
        return self._known.get(key, ALWAYS)


def _hours(calendar: Calendar, start: datetime, end: datetime, still: Sequence[tuple[datetime, datetime]]) -> float:
    worked = working_time(calendar, start, end)
    for since, until in still:
        if since < end:
            worked -= working_time(calendar, since, min(until, end))
    return max(worked, timedelta()) / timedelta(hours=1)


# ---- JSON


def document(view: TeamView) -> dict[str, Any]:
    """The view as JSON values: no figure without its n and interval."""
    return {
        "from": view.from_at.isoformat(),
        "to": view.to_at.isoformat(),
        "all": {**_figures(view.whole), **_loops(view.loops)},
        "teams": [{"team": team.name or None, **_figures(team.figures)} for team in view.teams],
        "oldest_open": [
            {
                "ref": case.ref,
                "opened_at": case.opened_at.isoformat(),
                "open_since": case.open_since.isoformat(),
                "partner": case.partner.key,
                "holder": case.holder,
            }
            for case in view.oldest
        ],
    }


def _figures(of: CaseFigures) -> dict[str, Any]:
    return {
        "cases": of.cases,
        "open": of.open,
        "dismissed_or_merged": of.set_aside,
        "first_contact_in_time": _share(of.contact_met),
        "contacted_after_work": of.after_work,
        "settled_in_time": _share(of.settle_met),
        "hours_to_first_contact": {"p50": _quantile(of.contact_p50), "p90": _quantile(of.contact_p90)},
        "hours_to_settlement": {"p50": _quantile(of.settle_p50), "p90": _quantile(of.settle_p90)},
        "reopened": _share(of.reopened),
        "root_causes": [
            {"root_cause": cause.key, "cases": cause.cases, "share": _share(cause.share), "cumulated": cause.cumulated}
            for cause in of.causes
        ],
    }


def _loops(of: Loops) -> dict[str, Any]:
    return {
        "closed": of.closings.closed,
        "confirmed_by_partner": _share(of.settled),
        "not_confirmed_yet": of.closings.unconfirmed + of.closings.waiting,
        "not_asked": of.closings.unasked,
    }


def _share(estimate: Estimate | None) -> Mapping[str, Any] | None:
    if estimate is None:
        return None
    return {
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "n": estimate.n,
        "method": estimate.method,
        "few": estimate.few,
    }


def _quantile(found: Quantile) -> Mapping[str, Any]:
    method = "Kaplan-Meier, working hours, log-log interval"
    return {
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "n": found.n,
        "ended": found.ended,
        "method": method,
    }

"""What a trial needs of the past, read at once: answers, what the live alerts made of them, and who was there when."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from alerts import published, store_past
from alerts.store import CaseRow
from alerts.trial.spans import TURNING, spans_of
from alerts.trial.views import RaisedAlert, RaisedCase, Span
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import ContactView, StaffPast, StaffView
from feedback_engine.foundation import versions
from feedback_engine.foundation.unit_of_work import Reading
from journeys import reading as journeys
from journeys.reading import PlacedTouchpoint
from surveys import reading as surveys
from surveys.events import ResponseChanged, ResponseSubmitted


@dataclass(frozen=True, slots=True)
class Taken:
    """An answer, and the instant at which the live alerts took it in; where they raised nothing, when it was given."""

    event: ResponseSubmitted
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """A live case with the times in which it was open."""

    case: RaisedCase
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Journeys:
    """The journey map as of any instant, read once for each time in which it stayed the same."""

    reading: Reading
    changes: Sequence[datetime]
    _known: dict[int, Sequence[PlacedTouchpoint]] = field(default_factory=dict)

    def at(self, instant: datetime) -> Sequence[PlacedTouchpoint]:
        """Every touchpoint that was in force."""
        place = bisect_right(self.changes, instant)
        if place not in self._known:
            self._known[place] = journeys.touchpoints(self.reading, instant)
        return self._known[place]


@dataclass(frozen=True)
class Record:
    """The past of a period. `cases` are all live cases of its partners that were open in it, by id."""

    from_at: datetime
    to_at: datetime
    answers: Sequence[Taken]
    alerts: Sequence[RaisedAlert]
    cases: Mapping[UUID, Standing]
    contacts: Mapping[UUID, ContactView]
    teams: Mapping[UUID, str]
    staff: StaffPast
    journeys: Journeys
    routes_before: Sequence[CaseRow]
    erased: frozenset[UUID]

    @cached_property
    def by_response(self) -> dict[UUID, list[RaisedAlert]]:
        """The live alerts of each answer."""
        found: dict[UUID, list[RaisedAlert]] = {}
        for alert in self.alerts:
            found.setdefault(alert.response_id, []).append(alert)
        return found

    @cached_property
    def staff_by_email(self) -> dict[str, StaffView]:
        """All staff by address."""
        return {member.email: member for member in self.staff.staff}


def read_record(reading: Reading, from_at: datetime, to_at: datetime) -> Record:
    """Everything about the answers first sent in [from_at, to_at)."""
    events = surveys.answered_between(reading, from_at, to_at)
    alert_rows = store_past.alerts_answered_between(reading, from_at, to_at)
    partner_ids = {event.partner_id for event in events} | {row.partner_id for row in alert_rows}
    answered = {event.response_id for event in events}
    cases = _standing(reading, partner_ids, from_at, answered)
    contacts = directory.contacts_by_id(reading, {event.contact_id for event in events})
    erased = {event.response_id for event in events if _is_erased(contacts.get(event.contact_id))}
    return Record(
        from_at=from_at,
        to_at=to_at,
        answers=_in_order(events, alert_rows),
        alerts=_alerts(reading, alert_rows, cases),
        cases=cases,
        contacts=contacts,
        teams={team.id: team.name for team in directory.list_teams(reading)},
        staff=directory.staff_past(reading, partner_ids),
        journeys=Journeys(reading, _map_changes(reading)),
        routes_before=store_past.latest_routes(reading, from_at),
        erased=frozenset(erased),
    )


def _is_erased(contact: ContactView | None) -> bool:
    return contact is None or contact.state == "erased"


def _in_order(events: Sequence[ResponseSubmitted], alert_rows: Sequence[CaseRow]) -> list[Taken]:
    """The answers in the order in which they were taken in."""
    raised: dict[UUID, list[datetime]] = {}
    for row in alert_rows:
        raised.setdefault(row.response_id, []).append(row.raised_at)
    found = []
    for event in events:
        said_at = said_at_of(event)
        later = [at for at in raised.get(event.response_id, ()) if at >= said_at]
        found.append(Taken(event, min(later, default=said_at)))
    return sorted(found, key=lambda taken: (taken.at, said_at_of(taken.event), taken.event.response_id))


def said_at_of(event: ResponseSubmitted) -> datetime:
    """When this was said: the first sending, or the change."""
    return event.changed_at if isinstance(event, ResponseChanged) else event.at


def _standing(reading: Reading, partner_ids: set[UUID], since: datetime, answered: set[UUID]) -> dict[UUID, Standing]:
    rows = store_past.cases_open_since(reading, partner_ids, since)
    case_ids = [row.id for row in rows]
    first = store_past.first_alerts(reading, case_ids)
    turning = store_past.entries_of_cases(reading, case_ids, TURNING)
    opened = store_past.entries_of_cases(reading, case_ids, ("opened",))
    found = {}
    for row in rows:
        detail: Mapping[str, Any] = opened[row.id][0].detail if row.id in opened else {}
        opened_by = first[row.id][1] if row.id in first else None
        case = _case(row, detail, opened_by, before=opened_by not in answered)
        found[row.id] = Standing(case, spans_of(row.opened_at, row.state != "closed", turning.get(row.id, ())))
    return found


def _case(row: CaseRow, opened: Mapping[str, Any], opened_by: UUID | None, *, before: bool) -> RaisedCase:
    """A live case with the owner whom its route found: who has it today is somebody else's doing."""
    route = row.route
    return RaisedCase(
        id=row.id,
        ref=f"C-{row.number}",
        partner_id=row.partner_id,
        touchpoint=row.touchpoint,
        kind=row.kind,
        opened_at=row.opened_at,
        opened_by=opened_by,
        owner_id=_uuid(opened.get("owner_id")),
        team_id=_uuid(opened.get("team_id")),
        to=route.get("to"),
        passed=tuple(route.get("passed", ())),
        empty=tuple(route.get("empty", ())),
        away=tuple(route.get("away", ())),
        matched=tuple(route.get("matched", ())),
        before=before,
    )


def _alerts(reading: Reading, rows: Sequence[CaseRow], cases: Mapping[UUID, Standing]) -> list[RaisedAlert]:
    programs = {version: published.of_version(reading, version) for version in {row.alerts_version for row in rows}}
    first = store_past.first_alerts(reading, {row.case_id for row in rows})
    return [
        RaisedAlert(
            response_id=row.response_id,
            rule=row.rule,
            kind=row.kind,
            severity=row.severity,
            reason=row.reason,
            numbers=row.numbers,
            partner_id=row.partner_id,
            contact_id=row.contact_id,
            touchpoint=row.touchpoint,
            answered_at=row.answered_at,
            raised_at=row.raised_at,
            case=cases[row.case_id].case,
            opened=first[row.case_id][0] == row.id,
            program=programs[row.alerts_version],
        )
        for row in rows
    ]


def _map_changes(reading: Reading) -> list[datetime]:
    changes = [
        activation.from_at
        for key in versions.keys(reading, "journey")
        for activation in versions.history(reading, "journey", key)
    ]
    return sorted(set(changes))


def _uuid(text: Any) -> UUID | None:
    return UUID(str(text)) if text else None

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
from alerts.clocks.spans import TURNING, merged_of, spans_of
from alerts.raising.desk_silences import read_silences
from alerts.silences.silencing import Silence
from alerts.store import CaseRow
from alerts.trial.views import Past, RaisedAlert, RaisedCase
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
    """A live case with its past. `whole_id` is the case it was split off, or that one was; its own when it was not."""

    case: RaisedCase
    past: Past
    whole_id: UUID


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
    """The past of a period. `cases` are all live cases of its partners that were open in it or lead to others, by id.

    `silences` are those of the time in which its answers were given.
    """

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
    silences: Sequence[Silence]

    @cached_property
    def by_response(self) -> dict[UUID, list[RaisedAlert]]:
        """The live alerts of each answer."""
        found: dict[UUID, list[RaisedAlert]] = {}
        for alert in self.alerts:
            found.setdefault(alert.response_id, []).append(alert)
        return found

    @cached_property
    def parts(self) -> dict[UUID, list[Standing]]:
        """The live cases that were split off each, and off those."""
        found: dict[UUID, list[Standing]] = {}
        for standing in self.cases.values():
            if standing.past.split:
                found.setdefault(standing.whole_id, []).append(standing)
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
        silences=read_silences(reading, [said_at_of(event) for event in events]),
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
    rows = {row.id: row for row in store_past.cases_open_since(reading, partner_ids, since)}
    first = store_past.first_alerts(reading, rows)
    turning = store_past.entries_of_cases(reading, rows, TURNING)
    began = store_past.entries_of_cases(reading, rows, ("opened", "split"))
    found = {}
    for row in rows.values():
        whole = _whole(row, rows)
        # What was split off is there for a draft that has the whole: apart from that it is nobody's answer.
        opened_by = first[whole.id][1] if whole.id in first and whole.split_from_id is None else None
        case = _case(row, began.get(row.id, ()), opened_by, before=opened_by not in answered)
        lines = turning.get(row.id, ())
        since_at = began[row.id][0].at if row.split_from_id and row.id in began else row.opened_at
        spans = spans_of(since_at, row.state != "closed", lines)
        past = Past(row.id, spans, merged_of(lines), split=row.split_from_id is not None)
        found[row.id] = Standing(case, past, whole.id)
    return found


def _whole(row: CaseRow, rows: Mapping[UUID, CaseRow]) -> CaseRow:
    while row.split_from_id in rows:
        row = rows[row.split_from_id]
    return row


def _case(row: CaseRow, began: Sequence[Any], opened_by: UUID | None, *, before: bool) -> RaisedCase:
    """A live case with the owner whom its route found: who has it today is somebody else's doing.

    What was split off went to no route; whoever has it stands for whoever got it then.
    """
    route, is_split = row.route, row.split_from_id is not None
    opened: Mapping[str, Any] = began[0].detail if began and not is_split else {}
    return RaisedCase(
        id=row.id,
        ref=f"C-{row.number}",
        partner_id=row.partner_id,
        touchpoint=row.touchpoint,
        kind=row.kind,
        opened_at=row.opened_at,
        opened_by=None if is_split else opened_by,
        owner_id=row.owner_id if is_split else _uuid(opened.get("owner_id")),
        team_id=row.team_id if is_split else _uuid(opened.get("team_id")),
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
            opened=first[row.case_id][0] == row.id and not cases[row.case_id].past.split,
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

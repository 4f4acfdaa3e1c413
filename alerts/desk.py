"""The desk on which a batch of answers becomes alerts and cases: what it meets, read at once; what comes of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from alerts import published, store
from alerts.addressees import touchpoint_owner
from alerts.definitions import AlertProgram
from alerts.events import CaseOpened
from alerts.grouping import CaseGroup
from alerts.news import News
from alerts.routing import normalised, recipients_of
from alerts.terms import TOUCHPOINT_OWNER, Severity
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import ContactView, StaffView
from feedback_engine.foundation.unit_of_work import Reading
from surveys.events import ResponseChanged, ResponseSubmitted

K = TypeVar("K")


@dataclass(slots=True, eq=False)
class CaseInHand:
    """A case as this batch leaves it. `expected` is its revision in the database, None while it is new."""

    id: UUID
    group: CaseGroup
    open: bool
    severity: Severity
    owner_id: UUID | None
    team_id: UUID | None
    response_id: UUID
    revision: int
    expected: int | None
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Desk:
    """All that a batch of answers meets, read at once; and all that comes of it, written at once."""

    now: datetime
    program: AlertProgram
    version: str
    owners: Mapping[UUID, StaffView]
    contacts: Mapping[UUID, ContactView]
    staff: Mapping[str, StaffView]
    teams: Mapping[str, UUID]
    empty_teams: Collection[UUID]
    roles: Collection[str]
    touchpoint_owners: Mapping[str, StaffView]
    open_cases: dict[CaseGroup, CaseInHand]
    cases_of_response: dict[UUID, list[CaseInHand]]
    alerted: set[tuple[UUID, str]]
    touched: dict[UUID, CaseInHand] = field(default_factory=dict)
    alerts: list[dict[str, Any]] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)
    opened: list[CaseOpened] = field(default_factory=list)
    news: list[News] = field(default_factory=list)


def open_desk(reading: Reading, events: Sequence[ResponseSubmitted]) -> Desk | None:
    """Everything these answers meet; None while no alerts are published."""
    alerts = published.in_force(reading)
    if alerts is None:
        return None
    partner_ids = {event.partner_id for event in events}
    # A response that comes for the first time has raised nothing yet.
    changed_ids = {event.response_id for event in events if isinstance(event, ResponseChanged)}
    met: dict[UUID, CaseInHand] = {}
    open_cases = [_in_hand(row, met) for row in store.open_cases_of(reading, partner_ids)]
    cases_of_response: dict[UUID, list[CaseInHand]] = {}
    for response_id, row in store.cases_of_responses(reading, changed_ids):
        cases_of_response.setdefault(response_id, []).append(_in_hand(row, met))
    staff, teams, touchpoint_owners = _recipients(reading, alerts.program, {event.touchpoint for event in events})
    active = [member for member in directory.list_staff(reading) if member.active]
    return Desk(
        now=reading.now,
        program=alerts.program,
        version=alerts.version,
        owners=_active(directory.owners_of(reading, partner_ids, reading.now)),
        contacts=directory.contacts_by_id(reading, {event.contact_id for event in events}),
        staff=staff,
        teams=teams,
        empty_teams=set(teams.values()) - {member.team_id for member in active},
        roles={member.role for member in active},
        touchpoint_owners=touchpoint_owners,
        open_cases={case.group: case for case in open_cases},
        cases_of_response=cases_of_response,
        alerted=store.alerted_rules(reading, changed_ids),
    )


def _in_hand(row: store.CaseRow, met: dict[UUID, CaseInHand]) -> CaseInHand:
    """The case of a row; the same object whichever query met it."""
    return met.setdefault(
        row.id,
        CaseInHand(
            id=row.id,
            group=CaseGroup(row.partner_id, row.touchpoint_group, row.kind),
            open=row.state != "closed",
            severity=row.severity,
            owner_id=row.owner_id,
            team_id=row.team_id,
            response_id=row.response_id,
            revision=row.revision,
            expected=row.revision,
        ),
    )


def _recipients(
    reading: Reading, program: AlertProgram, touchpoints: Iterable[str]
) -> tuple[dict[str, StaffView], dict[str, UUID], dict[str, StaffView]]:
    """Whom the names in the route tree mean today: staff by address, teams by name, owners of touchpoints."""
    named = recipients_of(program.routes)
    addresses = [name.partition(":")[2] for name in named if name.startswith("staff:")]
    staff = {normalised(address): directory.find_staff_by_email(reading, address) for address in addresses}
    teams: dict[str, UUID] = {}
    if any(name.startswith("team:") for name in named):
        teams = {normalised(team.name): team.id for team in directory.list_teams(reading)}
    owners = {}
    if TOUCHPOINT_OWNER in named:
        owners = {key: touchpoint_owner(reading, key) for key in touchpoints}
    return _active(staff), teams, _active(owners)


def _active(staff: Mapping[K, StaffView | None]) -> dict[K, StaffView]:
    return {key: member for key, member in staff.items() if member is not None and member.active}

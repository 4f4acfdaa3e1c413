"""The desk on which a batch of answers becomes alerts and cases: what it meets, read at once; what comes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from alerts import published, store
from alerts.definitions import AlertProgram
from alerts.events import CaseOpened
from alerts.notices.news import News
from alerts.raising.desk_people import People, read_people
from alerts.raising.desk_regrouped import merged_groups
from alerts.raising.desk_said import Said, instant_of, read_said
from alerts.raising.desk_silences import read_silences
from alerts.raising.evaluate import evaluate
from alerts.raising.grouping import CaseGroup, by_group
from alerts.raising.noticing import Happening
from alerts.routing.tree import branches_of
from alerts.silences import store as silence_store
from alerts.silences.silencing import Silence
from alerts.terms import Severity
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import ContactView
from feedback_engine.foundation.unit_of_work import Reading
from journeys import reading as journeys
from surveys.events import ResponseChanged, ResponseSubmitted


@dataclass(slots=True, eq=False)
class CaseInHand:
    """A case as this batch leaves it. `expected` is its revision in the database, None while it is new."""

    id: UUID
    group: CaseGroup
    open: bool
    severity: Severity
    owner_id: UUID | None
    team_id: UUID | None
    response_id: UUID | None
    revision: int
    expected: int | None
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Desk:
    """All that a batch of answers meets, read at once; and all that comes of it, written at once.

    `heard` are those of the batch that may come to something, in its order.
    """

    now: datetime
    program: AlertProgram
    version: str
    people: People
    contacts: Mapping[UUID, ContactView]
    stages: Mapping[str, str]
    said: Said
    open_cases: dict[CaseGroup, CaseInHand]
    cases_of_response: dict[UUID, list[CaseInHand]]
    alerted: set[tuple[UUID, str]]
    silences: Sequence[Silence] = ()
    heard: Sequence[Happening] = ()
    silenced: list[dict[str, Any]] = field(default_factory=list)
    touched: dict[UUID, CaseInHand] = field(default_factory=dict)
    alerts: list[dict[str, Any]] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)
    opened: list[CaseOpened] = field(default_factory=list)
    news: list[News] = field(default_factory=list)


def open_desk(reading: Reading, events: Sequence[Happening]) -> Desk | None:
    """Everything these answers, or occasions, meet; None where no rule fires on any of them and none was changed.

    Most answers are good news that nobody has to hear of: for them nothing more is read than what the rules look at.
    """
    alerts = published.in_force(reading)
    if alerts is None:
        return None
    program = alerts.program
    said = read_said(reading, program, [event for event in events if isinstance(event, ResponseSubmitted)])
    heard = [event for event in events if _is_heard(program, said, event)]
    if not heard:
        return None
    partner_ids = {event.partner_id for event in heard}
    # A response that comes for the first time has raised nothing yet.
    changed_ids = {event.response_id for event in heard if isinstance(event, ResponseChanged)}
    met: dict[UUID, CaseInHand] = {}
    open_rows = store.open_cases_of(reading, partner_ids)
    standing = [(_in_hand(row, met), row.split_from_id is not None) for row in open_rows]
    merged = merged_groups(reading, open_rows)
    cases_of_response: dict[UUID, list[CaseInHand]] = {}
    for response_id, row in store.cases_of_responses(reading, changed_ids):
        cases_of_response.setdefault(response_id, []).append(_in_hand(row, met))
    return Desk(
        now=reading.now,
        program=program,
        version=alerts.version,
        people=read_people(reading, program, partner_ids, {event.touchpoint for event in heard}),
        contacts=directory.contacts_by_id(reading, {event.contact_id for event in heard if event.contact_id}),
        stages=_stages(reading, program),
        said=said,
        heard=heard,
        open_cases=by_group(
            [(case.group, is_split, case) for case, is_split in standing],
            {group: met[case_id] for group, case_id in merged.items()},
        ),
        cases_of_response=cases_of_response,
        alerted=store.alerted_rules(reading, changed_ids) | silence_store.silenced_rules(reading, changed_ids),
        silences=read_silences(reading, [instant_of(event) for event in heard]),
    )


def _is_heard(program: AlertProgram, said: Said, event: Happening) -> bool:
    """Whether this may come to a case: an occasion always does, a change may belong into a timeline."""
    if not isinstance(event, ResponseSubmitted) or isinstance(event, ResponseChanged):
        return True
    return bool(evaluate(program.rules, said.facts_of(event)))


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


def _stages(reading: Reading, program: AlertProgram) -> dict[str, str]:
    """The stage of each touchpoint, where the tree asks for it."""
    if all(branch.match.stage is None for _, branch in branches_of(program.routes)):
        return {}
    return {placed.definition.key: placed.stage.key for placed in journeys.touchpoints(reading)}

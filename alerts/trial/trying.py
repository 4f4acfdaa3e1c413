"""Tries a draft of the alerts on a period of recorded answers, beside what the live alerts made of them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from alerts import published, store_past
from alerts.definitions import AlertProgram
from alerts.routing.capacity import capacities
from alerts.trial.compare import differences
from alerts.trial.record import Record, read_record
from alerts.trial.run import run
from alerts.trial.tallies import by_severity, loads, opened_cases, rule_lines
from alerts.trial.views import RaisedCase, Trial
from feedback_engine.foundation.unit_of_work import Reading


def try_out(reading: Reading, program: AlertProgram, from_at: datetime, to_at: datetime) -> Trial:
    """What `program` makes of the answers first sent in [from_at, to_at); nothing is written."""
    record = read_record(reading, from_at, to_at)
    draft, live = run(reading, record, program), record.alerts
    cases = opened_cases(draft)
    return Trial(
        from_at=from_at,
        to_at=to_at,
        answers=len({taken.event.response_id for taken in record.answers}),
        draft=tuple(draft),
        live=tuple(live),
        rules=tuple(rule_lines(program, draft, live)),
        severities=by_severity(draft, live),
        loads=tuple(loads(cases, opened_cases(live), (from_at, to_at), _zone(program), _capacities(record, program))),
        unroutable=tuple(case for case in cases if falls(program, case)),
        differences=tuple(differences(program, draft, live, lambda at: _program_at(reading, at), record.erased)),
    )


def falls(program: AlertProgram, case: RaisedCase) -> bool:
    """Whether a case reached nobody but the last resort of the tree, or nobody at all."""
    return bool(case.passed) and (case.to == program.routes.otherwise or case.holder_id is None)


def begins_at(reading: Reading) -> datetime | None:
    """When the first answer came that raised an alert; None before any did."""
    return store_past.first_answered_at(reading)


def _zone(program: AlertProgram) -> str:
    return program.calendars[program.calendar].time_zone


def _capacities(record: Record, program: AlertProgram) -> dict[UUID, int]:
    return capacities(program.capacity, record.staff.staff)


def _program_at(reading: Reading, at: datetime) -> AlertProgram | None:
    found = published.in_force(reading, at)
    return found.program if found else None

"""What the columns of a case become by an action or by its clock; read and decided, nothing is written here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from alerts import published, store
from alerts.casework.flow import Action, Assign, Close, Dismiss, LogContact, Pause, Reopen, Resume, Snooze, Step
from alerts.clocks import case_clock as clocks
from alerts.clocks.business_time import ALWAYS, Calendar
from alerts.clocks.case_clock import Target
from alerts.clocks.service_levels import DEFAULT_LEVELS, EscalationLevel
from alerts.settling import ladder
from alerts.store import CaseRow
from feedback_engine.directory import reading as directory
from feedback_engine.foundation.instants import NOW
from feedback_engine.foundation.unit_of_work import Actor, Reading

Changes = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Terms:
    """By which calendar a case is counted, and its levels of escalation, as agreed when it was opened."""

    calendar: Calendar
    escalation: tuple[EscalationLevel, ...]
    alarms: bool

    def rungs(self, target: Target) -> list[datetime]:
        """When each rung of the clock of this target is due; none where a missed target breaks no promise."""
        if not self.alarms:
            return []
        return clocks.rungs(self.calendar, target, [level.after_hours for level in self.escalation])


def terms_of(reading: Reading, row: CaseRow) -> Terms:
    """The terms of a case; a case from before calendars were kept with it is counted by its owner's."""
    program = published.of_version(reading, row.alerts_version)
    alarms = row.kind != "thanks"
    if row.calendar is not None:
        return Terms(program.calendar_named(row.calendar), program.escalation, alarms)
    owner = directory.staff_by_id(reading, [row.owner_id]).get(row.owner_id) if row.owner_id else None
    return Terms(program.calendar_for(owner.time_zone if owner else None), program.escalation, alarms)


def find_twin(reading: Reading, row: CaseRow) -> CaseRow | None:
    """The open case beside which this one must not be opened again, as both are about one matter; None mostly.

    A case that was split off was wanted apart: it stands beside whatever is open, and no case is kept closed by it.
    """
    if row.split_from_id is not None:
        return None
    matter = (row.touchpoint_group, row.kind)
    others = (each for each in store.open_cases_of(reading, [row.partner_id]) if each.split_from_id is None)
    return next((each for each in others if (each.touchpoint_group, each.kind) == matter), None)


def columns_after(reading: Reading, row: CaseRow, action: Action, step: Step, actor: Actor) -> Changes:
    """The columns that an action sets; when it was done is `NOW`, the instant at which they are written."""
    changes: Changes = {"state": step.state}
    if step.acknowledges and row.acknowledged_at is None:
        changes["acknowledged_at"] = NOW
    if step.acknowledges and row.owner_id is None and actor.kind == "staff":
        changes["owner_id"] = UUID(actor.id)
    # A colleague's call is none of whoever has the conflict in hand: they still owe theirs, by the same time.
    if step.contacts and not ladder.is_beside(reading, row, actor):
        changes |= _contacted(row)
    match action:
        case Close(outcome, root_cause):
            changes |= _ended(outcome) | {"root_cause": root_cause}
        case Dismiss():
            changes |= _ended("dismissed") | {"root_cause": None}
        case LogContact(root_cause=str(cause)):
            changes["root_cause"] = cause
        case Assign(owner_id):
            changes |= given_to(reading, row, owner_id)
        case Reopen():
            changes |= _reopened(reading, row)
        case Pause(reason, _, until):
            changes |= {"paused_at": NOW, "paused_until": until, "pause_reason": reason}
        case Resume():
            changes |= resumed(reading, row)
        case Snooze(until):
            changes["snoozed_until"] = until
        case _:
            pass
    return with_waking(reading, row, changes)


def with_waking(reading: Reading, row: CaseRow, changes: Changes) -> Changes:
    """The changes, and when the case has to be looked at next because of them."""
    after = {**row._mapping, **changes}
    return changes | {"wakes_at": _wakes_at(terms_of(reading, row), after)}


def given_to(reading: Reading, row: CaseRow, owner_id: UUID) -> Changes:
    """The columns of a case that somebody else has from now on.

    It lies before them awake: who put it aside did so for themselves, and nobody but them knew until when.
    """
    if row.snoozed_until is None:
        return {"owner_id": owner_id}
    return with_waking(reading, row, {"owner_id": owner_id, "snoozed_until": None})


def resumed(reading: Reading, row: CaseRow) -> Changes:
    """The columns of a case whose pause ends now: the working time that was left is left."""
    calendar, now = terms_of(reading, row).calendar, reading.now
    target = clocks.resumed(calendar, target_of(row), row.paused_at, now)
    settle = clocks.resumed(calendar, _target(row.resolve_warn_at, row.resolve_due_at), row.paused_at, now)
    # Of its own: the clock may count to the end of the case, where that is due before the contact.
    called_by = clocks.resumed(calendar, _target(None, row.contact_due_at), row.paused_at, now).due_at
    contact = {} if row.contacted_at else {"contact_due_at": called_by}
    return {
        "paused_at": None,
        "paused_until": None,
        "pause_reason": None,
        "warn_at": target.warn_at,
        "due_at": target.due_at,
        "resolve_warn_at": settle.warn_at,
        "resolve_due_at": settle.due_at,
        **contact,
    }


def target_of(row: CaseRow) -> Target:
    """The target that counts now; a case from before warnings were kept has none, only its due time."""
    return _target(row.warn_at, row.due_at)


def _target(warn_at: datetime | None, due_at: datetime) -> Target:
    return Target(warn_at or due_at, due_at)


def _wakes_at(terms: Terms, columns: Mapping[str, Any]) -> datetime | None:
    if columns["state"] == "closed":
        return None
    paused = columns["paused_at"] is not None
    rung = (
        None
        if paused
        else clocks.next_instant(terms.rungs(_target(columns["warn_at"], columns["due_at"])), columns["rung"])
    )
    pause_ends = columns["paused_until"] if paused else None
    return min((at for at in (rung, pause_ends, columns["snoozed_until"]) if at is not None), default=None)


def _contacted(row: CaseRow) -> Changes:
    """Who was reached needs no first contact any more: the clock shows the time until the end of the case."""
    since = {} if row.contacted_at is not None else {"contacted_at": NOW}
    if not clocks.awaits_contact(row):
        return since
    return {
        **since,
        "due_at": row.resolve_due_at,
        "warn_at": row.resolve_warn_at,
        "rung": 0,
    }


def _ended(outcome: str) -> Changes:
    still = {"paused_at": None, "paused_until": None, "pause_reason": None, "snoozed_until": None}
    return {"closed_at": NOW, "outcome": outcome, **still}


def _reopened(reading: Reading, row: CaseRow) -> Changes:
    """A reopened case gets new due times; when it was first read and answered remains a fact.

    So does by when it had to be answered, once it was: a call that came too late is not in time because of a new time.
    """
    alerts, at = published.in_force(reading), reading.now
    partner = directory.partners_by_id(reading, [row.partner_id])[row.partner_id]
    owner = directory.staff_by_id(reading, [row.owner_id]).get(row.owner_id) if row.owner_id else None
    zone = owner.time_zone if owner else None
    if alerts is None:
        key, calendar, targets = None, ALWAYS, DEFAULT_LEVELS[row.kind].targets(row.severity, partner.tier)
    else:
        key = alerts.program.calendar_key(row.kind, zone)
        calendar = alerts.program.calendar_named(key)
        targets = alerts.program.targets(row.kind, row.severity, partner.tier)
    clock = started(calendar, at, targets.first_contact_hours, targets.resolve_hours)
    return {
        "closed_at": None,
        "outcome": None,
        "root_cause": None,
        "reopened_count": row.reopened_count + 1,
        **clock,
        **({} if row.contacted_at else {"contact_due_at": clock["due_at"]}),
        "calendar": key,
        **({"alerts_version": alerts.version} if alerts else {}),
    }


def started(calendar: Calendar, at: datetime, contact_hours: float, resolve_hours: float) -> Changes:
    """The columns of both targets as they begin; the first contact counts first."""
    contact, settle = clocks.start(calendar, at, contact_hours), clocks.start(calendar, at, resolve_hours)
    return {
        "due_at": contact.due_at,
        "warn_at": contact.warn_at,
        "resolve_due_at": settle.due_at,
        "resolve_warn_at": settle.warn_at,
        "rung": 0,
    }

"""Splits alerts off a case: they become a case of their own, counted from their own time. Read, decided, written."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from alerts import published, store
from alerts.casework.changes import Changes, Terms, target_of, terms_of, with_waking
from alerts.casework.undoing import plain
from alerts.clocks import case_clock as clocks
from alerts.clocks.business_time import Calendar
from alerts.clocks.case_clock import Target, awaits_contact
from alerts.clocks.rests import KINDS as RESTING
from alerts.clocks.rests import rests_of
from alerts.clocks.spans import TURNING, spans_of
from alerts.notices import notifications
from alerts.notices.news import News
from alerts.notices.notifications import Telling
from alerts.regrouping import home_store
from alerts.regrouping.columns import done_since, gravest, leading, newest
from alerts.regrouping.merging import change_both, write_entries
from alerts.store import CaseRow
from alerts.threads import store as thread_store
from feedback_engine.directory import reading as directory
from feedback_engine.foundation import ids
from feedback_engine.foundation.errors import Conflict, Fault, Invalid
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Actor, Reading, UnitOfWork
from surveys import reading as surveys


@dataclass(frozen=True, slots=True)
class _Time:
    """So many working hours from an instant on; while the clock of the whole stood still, so did that of its part."""

    calendar: Calendar
    hours: float
    since: datetime
    rests: Sequence[tuple[datetime, datetime]]

    def target(self) -> Target:
        """When they are over."""
        target = clocks.start(self.calendar, self.since, self.hours)
        for began, ended in self.rests:
            if ended > self.since:
                target = clocks.resumed(self.calendar, target, max(began, self.since), ended)
        return target


@dataclass(frozen=True, slots=True)
class Split:
    """A case, what its columns become, the case that is split off, and where each of its alerts belonged before."""

    row: CaseRow
    staying: Changes
    new: dict[str, Any]
    homes: dict[UUID, UUID | None]
    tellings: list[Telling]


def plan(view: Reading, row: CaseRow, chosen: Collection[UUID], actor: Actor) -> Split:
    """What splitting these alerts off would write. Raises Conflict for a closed or paused case, Invalid at `/alerts`
    unless the alerts are of this case, and one at least goes and one at least stays."""
    going, left = _parted(view, row, chosen)
    lead = leading(going)
    new = _new_case(view, row, going, lead)
    staying = {"severity": gravest([alert.severity for alert in left]), **_latest(view, row, left, row)}
    homes = home_store.homes_of(view, chosen)
    by_staff_id = UUID(actor.id) if actor.kind == "staff" else None
    news = [News(new["id"], 1, "split", row.owner_id, row.team_id, by_staff_id, severity=new["severity"])]
    return Split(
        row,
        with_waking(view, row, staying),
        new,
        {alert.id: homes.get(alert.id) for alert in going},
        notifications.choose_tellings(view, news),
    )


def write(uow: UnitOfWork, split: Split) -> UUID:
    """Write it; the id of the case that was split off. Raises Conflict when the case moved on since it was read."""
    row, shard = split.row, split.new["shard"]
    change_both(uow, [(row, split.staying)])
    number = store.take_numbers(uow, [shard])[shard][0]
    store.insert_cases(uow, [{**split.new, "number": number}])
    home_store.set_homes(uow, dict.fromkeys(split.homes, split.new["id"]))
    alerts = [str(alert_id) for alert_id in split.homes]
    before = {
        "columns": plain({name: getattr(row, name) for name in split.staying}),
        "homes": {str(alert_id): str(home) if home else None for alert_id, home in split.homes.items()},
    }
    detail = {"case_id": str(split.new["id"]), "ref": f"C-{number}", "revision": 1, "alerts": alerts, "before": before}
    write_entries(uow, [(row, "split", detail)])
    began = {"from_id": str(row.id), "from_revision": row.revision, "ref": f"C-{row.number}", "alerts": alerts}
    entry = store.entry_row(split.new["id"], 1, "split", detail=began)
    store.insert_entries(uow, [{**entry, **store.by(uow)}])
    uow.audit("case.split", "case", f"C-{row.number}", {"new": f"C-{number}", "alerts": len(alerts)})
    notifications.begin_tellings(uow, split.tellings)
    new_id: UUID = split.new["id"]
    return new_id


def _parted(view: Reading, row: CaseRow, chosen: Collection[UUID]) -> tuple[list[Any], list[Any]]:
    if row.state == "closed":
        raise Conflict(gettext("The case is closed. Reopen it first, and say why."))
    if row.paused_at is not None:
        raise Conflict(gettext("The clock stands still. Let it go on first, then split."))
    alerts = home_store.alerts_at(view, [row.id])
    going = [alert for alert in alerts if alert.id in chosen]
    if not going or len(going) < len(set(chosen)):
        raise _refused(gettext("Choose alerts of this case."))
    if len(going) == len(alerts):
        raise _refused(gettext("One alert at least has to stay with the case; choose fewer."))
    return going, [alert for alert in alerts if alert.id not in chosen]


def _refused(words: str) -> Invalid:
    return Invalid(words, [Fault("/alerts", words)])


def _new_case(view: Reading, row: CaseRow, going: Sequence[Any], lead: Any) -> dict[str, Any]:
    """The case of these alerts: who had the other has it, and what was done since they were owed an answer is done."""
    lived = store.entries_of(view, row.id)
    since = max((min(alert.answered_at for alert in going), *_opened_again(row, lived)))
    contacts = {alert.contact_id for alert in going}
    done = done_since(since, row, lived, contacts, thread_store.addressed(view, row.id))
    partner = directory.partners_by_id(view, [lead.partner_id])[lead.partner_id]
    program = published.of_version(view, row.alerts_version)
    severity = gravest([alert.severity for alert in going])
    terms = terms_of(view, row)
    targets = program.targets(lead.kind, severity, partner.tier)
    rests = rests_of([each for each in lived if each.kind in RESTING], view.now)
    contact = _contact(view, row, _Time(terms.calendar, targets.first_contact_hours, since, rests), done)
    settle = _Time(terms.calendar, targets.resolve_hours, since, rests).target()
    settle = _not_over_sooner(settle, Target(row.resolve_warn_at or row.resolve_due_at, row.resolve_due_at), view.now)
    counted = settle if done["contacted_at"] or settle.due_at < contact.due_at else contact
    columns: dict[str, Any] = {
        **ids.new_key(lead.partner_id),
        **{name: getattr(lead, name) for name in ("partner_id", "contact_id", "response_id", "touchpoint", "kind")},
        "touchpoint_group": program.group_of(lead.touchpoint),
        "severity": severity,
        "revision": 1,
        **{name: getattr(row, name) for name in ("owner_id", "team_id", "route", "alerts_version", "calendar")},
        "reopened_count": 0,
        "opened_at": min(alert.raised_at for alert in going),
        "split_from_id": row.id,
        "wants_contact": any(alert.kind == "callback" for alert in going),
        "contact_due_at": contact.due_at,
        "due_at": counted.due_at,
        "warn_at": counted.warn_at,
        "resolve_due_at": settle.due_at,
        "resolve_warn_at": settle.warn_at,
        **done,
    }
    columns |= _latest(view, row, [alert for alert in going if alert.partner_id == lead.partner_id])
    due = Terms(terms.calendar, terms.escalation, lead.kind != "thanks").rungs(counted)
    return columns | _told_before(view, row, due, same_target=awaits_contact(row) == (counted is contact))


def _opened_again(row: CaseRow, entries: Sequence[Any]) -> list[datetime]:
    """When the whole was opened again, each time: its clocks began anew then, but not where an end was taken back."""
    undone = {each.at for each in entries if each.kind == "undone"}
    spans = spans_of(row.opened_at, row.state != "closed", [entry for entry in entries if entry.kind in TURNING])
    return [began for began, _ in spans[1:] if began not in undone]


def _contact(view: Reading, row: CaseRow, time: _Time, done: Changes) -> Target:
    """Until when somebody had to call, or has to."""
    called_at = done["contacted_at"]
    if called_at is None and not awaits_contact(row):
        # The whole owed no contact any more, so nobody was late with one: the part owes it from now on.
        return replace(time, since=view.now).target()
    whole = target_of(row) if awaits_contact(row) else Target(row.contact_due_at, row.contact_due_at)
    return _not_over_sooner(time.target(), whole, called_at or view.now)


def _not_over_sooner(part: Target, whole: Target, at: datetime) -> Target:
    """The target of a part; that of the whole where only the part's was over at an instant: nobody knew of it."""
    return whole if part.due_at < at <= whole.due_at else part


def _told_before(view: Reading, row: CaseRow, due: Sequence[datetime], *, same_target: bool) -> dict[str, Any]:
    """How far the clock got: what was told of the whole is not told again of its part, if both count to the same."""
    passed = clocks.due_rung(due, 0, view.now) or 0
    rung = min(passed, row.rung) if same_target else 0
    return {"rung": rung, "wakes_at": clocks.next_instant(due, rung)}


def _latest(view: Reading, row: CaseRow, alerts: Sequence[Any], keep: CaseRow | None = None) -> dict[str, Any]:
    """What lists show of a case with these alerts: their latest answer, as far as it is of the case's own shard."""
    if keep is not None:
        alerts = [alert for alert in alerts if alert.shard == keep.shard]
    if not alerts:
        return {}
    latest = newest(alerts)
    answered = [latest.response_id] if latest.response_id is not None else []
    response = surveys.responses_by_id(view, answered).get(latest.response_id)
    score = response.score if response else None
    number = score.score if score else latest.numbers.get("score")
    kind = score.kind if score else row.score_kind if number is not None else None
    return {
        "response_id": latest.response_id,
        "contact_id": latest.contact_id,
        "score": number,
        "score_kind": kind,
    }

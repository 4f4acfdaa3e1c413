"""Pure. What two cases become when they are merged, and what a case becomes that is split off: columns from columns."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from alerts.casework.flow import contacted_whom, is_contact
from alerts.clocks.case_clock import awaits_contact
from alerts.terms import KINDS, SEVERITIES, Severity
from feedback_engine.foundation.instants import NOW

Columns = dict[str, Any]

STILL: Columns = {"paused_at": None, "paused_until": None, "pause_reason": None, "snoozed_until": None}
_LATEST = ("response_id", "contact_id", "score", "score_kind")


def refused_merge(row: Any, into: Any) -> str | None:
    """Why a case cannot be merged into another of its company, as the key of a sentence; None when it can be."""
    if row.id == into.id:
        return "same_case"
    if row.state == "closed" or into.state == "closed":
        return "merge_closed"
    if row.paused_at is not None or into.paused_at is not None:
        return "merge_paused"
    # A recovery that vanished in a thank-you would lose its clock and its root cause.
    if KINDS.index(row.kind) < KINDS.index(into.kind):
        return "merge_other_way"
    # So would a conflict, with whoever it was brought to, in a case that has none.
    return "merge_conflict" if row.ladder_rung > into.ladder_rung else None


def made_elsewhere(case: Any, other: Any, *, open_since: datetime, reached_at: datetime | None) -> datetime | None:
    """When the contact was made that a case owes: about another one, whose partner was reached at `reached_at`, after
    this one was opened, or opened again, at `open_since`. To have thanked somebody is no word about bad news."""
    thanked = other.kind == "thanks" and case.kind != "thanks"
    return reached_at if awaits_contact(case) and reached_at and reached_at > open_since and not thanked else None


def merged_columns(into: Any, row: Any, *, row_is_newer: bool, made: Mapping[Any, datetime]) -> Columns:
    """What the case that stays becomes: the earlier due times of the two, the graver severity, the newer answer.

    Nothing begins anew. A first contact that one of them still owes is owed still, unless it was `made` about the other
    (by case); by when one was due that was made in time is a fact of its own case. A thank-you, which is never late,
    hurries nobody.
    """
    promised = [case for case in (into, row) if case.kind == into.kind or case.kind != "thanks"]
    first = min((_clock(case, made.get(case.id)) for case in promised), key=lambda clock: clock["due_at"])
    settle = min(promised, key=lambda case: case.resolve_due_at)
    waiting = [case for case in promised if _waited(case, made.get(case.id))] or [into]
    return {
        **first,
        "resolve_due_at": settle.resolve_due_at,
        "resolve_warn_at": settle.resolve_warn_at,
        "contact_due_at": min(case.contact_due_at for case in waiting),
        "contacted_at": into.contacted_at or made.get(into.id),
        "severity": gravest([into.severity, row.severity]),
        "wants_contact": into.wants_contact or row.wants_contact,
        "snoozed_until": None,
        # Of another shard, its contact cannot be named here.
        **({name: getattr(row, name) for name in _LATEST} if row_is_newer and row.shard == into.shard else {}),
    }


def _clock(case: Any, made_at: datetime | None) -> Columns:
    """To what its clock counts: to the end, once its contact was made."""
    if made_at is not None:
        return {"due_at": case.resolve_due_at, "warn_at": case.resolve_warn_at, "rung": 0}
    return {"due_at": case.due_at, "warn_at": case.warn_at, "rung": case.rung}


def _waited(case: Any, made_at: datetime | None) -> bool:
    """Whether a first contact is owed, or was made about another case when it was late already."""
    owed = case.contacted_at is None and awaits_contact(case)
    return owed and (made_at is None or bool(made_at > case.contact_due_at))


def ended_columns(into_id: Any) -> Columns:
    """What the case becomes that goes."""
    return {"state": "closed", "outcome": "merged", "closed_at": NOW, "merged_into_id": into_id, **STILL}


def gravest(severities: Sequence[str]) -> Severity:
    """The highest of these."""
    return next(severity for severity in SEVERITIES if severity in severities)


def leading(alerts: Sequence[Any]) -> Any:
    """The alert that says what kind of case these make: a recovery before a wish to be called, else the oldest."""
    return min(alerts, key=lambda alert: (KINDS.index(alert.kind), alert.answered_at, alert.id))


def newest(alerts: Sequence[Any]) -> Any:
    """The alert on the latest answer; without an answer the latest: what was noticed takes no answer's place."""
    return max(alerts, key=lambda alert: (alert.response_id is not None, alert.answered_at, alert.raised_at, alert.id))


def done_since(
    at: datetime,
    row: Any,
    entries: Sequence[Any],
    contacts: Collection[UUID | None],
    addressed: Mapping[UUID, UUID | None],
) -> Columns:
    """What was done on a case since an answer came counts for the case that is split off with it.

    A contact with somebody who is none of its contacts is none of its own; `entries` is the timeline of the whole,
    `addressed` as `contacted_whom` has it.
    """
    seen = row.acknowledged_at if row.acknowledged_at and row.acknowledged_at >= at else None
    contacted = row.contacted_at if row.contacted_at and row.contacted_at >= at else None
    contacts_made = [each for each in entries if is_contact(each.kind, each.detail)]
    made = [(each.at, contacted_whom(each.kind, each.detail, addressed)) for each in contacts_made]
    if dict(made).get(contacted) not in (None, *contacts):
        contacted = next((since for since, whom in made if since >= at and whom in (None, *contacts)), None)
    state = "in_progress" if contacted else "acknowledged" if seen else "new"
    return {"state": state, "acknowledged_at": seen, "contacted_at": contacted}

"""Merges two open cases of one company: one stays, the other leads to it. Read and decided here, written at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from alerts import store
from alerts.casework import waiting_store
from alerts.casework.changes import Changes, with_waking
from alerts.casework.undoing import plain
from alerts.notices import notifications
from alerts.notices.news import News
from alerts.notices.notifications import Telling
from alerts.regrouping import home_store
from alerts.regrouping.belongings import MOVING
from alerts.regrouping.columns import (
    ended_columns,
    gravest,
    made_elsewhere,
    merged_columns,
    newest,
    refused_merge,
)
from alerts.settling import ladder, mediation
from alerts.store import CaseRow
from feedback_engine.directory import reading as directory
from feedback_engine.foundation.errors import Conflict, Fault, Invalid
from feedback_engine.foundation.i18n import gettext, gettext_noop
from feedback_engine.foundation.unit_of_work import Actor, Reading, UnitOfWork

_REFUSALS = {
    "same_case": gettext_noop("This is the same case; name another one."),
    "merge_closed": gettext_noop("Only open cases can be merged. Reopen the closed one first, and say why."),
    "merge_paused": gettext_noop("The clock of one of them stands still. Let it go on first, then merge."),
    "merge_other_way": gettext_noop(
        "The other case is of a lighter kind, and this one’s clock would be lost. Merge that one into this one."
    ),
    "merge_conflict": gettext_noop(
        "A conflict goes on in this case, and would be lost in the other one. Merge that one into this one."
    ),
    "other_company": gettext_noop("The other case is of another partner; only cases of one company can be merged."),
}


def refusal_words(reason: str) -> str:
    """Why two cases cannot be merged, as a sentence; `reason` as `refused_merge` gives it, or "other_company"."""
    return gettext(_REFUSALS[reason])


@dataclass(frozen=True, slots=True)
class Merge:
    """Two cases, and what their columns become; `homes` is where each alert that goes along belonged before."""

    row: CaseRow
    into: CaseRow
    going: Changes
    staying: Changes
    homes: dict[UUID, UUID | None]
    tellings: list[Telling]


def plan(view: Reading, row: CaseRow, into: CaseRow, actor: Actor) -> Merge:
    """What merging `row` into `into` would write. Raises Invalid at `/into` when it cannot be, Conflict when a state
    forbids it."""
    check(view, row, into)
    alerts = {each: home_store.alerts_at(view, [each]) for each in (row.id, into.id)}
    homes = home_store.homes_of(view, [alert.id for alert in alerts[row.id]])
    newer = bool(alerts[row.id]) and newest([*alerts[row.id], *alerts[into.id]]) in alerts[row.id]
    return Merge(
        row,
        into,
        going=with_waking(view, row, ended_columns(into.id)),
        staying=with_waking(view, into, merged_columns(into, row, row_is_newer=newer, made=_made(view, row, into))),
        homes={alert.id: homes.get(alert.id) for alert in alerts[row.id]},
        tellings=notifications.choose_tellings(view, _news(row, into, actor)),
    )


def _made(view: Reading, *pair: CaseRow) -> dict[UUID, datetime]:
    """When the contact that one of two cases owes was made about the other, by case. What somebody owes who has a
    conflict in hand was not: that is a word on the conflict."""
    times = waiting_store.waiting(view, [case.id for case in pair])
    found: dict[UUID, datetime] = {}
    for case, other in (pair, pair[::-1]):
        if ladder.caller_of(view, case) is not None:
            continue
        since, reached_at = times[case.id].open_since, times[other.id].reached_at
        made_at = made_elsewhere(case, other, open_since=since, reached_at=reached_at)
        found |= {} if made_at is None else {case.id: made_at}
    return found


def check(view: Reading, row: CaseRow, into: CaseRow) -> None:
    """Raises as `plan` does."""
    reason = refused_merge(row, into)
    if reason is None and into.partner_id not in directory.companies_of(view, [row.partner_id])[row.partner_id]:
        reason = "other_company"
    if reason is None:
        mediation.check_closable(view, row)
        mediation.check_merge(view, row, into)
        return
    words = refusal_words(reason)
    raise Conflict(words) if reason == "merge_closed" else Invalid(words, [Fault("/into", words)])


def write(uow: UnitOfWork, merge: Merge) -> None:
    """Write it. Raises Conflict when one of the cases moved on since it was read."""
    row, into = merge.row, merge.into
    change_both(uow, [(row, merge.going), (into, merge.staying)])
    home_store.set_homes(uow, dict.fromkeys(merge.homes, into.id))
    moved = home_store.move_rows(uow, MOVING, row.id, into.id) if row.shard == into.shard else {}
    before = {"columns": _before(into, merge.staying), "homes": _texts(merge.homes), "rows": _row_texts(moved)}
    stays = {"case_id": str(row.id), "ref": f"C-{row.number}", "revision": row.revision + 1, "before": before}
    goes = {"into_id": str(into.id), "ref": f"C-{into.number}", "before": {"columns": _before(row, merge.going)}}
    write_entries(uow, [(into, "merged", stays), (row, "merged", goes)])
    uow.audit("case.merged", "case", f"C-{row.number}", {"into": f"C-{into.number}"})
    notifications.begin_tellings(uow, merge.tellings)


def change_both(uow: UnitOfWork, changes: list[tuple[CaseRow, Changes]]) -> None:
    """Change several cases that are still as they were read."""
    # In one order everywhere, or two who merge the same pair would wait for each other.
    for row, columns in sorted(changes, key=lambda change: change[0].id):
        store.change_case(uow, row.id, row.revision, {**columns, "revision": row.revision + 1})


def write_entries(uow: UnitOfWork, entries: list[tuple[CaseRow, str, dict[str, Any]]]) -> None:
    """Write a line into the timeline of each case."""
    rows = [store.entry_row(row.id, row.revision + 1, kind, detail=detail) for row, kind, detail in entries]
    store.insert_entries(uow, [{**row, **store.by(uow)} for row in rows])


def _news(row: CaseRow, into: CaseRow, actor: Actor) -> list[News]:
    """Whose case stays hears so, and whoever else has the other one that it ended; of that, programs hear anyway."""
    by_staff_id = UUID(actor.id) if actor.kind == "staff" else None
    is_lost = row.owner_id not in (None, into.owner_id)
    graver = gravest([into.severity, row.severity])
    return [
        News(into.id, into.revision + 1, "merged", into.owner_id, into.team_id, by_staff_id, severity=graver),
        News(row.id, row.revision + 1, "closed", row.owner_id, row.team_id, by_staff_id, programs_only=not is_lost),
    ]


def _before(row: CaseRow, changes: Changes) -> dict[str, Any]:
    return plain({name: getattr(row, name) for name in changes})


def _texts(homes: dict[UUID, UUID | None]) -> dict[str, str | None]:
    return {str(alert_id): str(home) if home else None for alert_id, home in homes.items()}


def _row_texts(moved: dict[str, list[UUID]]) -> dict[str, list[str]]:
    return {table: [str(row_id) for row_id in row_ids] for table, row_ids in moved.items()}

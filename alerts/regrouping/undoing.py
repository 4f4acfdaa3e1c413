"""Takes a merge or a split back: alerts, columns and what hung on the cases stand again as they stood before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from alerts import store
from alerts.casework.changes import Changes, with_waking
from alerts.casework.undoing import restored
from alerts.notices import notifications
from alerts.notices.news import News
from alerts.notices.notifications import Telling
from alerts.regrouping import home_store
from alerts.regrouping.columns import ended_columns
from alerts.regrouping.merging import change_both, write_entries
from alerts.store import CaseRow
from alerts.words import refusal
from feedback_engine.foundation.errors import Conflict
from feedback_engine.foundation.unit_of_work import Actor, Reading, UnitOfWork

REGROUPED = frozenset({"merged", "split"})
"""The entries of a case that stays which are taken back here."""


@dataclass(frozen=True, slots=True)
class Undoing:
    """Both cases with the columns they get back, the lines they get, and where alerts and rows go back to."""

    row: CaseRow
    other: CaseRow
    of_row: Changes
    of_other: Changes
    entry: str
    before: dict[str, Any]
    tellings: list[Telling]


def other_of(view: Reading, last: Any) -> CaseRow | None:
    """The other case of a merge or a split; None where more was done in it since."""
    other = store.case_by_id(view, UUID(last.detail["case_id"])) if "case_id" in last.detail else None
    return other if other is not None and other.revision == last.detail["revision"] else None


def plan(view: Reading, row: CaseRow, last: Any, actor: Actor) -> Undoing:
    """What taking back the last entry of `row` would write. Raises Conflict when the other case moved on meanwhile."""
    other = other_of(view, last)
    if other is None:
        raise Conflict(refusal("not_undoable"))
    before = last.detail["before"]
    if last.kind == "merged":
        gone = store.entries_of(view, other.id, other.revision - 1)[-1]
        of_other = restored(gone.detail["before"]["columns"])
    else:
        # Its number was given out and may stand in a mail: it leads to the case it came from.
        of_other = with_waking(view, other, ended_columns(row.id))
    tellings = notifications.choose_tellings(view, [_news(other, last.kind, actor)])
    return Undoing(row, other, restored(before["columns"]), of_other, last.kind, before, tellings)


def _news(other: CaseRow, kind: str, actor: Actor) -> News:
    """Programs heard at once of a merge or a split; whoever on staff was to hear of it was not told yet."""
    by_staff_id = UUID(actor.id) if actor.kind == "staff" else None
    became = "reopened" if kind == "merged" else "closed"
    return News(other.id, other.revision + 1, became, other.owner_id, other.team_id, by_staff_id, programs_only=True)


def write(uow: UnitOfWork, undoing: Undoing) -> None:
    """Write it. Raises Conflict when a case moved on since it was read, TwinOpen when another took its place."""
    row, other, before = undoing.row, undoing.other, undoing.before
    change_both(uow, [(row, undoing.of_row), (other, undoing.of_other)])
    homes = {UUID(alert_id): UUID(home) if home else None for alert_id, home in before["homes"].items()}
    home_store.set_homes(uow, homes)
    rows = {table: [UUID(row_id) for row_id in row_ids] for table, row_ids in before.get("rows", {}).items()}
    home_store.move_back(uow, rows, other.id)
    undone = {"entry": undoing.entry}
    ended = {"into_id": str(row.id), "ref": f"C-{row.number}"}
    of_other = ("undone", undone) if undoing.entry == "merged" else ("merged", ended)
    write_entries(uow, [(row, "undone", undone), (other, *of_other)])
    notifications.begin_tellings(uow, undoing.tellings)
    uow.audit("case.undone", "case", f"C-{row.number}", {"entry": undoing.entry})

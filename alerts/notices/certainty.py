"""Reads from when on it is certain what became of a case: no news is withheld for a step that may be taken back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from alerts import store
from alerts.casework.undoing import UNDO_WITHIN, UNDOABLE
from alerts.notices.rules import REGROUPED
from feedback_engine.foundation.unit_of_work import Reading

_MARGIN = timedelta(seconds=1)
"""What is taken back in the last instant is written a moment later."""


def certain_at(view: Reading, case_ids: Iterable[UUID]) -> datetime | None:
    """When the last steps of these cases can be taken back no more; None where that is so now.

    Steps of the reader count as well: nobody is told of their own, but one may make needless what others did before it.
    """
    at = max((_stands_at(view, case_id) for case_id in set(case_ids)), default=view.now)
    return at if at > view.now else None


def _stands_at(view: Reading, case_id: UUID) -> datetime:
    case = store.case_by_id(view, case_id)
    lines = store.entries_of(view, case_id, case.revision - 1) if case is not None else []
    if not lines or lines[-1].kind not in UNDOABLE.union(REGROUPED):
        return view.now
    at: datetime = lines[-1].at
    return at + UNDO_WITHIN + _MARGIN
